"""What every feature is made of: nodes, pages of a list, filters of plain values, and the perspective of a read."""

from datetime import datetime
from typing import Generic, TypeVar

import strawberry

from cms.reading.vocabulary import Perspective, SortDirection
from schema.descriptions import describe_enum, described
from schema.fields import EVERYBODY, argument, given, read
from schema.scalars import Json, Url

_Edge = TypeVar("_Edge")
_Node = TypeVar("_Node")

describe_enum(
    Perspective,
    "Which state of the content is read. Everything below the field that names one inherits it.",
    PUBLISHED="What readers see now.",
    DRAFT="What editors have saved last, published or not. Needs the scope CONTENT_PREVIEW, or a preview link's token.",
)
describe_enum(
    SortDirection,
    "Which end of a sorted list comes first.",
    ASC="Smallest, earliest or first in the alphabet.",
    DESC="Largest, latest or last in the alphabet.",
)

#: For the root fields that can show drafts.
PERSPECTIVE = {
    "perspective": argument(
        EVERYBODY,
        Perspective | None,
        "Which state of the content to read. Left out: what the X-CMS-Perspective header says, else what readers see.",
    )
}


@described
@strawberry.interface
class Node:
    """Anything with an id of its own: keep the id, and `node` or `nodes` brings the thing back."""

    id: strawberry.ID = read(
        EVERYBODY, "Unique among everything here, stable for ever, and opaque: do not take it apart."
    )


@described
@strawberry.interface
class Routable(Node):
    """Something that stands at an address of the site."""

    path: str = read(EVERYBODY, "Where it stands on the site, from the site's path template, like `/articles/a-title`.")
    canonical_url: Url = read(EVERYBODY, "Its full address, the one that search engines should show.")


@described
@strawberry.type
class PageInfo:
    """Whether a list goes on beyond this page, and the cursors to go on from."""

    has_next_page: bool = read(EVERYBODY, "Whether more follows the last item of this page.")
    has_previous_page: bool = read(EVERYBODY, "Whether something precedes the first item of this page.")
    start_cursor: str | None = read(
        EVERYBODY, "The cursor of the first item, to give as `before`; null on an empty page."
    )
    end_cursor: str | None = read(EVERYBODY, "The cursor of the last item, to give as `after`; null on an empty page.")


@described
@strawberry.type
class Connection(Generic[_Edge, _Node]):
    """A page of a list (GraphQL Cursor Connections Specification); each list names its own."""

    edges: list[_Edge] = read(EVERYBODY, "The items of this page, each with its cursor.")
    nodes: list[_Node] = read(EVERYBODY, "The items of this page, for clients that need no cursor of each.")
    page_info: PageInfo = read(EVERYBODY, "Whether there is more, in both directions.")
    total_count: int = read(
        EVERYBODY, "How many items the whole list holds, on all pages, as far as the caller may see them."
    )


@described
@strawberry.type
class Edge(Generic[_Node]):
    """An item of a list with its place in it; each list names its own."""

    cursor: str = read(EVERYBODY, "The item's place in this list and order, to give as `after` or `before`.")
    node: _Node = read(EVERYBODY, "The item.")


@described
@strawberry.type
class FieldDiff:
    """A field that differs between two revisions."""

    field: str = read(EVERYBODY, "The field's name, like `title` or `body`.")
    before: Json | None = read(EVERYBODY, "Its value in the older revision; null when it had none.")
    after: Json | None = read(EVERYBODY, "Its value in the newer revision; null when it has none.")


@described
@strawberry.input
class StringFilter:
    """Conditions on a text, all of which must hold. Case and width of letters make no difference, accents do."""

    eq: str | None = given(EVERYBODY, "Is this text.")
    ne: str | None = given(EVERYBODY, "Is not this text.")
    in_: list[str] | None = given(EVERYBODY, "Is one of these texts.", name="in")
    not_in: list[str] | None = given(EVERYBODY, "Is none of these texts.")
    contains: str | None = given(EVERYBODY, "Holds this text somewhere; no character is a wildcard.")
    starts_with: str | None = given(EVERYBODY, "Begins with this text; no character is a wildcard.")


@described
@strawberry.input
class IntFilter:
    """Conditions on a whole number, all of which must hold."""

    eq: int | None = given(EVERYBODY, "Is this number.")
    gt: int | None = given(EVERYBODY, "Is greater than this number.")
    gte: int | None = given(EVERYBODY, "Is this number or greater.")
    lt: int | None = given(EVERYBODY, "Is less than this number.")
    lte: int | None = given(EVERYBODY, "Is this number or less.")


@described
@strawberry.input
class DateTimeFilter:
    """Conditions on a moment, all of which must hold."""

    eq: datetime | None = given(EVERYBODY, "Is this moment, to the microsecond.")
    gt: datetime | None = given(EVERYBODY, "Is later than this moment.")
    gte: datetime | None = given(EVERYBODY, "Is this moment or later.")
    lt: datetime | None = given(EVERYBODY, "Is earlier than this moment.")
    lte: datetime | None = given(EVERYBODY, "Is this moment or earlier.")
    is_null: bool | None = given(EVERYBODY, "True: there is no such moment. False: there is one.")


@described
@strawberry.input
class IDFilter:
    """Conditions on a global id, all of which must hold. An id of another type matches nothing."""

    eq: strawberry.ID | None = given(EVERYBODY, "Is the thing with this id.")
    in_: list[strawberry.ID] | None = given(EVERYBODY, "Is one of the things with these ids.", name="in")
    not_in: list[strawberry.ID] | None = given(EVERYBODY, "Is none of the things with these ids.")
