"""What schemathesis makes operations of: values that exist, mixed with values that nobody would think of.

The one thing to know: schemathesis loads this in an environment of its own, in which there is no Masthead. `bench.fuzz`
says in a file what exists; without it nearly every operation would be about nothing, or refused for its page size.
"""

import json
import os
from datetime import UTC
from pathlib import Path
from typing import Any

import graphql
import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

_KNOWN = json.loads(Path(os.environ["FUZZ_KNOWN"]).read_text(encoding="utf-8"))
#: Of sizes, pages and counts most are small, and versions smaller: a write that names another is refused.
_MOST, _MOST_VERSIONS = 100, 3

_texts = st.text(max_size=40)
_counts = st.integers(1, _MOST_VERSIONS) | st.integers(1, _MOST)
_moments = st.one_of(
    st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.isoformat()),
    st.sampled_from(["2026-02-30T00:00:00Z", "2026-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]),
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), inner),
    max_leaves=5,
)


def _node(value: Any) -> graphql.ValueNode:  # noqa: ANN401 - what JSON can hold
    """A JSON value as a document writes it."""
    if isinstance(value, list):
        return nodes.List([_node(item) for item in value])
    if isinstance(value, dict):
        return nodes.Object(
            [
                graphql.ObjectFieldNode(name=graphql.NameNode(value=name), value=_node(item))
                for name, item in value.items()
            ]
        )
    return nodes.Null if value is None else _LEAVES[type(value)](value)


_LEAVES = {bool: nodes.Boolean, int: nodes.Int, float: nodes.Float, str: nodes.String}

schemathesis.graphql.scalar("DateTime", (_moments | _texts).map(nodes.String))
schemathesis.graphql.scalar("URL", (st.just("https://example.org/a?b=c#d") | _texts).map(nodes.String))
schemathesis.graphql.scalar("JSON", _json.map(_node))
schemathesis.graphql.scalar("ID", (st.sampled_from(_KNOWN["ids"]) | _texts).map(nodes.String))
schemathesis.graphql.scalar("String", (st.sampled_from(_KNOWN["texts"]) | _texts).map(nodes.String))
schemathesis.graphql.scalar("Int", (_counts | st.integers(-(2**31), 2**31 - 1)).map(nodes.Int))


@schemathesis.check
def no_fault(_context: object, response: schemathesis.Response, _case: schemathesis.Case) -> None:
    """The server answers everything, and never with a fault of its own; an error that is told as one is an answer."""
    assert response.status_code < 500, f"status {response.status_code}"  # noqa: PLR2004, S101 - server errors (RFC 9110); a check says no by failing
    told = response.json()
    codes = [error["extensions"]["code"] for error in told.get("errors", ())]
    assert "INTERNAL_SERVER_ERROR" not in codes, told  # noqa: S101 - as above
    assert codes or "data" in told, told  # noqa: S101 - as above
