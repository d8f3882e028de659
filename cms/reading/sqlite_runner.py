"""Sending statements to SQLite: read-only connections of our own, beside the one that writes.

A statement that needs few steps runs where the request runs, since handing it to a thread costs more than the
statement. One that needs more is stopped, and begun again in a thread; reading twice harms nobody.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from queue import SimpleQueue

from cms.reading.assembling import Row

#: Steps of SQLite's virtual machine after which a statement leaves the event loop: 1 to 2 ms. A home page is a tenth.
INLINE_STEPS = 50_000
THREADS = 4
_CACHED_STATEMENTS = 512


class SqliteRunner:
    """Read-only connections to one file: one for the event loop, and one for each thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inline = self._connect()
        self._rounds = 0
        self._inline.set_progress_handler(self._is_too_long, INLINE_STEPS)
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="reader")
        self._opened: list[sqlite3.Connection] = [self._inline]
        for _ in range(THREADS):
            connection = self._connect()
            self._opened.append(connection)
            self._idle.put(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.resolve().as_uri()}?mode=ro",
            uri=True,
            check_same_thread=False,
            isolation_level=None,
            cached_statements=_CACHED_STATEMENTS,
        )
        connection.execute("PRAGMA query_only = 1")
        # The page cache stays at SQLite's own 2 MB: the system caches the file anyway, and with 8 MB an article's page
        # by a random slug took 88 us in place of 76, while the home page took the same.
        return connection

    async def rows(self, sql: str, values: Sequence[object]) -> Sequence[Row]:
        """The rows of one statement."""
        self._rounds = 0
        try:
            return self._inline.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._in_thread, sql, values)

    def _is_too_long(self) -> bool:
        """Called after every so many steps; a true answer stops the statement.

        SQLite counts the steps of a prepared statement on from one run to the next, so that the first call may come at
        any time; by the second, that many steps have run in this run.
        """
        self._rounds += 1
        return self._rounds > 1

    def _in_thread(self, sql: str, values: Sequence[object]) -> list[Row]:
        connection = self._idle.get()
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            self._idle.put(connection)

    def close(self) -> None:
        """Stop what runs and close every connection."""
        for connection in self._opened:
            connection.interrupt()
        self._threads.shutdown(wait=True)
        for connection in self._opened:
            connection.close()


@asynccontextmanager
async def sqlite_runner(path: Path) -> AsyncIterator[SqliteRunner]:
    """A runner for the file at `path`, closed at the end."""
    runner = SqliteRunner(path)
    try:
        yield runner
    finally:
        runner.close()
