"""The application in the test's own process: under its lifespan and asked directly, or listening on a real port.

The one thing to know: the application opens the database itself, and only one is open in a process, so a test fills it
before (`fill`).
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection

from cms.app import create_app
from cms.commands.serving import server_options
from cms.kernel.database import Database, open_database
from cms.kernel.settings import Settings
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.articles.world import found
from tests.seed.sample import SECRET

SITE = {"data": {"site": {"name": "The Harbour Light"}}}
ASK_SITE = "{ site { name } }"
TRANSPORT = "graphql-transport-ws"


def settings_for(url: str, folder: Path, **given: Any) -> Settings:  # noqa: ANN401 - settings of any kind
    """Settings of an application that keeps everything in `folder`; what is `given` wins."""
    return Settings(
        **{"database_url": url, "secret_key": SECRET.decode(), "media_url": f"file://{folder}/media", **given}
    )


async def fill(url: str, work: Callable[[Database], Awaitable[object]] = found) -> None:
    """Put something into the database, before the application opens it; the site, if nothing else is said."""
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        await work(database)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a running application. Its faults are answers of status 500, as a server would give them."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://cms.test") as client:
            yield client


class _Server(uvicorn.Server):
    """A server that stops when it is told to: uvicorn's own looks ten times a second whether it was."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told_to_stop = asyncio.Event()

    async def main_loop(self) -> None:
        """Until it is told to stop. Every answer bears the date of the beginning."""
        await self.on_tick(0)
        await self.told_to_stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does, which always waits a tenth of a second; at once, where nobody is connected any more."""
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        await self.lifespan.shutdown()


@asynccontextmanager
async def listening(app: ASGIApp, settings: Settings | None = None, **options: Any) -> AsyncIterator[str]:  # noqa: ANN401 - uvicorn's
    """The host and port on which a real server serves the application, in this event loop.

    It is set up as `cms serve` sets it up under these settings; uvicorn's own `options` win.
    """
    options = {**server_options(settings or Settings()), "log_level": "error", **options}
    # Without the protocol's number asyncio would not turn off Nagle's delay, which makes 40 ms of many an answer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        server = _Server(uvicorn.Config(app, **options))
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            # Connections wait in the socket's own queue until the server takes them.
            yield f"127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.told_to_stop.set()
            await serving


def asking(query: str, variables: object = None, name: object = None) -> bytes:
    """The body of a POST."""
    asked = {"query": query, "variables": variables, "operationName": name}
    return json.dumps({key: value for key, value in asked.items() if value is not None}).encode()


async def post(client: httpx2.AsyncClient, body: bytes, **headers: str) -> httpx2.Response:
    """The answer to a POST of JSON; `accept` and `content_type` are headers."""
    sent = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await client.post("/graphql", content=body, headers=sent)


async def say(connection: ClientConnection, message: object) -> None:
    """Send a message of graphql-transport-ws."""
    await connection.send(json.dumps(message))


async def hear(connection: ClientConnection) -> Any:  # noqa: ANN401 - a message, as JSON has it
    """The next message; only text frames are taken."""
    frame = await asyncio.wait_for(connection.recv(), 5)
    assert isinstance(frame, str)
    return json.loads(frame)


async def subscribe(connection: ClientConnection, query: str, identifier: str = "1", **payload: object) -> Any:  # noqa: ANN401 - as above
    """Ask one operation over an initialised connection; its first message."""
    await say(connection, {"type": "subscribe", "id": identifier, "payload": {"query": query, **payload}})
    return await hear(connection)
