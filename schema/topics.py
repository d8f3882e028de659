"""Topics: what articles are about, arranged as a tree."""

import strawberry

from schema.article_lists import ARTICLE_PAGE, ArticleConnection
from schema.descriptions import described
from schema.fields import EVERYBODY, PAGE, argument, given, read
from schema.shared import Connection, Edge, IDFilter, Routable, StringFilter


@described
@strawberry.type
class Topic(Routable):
    """Something articles are about; it may be part of a wider topic and have narrower ones."""

    slug: str = read(EVERYBODY, "The last part of the address, unique among topics.")
    version: int = read(EVERYBODY, "Grows with every change; give it as `expectedVersion` when changing this.")
    name: str = read(EVERYBODY, "What it is called, as in a menu.")
    description: str | None = read(EVERYBODY, "A sentence or two for the topic's own page.")
    parent: "Topic | None" = read(EVERYBODY, "The wider topic it is part of; null at the top.")
    children: "list[Topic]" = read(EVERYBODY, "The topics directly below, by name; at most 100.")
    articles: ArticleConnection = read(
        EVERYBODY,
        "Articles filed under this topic itself; those of narrower topics are not among them.",
        arguments=ARTICLE_PAGE,
    )


@described
@strawberry.type
class TopicEdge(Edge[Topic]):
    """A topic and its place in a list."""


@described
@strawberry.type
class TopicConnection(Connection[TopicEdge, Topic]):
    """A page of a list of topics."""


@described
@strawberry.input(one_of=True)
class TopicBy:
    """Which topic: give exactly one of these."""

    id: strawberry.ID | None = given(EVERYBODY, "The topic's id.")
    path: str | None = given(EVERYBODY, "The address on the site, like `/topics/a-name`.")
    slug: str | None = given(EVERYBODY, "The last part of the address.")


@described
@strawberry.input
class TopicFilter:
    """Conditions on topics, all of which must hold."""

    and_: "list[TopicFilter] | None" = given(EVERYBODY, "All of these must hold too.", name="and")
    or_: "list[TopicFilter] | None" = given(EVERYBODY, "At least one of these must hold.", name="or")
    not_: "TopicFilter | None" = given(EVERYBODY, "This must not hold.", name="not")
    id: IDFilter | None = given(EVERYBODY, "The topic's own id.")
    slug: StringFilter | None = given(EVERYBODY, "The last part of the address.")
    name: StringFilter | None = given(EVERYBODY, "What it is called.")


#: The arguments of a list of topics.
TOPIC_PAGE = PAGE | {"filter": argument(EVERYBODY, TopicFilter | None, "Return only the topics for which this holds.")}
