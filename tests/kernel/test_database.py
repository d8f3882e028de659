"""Opening, closing and writing to the database."""

import asyncio
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from tortoise.context import get_current_context
from tortoise.exceptions import OperationalError

from cms.kernel.database import (
    Database,
    DatabaseUnavailable,
    Dialect,
    UnsupportedDatabaseUrl,
    connection_settings,
    open_database,
    transaction,
)
from cms.kernel.models import Throttle
from cms.tables import MIGRATIONS, MODEL_MODULES

PROJECT = (MODEL_MODULES, MIGRATIONS)
_COUNT_UP = """
import asyncio, sys
from cms.kernel.database import open_database, transaction
from cms.kernel.models import Throttle
from cms.tables import MIGRATIONS, MODEL_MODULES

async def main():
    async with open_database(sys.argv[1], MODEL_MODULES, MIGRATIONS) as database:
        for _ in range(100):
            async with transaction(database):
                row = await Throttle.all().select_for_update().get(key="shared")
                await Throttle.filter(key="shared").update(count=row.count + 1)

asyncio.run(main())
"""

_OPEN = """
import asyncio, sys
from cms.kernel.database import open_database

async def main():
    async with open_database(sys.argv[1], ["cms.kernel.models"], "cms.migrations"):
        pass

asyncio.run(main())
"""


@pytest.mark.asyncio
async def test_two_processes_lose_no_count(database: Database) -> None:
    """With a deferred BEGIN half of these transactions die as "locked", or each overwrites the other's count."""
    await Throttle.create(key="shared")
    root = Path(__file__).parents[2]

    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", _COUNT_UP, database.url, cwd=root) for _ in range(2)
    ]
    codes = [await process.wait() for process in processes]

    assert codes == [0, 0]
    assert (await Throttle.get(key="shared")).count == 200


@pytest.mark.asyncio
async def test_transaction_rolls_back_whole(database: Database) -> None:
    """A change and what belongs to it stand or fall together; an inner transaction may fail alone."""

    async def create_and_fail(key: str) -> None:
        async with transaction(database):
            await Throttle.create(key=key)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await create_and_fail("outer")
    async with transaction(database):
        await Throttle.create(key="kept")
        with pytest.raises(ZeroDivisionError):
            await create_and_fail("inner")

    assert [row.key for row in await Throttle.all()] == ["kept"]


@pytest.mark.asyncio
async def test_cancelled_transaction_leaves_nothing_behind(database: Database) -> None:
    """A client that goes away must not leave a lock or a pool without connections."""
    inside = asyncio.Event()

    async def wait_inside() -> None:
        async with transaction(database):
            await Throttle.create(key="gone")
            inside.set()
            await asyncio.Event().wait()

    for _ in range(12):  # more than the pool holds
        inside.clear()
        task = asyncio.create_task(wait_inside())
        await inside.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async with asyncio.timeout(5), transaction(database):
        await Throttle.create(key="next")
    assert [row.key for row in await Throttle.all()] == ["next"]


@pytest.mark.asyncio
async def test_every_task_sees_the_database(database: Database) -> None:
    """A request runs in a task with a context of its own, where Tortoise's context would be missing."""
    await Throttle.create(key="a")
    found: list[int] = []

    async def ask() -> None:
        found.append(await Throttle.all().count())

    await asyncio.create_task(ask(), context=None)
    assert found == [1]
    assert database.connection is not None


@pytest.mark.asyncio
async def test_busy_sqlite_frees_its_lock(tmp_path: Path) -> None:
    """When another process holds the write lock too long, the next transaction must still begin."""
    path = tmp_path / "busy.db"
    async with open_database(f"sqlite://{path}?busy_timeout=50", *PROJECT) as database:
        await database.connection.execute_query("CREATE TABLE t (n)")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(OperationalError, match="locked"):
                async with transaction(database):
                    pass
        async with asyncio.timeout(5), transaction(database) as client:
            await client.execute_query("INSERT INTO t VALUES (1)")


@pytest.mark.asyncio
async def test_settings_of_the_connection(database: Database) -> None:
    """Cascades and durability hang on these; a connection without them works and loses."""
    names = {
        Dialect.SQLITE: ("foreign_keys", "journal_mode", "synchronous", "busy_timeout"),
        Dialect.POSTGRES: ("jit", "application_name", "TimeZone"),
    }[database.dialect]
    word = "PRAGMA" if database.dialect is Dialect.SQLITE else "SHOW"
    rows = [(await database.connection.execute_query_dict(f"{word} {name}"))[0] for name in names]

    expected = {Dialect.SQLITE: [1, "wal", 1, 5000], Dialect.POSTGRES: ["off", "masthead", "UTC"]}
    assert [next(iter(row.values())) for row in rows] == expected[database.dialect]


@pytest.mark.asyncio
async def test_opened_by_two_at_once(tmp_path: Path) -> None:
    """Two processes that start on a new file both switch it to the write-ahead log; neither may die as "locked"."""
    url, root = f"sqlite://{tmp_path / 'new.db'}", Path(__file__).parents[2]

    processes = [await asyncio.create_subprocess_exec(sys.executable, "-c", _OPEN, url, cwd=root) for _ in range(4)]

    assert [await process.wait() for process in processes] == [0, 0, 0, 0]


@pytest.mark.asyncio
async def test_one_database_at_a_time(database_url: str, tmp_path: Path) -> None:
    """Models belong to one database; a second one would silently take them over."""
    async with open_database(database_url, *PROJECT) as database:
        with pytest.raises(RuntimeError, match="One database is open"):
            async with open_database(f"sqlite://{tmp_path / 'second.db'}", *PROJECT):
                pass
        assert await Throttle.all().count() == 0
        assert database_url.split("@", maxsplit=1)[0] not in repr(database)
    async with open_database(f"sqlite://{tmp_path / 'second.db'}", *PROJECT) as second:
        assert second.path == tmp_path / "second.db"


@pytest.mark.asyncio
async def test_closed_whatever_happens(database_url: str) -> None:
    """A connection left open keeps its thread, and the process never ends."""
    with pytest.raises(ZeroDivisionError):
        async with open_database(database_url, *PROJECT):
            raise ZeroDivisionError
    drivers = [thread for thread in threading.enumerate() if "_connection_worker_thread" in thread.name]
    for thread in drivers:
        thread.join(5)  # closing is answered just before the thread ends
    assert [thread.name for thread in drivers if thread.is_alive()] == []
    assert get_current_context() is None


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("sqlite://{tmp}/none/cms.db", "The SQLite file {tmp}/none/cms.db cannot be opened: its folder does not exist"),
        ("sqlite://{tmp}", "The SQLite file {tmp} cannot be opened: it is a folder"),
        (
            "sqlite://{tmp}/text.db",
            (
                "The SQLite file {tmp}/text.db cannot be opened: check that it is an SQLite database, its permissions "
                "and the disk"
            ),
        ),
        (
            "postgres://me:secret@127.0.0.1:1/cms",
            "PostgreSQL at 127.0.0.1, port 1, database cms: nobody answers there",
        ),
    ],
)
async def test_why_it_cannot_be_opened(url: str, why: str, tmp_path: Path) -> None:
    """The operator reads what to do, and the log holds neither a password nor the driver's words."""
    (tmp_path / "text.db").write_text("This is no database, and longer than a header of a hundred bytes. " * 3)

    with pytest.raises(DatabaseUnavailable) as caught:
        async with open_database(url.format(tmp=tmp_path), *PROJECT):
            pass

    assert str(caught.value) == why.format(tmp=tmp_path)
    assert caught.value.__suppress_context__ is True


@pytest.mark.asyncio
async def test_missing_postgres_database(postgres_url: str) -> None:
    """A wrong name is told as such."""
    url = postgres_url.replace("/postgres?", "/nowhere?")

    with pytest.raises(DatabaseUnavailable, match=r"database nowhere: there is no such database$"):
        async with open_database(url, *PROJECT):
            pass


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mysql://host/cms", "begins with sqlite:// or postgres://"),
        ("sqlite://:memory:", "SQLite needs a file"),
        ("sqlite://", "SQLite needs a file"),
        ("sqlite://cms.db?synchronous=OFF", "synchronous is NORMAL, FULL or EXTRA"),
        ("sqlite://cms.db?foreign_keys=OFF", "foreign_keys is no option of this database"),
        ("sqlite://cms.db?busy_timeout=1;DROP", "busy_timeout is no option of this database"),
        ("postgres://host:99999/cms", "The port in the database URL"),
        ("postgres://host/cms?maxsize=many", "maxsize is no option of this database"),
    ],
)
def test_urls_that_are_refused(url: str, why: str) -> None:
    """A typing mistake stops the start; it is never ignored."""
    with pytest.raises(UnsupportedDatabaseUrl, match=why.replace("?", r"\?")):
        connection_settings(url)


def test_urls_that_are_understood() -> None:
    """Paths and escaped passwords come out as they were meant."""
    assert connection_settings("sqlite:///srv/my%20cms.db?synchronous=FULL") == (
        Dialect.SQLITE,
        {
            "file_path": "/srv/my cms.db",
            "synchronous": "FULL",
            "busy_timeout": "5000",
            "cache_size": "-16000",
            "foreign_keys": "ON",
        },
    )
    assert connection_settings("postgresql://me:p%40ss@db:6432/cms?sslmode=require&maxsize=4") == (
        Dialect.POSTGRES,
        {
            "host": "db",
            "port": 6432,
            "user": "me",
            "password": "p@ss",
            "database": "cms",
            "minsize": 1,
            "maxsize": 4,
            "timeout": 10,
            "ssl": "require",
        },
    )
