"""Checking what is stored: small checks, each of which tells what is wrong and, where it can be worked out again, how.

The one thing to know: a check only looks. What mends a fault travels with the fault, and is called when somebody asks
for it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from cms.kernel.database import Database, transaction
from cms.kernel.settings import Settings

Mend = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is checked: a database, and the settings it is served with."""

    database: Database
    settings: Settings


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong.

    Attributes:
        what: one line for whoever runs the server; it names ids, and quotes no content.
        mend: makes it right; None where only a person can say what would be right.
    """

    what: str
    mend: Mend | None = None


#: The first line of its docstring says what it is for.
Check = Callable[[Ground], AsyncIterator[Fault]]


@dataclass(frozen=True, slots=True)
class Found:
    """A fault, by the name of the check that found it, and whether it is mended by now."""

    check: str
    what: str
    is_mended: bool


async def find_faults(
    ground: Ground, checks: Sequence[Check], *, mend: bool, tell: Callable[[int, int, str], None]
) -> list[Found]:
    """What the checks find, in their order.

    Args:
        ground: where they look.
        checks: which.
        mend: whether to make right what can be worked out again.
        tell: is told before each check how many are done, of how many, and its name.
    """
    found = []
    for done, check in enumerate(checks, 1):
        tell(done, len(checks), check.__name__)
        # All of them first: a check does not look on while what it looks at is changed.
        for fault in [each async for each in check(ground)]:
            if mend and fault.mend is not None:
                async with transaction(ground.database):
                    await fault.mend()
            found.append(Found(check.__name__, fault.what, mend and fault.mend is not None))
    return found


class _Rehearsed(Exception):
    """Ends a transaction whose work is not to stay."""

    def __init__(self, rows: int) -> None:
        self.rows = rows


async def rehearsed(database: Database, work: Callable[[], Awaitable[int]]) -> int:
    """How many rows `work` would change, learned by doing it and taking it back."""
    try:
        return await _taken_back(database, work)
    except _Rehearsed as done:
        return done.rows


async def _taken_back(database: Database, work: Callable[[], Awaitable[int]]) -> NoReturn:
    async with transaction(database):
        raise _Rehearsed(await work())
