"""The tail of the event log, shared by everybody in this process who follows it live.

The one thing to know: nobody has a queue. The newest events are kept once, each listener has only a position, and one
who has fallen behind, or comes back after days, reads from the table what is no longer here. So a listener that is slow
costs no memory, and misses nothing.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import Final
from uuid import UUID

import structlog

from cms.kernel.database import Database
from cms.kernel.event_log import BATCH, EventLog, LoggedEvent, logged
from cms.kernel.models import Event
from cms.kernel.waking import Alarm, Topic, alarm

#: How many events are kept: a few minutes of a lively day, at some 500 bytes each.
KEPT: Final = 1000
#: Somebody else's transaction may end at any moment; and on SQLite nobody rings for what another process did.
_SOON_SECONDS: Final = 0.05
_REST_SECONDS: Final = 1.0
#: How many listeners read the table at a time. On SQLite that is done on the connection that writes, and a crowd that
#: comes back with old positions would keep everybody from writing.
_READING_AT_ONCE: Final = 2

log = structlog.get_logger()


class UnknownPosition(Exception):
    """A position that the log has not reached: it belongs to another database, or to one that was set back."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events a listener wants.

    Attributes:
        types: of these kinds.
        article_id: concerning this article; None for all.
    """

    types: Collection[str]
    article_id: UUID | None = None

    def fits(self, event: LoggedEvent) -> bool:
        """Whether this is one of them."""
        return event.type in self.types and self.article_id in {None, event.article_id}


@dataclass(frozen=True, slots=True)
class News:
    """What happened after a position: the events that were wanted, and the position that is reached with them."""

    events: list[LoggedEvent]
    position: int


class Tail:
    """The log's end. It is watched only while somebody listens."""

    def __init__(self, database: Database, *, kept: int = KEPT) -> None:
        self._database = database
        self._recent: deque[LoggedEvent] = deque(maxlen=kept)
        #: Every event after `_floor` and up to `_upto` is kept.
        self._floor = self._upto = 0
        self._listeners = 0
        self._moved: set[Alarm] = set()
        self._started = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._turns = asyncio.Semaphore(_READING_AT_ONCE)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Listener"]:
        """Listen until the end of the block, from now on."""
        self._listeners += 1
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch(), name="tail")
        ring = Alarm()
        self._moved.add(ring)
        try:
            await self._started.wait()
            yield Listener(self, ring)
        finally:
            self._moved.discard(ring)
            self._listeners -= 1
            if not self._listeners:
                await self._stop()

    async def aclose(self) -> None:
        """Stop watching; whoever listens hears nothing more."""
        await self._stop()

    @property
    def position(self) -> int:
        """The number of the newest event that can be told."""
        return self._upto

    async def after(self, position: int, wanted: Wanted) -> News:
        """What is wanted of what happened after `position`; at most 100 events from the table at once.

        Raises:
            UnknownPosition: the log has not come so far.
        """
        upto = self._upto
        if position > upto:
            await self._check(position)
            return News([], position)
        if position >= self._floor:
            new = takewhile(lambda event: event.seq > position, reversed(self._recent))
            return News([event for event in new if wanted.fits(event)][::-1], upto)
        found = Event.filter(seq__gt=position, seq__lte=upto, type__in=sorted(wanted.types))
        if wanted.article_id is not None:
            found = found.filter(article_id=wanted.article_id)
        async with self._turns:
            rows = await found.order_by("seq").limit(BATCH)
        return News([logged(row) for row in rows], rows[-1].seq if len(rows) == BATCH else upto)

    async def _check(self, position: int) -> None:
        """Another process may be ahead of this one, but none is ahead of the table."""
        if not await Event.filter(seq__gte=position).exists():
            raise UnknownPosition

    # Watching

    async def _stop(self) -> None:
        task, self._watching = self._watching, None
        self._started.clear()
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _watch(self) -> None:
        reading = EventLog(self._database)
        is_begun = False
        with alarm(Topic.EVENTS) as rung:
            while True:
                rung.quiet()
                try:
                    is_begun = is_begun or await self._begin(reading)
                    pause = await self._look(reading) if is_begun else _SOON_SECONDS
                except Exception:
                    # The root of this task: whatever it is, those who listen wait, and this is tried again.
                    log.exception("the end of the event log cannot be read", again_in_seconds=_REST_SECONDS)
                    pause = _REST_SECONDS
                await rung.wait(pause)

    async def _begin(self, reading: EventLog) -> bool:
        end = await reading.end()
        if end is None:
            return False
        self._recent.clear()
        self._floor = self._upto = end
        self._started.set()
        return True

    async def _look(self, reading: EventLog) -> float:
        """Take in what is new; how long to wait before looking again, if nobody rings."""
        batch = await reading.read(self._upto)
        if batch.certain:
            self._take(batch.certain)
        if batch.doubtful is not None:
            return 0.0 if await reading.settle(batch.doubtful) else _SOON_SECONDS
        return 0.0 if batch.certain else _REST_SECONDS

    def _take(self, events: list[LoggedEvent]) -> None:
        for event in events:
            if len(self._recent) == self._recent.maxlen:
                self._floor = self._recent[0].seq
            self._recent.append(event)
        self._upto = events[-1].seq
        for ring in self._moved:
            ring.ring()


class Listener:
    """One who listens: reads on from a position, and waits where there is nothing to read."""

    def __init__(self, tail: Tail, ring: Alarm) -> None:
        self._tail = tail
        self._ring = ring
        #: Where it has come to; set it to go on from elsewhere.
        self.position = tail.position

    async def news(self, wanted: Wanted, seconds: float) -> list[LoggedEvent]:
        """The next events, in order; none when none of these came for so long.

        Raises:
            UnknownPosition: its position is none of this log.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            self._ring.quiet()
            found = await self._tail.after(self.position, wanted)
            self.position = max(self.position, found.position)
            left = end - loop.time()
            if found.events or left <= 0:
                return found.events
            # It rings for everybody's events.
            await self._ring.wait(left)
