"""The sample in a database: one for each dialect, loaded once, for tests that only read."""

from dataclasses import dataclass
from pathlib import Path

from cms.kernel.database import open_database
from cms.kernel.secrecy import use_secret
from cms.tables import MIGRATIONS, MODEL_MODULES
from seed.loader import Loaded, load_sample

SECRET = b"a key for tests, thirty-two bytes"


@dataclass(frozen=True, slots=True)
class Sample:
    """A database that holds the sample, which no test may change, and what was said when it was loaded."""

    database_url: str
    media_store: Path
    loaded: Loaded


async def load(url: str, media_store: Path) -> Sample:
    """Load it into an empty database."""
    use_secret(SECRET)
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        return Sample(url, media_store, await load_sample(database, media_store))
