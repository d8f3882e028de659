"""The runners send statements and nothing else: short ones without a thread, long ones beside the event loop.

What they run on are the migrated, empty databases of the suite.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from cms.kernel.database import Database, Dialect
from cms.reading.postgres_runner import PostgresRunner, postgres_runner
from cms.reading.request import AnswerTooLarge, TookTooLong
from cms.reading.sqlite_runner import INLINE_STEPS, THREADS, SqliteRunner, _Run, sqlite_runner

pytestmark = pytest.mark.asyncio

# Three to four steps of SQLite's machine for each number.
COUNT_UP = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT count(*), max(i) FROM n"
LONG = 1_000_000
WRITES = [
    "INSERT INTO topic DEFAULT VALUES",
    "UPDATE topic SET name = 'x'",
    "DELETE FROM topic",
    "CREATE TABLE mine (id integer)",
    "DROP TABLE topic",
]


class _Spy(ThreadPoolExecutor):
    """An executor that counts what it is given."""

    def __init__(self) -> None:
        super().__init__(1)
        self.given = 0

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Any:  # noqa: ANN401 - the executor's signature
        """Count, and do it."""
        self.given += 1
        return super().submit(work, *args, **named)


@pytest_asyncio.fixture
async def runner(sqlite_template: Path) -> AsyncIterator[SqliteRunner]:
    """A runner of an SQLite file with every table and no row."""
    async with sqlite_runner(sqlite_template) as opened:
        yield opened


@pytest.fixture
def spy(runner: SqliteRunner) -> _Spy:
    """The runner's executor, which tells how often it was used."""
    runner._threads.shutdown()
    runner._threads = watched = _Spy()
    return watched


async def test_a_short_statement_never_leaves_the_loop(runner: SqliteRunner, spy: _Spy) -> None:
    """SQLite counts a statement's steps on from run to run: every few hundredth would be taken for a long one."""
    told = [tuple(await runner.rows(COUNT_UP, [5])) for _ in range(20_000)]

    assert set(told) == {((5, 5),)}
    assert spy.given == 0


async def test_a_statement_just_under_the_limit_never_leaves_the_loop(runner: SqliteRunner, spy: _Spy) -> None:
    """The first count of steps may come at any time in a run; one alone says nothing."""
    for _ in range(200):
        await runner.rows(COUNT_UP, [INLINE_STEPS // 20])

    assert spy.given == 0


async def test_a_long_statement_runs_in_a_thread_and_the_loop_goes_on(runner: SqliteRunner, spy: _Spy) -> None:
    """One slow report would hold up every other reader."""
    asked = asyncio.create_task(runner.rows(COUNT_UP, [LONG]))
    gaps, last = [], time.perf_counter()
    while not asked.done():
        await asyncio.wait({asked}, timeout=0.001)
        gaps.append(time.perf_counter() - last)
        last = time.perf_counter()

    assert await asked == [(LONG, LONG)]
    assert spy.given == 1
    # The statement takes some 100 ms; without a thread there would be one gap, as long as it is.
    assert len(gaps) >= 10
    assert sorted(gaps)[len(gaps) // 2] < 0.02


async def test_after_a_long_statement_short_ones_stay_in_the_loop(runner: SqliteRunner, spy: _Spy) -> None:
    """An interrupted connection would send everything after it to a thread."""
    await runner.rows(COUNT_UP, [LONG])
    assert spy.given == 1

    for _ in range(1000):
        assert await runner.rows(COUNT_UP, [5]) == [(5, 5)]
    assert spy.given == 1


async def test_long_statements_run_side_by_side_and_all_are_answered(runner: SqliteRunner) -> None:
    """More questions than threads: one would be lost, or get another's rows."""
    sizes = [LONG // 5 + number for number in range(12)]

    told = await asyncio.gather(*(runner.rows(COUNT_UP, [size]) for size in sizes))

    assert told == [[(size, size)] for size in sizes]


async def test_a_question_nobody_waits_for_gives_its_connection_back(runner: SqliteRunner) -> None:
    """Four readers that leave early would close the long way for good."""
    for _ in range(8):
        asked = asyncio.create_task(runner.rows(COUNT_UP, [LONG // 5]))
        await asyncio.wait({asked}, timeout=0.01)
        asked.cancel()
        await asyncio.wait({asked})

    assert await asyncio.wait_for(runner.rows(COUNT_UP, [LONG // 5]), 10) == [(LONG // 5, LONG // 5)]


@pytest.mark.parametrize("statement", WRITES)
async def test_sqlite_refuses_to_write(runner: SqliteRunner, statement: str) -> None:
    """A statement that was built wrong could change what it only should have read."""
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await runner.rows(statement, [])
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        runner._in_thread(_Run(5), statement, [], ())

    assert await runner.rows("SELECT count(*) FROM topic", []) == [(0,)]


async def test_a_mistake_in_a_statement_is_raised_and_not_tried_again(runner: SqliteRunner, spy: _Spy) -> None:
    """Every error would be taken for a long statement."""
    with pytest.raises(sqlite3.OperationalError, match="no such table: nowhere"):
        await runner.rows("SELECT * FROM nowhere", [])

    assert spy.given == 0


async def test_what_is_committed_elsewhere_is_seen_at_once(tmp_path: Path) -> None:
    """An editor would publish, look, and find the old page."""
    path = tmp_path / "ours.db"
    with sqlite3.connect(path) as writing:
        writing.execute("PRAGMA journal_mode = WAL")
        writing.execute("CREATE TABLE mine (n integer)")

    async with sqlite_runner(path) as runner:
        for number in range(3):
            with writing:
                writing.execute("INSERT INTO mine VALUES (?)", (number,))
            assert await runner.rows("SELECT count(*) FROM mine", []) == [(number + 1,)]
    writing.close()


async def test_a_file_whose_name_means_something_in_an_address_is_opened(tmp_path: Path) -> None:
    """A folder called `100%?` would open another file, or none."""
    folder = tmp_path / "100%41?mode=rwc#ä b"
    folder.mkdir()
    with sqlite3.connect(folder / "cms.db") as writing:
        writing.execute("CREATE TABLE mine AS SELECT 7 AS n")
    writing.close()

    async with sqlite_runner(folder / "cms.db") as runner:
        assert await runner.rows("SELECT n FROM mine", []) == [(7,)]


async def test_closing_stops_what_runs(sqlite_template: Path) -> None:
    """A server could not be stopped while a long statement runs."""
    runner = SqliteRunner(sqlite_template)
    asked = asyncio.create_task(runner.rows(COUNT_UP, [1_000 * LONG]))
    await asyncio.wait({asked}, timeout=0.1)

    before = time.perf_counter()
    runner.close()

    assert time.perf_counter() - before < 5
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        await asked


@pytest.mark.parametrize(
    "value",
    ["", "NUL \x00 within", "\x00", "'; DROP TABLE topic; --", "Fähre 🛶", "\u202eright to left", "x" * 100_000],
)
async def test_sqlite_gives_texts_back_as_they_were(runner: SqliteRunner, value: str) -> None:
    """A text from a reader would end early, or become part of the statement."""
    assert await runner.rows("SELECT ?, length(CAST(? AS BLOB))", [value, value]) == [(value, len(value.encode()))]


@pytest_asyncio.fixture
async def server(database: Database) -> AsyncIterator[PostgresRunner]:
    """A runner of a PostgreSQL database with every table and no row."""
    async with postgres_runner(database.settings) as opened:
        yield opened


on_postgres = pytest.mark.parametrize("dialect", [Dialect.POSTGRES], ids=str)


@on_postgres
@pytest.mark.parametrize("statement", WRITES)
async def test_postgres_refuses_to_write(server: PostgresRunner, statement: str) -> None:
    """As above; here a connection could also be left in a transaction that failed."""
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await server.rows(statement, [])

    assert [tuple(row) for row in await server.rows("SELECT count(*) FROM topic", [])] == [(0,)]


@on_postgres
async def test_postgres_connections_are_set_up_for_reading(server: PostgresRunner) -> None:
    """Without these, rows of a level may come in another order, and each home page is planned anew."""
    names = [
        "default_transaction_read_only",
        "max_parallel_workers_per_gather",
        "plan_cache_mode",
        "jit",
        "TimeZone",
        "application_name",
    ]

    told = await server.rows("SELECT current_setting(name) FROM unnest($1::text[]) AS name", [names])

    assert [row[0] for row in told] == ["on", "0", "force_generic_plan", "off", "UTC", "masthead"]


@on_postgres
@pytest.mark.parametrize("value", ["", "'; DROP TABLE topic; --", "Fähre 🛶", "x" * 100_000])
async def test_postgres_gives_texts_back_as_they_were(server: PostgresRunner, value: str) -> None:
    """A text from a reader would become part of the statement."""
    told = await server.rows("SELECT $1::text, octet_length($1::text)", [value])

    assert [tuple(row) for row in told] == [(value, len(value.encode()))]


@on_postgres
async def test_postgres_takes_no_nul_and_the_connection_lives_on(server: PostgresRunner) -> None:
    """Text on PostgreSQL holds no NUL: who lets one through gets a driver's error, and only once."""
    with pytest.raises(asyncpg.CharacterNotInRepertoireError):
        await server.rows("SELECT $1::text", ["a\x00b"])

    assert [tuple(row) for row in await server.rows("SELECT $1::text", ["ab"])] == [("ab",)]


@on_postgres
async def test_more_questions_than_connections_are_all_answered(server: PostgresRunner) -> None:
    """A rush of readers would fail instead of waiting for the pool."""
    told = await asyncio.gather(*(server.rows("SELECT $1::int", [number]) for number in range(100)))

    assert [row[0] for rows in told for row in rows] == list(range(100))


# Time, and whoever waits


async def test_a_statement_stops_when_its_time_is_over(runner: SqliteRunner) -> None:
    """One question could keep a thread, and so a fourth of all long answers, for as long as it likes."""
    before = time.perf_counter()
    with pytest.raises(TookTooLong):
        await runner.rows(COUNT_UP, [1_000 * LONG], seconds=0.3)

    assert 0.3 <= time.perf_counter() - before < 1
    assert await runner.rows(COUNT_UP, [LONG // 5], seconds=5) == [(LONG // 5, LONG // 5)]


async def test_a_statement_nobody_waits_for_stops(runner: SqliteRunner) -> None:
    """Readers who leave would leave their questions behind, four of which close the long way."""
    leaving = [asyncio.create_task(runner.rows(COUNT_UP, [1_000 * LONG])) for _ in range(THREADS)]
    await asyncio.wait(leaving, timeout=0.1)

    before = time.perf_counter()
    for task in leaving:
        task.cancel()
    await asyncio.wait(leaving)

    assert await runner.rows(COUNT_UP, [LONG // 5]) == [(LONG // 5, LONG // 5)]
    assert time.perf_counter() - before < 1


async def test_without_a_look_at_the_clock_a_statement_would_go_on(
    runner: SqliteRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: a run that is never over is still running a second later."""
    monkeypatch.setattr(_Run, "is_over", lambda _: False)
    asked = asyncio.create_task(runner.rows(COUNT_UP, [1_000 * LONG], seconds=0.1))

    await asyncio.wait({asked}, timeout=1)

    assert not asked.done()
    for connection in runner._opened:
        connection.interrupt()
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        await asked


async def test_the_time_in_the_queue_counts(runner: SqliteRunner) -> None:
    """A question behind four long ones would wait for them and then take its own time."""
    first = [asyncio.create_task(runner.rows(COUNT_UP, [1_000 * LONG], seconds=0.5)) for _ in range(THREADS)]
    await asyncio.wait(first, timeout=0.05)

    before = time.perf_counter()
    with pytest.raises(TookTooLong):
        await runner.rows(COUNT_UP, [1_000 * LONG], seconds=0.3)

    assert time.perf_counter() - before < 0.9
    for one in await asyncio.gather(*first, return_exceptions=True):
        assert isinstance(one, TookTooLong)


# How much


@pytest.mark.parametrize("heavy", [(), (1,)])
async def test_sqlite_refuses_a_value_larger_than_the_answer(tmp_path: Path, heavy: tuple[int, ...]) -> None:
    """One text of a gigabyte would fill the memory before anything is counted."""
    async with sqlite_runner(_empty(tmp_path), 10_000) as small:
        with pytest.raises(AnswerTooLarge):
            await small.rows("SELECT 1, replace(hex(zeroblob(6000)), '0', 'x')", [], heavy=heavy)

        assert await small.rows("SELECT 1, hex(zeroblob(3))", [], heavy=heavy) == [(1, "000000")]


_TEXTS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i, hex(zeroblob(50)) FROM n"
)


async def test_sqlite_stops_when_the_rows_are_more_than_an_answer(tmp_path: Path) -> None:
    """Many texts, each of them small, would fill the memory as well."""
    async with sqlite_runner(_empty(tmp_path), 10_000) as small:
        assert len(await small.rows(_TEXTS, [100], heavy=(1,))) == 100
        fetched: list[int] = []

        def seen(number: int) -> int:
            fetched.append(number)
            return number

        small._inline.create_function("seen", 1, seen)
        with pytest.raises(AnswerTooLarge):
            await small.rows(_TEXTS.replace("SELECT i, hex", "SELECT seen(i), hex"), [5_000], heavy=(1,))

    # 100 texts of 100 bytes are allowed, and 16 rows are fetched before they are counted.
    assert 100 < len(fetched) <= 128


def _empty(folder: Path) -> Path:
    sqlite3.connect(folder / "empty.db").close()
    return folder / "empty.db"


@on_postgres
async def test_postgres_stops_when_the_time_is_over(database: Database) -> None:
    """One question could keep a connection, and so a tenth of all answers, for as long as it likes."""
    async with postgres_runner({**database.settings, "maxsize": 1}) as only:
        before = time.perf_counter()
        with pytest.raises(TookTooLong):
            await only.rows("SELECT pg_sleep(30)", [], seconds=0.3)

        assert [tuple(row) for row in await only.rows("SELECT 1", [], seconds=1)] == [(1,)]
        assert time.perf_counter() - before < 1.3


@on_postgres
async def test_postgres_stops_when_nobody_waits(database: Database) -> None:
    """The server would work on for readers who left."""
    async with postgres_runner(database.settings) as many, postgres_runner(database.settings) as other:
        asked = asyncio.create_task(many.rows("SELECT pg_sleep(30), 'left'", []))
        await asyncio.wait({asked}, timeout=0.2)
        assert await _running(other, "%'left'%") == 1

        asked.cancel()
        await asyncio.wait({asked})
        before = time.perf_counter()
        while await _running(other, "%'left'%"):
            assert time.perf_counter() - before < 1

        assert [tuple(row) for row in await many.rows("SELECT 1", [])] == [(1,)]


async def _running(server: PostgresRunner, pattern: str) -> int:
    found = await server.rows(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE state = 'active' AND query LIKE $1::text AND pid <> pg_backend_pid()",
        [pattern],
    )
    return int(found[0][0])


@on_postgres
async def test_postgres_is_cut_off_when_it_sends_more_than_an_answer(database: Database) -> None:
    """Everything would be in memory before anybody counts it."""
    async with postgres_runner({**database.settings, "maxsize": 1}, 10_000) as small:
        for _ in range(3):  # A connection that was broken off makes room for another.
            with pytest.raises(AnswerTooLarge):
                await small.rows("SELECT repeat('x', 1000) FROM generate_series(1, 100000)", [])
            assert len(await small.rows("SELECT repeat('x', 1000) FROM generate_series(1, 15)", [])) == 15


@on_postgres
async def test_every_statement_is_counted_by_itself(database: Database) -> None:
    """A connection would be broken off for what it sent to others."""
    async with postgres_runner({**database.settings, "maxsize": 1}, 10_000) as small:
        for _ in range(10):
            assert len(await small.rows("SELECT repeat('x', 1000) FROM generate_series(1, 15)", [])) == 15
