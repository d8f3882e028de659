"""What callers hand to the actions on articles. In a change, what is UNSET stays as it is and None clears."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec import UNSET, UnsetType

from cms.articles.models import ContributorRole
from cms.kernel.comment_policy import CommentField, CommentModeration
from cms.media.texts import Body, RichTextInput


@dataclass(frozen=True, slots=True)
class Contribution:
    """Somebody's part. `credited_as` is the name to print; None takes the one the author has now."""

    author_id: UUID
    role: ContributorRole = ContributorRole.AUTHOR
    credited_as: str | None = None


@dataclass(frozen=True, slots=True)
class LeadImage:
    """The picture above an article. What is None is taken from the medium as it is now; empty text is none."""

    media_id: UUID
    alt: str | None = None
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Copyright:
    """Whose the article is. Without a statement one is made of year and holder when it is read."""

    holder: str
    year: int
    statement: str | None = None
    license_url: str | None = None


@dataclass(frozen=True, slots=True)
class Seo:
    """What search engines are told; None is derived from the article when it is read."""

    title: str | None = None
    description: str | None = None
    canonical_url: str | None = None
    no_index: bool | None = None


@dataclass(frozen=True, slots=True)
class CommentRules:
    """Where an article's comments differ from the site's rules; None is as the site says."""

    open: bool | None = None
    closes_at: datetime | None = None
    close_after_days: int | None = None
    moderation: CommentModeration | None = None
    max_depth: int | None = None
    max_length: int | None = None
    required_fields: tuple[CommentField, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDraft:
    """An article to be.

    Attributes:
        slug: made of the title when left out.
        locale: one of the site's; its default when left out.
        translation_of: an article that says the same in another language.
        body: empty when left out; checks gate publishing, not saving. Importers may give one that is read already.
        disclaimer_ids: disclaimers beyond those whose scope covers the article anyway.
        note: a word to colleagues, on the first revision.
    """

    title: str
    slug: str | None = None
    locale: str | None = None
    translation_of: UUID | None = None
    standfirst: str | None = None
    body: RichTextInput | Body | None = None
    lead_image: LeadImage | None = None
    contributors: tuple[Contribution, ...] = ()
    topic_ids: tuple[UUID, ...] = ()
    disclaimer_ids: tuple[UUID, ...] = ()
    copyright: Copyright | None = None
    seo: Seo | None = None
    comments: CommentRules | None = None
    note: str | None = None
    source: str | None = None
    source_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleChange:
    """What changes about an article.

    Attributes:
        expected_version: the version the editor saw.
        autosave: saved by the editor's program, not by the editor: no event, and gone when a real save lands.
    """

    article_id: UUID
    expected_version: int
    autosave: bool = False
    slug: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    standfirst: str | UnsetType | None = UNSET
    body: RichTextInput | Body | UnsetType | None = UNSET
    lead_image: LeadImage | UnsetType | None = UNSET
    contributors: tuple[Contribution, ...] | UnsetType = UNSET
    topic_ids: tuple[UUID, ...] | UnsetType = UNSET
    disclaimer_ids: tuple[UUID, ...] | UnsetType = UNSET
    copyright: Copyright | UnsetType | None = UNSET
    seo: Seo | UnsetType | None = UNSET
    comments: CommentRules | UnsetType | None = UNSET
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkArticle:
    """An article that comes with its history.

    Attributes:
        draft: what it says.
        id: made by an importer so that texts can link to an article that comes in later; a new one when left out.
        created_at: when it was written; now when left out.
        published_at: when it came out, or will; None leaves it a draft.
        unpublished_at: when it was taken down, or will be.
        as_it_was: readers saw it elsewhere, though it may have been nothing but an image, or nothing at all. What is
            past is then not looked at by any rule.
    """

    draft: ArticleDraft
    id: UUID | None = None
    as_it_was: bool = False
    created_at: datetime | None = None
    published_at: datetime | None = None
    unpublished_at: datetime | None = None
