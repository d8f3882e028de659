"""The shape of an answer: where in the rows each part of it comes from. Planning makes it; assembling runs it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from cms.kernel.ids import NodeType
from cms.reading.entity import Kind
from cms.reading.levels import Level


@dataclass(frozen=True, slots=True)
class Slot:
    """A column of a level's rows."""

    level: Level
    index: int


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value in every answer."""

    value: str | bool | int | None


@dataclass(frozen=True, slots=True)
class Value:
    """A column as it is; with `prefix`, the global id of the key in it. `weight` is charged for it, in bytes."""

    slot: Slot
    kind: Kind
    nullable: bool
    prefix: NodeType | None = None
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Calculated:
    """`compute(context, arguments, *values)`; `arguments` maps names to places in the request's arguments.

    With `entries`, a list of at most `most` plain objects is made, and of each the fields named there are taken.
    """

    compute: Callable[..., object]
    arguments: Mapping[str, int]
    values: tuple[Value, ...]
    weight: int
    most: int = 0
    entries: tuple[tuple[str, str], ...] = ()
    type_name: str = ""


@dataclass(frozen=True, slots=True)
class Object:
    """An object made of one row; null where the column `present` is."""

    type_name: str
    entries: tuple[tuple[str, "Shape"], ...]
    present: Slot | None = None


@dataclass(frozen=True, slots=True)
class One:
    """The row of `level` whose key (its first column) equals the owner's `link`; without a link, its only row.

    Where one is `required` and there is none, nothing can be answered.
    """

    level: Level
    link: Slot | None
    object: Object
    required: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of `level` whose first column equals the owner's `link`; without a link, all of them.

    At most `most` of them, or as many as the request's argument at `size` says. `effort` is what it costs to find them,
    in objects.
    """

    level: Level
    link: Slot | None
    object: Object
    most: int
    size: int | None = None
    effort: int = 0


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where a page stands. `next` and `previous` are slots of the owner's row that say what lies beyond, or None."""

    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The cursor of an item in the order `order`, from the level's sort columns."""

    order: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge: entries are cursors, nodes and type names."""

    entries: tuple[tuple[str, "Cursor | Object | Constant"], ...]


@dataclass(frozen=True, slots=True)
class Connection:
    """A page of the rows of `level` under the owner's `link`.

    Attributes:
        level: None where nothing but the count is wanted.
        entries: `nodes` (Object), `edges` (Edge), `pageInfo` (PageInfo), and columns or constants of the owner.
        size: the place of the page size in the request's arguments, where one more row than that was fetched.
        backwards: the page was counted from the end.
        effort: what it costs to find the rows, in objects.
        beyond: a column of the owner that says whether something lies on the far side of the cursor that was given.
    """

    level: Level | None
    link: Slot | None
    entries: tuple[tuple[str, "Object | Edge | PageInfo | Value | Constant"], ...]
    cursor: Cursor | None
    size: int
    backwards: bool
    before: Slot | None
    after: Slot | None
    effort: int = 0


@dataclass(frozen=True, slots=True)
class Mixed:
    """A list of nodes of several types: rows of `level` under `link`, each naming its node in one of `targets`."""

    level: Level
    link: Slot
    targets: tuple[tuple[Slot, One], ...]


@dataclass(frozen=True, slots=True)
class ByIds:
    """The nodes that the request's argument at `place` names, in that order; one, or a list."""

    place: int
    many: bool
    targets: Mapping[NodeType, One]


@dataclass(frozen=True, slots=True)
class First:
    """The first of these that is there; null where none is."""

    options: tuple[One, ...]


Shape: TypeAlias = Constant | Value | Calculated | Object | One | Rows | Connection | Mixed | ByIds | First
