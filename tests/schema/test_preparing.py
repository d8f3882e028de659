"""Preparing: each document is looked at once, each shape of its variables compiled once, and nothing grows for ever."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
import pytest_asyncio
from graphql import parse

from cms.entities import ENTITIES
from cms.kernel.bounded import Bounded
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from cms.reading.pricing import FREE
from cms.reading.reader import Compiled, Reader
from cms.reading.sqlite import SqliteDialect
from cms.reading.sqlite_runner import sqlite_runner
from cms.reading.vocabulary import Perspective
from schema import preparing
from schema.errors import Refused
from schema.measuring import measures
from schema.preparing import Operation, Preparer
from schema.schema import MastheadSchema

pytestmark = pytest.mark.asyncio

SITE = "{ site { name } }"
TWO = "query A { site { name } } query B { site { url } }"
ARTICLES = """
query Articles($filter: ArticleFilter, $order: [ArticleOrder!], $first: Int, $more: Boolean! = false) {
  articles(filter: $filter, orderBy: $order, first: $first) { nodes { title slug @include(if: $more) } }
}
"""
NODES = "query Nodes($ids: [ID!]!, $one: ID!) { nodes(ids: $ids) { id } node(id: $one) { id } }"
ART = ["art_01890a5d-ac96-774b-bcce-b302099a8057", "art_01890a5d-ac96-774b-bcce-b302099a8058"]
AUT = "aut_01890a5d-ac96-774b-bcce-b302099a8057"


@pytest_asyncio.fixture
async def schema(sqlite_template: Path) -> AsyncIterator[MastheadSchema]:
    """The schema over an empty database; what is prepared sends nothing to it."""
    async with sqlite_runner(sqlite_template) as runner:
        yield MastheadSchema(Reader(ENTITIES, SqliteDialect(), runner))


@pytest.fixture
def preparer(schema: MastheadSchema) -> Preparer:
    """What is tested here."""
    return schema.preparer


def _compiled(
    preparer: Preparer,
    operation: Operation,
    given: dict[str, Any],
    viewer: Viewer = ANONYMOUS,
    perspective: Perspective = Perspective.PUBLISHED,
) -> Compiled:
    return preparer.compiled(operation, preparer.variables(operation, given), viewer, perspective)


def _refusal(preparer: Preparer, query: str | None, name: str | None = None) -> Refused:
    with pytest.raises(Refused) as refused:
        preparer.prepare(query, name)
    return refused.value


def _told(refused: Refused) -> list[tuple[str, Any]]:
    return [(error.message, (error.extensions or {})["code"]) for error in refused.errors]


def _counting(prepared: Callable[..., Any], asked: list[str]) -> Callable[..., Any]:
    """`prepared`, which notes what it was asked."""

    def noted(self: Preparer, query: str, name: str | None) -> object:
        asked.append(query)
        return prepared(self, query, name)

    return noted


# What is kept


async def test_the_cache_keeps_what_was_used_last() -> None:
    """A rush of documents that come once would drive out the ones that all clients send."""
    made: list[str] = []
    kept = Bounded[str, str](2, 100, lambda key, made: len(key) + len(made))

    def ask(key: str) -> str:
        def make() -> str:
            made.append(key)
            return key.upper()

        return kept.get(key, make)

    assert [ask(key) for key in ("a", "b", "a", "c", "a", "b")] == ["A", "B", "A", "C", "A", "B"]
    # c drove out b, which was used before a; then b had to be made again.
    assert made == ["a", "b", "c", "b"]


async def test_the_cache_keeps_no_more_than_a_weight() -> None:
    """Five hundred of the largest documents would fill the memory."""
    kept = Bounded[str, str](100, 10, lambda key, _: len(key))

    for key in ("aaaa", "bbbb", "cc", "dddd"):
        kept.get(key, key.upper)

    assert list(kept._kept) == ["bbbb", "cc", "dddd"]
    kept.get("e" * 11, str)
    assert list(kept._kept) == ["e" * 11]


async def test_what_could_not_be_made_is_not_kept() -> None:
    """A failure would leave a key without a value, or a value that was never whole."""
    kept = Bounded[str, int](2, 100, lambda key, _: len(key))

    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)

    assert kept.get("a", lambda: 7) == 7


async def test_the_cache_of_documents_is_bounded(preparer: Preparer) -> None:
    """Clients that write values into their documents would fill the memory."""
    first = preparer.prepare(SITE, None)
    for number in range(preparing._MOST_DOCUMENTS):
        preparer.prepare(f"{{ a{number}: __typename }}", None)

    assert len(preparer._kept._kept) == preparing._MOST_DOCUMENTS
    assert preparer.prepare(SITE, None) is not first


async def test_the_cache_of_shapes_is_bounded(preparer: Preparer) -> None:
    """A filter of any depth is a shape of its own: one operation could fill the memory."""
    operation = preparer.prepare(ARTICLES, None)
    preparer._compiled = Bounded(16, 10**6, lambda _, compiled: len(compiled.plan.sql))
    for number in range(100):
        _compiled(preparer, operation, {"filter": {"and": [{"title": {"eq": "x"}}] * number}})

    assert len(preparer._compiled._kept) == 16


async def test_a_document_is_prepared_once(preparer: Preparer) -> None:
    """Parsing and validating would cost more than reading."""
    assert preparer.prepare(SITE, None) is preparer.prepare(SITE, None)
    assert preparer.prepare(TWO, "A") is preparer.prepare(TWO, "A")
    assert preparer.prepare(TWO, "A") is not preparer.prepare(TWO, "B")
    assert preparer.prepare(SITE, None) is not preparer.prepare(SITE + " ", None)


async def test_errors_are_kept_too(preparer: Preparer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong document that is sent again and again would be validated each time."""
    asked: list[str] = []
    monkeypatch.setattr(Preparer, "_prepared", _counting(Preparer._prepared, asked))

    refusals = [_refusal(preparer, "{ nowhere }") for _ in range(3)]

    assert asked == ["{ nowhere }"]
    assert _told(refusals[0]) == _told(refusals[2])


async def test_an_error_that_is_told_again_holds_on_to_nothing(preparer: Preparer) -> None:
    """One exception raised again and again keeps the frames of every request that it ended."""

    def length(trace: TracebackType | None) -> int:
        return 0 if trace is None else 1 + length(trace.tb_next)

    lengths = [length(_refusal(preparer, "{ nowhere }").__traceback__) for _ in range(10)]

    assert len(set(lengths)) == 1


# Shapes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"first": 5}, {"first": 7}),
        ({"filter": {"title": {"eq": "a"}}}, {"filter": {"title": {"eq": "b"}}}),
        ({"filter": {"title": {"in": ["a"]}}}, {"filter": {"title": {"in": ["b", "c", "d"]}}}),
        (
            {"filter": {"publishedAt": {"gte": "2024-01-01T00:00:00Z"}}},
            {"filter": {"publishedAt": {"gte": "2025-01-01T00:00:00Z"}}},
        ),
        ({"filter": {"id": {"eq": ART[0]}}}, {"filter": {"id": {"eq": ART[1]}}}),
        ({"more": False}, {}),
        ({"order": {"field": "TITLE"}}, {"order": [{"field": "TITLE", "direction": "DESC"}]}),
        (
            {"filter": {"title": {"eq": "a"}, "slug": {"eq": "b"}}},
            {"filter": {"slug": {"eq": "c"}, "title": {"eq": "d"}}},
        ),
    ],
)
async def test_one_shape_is_compiled_once(preparer: Preparer, one: dict[str, Any], other: dict[str, Any]) -> None:
    """Every search for another word would be planned anew."""
    operation = preparer.prepare(ARTICLES, None)

    assert _compiled(preparer, operation, one) is _compiled(preparer, operation, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"first": 5}, {}),
        ({"first": 5}, {"first": None}),
        ({"filter": None}, {}),
        ({"filter": {}}, {"filter": None}),
        ({"filter": {"title": {"eq": "a"}}}, {"filter": {"title": {"ne": "a"}}}),
        ({"filter": {"title": {"eq": "a"}}}, {"filter": {"slug": {"eq": "a"}}}),
        ({"filter": {"and": [{}]}}, {"filter": {"and": [{}, {}]}}),
        ({"filter": {"and": [{"title": {"eq": "a"}}]}}, {"filter": {"or": [{"title": {"eq": "a"}}]}}),
        ({"filter": {"id": {"eq": ART[0]}}}, {"filter": {"id": {"eq": AUT}}}),
        ({"order": [{"field": "TITLE"}]}, {"order": [{"field": "PUBLISHED_AT"}]}),
        ({"order": [{"field": "TITLE"}]}, {"order": [{"field": "TITLE", "direction": "ASC"}]}),
        ({"more": True}, {"more": False}),
    ],
)
async def test_another_shape_is_compiled_by_itself(
    preparer: Preparer, one: dict[str, Any], other: dict[str, Any]
) -> None:
    """A client would get the answer to what another one asked."""
    operation = preparer.prepare(ARTICLES, None)

    assert _compiled(preparer, operation, one) is not _compiled(preparer, operation, other)
    assert _compiled(preparer, operation, one) is _compiled(preparer, operation, one)


async def test_which_types_ids_name_is_part_of_the_shape(preparer: Preparer) -> None:
    """Ids of authors would be looked for among articles."""
    operation = preparer.prepare(NODES, None)
    one = _compiled(preparer, operation, {"ids": ART, "one": ART[0]})

    assert _compiled(preparer, operation, {"ids": [ART[1]], "one": ART[1]}) is one
    assert _compiled(preparer, operation, {"ids": [*ART, AUT], "one": ART[0]}) is not one
    assert _compiled(preparer, operation, {"ids": ART, "one": AUT}) is not one
    assert _compiled(preparer, operation, {"ids": ART, "one": "no id"}) is not one


async def test_scopes_and_perspectives_are_kept_apart(preparer: Preparer) -> None:
    """A reader would be answered by the statement that was compiled for an editor."""
    operation = preparer.prepare(ARTICLES, None)
    reader = _compiled(preparer, operation, {})

    assert _compiled(preparer, operation, {}, SYSTEM) is not reader
    assert _compiled(preparer, operation, {}, SYSTEM, Perspective.DRAFT) is not _compiled(
        preparer, operation, {}, SYSTEM
    )
    # Two people with the same scopes share; who they are is bound when it is read.
    assert _compiled(preparer, operation, {}, Viewer(actor="user:somebody else")) is reader


# What is refused


@pytest.mark.parametrize(
    ("query", "name", "told"),
    [
        (None, None, [("Send a query.", "BAD_REQUEST")]),
        ("", None, [("Send a query.", "BAD_REQUEST")]),
        ("{", None, [("Syntax Error: Expected Name, found <EOF>.", "GRAPHQL_PARSE_FAILED")]),
        ("{ " * 8_000, None, [("Syntax Error: Expected Name, found '{'.", "GRAPHQL_PARSE_FAILED")]),
        ("{ " * 8_193, None, [("The document holds 16,386 bytes; 16,384 are allowed.", "DOCUMENT_TOO_LARGE")]),
        ("{ ü" * 4_097, None, [("The document holds 16,388 bytes; 16,384 are allowed.", "DOCUMENT_TOO_LARGE")]),
        (
            "{ a " * 900,
            None,
            [("Syntax Error: Document is nested too deeply. Parsing aborted.", "GRAPHQL_PARSE_FAILED")],
        ),
        ("{ sit { name } }", None, [("Cannot query field 'sit' on type 'Query'.", "GRAPHQL_VALIDATION_FAILED")]),
        (
            "mutation { nothing }",
            None,
            [("Cannot query field 'nothing' on type 'Mutation'.", "GRAPHQL_VALIDATION_FAILED")],
        ),
        (TWO, None, [("Name the operation to run.", "OPERATION_RESOLUTION_FAILURE")]),
        (TWO, "C", [("The document has no such operation.", "OPERATION_RESOLUTION_FAILURE")]),
        (SITE, "A", [("The document has no such operation.", "OPERATION_RESOLUTION_FAILURE")]),
    ],
)
async def test_what_cannot_run_is_refused_with_its_code(
    preparer: Preparer, query: str | None, name: str | None, told: list[tuple[str, str]]
) -> None:
    """A client could not tell its own mistake from a fault of the server."""
    assert _told(_refusal(preparer, query, name)) == told


async def test_at_most_five_errors_are_told(preparer: Preparer) -> None:
    """An answer of any length could be had for a short question."""
    refused = _refusal(preparer, "{ " + " ".join(f"nope{number}" for number in range(50)) + " }")

    assert _told(refused) == [
        (f"Cannot query field 'nope{number}' on type 'Query'.", "GRAPHQL_VALIDATION_FAILED") for number in range(5)
    ]


def _mutation(text: str) -> Operation:
    """What would be prepared of a mutation, were there any in the schema."""
    document = parse(text)
    ((definition, measure),) = measures(document)
    return Operation(text, document, definition, measure, FREE, is_read=False, variables=(), demands=())


@pytest.mark.parametrize(
    ("viewer", "text", "refusal"),
    [
        (ANONYMOUS, "mutation { a }", None),
        (ANONYMOUS, "mutation { a a }", None),
        (ANONYMOUS, "mutation { a b }", "This mutation does 2 things: send at most 1 at once."),
        (ANONYMOUS, "mutation { a again: a }", "This mutation does 2 things: send at most 1 at once."),
        (
            ANONYMOUS,
            "mutation { ...F a } fragment F on Mutation { b }",
            "This mutation does 2 things: send at most 1 at once.",
        ),
        (SYSTEM, "mutation { a b c d }", None),
        (SYSTEM, "mutation { a b c d e }", "This mutation does 5 things: send at most 4 at once."),
    ],
)
async def test_a_mutation_does_few_things_at_once(
    preparer: Preparer, viewer: Viewer, text: str, refusal: str | None
) -> None:
    """One request would be a thousand comments, past every limit that counts requests."""
    operation = _mutation(text)

    if refusal is None:
        preparer.check_mutation(operation, viewer)
        return
    with pytest.raises(Refused) as refused:
        preparer.check_mutation(operation, viewer)
    assert _told(refused.value) == [(refusal, "TOO_MANY")]


async def test_variables_are_coerced_and_mistakes_coded(preparer: Preparer) -> None:
    """A wrong value would reach the database, or be called our fault."""
    operation = preparer.prepare(ARTICLES, None)

    assert preparer.variables(operation, {"first": 3, "unknown": 1}) == {"first": 3, "more": False}
    assert preparer.variables(preparer.prepare(SITE, None), {"unknown": 1}) == {}
    with pytest.raises(Refused) as refused:
        preparer.variables(operation, {"first": "three", "more": None})
    assert _told(refused.value) == [
        ("Variable '$first' has invalid value: Int cannot represent non-integer value: 'three'", "BAD_USER_INPUT"),
        (
            "Variable '$more' has invalid value: Expected value of non-null type 'Boolean!' not to be None.",
            "BAD_USER_INPUT",
        ),
    ]


async def test_what_is_wrong_with_a_part_of_a_variable_is_said(preparer: Preparer) -> None:
    """Else whoever sent a form of twenty fields reads that one of them is wrong, and neither which nor why."""
    operation = preparer.prepare(
        "mutation ($input: CreateDisclaimerInput!) { createDisclaimer(input: $input) { errors { message } } }", None
    )
    given = {"title": "T", "body": {"markdown": "B"}, "scope": "TOPIC", "effectiveFrom": "2026-02-30"}

    with pytest.raises(Refused) as refused:
        preparer.variables(operation, {"input": given})

    message = (
        "Variable '$input' has invalid value at .effectiveFrom: Expected a time with its offset, like "
        "2013-04-02T06:59:00Z or 2013-04-02T08:59:00+02:00 (RFC 3339)."
    )
    assert _told(refused.value) == [(message, "BAD_USER_INPUT")]


async def test_a_field_that_needs_a_scope_is_refused_by_name_and_not_kept_from_others(preparer: Preparer) -> None:
    """An anonymous caller would read drafts; or an editor would be refused because a reader was, before."""
    operation = preparer.prepare("{ articles { nodes { head { id } } } }", None)

    with pytest.raises(Refused) as refused:
        _compiled(preparer, operation, {})

    assert _told(refused.value) == [("Article.head needs the scope CONTENT_PREVIEW.", "FORBIDDEN")]
    assert (refused.value.errors[0].extensions or {})["scope"] == "CONTENT_PREVIEW"
    assert _compiled(preparer, operation, {}, Viewer(frozenset({Scope.CONTENT_PREVIEW}))).plan.sql


@pytest.mark.parametrize(
    ("query", "is_read"),
    [
        (SITE, True),
        ("{ __typename }", True),
        ("{ __schema { queryType { name } } }", False),
        ('{ site { name } ...F } fragment F on Query { __type(name: "Site") { name } }', False),
        ("{ ... on Query { ... { __schema { queryType { name } } } } }", False),
    ],
)
async def test_only_content_is_read_without_the_executor(preparer: Preparer, query: str, is_read: bool) -> None:  # noqa: FBT001 - a column of the table
    """Introspection anywhere in a document would be answered with nothing."""
    assert preparer.prepare(query, None).is_read is is_read
