"""What the schema makes of an operation before it is read: fragments, conditions, names, variables and refusals."""

from typing import Any

import graphql
import pytest
from strawberry.types.graphql import OperationType

from cms.kernel.viewer import SYSTEM
from schema.audience import Demand, demands
from schema.schema import Asking, MastheadSchema
from tests.reading.asking import Asker, Refusal
from tests.reading.rows import NOW

pytestmark = pytest.mark.asyncio

_SCHEMA = MastheadSchema()._schema


async def test_fields_merge_under_one_key(ask: Asker) -> None:
    """As CollectFields says: in the order of their first mention, with the selections of all mentions."""
    answer = await ask(
        """{
          site { name }
          ...Addresses
          site { locales name }
          ... on Query { site { timeZone } }
        }
        fragment Addresses on Query { article(by: {slug: "tide"}) { slug } site { url ...Names } }
        fragment Names on Site { name defaultLocale }"""
    )
    assert list(answer) == ["site", "article"]
    assert list(answer["site"]) == ["name", "url", "defaultLocale", "locales", "timeZone"]


async def test_one_field_twice_under_two_names(ask: Asker) -> None:
    """Each with its own arguments."""
    answer = await ask(
        """{ article(by: {slug: "tide"}) {
          all: contributors { role } editors: contributors(role: EDITOR) { role: creditedAs }
          short: body { text(maxLength: 8) } long: body { text }
        } }"""
    )
    assert answer["article"] == {
        "all": [{"role": "AUTHOR"}, {"role": "EDITOR"}, {"role": "PHOTOGRAPHER"}],
        "editors": [{"role": "by asa"}],
        "short": {"text": answer["article"]["short"]["text"]},
        "long": {"text": answer["article"]["long"]["text"]},
    }
    assert len(answer["article"]["short"]["text"]) <= 8 < len(answer["article"]["long"]["text"])


@pytest.mark.parametrize(
    ("skip", "include", "shown"), [(False, True, True), (True, True, False), (False, False, False)]
)
async def test_skip_and_include(ask: Asker, skip: bool, include: bool, shown: bool) -> None:  # noqa: FBT001 - parameters of the test
    """On fields, on spreads and on inline fragments; both must agree to show."""
    answer = await ask(
        """query($skip: Boolean!, $include: Boolean! = false) {
          site @skip(if: $skip) @include(if: $include) { id }
          ...S @include(if: $include) @skip(if: $skip)
          ... @skip(if: $skip) @include(if: $include) { b: site { name } }
          c: site { __typename }
        }
        fragment S on Query { a: site { name } }""",
        skip=skip,
        include=include,
    )
    assert list(answer) == (["site", "a", "b", "c"] if shown else ["c"])


async def test_variables_have_defaults(ask: Asker) -> None:
    """The operation's own, then the schema's; what is left out of an input object stays out."""
    text = """query($first: Int = 2, $direction: SortDirection, $like: String) {
      articles(first: $first, orderBy: [{field: TITLE, direction: $direction}], filter: {slug: {contains: $like}}) {
        nodes { slug }
      }
    }"""
    nodes = (await ask(text))["articles"]["nodes"]
    assert [node["slug"] for node in nodes] == ["expiring", "tide"]
    assert len((await ask(text, first=5))["articles"]["nodes"]) == 5
    assert (await ask(text, like="ferr"))["articles"]["nodes"] == [{"slug": "ferry"}]


_NULLS = [
    ('query($n: Int) { article(by: {slug: "tide"}) { related(first: $n) { id } } }', "n"),
    ('query($t: Boolean) { article(by: {slug: "tide"}) { comments(threaded: $t) { totalCount } } }', "t"),
    (
        "query($d: SortDirection) { articles(orderBy: [{field: TITLE, direction: $d}]) { totalCount nodes { id } } }",
        "d",
    ),
]


@pytest.mark.parametrize(("text", "name"), _NULLS)
async def test_null_is_not_a_way_to_leave_out_what_has_a_default(ask: Asker, text: str, name: str) -> None:
    """Such arguments are non-null: a variable may be absent, and then the default holds, but not null."""
    nulls: dict[str, Any] = {name: None}
    await ask(text)
    ask.runner.sent.clear()
    with pytest.raises(Refusal) as refused:
        await ask(text, **nulls)
    assert refused.value.codes == ["BAD_USER_INPUT"]
    assert ask.runner.sent == []


_REFUSED = [
    ("", "BAD_REQUEST"),
    ("{ site { ", "GRAPHQL_PARSE_FAILED"),
    ("{ " * 5000, "GRAPHQL_PARSE_FAILED"),
    ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
    ("{ site { id } ...F } fragment F on Query { ...F }", "GRAPHQL_VALIDATION_FAILED"),
    ("{ site }", "GRAPHQL_VALIDATION_FAILED"),
    ("query A { site { id } } query B { site { id } }", "OPERATION_RESOLUTION_FAILURE"),
    ("fragment F on Site { id }", "GRAPHQL_VALIDATION_FAILED"),
    ("query($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT"),
]


@pytest.mark.parametrize(("text", "code"), _REFUSED, ids=range(len(_REFUSED)))
async def test_what_cannot_run_is_refused_with_a_code(ask: Asker, text: str, code: str) -> None:
    """Nothing is sent, and asking again is answered the same."""
    for _ in range(2):
        with pytest.raises(Refusal) as refused:
            await ask(text)
        assert set(refused.value.codes) == {code}
    assert ask.runner.sent == []


async def test_the_named_operation_runs(ask: Asker) -> None:
    """And a name that is not there is refused."""
    document = "query A { site { name } } query B { site { url } }"
    for name, expected in (("A", {"name": "The Harbour Light"}), ("B", {"url": "https://harbour.example.org"})):
        result = await ask.schema.execute(document, {}, Asking(at=NOW), operation_name=name)
        assert (result.data, result.errors) == ({"site": expected}, None)
    missing = await ask.schema.execute(document, {}, Asking(at=NOW), operation_name="C")
    assert missing.errors is not None
    assert (missing.errors[0].extensions or {})["code"] == "OPERATION_RESOLUTION_FAILURE"


async def test_a_kind_of_operation_that_a_transport_does_not_take_is_refused(ask: Asker) -> None:
    """GET runs queries alone; here the other way round, since queries are all there is."""
    result = await ask.schema.execute(
        "{ site { id } }", {}, Asking(at=NOW), allowed_operation_types=[OperationType.MUTATION]
    )
    assert result.errors is not None
    assert (result.errors[0].extensions or {})["code"] == "METHOD_NOT_ALLOWED"
    assert ask.runner.sent == []


async def test_introspection_beside_content(ask: Asker) -> None:
    """The executor answers the one, the reader the other, in one statement."""
    text = '{ __type(name: "Site") { name kind } site { name } __schema { queryType { name } } }'
    assert await ask(text) == {
        "__type": {"name": "Site", "kind": "OBJECT"},
        "site": {"name": "The Harbour Light"},
        "__schema": {"queryType": {"name": "Query"}},
    }
    assert len(ask.runner.sent) == 1


async def test_nothing_is_sent_for_what_needs_no_row(ask: Asker) -> None:
    """Type names and ids of nothing are known without asking."""
    assert await ask('{ __typename node(id: "nothing") { id } }') == {"__typename": "Query", "node": None}
    assert ask.runner.sent == []


async def test_demands_are_found_once_in_every_corner_and_in_fragments() -> None:
    """Fields and input fields, behind conditions too; fragments that the operation does not reach do not count."""
    document = graphql.parse(
        """query Q {
          articles(filter: {and: [{inReview: true}]}) { nodes { ...A ...A head { id } } }
        }
        fragment A on Article { head { number } ...B @skip(if: true) }
        fragment B on Article { comments { nodes { authorEmail } } }
        fragment Unused on Site { previewUrl }
        query R { site { ...Unused } }"""
    )
    found = demands(_SCHEMA, document, document.definitions[0])  # type: ignore[arg-type] # the operation Q
    assert {(demand.name, demand.scope.value) for demand in found} == {
        ("ArticleFilter.inReview", "CONTENT_PREVIEW"),
        ("Article.head", "CONTENT_PREVIEW"),
        ("Comment.authorEmail", "COMMENTS_MODERATE"),
    }
    assert len(found) == 3
    assert all(isinstance(demand, Demand) for demand in found)


async def test_demands_are_found_in_time_linear_to_the_document(ask: Asker) -> None:
    """Fragments that each name the next one twice would be walked 2 ** 40 times otherwise."""
    fragments = " ".join(f"fragment F{n} on Site {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
    document = graphql.parse(f"{{ site {{ ...F0 }} }} {fragments} fragment F40 on Site {{ previewUrl }}")
    found = demands(_SCHEMA, document, document.definitions[0])  # type: ignore[arg-type] # the operation
    assert [demand.name for demand in found] == ["Site.previewUrl"]
    assert (await ask("{ site { previewUrl } }", viewer=SYSTEM))["site"]["previewUrl"] is not None
