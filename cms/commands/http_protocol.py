"""Clients that are slow on purpose, or speak no HTTP: uvicorn's protocol, with limits to its patience.

A request must arrive within limits of time, and its head within a limit of size. Nearly every request arrives whole, in
one read; for those nothing is timed. A connection has one timer, which runs from its beginning and later only where a
read ends within a request; when it rings, it looks whether the client is late by now.

What is sent must be taken within a limit of time, too, over HTTP and over a WebSocket: a stream that nobody reads would
else stay open for ever. WebSockets are uvicorn's otherwise, only quieter.
"""

import asyncio
import logging
from enum import Enum, auto
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple, cast

import orjson
from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from cms.kernel.limits import Limits
from schema.streaming import STOPPING

#: An address and all headers. The parser itself has no limit.
MOST_HEAD_BYTES = 32 * 1024
_SEPARATORS = len(b": \r\n")


class _Part(Enum):
    """What a client has yet to send of a request."""

    HEAD = auto()
    BODY = auto()


class _Wait(NamedTuple):
    """What we wait for: a part of a request, since a moment of the loop's clock."""

    part: _Part
    request: object
    since: float


class _Refusal:
    """An answer that the server gives by itself."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
        headers = b"content-type: application/json\r\ncache-control: no-store\r\nconnection: close\r\n"
        self.status_line = STATUS_LINE[status]
        self.rest = b"%scontent-length: %d\r\n\r\n%s" % (headers, len(body), body)


_LATE = _Refusal(HTTPStatus.REQUEST_TIMEOUT, "REQUEST_TIMEOUT", "The request did not arrive in time.")
_TOO_LARGE = _Refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "TOO_LARGE", "The headers are too large.")
_MALFORMED = _Refusal(HTTPStatus.BAD_REQUEST, "BAD_REQUEST", "The request is not HTTP.")


class _Stop(Exception):
    """Stops the parser before the application hears of a request."""


def protocol_class(limits: Limits) -> type[HttpToolsProtocol]:
    """What uvicorn takes as `http`. It reaches worker processes, which a class that is made at run time would not."""
    return cast("type[HttpToolsProtocol]", partial(_PatientProtocol, limits))


def socket_protocol_class(limits: Limits) -> type[WebSocketsSansIOProtocol]:
    """What uvicorn takes as `ws`; as `protocol_class`."""
    return cast("type[WebSocketsSansIOProtocol]", partial(SocketProtocol, limits))


class _Patience:
    """Lets go of a client that does not take what it is sent."""

    __slots__ = ("_seconds", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, transport: asyncio.Transport) -> None:
        """The client has to take something before more can be sent."""
        if self._timer is None:
            # Not `close`, which would wait for what is to be sent.
            self._timer = asyncio.get_running_loop().call_later(self._seconds, transport.abort)

    def end(self) -> None:
        """It has, or is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Sending(asyncio.Protocol):
    """What a connection is sent has to be taken in time. Stands before uvicorn's class, which has the transport."""

    __slots__ = ()

    transport: asyncio.Transport
    _patience: _Patience

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever is gone is waited for no longer."""
        self._patience.end()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Give the client its time to take something."""
        super().pause_writing()
        self._patience.begin(self.transport)

    def resume_writing(self) -> None:
        """It did."""
        super().resume_writing()
        self._patience.end()


class _PatientProtocol(_Sending, HttpToolsProtocol):
    """HTTP over one connection, with a client that may be slow, but not endlessly.

    What every request passes through calls uvicorn's class by its name: `super()` takes 0.1 µs more each time.
    """

    # Beyond 30 attributes, CPython 3.11 finds those of an instance more slowly, and uvicorn has 28.
    __slots__ = (
        "_look_after",
        "_patience",
        "_read",
        "_refusal",
        "_seconds",
        "_timer",
        "_used",
        "_used_before",
        "_wait",
    )

    def __init__(
        self,
        limits: Limits,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._seconds = {_Part.HEAD: limits.header_seconds, _Part.BODY: limits.body_seconds}
        self._patience = _Patience(limits.send_seconds)
        self._look_after: float = min(self._seconds.values())
        self._timer: asyncio.TimerHandle | None = None
        self._wait: _Wait | None = None
        self._refusal = _MALFORMED
        # How many bytes were read; how many when a request, its head or a piece of its body last ended; and how many
        # when one had ended before the present read.
        self._read = 0
        self._used = 0
        self._used_before = 0

    # What the transport calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._consider()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End what has no end of its own, then the rest as uvicorn does: it waits until every answer is complete."""
        stopping: asyncio.Event | None = self.app_state.get(STOPPING)
        if stopping is not None:
            stopping.set()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        self._read += len(data)
        HttpToolsProtocol.data_received(self, data)
        cycle = self.cycle
        # There is no cycle before the first request, whatever its type says.
        if cycle is None or cycle.more_body or cycle.response_complete or cycle.scope is not self.scope:  # type: ignore[redundant-expr]
            self._consider()
        else:
            self._used = self._used_before = self._read

    # What the parser calls

    def on_headers_complete(self) -> None:
        if self._read - self._used_before > MOST_HEAD_BYTES and self._head_bytes() > MOST_HEAD_BYTES:
            self._refusal = _TOO_LARGE
            raise _Stop
        HttpToolsProtocol.on_headers_complete(self)
        cycle = self.cycle
        if cycle is not None and cycle.scope is self.scope:  # type: ignore[redundant-expr] # as above
            # What may follow a body must not join the headers, which a proxy has looked at (RFC 9110, section 6.5.1).
            self.headers = []
            self._used = self._read

    def on_body(self, body: bytes) -> None:
        self._used = self._read
        HttpToolsProtocol.on_body(self, body)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words for all of this
        self._refuse(self._refusal)

    # Waiting

    def _consider(self) -> None:
        """What to do where a read ended within a request or before one, and some time later."""
        self._used_before = self._used
        part = self._awaited()
        if part is None or self.transport.is_closing() or self._is_websocket():
            return
        if self._read - self._used > MOST_HEAD_BYTES:
            self._refuse(_TOO_LARGE)
        else:
            self._wait_on(part)

    def _wait_on(self, part: _Part) -> None:
        """Let time run while it is the client's turn, until it is late."""
        now, left = self.loop.time(), self._look_after
        if self._is_our_turn(part):
            self._wait = None
        elif self._wait is None or self._wait.part is not part or self._wait.request is not self.scope:
            self._wait = _Wait(part, self.scope, now)
        else:
            left = self._wait.since + self._seconds[part] - now
        if left <= 0:
            self._give_up(part)
        elif self._timer is None:
            # What comes next may have less time than is left for this.
            self._timer = self.loop.call_later(min(left, self._look_after), self._look)

    def _look(self) -> None:
        self._timer = None
        self._consider()

    def _awaited(self) -> _Part | None:
        """What the client has yet to send, if it has begun to; on a new connection it is taken to have."""
        newest = self._newest
        if newest is None or newest.scope is not self.scope:
            return _Part.HEAD
        if newest.more_body:
            return _Part.BODY
        # Empty lines begin no request, but end uvicorn's own wait for one.
        is_idle_unwatched = newest.response_complete and self.timeout_keep_alive_task is None
        return _Part.HEAD if is_idle_unwatched else None

    def _is_websocket(self) -> bool:
        """Whether the connection has become one, which another protocol looks after."""
        return self.transport.get_protocol() is not self

    def _is_our_turn(self, part: _Part) -> bool:
        """Whether the client waits for us: to answer what it asked before, to read on, or to let it send a body."""
        if self.flow.read_paused:
            return True
        if part is _Part.BODY:
            return bool(self.pipeline) or self.cycle.waiting_for_100_continue
        return self._is_answering()

    def _is_answering(self) -> bool:
        return self._newest is not None and not self._newest.response_complete

    @property
    def _newest(self) -> RequestResponseCycle | None:
        """The newest request that the application was handed, with its answer. A WebSocket's it is not handed."""
        return self.cycle

    # Refusing

    def _give_up(self, part: _Part) -> None:
        """Let a client go that is late."""
        last = None if self._newest is None else self._newest.scope
        if part is _Part.HEAD and self.scope is last:
            # It has begun no request, and would take an answer for one to what it is just about to ask.
            self.transport.close()
        else:
            self._refuse(_LATE)

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + _SEPARATORS for name, value in self.headers)

    def _refuse(self, refusal: _Refusal) -> None:
        """Answer in the application's place, if nothing was said to this request yet, and close the connection."""
        if self._awaited() is _Part.BODY:
            self._interrupt(refusal)
        elif self._is_answering():
            # What was asked before is answered first, in order. uvicorn closes the connection then.
            self.cycle.keep_alive = False
            self.transport.pause_reading()
        else:
            self._say(refusal)
            self.transport.close()

    def _interrupt(self, refusal: _Refusal) -> None:
        """Refuse a request that the application was handed already."""
        if not self.pipeline and not self.cycle.response_started:
            self._say(refusal)
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        self.transport.close()

    def _say(self, refusal: _Refusal) -> None:
        headers = [b"%s: %s\r\n" % header for header in self.server_state.default_headers]
        self.transport.write(b"".join([refusal.status_line, *headers, refusal.rest]))


# A filter and no level, which uvicorn would set back when it sets up its own logs.
_socket_log = logging.getLogger("uvicorn.error.sockets")
_socket_log.addFilter(lambda record: record.levelno >= logging.WARNING)


class SocketProtocol(_Sending, WebSocketsSansIOProtocol):
    """A WebSocket that is not written down: uvicorn would log the address of everybody who opens one."""

    def __init__(
        self,
        limits: Limits,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.logger = self.conn.logger = _socket_log
        self._patience = _Patience(limits.send_seconds)

    async def send(self, message: ASGISendEvent) -> None:
        """Send what the application says; a handshake that it answers by itself is complete."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            # Without this, uvicorn would log an error for each, and anybody could fill the log.
            self.handshake_complete = True
