"""Cursors of the event log: whatever a client sends, it is one of ours or is refused."""

import base64

import pytest

from cms.kernel.log_cursors import BadCursor, cursor_of, seq_of


@pytest.mark.parametrize("seq", [0, 1, 147, 2**53, 10**18 - 1])
def test_a_cursor_leads_back_to_its_event(seq: int) -> None:
    """A phone would go on from somewhere else."""
    assert seq_of(cursor_of(seq)) == seq


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "147",
        "%%%",
        "\u00e9",
        "=" * 8,
        "A" * 10_000,
        *(
            base64.urlsafe_b64encode(text.encode()).decode()
            for text in ("event:", "event:-1", "event:1.5", "event:1 ", "other:1", "event:" + "9" * 19, "event:\u0661")
        ),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """A list's cursor would be taken for an event's, or a number be more than the database can hold."""
    with pytest.raises(BadCursor):
        seq_of(text)
