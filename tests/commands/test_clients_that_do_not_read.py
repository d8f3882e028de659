"""Clients that take nothing of what they are sent: they are let go, over HTTP and over WebSockets.

The one thing to know: what waits to be sent fills a socket's room first, so the answers here have no end.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tests.commands.patience import MUCH_LONGER, SETTINGS, get, let_pass
from tests.serving import listening

pytestmark = pytest.mark.asyncio

#: All that a client takes before it has to read.
_ROOM_BYTES = 4096
_PIECE_BYTES = 65_536
_OVER_HTTP = get("/flood")
_OVER_SOCKET = (
    b"GET /flood HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
)


class Floods:
    """Answers without an end: how many are still being sent, over HTTP and over WebSockets."""

    def __init__(self) -> None:
        self.open = 0
        self.app = Starlette(routes=[Route("/flood", self._over_http), WebSocketRoute("/flood", self._over_socket)])

    async def until(self, number: int, seconds: float) -> bool:
        """Whether so many were open at some moment before the time was over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.open != number:
                    await let_pass(0.02)
        return self.open == number

    async def _over_http(self, _request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            self.open += 1
            try:
                while True:
                    yield b"x" * _PIECE_BYTES
                    await let_pass(0)
            finally:
                self.open -= 1

        return StreamingResponse(parts())

    async def _over_socket(self, socket: WebSocket) -> None:
        await socket.accept()
        self.open += 1
        try:
            while True:
                await socket.send_text("x" * _PIECE_BYTES)
        except WebSocketDisconnect:
            pass
        finally:
            self.open -= 1


@asynccontextmanager
async def _not_reading(address: str, said: bytes) -> AsyncIterator[None]:
    """A client that says something, and takes nothing of what it is sent."""
    host, _, port = address.partition(":")
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM_BYTES)
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, (host, int(port)))
        await asyncio.get_running_loop().sock_sendall(line, said)
        yield


@pytest.mark.parametrize("said", [_OVER_HTTP, _OVER_SOCKET], ids=["http", "socket"])
async def test_a_client_that_takes_nothing_is_let_go(said: bytes) -> None:
    """A stream that nobody reads would stay open for ever, with what waits to be sent in memory."""
    floods = Floods()
    async with listening(floods.app, SETTINGS) as address, _not_reading(address, said):
        begun = await floods.until(1, 2)
        ended = await floods.until(0, MUCH_LONGER)

    assert (begun, ended) == (True, True)


async def test_uvicorn_alone_waits_for_a_client_that_takes_nothing() -> None:
    """Else the check above would prove nothing."""
    floods = Floods()
    async with listening(floods.app, SETTINGS, http=HttpToolsProtocol) as stock:
        async with _not_reading(stock, _OVER_HTTP):
            assert await floods.until(1, 2)
            assert not await floods.until(0, MUCH_LONGER)
        assert await floods.until(0, 2)
