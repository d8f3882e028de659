"""Who may use what of the schema, and what an operation asks for that not everybody may.

What a document names counts, not what runs: `@include(if: false)` opens nothing, and a field that is asked for twice is
one too many.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from graphql import (
    ArgumentNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLSchema,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    visit,
)

from cms.kernel.viewer import Scope
from schema.fields import AUDIENCE, Audience

#: What an audience is declared of.
Element: TypeAlias = GraphQLField | GraphQLArgument | GraphQLInputField | GraphQLEnumValue


@dataclass(frozen=True, slots=True)
class Demand:
    """Something in a document that needs a scope: `name` is how the schema calls it, like `Article.head`."""

    name: str
    scope: Scope


def audience_of(found: Element) -> Audience | None:
    """Who may use a field, an argument, an input field or an order key; None where nobody has said."""
    audience: Audience | None = getattr(found.extensions.get("strawberry-definition"), "metadata", {}).get(AUDIENCE)
    return audience


def needs_of(found: Element) -> Scope | None:
    """The scope that a field, an argument, an input field or an order key needs; None for what is everybody's."""
    audience = audience_of(found)
    return audience if isinstance(audience, Scope) else None


def demands(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> tuple[Demand, ...]:
    """What an operation of a valid document asks for that needs a scope, each once; in time linear to the document."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    types = TypeInfo(schema)
    collector = _Collector(types)
    waiting: list[OperationDefinitionNode | FragmentDefinitionNode] = [operation]
    while waiting:
        visit(waiting.pop(), TypeInfoVisitor(types, collector))
        waiting += collector.newly_named(fragments)
    return tuple(dict.fromkeys(collector.found))


class _Collector(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.found: list[Demand] = []
        self._types = types
        self._named: dict[str, bool] = {}

    def newly_named(self, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterable[FragmentDefinitionNode]:
        """The fragments that were named since this was asked last, none of them twice."""
        new = [name for name, is_known in self._named.items() if not is_known]
        self._named.update(dict.fromkeys(new, True))
        return [fragments[name] for name in new]

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self._named.setdefault(node.name.value, False)

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent, found = self._types.get_parent_type(), self._types.get_field_def()
        if parent is not None and found is not None:
            self._note(f"{parent.name}.{node.name.value}", found)

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        found = self._types.get_argument()
        if found is not None:
            self._note(f"the argument {node.name.value}", found)

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        parent = get_named_type(self._types.get_parent_input_type())
        if isinstance(parent, GraphQLInputObjectType) and node.name.value in parent.fields:
            self._note(f"{parent.name}.{node.name.value}", parent.fields[node.name.value])

    def enter_enum_value(self, node: EnumValueNode, *_: object) -> None:
        type_, found = get_named_type(self._types.get_input_type()), self._types.get_enum_value()
        if type_ is not None and found is not None:
            self._note(f"{type_.name}.{node.value}", found)

    def _note(self, name: str, found: Element) -> None:
        scope = needs_of(found)
        if scope is not None:
            self.found.append(Demand(name, scope))
