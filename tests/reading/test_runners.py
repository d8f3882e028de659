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
from cms.reading.sqlite_runner import INLINE_STEPS, SqliteRunner, _Run, sqlite_runner

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
