"""What schemathesis is told of our API: values of our scalars, and what counts as a fault of the server.

The one thing to know: an error that is told as one (an unknown id, a missing scope, a price) is an answer. A fault is a
status of 500 and more, `INTERNAL_SERVER_ERROR`, or an answer that is no JSON.
"""

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

_MOMENTS = st.datetimes().map(lambda moment: nodes.String(f"{moment.isoformat()}Z"))
_ADDRESSES = st.text("abc./?#é ", max_size=20).map(lambda rest: nodes.String(f"https://example.org/{rest}"))
_KEY = "01890000-0000-7000-8000-000000000000"
_IDS = st.sampled_from([f"{prefix}_{_KEY}" for prefix in ("art", "aut", "com", "dis", "top", "nope")]) | st.text(
    max_size=9
)

schemathesis.graphql.scalar("DateTime", _MOMENTS | st.text(max_size=9).map(nodes.String))
schemathesis.graphql.scalar("Url", _ADDRESSES)
schemathesis.graphql.scalar("ID", _IDS.map(nodes.String))
schemathesis.graphql.scalar("JSON", st.text(max_size=9).map(nodes.String))


@schemathesis.check
def no_fault(_context: object, response: schemathesis.Response, _case: schemathesis.Case) -> None:
    """The server answers everything, and never with a fault of its own."""
    assert response.status_code < 500, f"status {response.status_code}"  # noqa: PLR2004, S101 - server errors (RFC 9110); a check says no by failing
    told = response.json()
    codes = [error["extensions"]["code"] for error in told.get("errors", ())]
    assert "INTERNAL_SERVER_ERROR" not in codes, told  # noqa: S101 - as above
    assert codes or "data" in told, told  # noqa: S101 - as above
