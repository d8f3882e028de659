"""What may be asked for in a body alone: addresses stand in logs, in histories and in what others pass on.

The one thing to know: a field that an operation begins with says so of itself, and what a document names counts, not
what runs.
"""

from collections.abc import Iterator, Mapping

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from schema.fields import POSTED


def posted(root: GraphQLObjectType, document: DocumentNode, operation: OperationDefinitionNode) -> tuple[str, ...]:
    """The fields that an operation of a valid document begins with and that no address may hold, each once."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    named = dict.fromkeys(_fields(operation.selection_set, fragments, set()))
    return tuple(name for name in named if name in root.fields and _is_posted(root, name))


def _fields(
    selected: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], seen: set[str]
) -> Iterator[str]:
    for node in selected.selections:
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, fragments, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            yield from _fields(fragments[node.name.value].selection_set, fragments, seen)


def _is_posted(root: GraphQLObjectType, name: str) -> bool:
    definition = root.fields[name].extensions.get("strawberry-definition")
    return POSTED in getattr(definition, "metadata", {})
