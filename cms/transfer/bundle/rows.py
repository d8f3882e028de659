"""Rows as lines of JSON, the same from both databases."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import orjson
from tortoise.fields import BooleanField, Field

from cms.kernel.clock import to_text
from cms.kernel.fields import IdField, JsonTextField, TimeField
from cms.transfer.bundle.tables import CREDENTIALS, Kept

#: Texts that are JSON: in a line they stand as they are, and not as text within text.
_JSON_ENDINGS: Final = ("_blocks", "weights")


def columns_of(kept: Kept, *, with_credentials: bool) -> tuple[str, ...]:
    """What bundles tell of the rows of a table."""
    left = () if with_credentials else CREDENTIALS.get(kept.name, ())
    return tuple(column for column in kept.fields if column not in left)


def is_json(column: str, field: Field[Any]) -> bool:
    """Whether a column holds JSON as text."""
    return isinstance(field, JsonTextField) or column.endswith(_JSON_ENDINGS)


def writer_of(kept: Kept, names: Sequence[str]) -> Callable[[Iterable[Sequence[Any]]], bytes]:
    """What makes lines of rows, as either driver tells them."""
    says = [(name, _saying(name, kept.fields[name])) for name in names]

    def line(row: Sequence[Any]) -> bytes:
        told = {name: None if value is None else say(value) for (name, say), value in zip(says, row, strict=True)}
        return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)

    return lambda rows: b"".join(map(line, rows))


def _saying(name: str, field: Field[Any]) -> Callable[[Any], object]:
    if isinstance(field, IdField):
        return str
    if isinstance(field, TimeField):
        # SQLite keeps the very text.
        return lambda value: value if isinstance(value, str) else to_text(value)
    if isinstance(field, BooleanField):
        return bool
    if is_json(name, field):
        return orjson.Fragment
    return lambda value: value
