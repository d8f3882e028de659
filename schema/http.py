"""GraphQL over HTTP and WebSocket: Strawberry's view, with our JSON, our errors and our caller.

POST, GET and WebSocket all end in `MastheadSchema.execute`. A plain POST of JSON, which is what nearly every client
sends, takes a shorter way there (`_plain_post`): the same checks, without building request objects nobody looks at.
"""

from typing import Any

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult

from schema.graphiql import graphiql_page
from schema.schema import Asking, MastheadSchema

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
_UTC_Z = orjson.OPT_UTC_Z
_LARGEST_BODY = 256 * 1024
_OK_HEADERS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


def encode(answer: object) -> bytes:
    """JSON, times in UTC with a `Z`."""
    return orjson.dumps(answer, option=_UTC_Z)


class _TextFrames(ASGIWebSocketAdapter):
    """WebSocket frames are text: clients of graphql-transport-ws do not read binary ones."""

    async def send_json(self, message: object) -> None:
        await self.ws.send_text(encode(message).decode())


class GraphQLView(GraphQL[Asking, None]):
    """The endpoint."""

    websocket_adapter_class = _TextFrames

    def __init__(self, schema: MastheadSchema, *, graphiql: bool) -> None:
        super().__init__(
            schema,
            graphql_ide="graphiql" if graphiql else None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
        )
        self._schema = schema

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, the short way where it is a plain POST."""
        if scope["type"] == "http" and scope["method"] == "POST":
            headers = dict(scope["headers"])
            if headers.get(b"content-type") == b"application/json" and _accepts_json(headers.get(b"accept")):
                await self._plain_post(receive, send)
                return
        await super().__call__(scope, receive, send)

    async def _plain_post(self, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            await _send(send, 413, _failed("The request is too large.", "TOO_LARGE"))
            return
        asked = _asked(body)
        if isinstance(asked, GraphQLError):
            await _send(send, 400, {"errors": [asked.formatted]})
            return
        query, variables, name = asked
        result = await self._schema.execute(query, variables, Asking(), operation_name=name)
        await _send(send, 200, _answer(result))

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Asking:  # noqa: ARG002 - Strawberry's signature
        """Who asks."""
        return Asking()

    def encode_json(self, data: object) -> bytes:
        """JSON as bytes."""
        return encode(data)

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:  # noqa: ARG002 - Strawberry's signature
        """The answer's body: a request that never ran has no `data` (GraphQL over HTTP, section 6.4)."""
        return _answer(result)  # type: ignore[return-value] # a TypedDict with `data` optional

    async def render_graphql_ide(self, request: Request) -> HTMLResponse:  # noqa: ARG002 - Strawberry's signature
        """GraphiQL, with a query that shows the sample page."""
        return HTMLResponse(graphiql_page())


def _accepts_json(accept: bytes | None) -> bool:
    return accept is None or accept in {b"*/*", b"application/json"} or b"application/json" in accept


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when it is larger than allowed."""
    parts = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        parts += message.get("body", b"")
        if len(parts) > _LARGEST_BODY:
            return None
        if not message.get("more_body"):
            return bytes(parts)


def _asked(body: bytes) -> tuple[str, dict[str, Any] | None, str | None] | GraphQLError:
    """Query, variables and operation name of a request body, or what is wrong with it."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return GraphQLError("The body is not JSON.", extensions={"code": "BAD_REQUEST"})
    if not isinstance(found, dict):
        return GraphQLError("The body must be a JSON object.", extensions={"code": "BAD_REQUEST"})
    query, variables, name = found.get("query"), found.get("variables"), found.get("operationName")
    if not isinstance(query, str) or not query:
        return GraphQLError("Send a query.", extensions={"code": "BAD_REQUEST"})
    if not isinstance(variables, dict | None) or not isinstance(name, str | None):
        message = "variables must be an object, and operationName a string."
        return GraphQLError(message, extensions={"code": "BAD_REQUEST"})
    return query, variables, name or None


def _answer(result: ExecutionResult) -> dict[str, object]:
    answer: dict[str, object] = {}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    if result.data is not None or not result.errors or any(error.path for error in result.errors):
        answer["data"] = result.data
    return answer


def _failed(message: str, code: str) -> dict[str, object]:
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


async def _send(send: Send, status: int, answer: object) -> None:
    body = encode(answer)
    length = str(len(body)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length), *_OK_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
