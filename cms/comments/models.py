"""Tables of readers' comments: the threads, what was agreed to, what was decided about them and why."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from cms.kernel.constraints import holds, one_of
from cms.kernel.fields import SortKeyField, TimeField
from cms.kernel.indexes import PartialIndex
from cms.kernel.mixins import Identified, Sourced, Versioned


class CommentStatus(StrEnum):
    """Where a comment stands. DELETED is taken away by its writer or for privacy, REJECTED by a moderator."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    SPAM = "SPAM"
    REJECTED = "REJECTED"
    DELETED = "DELETED"


class Reaction(StrEnum):
    """What a reader can say without words."""

    LIKE = "LIKE"
    HELPFUL = "HELPFUL"
    THANKS = "THANKS"


class FlagReason(StrEnum):
    """Why a reader reports a comment."""

    SPAM = "SPAM"
    ABUSE = "ABUSE"
    OFF_TOPIC = "OFF_TOPIC"
    PRIVACY = "PRIVACY"
    OTHER = "OTHER"


class ModerationAction(StrEnum):
    """What a moderator, or a rule, does with a comment."""

    APPROVE = "APPROVE"
    HOLD = "HOLD"
    REJECT = "REJECT"
    MARK_SPAM = "MARK_SPAM"
    REMOVE = "REMOVE"


class ScreeningVerdict(StrEnum):
    """What one rule says of a comment."""

    ACCEPT = "ACCEPT"
    HOLD = "HOLD"
    REJECT = "REJECT"


class AnchorState(StrEnum):
    """Whether the passage a comment is about still stands where it stood."""

    EXACT = "EXACT"
    MOVED = "MOVED"
    ORPHANED = "ORPHANED"


class ReaderRequest(StrEnum):
    """What readers may ask for by a mailed link: all that is held about them, or that it goes."""

    EXPORT = "EXPORT"
    ERASE = "ERASE"


class Comment(Versioned, Sourced):
    """A reader's comment. `is_listed` is true while readers see its place: it is approved, or a tombstone with replies.

    `reply_count` counts the direct replies that are listed; the reactions are counted by kind and in all.
    `anchor_block_key` is the block that held the passage when it was written, `anchor_found_in` the one that holds it
    now where that is another.
    """

    article: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "cms.Article", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    article_id: UUID
    parent: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.Comment", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=False
    )
    parent_id: UUID | None
    root: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.Comment", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    root_id: UUID | None
    depth = fields.IntField(default=0)
    status = fields.CharEnumField(CommentStatus, max_length=8)
    is_listed = fields.BooleanField()
    author_name = fields.CharField(max_length=100)
    author_key = SortKeyField()
    author_email = fields.CharField(max_length=254, null=True)
    email_key = fields.CharField(max_length=80, null=True)
    author_url = fields.TextField(null=True)
    user: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.User", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    user_id: UUID | None
    by_contributor = fields.BooleanField(default=False)
    edited_at = TimeField(null=True)
    erased_at = TimeField(null=True)
    address_hash = fields.CharField(max_length=80, null=True)
    reply_count = fields.BigIntField(default=0)
    reaction_count = fields.BigIntField(default=0)
    like_count = fields.BigIntField(default=0)
    helpful_count = fields.BigIntField(default=0)
    thanks_count = fields.BigIntField(default=0)
    flag_count = fields.BigIntField(default=0)
    anchor_block_key = fields.CharField(max_length=64, null=True)
    anchor_exact = fields.TextField(null=True)
    anchor_prefix = fields.TextField(null=True)
    anchor_suffix = fields.TextField(null=True)
    anchor_state = fields.CharEnumField(AnchorState, max_length=8, null=True)
    anchor_found_in = fields.CharField(max_length=64, null=True)
    body_renderer = fields.IntField()
    body_html = fields.TextField()
    body_text = fields.TextField()
    body_markdown = fields.TextField()
    body_blocks = fields.TextField()
    body_key = fields.TextField()

    class Meta(Model.Meta):
        table = "comment"
        unique_together = (("source", "source_id"),)
        constraints = (
            one_of("comment", "status", CommentStatus),
            one_of("comment", "anchor_state", AnchorState),
            holds("comment", "thread", "(parent_id IS NULL) = (depth = 0) AND (parent_id IS NULL) = (root_id IS NULL)"),
            holds("comment", "parent", "parent_id <> id"),
            holds("comment", "counts", "reply_count >= 0 AND reaction_count >= 0 AND flag_count >= 0"),
            holds("comment", "reactions", "reaction_count = like_count + helpful_count + thanks_count"),
            holds("comment", "listed", "(is_listed) OR status <> 'APPROVED'"),
            holds("comment", "anchor", "(anchor_exact IS NULL) = (anchor_state IS NULL)"),
        )
        indexes = (
            Index(fields=("article_id", "parent_id", "created_at", "id")),
            Index(fields=("parent_id", "created_at", "id")),
            Index(fields=("status", "created_at", "id")),
            Index(fields=("created_at", "id")),
            Index(fields=("email_key",)),
            Index(fields=("address_hash", "created_at")),
            PartialIndex(
                fields=("article_id", "parent_id", "created_at", "id"),
                name="ix_comment_listed",
                condition="(is_listed)",
            ),
            PartialIndex(
                fields=("article_id", "created_at", "id"), name="ix_comment_listed_flat", condition="(is_listed)"
            ),
        )


class Consent(Identified):
    """What somebody agreed to: the version, its digest, the sentence at the checkbox, when and how. Only ever added."""

    comment: fields.ForeignKeyNullableRelation[Comment] = fields.ForeignKeyField(
        "cms.Comment", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    comment_id: UUID | None
    message: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.Message", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    message_id: UUID | None
    terms: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "cms.PolicyVersion", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    terms_id: UUID
    digest = fields.CharField(max_length=80)
    wording = fields.TextField()
    accepted_at = TimeField()
    channel = fields.CharField(max_length=32)

    class Meta(Model.Meta):
        table = "consent"
        constraints = (holds("consent", "subject", "(comment_id IS NULL) <> (message_id IS NULL)"),)


class ScreeningSignal(Model):
    """What one rule said of a comment when it came in."""

    id = fields.BigIntField(primary_key=True, generated=True)
    comment: fields.ForeignKeyRelation[Comment] = fields.ForeignKeyField(
        "cms.Comment", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    comment_id: UUID
    position = fields.IntField()
    rule = fields.CharField(max_length=64)
    verdict = fields.CharEnumField(ScreeningVerdict, max_length=8)
    detail = fields.TextField(null=True)

    class Meta(Model.Meta):
        table = "screening_signal"
        unique_together = (("comment_id", "position"),)
        constraints = (one_of("screening_signal", "verdict", ScreeningVerdict),)


class ModerationDecision(Identified):
    """What was decided about a comment, by whom or by which rule, on which ground."""

    comment: fields.ForeignKeyRelation[Comment] = fields.ForeignKeyField(
        "cms.Comment", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    comment_id: UUID
    action = fields.CharEnumField(ModerationAction, max_length=12)
    previous_status = fields.CharEnumField(CommentStatus, max_length=8, null=True)
    reason = fields.TextField(null=True)
    rule = fields.CharField(max_length=64, null=True)
    moderator: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.User", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    moderator_id: UUID | None
    automatic = fields.BooleanField()

    class Meta(Model.Meta):
        table = "moderation_decision"
        constraints = (one_of("moderation_decision", "action", ModerationAction),)
        indexes = (Index(fields=("comment_id", "created_at", "id")),)


class CommentFlag(Identified):
    """A reader's report of a comment; the reader is known by a keyed hash only."""

    comment: fields.ForeignKeyRelation[Comment] = fields.ForeignKeyField(
        "cms.Comment", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    comment_id: UUID
    reason = fields.CharEnumField(FlagReason, max_length=10)
    detail = fields.TextField(null=True)
    reader_hash = fields.CharField(max_length=80, null=True)

    class Meta(Model.Meta):
        table = "comment_flag"
        constraints = (one_of("comment_flag", "reason", FlagReason),)
        indexes = (Index(fields=("comment_id", "created_at", "id")),)


class CommentReaction(Identified):
    """One reader's reaction to a comment; the reader is known by a keyed hash of a key that the client keeps."""

    comment: fields.ForeignKeyRelation[Comment] = fields.ForeignKeyField(
        "cms.Comment", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    comment_id: UUID
    reaction = fields.CharEnumField(Reaction, max_length=8)
    reader_hash = fields.CharField(max_length=80)

    class Meta(Model.Meta):
        table = "comment_reaction"
        unique_together = (("comment_id", "reader_hash"),)
        constraints = (one_of("comment_reaction", "reaction", Reaction),)


class ReplySubscription(Identified):
    """Somebody's wish to be told of replies: asked for, confirmed by mail, ended by one click."""

    comment: fields.ForeignKeyRelation[Comment] = fields.ForeignKeyField(
        "cms.Comment", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    comment_id: UUID
    email = fields.CharField(max_length=254)
    email_key = fields.CharField(max_length=80, db_index=True)
    token_hash = fields.CharField(max_length=80, unique=True)
    confirmed_at = TimeField(null=True)
    ended_at = TimeField(null=True)

    class Meta(Model.Meta):
        table = "reply_subscription"
        constraints = (
            UniqueConstraint(
                fields=("comment_id", "email_key"), name="uq_reply_subscription", condition="ended_at IS NULL"
            ),
        )
        indexes = (Index(fields=("comment_id", "created_at")),)


class ReaderLink(Identified):
    """A link mailed to a reader that works once: by it they get what is held about their address, or have it erased."""

    email = fields.CharField(max_length=254)
    email_key = fields.CharField(max_length=80, db_index=True)
    purpose = fields.CharEnumField(ReaderRequest, max_length=8)
    token_hash = fields.CharField(max_length=80, unique=True)
    expires_at = TimeField()
    used_at = TimeField(null=True)

    class Meta(Model.Meta):
        table = "reader_link"
        constraints = (one_of("reader_link", "purpose", ReaderRequest),)
        indexes = (Index(fields=("expires_at",)),)


class SpamModel(Identified):
    """What moderators' decisions taught about spam, one row for each time it was worked out; the newest counts.

    `weights` is JSON and holds no word of any comment, only keyed hashes of words and how often each was seen.
    """

    lessons = fields.IntField()
    weights = fields.TextField()

    class Meta(Model.Meta):
        table = "spam_model"
        indexes = (Index(fields=("created_at", "id")),)
