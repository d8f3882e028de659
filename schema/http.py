"""GraphQL over HTTP and WebSocket. What one of the two refuses, the other refuses too.

POST, GET and WebSocket all end in `MastheadSchema.execute`. A request with one JSON answer is read and written here, as
the specification "GraphQL over HTTP" wants it; the WebSocket protocol (`graphql-transport-ws`) is Strawberry's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from schema.graphiql import graphiql_page
from schema.schema import Asking, MastheadSchema

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
_UTC_Z = orjson.OPT_UTC_Z
_LARGEST_BODY = 256 * 1024
_MOST_SUBSCRIPTIONS = 20
_INIT_WITHIN = timedelta(seconds=5)
_HEADERS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
_ALLOW = (b"allow", b"GET, POST")


class Unacceptable(Exception):
    """A request that holds no question to answer: `status` and `code` for programs, the message for people."""

    def __init__(self, message: str, status: int = 400, code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.status = status
        self.answer = {"errors": [{"message": message, "extensions": {"code": code}}]}


@dataclass(frozen=True, slots=True)
class _Question:
    """What a request asks; `allowed` is None where every kind of operation may run."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    allowed: frozenset[OperationType] | None = None


def encode(answer: object) -> bytes:
    """JSON, times in UTC with a `Z`."""
    return orjson.dumps(answer, option=_UTC_Z)


class _TextFrames(ASGIWebSocketAdapter):
    """WebSocket frames are text: clients of graphql-transport-ws do not read binary ones."""

    async def send_json(self, message: object) -> None:
        try:
            await self.ws.send_text(encode(message).decode())
        except WebSocketDisconnect as error:
            raise WebSocketDisconnected from error


class _Messages(BaseGraphQLTransportWSHandler[Asking, None]):
    """The protocol, stricter: a message of the wrong shape closes the socket, where Strawberry would fail on it."""

    async def handle_message(self, message: Message) -> None:
        if _is_well_formed(message):
            await super().handle_message(message)
        else:
            await self.handle_invalid_message("Invalid message received")

    @staticmethod
    def _get_pre_execution_close_reason(error: object) -> None:
        """A document that cannot be parsed is told as an error; Strawberry would end the other operations as well."""


class GraphQLView(GraphQL[Asking, None]):
    """The endpoint."""

    websocket_adapter_class = _TextFrames
    graphql_transport_ws_handler_class = _Messages

    def __init__(self, schema: MastheadSchema, *, graphiql: bool, origins: Sequence[str] = ()) -> None:
        """The endpoint of a schema.

        Args:
            schema: what answers.
            graphiql: whether browsers get a page to try queries on.
            origins: whose pages, besides our own, may open a WebSocket; `*` for all.
        """
        super().__init__(
            schema,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=_INIT_WITHIN,
            max_subscriptions_per_connection=_MOST_SUBSCRIPTIONS,
            allowed_origins=origins,
        )
        self._schema = schema
        self._graphiql = graphiql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or talk over one WebSocket."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if self._graphiql and _is_browsing(scope, headers):
            await HTMLResponse(graphiql_page())(scope, receive, send)
            return
        media_type = answer_type(headers.get(b"accept", b""))
        try:
            question = await _question(scope, headers, receive)
        except Unacceptable as refused:
            await _send(send, refused.status, media_type, refused.answer)
            return
        result = await self._schema.execute(
            question.query,
            question.variables,
            Asking(),
            operation_name=question.operation_name,
            allowed_operation_types=question.allowed,
        )
        await _send(send, _status(result, media_type), media_type, _answer(result))

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Asking:  # noqa: ARG002 - Strawberry's signature
        """Who asks over a WebSocket."""
        return Asking()

    def decode_json(self, data: str | bytes) -> object:
        """JSON that came over a WebSocket."""
        return orjson.loads(data)


@lru_cache(256)
def answer_type(accept: bytes) -> str:
    """The media type to answer with: GraphQL's own for those who name it first, plain JSON for all others."""
    weights = {kind: _weight(parameters) for kind, parameters in map(_split, accept.split(b","))}
    own = weights.get(RESPONSE_JSON, 0.0)
    return RESPONSE_JSON if own > 0 and own >= weights.get(JSON, 0.0) else JSON


def _split(value: bytes) -> tuple[str, dict[str, str]]:
    """A media type and its parameters, in lower case; any bytes pass."""
    kind, *parameters = (part.strip() for part in value.decode("latin-1").lower().split(";"))
    pairs = (parameter.partition("=") for parameter in parameters)
    return kind, {name.strip(): text.strip().strip('"') for name, _, text in pairs}


def _weight(parameters: Mapping[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 0.0


def _is_browsing(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    return scope["method"] == "GET" and not scope["query_string"] and b"text/html" in headers.get(b"accept", b"")


async def _question(scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> _Question:
    """What a request asks.

    Raises:
        Unacceptable: nothing that could be answered.
    """
    if scope["method"] == "POST":
        _check_content_type(headers.get(b"content-type", b""))
        return _asked(_parsed(await _body(receive), "The body"))
    if scope["method"] != "GET":
        raise Unacceptable("Send GET or POST.", 405, "METHOD_NOT_ALLOWED")
    given = _parameters(scope["query_string"])
    variables = given.get("variables")
    given["variables"] = _parsed(str(variables).encode(), "variables") if variables else None
    return _asked(given, frozenset({OperationType.QUERY}))


def _check_content_type(content_type: bytes) -> None:
    if content_type == b"application/json":
        return
    kind, parameters = _split(content_type)
    if kind != JSON or parameters.get("charset", "utf-8") != "utf-8":
        raise Unacceptable("Send application/json, in UTF-8.", 415, "UNSUPPORTED_MEDIA")


async def _body(receive: Receive) -> bytes:
    parts = bytearray()
    while True:
        message = await receive()
        parts += message.get("body", b"")
        if len(parts) > _LARGEST_BODY:
            raise Unacceptable("The request is too large.", 413, "TOO_LARGE")
        if not message.get("more_body"):
            return bytes(parts)


def _parameters(query_string: bytes) -> dict[str, object]:
    try:
        return dict(parse_qsl(query_string.decode(), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise Unacceptable("The address is not UTF-8.") from None


def _parsed(text: bytes, what: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Unacceptable(f"{what} is not JSON.") from None


def _asked(found: object, allowed: frozenset[OperationType] | None = None) -> _Question:
    """Query, variables and operation name of what was sent, over whichever transport."""
    if not isinstance(found, dict):
        raise Unacceptable("Send one JSON object.")
    query, variables, name = found.get("query"), found.get("variables"), found.get("operationName")
    if not isinstance(query, str) or not query:
        raise Unacceptable("Send a query.")
    if not isinstance(variables, dict | None) or not isinstance(name, str | None):
        raise Unacceptable("variables must be an object, and operationName a string.")
    if not isinstance(found.get("extensions"), dict | None):
        raise Unacceptable("extensions must be an object.")
    return _Question(query, variables, name, allowed)


def _is_well_formed(message: object) -> bool:
    """Whether a WebSocket message has the shape that its type wants."""
    if not isinstance(message, dict) or not isinstance(message.get("id", ""), str):
        return False
    if message.get("type") != "subscribe":
        return True
    try:
        _asked(message.get("payload"))
    except Unacceptable:
        return False
    return True


def _answer(result: ExecutionResult) -> dict[str, object]:
    """The answer's body: a request that never ran has no `data` (GraphQL, section 7.1.2)."""
    answer: dict[str, object] = {}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    if not isinstance(result, PreExecutionError):
        answer["data"] = result.data
    return answer


def _status(result: ExecutionResult, media_type: str) -> int:
    """The status: under plain JSON, a well-formed request gets 200 whatever the answer (GraphQL over HTTP, 6.4.1)."""
    if not isinstance(result, PreExecutionError):
        return 200
    codes = {(error.extensions or {}).get("code") for error in result.errors or ()}
    if "METHOD_NOT_ALLOWED" in codes:
        return 405
    if media_type == JSON:
        return 200
    return 500 if "INTERNAL_SERVER_ERROR" in codes else 400


async def _send(send: Send, status: int, media_type: str, answer: object) -> None:
    body = encode(answer)
    headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode()), *_HEADERS]
    if status == 405:  # noqa: PLR2004 - Method Not Allowed tells which are (RFC 9110, section 15.5.6)
        headers.append(_ALLOW)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
