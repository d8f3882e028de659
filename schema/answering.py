"""What every transport shares: who asks, in which perspective, and how an answer is written."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.types import Scope
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from cms.kernel.viewer import Viewer
from cms.reading.vocabulary import Perspective
from schema.edge import Unacceptable
from schema.errors import answer_too_large, told

#: Errors as clients get them; see `errors.told`.
Errors = list[dict[str, Any]]

#: Finds who brings a credential, the value of an `Authorization` header; raises Unacceptable for a bad one.
Identify = Callable[[str], Awaitable[Viewer]]


def address_of(scope: Scope) -> str | None:
    """Where a request comes from, as the server tells it; None where it does not, as on a Unix socket."""
    client = scope.get("client")
    return client[0] if client else None


def perspective_of(viewer: Viewer, name: str | None) -> Perspective:
    """The perspective that a header or a WebSocket's first message names; without one, what the viewer is here for.

    Raises:
        Unacceptable: there is no such perspective.
    """
    if name is None:
        return Perspective.PUBLISHED if viewer.preview_of is None else Perspective.DRAFT
    try:
        return Perspective(name.strip().upper())
    except ValueError:
        raise Unacceptable("The perspective is published or draft.") from None


def encode(answer: object) -> bytes:
    """JSON, times in UTC with a `Z`."""
    return orjson.dumps(answer, option=orjson.OPT_UTC_Z)


def answer_of(result: ExecutionResult) -> dict[str, object]:
    """The answer's body: a request that never ran has no `data` (GraphQL, section 7.1.2)."""
    answer: dict[str, object] = {}
    if result.errors:
        answer["errors"] = told(result.errors)
    if not isinstance(result, PreExecutionError):
        answer["data"] = result.data
    if result.extensions:
        answer["extensions"] = result.extensions
    return answer


def body_of(result: ExecutionResult, most_bytes: int) -> bytes | Errors:
    """The answer as JSON; or errors, where the operation did not run or its answer is too large."""
    if isinstance(result, PreExecutionError):
        return told(result.errors or ())
    body = encode(answer_of(result))
    return body if len(body) <= most_bytes else told([answer_too_large(most_bytes)])
