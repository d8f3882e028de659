"""Removing rows whose time is over: sessions, links, keys, counts.

The one thing to know: nothing relies on this. Whatever has a time looks at the clock when it is used; here only the
room it takes is given back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from tortoise.models import Model

from cms.kernel.database import Database

EVERY: Final = timedelta(days=1)
#: Few enough for nobody to wait for long behind them.
_BATCH: Final = 500

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Perishable:
    """A table whose rows have a time.

    Attributes:
        table: its model.
        column: the column with the moment; a row without one stays.
        kept: for how long after that moment a row stays.
    """

    table: type[Model]
    column: str
    kept: timedelta = timedelta()


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
    """Remove the rows of a table that are past their time at `moment`; how many there were."""
    table, removed = perishable.table, 0
    key = table._meta.pk_attr  # noqa: SLF001 - Tortoise has no other name for it
    over = {f"{perishable.column}__lt": moment - perishable.kept}
    while keys := await table.filter(**over).order_by(key).limit(_BATCH).values_list(key, flat=True):
        # Asked once more: what was renewed meanwhile stays.
        removed += await table.filter(**over, pk__in=keys).delete()
    if removed:
        log.info("expired rows removed", table=table.__name__, rows=removed)
    return removed
