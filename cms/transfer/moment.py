"""Reading a database as it stands at one moment, for as long as it takes.

The one thing to know: everybody goes on writing meanwhile, on SQLite too, where `transaction` would keep them waiting.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.sqlite_engine import SqliteEngine

_POSTGRES: Final = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    # What somebody set for a role or a database must not end a transaction that takes its time.
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
    # The first question chooses the moment, on both.
    "SELECT 1",
)
_AT_ONCE: Final = 500
_SQLITE: Final = ("BEGIN", "SELECT count(*) FROM sqlite_master")


@asynccontextmanager
async def one_moment(database: Database) -> AsyncIterator[None]:
    """Let models that this task uses in the block show the database as it stood when the block began.

    It may not be opened inside a transaction, and nothing can be written in it.
    """
    if database.dialect is Dialect.SQLITE:
        async with _of_sqlite(database):
            yield
        return
    async with transaction(database) as client:
        for statement in _POSTGRES:
            await client.execute_query(statement)
        yield


async def rows(database: Database, statement: str) -> AsyncIterator[Sequence[Sequence[Any]]]:
    """What a SELECT finds, some rows at a time, as the driver tells them; inside `one_moment`, without models."""
    # Tortoise has no cursors, by which alone a table of any length is read in one order without an index for it.
    connection: Any = database.connection._connection  # noqa: SLF001 - it has no public way
    if database.dialect is Dialect.SQLITE:
        async with connection.execute(statement) as cursor:
            while some := await cursor.fetchmany(_AT_ONCE):
                yield [tuple(row) for row in some]
        return
    cursor = await connection.cursor(statement)
    while some := await cursor.fetch(_AT_ONCE):
        yield [tuple(row) for row in some]


@asynccontextmanager
async def _of_sqlite(database: Database) -> AsyncIterator[None]:
    """A connection beside the one that writes, in a transaction that only reads."""
    connections, name = database.context.connections, Dialect.SQLITE.value
    client = SqliteEngine(**database.settings, connection_name=name, query_only="ON")
    await client.create_connection(with_db=True)
    try:
        for statement in _SQLITE:
            await client.execute_query(statement)
        token = connections.set(name, client)
        try:
            yield
        finally:
            connections.reset(token)
    finally:
        await client.close()
