"""What an event tells of a change: each field by its name in the API, what it said before and what it says now.

The one thing to know: a feature says once, in a mapping, how each of its fields is told; what a stale writer is shown
of the others' changes comes from there.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from cms.kernel.clock import to_text
from cms.kernel.errors import FieldChange
from cms.kernel.ids import GlobalId, NodeType

#: By the name of a field in the API, how a row says it, as JSON can.
Telling: TypeAlias = Mapping[str, Callable[[Any], object]]


def said(row: object, telling: Telling) -> dict[str, object]:
    """What a row says, by the names of its fields; take it before the row is changed, and after."""
    return {name: read(row) for name, read in telling.items()}


def changes_between(
    before: Mapping[str, object], after: Mapping[str, object], *, untold: Collection[str] = ()
) -> list[FieldChange]:
    """The fields that differ. What was not there before is null, and so are both sides of what is `untold`."""
    differing = [name for name, value in after.items() if before.get(name) != value]
    return [
        {"field": name, "before": None, "after": None}
        if name in untold
        else {"field": name, "before": before.get(name), "after": after[name]}
        for name in differing
    ]


def id_of(node_type: NodeType, key: UUID | None) -> str | None:
    """A key as the API says it."""
    return None if key is None else str(GlobalId(node_type, key))


def time_of(moment: datetime | None) -> str | None:
    """A moment as the API says it."""
    return None if moment is None else to_text(moment)
