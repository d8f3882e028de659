"""Legal queries as trees that can be changed at random: what the search for the worst query climbs on."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)

from schema.audience import needs_of

_MOST_NODES = 120
_PAGES = ("first", "last")
_TEXTS = ("e", "the", "qu", "harbour", "zzz", "100%", "a quiet")
_MOMENTS = ("2000-01-01T00:00:00Z", "2016-05-03T12:00:00Z", "2024-01-01T00:00:00Z", "2030-01-01T00:00:00Z")


class Word(str):
    """A value of an enum, which a document writes without quotes."""

    __slots__ = ()


@dataclass(frozen=True)
class Tree:
    """A field with its arguments and what is asked below it; the root stands for the operation."""

    name: str
    type_name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    below: tuple["Tree", ...] = ()
    alias: str = ""

    def __len__(self) -> int:
        return 1 + sum(map(len, self.below))

    def text(self) -> str:
        """The tree as a document writes it."""
        given = ", ".join(f"{name}: {written(value)}" for name, value in self.arguments.items())
        below = f" {{ {' '.join(tree.text() for tree in self.below)} }}" if self.below else ""
        if not self.name:
            return below.strip()
        alias = f"{self.alias}: " if self.alias else ""
        return f"{alias}{self.name}{f'({given})' if given else ''}{below}"

    def paths(self, prefix: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
        """Where each of its trees stands."""
        yield prefix
        for place, tree in enumerate(self.below):
            yield from tree.paths((*prefix, place))

    def at(self, path: Sequence[int]) -> "Tree":
        """The tree that stands somewhere."""
        return self if not path else self.below[path[0]].at(path[1:])

    def put(self, path: Sequence[int], tree: "Tree | None") -> "Tree":
        """The same with another tree there, or with none."""
        if not path:
            return tree or self
        place = path[0]
        if len(path) == 1:
            new = () if tree is None else (tree,)
            return replace(self, below=(*self.below[:place], *new, *self.below[place + 1 :]))
        inner = self.below[place].put(path[1:], tree)
        return replace(self, below=(*self.below[:place], inner, *self.below[place + 1 :]))


def written(value: object) -> str:
    """A value as a document writes it."""
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {written(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value)


@dataclass
class Grower:
    """Makes trees of what anonymous readers may ask, and changes them. `known` are slugs and ids that are there."""

    schema: GraphQLSchema
    random: Random
    known: Mapping[str, Sequence[str]]
    _aliases: int = 0

    def seedling(self) -> Tree:
        """A small query."""
        root = self.schema.query_type
        assert root is not None  # noqa: S101 - the schema has one
        return self._whole(Tree("", root.name), depth=5)

    def changed(self, tree: Tree) -> Tree:
        """The same with one thing different."""
        changes = (self._resized, self._resized, self._grown, self._grown, self._copied, self._pruned, self._asked_anew)
        for _ in range(10):
            new = self.random.choice(changes)(tree)
            if new != tree and len(new) <= _MOST_NODES:
                return new
        return self._grown(tree)

    # Changes

    def _resized(self, tree: Tree) -> Tree:
        pages = [path for path in tree.paths() if self._is_page(tree.at(path))]
        if not pages:
            return tree
        path = self.random.choice(pages)
        found = tree.at(path)
        arguments = {name: value for name, value in found.arguments.items() if name not in _PAGES}
        arguments[self.random.choice(_PAGES)] = self.random.choice((1, 2, 5, 10, 20, 50, 100))
        return tree.put(path, replace(found, arguments=arguments))

    def _is_page(self, tree: Tree) -> bool:
        return tree.type_name.endswith("Connection")

    def _grown(self, tree: Tree) -> Tree:
        open_to_more = [
            path for path in tree.paths() if is_composite_type(self.schema.type_map[tree.at(path).type_name])
        ]
        path = self.random.choice(open_to_more)
        found = tree.at(path)
        more = self._branch(found, depth=max(1, 7 - len(path)))
        taken = {one.alias or one.name for one in found.below}
        if more is None or (more.alias or more.name) in taken:
            return tree
        return tree.put(path, replace(found, below=(*found.below, more)))

    def _copied(self, tree: Tree) -> Tree:
        paths = [path for path in tree.paths() if path and tree.at(path).arguments]
        if not paths:
            return tree
        path = self.random.choice(paths)
        parent = tree.at(path[:-1])
        copy = replace(tree.at(path), alias=self._alias())
        return tree.put(path[:-1], replace(parent, below=(*parent.below, copy)))

    def _pruned(self, tree: Tree) -> Tree:
        paths = [path for path in tree.paths() if path and len(tree.at(path[:-1]).below) > 1]
        return tree.put(self.random.choice(paths), None) if paths else tree

    def _asked_anew(self, tree: Tree) -> Tree:
        paths = [path for path in tree.paths() if path and self._field(tree, path).args]
        if not paths:
            return tree
        path = self.random.choice(paths)
        return tree.put(path, replace(tree.at(path), arguments=self._arguments(self._field(tree, path))))

    def _field(self, tree: Tree, path: Sequence[int]) -> GraphQLField:
        parent = self.schema.type_map[tree.at(path[:-1]).type_name]
        found = tree.at(path)
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) and found.name in parent.fields:
            field: GraphQLField = parent.fields[found.name]
            return field
        return GraphQLField(self.schema.type_map["Boolean"])  # type: ignore[arg-type] # `__typename`, or a fragment

    # Growth

    def _whole(self, tree: Tree, depth: int) -> Tree:
        """The tree with something below it, if anything can be."""
        type_ = self.schema.type_map[tree.type_name]
        if not is_composite_type(type_):
            return tree
        below: dict[str, Tree] = {}
        for _ in range(self.random.randint(1, 3)):
            branch = self._branch(tree, depth)
            if branch is not None:
                below[branch.alias or branch.name] = branch
        return replace(tree, below=tuple(below.values()) or (Tree("__typename", "String"),))

    def _branch(self, tree: Tree, depth: int) -> Tree | None:
        type_ = self.schema.type_map[tree.type_name]
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            return self._fragment(type_, depth)
        if isinstance(type_, GraphQLInterfaceType) and self.random.random() < 0.5:  # noqa: PLR2004 - as often as not
            return self._fragment(type_, depth)
        fields = [
            (name, found)
            for name, found in type_.fields.items()
            if needs_of(found) is None and (depth > 0 or not is_composite_type(get_named_type(found.type)))
        ]
        if not fields:
            return None
        name, found = self.random.choice(fields)
        arguments = self._arguments(found)
        branch = Tree(name, get_named_type(found.type).name, arguments, alias=self._alias() if arguments else "")
        # The parts of a connection are no level of their own.
        return self._whole(branch, depth if tree.type_name.endswith(("Connection", "Edge")) else depth - 1)

    def _fragment(self, type_: GraphQLNamedType, depth: int) -> Tree | None:
        possible = self.schema.get_possible_types(type_)  # type: ignore[arg-type] # an interface or a union
        chosen = self.random.choice(list(possible))
        return self._whole(Tree(f"... on {chosen.name}", chosen.name), depth)

    def _alias(self) -> str:
        self._aliases += 1
        return f"a{self._aliases}"

    # Values

    def _arguments(self, found: GraphQLField) -> dict[str, Any]:
        chosen = {
            name: argument
            for name, argument in found.args.items()
            if is_required_argument(argument) or (needs_of(argument) is None and self.random.random() < 0.4)  # noqa: PLR2004 - often
        }
        for one, other in (("first", "last"), ("after", "before")):
            if one in chosen:
                chosen.pop(other, None)
        values = {name: self._argument(name, argument) for name, argument in chosen.items()}
        return {name: value for name, value in values.items() if value is not None}

    def _argument(self, name: str, argument: GraphQLArgument) -> Any:  # noqa: ANN401 - whatever the type wants
        if name in _PAGES:
            return self.random.choice((1, 5, 20, 50, 100))
        if name in {"after", "before"}:
            return None
        if name == "ids":
            return [self.random.choice(self.known["id"]) for _ in range(self.random.choice((1, 10, 100)))]
        return self._value(argument.type, 2, name)

    def _value(self, type_: GraphQLInputType, depth: int, name: str) -> Any:  # noqa: ANN401 - as above
        bare = get_nullable_type(type_)
        if isinstance(bare, GraphQLList):
            return [self._value(bare.of_type, depth - 1, name) for _ in range(self.random.randint(1, 3))]
        if isinstance(bare, GraphQLInputObjectType):
            return self._object(bare, depth)
        if isinstance(bare, GraphQLEnumType):
            allowed = ["PUBLISHED"] if bare.name == "Perspective" else sorted(bare.values)
            return Word(self.random.choice(allowed))
        return self._scalar(get_named_type(bare).name, name)

    def _object(self, type_: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        fields = {
            name: found
            for name, found in type_.fields.items()
            if needs_of(found) is None and (depth > 0 or not isinstance(_inner(found.type), GraphQLInputObjectType))
        }
        required = [name for name, found in fields.items() if is_required_input_field(found)]
        count = 1 if type_.is_one_of else self.random.randint(1, 2)
        chosen = dict.fromkeys([*self.random.sample(sorted(fields), min(count, len(fields))), *required])
        return {name: self._value(fields[name].type, depth - 1, name) for name in chosen}

    def _scalar(self, type_: str, name: str) -> object:
        pools: dict[str, Sequence[object]] = {
            "ID": self.known["id"],
            "DateTime": _MOMENTS,
            "Int": (0, 1, 3, 10, 1000),
            "Boolean": (False, True),
            "String": self.known.get(name, _TEXTS),
        }
        return self.random.choice(pools[type_])


def _inner(type_: GraphQLInputType) -> GraphQLInputType:
    found: Any = type_
    while isinstance(found, GraphQLNonNull | GraphQLList):
        found = found.of_type
    inner: GraphQLInputType = found
    return inner
