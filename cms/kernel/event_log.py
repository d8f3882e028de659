"""Reading the event log in its order, and nothing too early.

The one thing to know: on PostgreSQL numbers are given before transactions are committed, so that number 8 can be seen
while number 7 is still on its way. Whoever reads on from a position therefore stops at the first number that is
missing, until nobody is left who could bring it. (To read what lies below the oldest transaction that runs, in the
order of numbers, would not do: the oldest may have taken number 8, and a younger one number 7.)
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cms.kernel.database import Database, Dialect
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.models import Event

BATCH: Final = 100
# The snapshot is taken before the transaction gets its number, so that whoever holds a lower number of an event than
# the highest seen has a lower number of a transaction: see `events`, where the one is always taken before the other.
_DOUBT: Final = (
    "SELECT (SELECT coalesce(max(seq), 0) FROM event) AS upto, pg_current_xact_id()::text::bigint AS transaction"
)
_OLDEST_RUNNING: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS transaction"
_HIGHEST: Final = "SELECT coalesce(max(seq), 0) AS upto FROM event"


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


@dataclass(frozen=True, slots=True)
class Batch:
    """The next events: those that can be told, and the number of the first that cannot yet, if one waits."""

    certain: list[LoggedEvent]
    doubtful: int | None


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Numbers up to `upto` may be missing for good: for sure once every transaction up to this one has ended."""

    upto: int
    transaction: int


class EventLog:
    """The log, for one who reads on from a position of their own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._doubt: _Doubt | None = None

    async def read(self, position: int) -> Batch:
        """The next events after `position`, at most 100."""
        # Before reading: what ended until here is seen by what is read after it.
        complete_upto = await self._complete_upto()
        waiting = await Event.filter(seq__gt=position).order_by("seq").limit(BATCH)
        certain: list[LoggedEvent] = []
        for event in waiting:
            if event.seq > max(position + 1, complete_upto):
                return Batch(certain, event.seq)
            certain.append(logged(event))
            position = event.seq
        return Batch(certain, None)

    async def settle(self, doubtful: int) -> bool:
        """An event stands behind a gap: find out what to wait for.

        Returns:
            Whether to look again at once; False where what to wait for was known already, and has not ended.
        """
        if self._doubt is not None and doubtful <= self._doubt.upto:
            return False
        self._doubt = await self._new_doubt()
        return True

    async def end(self) -> int | None:
        """The number up to which nothing can be added any more; None while that cannot be told: ask again soon."""
        if self._database.dialect is Dialect.SQLITE:
            return int((await self._one(_HIGHEST))["upto"])
        if self._doubt is None:
            self._doubt = await self._new_doubt()
        return self._doubt.upto if await self._complete_upto() == self._doubt.upto else None

    async def _complete_upto(self) -> int:
        """Up to which number nothing can be added to the log any more, as far as anybody has asked."""
        if self._database.dialect is Dialect.SQLITE:
            return sys.maxsize  # One transaction writes at a time: numbers are given in the order of commits.
        if self._doubt is None:
            return 0
        oldest = await self._one(_OLDEST_RUNNING)
        return self._doubt.upto if oldest["transaction"] > self._doubt.transaction else 0

    async def _new_doubt(self) -> _Doubt:
        return _Doubt(**await self._one(_DOUBT))

    async def _one(self, statement: str) -> dict[str, Any]:
        (row,) = await self._database.connection.execute_query_dict(statement)
        return dict(row)


def logged(event: Event) -> LoggedEvent:
    """A row of the log as followers get it."""
    node = GlobalId(NodeType(event.node_type), event.node_id)
    return LoggedEvent(event.seq, event.id, event.type, event.actor, node, event.article_id, event.payload, event.at)
