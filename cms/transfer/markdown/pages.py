"""What stands above the text in each file that is written: keys in one order, and only those that say something.

The one thing to know: whatever stands here comes in again, by `keys` and `drafting`. A key that is added here is added
there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cms.articles.models import ArticleRevision, ContributorRole
from cms.authors.models import Author
from cms.kernel.ids import GlobalId, NodeType
from cms.media.models import Media
from cms.site.models import Site
from cms.topics.models import Topic
from cms.transfer.markdown.editions import Edition
from cms.transfer.markdown.naming import path_between

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Credited:
    """Somebody's part in an article, as it was printed."""

    slug: str
    role: ContributorRole
    credited_as: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What an article names.

    Attributes:
        people: in their order.
        topics: their slugs, in their order.
        image: the path of the lead image.
        medium: what is said of that image wherever it is shown.
        original: the path of the article that it translates.
    """

    people: Sequence[Credited]
    topics: Sequence[str]
    image: str | None
    medium: Media | None
    original: str | None


def of_site(site: Site) -> Fields:
    """The site: what another one is founded with."""
    return _told(
        name=site.name,
        url=site.url,
        description=site.description,
        copyrightHolder=site.copyright_holder,
        timeZone=site.time_zone,
        defaultLocale=site.default_locale,
        locales=list(site.locales),
        articlePath=site.article_path,
        authorPath=site.author_path,
        topicPath=site.topic_path,
    )


def of_article(edition: Edition, revision: ArticleRevision, named: Named, here: str, *, has_locales: bool) -> Fields:
    """An article.

    Args:
        edition: the words that go out.
        revision: those words.
        named: what they name.
        here: the path of its file.
        has_locales: whether the site speaks more than one language.
    """
    article = edition.article
    return _told(
        title=revision.title,
        slug=revision.slug,
        locale=article.locale if has_locales else None,
        date=edition.date,
        expiryDate=edition.ends_at,
        draft=edition.is_draft or None,
        description=revision.standfirst,
        authors=[_person(each) for each in named.people],
        topics=list(named.topics),
        image=_image(revision, named, here),
        translationOf=path_between(here, named.original) if named.original else None,
        comments=article.comments_open,
        copyright=_told(
            holder=revision.copyright_holder,
            year=revision.copyright_year,
            statement=revision.copyright_statement,
            license=revision.copyright_license_url,
        ),
        seo=_told(
            title=revision.seo_title,
            description=revision.seo_description,
            canonical=revision.seo_canonical_url,
            noindex=revision.seo_no_index,
        ),
        id=str(GlobalId(NodeType.ARTICLE, article.id)),
    )


def of_author(author: Author, here: str, media: Mapping[UUID, str]) -> Fields:
    """An author. How to reach them stays at home."""
    avatar = media.get(author.avatar_id) if author.avatar_id else None
    return _told(
        name=author.name,
        slug=author.slug,
        credentials=author.credentials,
        website=author.website,
        avatar=path_between(here, avatar) if avatar else None,
    )


def of_topic(topic: Topic, slugs: Mapping[UUID, str]) -> Fields:
    """A topic; its parent by its slug."""
    return _told(
        name=topic.name,
        slug=topic.slug,
        parent=slugs.get(topic.parent_id) if topic.parent_id else None,
        description=topic.description,
    )


def of_medium(medium: Media) -> Fields:
    """What is said of a file, to stand beside it."""
    has_focus = medium.focal_x is not None and medium.focal_y is not None
    return _told(
        filename=medium.filename,
        alt=medium.alt,
        caption=medium.caption,
        credit=medium.credit,
        width=medium.width,
        height=medium.height,
        focalPoint={"x": medium.focal_x, "y": medium.focal_y} if has_focus else None,
        placeholder=medium.placeholder,
    )


def _image(revision: ArticleRevision, named: Named, here: str) -> Fields | None:
    if named.image is None or named.medium is None:
        return None
    told: Fields = {"file": path_between(here, named.image), "alt": revision.lead_image_alt or ""}
    said = {"caption": revision.lead_image_caption, "credit": revision.lead_image_credit}
    # Empty where nothing is said on purpose: what is left out is taken from the medium.
    return told | {name: words or "" for name, words in said.items() if words or getattr(named.medium, name)}


def _person(person: Credited) -> Fields:
    role = None if person.role is ContributorRole.AUTHOR else person.role.value.lower()
    return _told(name=person.credited_as, slug=person.slug, role=role)


def _told(**fields: object) -> Fields:
    """Those that say something, in their order; what is false says so."""
    return {name: value for name, value in fields.items() if value is False or value not in (None, "", [], {})}
