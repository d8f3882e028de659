"""Lists of articles: where they stand, how they are filtered, sorted and paged. Half the other types hold one."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

from cms.articles.vocabulary import ArticleStatus
from cms.kernel.viewer import Scope
from cms.reading.vocabulary import SortDirection
from schema.descriptions import describe_enum, describe_orders, described
from schema.fields import EVERYBODY, PAGE, argument, given
from schema.shared import Connection, DateTimeFilter, Edge, IDFilter, IntFilter, StringFilter

if TYPE_CHECKING:
    from schema.articles import Article
    from schema.authors import AuthorFilter
    from schema.topics import TopicFilter

_Article: TypeAlias = Annotated["Article", strawberry.lazy("schema.articles")]


class ArticleOrderField(StrEnum):
    """What articles can be sorted by."""

    PUBLISHED_AT = "PUBLISHED_AT"
    UPDATED_AT = "UPDATED_AT"
    CREATED_AT = "CREATED_AT"
    TITLE = "TITLE"
    COMMENT_COUNT = "COMMENT_COUNT"


describe_enum(
    ArticleStatus,
    "What readers get. The clock moves SCHEDULED to PUBLISHED and PUBLISHED to UNPUBLISHED, so neither is ever late.",
    DRAFT="Nothing yet: it has never been public and has no date.",
    SCHEDULED="Nothing yet: it becomes public at its `publishAt`.",
    PUBLISHED="The article: it is public now.",
    UNPUBLISHED="Nothing any more: it was public, and was taken back or ran out.",
    ARCHIVED="Nothing: it was put away. Editors still find it, under this status.",
)
describe_orders(
    ArticleOrderField,
    "What articles can be sorted by. Equals are told apart by their ids, so that pages never overlap.",
    PUBLISHED_AT=(EVERYBODY, "When it last came out after not being out; corrections do not move it."),
    UPDATED_AT=(EVERYBODY, "When anything about it last changed."),
    CREATED_AT=(EVERYBODY, "When it was first saved."),
    TITLE=(EVERYBODY, "Its title, without regard to case."),
    COMMENT_COUNT=(EVERYBODY, "How many comments readers see under it."),
)


@described
@strawberry.type
class ArticleEdge(Edge[_Article]):
    """An article and its place in a list."""


@described
@strawberry.type
class ArticleConnection(Connection[ArticleEdge, _Article]):
    """A page of a list of articles."""


@described
@strawberry.input
class ArticleFilter:
    """Conditions on articles, all of which must hold.

    One on authors, topics or disclaimers holds when it does for at least one of the article's.
    """

    and_: "list[ArticleFilter] | None" = given(EVERYBODY, "All of these must hold too.", name="and")
    or_: "list[ArticleFilter] | None" = given(EVERYBODY, "At least one of these must hold.", name="or")
    not_: "ArticleFilter | None" = given(EVERYBODY, "This must not hold.", name="not")
    id: IDFilter | None = given(EVERYBODY, "The article's own id.")
    slug: StringFilter | None = given(EVERYBODY, "The last part of its address.")
    title: StringFilter | None = given(EVERYBODY, "The headline, without regard to case.")
    locale: StringFilter | None = given(EVERYBODY, "Its language, as a BCP 47 tag like `en` or `pt-BR`.")
    published_at: DateTimeFilter | None = given(EVERYBODY, "When it came out.")
    updated_at: DateTimeFilter | None = given(EVERYBODY, "When anything about it last changed.")
    comment_count: IntFilter | None = given(EVERYBODY, "How many comments readers see under it.")
    author: Annotated["AuthorFilter", strawberry.lazy("schema.authors")] | None = given(
        EVERYBODY, "Somebody who contributed to it, in any role."
    )
    topic: Annotated["TopicFilter", strawberry.lazy("schema.topics")] | None = given(
        EVERYBODY, "A topic it is filed under."
    )
    disclaimer: IDFilter | None = given(EVERYBODY, "A disclaimer it is published under, in any version.")
    status: list[ArticleStatus] | None = given(Scope.CONTENT_PREVIEW, "It stands at one of these.")
    publish_at: DateTimeFilter | None = given(Scope.CONTENT_PREVIEW, "When it is scheduled to come out.")
    in_review: bool | None = given(Scope.CONTENT_PREVIEW, "Whether it waits for an editor's review.")
    has_unpublished_changes: bool | None = given(
        Scope.CONTENT_PREVIEW, "Whether something newer than what readers see has been saved."
    )


@described
@strawberry.input
class ArticleOrder:
    """One key of an order; the next key in the list decides among equals."""

    field: ArticleOrderField = given(EVERYBODY, "What to sort by.")
    direction: SortDirection = given(EVERYBODY, "Which end comes first.", default=SortDirection.DESC)


#: The arguments of every list of articles that can be filtered and sorted.
ARTICLE_PAGE = PAGE | {
    "filter": argument(EVERYBODY, ArticleFilter | None, "Return only the articles for which this holds."),
    "order_by": argument(
        EVERYBODY,
        list[ArticleOrder] | None,
        "How to sort, most important key first; the latest published first when left out.",
    ),
}
