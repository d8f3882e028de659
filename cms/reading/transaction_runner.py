"""Sending statements to the transaction that a task is in, so that it reads what it has written before others can."""

import asyncio
from collections.abc import Sequence
from typing import Any

from cms.kernel.database import Database, Dialect
from cms.reading.assembling import Row
from cms.reading.reader import LONGEST_SECONDS
from cms.reading.request import TookTooLong


class TransactionRunner:
    """A runner on whatever transaction the task is in that asks it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(
        self,
        sql: str,
        values: Sequence[object],
        *,
        seconds: float = LONGEST_SECONDS,
        heavy: Sequence[int] = (),  # noqa: ARG002 - the whole answer is measured before the transaction is committed
    ) -> Sequence[Row]:
        """The rows of one statement.

        Raises:
            TookTooLong: it needs more time.
        """
        connection: Any = self._database.connection
        try:
            async with asyncio.timeout(seconds):
                _, found = await connection.execute_query(sql, list(values))
        except TimeoutError:
            if self._database.dialect is Dialect.SQLITE:
                # The statement runs in a thread, which no cancellation reaches; the rollback would wait for it.
                await connection._connection.interrupt()  # noqa: SLF001 - Tortoise hands out no other way to it
            raise TookTooLong from None
        rows: Sequence[Row] = found
        return rows
