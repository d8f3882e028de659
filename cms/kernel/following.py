"""Following the event log: each follower reads it in order, from its own position, and misses nothing.

The one thing to know: the position is stored, and moves in the transaction of what the follower does with the events,
so that each is handled once, in whichever process.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.event_log import EventLog, LoggedEvent
from cms.kernel.models import Event
from cms.kernel.models import Follower as Row

#: How soon to look again for somebody else's transaction to end.
_SOON: Final = timedelta(milliseconds=200)

#: What a follower does with events, inside the transaction that moves its position: it writes to the database and
#: nothing else, so that both happen or neither. What must leave the house it writes down as a job.
Handler = Callable[[Database, Sequence[LoggedEvent]], Awaitable[None]]


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
        self._log = EventLog(database)

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
            batch = await self._log.read(row.position)
            if batch.certain:
                await self._handle(self._database, batch.certain)
                await Row.filter(name=self.name).update(position=batch.certain[-1].seq, updated_at=now())
        if batch.doubtful is None or await self._log.settle(batch.doubtful):
            return now()
        return now() + _SOON

    async def _is_behind(self) -> bool:
        row = await Row.get_or_none(name=self.name)
        if row is None:
            await Row.bulk_create([Row(name=self.name)], ignore_conflicts=True)
        return await Event.filter(seq__gt=row.position if row else 0).exists()
