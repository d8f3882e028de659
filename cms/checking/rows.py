"""What checks share: going through a table in parts, and naming what is in it."""

from collections.abc import AsyncIterator
from typing import Final, TypeVar
from uuid import UUID

from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.mixins import Identified

Row = TypeVar("Row", bound=Identified)

#: So few rows at a time that no table has to fit into memory: 50,000 comments take as much as 200.
AT_ONCE: Final = 200
_FIRST: Final = UUID(int=0)


async def in_parts(model: type[Row], *columns: str, **wanted: object) -> AsyncIterator[list[Row]]:
    """The rows of a table in the order of their ids, some at a time; with all columns, or these."""
    last = _FIRST
    while True:
        chosen = model.filter(id__gt=last, **wanted).order_by("id").limit(AT_ONCE)
        some: list[Row] = await (chosen.only("id", *columns) if columns else chosen)
        if not some:
            return
        yield some
        last = some[-1].id


def name_of(type_: NodeType, key: UUID) -> str:
    """What the API calls it."""
    return str(GlobalId(type_, key))
