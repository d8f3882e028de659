"""What a sheet is: rows of a table, what is looked up for them, and what stands in each column.

The one thing to know: what lies in the trash is in no sheet, nor is what hangs on it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar
from uuid import UUID

from tortoise.expressions import Q

from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.mixins import Identified
from cms.kernel.naming import path_at
from cms.site.models import Site
from cms.transfer.sheets.cells import Cell

Stored = TypeVar("Stored", bound=Identified)
Row = TypeVar("Row")

#: So few rows at a time that no table has to fit into memory.
AT_ONCE: Final = 500
EVERYTHING: Final = Q()
NOT_IN_THE_TRASH: Final = Q(deleted_at__isnull=True)
_FIRST: Final = UUID(int=0)
#: Between several names in one cell.
_BETWEEN: Final = "; "


@dataclass(frozen=True, slots=True)
class View:
    """The moment that is shown, and the site whose addresses are; None where none was founded."""

    moment: datetime
    site: Site | None

    def article_path(self, slug: str, locale: str) -> str | None:
        """Where an article stands on the site."""
        return path_at(self.site.article_path, slug, locale) if self.site else None

    def author_path(self, slug: str) -> str | None:
        """Where an author stands on the site."""
        return path_at(self.site.author_path, slug) if self.site else None

    def topic_path(self, slug: str) -> str | None:
        """Where a topic stands on the site."""
        return path_at(self.site.topic_path, slug) if self.site else None

    def url(self, path: str | None) -> str | None:
        """The whole address of a path."""
        return f"{self.site.url}{path}" if self.site and path else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Generic[Stored, Row]):
    """A table for people.

    Attributes:
        name: of its file, without the ending.
        model: the table that has a row for each of its rows.
        reads: the columns of that table that are asked for.
        where: which of its rows.
        look_up: makes of some rows what the columns are made of.
        columns: what stands in each, by its heading.
    """

    name: str
    model: type[Stored]
    reads: tuple[str, ...]
    where: Q
    look_up: Callable[[View, Sequence[Stored]], Awaitable[Sequence[Row]]]
    columns: Mapping[str, Callable[[View, Row], Cell]]

    async def count(self) -> int:
        """How many rows it has."""
        return await self.model.filter(self.where).count()

    async def rows(self, view: View) -> AsyncIterator[list[list[Cell]]]:
        """Its rows in the order in which they were made, some at a time."""
        last = _FIRST
        while some := await self._after(last):
            yield [[value(view, row) for value in self.columns.values()] for row in await self.look_up(view, some)]
            last = some[-1].id

    async def _after(self, last: UUID) -> list[Stored]:
        chosen = self.model.filter(self.where, id__gt=last).order_by("id").limit(AT_ONCE)
        return await chosen.only("id", *self.reads)


async def alone(_view: View, some: Sequence[Stored]) -> Sequence[Stored]:
    """The rows themselves, where they say everything."""
    return some


def id_of(type_: NodeType, key: UUID | None) -> str | None:
    """What the API calls it."""
    return None if key is None else str(GlobalId(type_, key))


def listed(names: Sequence[str]) -> str:
    """Several names in one cell."""
    return _BETWEEN.join(names)
