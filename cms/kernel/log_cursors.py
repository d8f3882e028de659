"""Cursors of the event log: where somebody who listened has come to, for going on from there.

A cursor is opaque to clients. It holds a number, which nobody else learns anything from that matters.
"""

import base64
import binascii
import re
from typing import Final

_NUMBER: Final = re.compile(rb"event:([0-9]{1,18})")
_LONGEST: Final = 64


class BadCursor(Exception):
    """A text that is no cursor of the event log."""


def cursor_of(seq: int) -> str:
    """The cursor of an event."""
    return base64.urlsafe_b64encode(f"event:{seq}".encode()).decode().rstrip("=")


def seq_of(cursor: str) -> int:
    """The number of the event that a cursor stands for.

    Raises:
        BadCursor: it stands for none.
    """
    if len(cursor) > _LONGEST:
        raise BadCursor
    try:
        plain = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadCursor from None
    found = _NUMBER.fullmatch(plain)
    if found is None:
        raise BadCursor
    return int(found[1])
