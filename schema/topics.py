"""Topics: what articles are about, arranged as a tree."""

import strawberry

from schema.article_lists import ARTICLE_PAGE, ArticleConnection
from schema.descriptions import described
from schema.fields import PAGE, argument, given, read
from schema.shared import Connection, Edge, IDFilter, Routable, StringFilter


@described
@strawberry.type
class Topic(Routable):
    """Something articles are about; it may be part of a wider topic and have narrower ones."""

    slug: str = read("The last part of the address, unique among topics.")
    version: int = read("Grows with every change; give it as `expectedVersion` when changing this.")
    name: str = read("What it is called, as in a menu.")
    description: str | None = read("A sentence or two for the topic's own page.")
    parent: "Topic | None" = read("The wider topic it is part of; null at the top.")
    children: "list[Topic]" = read("The topics directly below, by name; at most 100.")
    articles: ArticleConnection = read(
        "Articles filed under this topic itself; those of narrower topics are not among them.", arguments=ARTICLE_PAGE
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

    id: strawberry.ID | None = given("The topic's id.")
    path: str | None = given("The address on the site, like `/topics/a-name`.")
    slug: str | None = given("The last part of the address.")


@described
@strawberry.input
class TopicFilter:
    """Conditions on topics, all of which must hold."""

    and_: "list[TopicFilter] | None" = given("All of these must hold too.", name="and")
    or_: "list[TopicFilter] | None" = given("At least one of these must hold.", name="or")
    not_: "TopicFilter | None" = given("This must not hold.", name="not")
    id: IDFilter | None = given("The topic's own id.")
    slug: StringFilter | None = given("The last part of the address.")
    name: StringFilter | None = given("What it is called.")


#: The arguments of a list of topics.
TOPIC_PAGE = PAGE | {"filter": argument(TopicFilter | None, "Return only the topics for which this holds.")}
