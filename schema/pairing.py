"""Every field of the API is paired with what can be read, for the same audience, or the schema is not built.

Types that stand for no entity (connections, the parts of a row, plain objects) are paired through the field that
leads to them.
"""

from collections.abc import Iterator, Mapping

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type, is_abstract_type

from cms.reading.entity import Embedded, Entity, Field, Many, Nodes, References
from schema.audience import needs_of

_LISTS = ("edges", "node", "nodes")


class Unpaired(Exception):
    """Fields of the schema that nothing answers, or that differ in who may ask; the message lists them."""


def python_names(schema: GraphQLSchema) -> dict[tuple[str, str], str]:
    """The name that the Python side uses for each field, by type and field."""
    return {
        (type_.name, name): _python_name(field, name)
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
        for name, field in type_.fields.items()
    }


def _python_name(field: GraphQLField, name: str) -> str:
    definition = field.extensions.get("strawberry-definition")
    return definition.python_name if definition is not None else name


def check_pairs(schema: GraphQLSchema, entities: Mapping[str, Entity]) -> None:
    """Hold the schema's Query against what can be read.

    Raises:
        Unpaired: listing what does not fit.
    """
    root = schema.query_type
    wrong = sorted(set(_unpaired(schema, entities, root, entities["Query"].fields, set()))) if root else []
    if wrong:
        raise Unpaired("; ".join(wrong))


def _unpaired(
    schema: GraphQLSchema,
    entities: Mapping[str, Entity],
    type_: GraphQLObjectType,
    fields: Mapping[str, Field],
    seen: set[str],
) -> Iterator[str]:
    """What is wrong with a type whose fields are answered by `fields`, and with the types it leads to."""
    if type_.name in seen:
        return
    seen.add(type_.name)
    names = python_names(schema)
    for name, field in type_.fields.items():
        found = fields.get(names[type_.name, name])
        if found is None:
            yield f"{type_.name}.{name} is answered by nothing"
            continue
        if needs_of(field) != getattr(found, "needs", None):
            yield f"{type_.name}.{name} and what answers it differ in the scope they need"
        yield from _below(schema, entities, field, found, seen)


def _below(
    schema: GraphQLSchema, entities: Mapping[str, Entity], field: GraphQLField, found: Field, seen: set[str]
) -> Iterator[str]:
    type_ = get_named_type(field.type)
    if isinstance(found, Embedded) and isinstance(type_, GraphQLObjectType):
        yield from _unpaired(schema, entities, type_, found.fields, seen)
    elif isinstance(found, Many) and found.connection and isinstance(type_, GraphQLObjectType):
        node = get_named_type(type_.fields["nodes"].type)
        yield from _entity(schema, entities, node, found.target, seen)
    elif isinstance(found, Nodes | References) and is_abstract_type(type_):
        for possible in schema.get_possible_types(type_):
            yield from _entity(schema, entities, possible, possible.name, seen)
    elif hasattr(found, "target"):
        yield from _entity(schema, entities, type_, found.target, seen)


def _entity(
    schema: GraphQLSchema, entities: Mapping[str, Entity], type_: object, target: str, seen: set[str]
) -> Iterator[str]:
    entity = entities.get(target)
    if entity is None:
        yield f"there is no entity {target}"
    elif isinstance(type_, GraphQLObjectType):
        yield from _unpaired(schema, entities, type_, entity.fields, seen)
