"""The databases that are measured: new, seeded by `cms seed`, and gone at the end."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import asyncpg

from cms.kernel.database import Dialect
from tests.databases import execute, postgres_database, postgres_server

CMS = (sys.executable, "-c", "from cms.cli import main; main(prog_name='cms')")
#: Of every server here; nothing is protected by it.
SECRET_KEY = "bench" * 10
_Q1 = Path(__file__).parent / "queries" / "Q1.graphql"
_SLUGS = "SELECT slug FROM publication WHERE ends_at IS NULL AND locale = 'en' ORDER BY slug"


def environment(url: str) -> Mapping[str, str]:
    """What every program here is told: the database, under Masthead's name for it and under ours."""
    own = {
        "CMS_DATABASE_URL": url,
        "BENCH_DATABASE_URL": url,
        "CMS_SECRET_KEY": SECRET_KEY,
        "CMS_LOG_LEVEL": "WARNING",
    }
    # So that the system's allocator, clock and interpreter are what everybody has, and no `.env` decides.
    return {name: value for name, value in os.environ.items() if not name.startswith("CMS_")} | own


@contextmanager
def seeded(dialect: Dialect, articles: int, comments: int) -> Iterator[str]:
    """The URL of a database with that many articles and comments, whose planner has looked at them.

    Q1's document is registered in it.
    """
    with empty(dialect) as url:
        _cms(url, "seed", "--articles", str(articles), "--comments", str(comments))
        _cms(url, "documents", "add", str(_Q1))
        if dialect is Dialect.POSTGRES:
            asyncio.run(execute(url, "VACUUM ANALYZE"))
        yield url


def _cms(url: str, *arguments: str) -> None:
    command = [*CMS, *arguments]
    subprocess.run(command, env=environment(url), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program


@contextmanager
def empty(dialect: Dialect) -> Iterator[str]:
    """The URL of a database without a table, gone at the end."""
    if dialect is Dialect.POSTGRES:
        with postgres_server() as server, postgres_database(server) as url:
            yield url
        return
    with tempfile.TemporaryDirectory(prefix="masthead-bench-") as folder:
        yield f"sqlite://{folder}/cms.db"


def slugs(url: str) -> list[str]:
    """The slugs of all public articles."""
    if url.startswith("sqlite://"):
        with closing(sqlite3.connect(Path(url.removeprefix("sqlite://")))) as connection:
            return [row[0] for row in connection.execute(_SLUGS)]
    return asyncio.run(_postgres_slugs(url))


async def _postgres_slugs(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(_SLUGS)]
    finally:
        await connection.close()
