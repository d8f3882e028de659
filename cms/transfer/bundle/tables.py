"""Which tables a bundle holds, in the order in which they can be filled, and what belongs together in them.

The one thing to know: rows of several tables make a whole, such as an article with its revisions and publications. A
whole comes in entirely or stays out entirely, so that no history is put together of two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from cms.accounts.models import AccountLink, ApiToken, Session, User
from cms.articles.models import (
    Article,
    ArticleRevision,
    ArticleSlug,
    PreviewLink,
    Publication,
    PublicationAuthor,
    PublicationDisclaimer,
    PublicationTopic,
    Review,
    RevisionContributor,
    RevisionDisclaimer,
    RevisionTopic,
)
from cms.authors.models import Author, Message
from cms.comments.models import (
    Comment,
    CommentFlag,
    CommentReaction,
    Consent,
    ModerationDecision,
    ReaderLink,
    ReplySubscription,
    ScreeningSignal,
    SpamModel,
)
from cms.delivery.models import Delivery, StoredDocument, Webhook
from cms.disclaimers.models import Disclaimer, DisclaimerAuthor, DisclaimerTopic, DisclaimerVersion, PolicyVersion
from cms.kernel.events import EventType, InternalEvent
from cms.kernel.ids import NodeType
from cms.kernel.models import Event, Follower, Idempotency, Job, TextReference, Throttle, Tombstone
from cms.media.models import Media
from cms.site.models import Redirect, Site
from cms.topics.models import Topic

#: How a person is known and how a program is: left out unless they are asked for.
CREDENTIALS: Final[Mapping[str, tuple[str, ...]]] = {
    "user_account": ("password_hash", "totp_secret", "totp_last_step"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the log says of a whole that came into a site which has content of its own."""

    type: EventType | InternalEvent
    node: NodeType


@dataclass(frozen=True, slots=True)
class Kept:
    """A table that bundles hold. What its columns are is known while a database is open.

    Attributes:
        model: of its rows.
        word: what its rows are called in reports; empty where they are a part of something else.
        key: the column by which a row is the same on every site.
        order: the columns that rows are sorted by in the file; the key when left out.
        part_of: the columns that lead to the larger whole, and the tables that they lead to; a row has one of them.
        label: what a whole is called by people, as SQL over its row `b` in the bundle.
        told: what the log says of a whole that came in.
        counted: columns that are worked out, or move without anybody having changed the whole.
        released: references that are cleared where what they name stays out.
        forgettable: whether a row is left behind where what it names stays out, without the rest of its whole.
        is_diary: it tells what happened on one site, and comes only into an empty one.
        is_credential: it lets somebody in, and is left out unless that is asked for.
        text: the prefix of the columns that hold a rich text.
        constants: what columns are given that bundles do not tell of.
    """

    model: type[Model]
    word: str = ""
    key: str = "id"
    order: tuple[str, ...] = ()
    part_of: tuple[tuple[str, str], ...] = ()
    label: str = "NULL"
    told: Told | None = None
    counted: frozenset[str] = frozenset()
    released: frozenset[str] = frozenset()
    forgettable: bool = False
    is_diary: bool = False
    is_credential: bool = False
    text: str | None = None
    constants: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of the table."""
        return self.model._meta.db_table  # noqa: SLF001 - Tortoise has no other name for it

    @property
    def fields(self) -> Mapping[str, Any]:
        """What each column is, in their order; numbers that the database gives to rows are none of a bundle's."""
        meta = self.model._meta  # noqa: SLF001 - as above
        named, left = meta.fields_db_projection, self._ours_alone
        held = ((named[name], field) for name, field in meta.fields_map.items() if name in named)
        return {column: field for column, field in held if column not in left}

    @property
    def _ours_alone(self) -> frozenset[str]:
        """Columns that say something in one database only: row numbers, transactions, and what texts are made into."""
        meta = self.model._meta  # noqa: SLF001 - as above
        given = {meta.pk_attr} if meta.pk.generated and self.model is not Event else set()
        return frozenset({*given, *self.forms, *self.constants})

    @property
    def forms(self) -> tuple[str, ...]:
        """The columns that are made of a text when it is read: a bundle holds what was written."""
        if self.text is None:
            return ()
        made = tuple(f"{self.text}_{form}" for form in ("renderer", "html", "text", "markdown"))
        return (*made, "body_key") if self.model is Comment else made

    @property
    def references(self) -> Mapping[str, tuple[str, bool]]:
        """The table that each referring column leads to, and whether the column may be empty."""
        meta = self.model._meta  # noqa: SLF001 - as above
        leading = [meta.fields_map[name] for name in meta.fk_fields]
        return {
            str(field.source_field): (field.related_model._meta.db_table, bool(field.null))  # noqa: SLF001 - as above
            for field in leading
            if isinstance(field, ForeignKeyFieldInstance)
        }

    @property
    def unique(self) -> Sequence[tuple[tuple[str, ...], str]]:
        """What only one row of a site may have: columns, and the condition under which."""
        meta = self.model._meta  # noqa: SLF001 - as above
        single = [(column,) for column, field in self.fields.items() if field.unique and column != self.key]
        conditional = [each for each in meta.constraints or () if isinstance(each, UniqueConstraint)]
        return [
            *((columns, "") for columns in (*single, *map(tuple, meta.unique_together))),
            *((tuple(each.fields), each.condition or "") for each in conditional),
        ]


_REVISED: Final = frozenset({"version", "updated_at"})

KEPT: Final = (
    Kept(Site, "site", told=Told(EventType.SITE_CHANGED, NodeType.SITE), counted=_REVISED),
    Kept(Media, "media", label="b.filename", told=Told(EventType.MEDIA_CHANGED, NodeType.MEDIA), counted=_REVISED),
    Kept(
        Author,
        "authors",
        label="b.slug",
        told=Told(EventType.AUTHOR_CHANGED, NodeType.AUTHOR),
        counted=_REVISED | {"article_count"},
        released=frozenset({"avatar_id"}),
        text="bio",
    ),
    Kept(
        User,
        "users",
        label="b.name",
        told=Told(InternalEvent.USER_CREATED, NodeType.USER),
        counted=_REVISED | {"password_hash", "totp_secret", "totp_last_step", "epoch", "last_sign_in_at"},
        released=frozenset({"author_id"}),
    ),
    Kept(
        ApiToken,
        "API tokens",
        label="b.name",
        told=Told(InternalEvent.API_TOKEN_CREATED, NodeType.API_TOKEN),
        counted=frozenset({"last_used_at"}),
        released=frozenset({"created_by_id"}),
        is_credential=True,
    ),
    Kept(Webhook, "webhooks", is_credential=True),
    Kept(
        Topic,
        "topics",
        label="b.slug",
        told=Told(EventType.TOPIC_CHANGED, NodeType.TOPIC),
        counted=_REVISED | {"article_count"},
    ),
    Kept(
        Disclaimer,
        "disclaimers",
        label="b.slug",
        told=Told(EventType.DISCLAIMER_REVISED, NodeType.DISCLAIMER),
        counted=_REVISED,
    ),
    Kept(DisclaimerTopic, order=("disclaimer_id", "topic_id"), part_of=(("disclaimer_id", "disclaimer"),)),
    Kept(DisclaimerAuthor, order=("disclaimer_id", "author_id"), part_of=(("disclaimer_id", "disclaimer"),)),
    Kept(
        DisclaimerVersion,
        part_of=(("disclaimer_id", "disclaimer"),),
        released=frozenset({"created_by_id"}),
        text="body",
    ),
    Kept(
        PolicyVersion,
        "policies",
        label="b.kind",
        told=Told(EventType.POLICY_REVISED, NodeType.POLICY_VERSION),
        released=frozenset({"created_by_id"}),
        text="body",
    ),
    Kept(
        Article,
        "articles",
        label="(SELECT r.slug FROM bundle_article_revision AS r WHERE r.id = b.head_id)",
        told=Told(EventType.ARTICLE_CREATED, NodeType.ARTICLE),
        counted=_REVISED | {"comment_count"},
    ),
    Kept(
        ArticleRevision,
        part_of=(("article_id", "article"),),
        released=frozenset({"created_by_id"}),
        text="body",
    ),
    Kept(ArticleSlug, part_of=(("article_id", "article"),)),
    Kept(RevisionContributor, order=("revision_id", "position"), part_of=(("revision_id", "article_revision"),)),
    Kept(RevisionTopic, order=("revision_id", "topic_id"), part_of=(("revision_id", "article_revision"),)),
    Kept(RevisionDisclaimer, order=("revision_id", "disclaimer_id"), part_of=(("revision_id", "article_revision"),)),
    Kept(
        Publication,
        part_of=(("article_id", "article"),),
        counted=frozenset({"starts_by_clock", "ends_by_clock"}),
        released=frozenset({"created_by_id"}),
    ),
    Kept(PublicationAuthor, order=("publication_id", "author_id"), part_of=(("publication_id", "publication"),)),
    Kept(PublicationTopic, order=("publication_id", "topic_id"), part_of=(("publication_id", "publication"),)),
    Kept(
        PublicationDisclaimer,
        order=("publication_id", "disclaimer_id"),
        part_of=(("publication_id", "publication"),),
    ),
    Kept(
        Review,
        part_of=(("article_id", "article"),),
        released=frozenset({"submitted_by_id", "closed_by_id"}),
    ),
    Kept(
        TextReference,
        order=("owner_id", "position"),
        part_of=tuple(
            ("owner_id", owner) for owner in ("article_revision", "author", "disclaimer_version", "policy_version")
        ),
    ),
    Kept(
        Comment,
        "comments",
        told=Told(EventType.COMMENT_POSTED, NodeType.COMMENT),
        counted=_REVISED
        | {"is_listed", "reply_count", "reaction_count", "like_count", "helpful_count", "thanks_count", "flag_count"}
        | {"anchor_state", "anchor_found_in"},
        released=frozenset({"user_id"}),
        text="body",
    ),
    Kept(ScreeningSignal, order=("comment_id", "position"), part_of=(("comment_id", "comment"),)),
    Kept(ModerationDecision, part_of=(("comment_id", "comment"),), released=frozenset({"moderator_id"})),
    Kept(CommentFlag, part_of=(("comment_id", "comment"),)),
    Kept(CommentReaction, part_of=(("comment_id", "comment"),)),
    Kept(ReplySubscription, part_of=(("comment_id", "comment"),)),
    Kept(Message, "messages", released=frozenset({"article_id"})),
    Kept(Consent, part_of=(("comment_id", "comment"), ("message_id", "message")), forgettable=True),
    Kept(Redirect, "redirects", label="b.from_path", told=Told(EventType.REDIRECT_CHANGED, NodeType.REDIRECT)),
    Kept(Tombstone, "tombstones", key="node_id", label="b.type || '_' || CAST(b.node_id AS TEXT)"),
    Kept(StoredDocument, "stored documents", key="digest", counted=frozenset({"created_at"})),
    Kept(SpamModel, "spam models", is_diary=True),
    # The transaction that wrote it elsewhere is none of this database's; 0 is one that ended long ago.
    Kept(Event, "events", key="seq", is_diary=True, constants={"transaction_id": "0"}),
    Kept(Follower, "followers", key="name", is_diary=True),
)

#: What stays where it is, and why. A test holds that every table is here or above.
LEFT_OUT: Final[Mapping[type[Model], str]] = {
    Session: "people sign in anew",
    AccountLink: "links in letters lead to the server that sent them, and end soon",
    ReaderLink: "the same",
    PreviewLink: "the same",
    Idempotency: "answers to those who ask again within a day",
    Throttle: "who tried how often within the hour",
    Job: "the server that has it to do does it, so that no letter goes out twice",
    Delivery: "the same, of webhooks",
}

BY_NAME: Final = {kept.name: kept for kept in KEPT}


ROOTS: Final = tuple(kept for kept in KEPT if not kept.part_of)


def roots_of(kept: Kept) -> frozenset[str]:
    """The names of the tables whose rows are the wholes that a table's rows are a part of."""
    if not kept.part_of:
        return frozenset({kept.name})
    return frozenset().union(*(roots_of(BY_NAME[owner]) for _, owner in kept.part_of))


def tables_of(root: Kept) -> list[Kept]:
    """The tables that the parts of a whole are in, its own first."""
    return [kept for kept in KEPT if root.name in roots_of(kept)]
