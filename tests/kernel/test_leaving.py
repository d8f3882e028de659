"""Leaving: whoever stops listening at the very moment at which something happens is gone."""

import asyncio

import pytest

from cms.kernel.database import Database
from cms.kernel.tailing import Tail
from cms.kernel.waking import Alarm, Topic, wake

pytestmark = pytest.mark.asyncio


async def settled(*tasks: asyncio.Task[bool]) -> None:
    """Let everything that can go on go on, until it waits."""
    await asyncio.wait({asyncio.create_task(Alarm().wait(0.02)), *tasks}, return_when=asyncio.FIRST_COMPLETED)


async def test_a_wait_that_is_cancelled_as_it_rings_ends_as_cancelled() -> None:
    """A subscriber who leaves as an event comes in would be told for ever, and its server would not stop."""
    ring = Alarm()
    waiting = asyncio.create_task(ring.wait(60))
    await settled(waiting)

    ring.ring()
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_tail_that_the_last_listener_leaves_as_it_is_woken_is_watched_no_more(database: Database) -> None:
    """Two would watch the log, and tell whoever comes next everything twice."""
    tail = Tail(database)

    async def listen_once() -> None:
        async with tail.listening():
            await settled()
            wake(Topic.EVENTS)

    await asyncio.wait_for(listen_once(), 5)

    assert [task for task in asyncio.all_tasks() if task.get_name() == "tail"] == []
