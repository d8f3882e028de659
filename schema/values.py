"""Arguments of a GraphQL field in the reader's words: what fixes the shape, and leaves that each request fills.

Enum values, flags and nulls are part of the shape; so is which fields an input object has, how many objects a list of
them holds, and which type an id names. Texts, numbers, times and lists of them are leaves.
"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
    value_from_ast,
)
from graphql.type import GraphQLBoolean, GraphQLID

from cms.kernel.ids import parse_global_id
from cms.reading.request import Leaf, LeafList, Path, ReadRefused, Value

Variables = Mapping[str, Any]


class _Absent:
    """An argument that nobody gave."""


ABSENT = _Absent()


def _bare(type_: GraphQLInputType) -> GraphQLInputType:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_


def _is_fixed(type_: GraphQLInputType) -> bool:
    """Whether values of the type are part of the shape."""
    return isinstance(get_named_type(type_), GraphQLEnumType | GraphQLInputObjectType) or (
        get_named_type(type_) is GraphQLBoolean
    )


def from_variable(value: object, type_: GraphQLInputType, path: Path) -> Value:
    """A coerced variable, or a part of one."""
    bare = _bare(type_)
    if value is None:
        return None
    if isinstance(bare, GraphQLList):
        if not _is_fixed(bare):
            return Leaf(value, path)
        items = value if isinstance(value, list) else [value]
        return [from_variable(item, bare.of_type, (*path, index)) for index, item in enumerate(items)]
    if isinstance(bare, GraphQLInputObjectType) and isinstance(value, Mapping):
        return {
            name: from_variable(value[name], field.type, (*path, name))
            for name, field in bare.fields.items()
            if name in value
        }
    if isinstance(bare, GraphQLEnumType):
        return str(getattr(value, "value", value))
    return bool(value) if bare is GraphQLBoolean else Leaf(value, path)


def from_literal(node: ValueNode, type_: GraphQLInputType, variables: Variables) -> "Value | _Absent":
    """A value written in the document, which may hold variables."""
    bare = _bare(type_)
    match node:
        case VariableNode():
            name = node.name.value
            return from_variable(variables[name], bare, (name,)) if name in variables else ABSENT
        case NullValueNode():
            return None
        case EnumValueNode():
            written: Value = node.value
            return [written] if isinstance(bare, GraphQLList) else written
        case BooleanValueNode() if not isinstance(bare, GraphQLList):
            return node.value
    if isinstance(bare, GraphQLList):
        return _list(node, bare, variables)
    if isinstance(bare, GraphQLInputObjectType) and isinstance(node, ObjectValueNode):
        return _object(node, bare, variables)
    if _holds_a_variable(node):
        # What it compiled to would hold this request's value, and be kept for the next.
        raise ReadRefused("No variable can stand inside JSON: let one stand for the whole of it.")
    return Leaf(value_from_ast(node, bare))


def _holds_a_variable(node: ValueNode) -> bool:
    match node:
        case ListValueNode():
            return any(map(_holds_a_variable, node.values))
        case ObjectValueNode():
            return any(_holds_a_variable(field.value) for field in node.fields)
    return isinstance(node, VariableNode)


def _list(node: ValueNode, type_: GraphQLList[Any], variables: Variables) -> Value:
    nodes = node.values if isinstance(node, ListValueNode) else (node,)
    items = [from_literal(item, type_.of_type, variables) for item in nodes]
    known = [None if isinstance(item, _Absent) else item for item in items]
    if _is_fixed(type_):
        return known
    return LeafList(tuple(item for item in known if isinstance(item, Leaf)))


def _object(node: ObjectValueNode, type_: GraphQLInputObjectType, variables: Variables) -> Value:
    written = {field.name.value: field.value for field in node.fields or ()}
    values: dict[str, Value] = {}
    for name, field in type_.fields.items():
        value = _given(name, written.get(name), field, variables)
        if not isinstance(value, _Absent):
            values[name] = value
    return values


def _given(
    name: str, node: ValueNode | None, expected: GraphQLInputField | GraphQLArgument, variables: Variables
) -> "Value | _Absent":
    """What was given, else the default, else nothing."""
    value = ABSENT if node is None else from_literal(node, expected.type, variables)
    if isinstance(value, _Absent) and expected.default_value is not Undefined:
        return _default(expected.default_value, expected.type)
    # Validation lets a nullable variable stand where there is a default; that it is null shows only now.
    if value is None and isinstance(expected.type, GraphQLNonNull):
        raise ReadRefused(f"{name} has a default: it may be left out, but not be null.")
    return value


def _default(value: object, type_: GraphQLInputType) -> Value:
    """A default of the schema: fixed for ever, so that its scalars are leaves without a path."""
    found = from_variable(value, type_, ())
    return Leaf(found.sample) if isinstance(found, Leaf) else found


def arguments(field: GraphQLField, written: Mapping[str, ValueNode], variables: Variables) -> dict[str, Value]:
    """The arguments of a field, by their names in the schema; what nobody gave and has no default is left out."""
    found: dict[str, Value] = {}
    for name, argument in (field.args or {}).items():
        value = _given(name, written.get(name), argument, variables)
        if not isinstance(value, _Absent):
            found[name] = value
    return found


def shape_of(value: object, type_: GraphQLInputType) -> object:
    """What of a coerced variable is part of the shape of its operation; hashable."""
    bare = _bare(type_)
    if value is None:
        return None
    if isinstance(bare, GraphQLList):
        items = value if isinstance(value, list) else [value]
        if _is_fixed(bare):
            return tuple(shape_of(item, bare.of_type) for item in items)
        if get_named_type(bare) is GraphQLID:
            return tuple(sorted({_prefix(item) for item in items}))
        return "list"
    if isinstance(bare, GraphQLInputObjectType) and isinstance(value, Mapping):
        return tuple((name, shape_of(value[name], field.type)) for name, field in bare.fields.items() if name in value)
    if isinstance(bare, GraphQLEnumType) or bare is GraphQLBoolean:
        return str(getattr(value, "value", value))
    return _prefix(value) if bare is GraphQLID else "leaf"


def _prefix(item: object) -> str:
    node = parse_global_id(item) if isinstance(item, str) else None
    return "" if node is None else node.type.value
