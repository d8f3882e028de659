"""The tail of the event log: everybody who listens hears everything once, in order, however slow they are."""

import asyncio
from contextlib import suppress
from itertools import chain
from uuid import UUID

import pytest

from cms.kernel import tailing
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.event_log import Batch, EventLog, LoggedEvent
from cms.kernel.events import EventType, NewEvent, append_events
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.tailing import Listener, Tail, UnknownPosition, Wanted
from tests.kernel.test_following import append, end, on_postgres, write, writer

pytestmark = pytest.mark.asyncio

TOPICS = Wanted(frozenset({EventType.TOPIC_CHANGED}))
on_sqlite = pytest.mark.parametrize("dialect", [Dialect.SQLITE], indirect=True)


async def hear(listener: Listener, count: int, wanted: Wanted = TOPICS) -> list[int]:
    """The numbers of the next events, so many at least."""
    heard: list[LoggedEvent] = []
    async with asyncio.timeout(5):
        while len(heard) < count:
            # Longer than may be waited for: it is woken.
            heard += await listener.news(wanted, 60)
    return [event.seq for event in heard]


async def comment_on(database: Database, *article_ids: UUID) -> None:
    """An event below each of these articles."""
    node = GlobalId(NodeType.COMMENT, new_id())
    events = [NewEvent(EventType.COMMENT_APPROVED, node, article_id) for article_id in article_ids]
    async with transaction(database):
        await append_events(database, "system", events)


async def test_who_listens_hears_what_happens_from_then_on(database: Database) -> None:
    """A page would tell its reader of everything that was ever said, or of nothing."""
    tail = Tail(database)
    await append(database, 2)
    async with tail.listening() as listener:
        begun = listener.position
        await append(database, 2)
        heard = await hear(listener, 2)
        nothing = await listener.news(TOPICS, 0.01)

    assert (begun, heard, nothing, listener.position) == (2, [3, 4], [], 4)


async def test_who_comes_back_hears_what_they_missed(database: Database) -> None:
    """A phone that slept would miss what was said meanwhile, whether that is still at hand or only in the table."""
    tail = Tail(database, kept=3)
    await append(database, 4)
    async with tail.listening() as first:
        await append(database, 4)
        await hear(first, 4)
        heard = {}
        for position in (0, 4, 5, 6, 8):
            async with tail.listening() as listener:
                listener.position = position
                heard[position] = [event.seq for event in await listener.news(TOPICS, 0.01)]

    assert heard == {
        0: [1, 2, 3, 4, 5, 6, 7, 8],
        4: [5, 6, 7, 8],
        5: [6, 7, 8],
        6: [7, 8],
        8: [],
    }


@pytest.mark.parametrize("kept", [1, 1000])
async def test_only_what_is_wanted_is_told(database: Database, kept: int) -> None:
    """Every reader's phone would be woken for what is said below every other article."""
    ours, other = new_id(), new_id()
    wanted = Wanted(frozenset({EventType.COMMENT_APPROVED}), ours)
    async with Tail(database, kept=kept).listening() as listener:
        await comment_on(database, ours, other, ours)
        await append(database)
        await comment_on(database, other)
        heard = await hear(listener, 2, wanted)
        async with asyncio.timeout(5):
            while listener.position < 5:
                heard += [event.seq for event in await listener.news(wanted, 0.05)]

    assert heard == [1, 3]


async def test_who_waits_is_not_disturbed_by_what_others_want(database: Database) -> None:
    """Whoever follows one article would be asked who they are for every event of every other."""
    ours = new_id()
    wanted = Wanted(frozenset({EventType.COMMENT_APPROVED}), ours)
    async with Tail(database).listening() as listener:
        waiting = asyncio.create_task(listener.news(wanted, 60))
        for _ in range(3):
            await comment_on(database, new_id())
            await asyncio.wait({waiting}, timeout=0.05)
        disturbed = waiting.done()
        await comment_on(database, ours)
        events = await asyncio.wait_for(waiting, 5)

    assert (disturbed, [event.seq for event in events]) == (False, [4])


async def test_a_slow_listener_costs_no_memory_and_misses_nothing(database: Database) -> None:
    """Somebody who never takes anything would fill the server, or lose what they could not take."""
    tail = Tail(database, kept=10)
    async with tail.listening() as slow, tail.listening() as quick:
        await append(database, 250)
        await hear(quick, 250)
        kept = len(tail._recent)
        portions = [[event.seq for event in await slow.news(TOPICS, 0.01)] for _ in range(4)]

    assert kept == 10
    assert [len(portion) for portion in portions] == [100, 100, 50, 0]
    assert list(chain.from_iterable(portions)) == list(range(1, 251))


async def test_those_who_read_the_table_take_turns(database: Database) -> None:
    """A crowd of phones that come back would keep everybody from writing; those who are awake need not wait for it."""
    tail = Tail(database, kept=3)
    async with tail.listening() as awake, tail.listening() as asleep, tail._turns, tail._turns:
        await append(database)
        first = await hear(awake, 1)
        await append(database, 2)
        others = await hear(awake, 2)
        await append(database, 2)
        others += await hear(awake, 2)
        waking = asyncio.create_task(hear(asleep, 5))
        _, waiting = await asyncio.wait({waking}, timeout=0.1)
        tail._turns.release()
        read = await waking
        await tail._turns.acquire()

    assert first + others == read == [1, 2, 3, 4, 5]
    assert len(waiting) == 1


async def test_a_position_that_the_log_never_reached_is_refused(database: Database) -> None:
    """After a database was set back, a phone would wait in silence for a number that comes in a year."""
    await append(database, 2)
    async with Tail(database).listening() as listener:
        listener.position = 3
        with pytest.raises(UnknownPosition):
            await listener.news(TOPICS, 0.01)


async def test_a_position_that_another_process_has_reached_is_waited_for(database: Database) -> None:
    """A phone whose line moves from one server to another would be sent back to the beginning."""
    tail = Tail(database)
    async with tail.listening() as listener:
        async with transaction(database):
            await append(database, 2)
            # As it looks from a process that has not been woken yet.
            listener.position = 2
            early = await listener.news(TOPICS, 0)
        await append(database)
        heard = await hear(listener, 1)

    assert (early, heard) == ([], [3])


async def test_who_reads_the_table_is_told_nothing_early(database: Database) -> None:
    """What the tail has not come to yet would be told twice, and on PostgreSQL before what still comes in between."""
    await append(database, 3)
    async with Tail(database).listening() as listener:
        listener.position = 0
        async with transaction(database):
            await append(database, 2)
            early = [event.seq for event in await listener.news(TOPICS, 0)]
        late = await hear(listener, 2)

    assert (early, late) == ([1, 2, 3], [4, 5])


async def test_the_log_is_watched_only_while_somebody_listens(database: Database) -> None:
    """Every idle server would ask the database for news once a second, for nobody."""
    tail = Tail(database)
    async with tail.listening():
        async with tail.listening():
            watching = tail._watching
        still = tail._watching
    after = tail._watching
    await append(database)
    async with tail.listening() as again:
        await append(database)
        heard = await hear(again, 1)

    assert watching is not None
    assert (still is watching, after, watching.cancelled(), heard) == (True, None, True, [2])
    assert tail._moved == set()


async def test_what_happened_while_nobody_listened_is_not_missed(database: Database) -> None:
    """What was kept from before would be taken for all there is, and what happened since would be passed over."""
    tail = Tail(database, kept=3)
    async with tail.listening() as first:
        await append(database, 2)
        await hear(first, 2)
    await append(database, 2)
    async with tail.listening() as again:
        await append(database, 2)
        await hear(again, 2)
        again.position = 2
        heard = [event.seq for event in await again.news(TOPICS, 0.01)]

    assert heard == [3, 4, 5, 6]


async def test_a_database_that_comes_back_is_read_on_from_there(
    database: Database, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """After a fault of a second, nobody would hear anything until the server is restarted."""
    monkeypatch.setattr(tailing, "_REST_SECONDS", 0.05)
    async with Tail(database).listening() as listener:
        await append(database)
        first = await hear(listener, 1)
        await database.connection.execute_script("ALTER TABLE event RENAME TO elsewhere")
        silence = await listener.news(TOPICS, 0.3)
        await database.connection.execute_script("ALTER TABLE elsewhere RENAME TO event")
        await append(database)
        second = await hear(listener, 1)

    assert (first, silence, second) == ([1], [], [2])
    assert "the end of the event log cannot be read" in "".join(capfd.readouterr())


@on_sqlite
async def test_what_is_undone_is_not_told(database: Database) -> None:
    """A dry run would be told to everybody who has the page open."""
    async with Tail(database).listening() as listener:
        with suppress(LookupError):
            async with transaction(database):
                await append(database)
                raise LookupError
        undone = await listener.news(TOPICS, 0.1)
        await append(database)

        assert (undone, len(await hear(listener, 1))) == ([], 1)


@on_postgres
async def test_a_slow_transaction_with_a_lower_number_is_waited_for(database: Database) -> None:
    """What it says would never be told to anybody who listens."""
    async with Tail(database).listening() as listener, writer(database) as slow:
        await write(slow)
        await append(database)
        meanwhile = await listener.news(TOPICS, 0.3)
        await end(slow)
        heard = await hear(listener, 2)

    assert (meanwhile, heard) == ([], [1, 2])


@on_postgres
async def test_who_begins_while_something_is_on_its_way_does_not_miss_it(database: Database) -> None:
    """What is committed a moment after somebody begins to listen, under a number from before, would be lost to them."""
    tail = Tail(database)

    async def listen() -> int:
        async with tail.listening() as listener:
            return listener.position

    async with writer(database) as slow:
        await write(slow)
        await append(database)
        beginning = asyncio.create_task(listen())
        _, waiting = await asyncio.wait({beginning}, timeout=0.3)
        await end(slow)
        begun = await asyncio.wait_for(beginning, 5)

    assert (len(waiting), begun) == (1, 2)


@on_postgres
async def test_what_ends_between_two_looks_is_not_passed_over(database: Database) -> None:
    """Who reads first and then asks whether a gap is for good, loses what filled it in between."""
    async with writer(database) as slow:

        class Interrupted(EventLog):
            async def _complete_upto(self) -> int:
                if waiting.doubtful is not None:
                    await end(slow)
                return await super()._complete_upto()

        waiting = Batch([], None)
        reading = Interrupted(database)
        await write(slow)
        await append(database)
        waiting = await reading.read(0)
        await reading.settle(2)
        read = await reading.read(0)

    assert waiting == Batch([], 2)
    assert [event.seq for event in read.certain] == [1, 2]
