"""What can be read: entities, their columns and relations, and which rows a viewer may see.

SQL here is written with names in braces: `{r}.title` is column `title` of whatever stands under the name `r` in the
entity's source; `{now}` is the moment of the request, and `{key}` the level's own key. Braces around any other word are
left alone. Nothing in these texts ever comes from a client.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from cms.kernel.fields import IdField, JsonTextField, SortKeyField, TimeField
from cms.kernel.ids import NodeType
from cms.kernel.viewer import Scope, Viewer
from cms.reading.vocabulary import Perspective

#: The longest a plain list of the contract can be (children, translations, flags, ...).
LONGEST_LIST = 100
DEFAULT_PAGE, LARGEST_PAGE = 20, 100

Sql: TypeAlias = str | Mapping[Perspective, str]


class Kind(StrEnum):
    """What a column holds, which decides how it travels and how it is written."""

    TEXT = "text"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    TIME = "time"
    JSON = "json"
    LIST = "list"
    KEY = "key"

    @property
    def usual_bytes(self) -> int:
        """What a value is charged at where its column does not say otherwise."""
        return _USUAL_BYTES[self]


_USUAL_BYTES = {
    Kind.TEXT: 100,
    Kind.INT: 10,
    Kind.FLOAT: 20,
    Kind.BOOL: 5,
    Kind.TIME: 30,
    Kind.JSON: 2048,
    Kind.LIST: 100,
    Kind.KEY: 45,
}


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What a computed field may know beside its columns. `media_url` is where files are served from."""

    viewer: Viewer
    now: datetime
    media_url: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A value in the row. With `prefix`, the global id of what the key names.

    `weight` is what it is charged at, in bytes, where that differs from what is usual for its kind.
    """

    sql: Sql
    kind: Kind = Kind.TEXT
    nullable: bool = True
    needs: Scope | None = None
    prefix: NodeType | None = None
    weight: int | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """An argument that a computed field's columns name in braces: its kind, and what is bound for it."""

    kind: Kind
    convert: Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Computed:
    """A value made in Python from columns, after the statement: `compute(context, arguments, *columns)`.

    Attributes:
        plain: what is made is a list of plain objects, dicts by field name, from which the wanted fields are taken.
        most: how many plain objects there can be.
        weight: what it is charged at, in bytes.
    """

    columns: tuple[Column, ...]
    compute: Callable[..., object]
    needs: Scope | None = None
    bound: Mapping[str, Bound] = field(default_factory=dict)
    plain: bool = False
    most: int = 10
    weight: int = 200


@dataclass(frozen=True, slots=True)
class Embedded:
    """An object whose columns stand in its owner's row; null where the column `present` is."""

    fields: Mapping[str, "Field"]
    present: Column | None = None
    needs: Scope | None = None


@dataclass(frozen=True, slots=True)
class ToOne:
    """One row of another entity, by its key. Null where there is none, or none that the viewer may see.

    Attributes:
        sql: the key; it may name arguments of the field in braces, `{at}`. A time that is left out is now.
        source: how the row is found here, where that differs from the entity's own way.
    """

    target: str
    sql: Sql
    needs: Scope | None = None
    source: "Source | None" = None
    arguments: Mapping[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Many:
    """Rows of another entity whose `child` expression equals the owner's `parent` expression; both None for all rows.

    Attributes:
        connection: a Relay connection with pages; otherwise a plain list of at most `most`.
        sources: how the rows are found here, where that differs from the entity's own way.
        order: a name among the target's orders, for each perspective where they differ; a plain list has no other.
        conditions: SQL that holds of every row here.
        arguments: for each argument of the field, the SQL condition it adds when it is given; in it `{value}` is the
            argument. A mapping from booleans gives the conditions of a flag.
        unasked: what is left out unless the list's filter asks for it.
        exclusive: a row belongs to one owner only.
        size: how many a page holds when nobody says.
        most: how many a plain list holds at most; whoever writes them sees to it that there are no more.
        limited_by: an argument that says how many a plain list holds.
        scan: what it costs to go through all rows once, in objects: 7 for each millisecond that it takes with 10,000
            articles and 100,000 comments, so that what anonymous readers may ask for takes less than a second.
        effort: what it costs to find the rows in any case, on the same scale.
        trusted: the owner's row stands for the target's `anchor`, which then need not be checked again.
        perspective: the one that the rows are read in, whatever their owner was read in.
    """

    target: str
    parent: Sql | None = None
    child: Sql | None = None
    connection: bool = False
    sources: Mapping[Perspective, "Source"] | None = None
    order: str | Mapping[Perspective, str] = ""
    conditions: tuple[str, ...] = ()
    arguments: Mapping[str, "ArgumentCondition | NodeCondition"] = field(default_factory=dict)
    unasked: "Unasked | None" = None
    trusted: bool = False
    exclusive: bool = True
    size: int = DEFAULT_PAGE
    most: int = LONGEST_LIST
    scan: int = 20
    effort: int = 0
    limited_by: str | None = None
    needs: Scope | None = None
    perspective: Perspective | None = None


@dataclass(frozen=True, slots=True)
class Unasked:
    """What a list leaves out as long as nobody asks for it.

    Attributes:
        sql: what holds of the rows that are left.
        fields: those of the filter by which the others are asked for. Whoever speaks of one of them, in whatever way,
            gets what the filter says and nothing else is left out.
    """

    sql: Sql
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class ArgumentCondition:
    """The condition that an argument adds: one text with `{value}`, or one for each value of a flag or enum."""

    sql: str | Mapping[object, str]
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class NodeCondition:
    """The condition that a global id adds: a text with `{value}`, its key, for each type that it may name.

    An id of another type, and what is no id at all, is met by nothing.
    """

    sql: Mapping[NodeType, str]


@dataclass(frozen=True, slots=True)
class References:
    """Nodes of several types, in order: rows of `entity` whose `child` equals `parent`, each naming a target."""

    entity: str
    parent: Sql
    child: str
    position: str
    targets: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LookupBy:
    """How one name finds a row: the condition, with `{value}`.

    Attributes:
        prefix: the value is a global id of that type; any other finds nothing. among: an indexed column whose value
        is one of what `parts` makes of the value, where the condition has no index.
    """

    sql: Sql
    prefix: NodeType | None = None
    among: Sql | None = None
    parts: Callable[[str], list[str]] | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """One row of an entity, found by one of several unique things; with none of them, the only row.

    Attributes:
        by: for each field of the `@oneOf` argument `by`, or for an argument of the field itself, how it finds the row.
        arguments: a further argument, and for each of `by` the conditions when it is given and when it is left out.
    """

    target: str
    by: Mapping[str, LookupBy] = field(default_factory=dict)
    arguments: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Any node by its global id; with `many`, a list of them in the order they were asked for."""

    many: bool = False


@dataclass(frozen=True, slots=True)
class ByToken:
    """A row of `target` for each token that the argument `argument` lists, in their order; null where one opens none.

    Whoever holds the token of a row may see it: that is all that `target` has to say of visibility.

    Attributes:
        prefix: the type of what is opened.
        key_of: the key that a token was given out for; None for any other text.
    """

    target: str
    argument: str
    prefix: NodeType
    key_of: Callable[[str], UUID | None]


@dataclass(frozen=True, slots=True)
class Address:
    """Where something stands now: the path of the node whose global id `sql` holds; any other text stays as it is.

    Null where there is no such node, or none that the viewer may see.

    Attributes:
        sql: the global id, as text.
        targets: the entities that it may name, each of which has a `path`; nothing else begins as their ids do.
        needs: who may read it.
    """

    sql: Sql
    targets: tuple[str, ...]
    needs: Scope | None = None


@dataclass(frozen=True, slots=True)
class Itself:
    """The row itself, shown as what it is, in an object around it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something that a path can lead to: rows of `target`, and how the path finds one, the first in `order`."""

    target: str
    by: LookupBy
    order: Sql


@dataclass(frozen=True, slots=True)
class Route:
    """Whatever the argument `path` leads to: the first of several things that is there for the viewer.

    Attributes:
        content: what comes first: lookups among the fields that an operation begins with, each found by its path.
        around: the entity in which such content is shown; it has no rows of its own.
        places: what comes after, in this order.
    """

    content: tuple[str, ...]
    around: str
    places: tuple[Place, ...]


Field: TypeAlias = (
    Column | Computed | Embedded | ToOne | Many | References | Lookup | Nodes | ByToken | Address | Itself | Route
)


@dataclass(frozen=True, slots=True)
class Join:
    """A table beside the driving one. An inner join always finds its row, and is left out where nothing needs it."""

    table: str
    alias: str
    on: str
    outer: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows of an entity come from: a driving table, joins in order, the key, and what always holds.

    `same` lets one table stand under several names. `when` is part of every use, whoever asks.
    """

    table: str
    alias: str
    key: str
    joins: tuple[Join, ...] = ()
    same: Mapping[str, str] = field(default_factory=dict)
    when: str = ""


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One sort key: never null, and the same order on both databases. Who sorts by it holds the scope it `needs`."""

    sql: Sql
    kind: Kind
    descending: bool = False
    needs: Scope | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """What one field of a filter compares: a column, or for texts its folded form."""

    sql: Sql
    kind: Kind = Kind.TEXT
    folded: str | None = None
    needs: Scope | None = None
    prefix: NodeType | None = None


@dataclass(frozen=True, slots=True)
class RelationFilter:
    """Some row of `target` that passes a filter of its own: `sql` is compared with the target's `child` expression.

    With `through` (a table, its column equal to `sql`, its column equal to the key) the rows are linked by that table.
    With `by`, what is given is not a filter of the target but the conditions on that field of it.
    """

    target: str
    sql: Sql
    through: tuple[str, str, str] | None = None
    condition: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class FlagFilter:
    """A Boolean that stands for a condition when true and for its opposite when false."""

    sql: Sql
    needs: Scope | None = None


FilterField: TypeAlias = Filter | RelationFilter | FlagFilter


@dataclass(slots=True)
class Entity:
    """Something that can be read, under the name it has in the API.

    Attributes:
        sources: where its rows come from in each perspective; one for both where they do not differ.
        visible: the condition on rows for a viewer; empty for all rows.
        anchor: what must also hold of rows that the viewer does not reach through their owner.
        fields: by the name the Python side of the API uses.
        orders: by the name of an order.
        tie: the last sort key; unique.
        leads_by: the name of a field that is an Address: where it leads nowhere, the row is not there.
    """

    name: str
    node_type: NodeType | None
    sources: Mapping[Perspective, Source]
    tie: str = "{key}"
    visible: Callable[[Viewer, Perspective], str] = lambda _viewer, _perspective: ""
    anchor: Callable[[Viewer, Perspective], str] = lambda _viewer, _perspective: ""
    fields: dict[str, Field] = field(default_factory=dict)
    filters: dict[str, FilterField] = field(default_factory=dict)
    orders: dict[str, tuple[OrderKey, ...]] = field(default_factory=dict)
    leads_by: str = ""

    def add(self, **more: Field) -> None:
        """Let a floor above add what it knows: `comments` adds `Article.comments`."""
        if known := self.fields.keys() & more:
            raise ValueError(f"{self.name} has {', '.join(sorted(known))} already")
        self.fields.update(more)


def both(source: Source) -> dict[Perspective, Source]:
    """The same source in either perspective."""
    return dict.fromkeys(Perspective, source)


_KINDS: tuple[tuple[type[fields.Field[Any]], Kind], ...] = (
    (IdField, Kind.KEY),
    (TimeField, Kind.TIME),
    (JsonTextField, Kind.JSON),
    (SortKeyField, Kind.TEXT),
    (fields.BooleanField, Kind.BOOL),
    (fields.FloatField, Kind.FLOAT),
    (fields.IntField, Kind.INT),
    (fields.BigIntField, Kind.INT),
    (fields.CharField, Kind.TEXT),
    (fields.TextField, Kind.TEXT),
)


def column(model: type[Model], name: str, alias: str, *, needs: Scope | None = None) -> Column:
    """The column `name` of a table, its kind and nullability taken from the model.

    Raises:
        ValueError: the model has no such column.
    """
    described = model._meta.fields_map.get(name)  # noqa: SLF001 - Tortoise's public metadata carries an underscore
    if described is None or name not in model._meta.db_fields:  # noqa: SLF001 - as above
        raise ValueError(f"{model.__name__} has no column {name}")
    kind = next(kind for field_type, kind in _KINDS if isinstance(described, field_type))
    return Column(f"{{{alias}}}.{name}", kind, nullable=described.null, needs=needs)


def columns(model: type[Model], alias: str, *names: str) -> dict[str, Field]:
    """Several columns of a table under their own names."""
    return {name: column(model, name, alias) for name in names}
