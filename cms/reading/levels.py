"""Levels: the flat list that a selection compiles to, and the statement they make together.

A level is the rows of one entity in one place of the selection. It finds them from its parent's rows, which stand in
a CTE of their own; nothing nests, so depth costs no parser stack. The statement returns all levels one after another,
each row beginning with its level's number, with columns shared among levels by type.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cms.reading.dialect import Dialect, Page
from cms.reading.entity import Entity, Kind
from cms.reading.names import Names
from cms.reading.vocabulary import Perspective


@dataclass(frozen=True, slots=True)
class OnlyRow:
    """The operation itself: one row of what is asked about whole lists."""


@dataclass(frozen=True, slots=True)
class Alone:
    """Rows found by themselves: `where`, and a page of them or all."""

    where: str
    order: str = ""
    limit: str = ""


@dataclass(frozen=True, slots=True)
class ByKey:
    """The rows whose key stands in column `column` of the parent."""

    parent: "Level"
    column: int
    where: str


@dataclass(frozen=True, slots=True)
class UnderParents:
    """Rows under each row of the parent, where `names` writes the link, the condition and the order.

    `names` are the level's own, or others where the dialect finds the page first.
    """

    parent: "Level"
    column: int
    distinct: bool
    names: Names
    where: str
    order: str
    limit: str


@dataclass(frozen=True, slots=True)
class UnderOne:
    """A page of the rows under the only row of the parent; `where` knows it by `only_link`."""

    parent: "Level"
    where: str
    order: str
    limit: str


Found = OnlyRow | Alone | ByKey | UnderParents | UnderOne


@dataclass(slots=True, eq=False)
class Level:
    """The rows of an entity in one place.

    Attributes:
        columns: what is wanted of each row: SQL over the level's names, and its kind.
        unique: no entity stands in two of its rows.
        single: there is one row at most.
        heavy: columns whose texts can be long.
        sorting: columns to sort by after the rows have arrived, where the database does not keep their order.
        places: for each column, where it stands in a row of the result; known once the statement is written.
    """

    number: int
    entity: Entity | None
    perspective: Perspective
    names: Names
    found: Found = field(default_factory=OnlyRow)
    unique: bool = True
    single: bool = False
    heavy: set[int] = field(default_factory=set)
    columns: list[tuple[str, Kind]] = field(default_factory=list)
    sorting: list[tuple[int, bool]] = field(default_factory=list)
    reversed: bool = False
    places: list[int] = field(default_factory=list)

    def column(self, sql: str, kind: Kind) -> int:
        """The index of a column, added if it is new."""
        wanted = (sql, kind)
        if wanted not in self.columns:
            self.columns.append(wanted)
        return self.columns.index(wanted)


def link_name(column: int) -> str:
    """How a level names the column of its parent's rows, `p`, that links it to them."""
    return f"p.c{column}"


def only_link(parent: Level, column: int) -> str:
    """How a level names the column of its parent's only row that links it to it."""
    return f"(SELECT c{column} FROM l{parent.number})"


@dataclass(slots=True)
class Statement:
    """Writes the levels of a plan as one SQL text."""

    dialect: Dialect
    levels: list[Level]
    _slots: list[str] = field(default_factory=list)

    def write(self) -> str:
        """The statement; afterwards every level knows its `places`."""
        for level in self.levels:
            self._place(level)
        linked = ByKey | UnderParents | UnderOne
        parents = {level.found.parent.number for level in self.levels if isinstance(level.found, linked)}
        ctes, arms = [], []
        for level in self.levels:
            if level.number in parents:
                ctes.append(f"l{level.number} AS MATERIALIZED ({self._select(level, _named(level))})")
                outputs = [(f"c{index}", kind) for index, (_, kind) in enumerate(level.columns)]
                arms.append(f"SELECT {self._row(level, outputs)} FROM l{level.number}")
            elif level.columns:
                arms.append(
                    f"SELECT * FROM ({self._select(level, self._row(level, level.columns))}) AS a{level.number}"
                )
        with_ = f"WITH {', '.join(ctes)} " if ctes else ""
        return with_ + " UNION ALL ".join(arms)

    def _place(self, level: Level) -> None:
        taken: set[int] = set()
        for _, kind in level.columns:
            wanted = self.dialect.slot_type(kind)
            free = (i for i, slot_type in enumerate(self._slots) if slot_type == wanted and i not in taken)
            place = next(free, len(self._slots))
            if place == len(self._slots):
                self._slots.append(wanted)
            taken.add(place)
            level.places.append(place + 1)  # the level's number comes first

    def _row(self, level: Level, columns: Iterable[tuple[str, Kind]]) -> str:
        row = [self.dialect.padding(slot_type) for slot_type in self._slots]
        for place, (sql, kind) in zip(level.places, columns, strict=True):
            row[place - 1] = self.dialect.output(sql, kind)
        return ", ".join(f"{sql} AS s{index}" for index, sql in enumerate([str(level.number), *row]))

    def _select(self, level: Level, columns: str) -> str:
        rows = level.names.rows
        match level.found:
            case OnlyRow():
                return f"SELECT {columns}"
            case Alone(where, order, limit):
                found = f"SELECT {columns} FROM {rows()} WHERE {where}"
                if order:
                    return self.dialect.first_rows(f"{found} ORDER BY {order}", limit)
                return f"{found} LIMIT {limit}" if limit else found
            case ByKey(parent, column, where):
                keys = f"SELECT c{column} FROM l{parent.number}"
                return f"SELECT {columns} FROM {rows()} WHERE {level.names.key} IN ({keys}) AND {where}"
            case UnderOne(_, where, order, limit):
                found = f"SELECT {columns} FROM {rows()} WHERE {where} ORDER BY {order}"
                return self.dialect.first_rows(found, limit)
            case UnderParents() as under:
                return self._under_parents(under, level, columns)

    def _under_parents(self, found: UnderParents, level: Level, columns: str) -> str:
        parents = f"l{found.parent.number} AS p"
        if found.distinct:
            parents = f"(SELECT DISTINCT c{found.column} FROM l{found.parent.number}) AS p"
        if not found.limit:
            return f"SELECT {columns} FROM {parents} CROSS JOIN {level.names.rows()} WHERE {found.where}"
        return self.dialect.page_under_parents(
            Page(
                parents=parents,
                columns=columns,
                rows=level.names.rows(),
                driving=level.names.driving,
                find_rows=found.names.rows(),
                find_driving=found.names.driving,
                find_where=found.where,
                find_order=found.order,
                limit=found.limit,
            )
        )


def _named(level: Level) -> str:
    return ", ".join(f"{sql} AS c{index}" for index, (sql, _) in enumerate(level.columns))
