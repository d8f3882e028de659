"""The edge: what a request must be before anything reads a meaning into it. Every transport passes here.

JSON is read by orjson, which refuses what RFC 8259 does not know (NaN, half of a surrogate pair, bytes that are not
UTF-8) but keeps the last of two equal keys and rounds long numbers. Whether there was any such thing is told from the
colons, at a hundredth of what a second reading costs; only where it may have been is the text read again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson
from strawberry.types.graphql import OperationType

from cms.kernel.limits import Limits

#: Begins the escapes of a colon and of U+0000, which the quick look does not tell from what they stand for.
_ESCAPE = b"\\u00"
_MOST_PARAMETERS = 10
#: No integer below it has more digits than any limit that makes sense.
_SURELY_SHORT = 10**9


class Unacceptable(Exception):
    """A request that holds no question to answer: `status` and `code` for programs, the message for people."""

    def __init__(self, message: str, status: int = 400, code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Question(NamedTuple):
    """What a request asks; `allowed` is None where every kind of operation may run."""

    query: str | None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None
    allowed: frozenset[OperationType] | None = None

    @property
    def is_in_address(self) -> bool:
        """Whether it came in an address: such requests may run some kinds of operations only."""
        return self.allowed is not None


QUERIES = frozenset({OperationType.QUERY})
SUBSCRIPTIONS = frozenset({OperationType.SUBSCRIPTION})


class _Doubtful(Exception):
    """The quick look cannot tell whether a value is acceptable."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Reads requests within limits."""

    limits: Limits

    def json(self, text: bytes, what: str) -> object:
        """The value that a JSON text stands for.

        Args:
            text: UTF-8.
            what: how a refusal calls it.

        Raises:
            Unacceptable: it is no JSON, or JSON that programs read in different ways.
        """
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise Unacceptable(f"{what} is not JSON.") from None
        try:
            is_plain = _ESCAPE not in text and text.count(b":") == self._colons(found, self.limits.json_depth)
        except _Doubtful:
            is_plain = False
        return found if is_plain else self._read_closely(text, found, what)

    def _colons(self, value: Any, depth: int) -> int:  # noqa: ANN401 - what JSON can hold
        """The colons in the text of a value: one for each key, and those inside its keys and texts.

        Raises:
            _Doubtful: it holds a number that may have been longer, or is nested too deeply.
        """
        kind = type(value)
        if kind is str:
            found: int = value.count(":")
            return found
        if kind is dict and depth:
            keyed: int = len(value) + sum(
                [key.count(":") + self._colons(item, depth - 1) for key, item in value.items()]
            )
            return keyed
        if kind is list and depth:
            return sum([self._colons(item, depth - 1) for item in value])
        if value is None or kind is bool or (kind is int and abs(value) < _SURELY_SHORT):
            return 0
        raise _Doubtful

    def _read_closely(self, text: bytes, found: object, what: str) -> object:
        """Read the text again, pair by pair and number by number."""
        self._check(found, what, self.limits.json_depth)

        def pairs_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
            whole = dict(pairs)
            if len(whole) < len(pairs):
                raise Unacceptable(f"{what} holds the same key twice.")
            return whole

        def number(digits: str) -> int:
            if len(digits.removeprefix("-")) > self.limits.integer_digits:
                raise Unacceptable(f"{what} holds a number of more than {self.limits.integer_digits} digits.")
            return int(digits)

        return json.loads(text, object_pairs_hook=pairs_of, parse_int=number)

    def _check(self, value: object, what: str, depth: int) -> None:
        if isinstance(value, str) and "\0" in value:
            raise Unacceptable(f"{what} holds the character U+0000.")
        if isinstance(value, dict | list):
            if depth == 0:
                raise Unacceptable(f"{what} is nested deeper than {self.limits.json_depth} levels.")
            for item in [*value.keys(), *value.values()] if isinstance(value, dict) else value:
                self._check(item, what, depth - 1)

    def parameters(self, query_string: bytes) -> dict[str, object]:
        """The parameters of an address, those that are JSON already read.

        Raises:
            Unacceptable: they are too long, no UTF-8, or one is there twice.
        """
        if len(query_string) > self.limits.body_bytes:
            raise Unacceptable("The address is too long.", 414, "TOO_LARGE")
        try:
            pairs = parse_qsl(
                query_string.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
            )
        except UnicodeDecodeError:
            raise Unacceptable("The address is not UTF-8.") from None
        except ValueError:
            raise Unacceptable(f"The address has more than {_MOST_PARAMETERS} parameters.") from None
        given: dict[str, object] = dict(pairs)
        if len(given) < len(pairs):
            raise Unacceptable("The address holds the same parameter twice.")
        if any("\0" in value for _, value in pairs):
            raise Unacceptable("The address holds the character U+0000.")
        for name in ("variables", "extensions"):
            text = given.get(name)
            given[name] = self.json(str(text).encode(), name) if text else None
        return given


def asked(found: object, allowed: frozenset[OperationType] | None = None) -> Question:
    """What was sent, over whichever transport, as a question.

    Raises:
        Unacceptable: it has not the shape of one.
    """
    if not isinstance(found, dict):
        raise Unacceptable("Send one JSON object.")
    query, name, document_id = (_text(found, key) for key in ("query", "operationName", "documentId"))
    variables, extensions = (_object(found, key) for key in ("variables", "extensions"))
    if not (query or document_id or (extensions and "persistedQuery" in extensions)):
        raise Unacceptable("Send a query.")
    return Question(query or None, variables, name or None, extensions, document_id, allowed)


def _text(found: Mapping[str, object], key: str) -> str | None:
    value = found.get(key)
    if value is not None and not isinstance(value, str):
        raise Unacceptable(f"{key} must be a string.")
    return value


def _object(found: Mapping[str, object], key: str) -> dict[str, Any] | None:
    value = found.get(key)
    if value is not None and not isinstance(value, dict):
        raise Unacceptable(f"{key} must be an object.")
    return value
