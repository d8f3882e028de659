"""The event log: what happened, appended in the transaction of the change itself.

The one thing to know: a change and its events are committed together or not at all, so whoever follows the log (caches,
subscriptions, search, webhooks) misses nothing and is told of nothing that did not happen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

import orjson

from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect
from cms.kernel.effects import note_event
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.waking import Topic, notification, wake

_COLUMNS = "id, type, actor, node_type, node_id, article_id, payload, at, transaction_id"
# PostgreSQL runs a MATERIALIZED query first. So the transaction has its number before the event gets its own from the
# sequence, by which followers tell whether a number that is missing may still come (see `following`). The cast through
# text is the documented way from xid8 to a number (PostgreSQL 18, section 9.27.8).
_OWN = f"SELECT pg_current_xact_id()::text::bigint AS id, {notification(Topic.EVENTS)}"
_INSERT = {
    Dialect.SQLITE: f"INSERT INTO event ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",  # noqa: S608 - constants only
    Dialect.POSTGRES: (
        f"WITH own AS MATERIALIZED ({_OWN}) "  # noqa: S608 - constants only
        f"INSERT INTO event ({_COLUMNS}) SELECT $1, $2, $3, $4, $5, $6, $7, $8, own.id FROM own"
    ),
}


class EventType(StrEnum):
    """What can happen. Whoever reads the log keeps a branch for types it does not know."""

    ARTICLE_CREATED = "ARTICLE_CREATED"
    ARTICLE_UPDATED = "ARTICLE_UPDATED"
    ARTICLE_SUBMITTED = "ARTICLE_SUBMITTED"
    ARTICLE_RETURNED = "ARTICLE_RETURNED"
    ARTICLE_SCHEDULED = "ARTICLE_SCHEDULED"
    ARTICLE_PUBLISHED = "ARTICLE_PUBLISHED"
    ARTICLE_UNPUBLISHED = "ARTICLE_UNPUBLISHED"
    ARTICLE_DELETED = "ARTICLE_DELETED"
    AUTHOR_CHANGED = "AUTHOR_CHANGED"
    TOPIC_CHANGED = "TOPIC_CHANGED"
    DISCLAIMER_REVISED = "DISCLAIMER_REVISED"
    POLICY_REVISED = "POLICY_REVISED"
    MEDIA_CHANGED = "MEDIA_CHANGED"
    REDIRECT_CHANGED = "REDIRECT_CHANGED"
    SITE_CHANGED = "SITE_CHANGED"
    COMMENT_POSTED = "COMMENT_POSTED"
    COMMENT_APPROVED = "COMMENT_APPROVED"
    COMMENT_EDITED = "COMMENT_EDITED"
    COMMENT_REMOVED = "COMMENT_REMOVED"
    COMMENT_FLAGGED = "COMMENT_FLAGGED"


class InternalEvent(StrEnum):
    """What the log keeps for the audit trail alone: webhooks, subscriptions and the effects of a write are silent."""

    API_TOKEN_CREATED = "API_TOKEN_CREATED"  # noqa: S105 - a name, not a secret
    API_TOKEN_REVOKED = "API_TOKEN_REVOKED"  # noqa: S105 - likewise
    USER_CREATED = "USER_CREATED"
    USER_CHANGED = "USER_CHANGED"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - likewise
    SIGNED_IN = "SIGNED_IN"
    SIGNED_OUT = "SIGNED_OUT"
    PREVIEW_LINK_CREATED = "PREVIEW_LINK_CREATED"
    MESSAGE_RECEIVED = "MESSAGE_RECEIVED"
    PERSONAL_DATA_EXPORTED = "PERSONAL_DATA_EXPORTED"
    PERSONAL_DATA_ERASED = "PERSONAL_DATA_ERASED"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be appended.

    Attributes:
        type: what happened.
        node: what it happened to.
        article_id: the article it concerns, where there is one.
        payload: details for those who follow, as JSON can say them.
    """

    type: EventType | InternalEvent
    node: GlobalId
    article_id: UUID | None = None
    payload: Mapping[str, object] = field(default_factory=dict)


async def append_event(
    database: Database,
    type: EventType | InternalEvent,  # noqa: A002 - the word that the log, the API and the table use
    actor: str,
    node: GlobalId,
    *,
    article_id: UUID | None = None,
    payload: Mapping[str, object] | None = None,
) -> None:
    """Append one event to the log, in the transaction this task is in.

    Args:
        database: the open database; call it inside `transaction`.
        type: what happened.
        actor: who did it, as `Viewer.actor` says.
        node: what it happened to.
        article_id: the article it concerns; an event of an article concerns that article without being told.
        payload: details, as JSON can say them.
    """
    await append_events(database, actor, [NewEvent(type, node, article_id, payload or {})])


async def append_events(database: Database, actor: str, events: Sequence[NewEvent]) -> None:
    """Append several events in their order, in one round trip, and wake those who follow the log."""
    if events:
        await database.connection.execute_many(_INSERT[database.dialect], [_values(actor, event) for event in events])
        if database.dialect is Dialect.SQLITE:
            wake(Topic.EVENTS)
        for event in events:
            if isinstance(event.type, EventType):
                note_event(event.type.value, _concerned(event))


def _article_of(event: NewEvent) -> UUID | None:
    return event.article_id or (event.node.key if event.node.type is NodeType.ARTICLE else None)


def _concerned(event: NewEvent) -> tuple[GlobalId, ...]:
    """What an event happened to, and the article under which that stands."""
    article = _article_of(event)
    return (event.node,) if article is None else (event.node, GlobalId(NodeType.ARTICLE, article))


def _values(actor: str, event: NewEvent) -> list[object]:
    node, article = event.node, _article_of(event)
    payload = orjson.dumps(dict(event.payload)).decode()
    return [new_id(), event.type.value, actor, node.type.value, node.key, article, payload, now()]
