"""Every field of the API is paired with what can be read, for the same audience, or the schema is not built.

So is every field of a filter with what filters, and every order key with what sorts. Types that stand for no entity
(connections, the parts of a row, plain objects) are paired through the field that leads to them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
)

from cms.kernel.viewer import Scope
from cms.reading.entity import (
    Embedded,
    Entity,
    Field,
    FilterField,
    Itself,
    Many,
    Nodes,
    References,
    RelationFilter,
    Route,
)
from schema.audience import Element, needs_of
from schema.declaring import order_enums
from schema.fields import python_name

#: What joins the conditions of a filter; each holds filters of the same type.
_JOINING = frozenset({"and", "or", "not"})


class Unpaired(Exception):
    """Parts of the schema that nothing answers, or that differ in who may use them; the message lists them."""


def python_names(schema: GraphQLSchema) -> dict[tuple[str, str], str]:
    """The name that the Python side uses for each field, by type and field."""
    return {
        (type_.name, name): python_name(name, found)
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
        for name, found in type_.fields.items()
    }


def check_pairs(schema: GraphQLSchema, entities: Mapping[str, Entity]) -> None:
    """Hold the schema's Query, and what can be given to its fields, against what can be read.

    Raises:
        Unpaired: listing what does not fit.
    """
    wrong = sorted(set(_Pairing(schema, entities).wrong()))
    if wrong:
        raise Unpaired("; ".join(wrong))


def _differing(coordinate: str, declared: Element, *enforced: Scope | None) -> Iterator[str]:
    """What is wrong where the schema declares one audience and what answers enforces another."""
    if {needs_of(declared)} != (set(enforced) - {None} or {None}):
        yield f"{coordinate} and what answers it differ in the scope they need"


@dataclass(slots=True)
class _Pairing:
    """Walks from Query to every type it leads to, and tells what does not fit."""

    schema: GraphQLSchema
    entities: Mapping[str, Entity]
    names: Mapping[tuple[str, str], str] = field(init=False)
    seen: set[tuple[str, int | str]] = field(default_factory=set)
    held: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.names = python_names(self.schema)

    def wrong(self) -> Iterator[str]:
        """Everything that does not fit."""
        root = self.schema.query_type
        if root is not None:
            yield from self._object(root, self.entities["Query"].fields)
        yield from self._never_held()

    # What is asked for

    def _object(self, type_: GraphQLObjectType, fields: Mapping[str, Field]) -> Iterator[str]:
        """What is wrong with a type whose fields are answered by `fields`, and with the types it leads to."""
        # A type may be answered in several ways: each of them has to fit.
        if (type_.name, id(fields)) in self.seen:
            return
        self.seen.add((type_.name, id(fields)))
        for name, asked in type_.fields.items():
            coordinate = f"{type_.name}.{name}"
            found = fields.get(self.names[type_.name, name])
            if found is None:
                yield f"{coordinate} is answered by nothing"
                continue
            yield from _differing(coordinate, asked, getattr(found, "needs", None))
            yield from self._below(asked, found)
            if isinstance(found, Many):
                yield from self._given(asked, found.target)

    def _below(self, asked: GraphQLField, found: Field) -> Iterator[str]:
        type_ = get_named_type(asked.type)
        if isinstance(found, Embedded) and isinstance(type_, GraphQLObjectType):
            yield from self._object(type_, found.fields)
        elif isinstance(found, Many) and found.connection and isinstance(type_, GraphQLObjectType):
            yield from self._entity(get_named_type(type_.fields["nodes"].type), found.target)
        elif isinstance(found, Nodes | References | Route | Itself) and is_abstract_type(type_):
            for possible in self.schema.get_possible_types(type_):
                yield from self._entity(possible, possible.name)
        elif hasattr(found, "target"):
            yield from self._entity(type_, found.target)

    def _entity(self, type_: object, target: str) -> Iterator[str]:
        entity = self.entities.get(target)
        if entity is None:
            yield f"there is no entity {target}"
        elif isinstance(type_, GraphQLObjectType):
            yield from self._object(type_, entity.fields)

    # What is given

    def _given(self, asked: GraphQLField, target: str) -> Iterator[str]:
        """What is wrong with the filter and the orders of a list of `target`."""
        entity = self.entities.get(target)
        if entity is None:
            return
        if "filter" in asked.args:
            yield from self._filter(get_named_type(asked.args["filter"].type), entity)
        for enum in order_enums(asked):
            yield from self._orders(enum, entity)

    def _filter(self, type_: object, entity: Entity) -> Iterator[str]:
        if not isinstance(type_, GraphQLInputObjectType) or (type_.name, entity.name) in self.seen:
            return
        self.seen.add((type_.name, entity.name))
        for name, given in type_.fields.items():
            if name in _JOINING:
                continue
            coordinate = f"{type_.name}.{name}"
            found = entity.filters.get(name)
            if found is None:
                yield f"{coordinate} is answered by nothing"
                continue
            self.held.add(coordinate)
            yield from _differing(coordinate, given, self._needs(found))
            if isinstance(found, RelationFilter) and not found.by:
                yield from self._filter(get_named_type(given.type), self.entities[found.target])

    def _needs(self, found: FilterField) -> Scope | None:
        """The scope without which the reader refuses a filter."""
        if not isinstance(found, RelationFilter):
            return found.needs
        return self._needs(self.entities[found.target].filters[found.by]) if found.by else None

    def _orders(self, enum: GraphQLEnumType, entity: Entity) -> Iterator[str]:
        for name, value in enum.values.items():
            keys = entity.orders.get(name)
            if keys is None:
                yield f"{enum.name}.{name} is answered by nothing"
            else:
                yield from _differing(f"{enum.name}.{name}", value, *(key.needs for key in keys))

    def _never_held(self) -> Iterator[str]:
        """Fields of inputs that need a scope in a document, and that nobody would ask it of in a variable."""
        for type_ in self.schema.type_map.values():
            if isinstance(type_, GraphQLInputObjectType):
                for name, given in type_.fields.items():
                    if needs_of(given) is not None and f"{type_.name}.{name}" not in self.held:
                        yield f"{type_.name}.{name} needs a scope that nothing asks for when it comes in a variable"
