"""Orders and the pages cut from them. The id is always the last sort key, in the direction of the one before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cms.kernel.viewer import Viewer
from cms.reading.binding import Bindable, Binder, Fixed, Reader, mapped
from cms.reading.conditions import reader
from cms.reading.cursors import decode_cursor
from cms.reading.entity import LARGEST_PAGE, Entity, Kind, OrderKey
from cms.reading.names import Names
from cms.reading.request import Leaf, ReadRefused, Value

_MOST_SORT_KEYS = 5


@dataclass(frozen=True, slots=True)
class Order:
    """Sort keys under a name that cursors carry: what is sorted, and by which keys."""

    name: str
    keys: tuple[OrderKey, ...]

    @property
    def kinds(self) -> list[Kind]:
        """What the sort values are, the id last."""
        return [key.kind for key in self.keys]

    def by(self, names: Names, *, backwards: bool = False) -> str:
        """The ORDER BY list."""
        return ", ".join(
            f"{names.sql(key.sql)} {'DESC' if key.descending is not backwards else 'ASC'}" for key in self.keys
        )

    def beyond(self, names: Names, values: Sequence[str], *, backwards: bool, inclusive: bool = False) -> str:
        """What comes after the item with the sort `values` (before it, going `backwards`)."""
        columns = [names.sql(key.sql) for key in self.keys]
        down = [key.descending is not backwards for key in self.keys]
        if len(set(down)) == 1:
            operator = ("<" if down[0] else ">") + ("=" if inclusive else "")
            return f"({', '.join(columns)}) {operator} ({', '.join(values)})"
        condition = f"{columns[-1]} = {values[-1]}" if inclusive else "1 = 0"
        for column, value, less in reversed(list(zip(columns, values, down, strict=True))):
            condition = f"({column} {'<' if less else '>'} {value} OR ({column} = {value} AND {condition}))"
        return condition


def order_of(viewer: Viewer, entity: Entity, default: str, wanted: Value) -> Order:
    """The order that an `orderBy` argument asks for: the name of one, or fields with directions; else the `default`.

    The default is held to its scopes as well: rows in an order tell what they are sorted by, whoever chose it, and
    cursors hold it. Where no viewer is named, nobody sorts by more than everybody may.

    Raises:
        ReadRefused: too many sort keys, or one that the viewer may not sort by.
    """
    if isinstance(wanted, str):
        return _order(entity, wanted, _keys(entity, wanted, viewer))
    if not isinstance(wanted, Sequence) or not wanted:
        return _order(entity, default, _keys(entity, default, viewer))
    if len(wanted) > _MOST_SORT_KEYS:
        raise ReadRefused(f"orderBy takes at most {_MOST_SORT_KEYS} fields.")
    named, keys = [], []
    for item in wanted:
        field, descending = _item(item)
        named.append(f"{field}.{'DESC' if descending else 'ASC'}")
        keys += [replace(key, descending=descending) for key in _keys(entity, field, viewer)]
    return _order(entity, ",".join(named), tuple(keys))


def _keys(entity: Entity, name: str, viewer: Viewer) -> tuple[OrderKey, ...]:
    keys = entity.orders[name]
    for key in keys:
        if not viewer.may(key.needs):
            raise ReadRefused(f"To sort by {name} you need the scope {key.needs}.", key.needs)
    return keys


def _item(item: Value) -> tuple[str, bool]:
    if not isinstance(item, Mapping):
        raise ReadRefused("orderBy may not hold null.")
    return str(item["field"]), item.get("direction") == "DESC"


def _order(entity: Entity, name: str, keys: tuple[OrderKey, ...]) -> Order:
    return Order(f"{entity.name}.{name}", (*keys, OrderKey(entity.tie, Kind.KEY, keys[-1].descending)))


@dataclass(frozen=True, slots=True)
class PageWanted:
    """Which page: how many rows, from which end, after and before which cursors."""

    size: Value
    backwards: bool
    after: Leaf | None
    before: Leaf | None

    def limit(self, binder: Binder, default: int, *, extra: int) -> str:
        """The placeholder for how many rows to fetch."""
        return binder.bind(Kind.INT, mapped(size_reader(self.size, default), lambda size: int(str(size)) + extra))


def page_wanted(arguments: Mapping[str, Value]) -> PageWanted:
    """The page that a connection's arguments ask for.

    Raises:
        ReadRefused: both `first` and `last`.
    """
    first, last = arguments.get("first"), arguments.get("last")
    if first is not None and last is not None:
        raise ReadRefused("Ask for first or for last, not for both.")
    return PageWanted(
        size=last if last is not None else first,
        backwards=last is not None,
        after=_cursor(arguments.get("after")),
        before=_cursor(arguments.get("before")),
    )


def _cursor(value: Value) -> Leaf | None:
    return value if isinstance(value, Leaf) else None


def size_reader(size: Value, default: int) -> Reader:
    """What reads the page size of a request, checking that it lies between 1 and 100."""
    return mapped(reader(size), _checked) if isinstance(size, Leaf) else Fixed(default)


def _checked(size: object) -> int:
    if not isinstance(size, int) or not 1 <= size <= LARGEST_PAGE:
        raise ReadRefused(f"A page holds 1 to {LARGEST_PAGE} items.")
    return size


def cursor_values(binder: Binder, order: Order, cursor: Leaf) -> list[str]:
    """The placeholders for the sort values in a cursor."""
    return [binder.bind(kind, _cursor_reader(order, cursor, index)) for index, kind in enumerate(order.kinds)]


def _cursor_reader(order: Order, cursor: Leaf, index: int) -> Reader:
    def read(request: Bindable) -> object:
        text = str(cursor.read(request.variables))
        place = (order.name, text)
        if place not in request.decoded:
            request.decoded[place] = decode_cursor(text, order.name, order.kinds)
        return request.decoded[place][index]

    return read
