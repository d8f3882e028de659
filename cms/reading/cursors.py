"""Cursors: where an item stands in an order, as the values it is sorted by and its id.

A cursor is opaque to clients. It names its order, so that one made for another order is refused rather than misread.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import orjson

from cms.kernel.clock import to_text
from cms.reading.entity import Kind
from cms.reading.request import ReadRefused

_LONGEST_CURSOR = 2048


def encode_cursor(order: str, values: Sequence[object]) -> str:
    """The cursor of an item whose sort keys hold `values`, the id last."""
    plain = [to_text(value) if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(orjson.dumps([order, *plain])).decode().rstrip("=")


def decode_cursor(cursor: str, order: str, kinds: Sequence[Kind]) -> list[object]:
    """The sort values of the item that `cursor` stands for.

    Raises:
        ReadRefused: it is no cursor, or one of another order.
    """
    try:
        found = orjson.loads(base64.b64decode(_padded(cursor), altchars=b"-_", validate=True))
        if not isinstance(found, list) or found[0] != order or len(found) != len(kinds) + 1:
            raise ReadRefused("This cursor belongs to another list or another order; start again without it.")
        return [_typed(value, kind) for value, kind in zip(found[1:], kinds, strict=True)]
    except (binascii.Error, ValueError, TypeError, IndexError, AttributeError):
        raise ReadRefused("This is not a cursor of ours; start again without it.") from None


def _padded(cursor: str) -> bytes:
    if len(cursor) > _LONGEST_CURSOR:
        raise ValueError
    return cursor.encode("ascii") + b"=" * (-len(cursor) % 4)


def _typed(value: object, kind: Kind) -> object:
    """`value` as the kind of column it is compared with; anything else would be an error in the database."""
    match kind, value:
        case Kind.INT, int() if not isinstance(value, bool) and abs(value) < 1 << 63:
            return value
        case Kind.TIME, str():
            return datetime.fromisoformat(value).astimezone(UTC)
        case Kind.KEY, str():
            return UUID(value)
        case Kind.TEXT, str() if "\0" not in value:
            return value
    raise ValueError
