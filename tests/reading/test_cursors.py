"""Cursors: what goes in comes out, and what did not come from here never comes out as something."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.reading.cursors import decode_cursor, encode_cursor
from cms.reading.entity import Kind
from cms.reading.request import ReadRefused

_ID = "5d3cda27-f446-5d19-910e-8a964e167e5e"
_KINDS = [Kind.TIME, Kind.INT, Kind.TEXT, Kind.KEY]
_AT = datetime(2026, 2, 25, 12, 0, 0, 123456, tzinfo=UTC)


def test_values_survive() -> None:
    """To the microsecond, whichever database they came from: SQLite brings times as text."""
    expected = [_AT, 7, "é %_\\", UUID(_ID)]
    from_postgres = encode_cursor("Article.X", [_AT, 7, "é %_\\", _ID])
    from_sqlite = encode_cursor("Article.X", ["2026-02-25T12:00:00.123456Z", 7, "é %_\\", _ID])

    assert from_postgres == from_sqlite
    assert decode_cursor(from_sqlite, "Article.X", _KINDS) == expected


@given(
    st.datetimes(timezones=st.just(timezone(timedelta(hours=5)))), st.integers(-(2**62), 2**62), st.text(), st.uuids()
)
def test_any_values_survive(moment: datetime, number: int, text: str, key: UUID) -> None:
    """Whatever can stand in a sort column; U+0000 cannot."""
    text = text.encode("utf-8", "ignore").decode().replace("\0", "")
    moment = max(moment, datetime(2, 1, 1, tzinfo=UTC)).astimezone(UTC)
    cursor = encode_cursor("X", [moment, number, text, str(key)])
    assert decode_cursor(cursor, "X", _KINDS) == [moment, number, text, key]


def test_a_cursor_goes_through_an_address_unchanged() -> None:
    """It needs no escaping in a URL (RFC 4648, section 5)."""
    cursors = "".join(encode_cursor("X", [chr(code) * size]) for code in range(0x20, 0x2000, 7) for size in (1, 2, 3))
    assert set("=+/&?#% ").isdisjoint(cursors)


_WRONG = [
    encode_cursor("Article.Y", [_AT, 7, "a", _ID]),
    encode_cursor("Article.X", [_AT, 7, "a"]),
    encode_cursor("Article.X", [_AT, 7, "a", _ID, _ID]),
    encode_cursor("Article.X", [_AT, True, "a", _ID]),
    encode_cursor("Article.X", [_AT, 1.5, "a", _ID]),
    encode_cursor("Article.X", [_AT, 1 << 63, "a", _ID]),
    encode_cursor("Article.X", [_AT, 7, "a\0", _ID]),
    encode_cursor("Article.X", [_AT, 7, None, _ID]),
    encode_cursor("Article.X", ["soon", 7, "a", _ID]),
    encode_cursor("Article.X", [_AT, 7, "a", "soon"]),
    encode_cursor("Article.X", [_AT, 7, "a", 5]),
    encode_cursor("Article.X", [_AT, 7, "a" * 4000, _ID]),
    "",
    "=",
    "é",
    "W10",  # []
    "e30",  # {}
    "not a cursor",
]


@pytest.mark.parametrize("cursor", _WRONG, ids=range(len(_WRONG)))
def test_anything_else_is_refused(cursor: str) -> None:
    """Another order, other columns, values that are none of the column's: no error of the database can come of it."""
    with pytest.raises(ReadRefused):
        decode_cursor(cursor, "Article.X", _KINDS)


@given(st.text(max_size=60))
def test_no_text_breaks_decoding(cursor: str) -> None:
    """Whatever a client sends is refused, not a fault of ours."""
    with pytest.raises(ReadRefused):
        decode_cursor(cursor, "Article.X", _KINDS)
