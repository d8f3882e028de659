"""What clients are told when an operation does not run: coded, brief, and never more of their own words than needed."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import uuid4

import structlog
from graphql import GraphQLError, OperationType

from cms.kernel.limits import Budget
from cms.reading.pricing import Price
from cms.reading.reader import TooExpensive
from cms.reading.request import ReadRefused

log = structlog.get_logger()

MOST_ERRORS = 5
INTERNAL = "INTERNAL_SERVER_ERROR"
_LONGEST_ECHO = 80
_LONG = "(a long text)"
_LONGEST_MESSAGE = 400
#: What repeats the client: texts in quotes, what follows `found`, and whatever has no space in it.
_ECHOES = re.compile(r"""'[^']*'|"[^"]*"|(?<=found: ).+|(?<=found ).+|\S+""", re.DOTALL)


class Refused(Exception):
    """The operation cannot run; `errors` say why, to the client. `kinds` are what it would have been, where known."""

    def __init__(self, errors: list[GraphQLError], kinds: AbstractSet[OperationType] = frozenset()) -> None:
        super().__init__(errors[0].message)
        self.errors = errors
        self.kinds = kinds


def refusal(message: str, code: str, **extensions: object) -> GraphQLError:
    """An error of the whole request, with its code."""
    return GraphQLError(message, extensions={"code": code, **extensions})


def coded(errors: Sequence[GraphQLError], code: str) -> list[GraphQLError]:
    """Errors that graphql-core found, as clients are told of them: with a code, and cut short."""
    return [
        GraphQLError(_short(error.message), nodes=error.nodes, source=error.source, positions=error.positions,
                     path=error.path, extensions={"code": code})
        for error in errors[:MOST_ERRORS]
    ]  # fmt: skip


def _short(message: str) -> str:
    """A message in which nothing that was sent is repeated at length, and that is short itself."""
    brief = _ECHOES.sub(lambda found: echo(found[0]), message)
    return brief if len(brief) <= _LONGEST_MESSAGE else f"{brief[:_LONGEST_ECHO]}..."


def echo(text: str) -> str:
    """Something that a client sent, as we may repeat it."""
    return text if len(text) <= _LONGEST_ECHO else _LONG


def read_refusal(error: ReadRefused) -> GraphQLError:
    """What the client is told of a read that was refused."""
    if error.scope is None:
        return refusal(error.message, "BAD_USER_INPUT")
    return refusal(error.message, "FORBIDDEN", scope=str(error.scope))


def too_expensive(error: TooExpensive) -> GraphQLError:
    """What it costs, what it may cost, and where to save."""
    price, budget = error.price, error.budget
    places = [
        {
            "path": echo(".".join(dear.path)),  # The names in it are the client's aliases.
            "objects": dear.price.objects,
            "bytes": dear.price.size_bytes,
            "times": dear.times,
        }
        for dear in error.dearest
    ]
    return refusal(
        f"This operation could return {price.objects:,} objects of {price.size_bytes:,} bytes; {budget.objects:,} "
        f"objects and {budget.size_bytes:,} bytes are allowed. Ask for smaller pages or fewer fields, first of all in "
        f"{places[0]['path'] or 'the operation itself'}.",
        "TOO_EXPENSIVE",
        cost=cost(error.price, error.budget),
        dearest=places,
    )


def cost(price: Price, budget: Budget) -> Mapping[str, object]:
    """The price and the budget, as `extensions.cost` tells them."""
    return {
        "estimated": {"objects": price.objects, "bytes": price.size_bytes},
        "limit": {"objects": budget.objects, "bytes": budget.size_bytes},
    }


def took_too_long(budget: Budget) -> GraphQLError:
    """The database was stopped, for want of time."""
    return refusal(f"This operation takes longer than {budget.seconds} seconds. Ask for less at once.", "TOOK_TOO_LONG")


def answer_too_large(most_bytes: int) -> GraphQLError:
    """The answer was not sent, or not even read to its end."""
    return refusal(f"The answer is larger than {most_bytes:,} bytes. Ask for less at once.", "ANSWER_TOO_LARGE")


def masked(request_id: str) -> GraphQLError:
    """A fault of ours."""
    return refusal("Something went wrong on our side.", INTERNAL, requestId=request_id)


def halfway(error: GraphQLError, key: str, done: Sequence[str]) -> GraphQLError:
    """An error of one field of a mutation, where others were done before it: whoever asks again asks for the rest."""
    message = f"{error.message} What stands before it in the operation was done, and nothing after it."
    return GraphQLError(message, path=[key], extensions={**(error.extensions or {}), "done": list(done)})


def told(errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
    """Errors as clients get them: at most 5, each with its code and the id under which the log has the request.

    What is not coded was not foreseen: it is logged whole and masked.
    """
    extensions = [error.extensions or {} for error in errors[:MOST_ERRORS]]
    request_id = next((str(found["requestId"]) for found in extensions if "requestId" in found), new_request_id())
    listed = []
    for error, found in zip(errors, extensions, strict=False):
        if "code" not in found:
            log.error("operation failed", request_id=request_id, exc_info=error.original_error or error)
            unknown = masked(request_id)
            error, found = unknown, unknown.extensions or {}  # noqa: PLW2901 - what is told in its place
        listed.append({**error.formatted, "extensions": {**found, "requestId": request_id}})
    codes = [str(found.get("code", INTERNAL)) for found in extensions]
    if codes != [INTERNAL] * len(codes):  # Faults of ours are in the log already.
        log.info("refused", request_id=request_id, codes=codes)
    return listed


def new_request_id() -> str:
    """The name of one request, in answers and in the log."""
    return uuid4().hex
