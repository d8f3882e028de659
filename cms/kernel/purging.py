"""Removing what has had its time: sessions, links, keys, counts; and of rows that stay, what is kept for a while only.

The one thing to know: nothing relies on this for being right. Whatever has a time looks at the clock when it is used;
here the room it takes is given back, and what was promised to be forgotten is forgotten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from tortoise.models import Model
from tortoise.queryset import QuerySet

from cms.kernel.database import Database, transaction

EVERY: Final = timedelta(days=1)
#: Few enough for nobody to wait for long behind them.
_BATCH: Final = 500

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Perishable:
    """A table whose rows have a time, or hold something that has.

    Attributes:
        table: its model.
        column: the column with the moment; a row without one stays.
        kept: for how long after that moment a row stays as it is.
        clears: the column that is emptied then, while the row stays; None where the whole row goes.
        only: conditions on the rows that it is about; all of them where there are none.
    """

    table: type[Model]
    column: str
    kept: timedelta = timedelta()
    clears: str | None = None
    only: Mapping[str, object] = field(default_factory=dict)


class Purging:
    """Removes what is past its time, once a day. Several processes may do it at once."""

    def __init__(self, perishable: Sequence[Perishable]) -> None:
        self._perishable = perishable
        self._next: datetime | None = None

    async def __call__(self, database: Database, moment: datetime) -> datetime:
        """Purge, if it is time to; when to purge again."""
        # Not longer than a period ahead: else a clock that is set back would stop it.
        if self._next is None or not moment < self._next <= moment + EVERY:
            for each in self._perishable:
                await purge(database, each, moment)
            self._next = moment + EVERY
        return self._next


async def purge(database: Database, perishable: Perishable, moment: datetime) -> int:
    """Remove from a table what is past its time at `moment`; the number of rows that this changed."""
    table, changed = perishable.table, 0
    key = table._meta.pk_attr  # noqa: SLF001 - Tortoise has no other name for it
    # By what is cleared: in the order of keys, those that were cleared long ago would be walked past each time.
    order, over = perishable.clears or key, _over(perishable, moment)
    while rows := await _purge_some(database, table.filter(**over).order_by(order).only(key), perishable.clears):
        changed += rows
    if changed:
        told = {"cleared": perishable.clears} if perishable.clears else {}
        log.info("expired rows cleared" if told else "expired rows removed", table=table.__name__, rows=changed, **told)
    return changed


async def _purge_some(database: Database, over: QuerySet[Model], clears: str | None) -> int:
    """Remove or clear the first of the rows that are over; how many. What somebody else holds waits for a day."""
    async with transaction(database):
        # SKIP LOCKED: who waits for nobody cannot be waited for by whom they wait for, such as an erasure.
        rows = await over.limit(_BATCH).select_for_update(skip_locked=True)
        due = over.model.filter(pk__in=[row.pk for row in rows])
        return await (due.update(**{clears: None}) if clears else due.delete()) if rows else 0


def _over(perishable: Perishable, moment: datetime) -> dict[str, Any]:
    """The conditions on a row that is past its time; one that was cleared is so no more."""
    over: dict[str, Any] = {f"{perishable.column}__lt": moment - perishable.kept, **perishable.only}
    return over | ({f"{perishable.clears}__not_isnull": True} if perishable.clears else {})
