"""From a GraphQL document to the reader's selection: fragments resolved, `@skip` and `@include` obeyed, fields merged.

Follows the algorithm CollectFields of the GraphQL specification (September 2025, section 6.3.2), once for each possible
type of a field rather than once for each object.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)
from graphql.type import GraphQLBoolean

from cms.reading.request import Requested, Selection
from schema.values import Variables, arguments, from_literal

#: What introspection answers; the reader leaves these to the executor.
_META_FIELDS = frozenset({"__schema", "__type"})
#: Directives that leave a field out, and the value of `if` under which it stays.
_IS_INCLUDED_WHEN = {"skip": False, "include": True}


@dataclass(frozen=True, slots=True)
class Selecting:
    """Collects the selections of one operation with the variables it was compiled with."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Variables
    python_names: Mapping[tuple[str, str], str]

    def selection(self, type_: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> Selection:
        """What the selection sets want of an object of `type_`."""
        grouped: dict[str, list[FieldNode]] = {}
        for selection_set in sets:
            for node in self._fields(type_, selection_set, set()):
                grouped.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        wanted = [
            self._requested(type_, key, nodes)
            for key, nodes in grouped.items()
            if nodes[0].name.value not in _META_FIELDS
        ]
        return Selection(type_.name, tuple(wanted))

    def _fields(self, type_: GraphQLObjectType, selection_set: SelectionSetNode, seen: set[str]) -> Iterator[FieldNode]:
        for node in selection_set.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            condition, inner = self._fragment(node, seen)
            if inner is not None and self._applies(condition, type_):
                yield from self._fields(type_, inner, seen)

    def _fragment(self, node: SelectionNode, seen: set[str]) -> tuple[str | None, SelectionSetNode | None]:
        if isinstance(node, InlineFragmentNode):
            return node.type_condition.name.value if node.type_condition else None, node.selection_set
        if not isinstance(node, FragmentSpreadNode) or node.name.value in seen:
            return None, None
        seen.add(node.name.value)
        fragment = self.fragments[node.name.value]
        return fragment.type_condition.name.value, fragment.selection_set

    def _is_included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            wanted = _IS_INCLUDED_WHEN.get(directive.name.value)
            if wanted is not None and directive.arguments:
                given = from_literal(directive.arguments[0].value, GraphQLBoolean, self.variables)
                if given is not wanted:
                    return False
        return True

    def _applies(self, condition: str | None, type_: GraphQLObjectType) -> bool:
        if condition is None or condition == type_.name:
            return True
        named = self.schema.type_map[condition]
        return is_abstract_type(named) and self.schema.is_sub_type(named, type_)

    def _requested(self, type_: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Requested:
        name = nodes[0].name.value
        if name == "__typename":
            return Requested(key, name)
        field = type_.fields[name]
        written = {argument.name.value: argument.value for argument in nodes[0].arguments or ()}
        return Requested(
            key,
            self.python_names[type_.name, name],
            arguments(field, written, self.variables),
            self._selections(field, nodes),
        )

    def _selections(self, field: GraphQLField, nodes: list[FieldNode]) -> dict[str, Selection]:
        sets = [node.selection_set for node in nodes if node.selection_set is not None]
        if not sets:
            return {}
        return {type_.name: self.selection(type_, sets) for type_ in self._possible(get_named_type(field.type))}

    def _possible(self, type_: GraphQLNamedType) -> list[GraphQLObjectType]:
        if isinstance(type_, GraphQLObjectType):
            return [type_]
        if isinstance(type_, GraphQLAbstractType):
            return list(self.schema.get_possible_types(type_))
        return []
