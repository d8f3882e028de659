"""Waking: whoever waits for news is woken by them, whichever process they come from, and sleeps through none."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
import pytest

from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.events import EventType, append_event
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.jobs import enqueue
from cms.kernel.models import Event, Job
from cms.kernel.postgres_waking import listen
from cms.kernel.waking import Alarm, Topic, alarm, wake
from tests.databases import execute, name_of

pytestmark = pytest.mark.asyncio

on_sqlite = pytest.mark.parametrize("dialect", [Dialect.SQLITE], indirect=True)
on_postgres = pytest.mark.parametrize("dialect", [Dialect.POSTGRES], indirect=True)


@asynccontextmanager
async def awake(database: Database) -> AsyncIterator[None]:
    """What a worker has running to be woken."""
    if database.dialect is Dialect.SQLITE:
        yield
        return
    with alarm(Topic.JOBS) as ready:
        listening = asyncio.create_task(listen(database.settings))
        try:
            assert await ready.wait(5)
            yield
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


async def append(database: Database) -> None:
    """An event."""
    await append_event(database, EventType.SITE_CHANGED, "system", GlobalId(NodeType.SITE, new_id()))


async def test_an_alarm_rings_for_its_topics_alone() -> None:
    """Every comment would wake those who wait for mail."""
    with alarm(Topic.EVENTS) as events, alarm(Topic.JOBS) as jobs, alarm(*Topic) as both:
        wake(Topic.EVENTS)

        assert [await one.wait(0) for one in (events, jobs, both)] == [True, False, True]


async def test_a_ring_is_kept_until_it_is_heard() -> None:
    """What happens between looking and falling asleep would be slept through."""
    with alarm(Topic.EVENTS) as rung:
        wake(Topic.EVENTS)
        kept = await rung.wait(0)
        rung.quiet()

        assert (kept, await rung.wait(0.01)) == (True, False)


async def test_a_ring_does_not_keep_a_task_from_being_cancelled() -> None:
    """Whoever is cancelled at the moment of a ring would go on waiting, and who waits for their end, for ever."""

    async def waits(rung: Alarm) -> None:
        while True:
            rung.quiet()
            await rung.wait(60)

    for turns in range(4):
        with alarm(Topic.EVENTS) as rung:
            task = asyncio.create_task(waits(rung))
            await _turn(3)
            wake(Topic.EVENTS)
            await _turn(turns)
            task.cancel()
            done, _ = await asyncio.wait({task}, timeout=1)

        assert done == {task}, turns


async def _turn(times: int) -> None:
    """Let everybody else come to their turn, so many times."""
    for _ in range(times):
        asyncio.get_running_loop().call_soon((turned := asyncio.Event()).set)
        await turned.wait()


async def test_an_alarm_outside_its_block_is_forgotten() -> None:
    """Every worker that ever ran would be woken, and kept in memory."""
    with alarm(Topic.EVENTS) as rung:
        pass
    wake(Topic.EVENTS)

    assert not await rung.wait(0)


async def test_an_event_wakes_when_it_can_be_seen(database: Database) -> None:
    """Followers would hear of a change only when they happen to look; or look too early, and go back to sleep."""
    async with awake(database):
        with alarm(Topic.EVENTS) as rung:

            async def seen() -> int:
                assert await rung.wait(5)
                return await Event.all().count()

            waiting = asyncio.create_task(seen())
            async with transaction(database):
                await append(database)
                # The other task has every chance to look too early.
                await asyncio.wait({waiting}, timeout=0.1)
            assert await waiting == 1


async def test_a_job_wakes_those_who_wait_for_jobs(database: Database) -> None:
    """An invitation would go out seconds after it was asked for."""
    async with awake(database):
        with alarm(Topic.JOBS) as rung, alarm(Topic.EVENTS) as other:
            async with transaction(database):
                await enqueue(database, "mail", {})

            assert (await rung.wait(5), await other.wait(0.05)) == (True, False)
    assert await Job.all().count() == 1


@on_postgres
async def test_what_was_undone_wakes_nobody(database: Database) -> None:
    """Every dry run would set all processes to work."""
    async with awake(database):
        with alarm(*Topic) as rung:
            with suppress(LookupError):
                async with transaction(database):
                    await append(database)
                    await enqueue(database, "mail", {})
                    raise LookupError

            assert not await rung.wait(0.2)


@on_postgres
async def test_another_process_wakes_this_one(database: Database) -> None:
    """A worker alone would see what the servers wrote only when it happens to look."""
    async with awake(database):
        with alarm(Topic.EVENTS) as rung:
            await execute(database.url, "SELECT pg_notify('cms_events', '')")

            assert await rung.wait(5)


@on_postgres
async def test_a_lost_connection_is_opened_again(database: Database) -> None:
    """After a restart of PostgreSQL nobody would be woken any more; or what was said meanwhile would wait."""
    async with awake(database):
        with alarm(*Topic) as rung:
            asked = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                f"WHERE datname = '{name_of(database.url)}' AND query LIKE 'LISTEN%'"
            )
            began = time.monotonic()
            await execute(database.url, asked)
            again = await rung.wait(8)
            rung.quiet()
            await execute(database.url, "SELECT pg_notify('cms_jobs', '')")

            assert (again, await rung.wait(5)) == (True, True)
            assert time.monotonic() - began < 8


@on_postgres
async def test_a_rolled_back_number_stays_missing(database: Database) -> None:
    """The gaps that followers must bridge would not be there to be tested."""
    connection = await asyncpg.connect(database.url)
    await connection.execute("BEGIN; SELECT nextval(pg_get_serial_sequence('event', 'seq')); ROLLBACK")
    await connection.close()
    await append(database)

    assert [event.seq for event in await Event.all()] == [2]
