"""Tortoise's SQLite engine, made safe for writers in several processes.

The one thing to know: a transaction takes the write lock when it begins. With Tortoise's deferred BEGIN a transaction
that reads and then writes fails as "locked" half the time when a second process writes, whatever the busy timeout.

(Tortoise chooses what it does by the word "sqlite" in this module's name.)
"""

import asyncio
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

from cms.kernel import clock
from cms.kernel.database import DatabaseUnavailable

_LOCK_SECONDS = 600


def _bind_time(value: datetime) -> str:
    if value.utcoffset() is None:
        raise ValueError("A time without a zone was given to the database")
    return clock.to_text(value)


# For the whole process, and after Tortoise registered its own: whoever binds a time, a raw statement included, stores
# the one form that sorts as time does.
sqlite3.register_adapter(datetime, _bind_time)
sqlite3.register_adapter(UUID, str)


class SqliteEngine(SqliteClient):
    """One connection to one file: write-ahead log, foreign keys on, immediate transactions, nothing deleted stays."""

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001 - Tortoise's signature
        """Open the file, made anew if it is not there.

        Raises:
            DatabaseUnavailable: It cannot be opened, or is no SQLite database.
        """
        try:
            await asyncio.to_thread(_switch_to_wal, Path(self.filename))
            # What is deleted is overwritten, else it stands in the file until its room is needed. Some builds of SQLite
            # do so by themselves; where it is not, writing took 1.07 times as long with it (median of seven runs).
            self.pragmas["secure_delete"] = "ON"
            await super().create_connection(with_db)
        except (sqlite3.Error, OSError):
            raise DatabaseUnavailable(_why_not(Path(self.filename))) from None

    def _in_transaction(self) -> TransactionContext:
        return _ImmediateTransaction(_ImmediateWrapper(self), self._lock)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Run one statement for many rows, in one immediate transaction."""
        async with self._in_transaction() as client:
            await client.execute_many(query, values)


class _ImmediateWrapper(SqliteTransactionWrapper):
    """A transaction that holds the write lock from its beginning."""

    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
        except BaseException:
            # Cancelled while waiting: the statement is under way and would leave its transaction open.
            await self._connection.rollback()
            raise

    async def execute_script(self, query: str) -> None:
        """Run each statement in turn: the driver's own way would commit the transaction first."""
        for statement in split_statements(query):
            await self.execute_query(statement)


class _ImmediateTransaction(SqliteTransactionContext):
    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            # Tortoise's own keeps the lock when BEGIN fails, and every later statement waits for ever.
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        client: TransactionalDBClient = self.connection
        return client


class FileLock:
    """A lock between processes: an exclusive transaction on `FILE.lock`, which ends when its holder does."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")

    def __enter__(self) -> None:
        self._connection = sqlite3.connect(
            self._path, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("BEGIN EXCLUSIVE")

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _switch_to_wal(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            return
        # SQLite does not wait here: of two processes that switch a new file at once, one would die as "locked".
        with FileLock(path):
            connection.execute("PRAGMA journal_mode = WAL")


def _why_not(path: Path) -> str:
    if not path.parent.is_dir():
        return f"The SQLite file {path} cannot be opened: its folder does not exist"
    if path.is_dir():
        return f"The SQLite file {path} cannot be opened: it is a folder"
    return f"The SQLite file {path} cannot be opened: check that it is an SQLite database, its permissions and the disk"


def split_statements(sql: str) -> list[str]:
    """The statements of a script. A semicolon in a text, a comment or a trigger's body ends none."""
    statements, pending = [], ""
    for piece in sql.split(";"):
        pending += piece + ";"
        if sqlite3.complete_statement(pending):
            statements.append(pending.strip())
            pending = ""
    statements.append(pending.strip())
    return [statement for statement in statements if statement.strip("; \n\t")]


client_class = SqliteEngine
