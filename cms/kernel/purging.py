"""Removing what has had its time: sessions, links, keys, counts; and of rows that stay, what is kept for a while only.

The one thing to know: nothing relies on this for being right. Whatever has a time looks at the clock when it is used;
here the room it takes is given back, and what was promised to be forgotten is forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from tortoise.models import Model

from cms.kernel.database import Database

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
    """

    table: type[Model]
    column: str
    kept: timedelta = timedelta()
    clears: str | None = None


class Purging:
    """Removes what is past its time, once a day. Several processes may do it at once."""

    def __init__(self, perishable: Sequence[Perishable]) -> None:
        self._perishable = perishable
        self._next: datetime | None = None

    async def __call__(self, _database: Database, moment: datetime) -> datetime:
        """Purge, if it is time to; when to purge again."""
        # Not longer than a period ahead: else a clock that is set back would stop it.
        if self._next is None or not moment < self._next <= moment + EVERY:
            for each in self._perishable:
                await purge(each, moment)
            self._next = moment + EVERY
        return self._next


async def purge(perishable: Perishable, moment: datetime) -> int:
    """Remove from a table what is past its time at `moment`; the number of rows that this changed."""
    table, changed = perishable.table, 0
    key = table._meta.pk_attr  # noqa: SLF001 - Tortoise has no other name for it
    # By what is cleared: in the order of keys, those that were cleared long ago would be walked past each time.
    order, over = perishable.clears or key, _over(perishable, moment)
    while keys := await table.filter(**over).order_by(order).limit(_BATCH).values_list(key, flat=True):
        # Asked once more: what was renewed meanwhile stays.
        due = table.filter(**over, pk__in=keys)
        changed += await (due.update(**{perishable.clears: None}) if perishable.clears else due.delete())
    if changed:
        told = {"cleared": perishable.clears} if perishable.clears else {}
        log.info("expired rows cleared" if told else "expired rows removed", table=table.__name__, rows=changed, **told)
    return changed


def _over(perishable: Perishable, moment: datetime) -> dict[str, Any]:
    """The conditions on a row that is past its time; one that was cleared is so no more."""
    over: dict[str, Any] = {f"{perishable.column}__lt": moment - perishable.kept}
    return over | ({f"{perishable.clears}__not_isnull": True} if perishable.clears else {})
