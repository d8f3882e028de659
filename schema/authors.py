"""Authors: who signs what is published."""

from datetime import datetime
from enum import StrEnum

import strawberry

from cms.kernel.viewer import Scope
from cms.reading.vocabulary import SortDirection
from schema.article_lists import ARTICLE_PAGE, ArticleConnection
from schema.descriptions import describe_orders, described
from schema.fields import EVERYBODY, PAGE, argument, given, read
from schema.media import Media
from schema.richtext import RichText
from schema.scalars import Url
from schema.shared import Connection, Edge, IDFilter, Routable, StringFilter


class AuthorOrderField(StrEnum):
    """What authors can be sorted by."""

    NAME = "NAME"
    CREATED_AT = "CREATED_AT"
    ARTICLE_COUNT = "ARTICLE_COUNT"


describe_orders(
    AuthorOrderField,
    "What authors can be sorted by. Equals are told apart by their ids, so that pages never overlap.",
    NAME=(EVERYBODY, "The name, without regard to case."),
    CREATED_AT=(EVERYBODY, "When the author was added."),
    ARTICLE_COUNT=(EVERYBODY, "How many public articles name them."),
)


@described
@strawberry.type
class Author(Routable):
    """Somebody who signs articles, or edits, reviews, translates or photographs for them."""

    slug: str = read(EVERYBODY, "The last part of the address, unique among authors.")
    version: int = read(EVERYBODY, "Grows with every change; give it as `expectedVersion` when changing this.")
    name: str = read(
        EVERYBODY, "The name in full, as it is printed today; an article keeps the name it was printed with."
    )
    credentials: str | None = read(EVERYBODY, "Degrees and titles to print behind the name, like `LMFT, PhD`.")
    bio: RichText | None = read(EVERYBODY, "A few words about the author.")
    avatar: Media | None = read(EVERYBODY, "A picture of the author.")
    website: Url | None = read(EVERYBODY, "The author's own site.")
    accepts_messages: bool = read(EVERYBODY, "Whether readers can write to the author through the site.")
    email: str | None = read(Scope.CONTENT_WRITE, "Where readers' messages are sent; readers never see it.")
    articles: ArticleConnection = read(EVERYBODY, "Articles that name the author in any role.", arguments=ARTICLE_PAGE)
    created_at: datetime = read(EVERYBODY, "When the author was added.")
    updated_at: datetime = read(EVERYBODY, "When anything said about the author last changed.")


@described
@strawberry.type
class AuthorEdge(Edge[Author]):
    """An author and the place in a list."""


@described
@strawberry.type
class AuthorConnection(Connection[AuthorEdge, Author]):
    """A page of a list of authors."""


@described
@strawberry.input(one_of=True)
class AuthorBy:
    """Which author: give exactly one of these."""

    id: strawberry.ID | None = given(EVERYBODY, "The author's id.")
    path: str | None = given(EVERYBODY, "The address on the site, like `/authors/a-name`.")
    slug: str | None = given(EVERYBODY, "The last part of the address.")


@described
@strawberry.input
class AuthorFilter:
    """Conditions on authors, all of which must hold."""

    and_: "list[AuthorFilter] | None" = given(EVERYBODY, "All of these must hold too.", name="and")
    or_: "list[AuthorFilter] | None" = given(EVERYBODY, "At least one of these must hold.", name="or")
    not_: "AuthorFilter | None" = given(EVERYBODY, "This must not hold.", name="not")
    id: IDFilter | None = given(EVERYBODY, "The author's own id.")
    slug: StringFilter | None = given(EVERYBODY, "The last part of the address.")
    name: StringFilter | None = given(EVERYBODY, "The name as it is printed today.")


@described
@strawberry.input
class AuthorOrder:
    """One key of an order; the next key in the list decides among equals."""

    field: AuthorOrderField = given(EVERYBODY, "What to sort by.")
    direction: SortDirection = given(EVERYBODY, "Which end comes first.", default=SortDirection.ASC)


#: The arguments of a list of authors.
AUTHOR_PAGE = PAGE | {
    "filter": argument(EVERYBODY, AuthorFilter | None, "Return only the authors for whom this holds."),
    "order_by": argument(
        EVERYBODY, list[AuthorOrder] | None, "How to sort, most important key first; by name when left out."
    ),
}
