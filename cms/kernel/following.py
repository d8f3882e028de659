"""Following the event log: each follower reads it in order, from its own position, and misses nothing.

The one thing to know: a position is the number of an event, and on PostgreSQL numbers are given before transactions are
committed, so that number 8 can be seen while number 7 is still on its way. A follower therefore stops at the first
number that is missing, until nobody is left who could bring it. (To read what lies below the oldest transaction that
runs, in the order of numbers, would not do: the oldest may have taken number 8, and a younger one number 7.)
"""

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.models import Event
from cms.kernel.models import Follower as Row

_BATCH: Final = 100
#: How soon to look again for somebody else's transaction to end.
_SOON: Final = timedelta(milliseconds=200)
# The snapshot is taken before the transaction gets its number, so that whoever holds a lower number of an event than
# the highest seen has a lower number of a transaction: see `events`, where the one is always taken before the other.
_DOUBT: Final = (
    "SELECT (SELECT coalesce(max(seq), 0) FROM event) AS upto, pg_current_xact_id()::text::bigint AS transaction"
)
_OLDEST_RUNNING: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS transaction"


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event as followers get it.

    Attributes:
        seq: its place in the order; rises, with gaps.
        id: the same whenever it is told, by which whoever is told twice can know it again.
        type: what happened, as `EventType` has it; followers keep a branch for those they do not know.
        actor: who did it.
        node: what it happened to.
        article_id: the article it concerns, where there is one.
        payload: details.
        at: when.
    """

    seq: int
    id: UUID
    type: str
    actor: str
    node: GlobalId
    article_id: UUID | None
    payload: Mapping[str, Any] = field(repr=False)
    at: datetime


#: What a follower does with events, inside the transaction that moves its position: it writes to the database and
#: nothing else, so that both happen or neither. What must leave the house it writes down as a job.
Handler = Callable[[Database, Sequence[LoggedEvent]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Numbers up to `upto` may be missing for good: for sure once every transaction up to this one has ended."""

    upto: int
    transaction: int


class Follower:
    """One reader of the log, of which any number of processes may have one: they take turns.

    Args:
        database: where.
        name: whose position it is; at most 64 characters.
        handle: what is done with the events.
    """

    def __init__(self, database: Database, name: str, handle: Handler) -> None:
        self.name = name
        self._database = database
        self._handle = handle
        self._doubt: _Doubt | None = None

    async def look(self) -> datetime | None:
        """Handle the next events, if there are any; a failure leaves them to be handled again.

        Returns:
            When to look again, a moment that has passed meaning at once; None when there was nothing.
        """
        if not await self._is_behind():
            return None
        async with transaction(self._database):
            # SKIP LOCKED: of several processes one is at it, and the others need not wait.
            row = await Row.filter(name=self.name).select_for_update(skip_locked=True).get_or_none()
            if row is None:
                return now() + _SOON
            waiting, certain = await self._read(row.position)
            if certain:
                await self._handle(self._database, certain)
                await Row.filter(name=self.name).update(position=certain[-1].seq, updated_at=now())
        if len(certain) < len(waiting):
            return await self._doubted(waiting[len(certain)])
        return now()

    async def _is_behind(self) -> bool:
        row = await Row.get_or_none(name=self.name)
        if row is None:
            await Row.bulk_create([Row(name=self.name)], ignore_conflicts=True)
        return await Event.filter(seq__gt=row.position if row else 0).exists()

    async def _read(self, position: int) -> tuple[list[Event], list[LoggedEvent]]:
        """The next events that can be seen, and how many of them can be told."""
        # Before reading: what ended until here is seen by what is read after it.
        complete_upto = await self._complete_upto()
        waiting = await Event.filter(seq__gt=position).order_by("seq").limit(_BATCH)
        certain = []
        for event in waiting:
            if event.seq > max(position + 1, complete_upto):
                break
            certain.append(_logged(event))
            position = event.seq
        return waiting, certain

    async def _complete_upto(self) -> int:
        """Up to which number nothing can be added to the log any more."""
        if self._database.dialect is Dialect.SQLITE:
            return sys.maxsize  # One transaction writes at a time: numbers are given in the order of commits.
        if self._doubt is None:
            return 0
        oldest = await _one(self._database, _OLDEST_RUNNING)
        return self._doubt.upto if oldest["transaction"] > self._doubt.transaction else 0

    async def _doubted(self, event: Event) -> datetime:
        """An event stands behind a gap: find out what to wait for, or go on waiting."""
        if self._doubt is not None and event.seq <= self._doubt.upto:
            return now() + _SOON
        self._doubt = _Doubt(**await _one(self._database, _DOUBT))
        return now()


async def _one(database: Database, statement: str) -> dict[str, Any]:
    (row,) = await database.connection.execute_query_dict(statement)
    return dict(row)


def _logged(event: Event) -> LoggedEvent:
    node = GlobalId(NodeType(event.node_type), event.node_id)
    return LoggedEvent(event.seq, event.id, event.type, event.actor, node, event.article_id, event.payload, event.at)
