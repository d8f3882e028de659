"""Documents that ask for everything a viewer may ask for, made from the schema so that no new field is forgotten."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
)

from cms.kernel.viewer import Viewer
from schema.audience import needs_of

#: What fills the required arguments of fields below the root.
_REQUIRED = {"asPublished": '(at: "2026-02-25T00:00:00Z")', "policy": "(kind: TERMS)"}
#: Fields of a connection add no depth of their own.
_NO_DEPTH = ("Connection", "Edge", "PageInfo")


@dataclass
class Everything:
    """Writes selections of all that `viewer` may have, and remembers which fields they held."""

    schema: GraphQLSchema
    viewer: Viewer
    asked: set[str] = field(default_factory=set)

    def of(self, type_: GraphQLNamedType, depth: int) -> str:
        """All fields of a type, and of what it leads to, `depth` objects deep."""
        if is_abstract_type(type_):
            possible = self.schema.get_possible_types(type_)
            return " ".join(["__typename", *(f"... on {one.name} {{ {self.of(one, depth)} }}" for one in possible)])
        assert isinstance(type_, GraphQLObjectType)
        written = [self._written(type_, name, found, depth) for name, found in self._fields(type_, depth)]
        return " ".join(["__typename", *written])

    def _fields(self, type_: GraphQLObjectType, depth: int) -> Iterator[tuple[str, GraphQLField]]:
        for name, found in type_.fields.items():
            below = get_named_type(found.type)
            deeper = is_composite_type(below) and not below.name.endswith(_NO_DEPTH)
            if self.viewer.may(needs_of(found)) and (depth > 0 or not deeper):
                yield name, found

    def _written(self, type_: GraphQLObjectType, name: str, found: GraphQLField, depth: int) -> str:
        self.asked.add(f"{type_.name}.{name}")
        arguments = _REQUIRED.get(name, "")
        assert bool(arguments) or not any(map(is_required_argument, found.args.values())), name
        # An alias for each type: fields of the same name may differ in their types.
        return f"{type_.name}_{name}: {name}{arguments}{self._below(get_named_type(found.type), depth)}"

    def _below(self, type_: GraphQLNamedType, depth: int) -> str:
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            return ""
        inner = depth if type_.name.endswith(_NO_DEPTH) else depth - 1
        return f" {{ {self.of(type_, inner)} }}"

    def documents(self, roots: Mapping[str, str], depth: int) -> Iterator[str]:
        """For each root field with its arguments, and for each object it leads to: everything, `depth` deep."""
        query = self.schema.query_type
        assert query is not None
        for name, arguments in roots.items():
            type_ = get_named_type(query.fields[name].type)
            yield f"{{ {name}{arguments} {{ {self.of(type_, depth)} }} }}"

    def reachable(self) -> set[str]:
        """Every field that the viewer may ask for, from the root on."""
        found: set[str] = set()
        waiting: list[GraphQLNamedType] = [self.schema.type_map["Query"]]
        seen = {"Query"}
        while waiting:
            for type_ in self._objects(waiting.pop()):
                for name, field_ in type_.fields.items():
                    below = get_named_type(field_.type)
                    if self.viewer.may(needs_of(field_)):
                        found.add(f"{type_.name}.{name}")
                        if is_composite_type(below) and below.name not in seen:
                            seen.add(below.name)
                            waiting.append(below)
        return found

    def _objects(self, type_: GraphQLNamedType) -> list[GraphQLObjectType]:
        if is_abstract_type(type_):
            return list(self.schema.get_possible_types(type_))
        assert isinstance(type_, GraphQLObjectType)
        return [type_]
