"""Operations made up from the schema, for a property test: whatever is valid may be asked.

The one thing to know: a field is renamed by an alias of its own wherever it has arguments, so that the selections of
fragments merge without conflict; the few documents that still do not validate are thrown away by the test.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)
from hypothesis import strategies as st

from cms.kernel.viewer import Viewer
from schema.audience import needs_of

T = TypeVar("T")
Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType

_MOMENTS = ["2026-02-10T12:00:00Z", "2026-02-25T13:00:00+01:00", "2026-03-02T11:59:59.999999Z", "2030-01-01T00:00:00Z"]
_TEXTS = ["", "n", "Notes 0", "WREN", "tide", "fähre", "FÄHRE", "50% t", "_", "\\", "de", "en", "a'b\"c{now}"]
#: What stands in a page's arguments; one of each pair at most.
_CURSORS = frozenset({"after", "before"})
_SIZES = frozenset({"first", "last"})
_LEFT_OUT = object()
_PREFIXES = {"Article": "art_", "Author": "aut_", "Topic": "top_", "Disclaimer": "dis_", "Comment": "com_"}


class Word(str):
    """A value of an enum, which a document writes without quotes."""

    __slots__ = ()


@dataclass(frozen=True, repr=False)
class Pools:
    """What the world has to ask for: ids of everything, cursors by the type of the list, addresses."""

    ids: Sequence[str]
    cursors: Mapping[str, Sequence[str]]
    paths: Sequence[str]
    slugs: Sequence[str]


@dataclass
class Made:
    """An operation, and what to send with it."""

    text: str
    variables: dict[str, Any]


@dataclass(repr=False)
class Maker:
    """Makes one operation for a viewer; `draw` is Hypothesis'."""

    schema: GraphQLSchema
    viewer: Viewer
    pools: Pools
    draw: Any
    deepest: int = 4
    _variables: dict[str, tuple[str, Any]] = field(default_factory=dict)
    _fragments: list[str] = field(default_factory=list)
    _aliases: int = 0

    def operation(self) -> Made:
        """A query; it always asks for the site, so that there is something to send."""
        root = self.schema.query_type
        assert root is not None
        selection = self._selection(root, self.deepest)
        declared = ", ".join(f"${name}: {type_}" for name, (type_, _) in self._variables.items())
        head = f"query Made({declared})" if declared else "query Made"
        text = "\n".join([f"{head} {{ a0: site {{ id }} {selection} }}", *self._fragments])
        values = {name: value for name, (_, value) in self._variables.items() if value is not _LEFT_OUT}
        return Made(text, values)

    # Choices

    def _one(self, options: Sequence[T]) -> T:
        chosen: T = self.draw(st.sampled_from(options))
        return chosen

    def _some(self, options: Sequence[T], most: int) -> list[T]:
        chosen: list[T] = self.draw(st.lists(st.sampled_from(options), min_size=1, max_size=most))
        return chosen

    def _chance(self, of: int) -> bool:
        """True once in `of` times; False is simpler."""
        return bool(self.draw(st.integers(0, of - 1)) == of - 1)

    # Selections

    def _selection(self, type_: GraphQLNamedType, depth: int) -> str:
        assert isinstance(type_, Composite)
        fields = [
            (name, found)
            for name, found in ({} if isinstance(type_, GraphQLUnionType) else type_.fields).items()
            if self.viewer.may(needs_of(found)) and (depth > 1 or not is_composite_type(get_named_type(found.type)))
        ]
        parts = [self._field(name, found, depth) for name, found in self._some(fields, 4)] if fields else ["__typename"]
        if self._chance(4):
            parts.append(self._one(["__typename", "type: __typename"]))
        # A union has no fields of its own: whatever is asked of it stands in a fragment.
        if isinstance(type_, GraphQLUnionType) or (depth > 1 and self._chance(3)):
            parts.append(self._fragment(type_, depth))
        return " ".join(parts)

    def _field(self, name: str, found: GraphQLField, depth: int) -> str:
        arguments = self._arguments(found)
        written = f"{self._alias()}: {name}{arguments}" if arguments or self._chance(4) else name
        type_ = get_named_type(found.type)
        below = f" {{ {self._below(type_, depth)} }}" if is_composite_type(type_) else ""
        return f"{written}{self._condition()}{below}"

    def _below(self, type_: GraphQLNamedType, depth: int) -> str:
        # The parts of a connection are no level of their own.
        inner = depth if type_.name.endswith(("Connection", "Edge")) else depth - 1
        return self._selection(type_, inner)

    def _fragment(self, type_: Composite, depth: int) -> str:
        on = self._one(self._conditions_on(type_))
        inner = self._selection(self.schema.type_map[on], depth - 1)
        if self._chance(2):
            name = f"F{len(self._fragments)}"
            self._fragments.append(f"fragment {name} on {on} {{ {inner} }}")
            return f"...{name}{self._condition()}"
        shown = "" if on == type_.name and self._chance(2) else f" on {on}"
        return f"...{shown}{self._condition()} {{ {inner} }}"

    def _conditions_on(self, type_: Composite) -> list[str]:
        """The types on which a fragment may stand in `type_`."""
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return [possible.name for possible in self.schema.get_possible_types(type_)]
        return [type_.name, *(interface.name for interface in type_.interfaces)]

    def _alias(self) -> str:
        self._aliases += 1
        return f"a{self._aliases}"

    def _condition(self) -> str:
        if not self._chance(8):
            return ""
        value: object = self.draw(st.booleans())
        given = self._variable("Boolean!", value) if self._chance(2) else str(value).lower()
        return f" @{self._one(['skip', 'include'])}(if: {given})"

    # Arguments

    def _arguments(self, found: GraphQLField) -> str:
        wanted = {
            name: argument for name, argument in found.args.items() if is_required_argument(argument) or self._chance(3)
        }
        for pair in (_SIZES, _CURSORS):
            for extra in sorted(pair & wanted.keys())[1:]:
                del wanted[extra]
        written = [f"{name}: {self._argument(name, argument, found)}" for name, argument in wanted.items()]
        return f"({', '.join(written)})" if written else ""

    def _argument(self, name: str, argument: GraphQLArgument, found: GraphQLField) -> str:
        if name in _CURSORS:
            pool = self.pools.cursors.get(get_named_type(found.type).name)
            value: Any = self._one(pool) if pool else "no cursor"
        elif name in _SIZES or name == "maxLength":
            value = self.draw(st.integers(1, 5))
        elif name == "readerKey":
            value = "the reader's own key"
        else:
            hint = get_named_type(argument.type).name.removesuffix("By")
            wanted = hint if hint in _PREFIXES else get_named_type(found.type).name
            value = self._value(argument.type, 3, wanted, name if name == "path" else "")
        if not self._chance(3):
            return literal(value)
        # What has a default takes a variable that may be left out.
        declared = (
            str(argument.type).removesuffix("!") if argument.default_value is not Undefined else str(argument.type)
        )
        if not declared.endswith("!") and self._chance(4):
            value = self._one([None, _LEFT_OUT])
        return self._variable(declared, value)

    def _variable(self, type_: str, value: object) -> str:
        name = f"v{len(self._variables)}"
        self._variables[name] = (type_, value)
        return f"${name}"

    def _value(self, type_: GraphQLInputType, depth: int, wanted: str, name: str = "") -> Any:  # noqa: ANN401 - whatever the type wants
        bare = get_nullable_type(type_)
        if isinstance(bare, GraphQLList):
            most = 3 if depth > 0 or not isinstance(get_named_type(bare), GraphQLInputObjectType) else 0
            return [self._value(bare.of_type, depth - 1, wanted, name) for _ in range(self.draw(st.integers(0, most)))]
        if isinstance(bare, GraphQLInputObjectType):
            return self._object(bare, depth, wanted)
        if isinstance(bare, GraphQLEnumType):
            return Word(self._one(self._allowed(bare)))
        return self._scalar(get_named_type(bare).name, wanted, name)

    def _allowed(self, type_: GraphQLEnumType) -> list[str]:
        # A perspective is not asked for: whether it may be is another test's business.
        return ["PUBLISHED"] if type_.name == "Perspective" else list(type_.values)

    def _object(self, type_: GraphQLInputObjectType, depth: int, wanted: str) -> dict[str, Any]:
        fields = {
            name: found
            for name, found in type_.fields.items()
            if self.viewer.may(needs_of(found))
            and (depth > 0 or not isinstance(get_named_type(found.type), GraphQLInputObjectType))
        }
        if not fields:
            return {}
        chosen = [self._one(sorted(fields))] if type_.is_one_of else self._some(sorted(fields), 2)
        chosen += [name for name, found in fields.items() if is_required_input_field(found)]
        wanted = type_.name.removesuffix("Filter") if type_.name.removesuffix("Filter") in _PREFIXES else wanted
        return {name: self._value(fields[name].type, depth - 1, wanted, name) for name in dict.fromkeys(chosen)}

    def _scalar(self, type_: str, wanted: str, name: str) -> object:
        pools: dict[str, Sequence[object]] = {
            "ID": self._ids(name.title() if name.title() in _PREFIXES else wanted),
            "DateTime": _MOMENTS,
            "Int": range(6),
            "Boolean": [False, True],
            "String": {"path": self.pools.paths, "slug": self.pools.slugs}.get(name, _TEXTS),
        }
        return self._one(pools[type_])

    def _ids(self, wanted: str) -> Sequence[str]:
        """Mostly ids of the right type; of any other at times."""
        prefix = _PREFIXES.get(wanted, "")
        right = [found for found in self.pools.ids if found.startswith(prefix)]
        return self.pools.ids if self._chance(5) else right


def literal(value: object) -> str:
    """A value as a document writes it."""
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return orjson.dumps(value).decode()


@st.composite
def operations(draw: Any, schema: GraphQLSchema, viewer: Viewer, pools: Pools) -> Made:  # noqa: ANN401 - Hypothesis'
    """Operations that `viewer` may ask; most of them validate."""
    return Maker(schema, viewer, pools, draw).operation()
