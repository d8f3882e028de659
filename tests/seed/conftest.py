"""Fixtures that hold the sample. The one thing to know: they are shared, so no test may change what is in them."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from cms.kernel.database import Database, Dialect, open_database
from cms.kernel.secrecy import use_secret
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.databases import postgres_database, run
from tests.seed.sample import SECRET, Sample, load


@pytest.fixture(autouse=True)
def _secret() -> None:
    use_secret(SECRET)


@pytest.fixture(scope="package")
def sqlite_sample(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The sample on SQLite."""
    folder = tmp_path_factory.mktemp("sample")
    path = shutil.copyfile(sqlite_template, folder / "cms.db")
    return run(load(f"sqlite://{path}", folder / "files" / "media"))


@pytest.fixture(scope="package")
def postgres_sample(
    postgres_url: str, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sample]:
    """The sample on PostgreSQL."""
    with postgres_database(postgres_url, postgres_template) as url:
        yield run(load(url, tmp_path_factory.mktemp("sample")))


@pytest.fixture
def sample(dialect: Dialect, request: pytest.FixtureRequest) -> Sample:
    """The sample on each of the two databases in turn."""
    found: Sample = request.getfixturevalue(f"{dialect}_sample")
    return found


@pytest_asyncio.fixture
async def there(sample: Sample) -> AsyncIterator[Database]:
    """The database that holds the sample, open."""
    async with open_database(sample.database_url, MODEL_MODULES, MIGRATIONS) as database:
        yield database
