"""The floor as an ASGI application: a Starlette route for each shape of each query, `POST /json/Q1` and so on.

`BENCH_DATABASE_URL` says which database it reads. A request's variables are read only where the query has any, and the
endpoints are plain ASGI, since Starlette's Request and Response objects cost more than Q1's statement.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bench.floor import postgres, sqlite
from cms.kernel.database import Dialect, connection_settings
from cms.kernel.postgres_engine import SERVER_SETTINGS

#: A query's answer, given its slug.
Answer = Callable[[str | None], Awaitable[bytes]]
#: Where PostgreSQL has one core, 4 to 6 answered more than 3 or 10.
_CONNECTIONS = 5


class Endpoint:
    """One shape of one query. `answer` is set once the database is open."""

    answer: Answer

    def __init__(self, name: str) -> None:
        self._wants_slug = name.endswith("Q1")

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        slug = orjson.loads(await _body(receive))["variables"]["slug"] if self._wants_slug else None
        body = await self.answer(slug)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    return body


def _sqlite_answers(connection: sqlite3.Connection) -> dict[str, Answer]:
    def answer(sql: str, make: Callable[[Any], bytes]) -> Answer:
        async def run(slug: str | None) -> bytes:
            now = datetime.now(UTC).isoformat(timespec="microseconds")[:-6] + "Z"  # as the tables keep times
            return make(connection.execute(sql, {"slug": slug, "now": now}).fetchall())

        return run

    return {name: answer(*statement) for name, statement in sqlite.STATEMENTS.items()}


@asynccontextmanager
async def _sqlite(settings: dict[str, Any]) -> AsyncIterator[dict[str, Answer]]:
    connection = sqlite3.connect(settings["file_path"], isolation_level=None)
    connection.execute("PRAGMA query_only = 1")
    # No mmap_size: it reads random slugs a third faster, but mapped pages count as resident memory (300 MB here), and a
    # floor is one only within the bounds that Masthead keeps.
    try:
        yield _sqlite_answers(connection)
    finally:
        connection.close()


Prepared = dict[str, "asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record]"]


async def _connect(settings: dict[str, Any]) -> Prepared:
    known = {key: settings[key] for key in ("host", "port", "user", "password", "database")}
    connection = await asyncpg.connect(
        **known, server_settings=SERVER_SETTINGS | {"max_parallel_workers_per_gather": "0"}
    )
    return {name: await connection.prepare(sql) for name, (sql, _) in postgres.STATEMENTS.items()}


def _postgres_answers(idle: "asyncio.LifoQueue[Prepared]") -> dict[str, Answer]:
    def answer(name: str, make: Callable[[Any], bytes]) -> Answer:
        async def run(slug: str | None) -> bytes:
            values = () if slug is None else (slug,)
            prepared = await idle.get()
            try:
                rows = await prepared[name].fetch(*values)
            finally:
                idle.put_nowait(prepared)
            return make(rows)

        return run

    return {name: answer(name, make) for name, (_, make) in postgres.STATEMENTS.items()}


@asynccontextmanager
async def _postgres(settings: dict[str, Any]) -> AsyncIterator[dict[str, Answer]]:
    """Connections with everything prepared, handed out without a pool: nothing is reset and nothing is checked."""
    idle: asyncio.LifoQueue[Prepared] = asyncio.LifoQueue()
    for _ in range(_CONNECTIONS):
        idle.put_nowait(await _connect(settings))
    yield _postgres_answers(idle)


_endpoints = {name: Endpoint(name) for name in sqlite.STATEMENTS}


@asynccontextmanager
async def _lifespan(_app: Starlette) -> AsyncIterator[None]:
    dialect, settings = connection_settings(os.environ["BENCH_DATABASE_URL"])
    opened = _sqlite if dialect is Dialect.SQLITE else _postgres
    async with opened(dict(settings)) as answers:
        for name, endpoint in _endpoints.items():
            endpoint.answer = answers[name]
        yield


app = Starlette(
    routes=[Route(f"/{name}", endpoint, methods=["POST"]) for name, endpoint in _endpoints.items()], lifespan=_lifespan
)
