"""Filters as SQL. A filter that is unknown, forbidden or null is refused, never ignored."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from cms.kernel.ids import parse_global_id
from cms.kernel.text import escape_like, fold
from cms.kernel.viewer import Viewer
from cms.reading.binding import Binder, Fixed, Reader
from cms.reading.entity import Entity, Filter, FilterField, FlagFilter, Kind, RelationFilter, Source
from cms.reading.names import Names
from cms.reading.request import Leaf, LeafList, ReadRefused, Value
from cms.reading.vocabulary import Perspective

NEVER = "1 = 0"
ALWAYS = "1 = 1"
_LONGEST_PATTERN = 1000
_MOST_CONDITIONS = 100
_JOINS = frozenset({"and", "or", "not"})
_COMPARISONS = {"eq": "=", "ne": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def all_of(conditions: Sequence[str]) -> str:
    """Every one of them; true when there is none."""
    return " AND ".join(condition for condition in conditions if condition) or ALWAYS


def reader(value: Value, convert: Callable[[object], object] | None = None) -> Reader:
    """What binds `value`: read from each request's variables, or the same always.

    `convert` is applied to what a leaf holds; what is fixed by the shape is as it should be.
    """
    if not isinstance(value, Leaf | LeafList):
        return Fixed(value)
    if isinstance(value, Leaf) and value.path is None:
        return Fixed(value.sample if convert is None else convert(value.sample))
    if convert is None:
        return lambda request: value.read(request.variables)
    return lambda request: convert(value.read(request.variables))


def conditions_in(wanted: Value) -> int:
    """How many conditions a filter holds, whatever they are joined by."""
    if isinstance(wanted, Mapping):
        return sum(conditions_in(inner) for inner in wanted.values()) if wanted else 1
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        return sum(conditions_in(inner) for inner in wanted)
    return 1


def speaks_of(wanted: Value, fields: Collection[str]) -> bool:
    """Whether a filter names one of `fields`, at whatever depth, for or against."""
    if isinstance(wanted, Mapping):
        own = {name: inner for name, inner in wanted.items() if name in _JOINS}
        return not wanted.keys().isdisjoint(fields) or any(speaks_of(inner, fields) for inner in own.values())
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        return any(speaks_of(inner, fields) for inner in wanted)
    return False


def check_size(wanted: Value) -> None:
    """Refuse a filter of more conditions than a statement should hold.

    Raises:
        ReadRefused: it does.
    """
    if conditions_in(wanted) > _MOST_CONDITIONS:
        raise ReadRefused(f"A filter holds at most {_MOST_CONDITIONS} conditions.")


@dataclass(frozen=True, slots=True)
class FilterWriter:
    """Writes the conditions of filters for one statement."""

    binder: Binder
    entities: Mapping[str, Entity]
    viewer: Viewer
    perspective: Perspective
    names: Callable[[Source, Perspective], Names]

    def write(self, entity: Entity, wanted: Value, names: Names) -> str:
        """The condition that a filter's fields make together: all of them.

        Raises:
            ReadRefused: the viewer may not filter by one of them, or a value is null.
        """
        if not isinstance(wanted, Mapping):
            raise ReadRefused("A filter may not be null; leave it out instead.")
        return all_of([self._field(entity, name, value, names) for name, value in wanted.items()])

    def _field(self, entity: Entity, name: str, value: Value, names: Names) -> str:
        if value is None:
            raise ReadRefused(f"{name} in a filter may not be null; leave it out, or use isNull.")
        match name:
            case "not":
                # Whatever does not hold, be it for want of a value: NOT alone would leave such rows out of either side.
                return f"({self.write(entity, value, names)}) IS NOT TRUE"
            case "and" | "or" if isinstance(value, Sequence) and not isinstance(value, str):
                parts = [f"({self.write(entity, part, names)})" for part in value]
                return " AND ".join(parts) or ALWAYS if name == "and" else f"({' OR '.join(parts) or NEVER})"
        return self._known(entity, name, value, names)

    def _known(self, entity: Entity, name: str, value: Value, names: Names) -> str:
        field = entity.filters.get(name)
        if field is None:
            raise ReadRefused(f"{entity.name} cannot be filtered by {name}.")
        match field:
            case RelationFilter():
                return self._relation(field, value, names)
            case FlagFilter():
                self._check(field, name)
                return f"({names.sql(field.sql)})" if value is True else f"NOT ({names.sql(field.sql)})"
            case Filter():
                self._check(field, name)
                return self._filter(field, value, names)

    def _check(self, field: FilterField, name: str) -> None:
        scope = None if isinstance(field, RelationFilter) else field.needs
        if not self.viewer.may(scope):
            raise ReadRefused(f"To filter by {name} you need the scope {scope}.", scope)

    def _relation(self, field: RelationFilter, value: Value, names: Names) -> str:
        target = self.entities[field.target]
        source = target.sources[self.perspective]
        inner = self.names(source, self.perspective)
        where = all_of(
            [
                inner.sql(source.when),
                inner.sql(target.visible(self.viewer, self.perspective)),
                self.write(target, {field.by: value} if field.by else value, inner),
            ]
        )
        related = self.binder.dialect.related
        if field.through is None:
            return related(names.sql(field.sql), inner.key, f"FROM {inner.rows()} WHERE {where}")
        table, owner, other = field.through
        link = self.names(Source(table, "link", key=other), self.perspective)
        linked = related(f"{link.driving}.{other}", inner.key, f"FROM {inner.rows()} WHERE {where}")
        condition = all_of([link.sql(field.condition), linked])
        return related(names.sql(field.sql), f"{link.driving}.{owner}", f"FROM {link.rows()} WHERE {condition}")

    def _filter(self, field: Filter, value: Value, names: Names) -> str:
        if isinstance(value, Mapping):
            return all_of([self._operator(field, name, operand, names) for name, operand in value.items()])
        if isinstance(value, Sequence) and not isinstance(value, str):
            options = [self._compare(field, "=", option, names) for option in value]
            return f"({' OR '.join(options) or NEVER})"
        return self._ids(field, value, names) if field.prefix else self._compare(field, "=", value, names)

    def _operator(self, field: Filter, operator: str, operand: Value, names: Names) -> str:
        if operand is None:
            raise ReadRefused(f"{operator} in a filter may not be null; leave it out, or use isNull.")
        sql = names.sql(field.sql)
        match operator:
            case "isNull":
                return f"{sql} IS NULL" if operand is True else f"{sql} IS NOT NULL"
            case "in" | "notIn":
                among = self._among(field, operand, names)
                return among if operator == "in" else f"NOT {among}"
            case "contains" | "startsWith":
                start = "%" if operator == "contains" else ""
                pattern = reader(operand, lambda text: f"{start}{escape_like(fold(_short(text)))}%")
                return rf"{names.sql(field.folded or '')} LIKE {self.binder.bind(Kind.TEXT, pattern)} ESCAPE '\'"
        return self._compare(field, _COMPARISONS[operator], operand, names)

    def _compare(self, field: Filter, operator: str, operand: Value, names: Names) -> str:
        if field.prefix is not None:
            return self._ids(field, operand, names)
        if field.folded is not None:
            folded = self.binder.bind(field.kind, reader(operand, lambda text: fold(str(text))))
            return f"{names.sql(field.folded)} {operator} {folded}"
        return f"{names.sql(field.sql)} {operator} {self.binder.bind(field.kind, reader(operand))}"

    def _ids(self, field: Filter, operand: Value, names: Names) -> str:
        """Equality with a global id; one of another type, or of none, equals nothing."""
        placeholder = self.binder.bind(field.kind, reader(operand, lambda found: _keys(field, [found])), many=True)
        return self.binder.dialect.is_in(names.sql(field.sql), placeholder)

    def _among(self, field: Filter, operand: Value, names: Names) -> str:
        convert = None if field.prefix is None else (lambda found: _keys(field, found))
        if field.folded is not None:
            convert = _folded
        placeholder = self.binder.bind(field.kind, reader(operand, convert), many=True)
        return self.binder.dialect.is_in(names.sql(field.folded or field.sql), placeholder)


def _folded(found: object) -> list[str]:
    return [fold(str(text)) for text in found] if isinstance(found, list) else []


def _short(text: object) -> str:
    """A text to search for. SQLite compares with patterns of up to 50,000 bytes only."""
    if len(str(text)) > _LONGEST_PATTERN:
        raise ReadRefused(f"A text to search for has at most {_LONGEST_PATTERN} characters.")
    return str(text)


def _keys(field: Filter, found: object) -> list[str]:
    """The keys of those of the ids that name something of the filter's type."""
    ids = found if isinstance(found, list) else []
    parsed = [parse_global_id(str(text)) for text in ids]
    return [str(node.key) for node in parsed if node is not None and node.type is field.prefix]
