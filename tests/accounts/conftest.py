"""What tests of accounts take for granted: the process has its secret, and passwords cost next to nothing."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import pytest
import pytest_asyncio

from cms.accounts.identity import Identities
from cms.accounts.passwords import Effort, use_effort
from cms.app import open_reader
from cms.kernel.database import Database
from cms.kernel.secrecy import use_secret
from tests.accounts.people import CHEAP
from tests.reading.asking import Counting


@pytest.fixture(autouse=True)
def _cheap_passwords() -> Iterator[None]:
    use_secret(b"a key for tests, thirty-two bytes")
    use_effort(CHEAP)
    yield
    use_effort(Effort())


@pytest_asyncio.fixture
async def runner(database: Database) -> AsyncIterator[Counting]:
    """What identities ask."""
    async with open_reader(database, "") as reader:
        yield Counting(reader.runner)


@pytest_asyncio.fixture
async def identities(database: Database, runner: Counting) -> AsyncIterator[Identities]:
    """Identities that know nobody yet."""
    async with aclosing(Identities(database, runner)) as opened:
        yield opened
