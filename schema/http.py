"""GraphQL over HTTP, as the specification of that name wants it. What one transport refuses, all refuse.

Requests end in `MastheadSchema.ask`, as WebSockets do.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from cms.kernel.viewer import ANONYMOUS
from schema.answering import Errors, Identify, address_of, body_of, encode, perspective_of
from schema.connections import TOO_MANY, Connections, TooManyConnections
from schema.departures import Departed, WhileConnected
from schema.edge import QUERIES, SUBSCRIPTIONS, Edge, Question, Unacceptable, asked
from schema.errors import refusal, told
from schema.graphiql import graphiql_page
from schema.schema import NOT_STREAMED, Asking, MastheadSchema
from schema.streaming import MEDIA_TYPE, EventStream
from schema.websocket import Sockets

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
_STREAM = MEDIA_TYPE.encode()
#: What a browser accepts takes some 130 bytes; 32 KiB of commas took 40 ms to read.
_MOST_ACCEPT_BYTES = 1024
_COMMON = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
#: What some answers say beside their status: which methods there are, how to say who asks.
_BY_STATUS = {
    401: [(b"www-authenticate", b"Bearer")],
    405: [(b"allow", b"GET, POST")],
}
#: The page loads its scripts from elsewhere, and talks to nobody but us.
_PAGE_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' https://unpkg.com; "
        "style-src 'self' 'unsafe-inline' https://unpkg.com; img-src 'self' data: https:; font-src 'self' data: "
        "https://unpkg.com; connect-src 'self' ws: wss: https://unpkg.com; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class GraphQLView:
    """The endpoint, as an ASGI application."""

    def __init__(
        self,
        schema: MastheadSchema,
        *,
        identify: Identify,
        graphiql: bool,
        origins: Sequence[str] = (),
    ) -> None:
        """The endpoint of a schema.

        Args:
            schema: what answers.
            identify: who brings the credential in an `Authorization` header; raises Unacceptable for a bad one.
            graphiql: whether browsers get a page to try queries on.
            origins: whose pages, besides our own, may open a WebSocket; `*` for all.
        """
        self._schema = schema
        self._identify = identify
        self._graphiql = graphiql
        self._edge = Edge(schema.preparer.limits)
        self._connections = Connections(schema.preparer.limits.sockets)
        self._sockets = Sockets(
            schema, edge=self._edge, connections=self._connections, identify=identify, origins=origins
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or talk over one WebSocket."""
        if scope["type"] != "http":
            await self._sockets(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if self._graphiql and _is_browsing(scope, headers):
            await HTMLResponse(graphiql_page(), headers=_PAGE_HEADERS)(scope, receive, send)
            return
        accept = headers.get(b"accept", b"")[:_MOST_ACCEPT_BYTES].lower()
        media_type = answer_type(accept)
        try:
            question = await self._question(scope, headers, receive)
            asking = await self._asking(scope, headers)
            if _STREAM in accept and await self._is_streamed(question, asking, accept):
                await self._stream(question, headers, scope, receive, send)
                return
            result = await WhileConnected(receive, self._schema.ask(question, asking))
        except Unacceptable as error:
            answer = {"errors": told([refusal(str(error), error.code)])}
            await _send(send, error.status, media_type, encode(answer))
        except Departed:
            return
        else:
            await self._send_result(send, media_type, result)

    # Many answers

    async def _is_streamed(self, question: Question, asking: Asking, accept: bytes) -> bool:
        """Whether to answer by a stream: a subscription, and what a client wants to have no other way."""
        if not accepts(accept, MEDIA_TYPE):
            return False
        return not accepts(accept, JSON, RESPONSE_JSON) or await self._schema.is_subscription(question, asking.viewer)

    async def _stream(
        self, question: Question, headers: Mapping[bytes, bytes], scope: Scope, receive: Receive, send: Send
    ) -> None:
        async def renew() -> Asking:
            return await self._asking(scope, headers)

        last = headers.get(b"last-event-id")
        stream = EventStream(self._schema, question, renew, last.decode("latin-1") if last else None)
        try:
            with self._connections.held(scope):
                await stream(scope, receive, send)
        except TooManyConnections:
            raise Unacceptable(str(TOO_MANY), 429, str((TOO_MANY.extensions or {})["code"])) from None

    # One answer

    async def _send_result(self, send: Send, media_type: str, result: ExecutionResult) -> None:
        body = body_of(result, self._edge.limits.answer_bytes)
        if isinstance(body, bytes):
            await _send(send, 200, media_type, body)
        else:
            await _send(send, _status(body, media_type), media_type, encode({"errors": body}))

    # What is asked, and by whom

    async def _question(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> Question:
        """What a request asks.

        Raises:
            Unacceptable: nothing that could be answered.
        """
        if scope["method"] == "POST":
            _check_content_type(headers.get(b"content-type", b""))
            return asked(self._edge.json(await self._body(headers, receive), "The body"))
        if scope["method"] != "GET":
            raise Unacceptable("Send GET or POST.", 405, "METHOD_NOT_ALLOWED")
        # A browser's EventSource can only send GET; what changes something it cannot.
        allowed = QUERIES | SUBSCRIPTIONS if _STREAM in headers.get(b"accept", b"").lower() else QUERIES
        return asked(self._edge.parameters(scope["query_string"]), allowed)

    async def _body(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        limit = self._edge.limits.body_bytes
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced[:12]) > limit:
            raise _too_large(limit)
        parts = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Departed
            parts += message.get("body", b"")
            if len(parts) > limit:
                raise _too_large(limit)
            if not message.get("more_body"):
                return bytes(parts)

    async def _asking(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Asking:
        """Who asks, from where, in which perspective.

        Raises:
            Unacceptable: the credential is bad, or there is no such perspective.
        """
        address = address_of(scope)
        if b"authorization" not in headers and b"x-cms-perspective" not in headers and b"x-cms-cost" not in headers:
            return Asking(address=address)
        viewer = ANONYMOUS
        if b"authorization" in headers:
            viewer = await self._identify(headers[b"authorization"].decode("latin-1"))
        named = headers.get(b"x-cms-perspective")
        return Asking(
            viewer=viewer,
            perspective=perspective_of(viewer, None if named is None else named.decode("latin-1")),
            wants_cost=b"x-cms-cost" in headers,
            address=address,
        )


@lru_cache(256)
def answer_type(accept: bytes) -> str:
    """The media type to answer with: GraphQL's own for those who name it first, plain JSON for all others."""
    weights = _weights(accept)
    own = weights.get(RESPONSE_JSON, 0.0)
    return RESPONSE_JSON if own > 0 and own >= weights.get(JSON, 0.0) else JSON


def accepts(accept: bytes, *kinds: str) -> bool:
    """Whether one of these media types may be the answer (RFC 9110, section 12.5.1)."""
    weights = _weights(accept)
    ranges = {kind: (kind, f"{kind.partition('/')[0]}/*", "*/*") for kind in kinds}
    return any(next((weights[one] for one in ranges[kind] if one in weights), 0) > 0 for kind in kinds)


def _weights(accept: bytes) -> dict[str, float]:
    return {kind: _weight(parameters) for kind, parameters in map(_split, accept.split(b","))}


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


def _check_content_type(content_type: bytes) -> None:
    if content_type == b"application/json":
        return
    kind, parameters = _split(content_type)
    if kind != JSON or parameters.get("charset", "utf-8") != "utf-8":
        raise Unacceptable("Send application/json, in UTF-8.", 415, "UNSUPPORTED_MEDIA")


def _too_large(limit: int) -> Unacceptable:
    return Unacceptable(f"The body is larger than {limit:,} bytes.", 413, "TOO_LARGE")


def _status(errors: Errors, media_type: str) -> int:
    """The status of a refusal: under plain JSON, a well-formed request gets 200 (GraphQL over HTTP, 6.4.1)."""
    codes = {error["extensions"]["code"] for error in errors}
    if "METHOD_NOT_ALLOWED" in codes:
        return 405
    if NOT_STREAMED in codes:
        return 406
    if media_type == JSON:
        return 200
    return 500 if "INTERNAL_SERVER_ERROR" in codes else 400


async def _send(send: Send, status: int, media_type: str, body: bytes) -> None:
    headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode()), *_COMMON]
    if status in _BY_STATUS:
        headers += _BY_STATUS[status]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
