"""The part of a schema that queries lead to; what only mutations answer, and are given, has tests of its own."""

from collections.abc import Iterator

from graphql import (
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
)


def outputs(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    """The types of objects that a query can lead to."""
    found: dict[str, GraphQLObjectType] = {}
    waiting = [schema.query_type]
    while waiting:
        type_ = waiting.pop()
        if type_ is not None and type_.name not in found:
            found[type_.name] = type_
            waiting += [one for field in type_.fields.values() for one in _objects(schema, get_named_type(field.type))]
    return list(found.values())


def inputs(schema: GraphQLSchema) -> list[GraphQLInputObjectType]:
    """The types of input objects that can be given in a query."""
    found: dict[str, GraphQLInputObjectType] = {}
    given = [get_named_type(one.type) for type_ in outputs(schema) for field in type_.fields.values()
             for one in field.args.values()]  # fmt: skip
    waiting = [one for one in given if isinstance(one, GraphQLInputObjectType)]
    while waiting:
        type_ = waiting.pop()
        if type_.name not in found:
            found[type_.name] = type_
            parts = [get_named_type(one.type) for one in type_.fields.values()]
            waiting += [one for one in parts if isinstance(one, GraphQLInputObjectType)]
    return list(found.values())


def _objects(schema: GraphQLSchema, type_: GraphQLNamedType) -> Iterator[GraphQLObjectType]:
    possible = schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]
    yield from (one for one in possible if isinstance(one, GraphQLObjectType))
