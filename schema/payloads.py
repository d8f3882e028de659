"""What a write answers: planned before anything runs, put together from what came of it.

The one thing to know: content stands in a payload as it would in `node(id:)`. So where the API shows content, what came
of a write holds ids, and each such place is a read of its own, compiled and priced beforehand like every other.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from cms.kernel.clock import now
from cms.kernel.ids import NodeType, parse_global_id
from cms.kernel.viewer import Viewer
from cms.reading.binding import Bindable
from cms.reading.entity import LONGEST_LIST, Entity
from cms.reading.pricing import Price
from cms.reading.reader import Compiled, Reader, TooExpensive
from cms.reading.request import Leaf, Requested, Selection
from cms.reading.vocabulary import Perspective
from schema.fields import python_name
from schema.writing import Opening

#: Under what name the ids stand beside a request's variables; no variable can be called so.
IDS: Final = "@ids"
_NO_KEY = "00000000-0000-7000-8000-000000000000"
#: What a list of plain objects is charged for; a list of content is charged for as many as it can hold.
_USUALLY = 10
_BYTES_OF_A_FIELD = 100
#: How many of the places that cost most a caller is told of.
_DEAREST: Final = 3
_ZEROS: Mapping[str, object] = {"Boolean": False, "Int": 0}
#: Where a type of content lists the articles that name it.
_NAMED_BY: Mapping[NodeType, str] = {
    NodeType.AUTHOR: "articles",
    NodeType.TOPIC: "articles",
    NodeType.DISCLAIMER: "articles",
    NodeType.MEDIA: "used_by",
}

#: Reads the content of ids.
Read = Callable[["Content", list[str]], Awaitable[list[Any]]]
#: What came of something, by Python names, with ids where the API shows content.
Source = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """A place where content of one type is shown, under `key` in the answer; `within` is the part of it that is.

    Where it is read as its writer's own, `opening` says how.
    """

    key: str
    type: NodeType
    compiled: Compiled
    within: str | None = None
    is_many: bool = False
    opening: Opening | None = None

    @property
    def samples(self) -> list[str]:
        """What to price it with."""
        return self.named([f"{self.type.value}_{_NO_KEY}"] * (LONGEST_LIST if self.is_many else 1))

    def named(self, ids: Sequence[str]) -> list[str]:
        """What its read calls the things of these ids: so, or by their tokens."""
        if self.opening is None:
            return list(ids)
        return [self.opening.token_of(node.key) for node in map(parse_global_id, ids) if node is not None]


@dataclass(frozen=True, slots=True)
class Shown:
    """A field of an object that came of a write, under `key` in the answer.

    Attributes:
        content: what it reads, by type, where it shows content.
        objects: what it shows of objects that are no content, by the names of their types.
        constant: what it always says.
        missing: what it says when nothing came of it: what its type has in place of null.
    """

    key: str
    name: str
    is_list: bool = False
    missing: object = None
    content: Mapping[NodeType, Content] | None = None
    objects: "Mapping[str, Objects] | None" = None
    constant: str | None = None

    async def show(self, source: Source, read: Read) -> object:
        """The field's part of the answer."""
        if self.constant is not None:
            return self.constant
        value = source.get(self.name)
        if value is None:
            return self.missing
        if self.content is not None:
            return await self._content(value, read)
        if self.objects is None:
            return value
        if self.is_list:
            return [await self._object(each, read) for each in value]
        return await self._object(value, read)

    async def _content(self, value: "str | list[str]", read: Read) -> object:
        ids = value if isinstance(value, list) else [value]
        node = parse_global_id(ids[0]) if ids else None
        place = self.content.get(node.type) if node is not None and self.content else None
        found = [] if place is None else await read(place, ids)
        if isinstance(value, list):
            return [each for each in found if each is not None]
        return found[0] if found else None

    async def _object(self, value: Source, read: Read) -> object:
        assert self.objects is not None  # noqa: S101 - asked for by `show` alone
        shape = self.objects.get(value.get("__typename", ""), next(iter(self.objects.values())))
        return await shape.show(value, read)

    def contents(self) -> Iterator[Content]:
        """Every place below it where content is shown."""
        yield from (self.content or {}).values()
        for shape in (self.objects or {}).values():
            yield from shape.contents()


@dataclass(frozen=True, slots=True)
class Objects:
    """What is wanted of an object that came of a write."""

    fields: tuple[Shown, ...]

    async def show(self, source: Source, read: Read) -> dict[str, object]:
        """Its part of the answer."""
        return {field.key: await field.show(source, read) for field in self.fields}

    def contents(self) -> Iterator[Content]:
        """Every place in it where content is shown."""
        for field in self.fields:
            yield from field.contents()

    @property
    def price(self) -> Price:
        """What it could hold beside content."""
        price = Price(1, _BYTES_OF_A_FIELD * len(self.fields))
        for field in self.fields:
            for shape in (field.objects or {}).values():
                each, times = shape.price, _USUALLY if field.is_list else 1
                price += Price(times * each.objects, times * each.size_bytes)
        return price


@dataclass(frozen=True, slots=True)
class PayloadPlanner:
    """Plans the payloads of one operation, for one kind of viewer.

    Attributes:
        node: the type of content that the payload is about; what a conflict shows is of that type too.
        uses: the type whose use elsewhere may stand against the write.
        opening: how the node is read as its writer's own, where it is.
    """

    schema: GraphQLSchema
    reader: Reader
    viewer: Viewer
    perspective: Perspective
    node: frozenset[str]
    uses: NodeType | None = None
    opening: Opening | None = None

    def plan(self, type_: GraphQLObjectType, selection: Selection) -> Objects:
        """What is wanted of an object of `type_`.

        Raises:
            ReadRefused: the viewer may not have all of it, or it makes no sense.
        """
        return Objects(tuple(self._field(type_, asked) for asked in selection.fields))

    def _field(self, type_: GraphQLObjectType, asked: Requested) -> Shown:
        if asked.name == "__typename":
            return Shown(asked.key, asked.name, constant=type_.name)
        field = next(one for name, one in type_.fields.items() if python_name(name, one) == asked.name)
        shown = Shown(asked.key, asked.name, _is_list(field), _missing(field))
        if not asked.selections:
            return shown
        if type_.name == "InUse" and asked.name == "used_by":
            return replace(shown, content=self._users(asked))
        content = self._content(get_named_type(field.type), asked, is_list=shown.is_list)
        return replace(shown, content=content, objects=self._objects(asked) if content is None else None)

    def _objects(self, asked: Requested) -> dict[str, Objects]:
        found = {}
        for name, selection in asked.selections.items():
            type_ = self.schema.type_map[name]
            assert isinstance(type_, GraphQLObjectType)  # noqa: S101 - only object types have selections of their own
            found[name] = self.plan(type_, selection)
        return found

    def _content(self, named: object, asked: Requested, *, is_list: bool) -> Mapping[NodeType, Content] | None:
        """What is read where the field shows content; None where it does not."""
        if isinstance(named, GraphQLInterfaceType) and named.name == "Node":
            types = sorted(self.node & asked.selections.keys())
        elif isinstance(named, GraphQLObjectType) and entity_of(self.reader, named.name) is not None:
            types = [named.name]
        else:
            return None
        found = [self._read(asked.key, name, asked.selections[name], is_many=is_list) for name in types]
        return {one.type: one for one in found}

    def _read(self, key: str, type_name: str, wanted: Selection, *, is_many: bool = False) -> Content:
        entity = self.reader.entities[type_name]
        assert entity.node_type is not None  # noqa: S101 - by `entity_of`
        opening = self.opening if type_name in self.node else None
        field, argument = (opening.field, opening.argument) if opening else ("nodes", "ids")
        sample = [f"{entity.node_type.value}_{_NO_KEY}"]
        found = Requested(IDS, field, {argument: Leaf(sample, (IDS,))}, {type_name: wanted})
        compiled = self.reader.compile(Selection("Query", (found,)), self.viewer, self.perspective)
        return Content(key, entity.node_type, compiled, is_many=is_many, opening=opening)

    def _users(self, asked: Requested) -> Mapping[NodeType, Content]:
        """The articles that name something: what that thing's own list says."""
        owner = next((one for one in self.reader.entities.values() if one.node_type is self.uses), None)
        if owner is None or owner.node_type is None:
            return {}
        listed = Requested(asked.key, _NAMED_BY[owner.node_type], asked.arguments, asked.selections)
        content = self._read(asked.key, owner.name, Selection(owner.name, (listed,)))
        return {content.type: replace(content, within=asked.key)}


def price_of(
    reader: Reader, viewer: Viewer, variables: Mapping[str, Any], base: Price, places: Sequence[tuple[str, Content]]
) -> Price:
    """What places of content could hold together, priced before anybody knows what will be shown there.

    Args:
        reader: what will read them.
        viewer: for whom.
        variables: coerced.
        base: what the answer could hold beside them.
        places: each with the key in the answer below which it stands.

    Raises:
        TooExpensive: more than the viewer's budget.
    """
    moment = now()
    charged = []
    for key, content in places:
        bindable = Bindable({**variables, IDS: content.samples}, viewer, moment)
        charged.append((key, content, content.compiled.plan.arguments.read(bindable)))
    total = sum((content.compiled.tariff.price(arguments) for _, content, arguments in charged), base)
    budget = reader.limits.budget(is_anonymous=viewer.is_anonymous)
    if not total.is_within(budget):
        dear = [
            replace(one, path=(key, content.key, *one.path[1:]))
            for key, content, arguments in charged
            for one in content.compiled.tariff.dearest(arguments)
        ]
        raise TooExpensive(total, budget, sorted(dear, key=lambda one: one.price, reverse=True)[:_DEAREST])
    return total


def entity_of(reader: Reader, type_name: str) -> Entity | None:
    """The entity of that name, where it is one that ids name."""
    entity = reader.entities.get(type_name)
    return entity if entity is not None and entity.node_type is not None else None


def _is_list(field: GraphQLField) -> bool:
    bare = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    return isinstance(bare, GraphQLList)


def _missing(field: GraphQLField) -> object:
    """What stands in place of null where there can be none."""
    if not isinstance(field.type, GraphQLNonNull):
        return None
    if _is_list(field):
        return []
    return _ZEROS.get(get_named_type(field.type).name)
