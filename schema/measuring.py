"""How large a document is once its fragments are unfolded: how deep, how many aliases, how many directives.

Every fragment is measured once and its measure added wherever it is spread, so the time is linear in the document,
though what it unfolds to may be exponential.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

_INTROSPECTION = frozenset({"__schema", "__type"})
#: Fields that are there for the sake of pages.
_NO_LEVEL = frozenset({"edges", "node", "nodes"})


@dataclass(frozen=True, slots=True)
class Measure:
    """The size of a selection.

    Attributes:
        depth: the most fields that stand inside one another, `edges`, `node` and `nodes` not counted.
        aliases: fields with an alias.
        directives: directives on fields and fragments.
        fields: all fields.
        introspections: fields that look into the schema itself.
        keys: how often each response key stands at the top of the selection.
        repeats: how often one response key stands in one place, at most.
    """

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    introspections: int = 0
    keys: Mapping[str, int] = field(default_factory=dict)
    repeats: int = 0


def measures(document: DocumentNode) -> Iterator[tuple[OperationDefinitionNode, Measure]]:
    """Each operation of a document, valid or not, with its measure.

    Raises:
        RecursionError: it is nested more deeply than Python can follow.
    """
    measuring = _Measuring(
        {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    )
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            measure = measuring.selection(node.selection_set)
            yield node, _with_directives(measure, len(node.directives or ()))


class _Measuring:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        # A fragment that is being measured counts as nothing: validation refuses one that spreads itself.
        self._known: dict[str, Measure] = {}

    def selection(self, selection_set: SelectionSetNode) -> Measure:
        """The measure of everything in braces."""
        depth = aliases = directives = fields = introspections = repeats = 0
        keys: Counter[str] = Counter()
        for node in selection_set.selections:
            found = self._selected(node)
            depth = max(depth, found.depth)
            aliases += found.aliases
            directives += found.directives + len(node.directives or ())
            fields += found.fields
            introspections += found.introspections
            repeats = max(repeats, found.repeats)
            keys.update(found.keys)
        repeats = max([repeats, *keys.values()])
        return Measure(depth, aliases, directives, fields, introspections, keys, repeats)

    def _selected(self, node: object) -> Measure:
        match node:
            case FieldNode():
                return self._field(node)
            case InlineFragmentNode():
                return self.selection(node.selection_set)
            case FragmentSpreadNode():
                return self._fragment(node.name.value)
        return Measure()

    def _field(self, node: FieldNode) -> Measure:
        inner = self.selection(node.selection_set) if node.selection_set else Measure()
        own_level = node.name.value not in _NO_LEVEL
        key = node.alias.value if node.alias else node.name.value
        return Measure(
            inner.depth + own_level,
            inner.aliases + (node.alias is not None),
            inner.directives,
            inner.fields + 1,
            inner.introspections + (node.name.value in _INTROSPECTION),
            {key: 1},
            inner.repeats,
        )

    def _fragment(self, name: str) -> Measure:
        if name not in self._known:
            self._known[name] = Measure()
            fragment = self._fragments.get(name)
            if fragment is not None:
                measure = self.selection(fragment.selection_set)
                self._known[name] = _with_directives(measure, len(fragment.directives or ()))
        return self._known[name]


def _with_directives(measure: Measure, more: int) -> Measure:
    return replace(measure, directives=measure.directives + more)


def elements_of(schema: GraphQLSchema) -> int:
    """How much introspection has to tell of: types, fields, arguments and values."""
    return sum(1 + _elements_in(type_) for type_ in schema.type_map.values())


def _elements_in(type_: GraphQLNamedType) -> int:
    fields = getattr(type_, "fields", None) or {}
    arguments = sum(len(getattr(field, "args", None) or ()) for field in fields.values())
    return len(fields) + arguments + len(getattr(type_, "values", None) or ())
