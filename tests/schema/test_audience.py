"""Audience is declared: what says nothing builds no schema, what is said twice agrees, and orders are held to it."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from enum import EnumMeta, StrEnum
from typing import Any

import graphql
import pytest
import pytest_asyncio
import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from cms.comments.vocabulary import CommentOrder
from cms.entities import ENTITIES
from cms.kernel.viewer import ANONYMOUS, Scope, Viewer
from cms.reading.entity import Column, Entity, Filter, Kind, Many, OrderKey, RelationFilter, Source, both
from cms.reading.ordering import order_of
from cms.reading.reader import Reader
from cms.reading.request import ReadRefused
from schema.article_lists import ArticleFilter, ArticleOrderField
from schema.articles import Article, ArticleBy
from schema.declaring import Undeclared, check_declared
from schema.descriptions import describe_enum, describe_orders
from schema.fields import EVERYBODY, Audience, argument, directives_of, given, metadata_of, read
from schema.pairing import Unpaired, check_pairs
from schema.query import Query
from schema.schema import MastheadSchema, _declared, export
from tests.reading.asking import Asker, Refusal, asker, reading

pytestmark = pytest.mark.asyncio

MODERATOR = Viewer(frozenset({Scope.COMMENTS_MODERATE}), actor="token:a moderator")
EDITOR = Viewer(frozenset({Scope.CONTENT_PREVIEW, Scope.CONTENT_WRITE}), actor="token:an editor")


# What says nothing


def _shelf(bare: str = "") -> strawberry.Schema:
    """A small schema that declares everything, but for the part named `bare`."""

    class BookOrder(StrEnum):
        TITLE = "TITLE"
        YEAR = "YEAR"

    if bare == "order key":
        describe_enum(BookOrder, "What books can be sorted by.", TITLE="The title.", YEAR="The year.")
    else:
        year = (Scope.CONTENT_PREVIEW, "The year.")
        describe_orders(BookOrder, "What books can be sorted by.", TITLE=(EVERYBODY, "The title."), YEAR=year)

    @strawberry.interface
    class Thing:
        id: strawberry.ID = strawberry.field() if bare == "interface" else read(EVERYBODY, "Its id.")

    @strawberry.type
    class Book(Thing):
        title: str = read(EVERYBODY, "What stands on its cover.")
        price: int = strawberry.field() if bare == "field" else read(Scope.CONTENT_PREVIEW, "What it cost.")

    @strawberry.input
    class WriterFilter:
        name: str | None = given(Scope.PEOPLE_MANAGE, "What they are called.")

    @strawberry.input
    class BookFilter:
        writer: WriterFilter | None = given(EVERYBODY, "Who wrote it.")
        title: str | None = given(EVERYBODY, "What stands on its cover.")
        price: int | None = (
            strawberry.field(default=None) if bare == "input field" else given(Scope.CONTENT_PREVIEW, "What it cost.")
        )

    @strawberry.input
    class BookSorting:
        field: BookOrder = given(EVERYBODY, "What to sort by.")

    undeclared = StrawberryArgument("first", None, StrawberryAnnotation(int | None))
    asked = {
        "first": undeclared if bare == "argument" else argument(EVERYBODY, int | None, "How many."),
        "at": argument(Scope.CONTENT_PREVIEW, int | None, "In which year."),
        "filter": argument(EVERYBODY, BookFilter | None, "Which."),
        "order_by": argument(EVERYBODY, list[BookSorting] | None, "In which order."),
    }

    @strawberry.type
    class Library:
        books: list[Book] = read(EVERYBODY, "What stands on the shelf.", arguments=asked)

    return strawberry.Schema(query=Library)


@pytest.mark.parametrize(
    ("bare", "named"),
    [
        ("field", "Book.price"),
        ("interface", "Book.id, Thing.id"),
        ("argument", "Library.books(first:)"),
        ("input field", "BookFilter.price"),
        ("order key", "BookOrder.TITLE, BookOrder.YEAR"),
    ],
)
async def test_what_declares_nothing_is_refused_by_name(bare: str, named: str) -> None:
    """It would be for everybody, and nobody would have decided so. Without the check the schema would build."""
    built = _shelf(bare)._schema

    assert graphql.validate_schema(built) == []
    with pytest.raises(Undeclared) as refused:
        check_declared(built)
    assert str(refused.value) == f"Say of each who may use it, EVERYBODY or who holds a scope: {named}"


async def test_what_declares_everything_is_accepted() -> None:
    """The twin: a check that refuses every schema would pass the test above."""
    check_declared(_shelf()._schema)


@pytest.mark.parametrize("build", [MastheadSchema, export.__wrapped__])
async def test_no_schema_of_ours_is_built_or_exported_undeclared(
    build: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check would stand in its module, and nobody would ask it."""
    monkeypatch.setattr(_field(Article, "word_count"), "metadata", {})
    _declared.cache_clear()

    with pytest.raises(Undeclared, match=r": Article\.wordCount$"):
        build()
    monkeypatch.undo()
    assert build() is not None


async def test_only_scopes_are_exported() -> None:
    """Clients would read of an audience on every line; or not learn what a field, a filter or an order needs."""
    text = _shelf().as_str()
    lines = [line.strip() for line in text.splitlines() if "@needs" in line]

    assert text.count("@needs") == len(lines)
    assert lines == [
        "directive @needs(scope: Scope!) on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION",
        "price: Int! @needs(scope: CONTENT_PREVIEW)",
        "price: Int @needs(scope: CONTENT_PREVIEW)",
        "YEAR @needs(scope: CONTENT_PREVIEW)",
        "at: Int @needs(scope: CONTENT_PREVIEW)",
        "name: String @needs(scope: PEOPLE_MANAGE)",
    ]


async def test_what_is_exported_keeps_the_directive_where_it_belongs() -> None:
    """An order key that needs a scope would make a schema that no client can read, unless the directive says so."""
    graphql.build_schema(export())


# What is said twice


def _field(type_: type, name: str) -> Any:  # noqa: ANN401 - Strawberry's
    return next(
        found
        for found in type_.__strawberry_definition__.fields  # type: ignore[attr-defined]  # set by Strawberry
        if found.python_name == name
    )


def _value(enum: EnumMeta, name: str) -> Any:  # noqa: ANN401 - Strawberry's
    return next(
        found
        for found in enum.__strawberry_definition__.values  # type: ignore[attr-defined]  # set by Strawberry
        if found.name == name
    )


def _declare(monkeypatch: pytest.MonkeyPatch, found: object, audience: Audience) -> None:
    monkeypatch.setattr(found, "metadata", metadata_of(audience))
    monkeypatch.setattr(found, "directives", directives_of(audience))


def _entities(price: Scope = Scope.CONTENT_PREVIEW, name: Scope = Scope.PEOPLE_MANAGE) -> dict[str, Entity]:
    """What answers the small schema; writers are found by no list of their own."""
    source = both(Source("book", "b", "{b}.id"))
    column = Column("{b}.column", Kind.INT)
    year = OrderKey("{b}.year", Kind.INT, needs=Scope.CONTENT_PREVIEW)
    book = Entity(
        "Book",
        None,
        source,
        fields={"id": column, "title": column, "price": replace(column, needs=price)},
        filters={
            "title": Filter("{b}.title"),
            "price": Filter("{b}.price", needs=Scope.CONTENT_PREVIEW),
            "writer": RelationFilter("Writer", "{b}.writer_id"),
        },
        orders={"TITLE": (OrderKey("{b}.title", Kind.TEXT),), "YEAR": (year,)},
    )
    writer = Entity("Writer", None, source, filters={"name": Filter("{w}.name", needs=name)})
    query = Entity("Query", None, source, fields={"books": Many("Book", order="TITLE")})
    return {entity.name: entity for entity in (query, book, writer)}


def _with_filter(entity: str, name: str, **changed: object) -> dict[str, Entity]:
    """What can be read, where one filter is another; without `changed`, none."""
    filters = dict(ENTITIES[entity].filters)
    found = filters.pop(name)
    if changed:
        filters[name] = replace(found, **changed)  # type: ignore[arg-type]  # of the filter's own fields
    return {**ENTITIES, entity: replace(ENTITIES[entity], filters=filters)}


def _with_order(entity: str, name: str, *needs: Scope) -> dict[str, Entity]:
    """What can be read, where one order needs scopes; without them, where there is no such order."""
    orders = dict(ENTITIES[entity].orders)
    (key,) = orders.pop(name)
    if needs:
        orders[name] = tuple(replace(key, needs=scope) for scope in needs)
    return {**ENTITIES, entity: replace(ENTITIES[entity], orders=orders)}


def _unpaired(entities: Mapping[str, Entity], schema: strawberry.Schema | None = None) -> str:
    with pytest.raises(Unpaired) as refused:
        check_pairs((schema or MastheadSchema())._schema, entities)
    return str(refused.value)


@pytest.mark.parametrize(
    ("entities", "told"),
    [
        (_with_filter("Article", "title", needs=Scope.CONTENT_PREVIEW), "ArticleFilter.title and what answers it"),
        (_with_filter("Article", "status", needs=None), "ArticleFilter.status and what answers it"),
        (_with_filter("Article", "inReview", needs=Scope.SITE_MANAGE), "ArticleFilter.inReview and what answers it"),
        (_with_filter("Author", "name", needs=Scope.CONTENT_PREVIEW), "AuthorFilter.name and what answers it"),
        (_with_filter("Disclaimer", "id", needs=Scope.SITE_MANAGE), "ArticleFilter.disclaimer and what answers it"),
        (_with_order("Article", "TITLE", Scope.SITE_MANAGE), "ArticleOrderField.TITLE and what answers it"),
        (_with_order("Comment", "MOST_REACTIONS", Scope.SITE_MANAGE), "CommentOrder.MOST_REACTIONS and what answers"),
    ],
)
async def test_filters_and_orders_differ_from_the_schema_in_nothing(entities: dict[str, Entity], told: str) -> None:
    """Clients would be told one audience while another is held to; of two, the weaker is found."""
    wrong = _unpaired(entities)

    assert wrong.startswith(told)
    assert wrong.endswith(" differ in the scope they need")
    assert ";" not in wrong


async def test_what_is_reached_through_a_list_is_compared_as_well() -> None:
    """A plain list's fields, and a filter that stands only inside another, would differ unseen."""
    check_pairs(_shelf()._schema, _entities())

    differ = "and what answers it differ in the scope they need"
    assert _unpaired(_entities(price=Scope.SITE_MANAGE), _shelf()) == f"Book.price {differ}"
    assert _unpaired(_entities(name=Scope.SITE_MANAGE), _shelf()) == f"WriterFilter.name {differ}"


async def test_a_filter_that_the_schema_opens_is_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The difference can come from either side."""
    _declare(monkeypatch, _field(ArticleFilter, "status"), EVERYBODY)

    assert _unpaired(ENTITIES) == "ArticleFilter.status and what answers it differ in the scope they need"


async def test_an_order_of_two_scopes_can_be_told_by_no_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients would be told of one of them, and be refused for want of the other."""
    _declare(monkeypatch, _value(ArticleOrderField, "TITLE"), Scope.SITE_MANAGE)
    check_pairs(MastheadSchema()._schema, _with_order("Article", "TITLE", Scope.SITE_MANAGE))

    entities = _with_order("Article", "TITLE", Scope.SITE_MANAGE, Scope.CONTENT_PREVIEW)
    assert _unpaired(entities) == "ArticleOrderField.TITLE and what answers it differ in the scope they need"


async def test_filters_and_orders_that_nothing_answers_are_found() -> None:
    """The first client to use one would be told of a fault of ours."""
    assert _unpaired(_with_filter("Topic", "name")) == "TopicFilter.name is answered by nothing"
    assert _unpaired(_with_order("Author", "NAME")) == "AuthorOrderField.NAME is answered by nothing"


@pytest.mark.parametrize(
    ("type_", "name", "told"), [(ArticleBy, "slug", "ArticleBy.slug"), (ArticleFilter, "and_", "ArticleFilter.and")]
)
async def test_a_scope_that_a_variable_would_pass_by_is_refused(
    type_: type, name: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of inputs that come in variables only filters and orders are held to their scopes."""
    _declare(monkeypatch, _field(type_, name), Scope.CONTENT_PREVIEW)

    assert _unpaired(ENTITIES) == f"{told} needs a scope that nothing asks for when it comes in a variable"


async def test_what_fits_is_accepted() -> None:
    """The twin: a check that refuses everything would pass the tests above."""
    check_pairs(MastheadSchema()._schema, ENTITIES)


# Orders that need a scope

_LISTS = {  # each with the order that only moderators may have there
    "articles(orderBy: %s) { nodes { slug } }": "ArticleOrderField.TITLE",
    "articles(orderBy: %s) { totalCount }": "ArticleOrderField.TITLE",
    'author(by: {slug: "wren"}) { articles(orderBy: %s) { nodes { slug } } }': "ArticleOrderField.TITLE",
    'article(by: {slug: "tide"}) { comments(orderBy: %s) { nodes { id } } }': "CommentOrder.MOST_REACTIONS",
}
_CASES = list(_LISTS.items())


@pytest.fixture
def moderated(monkeypatch: pytest.MonkeyPatch) -> dict[str, Entity]:
    """What can be read, where the order of titles and that of reactions are for moderators."""
    _declare(monkeypatch, _value(ArticleOrderField, "TITLE"), Scope.COMMENTS_MODERATE)
    _declare(monkeypatch, _value(CommentOrder, "MOST_REACTIONS"), Scope.COMMENTS_MODERATE)
    titles = _with_order("Article", "TITLE", Scope.COMMENTS_MODERATE)
    reactions = _with_order("Comment", "MOST_REACTIONS", Scope.COMMENTS_MODERATE)
    return {**ENTITIES, "Article": titles["Article"], "Comment": reactions["Comment"]}


@pytest_asyncio.fixture
async def world(world_url: str) -> AsyncIterator[Reader]:
    """A reader of the world."""
    async with reading(world_url) as reader:
        yield reader


@pytest.fixture
def ask(world: Reader, moderated: dict[str, Entity]) -> Asker:
    """Somebody to ask of the world in which two orders are for moderators."""
    return asker(replace(world, entities=moderated))


async def _refusal(ask: Asker, query: str, viewer: Viewer, **variables: Any) -> str:  # noqa: ANN401 - as JSON has them
    """What is told; nothing was sent."""
    sent = len(ask.runner.sent)
    with pytest.raises(Refusal) as refused:
        await ask(query, viewer=viewer, **variables)

    assert refused.value.codes == ["FORBIDDEN"]
    assert len(ask.runner.sent) == sent
    (message,) = refused.value.messages
    return str(message)


def _written(key: str) -> str:
    name = key.partition(".")[2]
    return f"[{{field: UPDATED_AT}}, {{field: {name}}}]" if key.startswith("Article") else name


@pytest.mark.parametrize(("listed", "key"), _CASES)
@pytest.mark.parametrize("viewer", [ANONYMOUS, EDITOR], ids=["anonymous", "editor"])
async def test_an_order_named_in_a_document_is_refused_without_its_scope(
    ask: Asker, listed: str, key: str, viewer: Viewer
) -> None:
    """What may not be read would be read off the order of a list."""
    told = await _refusal(ask, f"{{ {listed % _written(key)} }}", viewer)

    assert told == f"{key} needs the scope COMMENTS_MODERATE."


@pytest.mark.parametrize("listed", [listed for listed, key in _CASES if key.startswith("Article")])
@pytest.mark.parametrize(
    ("declared", "order", "given_"),
    [
        ("$order: [ArticleOrder!]", "$order", [{"field": "UPDATED_AT"}, {"field": "TITLE"}]),
        ("$order: [ArticleOrder!]", "$order", {"field": "TITLE", "direction": "ASC"}),
        ("$order: ArticleOrder!", "[{field: UPDATED_AT}, $order]", {"field": "TITLE"}),
        ("$order: ArticleOrderField!", "[{field: $order}]", "TITLE"),
    ],
)
async def test_an_order_that_comes_in_a_variable_is_refused_without_its_scope(
    ask: Asker, listed: str, declared: str, order: str, given_: object
) -> None:
    """A document that names nothing would be the way around; also after somebody was answered who may."""
    query = f"query Q({declared}) {{ {listed % order} }}"
    assert await ask(query, viewer=MODERATOR, order=given_)

    for viewer in (ANONYMOUS, EDITOR):
        told = await _refusal(ask, query, viewer, order=given_)
        assert told == "To sort by TITLE you need the scope COMMENTS_MODERATE."


async def test_an_order_of_comments_that_comes_in_a_variable_is_refused_too(ask: Asker) -> None:
    """An enum that stands alone takes another way than one in a list."""
    (listed,) = (listed for listed, key in _CASES if key.startswith("Comment"))
    query = f"query Q($order: CommentOrder) {{ {listed % '$order'} }}"
    assert await ask(query, viewer=MODERATOR, order="MOST_REACTIONS")

    told = await _refusal(ask, query, ANONYMOUS, order="MOST_REACTIONS")
    assert told == "To sort by MOST_REACTIONS you need the scope COMMENTS_MODERATE."


@pytest.mark.parametrize(
    "query",
    [
        "query Q($order: ArticleOrderField = TITLE) { articles(orderBy: [{field: $order}]) { totalCount } }",
        "{ ...F @skip(if: true) } fragment F on Query { articles(orderBy: {field: TITLE}) { totalCount } }",
    ],
)
async def test_what_a_document_names_counts_whether_or_not_it_runs(ask: Asker, query: str) -> None:
    """A default, or a fragment that is left out, would tell what exists to be asked for."""
    told = await _refusal(ask, query, ANONYMOUS, order="UPDATED_AT")

    assert told == "ArticleOrderField.TITLE needs the scope COMMENTS_MODERATE."


async def test_who_holds_the_scope_sorts_and_others_sort_by_the_rest(ask: Asker) -> None:
    """An order would be closed to those whom it is for, or close the others with it."""
    titles = "{ articles(first: 3, orderBy: {field: TITLE, direction: ASC}) { nodes { title } } }"
    nested = '{ author(by: {slug: "wren"}) { articles(first: 2, orderBy: {field: TITLE}) { nodes { title } } } }'
    counts = "{ articles(first: 2, orderBy: {field: COMMENT_COUNT}) { nodes { slug } } }"

    by_title = await ask(titles, viewer=MODERATOR)
    below = await ask(nested, viewer=MODERATOR)
    by_count = await ask(counts)

    assert [node["title"] for node in by_title["articles"]["nodes"]] == ["Die Fähre fährt", "Notes 0", "Notes 0"]
    assert [node["title"] for node in below["author"]["articles"]["nodes"]] == ["Tide tables", "The ferry sails"]
    assert [node["slug"] for node in by_count["articles"]["nodes"]] == ["tide", "ferry"]


async def test_an_order_that_nobody_named_needs_its_scope_as_well(
    world: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cursors hold what a list is sorted by; they would tell it, whoever chose the order."""
    _declare(monkeypatch, _value(ArticleOrderField, "PUBLISHED_AT"), Scope.COMMENTS_MODERATE)
    ask = asker(replace(world, entities=_with_order("Article", "PUBLISHED_AT", Scope.COMMENTS_MODERATE)))

    told = await _refusal(ask, "{ articles { edges { cursor } } }", ANONYMOUS)

    assert told == "To sort by PUBLISHED_AT you need the scope COMMENTS_MODERATE."
    assert len((await ask("{ articles { edges { cursor } } }", viewer=MODERATOR))["articles"]["edges"]) == 13


async def test_an_argument_is_held_to_its_scope(world: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands in the document even where its value does not, and counts there."""
    (sorting,) = (found for found in _field(Query, "authors").arguments if found.python_name == "order_by")
    _declare(monkeypatch, sorting, Scope.PEOPLE_MANAGE)
    ask = asker(world)
    query = "query Q($order: [AuthorOrder!]) { authors(orderBy: $order) { totalCount } }"

    assert await _refusal(ask, query, EDITOR) == "the argument orderBy needs the scope PEOPLE_MANAGE."
    holder = Viewer(frozenset({Scope.PEOPLE_MANAGE}), actor="token:a manager")
    assert await ask(query, viewer=holder) == {"authors": {"totalCount": 6}}


async def test_who_does_not_say_who_asks_sorts_as_nobody(moderated: dict[str, Entity]) -> None:
    """A caller of ours that forgets the viewer would open what it closes."""
    with pytest.raises(ReadRefused) as refused:
        order_of(ANONYMOUS, moderated["Article"], "UPDATED_AT", [{"field": "TITLE"}])

    assert (refused.value.message, refused.value.scope) == (
        "To sort by TITLE you need the scope COMMENTS_MODERATE.",
        Scope.COMMENTS_MODERATE,
    )
    order = order_of(MODERATOR, moderated["Article"], "UPDATED_AT", [{"field": "TITLE", "direction": "ASC"}])
    assert order.name == "Article.TITLE.ASC"
    assert [key.needs for key in order.keys] == [Scope.COMMENTS_MODERATE, None]
