"""Having what was erased stand nowhere in the database's own files.

The one thing to know: on SQLite, deleting overwrites the row (see `sqlite_engine`), but its older copies stay in the
write-ahead log until that begins anew, and in gaps of pages from which a row moved when its page was full. So after an
erasure the file is written anew, and the log emptied. PostgreSQL does both by itself, in its own time (VACUUM).

It is a job: whoever reads at that moment keeps the log from being emptied, and then it is tried again.
"""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import structlog

from cms.kernel.database import Database, Dialect
from cms.kernel.jobs import Claim, JobFailed, enqueue

#: The kind of jobs that do it.
SCRUB: Final = "scrub"
#: Writers wait while the file is written anew, and give up after 5 s. At 180 MB a second, as measured, this is 1.5 s.
LARGEST_REWRITTEN_BYTES: Final = 256 * 1024**2
#: How long to wait for those who write or read, before it is left for later.
_WAIT_SECONDS: Final = 2.0

log = structlog.get_logger()


async def scrub_later(database: Database) -> None:
    """Have it done once this transaction is committed. Nobody needs to do it on PostgreSQL.

    Each erasure has a job of its own: one that is under way may have come too early for what is erased now.
    """
    if database.dialect is Dialect.SQLITE:
        await enqueue(database, SCRUB, {})


async def scrub(database: Database, _claim: Claim) -> None:
    """Write the file anew, and empty the log.

    Raises:
        JobFailed: somebody reads or writes for so long that it has to wait.
    """
    if database.dialect is Dialect.SQLITE:
        await asyncio.to_thread(_scrub, database.path)


def _scrub(path: Path) -> None:
    """Do it, on a connection of its own: the one that writes belongs to the event loop."""
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            # Before as well: while somebody reads, each attempt would make the log longer by the whole file.
            _empty_log(connection)
            _rewrite(connection, path)
            _empty_log(connection)
    except sqlite3.OperationalError as error:
        raise JobFailed(f"The file could not be scrubbed: {error.sqlite_errorname}") from None


def _empty_log(connection: sqlite3.Connection) -> None:
    is_busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise JobFailed("Somebody reads or writes: the write-ahead log cannot be emptied now")


def _rewrite(connection: sqlite3.Connection, path: Path) -> None:
    if path.stat().st_size > LARGEST_REWRITTEN_BYTES:
        log.warning("the database is too large to be written anew while others write: run VACUUM at a quiet hour")
    else:
        connection.execute("VACUUM")
