"""Planning: a selection and what can be read become a list of levels and the shape of the answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from cms.kernel.viewer import Scope, Viewer
from cms.reading import shapes
from cms.reading.binding import Binder, Reader, Values, values_of
from cms.reading.conditions import FilterWriter, all_of, check_size, reader
from cms.reading.dialect import Dialect
from cms.reading.entity import (
    LONGEST_LIST,
    Address,
    ByToken,
    Column,
    Computed,
    Embedded,
    Entity,
    Field,
    Itself,
    Kind,
    Lookup,
    Many,
    Nodes,
    References,
    Route,
    Source,
    ToOne,
)
from cms.reading.levels import Alone, ByKey, Level, Statement, UnderParents, link_name
from cms.reading.lookups import ids_reader, keys_of, keys_reader, lookup_conditions, opened_reader, prefixes
from cms.reading.many import ManyPlanner
from cms.reading.names import Names
from cms.reading.request import ReadRefused, Requested, Selection, Value
from cms.reading.routing import leads_somewhere, path_of, route
from cms.reading.vocabulary import Perspective

#: SQLite takes 500 SELECTs in one statement (SQLITE_MAX_COMPOUND_SELECT).
_MOST_LEVELS = 400
#: Texts that can be this long are counted when they arrive.
_HEAVY_BYTES = 1024
_NOTHING = Source(table="", alias="", key="")


@dataclass(frozen=True, slots=True)
class Plan:
    """A selection, compiled: the statement, its values and what the answer is made with, and how rows become it."""

    sql: str
    values: Values
    arguments: Values
    levels: tuple[Level, ...]
    shape: shapes.Object
    dialect: Dialect

    @property
    def heavy(self) -> tuple[int, ...]:
        """Where long texts stand in the rows of the statement."""
        return tuple(sorted({level.places[index] for level in self.levels for index in level.heavy}))


@dataclass(slots=True)
class Planner:
    """Plans one statement for one kind of viewer."""

    dialect: Dialect
    entities: Mapping[str, Entity]
    viewer: Viewer
    perspective: Perspective
    binder: Binder = field(init=False)
    levels: list[Level] = field(default_factory=list)
    arguments: list[Reader] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.binder = Binder(self.dialect, self.viewer)

    def plan(self, selection: Selection) -> Plan:
        """The plan for what is wanted of the operation's root.

        Raises:
            ReadRefused: the viewer may not have it, or it makes no sense.
        """
        self._check_perspective(self.perspective)
        root = self.level(None, _NOTHING, self.perspective)
        root.single = True
        shape = self.object(root, selection, self.entities[selection.type_name].fields)
        sql = Statement(self.dialect, self.levels).write()
        return Plan(
            sql, values_of(self.binder.readers), values_of(self.arguments), tuple(self.levels), shape, self.dialect
        )

    # What the parts of a plan are made of

    def names(self, source: Source, perspective: Perspective) -> Names:
        """Names that nothing else in the statement has."""
        return Names(source, perspective, str(next(self._numbers)), self.binder)

    def level(self, entity: Entity | None, source: Source, perspective: Perspective) -> Level:
        """A new level, at the end of the list.

        Raises:
            ReadRefused: there are too many.
        """
        if len(self.levels) == _MOST_LEVELS:
            raise ReadRefused(f"One operation can ask for at most {_MOST_LEVELS} lists and objects; send several.")
        level = Level(len(self.levels), entity, perspective, self.names(source, perspective))
        self.levels.append(level)
        return level

    def filter(self, entity: Entity, wanted: Value, names: Names, perspective: Perspective) -> str:
        """The condition of a filter.

        Raises:
            ReadRefused: it holds too much, or something that this viewer may not filter by.
        """
        check_size(wanted)
        writer = FilterWriter(self.binder, self.entities, self.viewer, perspective, self.names)
        return writer.write(entity, wanted, names)

    def perspective_of(self, asked: Requested) -> Perspective:
        """The perspective that a field asks for, or that of the whole request.

        Raises:
            ReadRefused: the viewer may not have it.
        """
        wanted = asked.arguments.get("perspective")
        perspective = self.perspective if wanted is None else Perspective(str(wanted))
        self._check_perspective(perspective)
        return perspective

    def _check_perspective(self, perspective: Perspective) -> None:
        allowed = self.viewer.may(Scope.CONTENT_PREVIEW) or self.viewer.preview_of is not None
        if perspective is Perspective.DRAFT and not allowed:
            raise ReadRefused("The DRAFT perspective needs the scope CONTENT_PREVIEW.", Scope.CONTENT_PREVIEW)

    def visible(self, entity: Entity, names: Names, perspective: Perspective, *, trusted: bool) -> list[str]:
        """What holds of every row of the entity that this viewer may see.

        Whoever holds a preview link is shown an article that need not be public; what stands under it has to be, and is
        never taken on trust.
        """
        conditions = [names.sql(names.source.when), names.sql(entity.visible(self.viewer, perspective))]
        if not trusted or self.viewer.preview_of is not None:
            conditions.append(names.sql(entity.anchor(self.viewer, perspective)))
        if entity.leads_by:
            conditions.append(leads_somewhere(self, entity, names, perspective))
        return conditions

    def argument(self, read: Reader) -> int:
        """The place of a value that the answer is made with, among the request's arguments."""
        self.arguments.append(read)
        return len(self.arguments) - 1

    # Objects and their fields

    def object(
        self, level: Level, selection: Selection, fields: Mapping[str, Field], present: shapes.Slot | None = None
    ) -> shapes.Object:
        """The shape of an object whose fields stand in the rows of `level`."""
        entries = tuple((asked.key, self._field(level, selection, fields, asked)) for asked in selection.fields)
        return shapes.Object(selection.type_name, entries, present)

    def _field(self, level: Level, selection: Selection, fields: Mapping[str, Field], asked: Requested) -> shapes.Shape:
        if asked.name == "__typename":
            return shapes.Constant(selection.type_name)
        found = fields[asked.name]
        self._check(selection.type_name, asked.name, getattr(found, "needs", None))
        match found:
            case Column():
                return self._value(level, found)
            case Computed():
                return self._computed(level, found, asked)
            case Embedded():
                return self._embedded(level, found, asked)
            case Address():
                path = path_of(self, found, level.names, level.perspective)
                return self._value(level, Column(path, nullable=False))
            case Itself():
                return self._itself(level, asked)
        return self._beyond(level, found, asked)

    def _beyond(
        self, level: Level, found: ToOne | Many | References | Lookup | Nodes | ByToken | Route, asked: Requested
    ) -> shapes.Shape:
        """The shape of a field that leads to rows of its own."""
        match found:
            case ToOne():
                return self._to_one(level, found, asked)
            case Many():
                return ManyPlanner(self, level, found, asked).plan()
            case References():
                return self._references(level, found, asked)
            case Lookup():
                return self._lookup(found, asked)
            case Nodes():
                return self._nodes(found, asked)
            case ByToken():
                return self._opened(found, asked)
            case Route():
                return route(self, found, asked)

    def _check(self, type_name: str, name: str, needs: Scope | None) -> None:
        if not self.viewer.may(needs):
            raise ReadRefused(f"{type_name}.{name} needs the scope {needs}.", needs)

    def _value(self, level: Level, found: Column, **given: str) -> shapes.Value:
        index = level.column(level.names.sql(found.sql, **given), found.kind)
        weight = found.kind.usual_bytes if found.weight is None else found.weight
        if weight >= _HEAVY_BYTES:
            level.heavy.add(index)
        return shapes.Value(shapes.Slot(level, index), found.kind, found.nullable, found.prefix, weight)

    def _computed(self, level: Level, found: Computed, asked: Requested) -> shapes.Calculated:
        given = {
            name: self.binder.bind(bound.kind, reader(asked.arguments.get(name), bound.convert))
            for name, bound in found.bound.items()
        }
        values = tuple(self._value(level, part, **given) for part in found.columns)
        places = {name: self.argument(reader(value)) for name, value in asked.arguments.items()}
        if not found.plain:
            return shapes.Calculated(found.compute, places, values, found.weight)
        entries = tuple((part.key, part.name) for part in asked.selection.fields)
        return shapes.Calculated(
            found.compute, places, values, found.weight * found.most, found.most, entries, asked.selection.type_name
        )

    def _embedded(self, level: Level, found: Embedded, asked: Requested) -> shapes.Object:
        present = None
        if found.present is not None:
            present = self._value(level, found.present).slot
        return self.object(level, asked.selection, found.fields, present)

    def _itself(self, level: Level, asked: Requested) -> shapes.Object:
        if level.entity is None:
            raise TypeError(f"{asked.name} stands in no row")
        return self.object(level, asked.selections[level.entity.name], level.entity.fields)

    # One row of another entity

    def _to_one(self, level: Level, found: ToOne, asked: Requested) -> shapes.One:
        given = {name: self._one_argument(asked.arguments.get(name), kind) for name, kind in found.arguments.items()}
        column = level.column(level.names.sql(found.sql, **given), Kind.KEY)
        return self._by_key(level, column, self.entities[found.target], found.source, asked.selection)

    def _one_argument(self, value: Value, kind: Kind) -> str:
        if value is None and kind is Kind.TIME:
            return self.binder.word("now") or ""
        return self.binder.bind(kind, reader(value))

    def _by_key(
        self, parent: Level, column: int, entity: Entity, source: Source | None, selection: Selection
    ) -> shapes.One:
        chosen = source or entity.sources[parent.perspective]
        level = self.level(entity, chosen, parent.perspective)
        level.column(level.names.key, Kind.KEY)
        where = all_of(self.visible(entity, level.names, parent.perspective, trusted=False))
        level.found = ByKey(parent, column, where)
        return shapes.One(level, shapes.Slot(parent, column), self.object(level, selection, entity.fields))

    def _lookup(self, found: Lookup, asked: Requested) -> shapes.One:
        entity = self.entities[found.target]
        perspective = self.perspective_of(asked)
        level = self.level(entity, entity.sources[perspective], perspective)
        where = [*lookup_conditions(self.binder, found, asked, level.names)]
        where += self.visible(entity, level.names, perspective, trusted=False)
        level.found = Alone(all_of(where), limit="1")
        level.single = True
        level.column(level.names.key, Kind.KEY)
        # What is found without being named is the only one of its kind, and the API promises that it is there.
        shape = self.object(level, asked.selection, entity.fields)
        return shapes.One(level, None, shape, required=not found.by)

    # Nodes of several types

    def _nodes(self, found: Nodes, asked: Requested) -> shapes.ByIds:
        value = asked.arguments["ids" if found.many else "id"]
        perspective = self.perspective_of(asked)
        place = self.argument(ids_reader(value))
        targets = {}
        for prefix in prefixes(value):
            entity = next((one for one in self.entities.values() if one.node_type is prefix), None)
            if entity is not None and entity.name in asked.selections:
                targets[prefix] = self._node(entity, perspective, value, asked.selections[entity.name])
        return shapes.ByIds(place, found.many, targets)

    def _node(self, entity: Entity, perspective: Perspective, value: Value, selection: Selection) -> shapes.One:
        level = self.level(entity, entity.sources[perspective], perspective)
        level.column(level.names.key, Kind.KEY)
        keys = self.binder.bind(Kind.KEY, keys_reader(value, entity.node_type), many=True)
        where = [self.dialect.is_in(level.names.key, keys)]
        level.found = Alone(all_of(where + self.visible(entity, level.names, perspective, trusted=False)))
        return shapes.One(level, None, self.object(level, selection, entity.fields))

    def _opened(self, found: ByToken, asked: Requested) -> shapes.ByIds:
        entity, perspective = self.entities[found.target], self.perspective_of(asked)
        ids = opened_reader(asked.arguments[found.argument], found.prefix, found.key_of)
        level = self.level(entity, entity.sources[perspective], perspective)
        level.column(level.names.key, Kind.KEY)
        keys = self.binder.bind(Kind.KEY, keys_of(ids, found.prefix), many=True)
        where = [self.dialect.is_in(level.names.key, keys)]
        level.found = Alone(all_of(where + self.visible(entity, level.names, perspective, trusted=False)))
        one = shapes.One(level, None, self.object(level, asked.selection, entity.fields))
        return shapes.ByIds(self.argument(ids), many=True, targets={found.prefix: one})

    def _references(self, level: Level, found: References, asked: Requested) -> shapes.Mixed:
        link = level.column(level.names.sql(found.parent), Kind.KEY)
        owner = self.entities[found.entity]
        rows = self.level(owner, owner.sources[level.perspective], level.perspective)
        position = rows.names.sql(found.position)
        rows.column(link_name(link), Kind.KEY)
        rows.sorting = [(rows.column(position, Kind.INT), False)]
        linked = f"{rows.names.sql(found.child)} = {link_name(link)}"
        where = all_of([linked, *self.visible(owner, rows.names, level.perspective, trusted=False)])
        limit = "" if self.dialect.finds_page_first else str(LONGEST_LIST)
        rows.found = UnderParents(level, link, not level.unique, rows.names, where, position, limit)
        targets = []
        for name, sql in found.targets.items():
            column = rows.column(rows.names.sql(sql), Kind.KEY)
            target = self._by_key(rows, column, self.entities[name], None, asked.selections[name])
            targets.append((shapes.Slot(rows, column), target))
        return shapes.Mixed(rows, shapes.Slot(level, link), tuple(targets))
