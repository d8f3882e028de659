"""Tables of articles: identity, immutable revisions, and the intervals in which a revision is public.

An article's row says who it is; its revisions say what it says; its publications say when readers saw which revision,
and under which disclaimer versions. `publication_author`, `publication_topic` and `publication_disclaimer` repeat the
interval and the sort key of their publication, so that "the newest articles of an author" is one walk along an index.
"""

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from cms.kernel.comment_policy import CommentModeration
from cms.kernel.constraints import holds, one_of
from cms.kernel.fields import IdField, JsonTextField, SortKeyField, TimeField
from cms.kernel.indexes import PartialIndex
from cms.kernel.mixins import Identified, Sourced, Versioned


class ContributorRole(StrEnum):
    """What somebody did for an article."""

    AUTHOR = "AUTHOR"
    EDITOR = "EDITOR"
    REVIEWER = "REVIEWER"
    TRANSLATOR = "TRANSLATOR"
    PHOTOGRAPHER = "PHOTOGRAPHER"


class ReviewOutcome(StrEnum):
    """How a review ended."""

    PUBLISHED = "PUBLISHED"
    RETURNED = "RETURNED"
    SUPERSEDED = "SUPERSEDED"


class Article(Versioned, Sourced):
    """Identity. `head` is the newest revision; the columns named `comments_*` are null where the site's rule holds."""

    locale = fields.CharField(max_length=35)
    translation_group_id = IdField(db_index=True)
    head: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.ArticleRevision", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    head_id: UUID | None
    first_published_at = TimeField(null=True)
    archived_at = TimeField(null=True)
    deleted_at = TimeField(null=True)
    comment_count = fields.BigIntField(default=0)
    comments_open = fields.BooleanField(null=True)
    comments_close_at = TimeField(null=True)
    comments_close_after_days = fields.IntField(null=True)
    comments_moderation = fields.CharEnumField(CommentModeration, max_length=20, null=True)
    comments_max_depth = fields.IntField(null=True)
    comments_max_length = fields.IntField(null=True)
    comments_required_fields = JsonTextField(null=True)

    class Meta(Model.Meta):
        table = "article"
        unique_together = (("source", "source_id"),)
        constraints = (
            holds("article", "comment_count", "comment_count >= 0"),
            one_of("article", "comments_moderation", CommentModeration),
        )
        indexes = (
            Index(fields=("updated_at", "id")),
            Index(fields=("created_at", "id")),
            Index(fields=("comment_count", "id")),
        )


class ArticleSlug(Identified):
    """A slug that an article holds: its head's, and that of every publication that is public or will be."""

    article: fields.ForeignKeyRelation[Article] = fields.ForeignKeyField(
        "cms.Article", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    article_id: UUID
    locale = fields.CharField(max_length=35)
    slug = fields.CharField(max_length=96)

    class Meta(Model.Meta):
        table = "article_slug"
        unique_together = (("locale", "slug"),)


class ArticleRevision(Identified):
    """What an article says. Never changed once written.

    `author` is the first contributor who is an AUTHOR; `saved_as_version` is the version that the article had when
    this was saved as its head.
    """

    article: fields.ForeignKeyRelation[Article] = fields.ForeignKeyField(
        "cms.Article", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    article_id: UUID
    number = fields.IntField()
    autosave = fields.BooleanField(default=False)
    saved_as_version = fields.IntField(null=True)
    content_hash = fields.CharField(max_length=80)
    slug = fields.CharField(max_length=96)
    title = fields.TextField()
    title_key = SortKeyField()
    standfirst = fields.TextField(null=True)
    word_count = fields.IntField()
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.Author", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    author_id: UUID | None
    lead_image: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.Media", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    lead_image_id: UUID | None
    lead_image_alt = fields.TextField(null=True)
    lead_image_caption = fields.TextField(null=True)
    lead_image_credit = fields.TextField(null=True)
    copyright_holder = fields.TextField(null=True)
    copyright_year = fields.IntField(null=True)
    copyright_statement = fields.TextField(null=True)
    copyright_license_url = fields.TextField(null=True)
    seo_title = fields.TextField(null=True)
    seo_description = fields.TextField(null=True)
    seo_canonical_url = fields.TextField(null=True)
    seo_no_index = fields.BooleanField(null=True)
    note = fields.TextField(null=True)
    created_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.User", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    created_by_id: UUID | None
    body_renderer = fields.IntField()
    body_html = fields.TextField()
    body_text = fields.TextField()
    body_markdown = fields.TextField()
    body_blocks = fields.TextField()

    class Meta(Model.Meta):
        table = "article_revision"
        unique_together = (("article_id", "number"),)
        constraints = (
            holds("article_revision", "copyright", "(copyright_holder IS NULL) = (copyright_year IS NULL)"),
            holds("article_revision", "lead_image", "(lead_image_id IS NULL) = (lead_image_alt IS NULL)"),
        )
        indexes = (Index(fields=("slug",)), Index(fields=("title_key", "id")))


class RevisionContributor(Model):
    """Somebody's part in a revision, with the name as it was printed then."""

    id = fields.BigIntField(primary_key=True, generated=True)
    revision: fields.ForeignKeyRelation[ArticleRevision] = fields.ForeignKeyField(
        "cms.ArticleRevision", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    revision_id: UUID
    position = fields.IntField()
    author: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "cms.Author", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    author_id: UUID
    role = fields.CharEnumField(ContributorRole, max_length=12)
    credited_as = fields.TextField()

    class Meta(Model.Meta):
        table = "revision_contributor"
        unique_together = (("revision_id", "position"),)
        constraints = (one_of("revision_contributor", "role", ContributorRole),)


class RevisionTopic(Model):
    """A topic of a revision, in the editor's order."""

    id = fields.BigIntField(primary_key=True, generated=True)
    revision: fields.ForeignKeyRelation[ArticleRevision] = fields.ForeignKeyField(
        "cms.ArticleRevision", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    revision_id: UUID
    position = fields.IntField()
    topic: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "cms.Topic", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    topic_id: UUID

    class Meta(Model.Meta):
        table = "revision_topic"
        unique_together = (("revision_id", "topic_id"),)


class RevisionDisclaimer(Model):
    """A disclaimer chosen for a revision, beyond those whose scope covers it anyway."""

    id = fields.BigIntField(primary_key=True, generated=True)
    revision: fields.ForeignKeyRelation[ArticleRevision] = fields.ForeignKeyField(
        "cms.ArticleRevision", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    revision_id: UUID
    position = fields.IntField()
    disclaimer: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "cms.Disclaimer", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    disclaimer_id: UUID

    class Meta(Model.Meta):
        table = "revision_disclaimer"
        unique_together = (("revision_id", "disclaimer_id"),)


class Publication(Identified):
    """An interval in which readers see a revision: from `starts_at` until before `ends_at`, or for ever.

    `published_at` is when the article last came out after not being out; corrections and new disclaimer versions keep
    it. `slug`, `locale` and `title_key` repeat the revision's, for the indexes. `starts_by_clock` and `ends_by_clock`
    are true while a planned start or end has not been announced; nothing that is read depends on them.
    """

    article: fields.ForeignKeyRelation[Article] = fields.ForeignKeyField(
        "cms.Article", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    article_id: UUID
    revision: fields.ForeignKeyRelation[ArticleRevision] = fields.ForeignKeyField(
        "cms.ArticleRevision", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    revision_id: UUID
    starts_at = TimeField()
    ends_at = TimeField(null=True)
    published_at = TimeField()
    locale = fields.CharField(max_length=35)
    slug = fields.CharField(max_length=96)
    title_key = SortKeyField()
    note = fields.TextField(null=True)
    created_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.User", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    created_by_id: UUID | None
    starts_by_clock = fields.BooleanField(null=True)
    ends_by_clock = fields.BooleanField(null=True)

    class Meta(Model.Meta):
        table = "publication"
        constraints = (
            holds("publication", "interval", "ends_at IS NULL OR starts_at < ends_at"),
            UniqueConstraint(fields=("article_id",), name="uq_publication_open", condition="ends_at IS NULL"),
        )
        unique_together = (("article_id", "starts_at"),)
        indexes = (
            Index(fields=("published_at", "article_id", "starts_at", "ends_at")),
            Index(fields=("title_key", "article_id", "starts_at", "ends_at")),
            Index(fields=("slug", "locale", "starts_at")),
            Index(fields=("starts_at",)),
            Index(fields=("ends_at",)),
            PartialIndex(fields=("starts_at",), name="idx_publication_to_start", condition="(starts_by_clock)"),
            PartialIndex(fields=("ends_at",), name="idx_publication_to_end", condition="(ends_by_clock)"),
        )


class PublicationListing(Model):
    """A row by which a publication is found from something it belongs to; repeats its interval and its sort key."""

    id = fields.BigIntField(primary_key=True, generated=True)
    article_id = IdField(db_index=True)
    published_at = TimeField()
    starts_at = TimeField()
    ends_at = TimeField(null=True)

    class Meta(Model.Meta):
        abstract = True


class PublicationAuthor(PublicationListing):
    """An author whom a publication names, in any role."""

    publication: fields.ForeignKeyRelation[Publication] = fields.ForeignKeyField(
        "cms.Publication", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    publication_id: UUID
    author: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "cms.Author", related_name=False, on_delete=fields.RESTRICT, db_index=False
    )
    author_id: UUID

    class Meta(Model.Meta):
        table = "publication_author"
        unique_together = (("publication_id", "author_id"),)
        indexes = (Index(fields=("author_id", "published_at", "article_id", "starts_at", "ends_at")),)


class PublicationTopic(PublicationListing):
    """A topic of a publication."""

    publication: fields.ForeignKeyRelation[Publication] = fields.ForeignKeyField(
        "cms.Publication", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    publication_id: UUID
    topic: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "cms.Topic", related_name=False, on_delete=fields.RESTRICT, db_index=False
    )
    topic_id: UUID

    class Meta(Model.Meta):
        table = "publication_topic"
        unique_together = (("publication_id", "topic_id"),)
        indexes = (Index(fields=("topic_id", "published_at", "article_id", "starts_at", "ends_at")),)


class PublicationDisclaimer(PublicationListing):
    """A disclaimer version that a publication goes out under, in the order it is shown."""

    publication: fields.ForeignKeyRelation[Publication] = fields.ForeignKeyField(
        "cms.Publication", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    publication_id: UUID
    position = fields.IntField()
    disclaimer: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "cms.Disclaimer", related_name=False, on_delete=fields.RESTRICT, db_index=False
    )
    disclaimer_id: UUID
    version: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "cms.DisclaimerVersion", related_name=False, on_delete=fields.RESTRICT, db_index=False
    )
    version_id: UUID

    class Meta(Model.Meta):
        table = "publication_disclaimer"
        unique_together = (("publication_id", "disclaimer_id"), ("publication_id", "position"))
        indexes = (
            Index(fields=("disclaimer_id", "published_at", "article_id", "starts_at", "ends_at")),
            Index(fields=("version_id", "published_at", "article_id", "starts_at", "ends_at")),
        )


class Review(Identified):
    """A revision laid before an editor. At most one is open for an article."""

    article: fields.ForeignKeyRelation[Article] = fields.ForeignKeyField(
        "cms.Article", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    article_id: UUID
    revision: fields.ForeignKeyRelation[ArticleRevision] = fields.ForeignKeyField(
        "cms.ArticleRevision", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    revision_id: UUID
    submitted_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.User", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    submitted_by_id: UUID | None
    note = fields.TextField(null=True)
    closed_at = TimeField(null=True)
    closed_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.User", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    closed_by_id: UUID | None
    outcome = fields.CharEnumField(ReviewOutcome, max_length=12, null=True)
    closing_note = fields.TextField(null=True)

    class Meta(Model.Meta):
        table = "review"
        constraints = (
            UniqueConstraint(fields=("article_id",), name="uq_review_open", condition="closed_at IS NULL"),
            one_of("review", "outcome", ReviewOutcome),
        )


class PreviewLink(Identified):
    """A link that shows one article's head to whoever holds it, for a while. Only the token's hash is kept."""

    article: fields.ForeignKeyRelation[Article] = fields.ForeignKeyField(
        "cms.Article", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    article_id: UUID
    token_hash = fields.CharField(max_length=80, unique=True)
    expires_at = TimeField()
    created_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.User", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    created_by_id: UUID | None

    class Meta(Model.Meta):
        table = "preview_link"
