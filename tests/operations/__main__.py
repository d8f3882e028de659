"""`python -m tests.operations`: run every operation in this folder on a new world, and write down what comes."""

import asyncio
import sys
import tempfile

from cms.kernel.database import Dialect, open_database
from cms.kernel.secrecy import use_secret
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.databases import make_tables, postgres_database, postgres_server
from tests.operations.recording import NAMES, answer_file, record, statement_file
from tests.reading.asking import asker, reading
from tests.reading.world import SECRET, build


async def write(url: str, dialect: Dialect) -> None:
    """Build the world in the empty database at `url`, and record every operation."""
    await make_tables(url, MODEL_MODULES, MIGRATIONS)
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        await build(database)
    async with reading(url) as reader:
        for name in NAMES:
            recording = await record(asker(reader), name)
            answer_file(name).write_text(recording.answer, encoding="utf-8")
            statement_file(name, dialect).write_text(recording.statements, encoding="utf-8")


def main() -> None:
    """Record on both databases; their answers go into the same file, which a test then compares with each."""
    use_secret(SECRET)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(write(f"sqlite://{folder}/world.db", Dialect.SQLITE))
    with postgres_server() as server, postgres_database(server) as url:
        asyncio.run(write(url, Dialect.POSTGRES))
    sys.stdout.write(f"Recorded {len(NAMES)} operations.\n")


if __name__ == "__main__":
    main()
