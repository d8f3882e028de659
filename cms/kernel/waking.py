"""Waking whoever waits for news: followers when events were appended, workers when jobs were written.

The one thing to know: a ring is a hint, never the truth. It may come for nothing (the change was undone) or not at all
(another process on SQLite made the change), so whoever waits also looks from time to time.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Final


class Topic(StrEnum):
    """What there can be news of; on PostgreSQL also the name of the channel."""

    EVENTS = "cms_events"
    JOBS = "cms_jobs"


class Alarm:
    """Rings for one who waits. A ring is kept until it is heard."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake whoever waits, or else let the next wait end at once."""
        self._rung.set()

    def quiet(self) -> None:
        """Forget rings so far. Call it before looking, or what happens while looking would be slept through."""
        self._rung.clear()

    async def wait(self, seconds: float) -> bool:
        """Wait for a ring, but no longer than this; whether it rang."""
        # Not `wait_for`: where a ring and a cancellation come together, Python 3.11's forgets the cancellation, and
        # whoever waits for the end of a task that always waits again would wait for ever.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        return self._rung.is_set()


_alarms: Final[dict[Topic, set[Alarm]]] = {topic: set() for topic in Topic}


@contextmanager
def alarm(*topics: Topic) -> Iterator[Alarm]:
    """An alarm that rings for news of these topics until the end of the block."""
    made = Alarm()
    for topic in topics:
        _alarms[topic].add(made)
    try:
        yield made
    finally:
        for topic in topics:
            _alarms[topic].discard(made)


def wake(topic: Topic) -> None:
    """Ring every alarm of this process.

    On SQLite this is called inside the transaction that has the news. Whoever wakes must wait for the one connection on
    which that transaction is open, and so does not look before it ends.
    """
    for each in _alarms[topic]:
        each.ring()


def notification(topic: Topic) -> str:
    """What PostgreSQL evaluates inside the statement that has the news, without a round trip of its own.

    Listeners in every process hear of it when the transaction is committed, once however often it was said. It costs
    an appending transaction a twentieth of its time, and where eight write at once a tenth: a transaction that tells
    something commits alone.
    """
    return f"pg_notify('{topic.value}', '')"
