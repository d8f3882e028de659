"""Filters: each operator of each field, with exactly what it leaves; and what nobody may filter by is refused."""

from typing import Any

import pytest

from cms.kernel.ids import NodeType
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from tests.reading.asking import Asker, Refusal
from tests.reading.pools import PUBLIC
from tests.reading.rows import CANARY, gid, key

pytestmark = pytest.mark.asyncio

_MANY = [f"many-{number}" for number in range(9)]
_ARTICLES = {"tide", "ferry", "faehre", "expiring", *_MANY}
_WREN = {"tide", "ferry", *_MANY[0::3]}
_BOATS = {"tide", "ferry", *_MANY[2::3]}
_AUTHORS = {"wren", "wren-2", "asa", "strasse", "percent", "back"}
_TOPICS = {"sea", "boats", "ferries", "weather", "orphan"}
_ROOTS = {f"c{number}" for number in range(6)}
_REPLIES = {f"r{number}" for number in range(5)}
_STONES = {"stone0", "stone1"}
_COMMENTS = {*_ROOTS, *_REPLIES, "rr0", *_STONES, "on-stone0", "on-stone1", "erased", "contributor", "on-ferry"}


def _id(letters: str, name: str) -> str:
    return f'"{letters}_{key(letters, name)}"'


_BY_ARTICLE: list[tuple[str, set[str]]] = [
    ("{}", _ARTICLES),
    (f"{{id: {{eq: {_id('art', 'tide')}}}}}", {"tide"}),
    (f"{{id: {{in: [{_id('art', 'tide')}, {_id('art', 'draft')}, {_id('aut', 'wren')}]}}}}", {"tide"}),
    (f"{{id: {{notIn: [{_id('art', 'tide')}, {_id('aut', 'wren')}]}}}}", _ARTICLES - {"tide"}),
    (f"{{id: {{eq: {_id('art', 'draft')}}}}}", set()),
    (f'{{id: {{eq: "rev_{key("art", "tide")}"}}}}', set()),
    ('{id: {eq: "nothing"}}', set()),
    ("{id: {in: []}}", set()),
    ("{id: {notIn: []}}", _ARTICLES),
    ('{slug: {eq: "tide"}}', {"tide"}),
    ('{slug: {eq: "TIDE"}}', {"tide"}),
    ('{slug: {ne: "tide"}}', _ARTICLES - {"tide"}),
    ('{slug: {in: ["Tide", "ferry", "draft"]}}', {"tide", "ferry"}),
    ('{slug: {notIn: ["Tide", "ferry"]}}', _ARTICLES - {"tide", "ferry"}),
    ("{slug: {in: []}}", set()),
    ("{slug: {notIn: []}}", _ARTICLES),
    ('{slug: {contains: "AN"}}', set(_MANY)),
    ('{slug: {contains: "any_"}}', set()),
    ('{slug: {contains: "a%y"}}', set()),
    ('{slug: {startsWith: "f"}}', {"ferry", "faehre"}),
    ('{slug: {startsWith: "erry"}}', set()),
    ('{title: {eq: "tide TABLES"}}', {"tide"}),
    ('{title: {eq: "ＴＩＤＥ　ｔａｂｌｅｓ"}}', {"tide"}),
    ('{title: {ne: "notes 0"}}', _ARTICLES - {"many-0", "many-1"}),
    ('{title: {in: ["NOTES 0", "Die fähre FÄHRT"]}}', {"many-0", "many-1", "faehre"}),
    ('{title: {notIn: ["NOTES 0", "Die fähre FÄHRT"]}}', _ARTICLES - {"many-0", "many-1", "faehre"}),
    ('{title: {contains: "FÄHRE"}}', {"faehre"}),
    ('{title: {contains: "fahre"}}', set()),
    ('{title: {startsWith: "notes 4"}}', {"many-8"}),
    ('{title: {contains: "\\\\"}}', set()),
    (f'{{title: {{contains: "{CANARY}"}}}}', set()),
    ('{title: {startsWith: "n", contains: "4"}}', {"many-8"}),
    ('{locale: {eq: "de"}}', {"faehre"}),
    ('{locale: {eq: "DE"}}', {"faehre"}),
    ('{locale: {ne: "de"}}', _ARTICLES - {"faehre"}),
    ('{locale: {in: ["de", "fr"]}}', {"faehre"}),
    ('{locale: {startsWith: "D"}}', {"faehre"}),
    ('{publishedAt: {eq: "2026-02-20T12:00:00Z"}}', {"ferry"}),
    ('{publishedAt: {eq: "2026-02-20T13:00:00+01:00"}}', {"ferry"}),
    ('{publishedAt: {gt: "2026-02-25T12:00:00Z"}}', {"expiring"}),
    ('{publishedAt: {gte: "2026-02-25T12:00:00Z"}}', {"expiring", *_MANY[:3]}),
    ('{publishedAt: {lt: "2026-02-20T12:00:00Z"}}', {"tide"}),
    ('{publishedAt: {lte: "2026-02-20T12:00:00Z"}}', {"tide", "ferry"}),
    ("{publishedAt: {isNull: true}}", set()),
    ("{publishedAt: {isNull: false}}", _ARTICLES),
    ('{publishedAt: {gt: "2026-02-20T12:00:00Z", lt: "2026-02-23T12:00:00Z"}}', {"faehre"}),
    ('{updatedAt: {gte: "2026-02-27T12:00:00Z"}}', {"tide", "expiring"}),
    ("{commentCount: {eq: 14}}", {"tide"}),
    ("{commentCount: {gt: 0}}", {"tide", "ferry"}),
    ("{commentCount: {gte: 1, lt: 14}}", {"ferry"}),
    ("{commentCount: {lte: 0}}", _ARTICLES - {"tide", "ferry"}),
    ("{author: {}}", _ARTICLES),
    ('{author: {slug: {eq: "wren"}}}', _WREN),
    ('{author: {name: {contains: "ashdown"}}}', _WREN | set(_MANY[1::3])),
    ('{author: {slug: {eq: "asa"}}}', {"tide", "faehre"}),
    ('{author: {slug: {eq: "gone"}}}', set()),
    (f"{{author: {{id: {{in: [{_id('aut', 'percent')}]}}}}}}", {"expiring"}),
    ('{topic: {slug: {eq: "boats"}}}', _BOATS),
    ('{topic: {name: {in: ["SEA", "weather"]}}}', {"tide", "expiring", *_MANY[0::3], *_MANY[1::3]}),
    ('{topic: {slug: {eq: "gone"}}}', set()),
    ('{topic: {slug: {eq: "boats"}}, author: {slug: {eq: "back"}}}', set(_MANY[2::3])),
    (f"{{disclaimer: {{eq: {_id('dis', 'risk')}}}}}", {"tide"}),
    (f"{{disclaimer: {{in: [{_id('dis', 'risk')}, {_id('dis', 'paid')}]}}}}", {"tide", "expiring"}),
    (f"{{disclaimer: {{notIn: [{_id('dis', 'tide')}]}}}}", {"tide", "expiring"}),
    (f"{{disclaimer: {{eq: {_id('dis', 'old')}}}}}", set()),
    (f"{{disclaimer: {{eq: {_id('dvn', 'risk.1')}}}}}", set()),
    ('{and: [{title: {startsWith: "notes"}}, {slug: {contains: "8"}}]}', {"many-8"}),
    ('{and: {slug: {contains: "8"}}}', {"many-8"}),
    ('{or: [{slug: {eq: "tide"}}, {locale: {eq: "de"}}]}', {"tide", "faehre"}),
    ("{and: []}", _ARTICLES),
    ("{or: []}", set()),
    ("{not: {}}", set()),
    ('{not: {title: {startsWith: "notes"}}}', {"tide", "ferry", "faehre", "expiring"}),
    ('{not: {topic: {slug: {eq: "boats"}}}}', _ARTICLES - _BOATS),
    ('{not: {or: [{slug: {eq: "tide"}}, {not: {slug: {ne: "ferry"}}}]}}', _ARTICLES - {"tide", "ferry"}),
    ('{slug: {contains: "many"}, or: [{slug: {contains: "1"}}, {slug: {eq: "tide"}}]}', {"many-1"}),
]


@pytest.mark.parametrize(
    ("condition", "expected"), _BY_ARTICLE, ids=lambda value: value if isinstance(value, str) else ""
)
async def test_articles_are_filtered(ask: Asker, condition: str, expected: set[str]) -> None:
    """Exactly these, counted alike, and the same under an author's name."""
    answer = await ask(
        f"{{ articles(filter: {condition}) {{ totalCount nodes {{ slug }} }} "
        f'author(by: {{slug: "wren"}}) {{ articles(filter: {condition}) {{ totalCount nodes {{ slug }} }} }} }}'
    )
    assert _slugs(answer["articles"]) == expected
    assert _slugs(answer["author"]["articles"]) == expected & _WREN


def _slugs(connection: dict[str, Any]) -> set[str]:
    slugs = [node["slug"] for node in connection["nodes"]]
    assert len(slugs) == len(set(slugs)) == connection["totalCount"]
    return set(slugs)


_BY_AUTHOR: list[tuple[str, set[str]]] = [
    (f"{{id: {{eq: {_id('aut', 'wren')}}}}}", {"wren"}),
    (f"{{id: {{notIn: [{_id('aut', 'wren')}, {_id('aut', 'gone')}]}}}}", _AUTHORS - {"wren"}),
    (f"{{id: {{in: [{_id('top', 'sea')}, {_id('aut', 'gone')}]}}}}", set()),
    ('{slug: {startsWith: "wren"}}', {"wren", "wren-2"}),
    ('{slug: {in: ["asa", "gone"]}}', {"asa"}),
    ('{name: {eq: "WREN ASHDOWN"}}', {"wren", "wren-2"}),
    ('{name: {ne: "WREN ASHDOWN"}}', _AUTHORS - {"wren", "wren-2"}),
    ('{name: {contains: "STRASSE"}}', {"strasse"}),
    ('{name: {startsWith: "åSA"}}', {"asa"}),
    ('{name: {startsWith: "asa"}}', set()),
    ('{name: {contains: "0%"}}', {"percent"}),
    ('{name: {contains: "%0"}}', set()),
    ('{name: {contains: "_"}}', {"percent"}),
    ('{name: {contains: "\\\\"}}', {"back"}),
    ('{name: {in: ["straße & SONS", "å"]}}', {"strasse"}),
    ('{name: {notIn: ["straße & SONS", "å"]}}', _AUTHORS - {"strasse"}),
    ('{or: [{slug: {eq: "asa"}}, {not: {name: {contains: "a"}}}]}', {"asa", "percent"}),
    ('{and: [{slug: {contains: "a"}}, {slug: {contains: "k"}}]}', {"back"}),
]
_BY_TOPIC: list[tuple[str, set[str]]] = [
    (f"{{id: {{in: [{_id('top', 'sea')}, {_id('top', 'gone')}]}}}}", {"sea"}),
    (f"{{id: {{notIn: [{_id('top', 'sea')}]}}}}", _TOPICS - {"sea"}),
    ('{slug: {eq: "Boats"}}', {"boats"}),
    ('{slug: {contains: "e"}}', {"sea", "ferries", "weather"}),
    ('{name: {eq: "SEA"}}', {"sea"}),
    ('{name: {notIn: ["sea", "boats"]}}', {"ferries", "weather", "orphan"}),
    ('{name: {startsWith: "W"}}', {"weather"}),
    (f'{{name: {{contains: "{CANARY}"}}}}', set()),
    ('{not: {or: [{slug: {eq: "sea"}}, {slug: {eq: "boats"}}]}}', {"ferries", "weather", "orphan"}),
]


@pytest.mark.parametrize(
    ("listed", "condition", "expected"),
    [("authors", *case) for case in _BY_AUTHOR] + [("topics", *case) for case in _BY_TOPIC],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_authors_and_topics_are_filtered(ask: Asker, listed: str, condition: str, expected: set[str]) -> None:
    """Exactly these, and counted alike."""
    answer = await ask(f"{{ {listed}(filter: {condition}) {{ totalCount nodes {{ slug }} }} }}")
    assert _slugs(answer[listed]) == expected


_BY_COMMENT: list[tuple[str, set[str]]] = [
    ("{}", _COMMENTS),
    (f"{{article: {{eq: {_id('art', 'ferry')}}}}}", {"on-ferry"}),
    (f"{{article: {{in: [{_id('art', 'ferry')}, {_id('art', 'unpublished')}]}}}}", {"on-ferry"}),
    (f"{{article: {{notIn: [{_id('art', 'ferry')}]}}}}", _COMMENTS - {"on-ferry"}),
    (f"{{article: {{eq: {_id('aut', 'wren')}}}}}", set()),
    ('{createdAt: {gt: "2026-02-28T15:00:00Z"}}', {"on-ferry"}),
    ('{createdAt: {gte: "2026-02-28T15:00:00Z"}}', {"on-ferry", "rr0"}),
    ('{createdAt: {lt: "2026-02-28T12:00:00Z"}}', set()),
    ('{authorName: {eq: "READER c0"}}', {"c0"}),
    ('{authorName: {startsWith: "reader R"}}', {*_REPLIES, "rr0"}),
    ('{authorName: {in: ["erased", "reader c1"]}}', {"erased", "c1"}),
    (f'{{authorName: {{contains: "{CANARY}"}}}}', set()),
    (f'{{text: {{contains: "{CANARY}"}}}}', set()),
    ('{text: {contains: "50% T"}}', _ROOTS),
    ('{text: {contains: "5_%"}}', set()),
    ('{text: {contains: "ärger"}}', {"rr0"}),
    ('{text: {eq: "on the FERRY"}}', {"on-ferry"}),
    ('{not: {text: {contains: "comment"}}}', _COMMENTS - _ROOTS),
    (f'{{not: {{authorName: {{contains: "{CANARY}"}}}}}}', _COMMENTS),
    ('{or: [{text: {contains: "reply 1"}}, {text: {contains: "reply 2"}}]}', {"r1", "r2"}),
]
_BY_MODERATOR: list[tuple[str, set[str]]] = [
    ("{status: [PENDING]}", {"PENDING-root", "PENDING-reply"}),
    ("{status: [SPAM, REJECTED]}", {"SPAM-root", "SPAM-reply", "REJECTED-root", "REJECTED-reply", "stone1"}),
    ("{status: PENDING}", {"PENDING-root", "PENDING-reply"}),
    ("{status: []}", set()),
    ("{flagged: true}", {"c0"}),
    ('{flagged: false, authorName: {startsWith: "reader c"}}', _ROOTS - {"c0"} | {"contributor"}),
    ('{authorEmail: {eq: "canary.C0@mail.example.com"}}', {"c0"}),
    ('{authorEmail: {contains: ".on-"}}', {"on-stone0", "on-stone1", "on-ferry"}),
    (f'{{text: {{contains: "{CANARY} under"}}}}', {"under-hidden"}),
]
_NAMES = {
    gid(NodeType.COMMENT, name): name
    for name in [
        *_COMMENTS,
        *(f"{status}-{place}" for status in ("PENDING", "SPAM", "REJECTED", "DELETED") for place in ("root", "reply")),
        "under-hidden",
    ]
}


@pytest.mark.parametrize(
    ("viewer", "condition", "expected"),
    [(ANONYMOUS, *case) for case in _BY_COMMENT] + [(SYSTEM, *case) for case in _BY_MODERATOR],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_comments_are_filtered(ask: Asker, viewer: Viewer, condition: str, expected: set[str]) -> None:
    """Exactly these. What a tombstone hides is not found by searching either."""
    answer = await ask(
        f"{{ comments(first: 100, filter: {condition}) {{ totalCount nodes {{ id }} }} }}", viewer=viewer
    )
    assert {_NAMES[node["id"]] for node in answer["comments"]["nodes"]} == expected
    assert answer["comments"]["totalCount"] == len(expected)


_BY_EDITOR: list[tuple[str, set[str]]] = [
    ("{status: [DRAFT]}", {"draft"}),
    ("{status: SCHEDULED}", {"scheduled"}),
    ("{status: [UNPUBLISHED, ARCHIVED]}", {"unpublished", "archived"}),
    ("{status: [PUBLISHED]}", _ARTICLES),
    ('{publishAt: {gt: "2026-03-02T12:00:00Z"}}', {"scheduled"}),
    ("{publishAt: {isNull: false}}", {"scheduled"}),
    ("{inReview: true}", {"tide"}),
    ('{inReview: false, slug: {startsWith: "t"}}', set()),
    ("{hasUnpublishedChanges: true}", {"tide", "draft", "unpublished", "scheduled"}),
    ("{publishedAt: {isNull: true}}", {"draft", "unpublished", "scheduled"}),
    ('{not: {publishedAt: {gt: "2026-01-01T00:00:00Z"}}}', {"draft", "unpublished", "scheduled"}),
    # What was put away is not in the way of those who do not ask for it, by its status or by its name.
    ('{slug: {eq: "archived"}}', {"archived"}),
    ("{not: {status: [PUBLISHED]}, publishedAt: {isNull: true}}", {"draft", "unpublished", "archived", "scheduled"}),
    ('{or: [{and: [{status: ARCHIVED}]}, {slug: {eq: "draft"}}]}', {"archived", "draft"}),
    ('{author: {slug: {eq: "wren"}}, publishedAt: {isNull: true}}', {"draft", "unpublished", "scheduled"}),
    ('{topic: {slug: {eq: "weather"}}, not: {slug: {contains: "many"}}}', {"tide", "expiring"}),
    ('{author: {slug: {eq: "asa"}}}', {"faehre"}),
]


@pytest.mark.parametrize(
    ("condition", "expected"), _BY_EDITOR, ids=lambda value: value if isinstance(value, str) else ""
)
async def test_drafts_are_filtered_by_what_their_heads_say(ask: Asker, condition: str, expected: set[str]) -> None:
    """In the DRAFT perspective conditions look at the newest revision."""
    text = f"{{ articles(perspective: DRAFT, filter: {condition}) {{ totalCount nodes {{ slug }} }} }}"
    assert _slugs((await ask(text, viewer=SYSTEM))["articles"]) == expected


# Variables


async def test_a_filter_in_a_variable_is_read_anew_each_time(ask: Asker) -> None:
    """One shape is compiled once; other texts, other lengths of lists and other shapes all find their own."""
    text = "query($filter: ArticleFilter) { articles(filter: $filter) { totalCount nodes { slug } } }"
    cases: list[tuple[dict[str, Any] | None, set[str]]] = [
        ({"slug": {"eq": "tide"}}, {"tide"}),
        ({"slug": {"eq": "ferry"}}, {"ferry"}),
        ({"slug": {"in": ["tide", "ferry"]}}, {"tide", "ferry"}),
        ({"slug": {"in": ["tide"]}}, {"tide"}),
        ({"or": [{"slug": {"eq": "tide"}}, {"locale": {"eq": "de"}}]}, {"tide", "faehre"}),
        ({"or": [{"slug": {"eq": "tide"}}]}, {"tide"}),
        ({"publishedAt": {"isNull": True}}, set()),
        ({"publishedAt": {"isNull": False}}, _ARTICLES),
        ({"id": {"in": [gid(NodeType.ARTICLE, "tide"), gid(NodeType.AUTHOR, "wren")]}}, {"tide"}),
        (None, _ARTICLES),
    ]
    for given, expected in cases:
        assert _slugs((await ask(text, filter=given))["articles"]) == expected


# What is refused is not sent either

_NULLS = [
    "articles(filter: {title: null})",
    "articles(filter: {title: {eq: null}})",
    "articles(filter: {not: null})",
    "articles(filter: {or: null})",
    "articles(filter: {commentCount: {gt: null}})",
    "articles(filter: {publishedAt: {isNull: null}})",
    "articles(filter: {id: {in: null}})",
    "articles(filter: {author: null})",
    "articles(filter: {author: {name: null}})",
    "articles(filter: {disclaimer: null})",
    "authors(filter: {name: {contains: null}})",
    "topics(filter: {and: [{name: {ne: null}}]})",
    "comments(filter: {text: {startsWith: null}})",
    "comments(filter: {article: {notIn: null}})",
]


@pytest.mark.parametrize("field", _NULLS)
async def test_null_in_a_filter_is_refused(ask: Asker, field: str) -> None:
    """It could mean "no matter" or "nothing": a client that lost a variable must not be shown everything."""
    with pytest.raises(Refusal) as refused:
        await ask(f"{{ {field} {{ totalCount }} }}")
    assert refused.value.codes == ["BAD_USER_INPUT"]

    with pytest.raises(Refusal) as refused:
        await ask("query($text: String) { articles(filter: {title: {eq: $text}}) { totalCount } }", text=None)
    assert refused.value.codes == ["BAD_USER_INPUT"]
    assert ask.runner.sent == []


_UNHOLDABLE = ["nul \0", "half \ud800"]


@pytest.mark.parametrize("text", _UNHOLDABLE, ids=ascii)
@pytest.mark.parametrize(
    "query",
    [
        "articles(filter: {title: {eq: $text}}) { totalCount }",
        "articles(filter: {title: {contains: $text}}) { totalCount }",
        "articles(filter: {title: {in: [$text]}}) { totalCount }",
        "article(by: {slug: $text}) { id }",
        "article(by: {path: $text}) { id }",
        'article(by: {slug: "x"}, locale: $text) { id }',
    ],
)
async def test_a_text_that_no_database_holds_is_refused(ask: Asker, query: str, text: str) -> None:
    """PostgreSQL would raise where SQLite finds nothing."""
    with pytest.raises(Refusal) as refused:
        await ask(f"query($text: String!) {{ {query} }}", text=text)
    assert refused.value.codes == ["BAD_USER_INPUT"]
    assert ask.runner.sent == []


async def test_a_text_too_long_to_search_for_is_refused(ask: Asker) -> None:
    """SQLite has a limit of its own, which would look like a fault of ours."""
    text = "query($text: String!) { articles(filter: {title: {contains: $text}}) { totalCount } }"
    assert (await ask(text, text="x" * 1000))["articles"]["totalCount"] == 0
    with pytest.raises(Refusal) as refused:
        await ask(text, text="x" * 60_000)
    assert refused.value.codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("way", ["and", "or"])
async def test_a_filter_holds_a_hundred_conditions(ask: Asker, way: str) -> None:
    """A statement of thousands of conditions is planned for longer than it may run."""
    text = "query($filter: ArticleFilter) { articles(filter: $filter) { totalCount nodes { slug } } }"
    both = {"slug": {"eq": "tide"}, "locale": {"in": ["en", "de", "fr"]}}
    hundred = [both] * 50

    assert _slugs((await ask(text, filter={way: hundred}))["articles"]) == {"tide"}
    ask.runner.sent.clear()
    with pytest.raises(Refusal) as refused:
        await ask(text, filter={way: hundred, "slug": {"eq": "tide"}})
    assert refused.value.codes == ["BAD_USER_INPUT"]
    assert refused.value.messages == ["A filter holds at most 100 conditions."]
    assert ask.runner.sent == []


_FORBIDDEN = [
    ("articles(filter: {status: [DRAFT]})", Scope.CONTENT_PREVIEW),
    ("articles(filter: {publishAt: {isNull: true}})", Scope.CONTENT_PREVIEW),
    ("articles(filter: {inReview: true})", Scope.CONTENT_PREVIEW),
    ("articles(filter: {hasUnpublishedChanges: false})", Scope.CONTENT_PREVIEW),
    ("articles(filter: {not: {or: [{status: []}]}})", Scope.CONTENT_PREVIEW),
    ("comments(filter: {status: [PENDING]})", Scope.COMMENTS_MODERATE),
    ('comments(filter: {authorEmail: {contains: "@"}})', Scope.COMMENTS_MODERATE),
    ("comments(filter: {flagged: true})", Scope.COMMENTS_MODERATE),
]


@pytest.mark.parametrize(("field", "scope"), _FORBIDDEN)
async def test_what_may_not_be_read_may_not_be_filtered_by(ask: Asker, field: str, scope: Scope) -> None:
    """The operation is refused whole, run or not; with that scope and no other it is answered."""
    for written in (field, f"{field} @include(if: false)"):
        with pytest.raises(Refusal) as refused:
            await ask(f"{{ site {{ id }} {written} {{ totalCount }} }}", viewer=Viewer(frozenset(Scope) - {scope}))
        assert refused.value.codes == ["FORBIDDEN"]
        assert scope in refused.value.messages[0]
    assert ask.runner.sent == []
    await ask(f"{{ {field} {{ totalCount }} }}", viewer=Viewer(frozenset({scope})))


async def test_a_forbidden_filter_in_a_variable_is_refused(ask: Asker) -> None:
    """The document does not show it; the variables do."""
    text = "query($filter: CommentFilter) { comments(filter: $filter) { totalCount } }"
    with pytest.raises(Refusal) as refused:
        await ask(text, filter={"or": [{"flagged": True}]})
    assert refused.value.codes == ["FORBIDDEN"]
    assert ask.runner.sent == []


async def test_every_public_id_finds_its_own(ask: Asker) -> None:
    """A filter by id brings what `node` brings."""
    for name in PUBLIC[NodeType.AUTHOR]:
        found = await ask(f"{{ authors(filter: {{id: {{eq: {_id('aut', name)}}}}}) {{ nodes {{ slug }} }} }}")
        assert found == {"authors": {"nodes": [{"slug": name}]}}
