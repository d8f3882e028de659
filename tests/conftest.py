"""Fixtures for the whole suite: every test that takes `database` runs on SQLite and on PostgreSQL.

The one thing to know: `database` is open, migrated, empty and the test's own. Take `database_url` instead to open it
yourself (as a process would), or `empty_database_url` for a database without tables.
"""

import gc
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from click.testing import CliRunner, Result

from cms.cli import main
from cms.kernel import secrecy
from cms.kernel.database import Database, Dialect, open_database
from cms.kernel.logs import configure_logs
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.databases import make_tables, name_of, postgres_database, postgres_server, quick_folder, run
from tests.readiness import made_ready_once
from tests.schema.desk import Desk, opened_desk
from tests.seed.sample import SECRET, Sample, load


def pytest_configure() -> None:
    """Let `tmp_path` be in memory, where tests on SQLite take a sixth less; pytest reads it for the first one."""
    if folder := quick_folder():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what is imported by now: to look at it over and over took a tenth."""
    gc.freeze()


@pytest.fixture(autouse=True)
def logs() -> None:
    """Logs are as they are when nobody has set them up otherwise, whatever the test before made of them.

    Failures are told without the values of variables: to draw those takes minutes here.
    """
    configure_logs("INFO", as_json=False)


@pytest.fixture(autouse=True, scope="session")
def _readiness() -> Iterator[None]:
    """To open a database takes a test 3 ms and not 13."""
    with made_ready_once():
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for the session; with several test workers each has its own."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with every table and no row."""
    path = tmp_path_factory.mktemp("template") / "cms.db"
    run(make_tables(f"sqlite://{path}", MODEL_MODULES, MIGRATIONS))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """The name of a PostgreSQL database with every table and no row."""
    with postgres_database(postgres_url) as url:
        run(make_tables(url, MODEL_MODULES, MIGRATIONS))
        yield name_of(url)


@pytest.fixture(params=list(Dialect), ids=str)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    """Each of the two databases in turn."""
    chosen: Dialect = request.param
    return chosen


@pytest.fixture
def database_url(dialect: Dialect, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a migrated database that nobody else uses."""
    if dialect is Dialect.SQLITE:
        path = shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "cms.db")
        yield f"sqlite://{path}"
        return
    server, template = request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_template")
    with postgres_database(server, template) as url:
        yield url


@pytest.fixture
def empty_database_url(dialect: Dialect, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without a table."""
    if dialect is Dialect.SQLITE:
        yield f"sqlite://{tmp_path / 'empty.db'}"
        return
    with postgres_database(request.getfixturevalue("postgres_url")) as url:
        yield url


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The project's database, open and migrated."""
    async with open_database(database_url, MODEL_MODULES, MIGRATIONS) as opened:
        yield opened


@pytest_asyncio.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """A newsroom of the test's own."""
    async with opened_desk(database) as opened:
        yield opened


@pytest.fixture(scope="session")
def sqlite_sample(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The sample on SQLite, which no test may change."""
    folder = tmp_path_factory.mktemp("sample")
    return run(load(f"sqlite://{shutil.copyfile(sqlite_template, folder / 'cms.db')}", folder / "files" / "media"))


@pytest.fixture(scope="session")
def postgres_sample(
    postgres_url: str, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sample]:
    """The sample on PostgreSQL, which no test may change."""
    with postgres_database(postgres_url, postgres_template) as url:
        yield run(load(url, tmp_path_factory.mktemp("sample") / "media"))


@pytest.fixture
def sample(dialect: Dialect, request: pytest.FixtureRequest) -> Sample:
    """The sample on each of the two databases in turn."""
    found: Sample = request.getfixturevalue(f"{dialect}_sample")
    return found


@pytest.fixture
def command_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which commands are called with a key and no other setting.

    The process's own key is as before afterwards.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(secrecy._holder, "key", SECRET)
    for name in [name for name in os.environ if name.startswith("CMS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CMS_SECRET_KEY", SECRET.decode())
    return tmp_path


@pytest.fixture
def cli_with_sample(sqlite_sample: Sample, command_folder: Path) -> Callable[..., Result]:
    """Runs `cms` in a folder with a copy of the sample; what is named are settings."""
    shutil.copyfile(sqlite_sample.database_url.removeprefix("sqlite://"), command_folder / "cms.db")
    shutil.copytree(sqlite_sample.media_store, command_folder / "media")

    def called(*arguments: str, **settings: str) -> Result:
        return CliRunner(env=settings).invoke(main, arguments, prog_name="cms")

    return called
