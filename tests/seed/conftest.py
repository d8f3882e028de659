"""The sample, open. The one thing to know: it is shared, so no test may change what is in it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cms.kernel.database import Database, open_database
from cms.kernel.secrecy import use_secret
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.seed.sample import SECRET, Sample


@pytest.fixture(autouse=True)
def _secret() -> None:
    use_secret(SECRET)


@pytest_asyncio.fixture
async def there(sample: Sample) -> AsyncIterator[Database]:
    """The database that holds the sample, open."""
    async with open_database(sample.database_url, MODEL_MODULES, MIGRATIONS) as database:
        yield database
