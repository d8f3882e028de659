"""What is decided before a mutation writes anything: what it costs, who may, and whether the input is one."""

import json

import pytest

from cms.articles.models import Article
from schema.edge import Question, asked
from schema.schema import Asking
from tests.schema.desk import NEW, WROTE, Desk, code_of
from tests.schema.verbs import draft, versioned

pytestmark = pytest.mark.asyncio


async def test_what_costs_too_much_is_not_begun(desk: Desk) -> None:
    """Else a write is done whose answer is then refused."""
    small = desk.limited(token_objects=20)
    listed = "article { translations { translations { id } } }"

    answer = await small.send(desk.people["editor"], f"mutation {{ {NEW} {{ {listed} }} }}")

    assert code_of(answer) == "TOO_EXPENSIVE"
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["dearest"][0]["path"] == "createArticle.article.translations.translations"
    assert await Article.all().count() == 0


async def test_what_the_caller_may_not_see_is_not_begun(desk: Desk) -> None:
    """Else a payload is a way around the audience of a field, or the write is done and not answered."""
    answer = await desk.send(desk.people["anonymous"], f"mutation {{ {NEW} {{ article {{ checks {{ rule }} }} }} }}")

    assert code_of(answer) == "FORBIDDEN"
    assert await Article.all().count() == 0


async def test_nothing_is_read_for_whoever_may_not(desk: Desk) -> None:
    """Else strangers have long texts parsed, and learn from what is wrong with them how far they got."""
    unreadable = 'createArticle(input: {title: "T", body: {blocks: "no blocks"}})'

    refused = await desk.do(desk.people["anonymous"], unreadable, "errors { code }")
    told = await desk.do(desk.people["writer"], unreadable, "errors { code path }")

    assert refused == {"errors": [{"code": "NOT_ALLOWED"}]}
    assert [error["code"] for error in told["errors"]] == ["INVALID"]


async def test_null_clears_only_what_can_be_empty(desk: Desk) -> None:
    """Else a client that sends null for a title that it did not touch wipes it out."""
    made = await draft(desk, desk.people["writer"])

    answer = await desk.send(
        desk.people["writer"],
        f"mutation {{ updateArticle(input: {{{versioned(made)}, title: null}}) {{ {WROTE} }} }}",
    )

    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["message"] == "title cannot be cleared: leave it out, and it stays as it is."
    assert (await Article.get(id=made.id)).version == 1


async def test_a_default_is_not_null(desk: Desk) -> None:
    """Else a client is refused for one of twenty fields, and has to guess for which."""
    document = f"mutation ($dry: Boolean) {{ it: {NEW[:-1]}, options: {{dryRun: $dry}}) {{ {WROTE} }} }}"

    answer = await desk.send(desk.people["editor"], document, {"dry": None})

    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["message"] == "dryRun has a default: it may be left out, but not be null."
    assert await Article.all().count() == 0


@pytest.mark.parametrize("blocks", ["-9999999999999999999", "[10449071838238032162237985062912]"])
@pytest.mark.parametrize("is_variable", [False, True])
async def test_json_holds_no_endless_numbers(desk: Desk, blocks: str, is_variable: bool) -> None:  # noqa: FBT001 - made by pytest
    """Else what a caller wrote is called a fault of ours, and wakes somebody up."""
    field = f'createArticle(input: {{title: "T", body: {{blocks: {"$blocks" if is_variable else blocks}}}}})'
    variables = {"blocks": json.loads(blocks)} if is_variable else {}
    taken = "($blocks: JSON!)" if is_variable else ""

    answer = await desk.send(desk.people["editor"], f"mutation {taken} {{ {field} {{ {WROTE} }} }}", variables)

    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["message"] == "JSON may hold no number beyond 64 bits: write it as a text."
    assert await Article.all().count() == 0


@pytest.mark.parametrize("depth", [100, 253, 255, 300, 900])
async def test_json_that_is_nested_endlessly_is_no_fault_of_ours(desk: Desk, depth: int) -> None:
    """Else a document of a kilobyte fills the log with tracebacks."""
    blocks = "[" * depth + "]" * depth

    answer = await desk.send(
        desk.people["editor"],
        f'mutation {{ createArticle(input: {{title: "T", body: {{blocks: {blocks}}}}}) {{ {WROTE} }} }}',
    )

    assert "INTERNAL_SERVER_ERROR" not in str(answer)
    assert await Article.all().count() == 0


async def test_json_holds_no_variables(desk: Desk) -> None:
    """Else what stands in their place is not what was sent, or what the request before this one sent."""
    block = '{_type: "block", children: [{_type: "span", text: $text}]}'
    document = f'mutation ($text: String!) {{ createArticle(input: {{title: "T", body: {{blocks: [{block}]}}}}) '

    answer = await desk.send(desk.people["editor"], f"{document} {{ {WROTE} }} }}", {"text": "By variable"})

    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["message"] == "No variable can stand inside JSON: let one stand for the whole of it."
    assert await Article.all().count() == 0


async def test_a_price_is_told_of_mutations_too(desk: Desk) -> None:
    """Else nobody can find out what a payload costs before it is refused."""
    dear = "article { translations { id } }"
    cheap = await desk.schema.ask(_question(f"mutation {{ {NEW} {{ article {{ id }} }} }}"), _asking(desk))
    more = await desk.schema.ask(_question(f"mutation {{ {NEW} {{ {dear} }} }}"), _asking(desk))

    assert cheap.extensions is not None
    assert more.extensions is not None
    assert cheap.extensions["cost"]["estimated"]["objects"] == 3
    assert more.extensions["cost"]["estimated"]["objects"] == 103


def _question(document: str) -> Question:
    return asked({"query": document})


def _asking(desk: Desk) -> Asking:
    return Asking(viewer=desk.people["editor"], wants_cost=True)
