"""Followers of the event log: everything is told, in order, once, whatever order transactions end in."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from cms.kernel import clock
from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.event_log import LoggedEvent
from cms.kernel.events import _INSERT, EventType, NewEvent, _values, append_event, append_events
from cms.kernel.following import Follower
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.models import Event
from cms.kernel.models import Follower as Row
from tests.articles.world import NOON

pytestmark = pytest.mark.asyncio

on_postgres = pytest.mark.parametrize("dialect", [Dialect.POSTGRES], indirect=True)


class Listener:
    """A follower's handler that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[LoggedEvent] = []
        self.batches: list[int] = []

    async def handle(self, _database: Database, events: Sequence[LoggedEvent]) -> None:
        """Remember."""
        self.told.extend(events)
        self.batches.append(len(events))

    @property
    def numbers(self) -> list[int]:
        """What was told, by numbers."""
        return [event.seq for event in self.told]


async def append(database: Database, count: int = 1) -> list[UUID]:
    """Events in a transaction of their own; what they happened to."""
    nodes = [GlobalId(NodeType.TOPIC, new_id()) for _ in range(count)]
    async with transaction(database):
        await append_events(database, "system", [NewEvent(EventType.TOPIC_CHANGED, node) for node in nodes])
    return [node.key for node in nodes]


async def follow(follower: Follower, most: int = 50) -> None:
    """Look until there is nothing more to do at once."""
    for _ in range(most):
        due = await follower.look()
        if due is None or due > now():
            return
    pytest.fail("it never comes to rest")


async def position(name: str = "test") -> int:
    """How far it has come, as stored."""
    row = await Row.get(name=name)
    return int(row.position)


# What is told


async def test_an_event_is_told_whole(database: Database) -> None:
    """A webhook could not say what happened, or a subscriber not know that it was told twice."""
    comment, article = new_id(), new_id()
    with clock.at(NOON):
        async with transaction(database):
            node = GlobalId(NodeType.COMMENT, comment)
            await append_event(
                database, EventType.COMMENT_POSTED, "anonymous", node, article_id=article, payload={"a": 1}
            )
    listener = Listener()

    await follow(Follower(database, "test", listener.handle))

    stored = await Event.get()
    assert listener.told == [
        LoggedEvent(1, stored.id, "COMMENT_POSTED", "anonymous", node, article, {"a": 1}, NOON),
    ]
    assert "payload" not in repr(listener.told)


async def test_everything_is_told_once_and_in_order(database: Database) -> None:
    """A search index would miss an article, or take an old state for the newest."""
    listener = Listener()
    follower = Follower(database, "test", listener.handle)
    nodes = await append(database, 3)
    await follow(follower)
    nodes += await append(database, 250)
    await follow(follower)

    assert [event.node.key for event in listener.told] == nodes
    assert listener.numbers == list(range(1, 254))
    assert listener.batches == [3, 100, 100, 50]
    assert await position() == 253
    assert await follower.look() is None


async def test_followers_have_positions_of_their_own(database: Database) -> None:
    """One that is late would make the others skip what it has not read, or be made to."""
    first, second = Listener(), Listener()
    await append(database)
    await follow(Follower(database, "first", first.handle))
    await append(database)
    await follow(Follower(database, "second", second.handle))

    assert (first.numbers, second.numbers) == ([1], [1, 2])
    assert {row.name: row.position for row in await Row.all()} == {"first": 1, "second": 2}


async def test_a_process_goes_on_where_another_one_stopped(database: Database) -> None:
    """After a restart everything would be told again."""
    before, after = Listener(), Listener()
    await append(database, 2)
    await follow(Follower(database, "test", before.handle))
    await append(database)
    await follow(Follower(database, "test", after.handle))

    assert (before.numbers, after.numbers) == ([1, 2], [3])


async def test_what_failed_is_told_again_under_the_same_id(database: Database) -> None:
    """A full disk would lose events; or whoever hears twice could not tell."""
    told: list[UUID] = []

    async def fails_once(_database: Database, events: Sequence[LoggedEvent]) -> None:
        told.extend(event.id for event in events)
        await append_event(database, EventType.SITE_CHANGED, "system", GlobalId(NodeType.SITE, new_id()))
        if len(told) == 1:
            raise OSError("the disk is full")

    await append(database)
    follower = Follower(database, "test", fails_once)
    with pytest.raises(OSError, match="the disk is full"):
        await follower.look()
    undone = (await position(), await Event.all().count())
    await follower.look()

    assert undone == (0, 1)
    assert told[0] == told[1]
    assert (len(told), await position(), await Event.all().count()) == (2, 1, 2)


async def test_of_two_processes_one_is_at_it(database: Database) -> None:
    """Two would tell everything twice."""
    began, go_on = asyncio.Event(), asyncio.Event()
    told: list[int] = []

    async def slow(_database: Database, events: Sequence[LoggedEvent]) -> None:
        told.extend(event.seq for event in events)
        began.set()
        await go_on.wait()

    other = Listener()
    await append(database, 2)
    first = asyncio.create_task(Follower(database, "test", slow).look())
    await began.wait()
    second = asyncio.create_task(Follower(database, "test", other.handle).look())
    await asyncio.wait({second}, timeout=0.2)
    if database.dialect is Dialect.POSTGRES:
        due = await second
        assert due is not None
        assert timedelta() < due - now() < timedelta(seconds=1)
    go_on.set()
    await asyncio.gather(first, second)

    assert (told, other.told, await position()) == ([1, 2], [], 2)


# PostgreSQL: numbers are given before transactions are committed


@asynccontextmanager
async def writer(database: Database) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """Somebody in a transaction that has its number, which is undone unless it is committed."""
    connection = await asyncpg.connect(database.url)
    try:
        await connection.execute("BEGIN")
        await connection.execute("SELECT pg_current_xact_id()")
        yield connection
    finally:
        await connection.close()


async def write(connection: "asyncpg.Connection[Any]") -> None:
    """Append an event, which nobody sees yet."""
    event = NewEvent(EventType.TOPIC_CHANGED, GlobalId(NodeType.TOPIC, new_id()))
    await connection.execute(_INSERT[Dialect.POSTGRES], *_values("system", event))


async def end(connection: "asyncpg.Connection[Any]", how: str = "COMMIT") -> None:
    """Commit, or undo."""
    await connection.execute(how)


@on_postgres
@pytest.mark.parametrize("slow_is_older", [True, False])
async def test_a_slow_transaction_with_a_lower_number_is_not_skipped(
    database: Database, *, slow_is_older: bool
) -> None:
    """What it changed would never be told to anybody."""
    listener = Listener()
    follower = Follower(database, "test", listener.handle)
    async with writer(database) as older, writer(database) as younger:
        slow, quick = (older, younger) if slow_is_older else (younger, older)
        await write(slow)
        await write(quick)
        await end(quick)
        for _ in range(3):
            await follow(follower)
        meanwhile = (listener.numbers, await position(), [event.seq for event in await Event.all()])
        await end(slow)
        await follow(follower)

    assert meanwhile == ([], 0, [2])
    assert (listener.numbers, await position()) == ([1, 2], 2)


@on_postgres
async def test_what_comes_before_the_gap_is_told_at_once(database: Database) -> None:
    """One slow editor would hold up what everybody else did before."""
    listener = Listener()
    follower = Follower(database, "test", listener.handle)
    await append(database, 2)
    async with writer(database) as slow:
        await write(slow)
        await append(database)
        await follow(follower)
        meanwhile = listener.numbers
        due = await follower.look()
        await end(slow)
    await follow(follower)

    assert (meanwhile, listener.numbers) == ([1, 2], [1, 2, 3, 4])
    assert due is not None
    assert timedelta() < due - now() < timedelta(seconds=1)


@on_postgres
async def test_a_number_that_never_comes_is_not_waited_for(database: Database) -> None:
    """After the first dry run, or the second, nothing would be told any more."""
    listener = Listener()
    follower = Follower(database, "test", listener.handle)
    for is_looked_at in (False, False, True, True):
        async with writer(database) as undone:
            await write(undone)
            await end(undone, "ROLLBACK")
        await append(database)
        if is_looked_at:
            await follow(follower)

    assert (listener.numbers, await position()) == ([2, 4, 6, 8], 8)


@on_postgres
async def test_long_work_elsewhere_holds_nothing_up(database: Database) -> None:
    """An import that takes an hour would stop every webhook for an hour."""
    listener = Listener()
    follower = Follower(database, "test", listener.handle)
    async with writer(database):
        await append(database, 2)
        await follow(follower)

        assert listener.numbers == [1, 2]


@on_postgres
async def test_work_that_begins_later_does_not_keep_a_gap_open(database: Database) -> None:
    """Where somebody always writes, the first number that was undone would stop the log for good."""
    listener = Listener()
    follower = Follower(database, "test", listener.handle)
    async with writer(database) as undone, AsyncExitStack() as stack:
        await write(undone)
        await append(database)
        await follow(follower)
        for _ in range(2):
            await write(await stack.enter_async_context(writer(database)))
        waiting = listener.numbers
        await end(undone, "ROLLBACK")
        await follow(follower)

        assert (waiting, listener.numbers) == ([], [2])


@on_postgres
async def test_a_second_gap_behind_the_first_is_a_gap(database: Database) -> None:
    """What is known of one gap would be taken for true of the next, and a transaction be skipped."""
    listener = Listener()
    follower = Follower(database, "test", listener.handle)
    async with writer(database) as undone:
        await write(undone)
        await append(database)
        await follow(follower)
        await end(undone, "ROLLBACK")
    async with writer(database) as slow:
        await write(slow)
        await append(database)
        await follow(follower)
        meanwhile = listener.numbers
        await end(slow)
    await follow(follower)

    assert (meanwhile, listener.numbers) == ([2], [2, 3, 4])


@on_postgres
async def test_a_transaction_has_its_number_before_its_events_have_theirs(database: Database) -> None:
    """Between the two, a follower would take the event's number for one that never comes."""
    values = "gen_random_uuid(), '', '', '', gen_random_uuid(), NULL, '', now()"
    insert = _INSERT[Dialect.POSTGRES].replace("$1, $2, $3, $4, $5, $6, $7, $8", values)
    rows = await database.connection.execute_query_dict(f"EXPLAIN (VERBOSE, COSTS OFF) {insert}")
    plan = [row["QUERY PLAN"].strip() for row in rows]

    (own,) = (place for place, line in enumerate(plan) if "pg_current_xact_id" in line)
    (number,) = (place for place, line in enumerate(plan) if "nextval" in line)
    assert plan[own - 2 : own] == ["CTE own", "->  Result"]
    # The number is made by the node that reads `own`, or by one above it: once there is a row of it.
    assert own < number <= plan.index("->  CTE Scan on own") + 1


@on_postgres
async def test_nothing_is_lost_or_told_twice_in_a_crowd(database: Database) -> None:
    """Under load, some order of beginnings and ends that nobody thought of would lose an event."""
    dice = random.Random(7)  # noqa: S311 - a repeatable crowd
    listener, done = Listener(), asyncio.Event()
    kept: list[UUID] = []

    async def somebody(seed: int) -> None:
        own = random.Random(seed)  # noqa: S311 - as above
        for _ in range(25):
            nodes: list[UUID] = []
            with suppress(LookupError):
                async with transaction(database):
                    for _ in range(own.randint(1, 3)):
                        node = GlobalId(NodeType.TOPIC, new_id())
                        await append_event(database, EventType.TOPIC_CHANGED, "system", node)
                        nodes.append(node.key)
                        await database.connection.execute_query("SELECT pg_sleep($1)", [own.random() / 100])
                    if own.random() < 0.3:
                        raise LookupError
                kept.extend(nodes)

    async def process() -> None:
        follower = Follower(database, "test", listener.handle)
        while not done.is_set():
            await follower.look()
        await follow(follower)

    processes = [asyncio.create_task(process()) for _ in range(2)]
    await asyncio.gather(*(somebody(dice.randrange(10**6)) for _ in range(6)))
    done.set()
    await asyncio.gather(*processes)
    await follow(Follower(database, "test", listener.handle))

    assert Counter(event.node.key for event in listener.told) == Counter(kept)
    assert listener.numbers == sorted(listener.numbers)
    assert len(kept) > 100
