"""Planning a list of rows under each row of a parent: a plain list, or a connection with pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cms.reading import shapes
from cms.reading.binding import Reader
from cms.reading.conditions import NEVER, all_of, conditions_in, reader, speaks_of
from cms.reading.entity import ArgumentCondition, Entity, Kind, Many, NodeCondition, Source
from cms.reading.levels import Alone, Level, UnderOne, UnderParents, link_name, only_link
from cms.reading.lookups import key_reader, prefixes
from cms.reading.names import Names
from cms.reading.ordering import Order, PageWanted, cursor_values, order_of, page_wanted, size_reader
from cms.reading.request import Leaf, Requested, Value
from cms.reading.vocabulary import Perspective

if TYPE_CHECKING:
    from cms.reading.planning import Planner

#: Counting goes through an index, and takes a third of what going through the rows does.
_COUNTS_TO_A_SCAN = 3
_ROWS = frozenset({"nodes", "edges", "page_info"})
_Entry = shapes.Object | shapes.Edge | shapes.PageInfo | shapes.Value | shapes.Constant


@dataclass(slots=True)
class ManyPlanner:
    """Plans one field that lists rows of another entity."""

    planner: "Planner"
    parent: Level
    found: Many
    asked: Requested
    _order: Order = field(init=False)

    def __post_init__(self) -> None:
        # Even where nothing but the count is wanted: an order that is refused is refused wherever it is named.
        default = self.found.order if isinstance(self.found.order, str) else self.found.order[self._perspective]
        self._order = order_of(self.planner.viewer, self._entity, default, self.asked.arguments.get("orderBy"))

    def plan(self) -> shapes.Shape:
        """The shape of the list, its rows being a new level; no level where only their number is wanted."""
        if self.found.connection:
            return self._connection()
        link = self._link_column()
        level = self._level(link)
        self._rows(level, link, self._order, backwards=False, limit=self._list_limit(), conditions=self._conditions)
        self._sort(level, self._order)
        size = None if self.found.limited_by is None else self.planner.argument(self._list_size())
        rows = self._object(level, self.asked)
        return shapes.Rows(level, self._slot(link), rows, self.found.most, size, self.found.effort)

    def _list_limit(self) -> str:
        if self.found.limited_by is None:
            return str(self.found.most)
        return self.planner.binder.bind(Kind.INT, self._list_size())

    def _list_size(self) -> Reader:
        return size_reader(self.asked.arguments.get(self.found.limited_by or ""), self.found.size)

    @property
    def _perspective(self) -> Perspective:
        if self.found.perspective is not None:
            return self.found.perspective
        return self.planner.perspective_of(self.asked) if self.found.parent is None else self.parent.perspective

    @property
    def _entity(self) -> Entity:
        return self.planner.entities[self.found.target]

    @property
    def _source(self) -> Source:
        return (self.found.sources or self._entity.sources)[self._perspective]

    def _slot(self, link: int | None) -> shapes.Slot | None:
        return None if link is None else shapes.Slot(self.parent, link)

    def _object(self, level: Level, asked: Requested) -> shapes.Object:
        return self.planner.object(level, asked.selection, self._entity.fields)

    # Rows

    def _link_column(self) -> int | None:
        if self.found.parent is None:
            return None
        return self.parent.column(self.parent.names.sql(self.found.parent), Kind.KEY)

    def _level(self, link: int | None) -> Level:
        level = self.planner.level(self._entity, self._source, self._perspective)
        level.unique = link is None or (self.found.exclusive and self.parent.unique)
        # A level has a column at least, or its rows would not be sent: a client may ask of nothing but `__typename`.
        level.column(level.names.key if link is None or self._is_under_one else link_name(link), Kind.KEY)
        return level

    @property
    def _is_paged(self) -> bool:
        return self.found.connection or self.found.limited_by is not None

    @property
    def _is_under_one(self) -> bool:
        """Whether a page under a single owner is found in order and in one go, where pages are else found first."""
        return self.parent.single and self._is_paged and self.planner.dialect.finds_page_first

    def _conditions(self, names: Names) -> list[str]:
        """What holds of the rows, whichever page of them is wanted and whoever their parent is."""
        asked = self.asked.arguments
        trusted = self.found.trusted
        conditions = self.planner.visible(self._entity, names, self._perspective, trusted=trusted)
        conditions += [names.sql(condition) for condition in self.found.conditions]
        for name, condition in self.found.arguments.items():
            if asked.get(name) is not None:
                conditions.append(self._argument(condition, name, names))
        unasked = self.found.unasked
        if unasked is not None and not speaks_of(asked.get("filter"), unasked.fields):
            conditions.append(names.sql(unasked.sql))
        if "filter" in asked and asked["filter"] is not None:
            conditions.append(self.planner.filter(self._entity, asked["filter"], names, self._perspective))
        return conditions

    def _argument(self, condition: ArgumentCondition | NodeCondition, name: str, names: Names) -> str:
        value = self.asked.arguments[name]
        if isinstance(condition, NodeCondition):
            return self._node(condition, value, names)
        if isinstance(condition.sql, Mapping):
            return names.sql(condition.sql[value])
        return names.sql(condition.sql, value=self.planner.binder.bind(condition.kind, reader(value)))

    def _node(self, condition: NodeCondition, value: Value, names: Names) -> str:
        named = next((type_ for type_ in prefixes(value) if type_ in condition.sql), None)
        if named is None:
            return NEVER
        key = self.planner.binder.bind(Kind.KEY, key_reader(value, named))
        return names.sql(condition.sql[named], value=key)

    def _rows(
        self,
        level: Level,
        link: int | None,
        order: Order,
        *,
        backwards: bool,
        limit: str,
        conditions: Callable[[Names], list[str]],
    ) -> None:
        """Say how `level` finds its rows."""
        if link is None:
            where = all_of(conditions(level.names))
            level.found = Alone(where, order.by(level.names, backwards=backwards), limit)
            return
        names = level.names
        if self._is_under_one:
            linked = f"{names.sql(self.found.child or NEVER)} = {only_link(self.parent, link)}"
            where = all_of([linked, *conditions(names)])
            level.found = UnderOne(self.parent, where, order.by(names, backwards=backwards), limit)
            return
        if self._is_paged and self.planner.dialect.finds_page_first:
            names = self.planner.names(self._source, self._perspective)
        where = all_of([f"{names.sql(self.found.child or NEVER)} = {link_name(link)}", *conditions(names)])
        if not self._is_paged and self.planner.dialect.finds_page_first:
            limit = ""
        by = order.by(names, backwards=backwards)
        level.found = UnderParents(self.parent, link, not self.parent.unique, names, where, by, limit)

    def _sort(self, level: Level, order: Order) -> None:
        """Have the rows sorted after they have arrived, where the database does not keep the order under parents."""
        if not self.planner.dialect.keeps_order and isinstance(level.found, UnderParents):
            level.sorting = [(level.column(level.names.sql(key.sql), key.kind), key.descending) for key in order.keys]

    # Connections

    def _connection(self) -> shapes.Connection:
        page = page_wanted(self.asked.arguments)
        self.planner.perspective_of(self.asked)  # What may not be read may not be asked for without its items either.
        link = self._link_column()
        selection = self.asked.selection
        level = self._level(link) if _ROWS & {part.name for part in selection.fields} else None
        # The size is checked even where nothing but the count is wanted.
        size = self.planner.argument(size_reader(page.size, self.found.size))
        if level is not None:
            self._fetch(level, link, page)
        entries = tuple((part.key, self._part(part, level)) for part in selection.fields)
        page_info = any(isinstance(entry, shapes.PageInfo) for _, entry in entries)
        return shapes.Connection(
            level=level,
            link=self._slot(link),
            entries=entries,
            cursor=self._cursor(level) if level is not None and self._wants_cursors("page_info") else None,
            size=size,
            backwards=page.backwards,
            before=self._beyond(page.after, backwards=True) if page_info else None,
            after=self._beyond(page.before, backwards=False) if page_info else None,
            effort=self._effort(page),
        )

    def _effort(self, page: PageWanted) -> int:
        """What it costs to find the rows, in objects: filters, other orders and counts look at rows they do not return.

        Each condition is charged for each time the rows are gone through: for the page, for each count, and for what
        lies beyond each cursor.
        """
        counts = len(self._parts("total_count"))
        beyond = sum(cursor is not None for cursor in (page.after, page.before)) if self._parts("page_info") else 0
        rows = bool(_ROWS & {part.name for part in self.asked.selection.fields})
        wanted = self.asked.arguments.get("filter")
        conditions = 0 if wanted is None else conditions_in(wanted)
        scans = conditions * (rows + counts + beyond) + (rows and self.asked.arguments.get("orderBy") is not None)
        return self.found.effort + self.found.scan * scans + (self.found.scan // _COUNTS_TO_A_SCAN) * counts

    def _fetch(self, level: Level, link: int | None, page: PageWanted) -> None:
        """Have the page fetched, and one row more where somebody asks whether there is more."""
        order, extra = self._order, int(self._wants_more())

        def conditions(names: Names) -> list[str]:
            written = self._conditions(names)
            for cursor, backwards in ((page.after, False), (page.before, True)):
                if cursor is not None:
                    values = cursor_values(self.planner.binder, order, cursor)
                    written.append(order.beyond(names, values, backwards=backwards))
            return written

        limit = page.limit(self.planner.binder, self.found.size, extra=extra)
        self._rows(level, link, order, backwards=page.backwards, limit=limit, conditions=conditions)
        self._sort(level, order)
        level.reversed = page.backwards and not level.sorting

    def _wants_more(self) -> bool:
        wanted = {field.name for part in self._parts("page_info") for field in part.selection.fields}
        return bool(wanted & {"has_next_page", "has_previous_page"})

    def _wants_cursors(self, name: str) -> bool:
        wanted = {field.name for part in self._parts(name) for field in part.selection.fields}
        return bool(wanted & {"start_cursor", "end_cursor"})

    def _parts(self, name: str) -> list[Requested]:
        return [part for part in self.asked.selection.fields if part.name == name]

    def _part(self, part: Requested, level: Level | None) -> _Entry:
        match part.name:
            case "total_count":
                return self._total()
            case "__typename":
                return shapes.Constant(self.asked.selection.type_name)
            case "page_info":
                names = tuple((field.key, field.name) for field in part.selection.fields)
                return shapes.PageInfo(names)
        if level is None:
            raise AssertionError(part.name)
        return self._object(level, part) if part.name == "nodes" else self._edge(part, level)

    def _edge(self, part: Requested, level: Level) -> shapes.Edge:
        entries: list[tuple[str, shapes.Cursor | shapes.Object | shapes.Constant]] = []
        for inner in part.selection.fields:
            if inner.name == "cursor":
                entries.append((inner.key, self._cursor(level)))
            elif inner.name == "node":
                entries.append((inner.key, self._object(level, inner)))
            else:
                entries.append((inner.key, shapes.Constant(part.selection.type_name)))
        return shapes.Edge(tuple(entries))

    def _cursor(self, level: Level) -> shapes.Cursor:
        order = self._order
        values = [
            shapes.Value(shapes.Slot(level, level.column(level.names.sql(key.sql), key.kind)), key.kind, nullable=False)
            for key in order.keys
        ]
        return shapes.Cursor(order.name, tuple(values))

    # What is asked of the whole list stands in the owner's row

    def _under_owner(self, extra: Callable[[Names], list[str]]) -> str:
        """FROM and WHERE of all rows under the owner's row, with `extra` conditions."""
        names = self.planner.names(self._source, self._perspective)
        conditions = [*self._conditions(names), *extra(names)]
        if self.found.parent is not None:
            owner = self.parent.names.sql(self.found.parent)
            conditions.append(f"{names.sql(self.found.child or NEVER)} = {owner}")
        where = all_of(conditions)
        return f"FROM {names.rows()} WHERE {where}"

    def _total(self) -> shapes.Value:
        sql = f"(SELECT count(*) {self._under_owner(lambda _names: [])})"
        return shapes.Value(shapes.Slot(self.parent, self.parent.column(sql, Kind.INT)), Kind.INT, nullable=False)

    def _beyond(self, cursor: Leaf | None, *, backwards: bool) -> shapes.Slot | None:
        """Whether there is something on the far side of a cursor, the item itself included."""
        if cursor is None:
            return None
        order = self._order
        values = cursor_values(self.planner.binder, order, cursor)
        rows = self._under_owner(lambda names: [order.beyond(names, values, backwards=backwards, inclusive=True)])
        return shapes.Slot(self.parent, self.parent.column(f"(EXISTS (SELECT 1 {rows}))", Kind.BOOL))
