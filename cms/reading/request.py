"""What was asked, in words of our own: selections, and arguments whose values may still come from variables.

The shape of an argument (which fields are there, which enum values, which flags) is fixed when the operation is
compiled; the values are `Leaf`s, read again from the variables of each request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar value: `value` in the document itself, or at `path` in the variables.

    `sample` is the value the operation was compiled with; only what is part of the shape may be read from it.
    """

    sample: object
    path: Path | None = None

    def read(self, variables: Mapping[str, object]) -> object:
        """The value in this request."""
        if self.path is None:
            return self.sample
        value: object = variables
        for step in self.path:
            value = value[step]  # type: ignore[index] # the shape promises a mapping or a list here
        return value


@dataclass(frozen=True, slots=True)
class LeafList:
    """A list of scalars written in the document, some of them variables."""

    items: tuple[Leaf, ...]

    def read(self, variables: Mapping[str, object]) -> list[object]:
        """The values in this request."""
        return [item.read(variables) for item in self.items]


#: An argument's value: an input object, a list of them, a flag or enum value or null (fixed), or a leaf.
Value: TypeAlias = "Leaf | LeafList | Mapping[str, Value] | Sequence[Value] | bool | str | None"


@dataclass(frozen=True, slots=True)
class Requested:
    """A field that was asked for: under `key` in the answer, with what is wanted of it for each possible type."""

    key: str
    name: str
    arguments: Mapping[str, Value] = field(default_factory=dict)
    selections: Mapping[str, "Selection"] = field(default_factory=dict)
    type_names: tuple[str, ...] = ()

    @property
    def selection(self) -> "Selection":
        """What is wanted of a field that has one possible type."""
        return next(iter(self.selections.values()))


@dataclass(frozen=True, slots=True)
class Selection:
    """The fields wanted of one object type, in the order of the answer; `key`s are unique."""

    type_name: str
    fields: tuple[Requested, ...]


class ReadRefused(Exception):
    """The operation cannot be read as it stands; nothing was sent to the database.

    Attributes:
        message: for the client.
        scope: the scope that is missing, where that is the reason.
    """

    def __init__(self, message: str, scope: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.scope = scope


class AnswerTooLarge(Exception):
    """The database was stopped: what it found is more than one answer may hold."""


class TookTooLong(Exception):
    """The database was stopped: it worked for longer than this caller may keep it."""
