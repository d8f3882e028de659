"""What an article says, in the parts that the article itself and each of its revisions share."""

import strawberry

from cms.articles.models import ContributorRole
from cms.disclaimers.models import DisclaimerPlacement
from cms.kernel.viewer import Scope
from schema.authors import Author
from schema.descriptions import describe_enum, described
from schema.disclaimers import DisclaimerVersion
from schema.fields import EVERYBODY, argument, read
from schema.media import Media
from schema.richtext import RichText
from schema.scalars import Json, Url
from schema.topics import Topic

describe_enum(
    ContributorRole,
    "What somebody did for an article.",
    AUTHOR="Wrote it.",
    EDITOR="Edited it.",
    REVIEWER="Checked what it says, as a medical or legal reviewer does.",
    TRANSLATOR="Translated it.",
    PHOTOGRAPHER="Took its pictures.",
)

_ROLE = {"role": argument(EVERYBODY, ContributorRole | None, "Only those who did this; everybody when left out.")}
_PLACEMENT = {
    "placement": argument(EVERYBODY, DisclaimerPlacement | None, "Only those shown at this place; all when left out.")
}


@described
@strawberry.type
class ArticleImage:
    """An image as one article shows it; its words may differ from those kept with the image."""

    media: Media = read(EVERYBODY, "The image itself.")
    alt: str = read(EVERYBODY, "What it shows, for those who cannot see it; empty when it is decoration.")
    caption: str | None = read(EVERYBODY, "The words under it.")
    credit: str | None = read(EVERYBODY, "Who made it or holds the rights, as it must be printed.")


@described
@strawberry.type
class Contributor:
    """Somebody's part in an article."""

    author: Author = read(EVERYBODY, "Who it is, as they are known today.")
    role: ContributorRole = read(EVERYBODY, "What they did for it.")
    credited_as: str = read(EVERYBODY, "The name as it was printed then; print this one.")


@described
@strawberry.type
class Copyright:
    """Who owns the text, and what others may do with it."""

    holder: str = read(EVERYBODY, "Who holds the copyright.")
    year: int = read(EVERYBODY, "The year to print beside the sign.")
    statement: str = read(EVERYBODY, "The whole line to print, made from holder and year where an editor wrote none.")
    license_url: Url | None = read(
        EVERYBODY, "The licence that others may use it under; null when all rights are reserved."
    )


@described
@strawberry.type
class SeoOverrides:
    """What an editor set for search engines; null where it is derived."""

    title: str | None = read(EVERYBODY, "A title for search results in place of the article's own.")
    description: str | None = read(
        EVERYBODY, "A summary for search results in place of the standfirst or the first words."
    )
    canonical_url: Url | None = read(EVERYBODY, "The address of the original, when this is a copy.")
    no_index: bool | None = read(EVERYBODY, "Whether search engines are asked to leave it out.")


@described
@strawberry.type
class Seo:
    """What search engines and social networks are told, ready for the head of a page."""

    title: str = read(EVERYBODY, "The title for search results.")
    description: str | None = read(
        EVERYBODY, "The summary for search results; null when there is nothing to make one from."
    )
    canonical_url: Url | None = read(EVERYBODY, "The address that counts when the same text stands at several.")
    no_index: bool = read(EVERYBODY, "Whether search engines are asked to leave it out.")
    json_ld: Json = read(EVERYBODY, "Structured data (schema.org) to put into the page as `application/ld+json`.")
    overrides: SeoOverrides = read(Scope.CONTENT_PREVIEW, "What of this an editor set, to fill a form with.")


@described
@strawberry.interface
class ArticleContent:
    """What an article says. One fragment on this draws the live page, a preview, and any moment of the past."""

    slug: str = read(EVERYBODY, "The last part of the address, unique among articles of one language.")
    title: str = read(EVERYBODY, "The headline.")
    standfirst: str | None = read(EVERYBODY, "The sentence or two between headline and text that say what it is about.")
    body: RichText = read(EVERYBODY, "The text itself.")
    lead_image: ArticleImage | None = read(EVERYBODY, "The image at the top, which lists and social networks show too.")
    contributors: list[Contributor] = read(
        EVERYBODY, "Who made it, in the order to print them; at most 100.", arguments=_ROLE
    )
    topics: list[Topic] = read(EVERYBODY, "The topics it is filed under, the most important first; at most 100.")
    disclaimers: list[DisclaimerVersion] = read(
        EVERYBODY,
        "The notices to show with it, in order: the versions it was published under, or would go out under now.",
        arguments=_PLACEMENT,
    )
    copyright: Copyright | None = read(EVERYBODY, "Who owns the text; null when nobody is named.")
    seo: Seo = read(EVERYBODY, "What search engines and social networks are told.")
