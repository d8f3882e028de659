"""Pages of lists: whoever walks through them meets everything once, and is told the truth about what else there is."""

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise, product
from typing import Any

import orjson
import pytest

from cms.articles.models import Publication, PublicationTopic
from cms.comments.models import Comment
from cms.kernel.database import Database
from cms.kernel.text import fold
from tests.reading.asking import Asker, Refusal
from tests.reading.lists import ARTICLE_FIELDS, COMMENT_ORDERS, Page, Paged, every_list
from tests.reading.rows import NOW, Written, article, comment, key, publish
from tests.reading.world import BY

pytestmark = pytest.mark.asyncio

_LISTS = every_list()
_SIZES = (1, 2, 5)
#: More pages than any list has: a walk that does not end is cut off here.
_ENOUGH = 30
_HALF_HOUR = timedelta(minutes=30)


@pytest.mark.parametrize("listed", _LISTS, ids=str)
async def test_walking_forward_meets_everything_once(ask: Asker, listed: Paged) -> None:
    """`after` the last cursor is where the next page begins, in every order."""
    whole = await listed.page(ask, first=100)
    assert whole.bounds == (False, False)
    for size in _SIZES:
        pages = [await listed.page(ask, first=size)]
        while pages[-1].bounds[1] and len(pages) <= _ENOUGH:
            pages.append(await listed.page(ask, first=size, after=pages[-1].cursors[-1]))

        _check(pages, whole)


@pytest.mark.parametrize("listed", _LISTS, ids=str)
async def test_walking_backward_meets_everything_once(ask: Asker, listed: Paged) -> None:
    """`before` the first cursor is where the page before ends, and each page keeps the order of the list."""
    whole = await listed.page(ask, last=100)
    assert whole.ids == (await listed.page(ask, first=100)).ids
    for size in _SIZES:
        pages = [await listed.page(ask, last=size)]
        while pages[0].bounds[0] and len(pages) <= _ENOUGH:
            pages.insert(0, await listed.page(ask, last=size, before=pages[0].cursors[0]))

        _check(pages, whole)


def _check(pages: Sequence[Page], whole: Page) -> None:
    """The pages make the whole, nothing twice, and each tells whether something precedes and follows it."""
    assert len(set(whole.ids)) == len(whole.ids) > 0
    assert [one for page in pages for one in page.ids] == whole.ids
    assert [page.bounds for page in pages] == [(page is not pages[0], page is not pages[-1]) for page in pages]
    for page in pages:
        page.check_parts()
        assert page.total == len(whole.ids)


@pytest.mark.parametrize("listed", [Paged("topics(PAGE) PARTS"), _LISTS[1], _LISTS[11]], ids=str)
async def test_every_window_is_cut_as_the_specification_says(ask: Asker, listed: Paged) -> None:
    """`after` and `before` cut first, then `first` or `last`; the bounds tell of the whole list (Relay, section 4)."""
    whole = await listed.page(ask, first=6)
    count = whole.total
    places = [None, 0, 2, len(whole.ids) - 1]
    for after, before, end, size in product(places, places, ("first", "last"), (1, 2, 100)):
        cursors = {"after": _cursor(whole, after), "before": _cursor(whole, before)}
        page = await listed.page(ask, **cursors, **{end: size})

        start, stop = (0 if after is None else after + 1), (count if before is None else before)
        window = list(range(start, max(start, stop)))
        chosen = window[:size] if end == "first" else window[-size:]
        known = [index for index in chosen if index < len(whole.ids)]
        assert page.ids[: len(known)] == [whole.ids[index] for index in known] or end == "last"
        assert len(page.ids) == len(chosen)
        if chosen:
            assert page.bounds == (chosen[0] > 0, chosen[-1] < count - 1)
        page.check_parts()


def _cursor(page: Page, place: int | None) -> str | None:
    return None if place is None else page.cursors[place]


# The order itself

_KEYS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "PUBLISHED_AT": lambda node: node["publishedAt"],
    "UPDATED_AT": lambda node: node["updatedAt"],
    "CREATED_AT": lambda node: node["createdAt"],
    "TITLE": lambda node: fold(node["title"]),
    "COMMENT_COUNT": lambda node: node["commentCount"],
}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", ARTICLE_FIELDS)
async def test_articles_stand_in_the_order_that_is_named(ask: Asker, name: str, descending: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """By the field, and by the id in the same direction where that is equal."""
    way = "DESC" if descending else "ASC"
    nodes = await _articles(ask, f"[{{field: {name}, direction: {way}}}]")
    assert nodes == sorted(nodes, key=lambda node: (_KEYS[name](node), node["id"]), reverse=descending)


async def test_each_sort_key_has_its_own_direction(ask: Asker) -> None:
    """Titles from A to Z, and the latest first among those of one title."""
    nodes = await _articles(ask, "[{field: TITLE, direction: ASC}, {field: PUBLISHED_AT, direction: DESC}]")
    titles = [fold(node["title"]) for node in nodes]
    equals = [(one, other) for one, other in pairwise(nodes) if fold(one["title"]) == fold(other["title"])]

    assert titles == sorted(titles)
    assert len(equals) == 4
    assert all((one["publishedAt"], one["id"]) > (other["publishedAt"], other["id"]) for one, other in equals)


async def test_directions_left_out_are_the_schemas_defaults(ask: Asker) -> None:
    """DESC for articles, ASC for authors; and what nobody orders is as the schema says."""
    articles = [await _articles(ask, order) for order in ("[{field: TITLE}]", "[{field: TITLE, direction: DESC}]")]
    latest = [await _articles(ask, order) for order in ("[]", "null", "[{field: PUBLISHED_AT}]")]
    authors = [
        (await ask(f"{{ authors(orderBy: {order}) {{ nodes {{ name }} }} }}"))["authors"]["nodes"]
        for order in ("[{field: NAME}]", "{field: NAME, direction: ASC}", "null")
    ]

    assert articles[0] == articles[1] != latest[0] == latest[1] == latest[2]
    assert authors[0] == authors[1] == authors[2]
    names = ["100% Ltd_", "Back\\slash", "Straße & Sons", "wren  ASHDOWN", "Wren Ashdown", "Åsa Lindqvist"]
    assert [node["name"] for node in authors[0]] == names


async def _articles(ask: Asker, order: str) -> list[dict[str, Any]]:
    fields = "id title publishedAt updatedAt createdAt commentCount"
    nodes: list[dict[str, Any]] = (await ask(f"{{ articles(orderBy: {order}) {{ nodes {{ {fields} }} }} }}"))[
        "articles"
    ]["nodes"]
    assert len(nodes) == 13
    return nodes


async def test_comments_stand_in_the_order_that_is_named(ask: Asker) -> None:
    """Oldest, newest, or most liked first; the id goes in the same direction."""
    fields = "id createdAt reactions { count }"
    orders = {}
    for order in COMMENT_ORDERS[1:]:
        answer = await ask(f'{{ article(by: {{slug: "tide"}}) {{ comments({order}) {{ nodes {{ {fields} }} }} }} }}')
        orders[order] = answer["article"]["comments"]["nodes"]

    oldest, newest, liked = orders.values()
    assert len(oldest) == 8
    assert oldest == sorted(oldest, key=lambda node: (node["createdAt"], node["id"]))
    assert newest == oldest[::-1]
    assert liked == sorted(liked, key=lambda node: (node["reactions"][0]["count"], node["id"]), reverse=True)


# While others write


async def test_a_walk_through_articles_survives_what_others_write(changing: Database, ask_changing: Asker) -> None:
    """New articles before and behind, and the very one under the cursor gone: the rest comes once, in its order."""
    listed = Paged("articles(PAGE) PARTS")
    before = (await listed.page(ask_changing, first=100)).ids
    gone, seen, cursor = [], [], None
    for number in range(_ENOUGH):
        page = await listed.page(ask_changing, first=2, after=cursor)
        seen += page.ids
        if not page.bounds[1]:
            break
        cursor = page.cursors[-1]
        gone.append(page.ids[-1])
        await _end(changing, page.ids[-1])
        await _bring_out(number)

    assert [one for one in seen if one in before] == before
    assert len(set(seen)) == len(seen)
    assert len(gone) >= 6
    assert set(gone).isdisjoint((await listed.page(ask_changing, first=100)).ids)


async def _bring_out(number: int) -> None:
    """One article later than all there are, and one between those that are still to come."""
    for name, out in ((f"new-{number}", NOW - _HALF_HOUR), (f"late-{number}", NOW - number * 24 * _HALF_HOUR)):
        await article(name, Written(f"New {number}", authors=[("wren", BY)], topics=["boats"]))
        await publish(name, 1, out)


async def _end(database: Database, article_id: str) -> None:
    assert database.connection is not None
    ended = NOW - timedelta(minutes=1)
    await Publication.filter(article_id=article_id[4:], ends_at=None).update(ends_at=ended)
    await PublicationTopic.filter(article_id=article_id[4:], ends_at=None).update(ends_at=ended)


async def test_a_walk_through_comments_survives_what_others_write(changing: Database, ask_changing: Asker) -> None:
    """A reader who scrolls sees each comment once, though others are posted and taken away."""
    assert changing.connection is not None
    listed = Paged('article(by: {slug: "tide"}) { comments(PAGE) PARTS }')
    before = (await listed.page(ask_changing, first=100)).ids
    seen, cursor = [], None
    for number in range(_ENOUGH):
        page = await listed.page(ask_changing, first=2, after=cursor)
        seen += page.ids
        cursor = page.cursors[-1]
        # One older than the cursor, which is never met; one newer than all, which is.
        await comment(f"older-{number}", "tide", "Older", NOW - 9 * timedelta(days=1))
        if number == 0:
            await comment("newer", "tide", "Newer", NOW - _HALF_HOUR)
        await Comment.filter(id=page.ids[0][4:]).update(is_listed=False, status="DELETED")
        if not page.bounds[1]:
            break

    assert seen == [*before, f"com_{key('com', 'newer')}"]


# What is refused is not sent either

_BAD_SIZES = [
    {"first": 0},
    {"first": 101},
    {"first": -1},
    {"last": 0},
    {"last": 101},
    {"last": -5},
    {"first": 1, "last": 1},
]
_PLACES = [
    Paged("articles(PAGE) PARTS"),
    Paged('article(by: {slug: "tide"}) { comments(PAGE) PARTS }'),
    Paged("comments(first: 2) { nodes { replies(PAGE) PARTS } }"),
]


@pytest.mark.parametrize("listed", _PLACES, ids=str)
@pytest.mark.parametrize("sizes", _BAD_SIZES, ids=str)
async def test_a_page_of_a_senseless_size_is_refused(ask: Asker, listed: Paged, sizes: dict[str, int]) -> None:
    """1 to 100, from one end: as variables and written in the document."""
    with pytest.raises(Refusal) as refused:
        await listed.page(ask, **sizes)
    written = ", ".join(f"{name}: {size}" for name, size in sizes.items())
    with pytest.raises(Refusal) as refused_too:
        await ask(f"{{ articles({written}) {{ totalCount nodes {{ id }} }} }}")

    assert refused.value.codes == refused_too.value.codes == ["BAD_USER_INPUT"]
    assert ask.runner.sent == []


async def test_a_size_that_changes_is_checked_each_time(ask: Asker) -> None:
    """What was compiled for one page size serves another, but not a bad one."""
    listed = _PLACES[0]
    assert len((await listed.page(ask, first=2)).ids) == 2
    assert len((await listed.page(ask, first=3)).ids) == 3
    with pytest.raises(Refusal):
        await listed.page(ask, first=101)


def _made_up(*values: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


_NO_CURSORS = [
    "",
    "x",
    "é",
    "a" * 5000,
    "////",
    _made_up(),
    _made_up("Article.PUBLISHED_AT"),
    base64.b64encode(b"{}").decode(),
    _made_up("Article.PUBLISHED_AT", "2026-02-01T00:00:00Z", "no key"),
    _made_up("Article.PUBLISHED_AT", "yesterday", "5d3cda27-f446-5d19-910e-8a964e167e5e"),
    _made_up("Article.PUBLISHED_AT", 5, "5d3cda27-f446-5d19-910e-8a964e167e5e"),
    _made_up("Article.PUBLISHED_AT", None, None),
    _made_up("Article.PUBLISHED_AT", [], {}),
    _made_up("Article.PUBLISHED_AT", "2026-02-01T00:00:00Z", "5d3cda27-f446-5d19-910e-8a964e167e5e", 1),
]


@pytest.mark.parametrize("end", ["after", "before"])
@pytest.mark.parametrize("cursor", _NO_CURSORS)
async def test_what_is_no_cursor_is_refused(ask: Asker, end: str, cursor: str) -> None:
    """Whatever a client made up never reaches the database."""
    with pytest.raises(Refusal) as refused:
        await _PLACES[0].page(ask, **{end: cursor})
    assert refused.value.codes == ["BAD_USER_INPUT"]
    assert ask.runner.sent == []


_FOREIGN = [
    (Paged("articles(PAGE) PARTS"), Paged("articles(PAGE) PARTS", "orderBy: [{field: TITLE}]")),
    (
        Paged("articles(PAGE) PARTS", "orderBy: [{field: TITLE, direction: ASC}]"),
        Paged("articles(PAGE) PARTS", "orderBy: [{field: TITLE, direction: DESC}]"),
    ),
    (Paged("authors(PAGE) PARTS"), Paged("topics(PAGE) PARTS")),
    (Paged("topics(PAGE) PARTS"), Paged("authors(PAGE) PARTS")),
    (Paged("comments(PAGE) PARTS", "orderBy: OLDEST_FIRST"), Paged("comments(PAGE) PARTS", "orderBy: NEWEST_FIRST")),
    (Paged("disclaimers(PAGE) PARTS"), Paged("articles(PAGE) PARTS", "orderBy: [{field: CREATED_AT, direction: ASC}]")),
]


@pytest.mark.parametrize(("one", "other"), _FOREIGN, ids=str)
async def test_a_cursor_of_another_list_or_order_is_refused(ask: Asker, one: Paged, other: Paged) -> None:
    """It would point to nowhere, and the page would look right."""
    cursor = (await one.page(ask, first=1)).cursors[0]
    ask.runner.sent.clear()

    with pytest.raises(Refusal) as refused:
        await other.page(ask, after=cursor)
    assert refused.value.codes == ["BAD_USER_INPUT"]
    assert ask.runner.sent == []


async def test_a_list_may_be_asked_about_without_its_items(ask: Asker) -> None:
    """Counts, bounds and type names alone: shapes of their own in the reader."""
    answer = await ask(
        """{
          counted: articles { totalCount }
          named: articles(first: 2) { nodes { __typename } __typename }
          edged: articles(first: 1) { edges { __typename } }
          more: articles(first: 13) { pageInfo { hasNextPage __typename } }
          less: articles(last: 12) { pageInfo { more: hasPreviousPage } }
          authors(first: 1) { nodes { articles(first: 1) { edges { __typename } pageInfo { hasNextPage } } } }
        }"""
    )
    assert answer == {
        "counted": {"totalCount": 13},
        "named": {"nodes": [{"__typename": "Article"}] * 2, "__typename": "ArticleConnection"},
        "edged": {"edges": [{"__typename": "ArticleEdge"}]},
        "more": {"pageInfo": {"hasNextPage": False, "__typename": "PageInfo"}},
        "less": {"pageInfo": {"more": True}},
        "authors": {
            "nodes": [{"articles": {"edges": [{"__typename": "ArticleEdge"}], "pageInfo": {"hasNextPage": False}}}]
        },
    }
    assert len(ask.runner.sent) == 1


async def test_two_pages_of_one_list_in_one_operation(ask: Asker) -> None:
    """Aliases keep them apart, in one statement."""
    answer = await ask("{ a: topics(first: 1) { nodes { slug } } b: topics(last: 1) { nodes { slug } } }")
    assert answer == {"a": {"nodes": [{"slug": "boats"}]}, "b": {"nodes": [{"slug": "weather"}]}}
    assert len(ask.runner.sent) == 1
