"""Sending statements to PostgreSQL: a pool of our own, whose connections do nothing but read."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from cms.kernel.limits import Limits
from cms.kernel.postgres_engine import SERVER_SETTINGS, QuietConnection
from cms.reading.assembling import Row
from cms.reading.reader import LONGEST_SECONDS
from cms.reading.request import AnswerTooLarge, TookTooLong

READER_SETTINGS = {
    **SERVER_SETTINGS,
    "default_transaction_read_only": "on",
    # Planning costs more than running: 0.6 against 0.35 ms for a home page. The plans do not hang on the values.
    "plan_cache_mode": "force_generic_plan",
    # Statements are cancelled when their time is over; this is for those whose cancellation was lost on its way.
    "statement_timeout": f"{LONGEST_SECONDS:.0f}s",
}
_CACHED_STATEMENTS = 512
#: Rows carry keys and numbers beside what is sent on.
_ROWS_TO_ANSWER = 2


class _Meter(asyncio.Protocol):
    """Counts what a server sends for one statement, in front of asyncpg's own protocol; breaks off what is too much."""

    def __init__(self, transport: asyncio.Transport, inner: asyncio.Protocol, most_bytes: int) -> None:
        self._transport = transport
        self._inner = inner
        self._most_bytes = most_bytes
        self._received = 0
        self.pause_writing = inner.pause_writing  # type: ignore[method-assign] # nothing to add to these
        self.resume_writing = inner.resume_writing  # type: ignore[method-assign] # as above
        self.connection_lost = inner.connection_lost  # type: ignore[method-assign] # as above
        self.eof_received = inner.eof_received  # type: ignore[method-assign] # as above

    def start(self) -> None:
        """Another statement begins."""
        self._received = 0

    @property
    def is_exceeded(self) -> bool:
        """Whether the statement was broken off."""
        return self._received > self._most_bytes

    def data_received(self, data: bytes) -> None:
        """Count, and pass on."""
        self._received += len(data)
        if self.is_exceeded:
            self._transport.abort()
        else:
            self._inner.data_received(data)


class MeteredConnection(QuietConnection):
    """A pooled connection that knows how much the server has sent."""

    meter: _Meter | None = None

    def measure(self, most_bytes: int) -> _Meter:
        """The meter of this connection, started anew."""
        if self.meter is None:
            # asyncpg lets nobody choose the protocol, and has no other place where bytes are seen before rows are made.
            connection: Any = self  # The stubs leave these two out.
            self.meter = _Meter(connection._transport, connection._protocol, most_bytes)  # noqa: SLF001 - our own
            connection._transport.set_protocol(self.meter)  # noqa: SLF001 - as above
        self.meter.start()
        return self.meter


class PostgresRunner:
    """A pool of read-only connections; statements stay prepared on each."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", answer_bytes: int = Limits.answer_bytes) -> None:
        self._pool = pool
        self._most_bytes = _ROWS_TO_ANSWER * answer_bytes

    async def rows(
        self,
        sql: str,
        values: Sequence[object],
        *,
        seconds: float = LONGEST_SECONDS,
        heavy: Sequence[int] = (),  # noqa: ARG002 - every byte is counted
    ) -> Sequence[Row]:
        """The rows of one statement; asyncpg cancels it at the server when this task is cancelled.

        Raises:
            TookTooLong: it needs more time, the wait for a connection included.
            AnswerTooLarge: its rows hold more than an answer may.
        """
        try:
            async with asyncio.timeout(seconds), self._pool.acquire() as connection:
                return await self._fetched(connection, sql, values)
        except TimeoutError:
            raise TookTooLong from None

    async def _fetched(self, connection: Any, sql: str, values: Sequence[object]) -> Sequence[Row]:  # noqa: ANN401 - the pool's proxy
        meter: _Meter = connection.measure(self._most_bytes)
        try:
            found: Sequence[Any] = await connection.fetch(sql, *values)
        except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError):
            if meter.is_exceeded:
                raise AnswerTooLarge from None
            raise
        return found


@asynccontextmanager
async def postgres_runner(
    settings: Mapping[str, Any], answer_bytes: int = Limits.answer_bytes
) -> AsyncIterator[PostgresRunner]:
    """A runner for a server, from the settings of an open database; closed at the end.

    What it brings is not much larger than `answer_bytes`.
    """
    known = {
        name: settings[name] for name in ("host", "port", "user", "password", "database", "ssl") if name in settings
    }
    pool = asyncpg.create_pool(
        **known,
        min_size=1,
        max_size=settings.get("maxsize", 10),
        connection_class=MeteredConnection,
        server_settings=READER_SETTINGS,
        statement_cache_size=_CACHED_STATEMENTS,
        max_cached_statement_lifetime=0,
    )
    async with pool:
        yield PostgresRunner(pool, answer_bytes)
