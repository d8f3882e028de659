"""Assembling: rows become the answer, through a Python function written for each plan.

One dict display for each object is the fastest that Python can build a tree. The
text of the function holds response keys (GraphQL names), type names and numbers only; every value comes from rows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, TypeAlias

import orjson

from cms.reading import shapes
from cms.reading.cursors import encode_cursor
from cms.reading.entity import LONGEST_LIST, Kind, ReadContext
from cms.reading.levels import Level
from cms.reading.planning import Plan
from cms.reading.request import ReadRefused

Row: TypeAlias = Sequence[Any]
Assemble: TypeAlias = Callable[[Iterable[Row], Sequence[object], ReadContext], dict[str, Any]]

#: The key under which an object tells its type to the executor, which cannot ask a dict; no alias can be empty.
TYPE_KEY = ""


def assembler(plan: Plan, *, typed: bool = False) -> Assemble:
    """The function that makes the answer of `plan` from rows, the request's arguments and its context.

    Args:
        plan: what was planned; its statement's rows are what the function takes.
        typed: whether each object names its type under `TYPE_KEY`.
    """
    writer = _Writer(plan, typed=typed)
    text = writer.write()
    namespace: dict[str, Any] = {**_HELPERS, **writer.functions}
    exec(compile(text, "<answer>", "exec"), namespace)  # noqa: S102 - see the module's docstring
    made: Assemble = namespace["answer"]
    return made


def _group(rows: list[Row], place: int) -> dict[object, list[Row]]:
    """Rows by what stands at `place`, in the order they come."""
    groups: dict[object, list[Row]] = {}
    for row in rows:
        try:
            groups[row[place]].append(row)
        except KeyError:
            groups[row[place]] = [row]
    return groups


def _cut(rows: list[Row], size: Any, *, backwards: bool) -> tuple[list[Row], bool]:  # noqa: ANN401 - a page size
    """The page, and whether a row more than that was there."""
    if len(rows) <= size:
        return rows, False
    return (rows[-size:] if backwards else rows[:size]), True


def _present(items: Iterable[object]) -> list[object]:
    return [item for item in items if item is not None]


def _first(*items: object) -> object:
    return next((item for item in items if item is not None), None)


def _one(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None


def _only(rows: list[Row]) -> Row:
    if not rows:
        raise ReadRefused("The site has not been founded yet: fill the database first, with `cms seed` for example.")
    return rows[0]


def _time(value: Any) -> datetime | None:  # noqa: ANN401 - text or time, as the driver has it
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    return value  # type: ignore[no-any-return] # a datetime or None


_HELPERS: Mapping[str, object] = {
    "Fragment": orjson.Fragment,
    "loads": orjson.loads,
    "group": _group,
    "cut": _cut,
    "present": _present,
    "first": _first,
    "one": _one,
    "only": _only,
    "moment": _time,
    "encode_cursor": encode_cursor,
}


class _Writer:
    """Writes the function for one plan. Rows of level 3 are called `r3`, its lists `l3`, its index `k3`."""

    def __init__(self, plan: Plan, *, typed: bool) -> None:
        self._plan = plan
        self._typed = typed
        self.functions: dict[str, object] = {}
        self._keyed: dict[int, Level] = {}
        self._grouped: dict[int, Level] = {}
        self._cursors: list[str] = []

    def write(self) -> str:
        """The source of `answer(rows, a, x)`."""
        answer = self._object(self._plan.shape, "r0")
        levels = [level for level in self._plan.levels if level.columns]
        body = [f"l{level.number} = []" for level in levels]
        body.append("add = {" + ", ".join(f"{level.number}: l{level.number}.append" for level in levels) + "}")
        body += ["for row in rows:", "    add[row[0]](row)"]
        for level in levels:
            body += self._sorts(level)
            if level.reversed:
                body.append(f"l{level.number}.reverse()")
        body += [
            f"k{number} = {{row[{level.places[0]}]: row for row in l{number}}}" for number, level in self._keyed.items()
        ]
        body += [f"k{number} = group(l{number}, {level.places[0]})" for number, level in self._grouped.items()]
        if self._plan.levels[0].columns:
            body.append("r0 = l0[0]")
        body.append(f"return {answer}")
        return "\n".join([*self._cursors, "def answer(rows, a, x):", *(f"    {line}" for line in body)])

    def _sorts(self, level: Level) -> list[str]:
        """Sorting by all keys at once, or by one after the other from the last to the first where some descend."""
        keys = [(level.places[index], descending) for index, descending in level.sorting]
        if len({descending for _, descending in keys}) == 1:
            return [self._sort(level, [place for place, _ in keys], descending=keys[0][1])]
        return [self._sort(level, [place], descending=descending) for place, descending in reversed(keys)]

    def _sort(self, level: Level, places: list[int], *, descending: bool) -> str:
        name = f"f{len(self.functions)}"
        self.functions[name] = itemgetter(*places)
        return f"l{level.number}.sort(key={name}, reverse={descending})"

    # Expressions

    def _shape(self, shape: shapes.Shape | shapes.Cursor | shapes.Edge, row: str) -> str:
        match shape:
            case shapes.Constant(value):
                return repr(value)
            case shapes.Value():
                return self._value(shape, row)
            case shapes.Calculated():
                return self._calculated(shape, row)
            case shapes.Object():
                return self._optional(shape, row)
            case shapes.One():
                return self._one(shape, self._linked(shape.link, row))
            case shapes.Rows():
                return self._rows(shape, row)
            case shapes.Connection():
                return self._connection(shape, row)
            case shapes.Mixed():
                return self._mixed(shape, row)
            case shapes.ByIds() | shapes.First():
                return self._chosen(shape)
        return self._cursor_or_edge(shape, row)

    def _cursor_or_edge(self, shape: shapes.Cursor | shapes.Edge, row: str) -> str:
        if isinstance(shape, shapes.Cursor):
            return f"{self._cursor(shape)}({row})"
        return self._display(shape.entries, row, None)

    def _place(self, slot: shapes.Slot) -> int:
        return slot.level.places[slot.index]

    def _linked(self, link: shapes.Slot | None, row: str) -> str | None:
        return None if link is None else f"{row}[{self._place(link)}]"

    def _value(self, value: shapes.Value, row: str) -> str:
        name = f"{row}[{self._place(value.slot)}]"
        if value.prefix is None:
            return self._plan.dialect.value(name, value.kind, nullable=value.nullable)
        prefixed = f'"{value.prefix.value}_" + {name}'
        return f"(None if {name} is None else {prefixed})" if value.nullable else prefixed

    def _calculated(self, shape: shapes.Calculated, row: str) -> str:
        name = f"f{len(self.functions)}"
        self.functions[name] = shape.compute
        arguments = ", ".join(f"{key!r}: a[{place}]" for key, place in shape.arguments.items())
        values = ", ".join(self._python_value(value, row) for value in shape.values)
        made = f"{name}(x, {{{arguments}}}, {values})"
        return f"[{self._plain(shape)} for i in {made}]" if shape.type_name else made

    def _plain(self, shape: shapes.Calculated) -> str:
        """What is wanted of a plain object `i`."""
        wanted = [
            f"{key!r}: {repr(shape.type_name) if name == '__typename' else f'i[{name!r}]'}"
            for key, name in shape.entries
        ]
        return "{" + ", ".join(wanted) + "}"

    def _python_value(self, value: shapes.Value, row: str) -> str:
        """What a computed field is given: times as datetimes, JSON decoded, flags as bools."""
        name = f"{row}[{self._place(value.slot)}]"
        match value.kind:
            case Kind.TIME:
                return f"moment({name})"
            case Kind.JSON:
                return f"(None if {name} is None else loads({name}))"
        return self._value(value, row)

    def _object(self, shape: shapes.Object, row: str) -> str:
        return self._display(shape.entries, row, shape.type_name)

    def _display(self, entries: Iterable[tuple[str, Any]], row: str, type_name: str | None) -> str:
        written = [f"{key!r}: {self._shape(entry, row)}" for key, entry in entries]
        if self._typed and type_name is not None:
            written.append(f"{TYPE_KEY!r}: {type_name!r}")
        return "{" + ", ".join(written) + "}"

    def _optional(self, shape: shapes.Object, row: str) -> str:
        if shape.present is None:
            return self._object(shape, row)
        return f"(None if {row}[{self._place(shape.present)}] is None else {self._object(shape, row)})"

    def _one(self, shape: shapes.One, link: str | None) -> str:
        number = shape.level.number
        row = f"r{number}"
        if link is None:
            found = f"{'only' if shape.required else 'one'}(l{number})"
        else:
            self._keyed[number] = shape.level
            found = f"k{number}.get({link})"
        return f"(None if ({row} := {found}) is None else {self._object(shape.object, row)})"

    def _list(self, level: Level, link: shapes.Slot | None, row: str) -> str:
        linked = self._linked(link, row)
        if link is None or link.level.single:
            return f"l{level.number}"
        self._grouped[level.number] = level
        return f"k{level.number}.get({linked}, ())"

    def _each(self, level: Level, made: str, rows: str) -> str:
        return f"[{made} for r{level.number} in {rows}]"

    def _rows(self, shape: shapes.Rows, row: str) -> str:
        rows = f"{self._list(shape.level, shape.link, row)}[:{shape.most}]"
        return self._each(shape.level, self._object(shape.object, f"r{shape.level.number}"), rows)

    def _mixed(self, shape: shapes.Mixed, row: str) -> str:
        inner = f"r{shape.level.number}"
        nodes = ", ".join(self._one(one, self._linked(slot, inner)) for slot, one in shape.targets)
        rows = f"{self._list(shape.level, shape.link, row)}[:{LONGEST_LIST}]"
        return f"present({self._each(shape.level, f'first({nodes})', rows)})"

    def _chosen(self, shape: shapes.ByIds | shapes.First) -> str:
        if isinstance(shape, shapes.First):
            return f"first({', '.join(self._one(one, None) for one in shape.options)})"
        chosen = "None"
        for prefix, one in shape.targets.items():
            chosen = f"({self._one(one, 'i[4:]')} if i[:4] == '{prefix.value}_' else {chosen})"
        each = f"[{chosen} for i in a[{shape.place}]]"
        return each if shape.many else f"{each}[0]"

    # Connections

    def _connection(self, shape: shapes.Connection, row: str) -> str:
        if shape.level is None:
            return self._display(shape.entries, row, None)
        rows = self._list(shape.level, shape.link, row)
        if not any(isinstance(entry, shapes.PageInfo) for _, entry in shape.entries):
            return self._page(shape, shape.level, row, rows)
        page = f"p{shape.level.number}"
        cut = f"cut({rows}, a[{shape.size}], backwards={shape.backwards})"
        # The condition of a conditional expression is evaluated first: it cuts the page that the entries then use.
        return f"({self._page(shape, shape.level, row, f'{page}[0]')} if ({page} := {cut}) else None)"

    def _page(self, shape: shapes.Connection, level: Level, row: str, rows: str) -> str:
        inner = f"r{level.number}"
        written = []
        for key, entry in shape.entries:
            if isinstance(entry, shapes.PageInfo):
                made = self._page_info(entry, shape, level, row)
            elif isinstance(entry, shapes.Object | shapes.Edge):
                made = self._each(level, self._shape(entry, inner), rows)
            else:
                made = self._shape(entry, row)
            written.append(f"{key!r}: {made}")
        return "{" + ", ".join(written) + "}"

    def _page_info(self, info: shapes.PageInfo, shape: shapes.Connection, level: Level, row: str) -> str:
        page = f"p{level.number}"
        more = f"{page}[1]"
        parts = {
            "has_next_page": self._either("False" if shape.backwards else more, shape.after, row),
            "has_previous_page": self._either(more if shape.backwards else "False", shape.before, row),
            "__typename": repr("PageInfo"),
        }
        if shape.cursor is not None:
            cursor = self._cursor(shape.cursor)
            parts["start_cursor"] = f"({cursor}({page}[0][0]) if {page}[0] else None)"
            parts["end_cursor"] = f"({cursor}({page}[0][-1]) if {page}[0] else None)"
        return "{" + ", ".join(f"{key!r}: {parts[name]}" for key, name in info.entries) + "}"

    def _either(self, more: str, beyond: shapes.Slot | None, row: str) -> str:
        return more if beyond is None else f"({more} or bool({row}[{self._place(beyond)}]))"

    def _cursor(self, shape: shapes.Cursor) -> str:
        name = f"cursor{len(self._cursors)}"
        values = ", ".join(f"r[{self._place(value.slot)}]" for value in shape.values)
        self._cursors.append(f"def {name}(r): return encode_cursor({shape.order!r}, ({values},))")
        return name
