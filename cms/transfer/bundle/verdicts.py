"""What becomes of what a bundle holds, and why something of it stays out."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What becomes of a whole."""

    NEW = "NEW"
    SAME = "SAME"
    OUT = "OUT"


class Why(StrEnum):
    """Why a whole stays out."""

    DIFFERS = "DIFFERS"
    DELETED = "DELETED"
    TAKEN = "TAKEN"
    TRANSLATED = "TRANSLATED"
    CIRCLES = "CIRCLES"
    LACKING = "LACKING"
    ALIVE = "ALIVE"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A whole that stays out; `label` is what people call it, where it is called something."""

    kind: str
    key: str
    why: Why
    label: str | None
