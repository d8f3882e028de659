"""Audience is declared, never implied: whatever a caller can name says who may use it, or the schema is not built.

What said nothing would be for everybody, and nobody would have decided so.
"""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_introspection_type,
)

from schema.audience import Element, audience_of

_ORDER = "orderBy"
#: Beside the keys of an order. It tells nothing that they do not.
_DIRECTION = "direction"


class Undeclared(Exception):
    """Parts of the schema that do not say who may use them; the message lists them."""


def check_declared(schema: GraphQLSchema) -> None:
    """See that every field, argument, input field and order key says who may use it.

    Raises:
        Undeclared: listing those that do not.
    """
    undeclared = sorted({name for name, found in _elements(schema) if audience_of(found) is None})
    if undeclared:
        raise Undeclared(f"Say of each who may use it, EVERYBODY or who holds a scope: {', '.join(undeclared)}")


def order_enums(field: GraphQLField) -> Iterator[GraphQLEnumType]:
    """The enums whose values a list can be sorted by: what `orderBy` takes, or what its input object holds."""
    type_ = get_named_type(field.args[_ORDER].type) if _ORDER in field.args else None
    if isinstance(type_, GraphQLEnumType):
        yield type_
    elif isinstance(type_, GraphQLInputObjectType):
        inner = [get_named_type(part.type) for name, part in type_.fields.items() if name != _DIRECTION]
        yield from (found for found in inner if isinstance(found, GraphQLEnumType))


def _elements(schema: GraphQLSchema) -> Iterator[tuple[str, Element]]:
    """Everything that has an audience, by its coordinate; what several lists are sorted by comes several times."""
    for type_ in schema.type_map.values():
        if is_introspection_type(type_):
            continue
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                yield from _of_field(f"{type_.name}.{name}", field)
        elif isinstance(type_, GraphQLInputObjectType):
            for name, given in type_.fields.items():
                yield f"{type_.name}.{name}", given


def _of_field(coordinate: str, field: GraphQLField) -> Iterator[tuple[str, Element]]:
    yield coordinate, field
    for name, argument in field.args.items():
        yield f"{coordinate}({name}:)", argument
    for enum in order_enums(field):
        for name, value in enum.values.items():
            yield f"{enum.name}.{name}", value
