"""What an operation may cost, over HTTP: refused before anything is sent, with what it costs and where to save."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from cms.app import create_app
from cms.kernel.limits import Limits
from cms.reading.postgres_runner import PostgresRunner
from cms.reading.sqlite_runner import SqliteRunner
from tests.serving import ASK_SITE, SITE, asking, fill, listening, post, running, settings_for

pytestmark = pytest.mark.asyncio

PAGES = "query Q($n: Int!) { articles(first: $n) { nodes { id comments(first: 100) { nodes { id } } } } }"


@pytest_asyncio.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody to ask an application that knows its site and nothing else."""
    await fill(database_url)
    async with running(settings_for(database_url, tmp_path)) as opened:
        yield opened


def _only(answer: httpx2.Response) -> Any:  # noqa: ANN401 - an error as JSON
    (error,) = answer.json()["errors"]
    assert list(answer.json()) == ["errors"]
    return error


async def test_the_price_is_told_to_those_who_want_it(client: httpx2.AsyncClient) -> None:
    """A developer would learn what a page costs when it is refused, and not before."""
    plain = await post(client, asking(PAGES, {"n": 3}))
    told = await post(client, asking(PAGES, {"n": 3}), x_cms_cost="1")

    assert "extensions" not in plain.json()
    cost = told.json()["extensions"]["cost"]
    assert cost["estimated"]["objects"] == 2 + 3 * 102
    assert cost["limit"] == {"objects": 5_000, "bytes": 4 * 1024 * 1024}
    assert told.json()["data"] == plain.json()["data"]


async def test_what_is_too_dear_is_refused_with_the_dearest_places(client: httpx2.AsyncClient) -> None:
    """A developer would not know what to change."""
    error = _only(await post(client, asking(PAGES, {"n": 100})))

    assert error["extensions"]["code"] == "TOO_EXPENSIVE"
    assert error["extensions"]["cost"]["estimated"]["objects"] == 2 + 100 * 102
    assert error["extensions"]["dearest"][0] == {
        "path": "articles.nodes.comments.nodes",
        "objects": 10_000,
        "bytes": 10_000 * 54,
        "times": 10_000,
    }
    assert "first of all in articles.nodes.comments.nodes." in error["message"]


async def test_few_objects_of_many_bytes_are_too_dear_as_well(client: httpx2.AsyncClient) -> None:
    """A hundred articles are few objects; with each text in four forms, twice, they are eight megabytes."""
    forms = "{ html markdown text blocks }"
    once = f"{{ articles(first: 100) {{ nodes {{ body {forms} }} }} }}"
    twice = f"{{ articles(first: 100) {{ nodes {{ body {forms} again: body {forms} }} }} }}"

    told = await post(client, asking(once), x_cms_cost="1")
    error = _only(await post(client, asking(twice)))

    # A body is charged 8 KiB a form, and 16 KiB for its blocks; the rest are keys and braces.
    body = 3 * 8 * 1024 + 16 * 1024 + 41
    cost = told.json()["extensions"]["cost"]
    assert cost["estimated"] == {"objects": 2 + 100 * 2, "bytes": 33 + 100 * (14 + body)}
    assert (error["extensions"]["code"], error["extensions"]["cost"]["limit"]) == ("TOO_EXPENSIVE", cost["limit"])
    assert error["extensions"]["cost"]["estimated"] == {"objects": 2 + 100 * 3, "bytes": 33 + 100 * (26 + 2 * body)}
    assert [place["path"] for place in error["extensions"]["dearest"][:2]] == [
        "articles.nodes.body",
        "articles.nodes.again",
    ]


async def test_the_dearest_place_is_no_echo(client: httpx2.AsyncClient) -> None:
    """A path is made of aliases: sixteen kilobytes of them would come back."""
    alias = "a" * 10_000
    query = f"{{ {alias}: articles(first: 100) {{ nodes {{ comments(first: 100) {{ nodes {{ id }} }} }} }} }}"

    told = await post(client, asking(query))

    assert _only(told)["extensions"]["dearest"][0]["path"] == "(a long text)"
    assert len(told.content) < 2_000


@pytest.mark.parametrize(
    "query",
    [
        "{ %s }",
        "{ site { %s } }",
        '{ article(by: {slug: "%s"}, locale: %s) { id } }',
        '{ articles(filter: {topic: {children: {name: {contains: "it is %s"}}}}) { totalCount } }',
        '{ articles(first: "it\'s %s") { totalCount } }',
        "{ articles(filter: {topic: {children: {%s: 1}}}) { totalCount } }",
        "{ articles(first: {%s: 1}) { totalCount } }",
        '{ articles(first: "%s") { totalCount } }',
        '{ site { name } "%s" }',
        "{ ...%s }",
        "query ($v: %s) { site { name } }",
    ],
)
@pytest.mark.parametrize("words", ["a" * 200, "word " * 40])
async def test_mistakes_are_told_without_repeating_them(client: httpx2.AsyncClient, query: str, words: str) -> None:
    """What somebody sends would come back from us, at whatever length, to be shown in somebody else's page."""
    told = await post(client, asking(query.replace("%s", words)))

    errors = told.json()["errors"]
    assert errors
    assert [error["message"] for error in errors if words[:81] in error["message"]] == []
    assert max(len(error["message"]) for error in errors) <= 400


async def test_a_document_pays_for_each_request_anew(client: httpx2.AsyncClient) -> None:
    """Whoever asks for one article first could ask for a hundred afterwards."""
    told = [await post(client, asking(PAGES, {"n": n})) for n in (1, 100, 1)]

    assert ["errors" in answer.json() for answer in told] == [False, True, False]


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        ("{ site { " + "commentPolicy { terms { policy { " * 6 + "__typename" + " } } }" * 6 + " } }", "depth"),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(31)) + " }", "aliases"),
        ("{ " + "__typename @include(if: true) " * 21 + "}", "directives"),
        ("{ " + "__typename " * 31 + "}", "repeats"),
        (
            "{ ...F0 }"
            + "".join(f" fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(100))
            + " fragment F100 on Query { a: __typename }",
            "aliases",
        ),
    ],
)
async def test_documents_that_are_too_large_are_refused_in_no_time(
    client: httpx2.AsyncClient, query: str, limit: str
) -> None:
    """787 bytes of fragments held up the plain stack for ten seconds and more."""
    before = time.perf_counter()
    told = await post(client, asking(query))

    assert time.perf_counter() - before < 0.5
    first = told.json()["errors"][0]
    assert (first["extensions"]["code"], first["extensions"]["limit"]) == ("DOCUMENT_TOO_LARGE", limit)


async def test_limits_can_be_set(database_url: str, tmp_path: Path) -> None:
    """A publication with other pages would be stuck with ours."""
    await fill(database_url)
    limits = Limits(objects=1, depth=1)
    async with running(settings_for(database_url, tmp_path, limits=limits)) as client:
        dear = await post(client, asking("{ site { __typename } }"))
        deep = await post(client, asking("{ site { name } articles { nodes { author { name } } } }"))

    assert dear.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_TOO_LARGE"
    assert deep.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_TOO_LARGE"


async def test_without_limits_all_of_this_is_answered(database_url: str, tmp_path: Path) -> None:
    """The twin: it is the limits that refuse, and nothing else."""
    await fill(database_url)
    ample = Limits(**{limit.name: 2**30 for limit in fields(Limits)})
    async with running(settings_for(database_url, tmp_path, limits=ample)) as client:
        told = [
            await post(client, asking(PAGES, {"n": 100})),
            await post(client, asking("{ " + " ".join(f"a{n}: __typename" for n in range(31)) + " }")),
            await post(client, asking("{ " + "__typename @include(if: true) " * 21 + "}")),
            await post(client, asking("{ " + "__typename " * 31 + "}")),
            await post(
                client, asking("{ " + " ".join(f"s{n}: __schema {{ types {{ name }} }}" for n in range(3)) + " }")
            ),
        ]

    assert [list(answer.json()) for answer in told] == [["data"]] * 5


async def test_introspection_works(client: httpx2.AsyncClient) -> None:
    """GraphiQL, code generators and linters begin with it."""
    from graphql import build_client_schema, get_introspection_query  # noqa: PLC0415

    told = await post(client, asking(get_introspection_query(input_value_deprecation=True, specified_by_url=True)))

    assert "Article" in build_client_schema(told.json()["data"]).type_map


async def test_looking_into_the_schema_has_its_price(client: httpx2.AsyncClient) -> None:
    """Thirty aliases of the whole schema would keep everybody waiting for a second."""
    often = "{ " + " ".join(f"s{n}: __schema {{ types {{ name fields {{ name }} }} }}" for n in range(3)) + " }"

    error = _only(await post(client, asking(often)))
    once = await post(client, asking("{ __schema { types { name } } site { name } }"), x_cms_cost="1")

    assert error["extensions"]["code"] == "TOO_EXPENSIVE"
    assert error["extensions"]["dearest"][0]["path"] == "__schema"
    cost = once.json()["extensions"]["cost"]["estimated"]["objects"]
    assert 2 * cost < Limits().objects < 3 * cost


async def test_introspection_in_a_circle_is_refused(client: httpx2.AsyncClient) -> None:
    """The schema's own types lead back to themselves: an answer without end."""
    circle = "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }"

    told = await post(client, asking(circle))

    assert told.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_an_answer_that_is_too_large_is_not_sent(database_url: str, tmp_path: Path) -> None:
    """What the price did not foresee would go out."""
    await fill(database_url)
    limits = Limits(answer_bytes=20_000)
    async with running(settings_for(database_url, tmp_path, limits=limits)) as client:
        query = "{ __schema { types { name description fields { name description } } } }"
        error = _only(await post(client, asking(query)))
        small = await post(client, asking(ASK_SITE))

    assert error["message"] == "The answer is larger than 20,000 bytes. Ask for less at once."
    assert error["extensions"]["code"] == "ANSWER_TOO_LARGE"
    assert small.json() == SITE


async def test_an_operation_has_only_so_much_time(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One slow question could keep the database to itself."""
    await fill(database_url)
    _be_slow(monkeypatch)
    async with running(settings_for(database_url, tmp_path, limits=Limits(seconds=1))) as client:
        before = time.perf_counter()
        error = _only(await post(client, asking(ASK_SITE)))

    assert error["extensions"]["code"] == "TOOK_TOO_LONG"
    assert error["message"] == "This operation takes longer than 1 seconds. Ask for less at once."
    assert 1 <= time.perf_counter() - before < 2


async def test_a_client_that_leaves_takes_its_statement_along(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers who close the page would keep the database busy."""
    await fill(database_url)
    begun, ended = asyncio.Event(), asyncio.Event()
    _be_slow(monkeypatch, begun, ended)
    body = asking(ASK_SITE)
    async with listening(create_app(settings_for(database_url, tmp_path))) as where:
        host, _, port = where.partition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
            % (len(body), body)
        )
        await asyncio.wait_for(begun.wait(), 5)
        writer.close()
        await asyncio.wait_for(ended.wait(), 1)


#: Takes minutes on either database.
_SLOW = {
    SqliteRunner: (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000000000) SELECT count(*) FROM n"
    ),
    PostgresRunner: "SELECT pg_sleep(300)",
}


def _be_slow(
    monkeypatch: pytest.MonkeyPatch, begun: asyncio.Event | None = None, ended: asyncio.Event | None = None
) -> None:
    """Have every statement take minutes; tell when it begins, and when it ends, however it does."""
    for runner, slow in _SLOW.items():
        rows: Any = runner.rows  # type: ignore[attr-defined] # either runner

        async def slowly(
            self: Any,  # noqa: ANN401 - either runner
            _sql: str,
            _values: object,
            *,
            seconds: float = 60,
            heavy: object = (),  # noqa: ARG001 - nothing of it is read
            rows: Any = rows,  # noqa: ANN401 - this runner's own
            slow: str = slow,
        ) -> Any:  # noqa: ANN401 - rows
            if begun is not None:
                begun.set()
            try:
                return await rows(self, slow, [], seconds=seconds)
            finally:
                if ended is not None:
                    ended.set()

        monkeypatch.setattr(runner, "rows", slowly)
