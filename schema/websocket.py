"""GraphQL over WebSocket, as `graphql-transport-ws` wants it. Operations end in `MastheadSchema.ask`, as HTTP's do.

The protocol is Strawberry's, and so is the judgement of a page's origin. Here is what it leaves open: what a message
may hold, who asks, how many sockets one address may keep, and that an answer is the same as over HTTP.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from datetime import timedelta
from typing import Any, cast

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketDisconnected as AlreadyClosed
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)

from cms.kernel.viewer import ANONYMOUS
from schema.answering import Errors, Identify, address_of, body_of, perspective_of
from schema.connections import TOO_MANY, Connections, TooManyConnections
from schema.edge import Edge, Question, Unacceptable, asked
from schema.errors import refusal, told
from schema.schema import ANYBODY, Asking, MastheadSchema, Renew

_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _SAME_ID = 4400, 4401, 4403, 4409
_TYPES = ("connection_init", "ping", "pong", "subscribe", "complete")
_TYPES_WITH_ID = ("subscribe", "complete")
#: With this extension a server lets the application answer a handshake (ASGI, "WebSocket Denial Response").
_DENIAL = "websocket.http.response"


class _TextFrames(ASGIWebSocketAdapter):
    """Frames are text: clients of graphql-transport-ws do not read binary ones."""

    async def send_json(self, message: object) -> None:
        try:
            await self.ws.send_text(orjson.dumps(message).decode())
        except (WebSocketDisconnect, AlreadyClosed) as error:
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        # The client, or the time limit of `connection_init`, may have been quicker.
        with suppress(WebSocketDisconnect, AlreadyClosed):
            await super().close(code, reason)


class _Messages(BaseGraphQLTransportWSHandler[Asking, None]):
    """The talk over one socket. Where Strawberry would fail on a message, or let it pass, the socket is closed."""

    def __init__(self, view: "Sockets", **given: Any) -> None:  # noqa: ANN401 - whatever else Strawberry gives
        super().__init__(view, **given)
        self._sockets = view
        self._introduction: Mapping[str, object] = {}

    @property
    def _socket(self) -> WebSocket:
        socket: WebSocket = self.websocket.ws  # type: ignore[attr-defined] # of the adapter that Strawberry was given
        return socket

    async def handle(self) -> None:
        try:
            await super().handle()
        except Unacceptable as error:
            await self._close_for(error)

    async def handle_message(self, message: object) -> None:
        await super().handle_message(_well_formed(message))

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        if not self.connection_init_received:
            self._introduction = _introduction(message.get("payload") or {}, self._socket.headers)
            await self._sockets.introduced(self._introduction)
        await super().handle_connection_init(message)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        question, name = asked(message["payload"]), message["id"]
        if not self.connection_acknowledged:
            await self.websocket.close(_UNAUTHORIZED, "Unauthorized")
        elif name in self.operations:
            await self.websocket.close(_SAME_ID, "There is an operation of this id already.")
        elif len(self.operations) >= self._sockets.limits.socket_operations:
            await self.websocket.send_json({"id": name, "type": "error", "payload": _too_many_operations()})
        else:
            operation = Operation(self, name, question.query or "", question.variables, question.operation_name)
            operation.task = asyncio.create_task(self._run(operation, question))
            operation.task.add_done_callback(self._task_done)
            self.operations[name] = operation

    async def _run(self, operation: Operation[Asking, None], question: Question) -> None:
        """Answer an operation; for a client that has left there is nothing more to do."""
        with suppress(WebSocketDisconnected):
            try:
                await self._tell(operation, question)
            except Unacceptable as error:
                await self._close_for(error)
            except WebSocketDisconnected:
                raise
            except Exception as error:  # noqa: BLE001 - the root of this task: nobody else would hear of it
                await self._fail(operation, told([GraphQLError("Not answered.", original_error=error)]))

    async def _tell(self, operation: Operation[Asking, None], question: Question) -> None:
        async with aclosing(self._sockets.answers(question, self._asking)) as answers:
            async for answer in answers:
                if isinstance(answer, list):
                    await self._fail(operation, answer)
                    return
                await self._next(operation, answer)
        await operation.send_operation_message({"id": operation.id, "type": "complete"})

    async def _asking(self) -> Asking:
        """Who asks. It is found out anew each time: a token may be revoked while a socket is open."""
        asking = await self._sockets.introduced(self._introduction)
        return asking._replace(address=address_of(self._socket.scope))

    async def _next(self, operation: Operation[Asking, None], answer: bytes) -> None:
        await self.websocket.send_json({"id": operation.id, "type": "next", "payload": orjson.Fragment(answer)})

    async def _fail(self, operation: Operation[Asking, None], errors: Errors) -> None:
        """End an operation with what is wrong with it."""
        await operation.send_operation_message(
            cast("Message", {"id": operation.id, "type": "error", "payload": errors})
        )

    async def _close_for(self, error: Unacceptable) -> None:
        if error.status == 401:  # noqa: PLR2004 - Unauthorized
            await self.websocket.close(_FORBIDDEN, "Forbidden")
        else:
            await self.websocket.close(_BAD_REQUEST, str(error))


class Sockets(GraphQL[Asking, None]):
    """The endpoint for WebSockets, as an ASGI application."""

    websocket_adapter_class = _TextFrames
    graphql_transport_ws_handler_class = _Messages

    def __init__(
        self,
        schema: MastheadSchema,
        *,
        edge: Edge,
        connections: Connections,
        identify: Identify,
        origins: Sequence[str] = (),
    ) -> None:
        """The endpoint of a schema.

        Args:
            schema: what answers.
            edge: what a message must pass, and the limits in force.
            connections: the lines that are open.
            identify: who brings the credential `authorization` of `connection_init`; raises Unacceptable, of status
                401, for a bad one.
            origins: whose pages, besides our own, may open a socket; `*` for all.
        """
        super().__init__(
            schema,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=edge.limits.socket_init_seconds),
            allowed_origins=origins,
        )
        self.limits = edge.limits
        self._schema = schema
        self._edge = edge
        self._identify = identify
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Talk over one socket, to its end."""
        try:
            with self._connections.held(scope):
                await super().__call__(scope, receive, send)
        except TooManyConnections:
            await _turn_away(WebSocket(scope, receive, send))

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Asking:  # noqa: ARG002 - Strawberry's signature
        """Who asks before they have said so."""
        return ANYBODY

    def decode_json(self, data: str | bytes) -> object:
        """What a text frame holds.

        Raises:
            Unacceptable: no JSON, or doubtful JSON.
        """
        return self._edge.json(data.encode() if isinstance(data, str) else data, "The message")

    async def introduced(self, payload: Mapping[str, object]) -> Asking:
        """Who asks from now on, and in which perspective, as `connection_init` says.

        Raises:
            Unacceptable: the credential is bad (then of status 401), or something has the wrong shape.
        """
        credential, perspective = payload.get("authorization", ""), payload.get("perspective")
        if not isinstance(credential, str):
            raise Unacceptable("authorization must be a string.")
        if "perspective" in payload and not isinstance(perspective, str):
            raise Unacceptable("The perspective is published or draft.")
        viewer = await self._identify(credential) if "authorization" in payload else ANONYMOUS
        named = perspective if isinstance(perspective, str) else None
        return Asking(viewer=viewer, perspective=perspective_of(viewer, named), wants_cost="x-cms-cost" in payload)

    async def answers(self, question: Question, renew: Renew) -> AsyncGenerator[bytes | Errors, None]:
        """The answers as JSON; errors, where the operation does not run, or not any further."""
        async with aclosing(self._schema.follow(question, renew)) as parts:
            async for part in parts:
                if part.result is not None:
                    yield body_of(part.result, self.limits.answer_bytes)


def _well_formed(message: object) -> Message:
    """A message of a known type, with what every message of its type has.

    Raises:
        Unacceptable: it is none.
    """
    if not isinstance(message, dict) or message.get("type") not in _TYPES:
        raise Unacceptable("Send messages of graphql-transport-ws.")
    name = message.get("id")
    if not isinstance(name, str | None) or (not name and message["type"] in _TYPES_WITH_ID):
        raise Unacceptable("The id must be a string that is not empty.")
    if not isinstance(message.get("payload", {}), dict):
        raise Unacceptable("The payload must be an object.")
    return cast("Message", message)


def _introduction(payload: Mapping[str, object], handshake: Mapping[str, str]) -> Mapping[str, object]:
    """What a client says of itself, wherever it says so.

    Clients put what would be headers into `connection_init`, in any case and under `headers` as well; those that are no
    browsers send headers with the handshake. A credential that was overlooked would make an anonymous reader of them.
    """
    beside = payload.get("headers")
    places = [payload, beside if isinstance(beside, dict) else {}, handshake]
    found: dict[str, object] = {}
    for place in reversed(places):
        found |= {name.lower(): value for name, value in place.items()}
    if "perspective" not in found and "x-cms-perspective" in found:
        found["perspective"] = found["x-cms-perspective"]
    return found


def _too_many_operations() -> Errors:
    return told([refusal("Too many operations run at once; wait until some are complete.", "TOO_MANY_OPERATIONS")])


async def _turn_away(socket: WebSocket) -> None:
    """Refuse a handshake: with the reason where the server lets us say it, else with its own 403."""
    if _DENIAL not in socket.scope.get("extensions", {}):
        await socket.close()
        return
    errors = told([TOO_MANY])
    response = Response(orjson.dumps({"errors": errors}), 429, media_type="application/json")
    await socket.send_denial_response(response)
