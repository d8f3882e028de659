"""Who asks for what on which path: operations made from the schema, so that nothing new in it is forgotten.

The one thing to know: every type has a way that leads to its fields, from the ids of all there is where it has ids.
What a caller may ask for is asked in bundles, `papers`; what it may not is asked one thing at a time, `forbidden`.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import Scope
from cms.reading.vocabulary import Perspective
from schema.audience import Demand, Element, needs_of
from tests.reading.operations import Word, literal
from tests.schema.operands import Operands, Value
from tests.schema.reaching import outputs

T = TypeVar("T")
Demands: TypeAlias = tuple[Demand, ...]

_NODES = {
    "Article": NodeType.ARTICLE,
    "ArticleRevision": NodeType.ARTICLE_REVISION,
    "Author": NodeType.AUTHOR,
    "Topic": NodeType.TOPIC,
    "Disclaimer": NodeType.DISCLAIMER,
    "DisclaimerVersion": NodeType.DISCLAIMER_VERSION,
    "PolicyVersion": NodeType.POLICY_VERSION,
    "Site": NodeType.SITE,
    "Comment": NodeType.COMMENT,
    "Media": NodeType.MEDIA,
    "User": NodeType.USER,
    "Redirect": NodeType.REDIRECT,
    "AuditEntry": NodeType.AUDIT_ENTRY,
}
_OF_LISTS = ("Connection", "Edge")
_CURSORS = ("after", "before")
_REPEATED = ("filter", *_CURSORS)
#: How many fields one document asks for, and how many values of an argument are tried where it stands once more.
_BATCH, _SAMPLE = 40, 4
#: Fields that tell which row an answer holds.
_TELLING = ("id", "slug", "title", "name", "authorName", "number")


@dataclass(frozen=True)
class Way:
    """What stands before and after the fields of a type, and what one must hold to go there."""

    before: str = ""
    after: str = ""
    demands: Demands = ()

    def to(self, fields: str, alias: str) -> str:
        """The way with fields at its end; what it begins with gets a name of its own."""
        return f"{alias}: {self.before}{fields}{self.after}" if self.before else fields


@dataclass(frozen=True)
class Probe:
    """A field of a type with one argument given, or none: what is given, with something hidden and something absent."""

    parent: str
    where: str
    name: str
    types: Mapping[str, str]
    hidden: Mapping[str, object]
    absent: Mapping[str, object]
    below: str
    demands: Demands

    @property
    def is_secret(self) -> bool:
        """Whether something hidden is given."""
        return self.hidden != self.absent

    @property
    def written(self) -> str:
        """The field with something hidden, in the document itself."""
        return f"{_call(self.name, self.hidden)}{self.below}"

    def varied(self, prefix: str) -> str:
        """The field with its arguments in variables whose names begin with a prefix."""
        return f"{_call(self.name, {name: Word(f'${prefix}{name}') for name in self.hidden})}{self.below}"


@dataclass(frozen=True)
class Paper:
    """A document with hidden things in it; one that asks the same with absent things in variables; and what for.

    Where nothing hidden is given there is no second one.
    """

    hidden: str
    absent: str
    variables: Mapping[str, object]
    places: Sequence[str]


@dataclass(frozen=True)
class Matrix:
    """Everything that one caller can ask for in one perspective."""

    schema: GraphQLSchema
    operands: Operands

    def papers(self, at: str = "") -> Iterator[Paper]:
        """Every argument with every kind of value that the caller may give, and relations of what has no id.

        Args:
            at: only what stands at places that begin like this.
        """
        asked = [probe for probe in (*self._probes, *self._relations) if probe.where.startswith(at)]
        open_to = [probe for probe in asked if not self.unmet(probe.demands + self.ways[probe.parent].demands)]
        for is_secret in (True, False):
            probes = [probe for probe in open_to if probe.is_secret is is_secret]
            for start in range(0, len(probes), _BATCH):
                yield self._paper(probes[start : start + _BATCH])

    def _paper(self, probes: Sequence[Probe]) -> Paper:
        hidden = self._written([(probe.parent, probe.written) for probe in probes])
        places = [probe.where for probe in probes]
        if not probes[0].is_secret:
            return Paper(hidden, "", {}, places)
        varied = self._written([(probe.parent, probe.varied(f"v{n}_")) for n, probe in enumerate(probes)])
        types = {f"v{n}_{name}": type_ for n, probe in enumerate(probes) for name, type_ in probe.types.items()}
        variables = {f"v{n}_{name}": value for n, probe in enumerate(probes) for name, value in probe.absent.items()}
        declared = ", ".join(f"${name}: {types[name]}" for name in variables)
        return Paper(hidden, f"query({declared}) {varied}", variables, places)

    def forbidden(self) -> Iterator[tuple[str, Demands]]:
        """Documents that the caller may not run, with what they need that it lacks."""
        for probe in (*self._probes, *(probe for type_ in self.types for probe in self.bare(type_.name))):
            if unmet := self.unmet(self.ways[probe.parent].demands + probe.demands):
                yield self.document(probe.parent, probe.written), unmet

    def unmet(self, demands: Demands) -> Demands:
        """Of what is needed, what the caller does not hold; each once."""
        return tuple(dict.fromkeys(demand for demand in demands if demand.scope not in self.operands.scopes))

    def document(self, parent: str, field: str) -> str:
        """A document that asks for a field of a type."""
        return self._written([(parent, field)])

    def _written(self, fields: Sequence[tuple[str, str]]) -> str:
        """A document that asks for fields of types, under the names `p0`, `p1` and so on."""
        asked: dict[str, list[str]] = {}
        for number, (parent, field) in enumerate(fields):
            asked.setdefault(parent, []).append(f"p{number}: {field}")
        parts = [
            self.ways[parent].to(" ".join(found), f"w{number}") for number, (parent, found) in enumerate(asked.items())
        ]
        told = [text for name, text in self._fragments.items() if any(f"...{name} " in part for part in parts)]
        return " ".join(["{", *parts, "}", *told])

    # Fields, with their arguments

    @cached_property
    def types(self) -> list[GraphQLObjectType]:
        """The types of objects."""
        return outputs(self.schema)

    @cached_property
    def _probes(self) -> list[Probe]:
        """Each argument of each field with each kind of value."""
        return [
            self._probe(type_, name, argument, given)
            for type_ in self.types
            for name, found in type_.fields.items()
            for argument in found.args
            for given in self._given(f"{type_.name}.{name}", found, argument)
        ]

    @cached_property
    def _relations(self) -> list[Probe]:
        """Each field that leads from an object without an id to another, and is given nothing."""
        types = [one for one in self.types if one.name not in _NODES and not one.name.endswith(_OF_LISTS)]
        return [
            self._probe(type_, name, "", {})
            for type_ in types
            for name, found in type_.fields.items()
            if not found.args and not is_leaf_type(get_named_type(found.type))
        ]

    def bare(self, parent: str) -> list[Probe]:
        """Each field of a type with no more than it must be given."""
        type_ = self.schema.type_map[parent]
        assert isinstance(type_, GraphQLObjectType)
        return [self._probe(type_, name, "", {}) for name in type_.fields]

    def _given(self, where: str, found: GraphQLField, argument: str) -> Iterator[Mapping[str, Value]]:
        if argument in _CURSORS:
            for order in self._sampled(where, argument, self.orders(where, found)):
                yield {**order, argument: self.operands.cursor(where, written(order))}
            return
        for value in self._sampled(where, argument, self._of_argument(where, found, argument)):
            yield {argument: value}

    def orders(self, where: str, found: GraphQLField) -> list[Mapping[str, Value]]:
        """The ways in which a list can be sorted, as arguments of it; the first is none in particular."""
        keys = self._of_argument(where, found, "orderBy") if "orderBy" in found.args else []
        return [{}, *({"orderBy": key} for key in keys)]

    def _of_argument(self, where: str, found: GraphQLField, argument: str) -> list[Value]:
        return list(self._values(found.args[argument].type, argument, f"{where}({argument}:)"))

    def _sampled(self, where: str, argument: str, options: list[T]) -> list[T]:
        """All of them where lists begin; below, where the same lists stand again, enough to see that they do."""
        if where.startswith("Query.") or argument not in _REPEATED or len(options) <= _SAMPLE:
            return options
        demanding = [one for one in options if isinstance(one, Value) and one.demands]
        return [*_few(demanding), *self.operands.random(where, argument).sample(options, _SAMPLE)]

    def _probe(self, type_: GraphQLObjectType, name: str, argument: str, given: Mapping[str, Value]) -> Probe:
        found = type_.fields[name]
        where = f"{type_.name}.{name}"
        values = {**self._needed(where, found, given), **given}
        demands = _demand(where, found) + tuple(
            demand
            for other, value in values.items()
            for demand in (*_demand(f"the argument {other}", found.args[other]), *value.demands)
        )
        hidden = {other: value.hidden for other, value in values.items()}
        absent = hidden | {other: value.absent for other, value in given.items()}
        types = {other: str(one.type) for other, one in found.args.items()}
        below = self._below(get_named_type(found.type))
        at = f"{where}({argument}:)" if argument else where
        return Probe(type_.name, at, name, types, hidden, absent, below, demands)

    def _needed(self, where: str, found: GraphQLField, given: Collection[str]) -> dict[str, Value]:
        """What a field must be given beside what it is given."""
        needed = [name for name, one in found.args.items() if is_required_argument(one) and name not in given]
        return {name: self._of_argument(where, found, name)[0] for name in needed}

    def given(self, type_: GraphQLObjectType, name: str, argument: str, value: object) -> str:
        """A document in which a field is given any value at all, and what it must be given beside."""
        found = type_.fields[name]
        needed = {other: one.hidden for other, one in self._needed(f"{type_.name}.{name}", found, {argument}).items()}
        call = _call(name, {**needed, argument: value})
        return self.document(type_.name, f"{call}{self._below(get_named_type(found.type))}")

    # Values of arguments

    def _values(self, type_: GraphQLInputType, name: str, where: str, depth: int = 2) -> Iterator[Value]:
        bare = get_nullable_type(type_)
        if isinstance(bare, GraphQLList):
            yield from (value.listed() for value in self._values(bare.of_type, name, where, depth))
        elif isinstance(bare, GraphQLInputObjectType):
            yield from self._objects(bare, where, depth)
        elif isinstance(bare, GraphQLEnumType):
            yield from (Value(Word(one), Word(one), _of_value(bare, one)) for one in bare.values)
        else:
            yield from self.operands.of(get_named_type(bare).name, name, where)

    def _objects(self, type_: GraphQLInputObjectType, where: str, depth: int) -> Iterator[Value]:
        """The object with each of its fields, one at a time, and beside it those that must be there."""
        for name, found in type_.fields.items():
            inner = get_named_type(found.type)
            is_deeper = isinstance(inner, GraphQLInputObjectType) and self._is_of_content(inner)
            if is_deeper and depth == 0:
                continue
            # Operators stand where the field stands that they compare.
            at = f"{type_.name}.{name}" if self._is_of_content(type_) else where
            values = self._values(found.type, name, at, depth - is_deeper)
            beside = {} if type_.is_one_of else self._required(type_, name)
            # What joins conditions is seen to join them; what each does was seen before.
            for value in _few(values) if inner is type_ else values:
                yield value.within(name, beside, _demand(f"{type_.name}.{name}", found))

    def _required(self, type_: GraphQLInputObjectType, beside: str) -> dict[str, Value]:
        return {
            name: next(iter(self._values(found.type, name, f"{type_.name}.{name}")))
            for name, found in type_.fields.items()
            if name != beside and is_required_input_field(found)
        }

    def _is_of_content(self, type_: GraphQLInputObjectType) -> bool:
        """Whether an input type is made for a type of content, like `ArticleFilter`, and not for any text or number."""
        stems = (type_.name.removesuffix(end) for end in ("By", "Filter", "Order") if type_.name.endswith(end))
        return any(isinstance(self.schema.type_map.get(stem), GraphQLObjectType) for stem in stems)

    # What is asked of an answer, and how it is reached

    @cached_property
    def _fragments(self) -> Mapping[str, str]:
        """For each type, what tells which of its rows an answer holds. Written once, it is read once."""
        told = {
            f"Told{one.name}": f"fragment Told{one.name} on {one.name} {{ {self._told(one)} }}" for one in self.types
        }
        abstract = {"ToldNode": "fragment ToldNode on Node { __typename id }"}
        abstract["ToldRoutable"] = "fragment ToldRoutable on Routable { __typename id }"
        abstract["ToldRoute"] = (
            "fragment ToldRoute on Route { __typename ... on ContentRoute { content { __typename id } } "
            "... on Redirect { id } ... on Gone { since } }"
        )
        return told | abstract

    def _below(self, type_: GraphQLNamedType) -> str:
        return "" if is_leaf_type(type_) else f" {{ ...Told{type_.name} }}"

    def _told(self, type_: GraphQLObjectType) -> str:
        public = {name: get_named_type(found.type) for name, found in type_.fields.items() if not needs_of(found)}
        leaves = [name for name, inner in public.items() if is_leaf_type(inner)]
        told = ["__typename", *(name for name in leaves if name in _TELLING or "id" not in public)]
        if "edges" in public:
            node = public["nodes"]
            assert isinstance(node, GraphQLObjectType)
            told.append(f"edges {{ cursor node {{ {self._told(node)} }} }} pageInfo {{ hasNextPage hasPreviousPage }}")
        return " ".join(told)

    @cached_property
    def ways(self) -> Mapping[str, Way]:
        """The way to each type: the shortest, and if there is one, one that the caller may go."""
        found = {"Query": Way()} | {name: self._by_ids(name, node_type) for name, node_type in _NODES.items()}
        found |= {name: self._by_path(name, path) for name, path in self._paths.items()}
        for is_open in (True, False):
            waiting = deque(found)
            while waiting:
                name = waiting.popleft()
                for target, way in self._on(name, found[name]):
                    if target not in found and not (is_open and self.unmet(way.demands)):
                        found[target] = way
                        waiting.append(target)
        return found

    def _on(self, name: str, way: Way) -> Iterator[tuple[str, Way]]:
        type_ = self.schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        for field, found in type_.fields.items():
            target = get_named_type(found.type)
            if isinstance(target, GraphQLObjectType) and not any(map(is_required_argument, found.args.values())):
                demands = (*way.demands, *_demand(f"{name}.{field}", found))
                yield target.name, Way(f"{way.before}{field} {{ ", f" }}{way.after}", demands)

    @cached_property
    def _paths(self) -> Mapping[str, str]:
        """Paths that lead to what has no id: content in its wrapper, and a grave."""
        grave = next(row["path"] for row in self.operands.dyed.tables["tombstone"].values() if row["path"])
        slug = next(iter(self.operands.dyed.tables["topic"].values()))["slug"]
        return {"ContentRoute": f"/topics/{slug}", "Gone": grave}

    def _by_path(self, name: str, path: str) -> Way:
        return Way(f"route(path: {literal(path)}) {{ ... on {name} {{ ", " } }")

    def _by_ids(self, name: str, node_type: NodeType) -> Way:
        ids = [str(GlobalId(node_type, row["id"])) for row in self.operands.dyed.rows(node_type)]
        return Way(f"nodes(ids: {literal(ids)}) {{ ... on {name} {{ ", " } }")


def _few(values: Iterable[Any]) -> Iterator[Any]:
    """One value for each set of demands, with and without something hidden."""
    seen = set()
    for value in values:
        kind = (value.demands, value.hidden != value.absent)
        if kind not in seen:
            seen.add(kind)
            yield value


def _demand(name: str, found: Element) -> Demands:
    scope = needs_of(found)
    return () if scope is None else (Demand(name, scope),)


def _of_value(type_: GraphQLEnumType, name: str) -> Demands:
    """What a value of an enum needs: an order key may need a scope, and the DRAFT perspective does."""
    is_draft = type_.name == "Perspective" and name == Perspective.DRAFT.value
    draft = (Demand("The DRAFT perspective", Scope.CONTENT_PREVIEW),) if is_draft else ()
    return draft + _demand(f"{type_.name}.{name}", type_.values[name])


def _call(name: str, values: Mapping[str, object]) -> str:
    arguments = ", ".join(f"{argument}: {literal(value)}" for argument, value in values.items())
    return f"{name}({arguments})" if arguments else name


def written(order: Mapping[str, Value]) -> str:
    """An order, as it is given; empty for none in particular."""
    return ", ".join(f"{name}: {literal(value.hidden)}" for name, value in order.items())
