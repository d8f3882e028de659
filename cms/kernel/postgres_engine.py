"""Tortoise's PostgreSQL engine on asyncpg, without a second statement after each one.

The one thing to know: connections go back to the pool as they are (no reset query, which cost a third of a read's CPU),
so nothing may be left on a session: SET LOCAL inside a transaction, never SET; advisory locks only on connections of
one's own.
"""

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections
from tortoise.exceptions import DBConnectionError

from cms.kernel.database import DatabaseUnavailable

#: The rows of a read must stay in order, which a parallel plan does not promise.
SERVER_SETTINGS = {
    "jit": "off",
    "application_name": "masthead",
    "timezone": "UTC",
    "max_parallel_workers_per_gather": "0",
}


class QuietConnection(asyncpg.Connection):
    """A pooled connection that is handed on as it is."""

    def get_reset_query(self) -> str:
        """Nothing: see the module's docstring."""
        return ""


class PostgresEngine(AsyncpgDBClient):
    """A pool of quiet connections, with just-in-time compilation off (it costs more than our statements take)."""

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001 - Tortoise's signature
        """Fill the pool.

        Raises:
            DatabaseUnavailable: The server cannot be reached, or refuses us.
        """
        self.server_settings |= SERVER_SETTINGS
        self.extra["connection_class"] = QuietConnection
        try:
            await super().create_connection(with_db)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, DBConnectionError, OSError, TimeoutError) as error:
            where = f"PostgreSQL at {self.host or 'the default socket'}, port {self.port}, database {self.database}"
            raise DatabaseUnavailable(f"{where}: {_why_not(error)}") from None

    def _in_transaction(self) -> TransactionContext:
        return _PooledTransaction(TransactionWrapper(self), self._pool_init_lock)


class _PooledTransaction(TransactionContextPooled):
    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self.client._parent._pool  # noqa: SLF001 - Tortoise's own contexts reach it the same way
        self.client._connection = await pool.acquire()  # noqa: SLF001 - likewise
        try:
            await self.client.begin()
        except BaseException:
            # Tortoise's own keeps the connection when BEGIN fails: a few restarts of the server would drain the pool.
            await pool.release(self.client._connection)  # noqa: SLF001 - likewise
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client


def _why_not(error: Exception) -> str:
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return "the user or the password was refused"
    if isinstance(error, DBConnectionError | asyncpg.InvalidCatalogNameError):
        return "there is no such database"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError):
        return "nobody answers there"
    return "the server refused the connection"


client_class = PostgresEngine
