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
from cms.kernel.ids import GlobalId, NodeType, new_id

_COLUMNS = "id, type, actor, node_type, node_id, article_id, payload, at, transaction_id"
# On PostgreSQL a follower needs to know which transaction wrote an event; the cast through text is the documented way
# from xid8 to a number (PostgreSQL 18, section 9.27.8).
_INSERT = {
    Dialect.SQLITE: f"INSERT INTO event ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",  # noqa: S608 - constants only
    Dialect.POSTGRES: (
        f"INSERT INTO event ({_COLUMNS}) "  # noqa: S608 - constants only
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, pg_current_xact_id()::text::bigint)"
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
    API_TOKEN_CREATED = "API_TOKEN_CREATED"  # noqa: S105 - a name, not a secret
    API_TOKEN_REVOKED = "API_TOKEN_REVOKED"  # noqa: S105 - likewise
    COMMENT_POSTED = "COMMENT_POSTED"
    COMMENT_APPROVED = "COMMENT_APPROVED"
    COMMENT_EDITED = "COMMENT_EDITED"
    COMMENT_REMOVED = "COMMENT_REMOVED"
    COMMENT_FLAGGED = "COMMENT_FLAGGED"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be appended.

    Attributes:
        type: what happened.
        node: what it happened to.
        article_id: the article it concerns, where there is one.
        payload: details for those who follow, as JSON can say them.
    """

    type: EventType
    node: GlobalId
    article_id: UUID | None = None
    payload: Mapping[str, object] = field(default_factory=dict)


async def append_event(
    database: Database,
    type: EventType,  # noqa: A002 - the word that the log, the API and the table use
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
    """Append several events in their order, in one round trip."""
    if events:
        await database.connection.execute_many(_INSERT[database.dialect], [_values(actor, event) for event in events])


def _values(actor: str, event: NewEvent) -> list[object]:
    node = event.node
    article = event.article_id or (node.key if node.type is NodeType.ARTICLE else None)
    payload = orjson.dumps(dict(event.payload)).decode()
    return [new_id(), event.type.value, actor, node.type.value, node.key, article, payload, now()]
