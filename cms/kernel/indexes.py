"""Indexes over some of a table's rows, on both databases."""

from collections.abc import Sequence
from typing import Any

from tortoise.indexes import Index


class PartialIndex(Index):
    """An index over the rows for which `condition` holds. Tortoise's own takes equalities alone.

    Args:
        fields: names of fields or of columns.
        name: at most 60 characters, unique in the database.
        condition: SQL that means the same on both databases: comparisons of text and NULL, `(flag)` or `(NOT flag)` for
            booleans. It comes from our source, never from input.
    """

    def __init__(self, *, fields: Sequence[str], name: str, condition: str) -> None:
        super().__init__(fields=tuple(fields), name=name)
        self.condition = condition
        self.extra = f" WHERE {condition}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """What a migration file writes."""
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "condition": self.condition}
