"""What an article says, in the parts that the article itself and each of its revisions share."""

import strawberry

from cms.articles.models import ContributorRole
from cms.disclaimers.models import DisclaimerPlacement
from cms.kernel.viewer import Scope
from schema.authors import Author
from schema.descriptions import describe_enum, described
from schema.disclaimers import DisclaimerVersion
from schema.fields import argument, read
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

_ROLE = {"role": argument(ContributorRole | None, "Only those who did this; everybody when left out.")}
_PLACEMENT = {"placement": argument(DisclaimerPlacement | None, "Only those shown at this place; all when left out.")}


@described
@strawberry.type
class ArticleImage:
    """An image as one article shows it; its words may differ from those kept with the image."""

    media: Media = read("The image itself.")
    alt: str = read("What it shows, for those who cannot see it; empty when it is decoration.")
    caption: str | None = read("The words under it.")
    credit: str | None = read("Who made it or holds the rights, as it must be printed.")


@described
@strawberry.type
class Contributor:
    """Somebody's part in an article."""

    author: Author = read("Who it is, as they are known today.")
    role: ContributorRole = read("What they did for it.")
    credited_as: str = read("The name as it was printed then; print this one.")


@described
@strawberry.type
class Copyright:
    """Who owns the text, and what others may do with it."""

    holder: str = read("Who holds the copyright.")
    year: int = read("The year to print beside the sign.")
    statement: str = read("The whole line to print, made from holder and year where an editor wrote none.")
    license_url: Url | None = read("The licence that others may use it under; null when all rights are reserved.")


@described
@strawberry.type
class SeoOverrides:
    """What an editor set for search engines; null where it is derived."""

    title: str | None = read("A title for search results in place of the article's own.")
    description: str | None = read("A summary for search results in place of the standfirst or the first words.")
    canonical_url: Url | None = read("The address of the original, when this is a copy.")
    no_index: bool | None = read("Whether search engines are asked to leave it out.")


@described
@strawberry.type
class Seo:
    """What search engines and social networks are told, ready for the head of a page."""

    title: str = read("The title for search results.")
    description: str | None = read("The summary for search results; null when there is nothing to make one from.")
    canonical_url: Url | None = read("The address that counts when the same text stands at several.")
    no_index: bool = read("Whether search engines are asked to leave it out.")
    json_ld: Json = read("Structured data (schema.org) to put into the page as `application/ld+json`.")
    overrides: SeoOverrides = read("What of this an editor set, to fill a form with.", needs=Scope.CONTENT_PREVIEW)


@described
@strawberry.interface
class ArticleContent:
    """What an article says. One fragment on this draws the live page, a preview, and any moment of the past."""

    slug: str = read("The last part of the address, unique among articles of one language.")
    title: str = read("The headline.")
    standfirst: str | None = read("The sentence or two between headline and text that say what it is about.")
    body: RichText = read("The text itself.")
    lead_image: ArticleImage | None = read("The image at the top, which lists and social networks show too.")
    contributors: list[Contributor] = read("Who made it, in the order to print them; at most 100.", arguments=_ROLE)
    topics: list[Topic] = read("The topics it is filed under, the most important first; at most 100.")
    disclaimers: list[DisclaimerVersion] = read(
        "The notices to show with it, in order: the versions it was published under, or would go out under now.",
        arguments=_PLACEMENT,
    )
    copyright: Copyright | None = read("Who owns the text; null when nobody is named.")
    seo: Seo = read("What search engines and social networks are told.")
