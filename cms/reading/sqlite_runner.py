"""Sending statements to SQLite: read-only connections of our own, beside the one that writes.

A statement that needs few steps runs where the request runs, since handing it to a thread costs more than the
statement. One that needs more is stopped, and begun again in a thread; reading twice harms nobody. There it runs until
its time is over or nobody waits for it any more.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from queue import SimpleQueue

from cms.kernel.limits import Limits
from cms.reading.assembling import Row
from cms.reading.reader import LONGEST_SECONDS
from cms.reading.request import AnswerTooLarge, TookTooLong

#: Steps of SQLite's virtual machine after which a statement leaves the event loop: 1 to 2 ms. A home page is a tenth.
INLINE_STEPS = 50_000
THREADS = 4
#: Steps after which a statement in a thread looks at the clock: 1 ms or less.
_STEPS_BETWEEN_LOOKS = 20_000
_CACHED_STATEMENTS = 512
#: Rows that are fetched before their bytes are counted.
_COUNTED_ROWS = 16


class _Run:
    """One statement in a thread; it is over when its time is, or when nobody waits for it."""

    def __init__(self, seconds: float) -> None:
        self.is_abandoned = False
        self._ends_at = time.monotonic() + seconds

    def is_over(self) -> bool:
        """Called every so many steps; a true answer stops the statement."""
        return self.is_abandoned or time.monotonic() > self._ends_at


class SqliteRunner:
    """Read-only connections to one file: one for the event loop, and one for each thread."""

    def __init__(self, path: Path, answer_bytes: int = Limits.answer_bytes) -> None:
        self._path = path
        self._answer_bytes = answer_bytes
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
        # SQLite itself refuses a value, or a row, that is larger than the whole answer may be.
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, self._answer_bytes)
        # The page cache stays at SQLite's own 2 MB: the system caches the file anyway, and with 8 MB an article's page
        # by a random slug took 88 us in place of 76, while the home page took the same.
        return connection

    async def rows(
        self, sql: str, values: Sequence[object], *, seconds: float = LONGEST_SECONDS, heavy: Sequence[int] = ()
    ) -> Sequence[Row]:
        """The rows of one statement.

        Raises:
            TookTooLong: it needs more time.
            AnswerTooLarge: its rows hold more than an answer may.
        """
        self._rounds = 0
        try:
            return self._fetched(self._inline, sql, values, heavy)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
        run = _Run(seconds)
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._in_thread, run, sql, values, heavy
            )
        finally:
            run.is_abandoned = True

    def _is_too_long(self) -> bool:
        """Called after every so many steps; a true answer stops the statement.

        SQLite counts the steps of a prepared statement on from one run to the next, so that the first call may come at
        any time; by the second, that many steps have run in this run.
        """
        self._rounds += 1
        return self._rounds > 1

    def _in_thread(self, run: _Run, sql: str, values: Sequence[object], heavy: Sequence[int]) -> Sequence[Row]:
        connection = self._idle.get()
        connection.set_progress_handler(run.is_over, _STEPS_BETWEEN_LOOKS)
        try:
            if run.is_over():
                raise TookTooLong
            return self._fetched(connection, sql, values, heavy)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT and run.is_over():
                raise TookTooLong from None
            raise
        finally:
            connection.set_progress_handler(None, 0)
            self._idle.put(connection)

    def _fetched(
        self, connection: sqlite3.Connection, sql: str, values: Sequence[object], heavy: Sequence[int]
    ) -> Sequence[Row]:
        """The rows; long texts are counted while they arrive, so that no more are fetched than could be sent."""
        try:
            cursor = connection.execute(sql, values)
            if not heavy:
                return cursor.fetchall()
            rows: list[Row] = cursor.fetchmany(_COUNTED_ROWS)
            some, counted = rows, 0
            while len(some) == _COUNTED_ROWS:
                counted += _bytes_in(some, heavy)
                if counted > self._answer_bytes:
                    raise AnswerTooLarge
                some = cursor.fetchmany(_COUNTED_ROWS)
                rows.extend(some)
        except sqlite3.DataError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_TOOBIG:
                raise
            raise AnswerTooLarge from None
        return rows

    def close(self) -> None:
        """Stop what runs and close every connection."""
        for connection in self._opened:
            connection.interrupt()
        self._threads.shutdown(wait=True)
        for connection in self._opened:
            connection.close()


def _bytes_in(rows: Sequence[Row], places: Sequence[int]) -> int:
    return sum([len(row[place]) for row in rows for place in places if type(row[place]) is str])


@asynccontextmanager
async def sqlite_runner(path: Path, answer_bytes: int = Limits.answer_bytes) -> AsyncIterator[SqliteRunner]:
    """A runner for the file at `path`, closed at the end; what it brings is no larger than `answer_bytes`."""
    runner = SqliteRunner(path, answer_bytes)
    try:
        yield runner
    finally:
        runner.close()
