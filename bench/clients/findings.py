"""What is tried, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cms.kernel.database import Dialect


class Sabotage(StrEnum):
    """What can be broken, so that it must be found: clients forget where they were, or a server waits for ever."""

    FORGET = "forget"
    PATIENCE = "patience"


@dataclass(frozen=True, slots=True)
class Trial:
    """How to go about it.

    Attributes:
        dialect: of the database.
        seed: of when lines are cut, and which.
        sabotage: what is broken, if anything.
    """

    dialect: Dialect
    seed: int
    sabotage: Sabotage | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the table.

    Attributes:
        what: was promised.
        figures: that were measured.
        broken: what was not as it should be; empty where the promise holds.
    """

    what: str
    figures: str
    broken: Sequence[str] = ()
