"""The edge: every text that programs could read in different ways is refused, and every other is read as it stands."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.kernel.limits import Limits
from schema.edge import QUERIES, Edge, Question, Unacceptable, asked

EDGE = Edge(Limits())
DEEPEST = 32
LONGEST = "9" * 19
#: Keys and texts full of what the quick look counts, and of what JSON escapes.
_TEXTS = st.text(alphabet=st.sampled_from(':"\\{},ab\n\u00e4\u2028')) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"])
)
_INTEGERS = st.integers(-(10**19) + 1, 10**19 - 1)
_VALUES = st.recursive(
    st.none() | st.booleans() | _INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


class _Pairs(list[tuple[str, Any]]):
    """An object as pairs, which may hold a key twice."""


def _written(value: object, escaped: bool) -> str:  # noqa: FBT001 - of one call
    """A value as JSON, pairs as they come."""
    if isinstance(value, _Pairs):
        pairs = (f"{json.dumps(key, ensure_ascii=escaped)} : {_written(item, escaped)}" for key, item in value)
        return "{ " + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + " ,".join(_written(item, escaped) for item in value) + "]"
    return json.dumps(value, ensure_ascii=escaped)


@given(value=_VALUES, escaped=st.booleans())
def test_what_is_sound_is_read_as_it_stands(value: object, escaped: bool) -> None:  # noqa: FBT001 - made by Hypothesis
    """An honest client would be refused for the colons in its texts, or read differently."""
    text = json.dumps(value, ensure_ascii=escaped).encode()

    assert EDGE.json(text, "The body") == json.loads(text)


@given(
    outer=st.dictionaries(_TEXTS, _TEXTS, max_size=3),
    twice=_TEXTS,
    first=_VALUES,
    second=_VALUES,
    nested=st.integers(0, 5),
    escaped=st.booleans(),
)
def test_a_key_that_stands_twice_is_always_found(
    outer: dict[str, str],
    twice: str,
    first: object,
    second: object,
    nested: int,
    escaped: bool,  # noqa: FBT001 - made by Hypothesis
) -> None:
    """What one program checks, another would run: a proxy that reads the first key lets the second through."""
    value: Any = _Pairs([*outer.items(), (twice, first), (twice, second)])
    for _ in range(nested):
        value = [value] if nested % 2 else _Pairs([("in", value)])

    with pytest.raises(Unacceptable, match=r"^The body holds the same key twice\.$"):
        EDGE.json(_written(value, escaped).encode(), "The body")


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":1}',
        b'{"a":":","a":1}',
        b'{"a:":1,"a\\u003A":2}',
        b'{"\\u0061":1,"a":2}',
        b'[{"a" :{"b"\t:\n1, "b":[]}}]',
        b'{"a":{"x":":::"},"a":{}}',
    ],
)
def test_equal_keys_are_found_however_they_are_written(text: bytes) -> None:
    """The quick look counts colons; spaces and escapes must not fool it."""
    with pytest.raises(Unacceptable, match="same key twice"):
        EDGE.json(text, "The body")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "The body is not JSON."),
        (b"{", "The body is not JSON."),
        (b"NaN", "The body is not JSON."),
        (b'{"a":Infinity}', "The body is not JSON."),
        (b"1e999", "The body is not JSON."),
        (b'"\xff"', "The body is not JSON."),
        (b'"\\ud800"', "The body is not JSON."),
        (b'"\x00"', "The body is not JSON."),
        ('{"a":1}'.encode("utf-16"), "The body is not JSON."),
        (b"[" * 5000, "The body is not JSON."),
        (b'"\\u0000"', "The body holds the character U+0000."),
        (b'{"a":["b\\u0000"]}', "The body holds the character U+0000."),
        (b'{"\\u0000":1}', "The body holds the character U+0000."),
        (f"{LONGEST}0".encode(), "The body holds a number of more than 19 digits."),
        (f"-{LONGEST}0".encode(), "The body holds a number of more than 19 digits."),
        (b'{"a":[18446744073709551616]}', "The body holds a number of more than 19 digits."),
        # It fits 64 bits, so orjson reads it as it stands; longer ones come out of it as floats.
        (b'{"a":12345678901234567890}', "The body holds a number of more than 19 digits."),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "The body is nested deeper than 32 levels."),
        (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), "The body is nested deeper than 32 levels."),
    ],
)
def test_what_is_not_sound_is_refused(text: bytes, message: str) -> None:
    """Each of these made the plain stack answer 500, or something that was never asked."""
    with pytest.raises(Unacceptable) as refused:
        EDGE.json(text, "The body")

    assert (str(refused.value), refused.value.status, refused.value.code) == (message, 400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "text",
    [
        LONGEST.encode(),
        f"-{LONGEST}".encode(),
        b"[" * DEEPEST + b"]" * DEEPEST,
        b'"\\\\u0000"',
        b'"\\u003a"',
        b"1.5e300",
        b'  {"a" : ":" }\n',
    ],
)
def test_what_is_just_within_the_limits_passes(text: bytes) -> None:
    """A limit that is off by one refuses what is promised."""
    assert EDGE.json(text, "The body") == json.loads(text)


def test_a_reading_that_only_counts_on_orjson_fails_these_checks() -> None:
    """The twin: were the edge to take what orjson takes, equal keys and long numbers would pass."""
    assert orjson.loads(b'{"a":1,"a":2}') == {"a": 2}
    assert orjson.loads(b"99999999999999999999999") == 1e23


def test_addresses_are_read_as_strictly() -> None:
    """What is refused in a body would pass in an address."""
    assert EDGE.parameters(b"query=%7Ba%7D&variables=%7B%22b%22%3A1%7D&extensions=") == {
        "query": "{a}",
        "variables": {"b": 1},
        "extensions": None,
    }
    with pytest.raises(Unacceptable, match="variables holds the same key twice"):
        EDGE.parameters(b"variables=%7B%22b%22%3A1,%22b%22%3A1%7D")
    with pytest.raises(Unacceptable) as long:
        EDGE.parameters(b"query=" + b"a" * Limits().body_bytes)
    assert (long.value.status, long.value.code) == (414, "TOO_LARGE")


def test_a_question_has_the_shape_of_one() -> None:
    """A text where an object belongs would fail somewhere deep inside."""
    assert asked({"query": "{a}", "operationName": ""}, QUERIES) == Question("{a}", allowed=QUERIES)
    assert asked({"documentId": "sha256:0"}) == Question(None, document_id="sha256:0")
    for wrong, message in (
        ([], "Send one JSON object."),
        ({}, "Send a query."),
        ({"query": 1}, "query must be a string."),
        ({"query": "{a}", "variables": "{}"}, "variables must be an object."),
        ({"query": "{a}", "extensions": []}, "extensions must be an object."),
        ({"query": "{a}", "operationName": {}}, "operationName must be a string."),
        ({"documentId": 7}, "documentId must be a string."),
    ):
        with pytest.raises(Unacceptable) as refused:
            asked(wrong)
        assert str(refused.value) == message
