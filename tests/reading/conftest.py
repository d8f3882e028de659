"""Fixtures of the reader's tests: the world, made once for each database, and somebody to ask it.

The one thing to know: `ask` reads a world that all tests share; `changing` is a copy of it, open to be changed.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from cms.app import open_reader
from cms.kernel.database import Database, Dialect, open_database
from cms.kernel.secrecy import use_secret
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.databases import name_of, postgres_database, run
from tests.reading.asking import MEDIA_URL, Asker, asker, reading
from tests.reading.world import SECRET, build


@pytest.fixture(autouse=True, scope="session")
def secret() -> None:
    """The process has its secret."""
    use_secret(SECRET)


async def _build(url: str) -> None:
    use_secret(SECRET)
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        await build(database)


@pytest.fixture(scope="session")
def sqlite_world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of the world in an SQLite file. Nobody writes to it."""
    path = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("world") / "world.db")
    run(_build(f"sqlite://{path}"))
    return f"sqlite://{path}"


@pytest.fixture(scope="session")
def postgres_world(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """The URL of the world in a PostgreSQL database. Nobody writes to it."""
    with postgres_database(postgres_url, postgres_template) as url:
        run(_build(url))
        yield url


@pytest.fixture
def world_url(dialect: Dialect, request: pytest.FixtureRequest) -> str:
    """The URL of the world, in each of the two databases in turn."""
    url: str = request.getfixturevalue(f"{dialect.value}_world")
    return url


@pytest_asyncio.fixture
async def ask(world_url: str) -> AsyncIterator[Asker]:
    """Somebody to ask of the world."""
    async with reading(world_url) as reader:
        yield asker(reader)


@pytest_asyncio.fixture
async def ask_executed(world_url: str) -> AsyncIterator[Asker]:
    """The same, with graphql-core walking every answer, which refuses what the schema forbids."""
    async with reading(world_url) as reader:
        yield asker(reader, always_execute=True)


@pytest.fixture
def world_copy_url(dialect: Dialect, world_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a copy of the world, the test's own."""
    if dialect is Dialect.SQLITE:
        path = shutil.copyfile(world_url.removeprefix("sqlite://"), tmp_path / "world.db")
        yield f"sqlite://{path}"
        return
    with postgres_database(request.getfixturevalue("postgres_url"), name_of(world_url)) as url:
        yield url


@pytest_asyncio.fixture
async def changing(world_copy_url: str) -> AsyncIterator[Database]:
    """A copy of the world, open for changes."""
    async with open_database(world_copy_url, MODEL_MODULES, MIGRATIONS) as database:
        yield database


@pytest_asyncio.fixture
async def ask_changing(changing: Database) -> AsyncIterator[Asker]:
    """Somebody to ask of the copy while it changes."""
    async with open_reader(changing, MEDIA_URL) as reader:
        yield asker(reader)
