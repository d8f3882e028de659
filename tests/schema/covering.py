"""What in the schema was asked for: every field, argument, filter and order key has a coordinate.

Coordinates are written as GraphQL has them: `Article.title`, `Query.node(id:)`, `ArticleOrderField.TITLE`.
"""

from collections.abc import Iterable
from functools import cache

from graphql import (
    ArgumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)

from tests.schema.reaching import inputs, outputs
from tests.schema.served import SCHEMA


def coordinates() -> set[str]:
    """Everything in the schema that can be asked for or given."""
    found = {f"{type_.name}.{name}" for type_ in outputs(SCHEMA) for name in type_.fields}
    found |= {f"{type_.name}.{name}" for type_ in inputs(SCHEMA) for name in type_.fields}
    found |= {
        f"{type_.name}.{name}({one}:)"
        for type_ in outputs(SCHEMA)
        for name, of in type_.fields.items()
        for one in of.args
    }
    return found | {f"{type_.name}.{value}" for type_ in _given_enums() for value in type_.values}


def _given_enums() -> set[GraphQLEnumType]:
    arguments = [one for type_ in outputs(SCHEMA) for found in type_.fields.values() for one in found.args.values()]
    parts = [one for type_ in inputs(SCHEMA) for one in type_.fields.values()]
    given = [get_named_type(one.type) for one in (*arguments, *parts)]
    return {type_ for type_ in given if isinstance(type_, GraphQLEnumType)}


def covered(asked: Iterable[str]) -> set[str]:
    """What documents ask for and give."""
    return {coordinate for document in asked for coordinate in _covered_by(document)}


@cache
def _covered_by(document: str) -> frozenset[str]:
    types = TypeInfo(SCHEMA)
    collector = _Collector(types)
    visit(parse(document), TypeInfoVisitor(types, collector))
    return frozenset(collector.found)


class _Collector(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._types = types

    def _place(self) -> str:
        parent, found = self._types.get_parent_type(), self._types.get_field_def()
        name = next((name for name, one in getattr(parent, "fields", {}).items() if one is found), "")
        return f"{parent.name}.{name}" if parent else ""

    def enter_field(self, _node: FieldNode, *_: object) -> None:
        if not isinstance(self._types.get_parent_type(), GraphQLInterfaceType):
            self.found.add(self._place())

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        self.found.add(f"{self._place()}({node.name.value}:)")

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        self.found.add(f"{get_named_type(self._types.get_parent_input_type())}.{node.name.value}")

    def enter_enum_value(self, node: EnumValueNode, *_: object) -> None:
        self.found.add(f"{get_named_type(self._types.get_input_type())}.{node.value}")
