"""What an operation is charged: exactly what its shape could return, whatever stands in its variables.

That nothing returns more than it was charged is checked on every answer of the reader's tests (`asking.Asker`).
"""

from dataclasses import replace
from typing import Any

import pytest

from cms.entities import ENTITIES
from cms.kernel.limits import Budget, Limits
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from cms.reading.entity import Many
from cms.reading.pricing import Price
from cms.reading.reader import Bound, TooExpensive
from cms.reading.request import ReadRefused
from cms.reading.vocabulary import Perspective
from tests.reading.asking import Asker, asker
from tests.reading.rows import NOW

pytestmark = pytest.mark.asyncio


def _bound(ask: Asker, query: str, viewer: Viewer = ANONYMOUS, **variables: Any) -> Bound:  # noqa: ANN401 - any variables
    preparer = ask.schema.preparer
    operation = preparer.prepare(query, None)
    coerced = preparer.variables(operation, variables)
    compiled = preparer.compiled(operation, coerced, viewer, Perspective.PUBLISHED)
    return preparer.reader.bind(compiled, viewer, NOW, coerced)


def _objects(ask: Asker, query: str, **variables: Any) -> int:  # noqa: ANN401 - as above
    return _bound(ask, query, **variables).price.objects


@pytest.mark.parametrize(
    ("query", "objects"),
    [
        ("{ __typename }", 1),
        ("{ site { name } }", 2),
        ('{ article(by: {slug: "a"}) { title body { html } author { name } } }', 4),
        ("{ articles(first: 7) { nodes { id } } }", 2 + 7),
        ("{ articles { nodes { id } } }", 2 + 20),
        ("{ articles(last: 7) { edges { cursor node { id } } pageInfo { hasNextPage } } }", 2 + 7 + 7 + 1),
        (
            "{ articles(first: 3) { nodes { comments(first: 5) { nodes { id body { text } } } } } }",
            2 + 3 * (1 + 1 + 10),
        ),
        ("{ articles(first: 3) { nodes { topics { name } related(first: 4) { id } } } }", 2 + 3 * (1 + 30 + 100 + 4)),
        ("{ articles(first: 50) { pageInfo { endCursor } } }", 2 + 1 + 50),
        ("{ articles(first: 3) { totalCount nodes { id } } }", 2 + 3 + 86),
        ('{ articles(first: 3, filter: {title: {contains: "a"}}) { nodes { id } } }', 2 + 3 + 260),
        ('{ articles(first: 3, filter: {title: {contains: "a", ne: "b"}}) { totalCount } }', 2 + 2 * 260 + 86),
        ("{ articles(first: 3, orderBy: [{field: TITLE}]) { nodes { id } } }", 2 + 3 + 260),
        ("{ comments(first: 3, orderBy: MOST_REACTIONS) { nodes { id } totalCount } }", 2 + 3 + 1900 + 633),
        ('{ nodes(ids: ["art_x", "zzz"]) { id } }', 1),
    ],
)
async def test_every_object_that_could_stand_in_the_answer_is_charged(ask: Asker, query: str, objects: int) -> None:
    """Whoever asks for little would pay for much, or the other way round."""
    assert _objects(ask, query) == objects


@pytest.mark.parametrize(
    ("cursors", "parts", "objects"),
    [
        ("", "pageInfo { hasNextPage }", 1 + 260),
        ("after: CURSOR", "pageInfo { hasNextPage }", 1 + 2 * 260),
        ("before: CURSOR", "pageInfo { hasNextPage }", 1 + 2 * 260),
        ("after: CURSOR, before: CURSOR", "pageInfo { hasNextPage }", 1 + 3 * 260),
        ("after: CURSOR", "pageInfo { hasNextPage } totalCount", 1 + 3 * 260 + 86),
        ("after: CURSOR", "", 260),
    ],
)
async def test_looking_beyond_a_cursor_is_charged(ask: Asker, cursors: str, parts: str, objects: int) -> None:
    """Whether something precedes the page takes another look at the rows, with every condition of the filter."""
    first = await ask("{ articles(first: 1) { pageInfo { endCursor } } }")
    given = cursors.replace("CURSOR", f'"{first["articles"]["pageInfo"]["endCursor"]}"')
    condition = 'filter: {title: {contains: "a"}}'

    query = f"{{ articles(first: 3, {condition}, {given}) {{ nodes {{ id }} {parts} }} }}"

    assert _objects(ask, query) == 2 + 3 + objects


async def test_pages_are_charged_by_what_the_variables_say(ask: Asker) -> None:
    """The price of a document would be that of its first request."""
    query = "query Q($n: Int!, $m: Int) { articles(first: $n) { nodes { comments(first: $m) { nodes { id } } } } }"

    found = [_objects(ask, query, n=n, m=m) for n, m in ((1, 1), (20, 5), (3, 100))]

    assert found == [2 + 1 * 3, 2 + 20 * 7, 2 + 3 * 102]


async def test_nodes_are_charged_by_the_ids_that_name_their_type(ask: Asker) -> None:
    """A hundred ids would cost as much as one."""
    key = "00000000-0000-7000-8000-000000000000"
    query = "query Q($ids: [ID!]!) { nodes(ids: $ids) { ... on Article { id author { id } } ... on Comment { id } } }"

    found = [_objects(ask, query, ids=[f"art_{key}"] * n + [f"com_{key}"] * m) for n, m in ((1, 1), (50, 50))]

    assert found == [1 + 2 + 1, 1 + 100 + 50]


async def test_the_same_field_in_two_fragments_is_charged_once(ask: Asker) -> None:
    """A frontend that keeps a fragment beside each component would pay for every repetition."""
    once = "{ articles { nodes { author { id name } comments { nodes { id } } } } }"
    twice = """{ articles { nodes { ...A ...B author { id } } } }
      fragment A on Article { author { name } comments { nodes { id } } }
      fragment B on Article { author { id } comments { nodes { id } } }"""

    assert _objects(ask, once) == _objects(ask, twice)


async def test_a_plain_list_shows_no_more_than_is_charged(ask: Asker) -> None:
    """More rows than whoever writes them promised would come for the price of a few; SQLite fetches them all."""
    topic = ENTITIES["Topic"]
    children = topic.fields["children"]
    assert isinstance(children, Many)
    fewer = replace(topic, fields={**topic.fields, "children": replace(children, most=1)})
    ask_for_fewer = asker(replace(ask.schema.preparer.reader, entities={**ENTITIES, "Topic": fewer}))
    query = '{ topic(by: {slug: "sea"}) { children { slug } } topics { nodes { slug children { slug } } } }'

    whole, cut = await ask(query), await ask_for_fewer(query)

    assert _children(whole) == {
        "boats": ["ferries"],
        "ferries": [],
        "orphan": [],
        "sea": ["boats", "weather"],
        "weather": [],
    }
    assert whole["topic"] == {"children": [{"slug": "boats"}, {"slug": "weather"}]}
    assert _children(cut) == {**_children(whole), "sea": ["boats"]}
    assert cut["topic"] == {"children": [{"slug": "boats"}]}


def _children(answer: Any) -> dict[str, list[str]]:  # noqa: ANN401 - as JSON has it
    """The topics under each topic."""
    return {topic["slug"]: [child["slug"] for child in topic["children"]] for topic in answer["topics"]["nodes"]}


async def test_long_texts_and_long_names_weigh(ask: Asker) -> None:
    """Sixteen kilobytes of alias times a thousand comments is an answer of sixteen megabytes."""
    light = _bound(ask, "{ articles(first: 10) { nodes { id } } }").price.size_bytes
    heavy = _bound(ask, "{ articles(first: 10) { nodes { body { html } } } }").price.size_bytes
    named = _bound(ask, f"{{ articles(first: 10) {{ nodes {{ {'a' * 1000}: id }} }} }}").price.size_bytes

    assert heavy - light > 10 * 8 * 1000
    assert named - light == 10 * (1000 - len("id"))


async def test_what_is_compared_weighs_as_what_is_shown(ask: Asker) -> None:
    """A hundred differences of long bodies would be charged like a hundred titles, and never be counted."""
    query = 'query { article(by: {slug: "tide"}) { revisions(first: 10) { nodes { diff { before after } } } } }'
    preparer = ask.schema.preparer
    compiled = preparer.compiled(preparer.prepare(query, None), {}, SYSTEM, Perspective.PUBLISHED)

    price = _bound(ask, query, SYSTEM).price
    assert price.objects == 1 + 1 + 1 + 10 + 10 * 7
    assert price.size_bytes > 10 * 7 * 4 * 1024
    assert len(compiled.heavy) == 2


async def test_an_operation_over_the_budget_is_refused_with_its_dearest_places(ask: Asker) -> None:
    """A frontend developer would not know where to save."""
    reader = ask.schema.preparer.reader
    query = "{ articles(first: 100) { nodes { id comments(first: 100) { nodes { id } } } } site { name } }"
    bound = _bound(ask, query)
    compiled = ask.schema.preparer.compiled(
        ask.schema.preparer.prepare(query, None), {}, ANONYMOUS, Perspective.PUBLISHED
    )
    object.__setattr__(reader, "limits", Limits())

    with pytest.raises(TooExpensive) as refused:
        reader.bind(compiled, ANONYMOUS, NOW, {})

    assert refused.value.price == bound.price == Price(2 + 100 * 102 + 1, bound.price.size_bytes)
    assert [(dear.path, dear.price.objects, dear.times) for dear in refused.value.dearest] == [
        (("articles", "nodes", "comments", "nodes"), 10_000, 10_000),
        (("articles", "nodes"), 100, 100),
        (("articles", "nodes", "comments"), 100, 100),
    ]
    assert ask.runner.sent == []


@pytest.mark.parametrize(
    ("price", "is_within"),
    [(Price(5, 7), True), (Price(6, 7), False), (Price(5, 8), False), (Price(0, 8), False), (Price(6, 0), False)],
)
async def test_a_budget_is_spent_to_the_last_object_and_the_last_byte(price: Price, is_within: bool) -> None:  # noqa: FBT001 - a column of the table
    """A few objects of great weight would pass, or what just fits would be refused."""
    assert price.is_within(Budget(objects=5, size_bytes=7, seconds=1)) is is_within


async def test_a_credential_buys_more(ask: Asker) -> None:
    """Programs of the publication would be held to what strangers may ask for."""
    reader = ask.schema.preparer.reader
    object.__setattr__(reader, "limits", Limits())
    query = "{ articles(first: 100) { nodes { id comments(first: 100) { nodes { id } } } } }"

    with pytest.raises(TooExpensive):
        _bound(ask, query)
    viewer = Viewer(scopes=frozenset({Scope.CONTENT_PREVIEW}), actor="token:x")

    assert _bound(ask, query, viewer).price.objects == 2 + 100 * 102


@pytest.mark.parametrize("size", [0, -1, 101])
async def test_a_page_of_an_impossible_size_is_refused_before_it_is_priced(ask: Asker, size: int) -> None:
    """A negative page would pay for another one."""
    query = "query Q($n: Int) { articles(first: $n) { nodes { id } } }"

    with pytest.raises(ReadRefused, match="A page holds 1 to 100 items"):
        _bound(ask, query, n=size)
