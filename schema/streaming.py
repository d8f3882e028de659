"""GraphQL over server-sent events: the distinct connections mode of that protocol, one operation for each request.

Every result is an event `next`, whose id is the cursor to go on after: a browser's `EventSource` sends the last one
with `Last-Event-ID` when it comes back by itself. `complete` says that there is nothing more; a line that ends without
it was cut, and the client comes back.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Final

from graphql import GraphQLError
from starlette.types import Receive, Scope, Send

from schema.answering import body_of, encode
from schema.edge import Question, Unacceptable
from schema.errors import refusal, told
from schema.schema import MastheadSchema, Part, Renew

MEDIA_TYPE: Final = "text/event-stream"
#: Under this name the application's state keeps the `asyncio.Event` by which the server says that it is about to stop.
STOPPING: Final = "stopping"
#: Proxies cut lines on which nothing is said for a while, often after half a minute.
_BREATH_SECONDS: Final = 15.0
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-accel-buffering", b"no"),  # nginx would keep events back until it has a page of them.
]
_BREATH: Final = b":\n\n"
_COMPLETE: Final = b"event: complete\ndata:\n\n"


class EventStream:
    """The results of one operation as an ASGI answer, for as long as the client listens."""

    def __init__(self, schema: MastheadSchema, question: Question, renew: Renew, resumed: str | None = None) -> None:
        self._schema = schema
        self._question = question
        self._renew = renew
        self._resumed = resumed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what there is to tell until it ends, the client leaves, or the server stops."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        telling = asyncio.create_task(self._tell(send))
        leaving = [asyncio.create_task(_left(receive)), *_stopped(scope)]
        try:
            await asyncio.wait([telling, *leaving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (telling, *leaving):
                task.cancel()
            await asyncio.gather(telling, *leaving, return_exceptions=True)
        # The end of the answer without `complete`: whoever still listens comes back, to this server or another.
        await send({"type": "http.response.body", "body": b""})

    async def _tell(self, send: Send) -> None:
        # Both are closed here and now, the outer one first: it may be waiting for the inner one.
        async with aclosing(self._events()) as events, aclosing(_breathing(events)) as breathing:
            async for event in breathing:
                await send({"type": "http.response.body", "body": event, "more_body": True})

    async def _events(self) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(self._schema.follow(self._question, self._renew, self._resumed)) as parts:
                async for part in parts:
                    yield self._event(part)
        except Unacceptable as error:
            yield _failed(refusal(str(error), error.code))
        except Exception as error:  # noqa: BLE001 - the root of this stream: nobody else would hear of it
            yield _failed(GraphQLError("Not answered.", original_error=error))
        yield _COMPLETE

    def _event(self, part: Part) -> bytes:
        identity = b"id: %s\n" % part.cursor.encode() if part.cursor is not None else b""
        if part.result is None:
            return identity + b"\n"
        body = body_of(part.result, self._schema.preparer.limits.answer_bytes)
        return identity + _next(encode({"errors": body}) if isinstance(body, list) else body)


def _failed(error: GraphQLError) -> bytes:
    return _next(encode({"errors": told([error])}))


def _next(body: bytes) -> bytes:
    return b"event: next\ndata: %s\n\n" % body


async def _breathing(events: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The events, and between them, where they are far apart, a line that says nothing."""
    while True:
        coming = asyncio.ensure_future(anext(events))
        try:
            while not (await asyncio.wait({coming}, timeout=_BREATH_SECONDS))[0]:
                yield _BREATH
            yield coming.result()
        except StopAsyncIteration:
            return
        finally:
            coming.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await coming


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _stopped(scope: Scope) -> list[asyncio.Task[bool]]:
    """Ends when the server is about to stop; nothing where it does not say so."""
    stopping: asyncio.Event | None = scope.get("state", {}).get(STOPPING)
    return [] if stopping is None else [asyncio.create_task(stopping.wait())]
