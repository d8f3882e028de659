"""How mutations run: all is decided before the first write; each is whole or not at all; what came of it is told."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from cms.articles.actions import create_article
from cms.articles.models import Article, ArticleRevision
from cms.kernel.clock import now
from cms.kernel.errors import NotFound, RateLimited
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.limits import Limits
from cms.kernel.models import Event, Idempotency
from schema.edge import Question, asked
from schema.schema import Asking, MastheadSchema
from schema.writing import Outcome, Writing
from tests.articles.world import a_draft, every_row
from tests.schema.desk import Desk
from tests.schema.verbs import article_id, draft, versioned

pytestmark = pytest.mark.asyncio

_WROTE = "article { id title version } errors { code message path }"
_NEW = 'createArticle(input: {title: "Low water"})'


def _with_limits(desk: Desk, **limits: int) -> Desk:
    reader = replace(desk.schema.preparer.reader, limits=Limits(**limits))
    return replace(desk, schema=MastheadSchema(reader, database=desk.database))


def _code(answer: dict[str, Any]) -> str:
    code: str = answer["errors"][0]["extensions"]["code"]
    return code


# Before anything is written


async def test_what_costs_too_much_is_not_begun(desk: Desk) -> None:
    """Else a write is done whose answer is then refused."""
    small = _with_limits(desk, token_objects=20)
    listed = "article { translations { translations { id } } }"

    answer = await small.send(desk.people["editor"], f"mutation {{ {_NEW} {{ {listed} }} }}")

    assert _code(answer) == "TOO_EXPENSIVE"
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["dearest"][0]["path"] == "createArticle.article.translations.translations"
    assert await Article.all().count() == 0


async def test_what_the_caller_may_not_see_is_not_begun(desk: Desk) -> None:
    """Else a payload is a way around the audience of a field, or the write is done and not answered."""
    answer = await desk.send(desk.people["anonymous"], f"mutation {{ {_NEW} {{ article {{ checks {{ rule }} }} }} }}")

    assert _code(answer) == "FORBIDDEN"
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
        f"mutation {{ updateArticle(input: {{{versioned(made)}, title: null}}) {{ {_WROTE} }} }}",
    )

    assert _code(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["message"] == "title cannot be cleared: leave it out, and it stays as it is."
    assert (await Article.get(id=made.id)).version == 1


async def test_a_default_is_not_null(desk: Desk) -> None:
    """Else a client is refused for one of twenty fields, and has to guess for which."""
    document = f"mutation ($dry: Boolean) {{ it: {_NEW[:-1]}, options: {{dryRun: $dry}}) {{ {_WROTE} }} }}"

    answer = await desk.send(desk.people["editor"], document, {"dry": None})

    assert _code(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["message"] == "dryRun has a default: it may be left out, but not be null."
    assert await Article.all().count() == 0


@pytest.mark.parametrize("blocks", ["-9999999999999999999", "[10449071838238032162237985062912]"])
@pytest.mark.parametrize("is_variable", [False, True])
async def test_json_holds_no_endless_numbers(desk: Desk, blocks: str, is_variable: bool) -> None:  # noqa: FBT001 - made by pytest
    """Else what a caller wrote is called a fault of ours, and wakes somebody up."""
    field = f'createArticle(input: {{title: "T", body: {{blocks: {"$blocks" if is_variable else blocks}}}}})'
    variables = {"blocks": json.loads(blocks)} if is_variable else {}
    taken = "($blocks: JSON!)" if is_variable else ""

    answer = await desk.send(desk.people["editor"], f"mutation {taken} {{ {field} {{ {_WROTE} }} }}", variables)

    assert _code(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["message"] == "JSON may hold no number beyond 64 bits: write it as a text."
    assert await Article.all().count() == 0


@pytest.mark.parametrize("depth", [100, 253, 255, 300, 900])
async def test_json_that_is_nested_endlessly_is_no_fault_of_ours(desk: Desk, depth: int) -> None:
    """Else a document of a kilobyte fills the log with tracebacks."""
    blocks = "[" * depth + "]" * depth

    answer = await desk.send(
        desk.people["editor"],
        f'mutation {{ createArticle(input: {{title: "T", body: {{blocks: {blocks}}}}}) {{ {_WROTE} }} }}',
    )

    assert "INTERNAL_SERVER_ERROR" not in str(answer)
    assert await Article.all().count() == 0


async def test_json_holds_no_variables(desk: Desk) -> None:
    """Else what stands in their place is not what was sent, or what the request before this one sent."""
    block = '{_type: "block", children: [{_type: "span", text: $text}]}'
    document = f'mutation ($text: String!) {{ createArticle(input: {{title: "T", body: {{blocks: [{block}]}}}}) '

    answer = await desk.send(desk.people["editor"], f"{document} {{ {_WROTE} }} }}", {"text": "By variable"})

    assert _code(answer) == "BAD_USER_INPUT"
    assert answer["errors"][0]["message"] == "No variable can stand inside JSON: let one stand for the whole of it."
    assert await Article.all().count() == 0


async def test_a_price_is_told_of_mutations_too(desk: Desk) -> None:
    """Else nobody can find out what a payload costs before it is refused."""
    dear = "article { translations { id } }"
    cheap = await desk.schema.ask(_question(f"mutation {{ {_NEW} {{ article {{ id }} }} }}"), _asking(desk))
    more = await desk.schema.ask(_question(f"mutation {{ {_NEW} {{ {dear} }} }}"), _asking(desk))

    assert cheap.extensions is not None
    assert more.extensions is not None
    assert cheap.extensions["cost"]["estimated"]["objects"] == 3
    assert more.extensions["cost"]["estimated"]["objects"] == 103


# Writing


async def test_each_field_is_written_in_its_turn(desk: Desk) -> None:
    """Else what one field does is not there for the next, or a refused one takes the others along."""
    made = await draft(desk, desk.people["editor"])
    document = (
        f"mutation {{ __typename one: publishArticle({versioned(made)}) {{ {_WROTE} }} "
        f"two: publishArticle(id: {article_id(made)}, expectedVersion: 7) {{ {_WROTE} }} "
        f"three: unpublishArticle(id: {article_id(made)}) {{ article {{ status version }} }} }}"
    )

    answer = await desk.send(desk.people["editor"], document)

    data = answer["data"]
    assert list(data) == ["__typename", "one", "two", "three"]
    assert data["__typename"] == "Mutation"
    assert data["one"]["errors"] == []
    assert [error["code"] for error in data["two"]["errors"]] == ["VERSION_CONFLICT"]
    assert data["three"]["article"] == {"status": "UNPUBLISHED", "version": 3}


async def test_a_fault_undoes_its_write_and_tells_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else half of a write stays, or a client reads what went wrong inside."""
    monkeypatch.setattr("cms.articles.writing.announce", _breaks)

    answer = await desk.send(desk.people["editor"], f"mutation {{ {_NEW} {{ {_WROTE} }} }}")

    assert _code(answer) == "INTERNAL_SERVER_ERROR"
    assert "secret of the database" not in str(answer)
    assert [await Article.all().count(), await ArticleRevision.all().count()] == [0, 0]


async def test_what_cannot_be_answered_is_not_written(desk: Desk) -> None:
    """Else a client learns of an error and does it again, though it was done."""
    small = _with_limits(desk, answer_bytes=300)
    long = "x" * 400

    answer = await small.send(
        desk.people["editor"], f'mutation {{ createArticle(input: {{title: "T", standfirst: "{long}"}}) '
        "{ article { standfirst } } }"
    )  # fmt: skip

    assert _code(answer) == "ANSWER_TOO_LARGE"
    assert await Article.all().count() == 0


async def test_an_answer_is_measured_with_what_stands_around_it(desk: Desk) -> None:
    """Else a payload that fits is written, and the answer that it is a part of is refused."""
    long = "x" * 400
    field = f'createArticle(input: {{title: "T", standfirst: "{long}"}})'
    document = f"mutation {{ {field} {{ article {{ standfirst }} }} }}"
    whole = len('{"data":{"createArticle":{"article":{"standfirst":""}}}}') + 400

    for most in range(whole - 30, whole):
        answer = await _with_limits(desk, answer_bytes=most).send(desk.people["editor"], document)

        assert _code(answer) == "ANSWER_TOO_LARGE"
    assert await Article.all().count() == 0


@pytest.mark.parametrize("fault", ["ANSWER_TOO_LARGE", "INTERNAL_SERVER_ERROR"])
async def test_a_client_is_told_what_was_done_before_a_fault(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Else an answer looks as if nothing had run, and the client does all of it again."""
    made = await draft(desk, desk.people["editor"])
    long = "x" * 2000
    if fault == "INTERNAL_SERVER_ERROR":
        _replace_act(desk, monkeypatch, "submitArticle", _breaks)
    document = (
        f"mutation {{ one: {_NEW} {{ article {{ title }} }} "
        f'two: submitArticle({versioned(made)}, note: "{long}") {{ article {{ review {{ note }} }} }} '
        f"three: {_NEW} {{ article {{ title }} }} }}"
    )

    small = desk if fault == "INTERNAL_SERVER_ERROR" else _with_limits(desk, answer_bytes=2000)
    answer = await small.send(desk.people["editor"], document)

    (error,) = answer["errors"]
    assert answer["data"] is None
    assert error["path"] == ["two"]
    assert error["extensions"]["code"] == fault
    assert error["extensions"]["done"] == ["one"]
    assert error["message"].endswith(" What stands before it in the operation was done, and nothing after it.")
    assert [await ArticleRevision.filter(title="Low water").count(), (await Article.get(id=made.id)).version] == [1, 1]


async def test_a_client_that_leaves_leaves_nothing_half_done(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else of two writes in one document the second is lost with a connection that broke."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(by: Writing, draft: Any) -> Outcome:  # noqa: ANN401 - an ArticleDraft
        begun.set()
        await go_on.wait()
        made = await create_article(by.database, by.viewer, draft)
        return Outcome(node=GlobalId(NodeType.ARTICLE, made.id))

    _replace_act(desk, monkeypatch, "createArticle", slow)
    document = f"mutation {{ one: {_NEW} {{ {_WROTE} }} two: {_NEW} {{ {_WROTE} }} }}"
    sent = asyncio.create_task(desk.send(desk.people["editor"], document))
    await begun.wait()
    sent.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await sent
    await desk.schema.aclose()

    assert await Article.all().count() == 2


async def test_values_arrive_however_they_are_written(desk: Desk) -> None:
    """Else what a document says outright means something else than the same in variables."""
    author = await desk.do(desk.people["editor"], 'createArticle(input: {title: "A"})', "article { id }")
    document = (
        'mutation($title: String!, $note: String = "as said") { a: createArticle(input: {title: $title, '
        'copyright: {holder: "H", year: 2024}, commentPolicy: {requiredFields: NAME, moderation: AFTER_PUBLICATION}}) '
        "{ article { copyright { year } commentPolicy { requiredFields moderation } title } errors { message } } "
        f'b: submitArticle(id: "{author["article"]["id"]}", expectedVersion: 1, note: $note) '
        "{ article { review { note } } errors { message } } }"
    )

    answer = await desk.send(desk.people["editor"], document, {"title": "By variable"})

    assert answer["data"]["a"] == {
        "article": {
            "copyright": {"year": 2024},
            "commentPolicy": {"requiredFields": ["NAME"], "moderation": "AFTER_PUBLICATION"},
            "title": "By variable",
        },
        "errors": [],
    }
    assert answer["data"]["b"] == {"article": {"review": {"note": "as said"}}, "errors": []}


async def test_all_payloads_together_are_one_answer(desk: Desk) -> None:
    """Else four payloads that are each small enough make an answer that is not sent, of writes that are done."""
    small = _with_limits(desk, answer_bytes=900)
    long = "x" * 400
    written = f'createArticle(input: {{title: "T", standfirst: "{long}"}}) {{ article {{ standfirst }} }}'

    answer = await small.send(desk.people["editor"], f"mutation {{ one: {written} two: {written} three: {written} }}")

    assert _code(answer) == "ANSWER_TOO_LARGE"
    assert answer["errors"][0]["extensions"]["done"] == ["one"]
    assert await Article.all().count() == 1


async def test_what_was_refused_late_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a verb that calls two actions, of which the second refuses, keeps what the first has done."""
    _replace_act(desk, monkeypatch, "createArticle", _refuses_afterwards)
    before = await every_row(desk.database)

    payload = await desk.do(desk.people["editor"], _NEW, "errors { code } effects { events { event } cacheTags }")

    assert payload == {"errors": [{"code": "NOT_FOUND"}], "effects": {"events": [], "cacheTags": []}}
    assert await every_row(desk.database) == before


async def test_caches_are_told_what_is_out_of_date(desk: Desk) -> None:
    """Else an answer that is kept somewhere shows what was, or everything is thrown away for one article."""
    made = await draft(desk, desk.people["editor"])

    payload = await desk.do(
        desk.people["editor"], f"publishArticle({versioned(made)})", "effects { events { event count } cacheTags }"
    )

    assert payload["effects"] == {
        "events": [{"event": "ARTICLE_PUBLISHED", "count": 1}],
        "cacheTags": [str(GlobalId(NodeType.ARTICLE, made.id))],
    }


async def test_what_is_for_the_audit_trail_is_no_effect(desk: Desk) -> None:
    """Else a client meets an event that the API has no name for, or readers of people's ids purge caches."""
    draft_of = 'input: {name: "Juno", email: "juno@harbour.example.org", role: WRITER}'

    payload = await desk.do(
        desk.people["admin"], f"createUser({draft_of})", "user { name } effects { events { event } cacheTags }"
    )

    assert payload == {"user": {"name": "Juno"}, "effects": {"events": [], "cacheTags": []}}
    assert await Event.filter(type="USER_CREATED").count() == 1


@pytest.mark.parametrize(
    ("field", "shows", "missing"),
    [
        ('signIn(email: "nobody@harbour.example.org", password: "wrong horse battery")', "totpRequired", False),
        ('moderateComments(ids: ["com_x"], action: APPROVE)', "comments { id }", []),
        ('deleteArticle(id: "art_x")', "deletedId", None),
    ],
)
async def test_what_cannot_be_null_has_something_in_its_place(
    desk: Desk, field: str, shows: str, missing: object
) -> None:
    """Else a refusal breaks clients that trust the types of the schema."""
    payload = await desk.do(desk.people["admin"], field, f"{shows} errors {{ code }}")

    assert len(payload.pop("errors")) == 1
    assert payload == {shows.split(maxsplit=1)[0]: missing}


# Being told what went wrong


async def test_a_stale_writer_is_shown_what_the_others_changed(desk: Desk) -> None:
    """Else whoever saves last wins, or has to look for the difference themselves."""
    made = await draft(desk, desk.people["writer"])
    changed = f'updateArticle(input: {{{versioned(made)}, title: "Theirs", standfirst: "New"}})'
    await desk.do(desk.people["editor"], changed, _WROTE)

    payload = await desk.do(
        desk.people["writer"],
        f'updateArticle(input: {{{versioned(made)}, title: "Mine"}})',
        "article { id } errors { __typename path ... on VersionConflict { currentVersion "
        "current { ... on Article { title version } } theirs { field before after } } }",
    )

    assert payload["article"] is None
    assert payload["errors"] == [
        {
            "__typename": "VersionConflict",
            "path": ["expectedVersion"],
            "currentVersion": 2,
            "current": {"title": "Theirs", "version": 2},
            "theirs": [
                {"field": "title", "before": "The ferry sails again", "after": "Theirs"},
                {"field": "standfirst", "before": None, "after": "New"},
            ],
        }
    ]


async def test_failed_checks_are_listed(desk: Desk) -> None:
    """Else an editor is told one fault after the other."""
    made = await create_article(desk.database, desk.people["editor"], a_draft("Nothing yet", body=None))

    payload = await desk.do(
        desk.people["editor"],
        f"publishArticle({versioned(made)})",
        "article { id } errors { __typename code ... on CheckFailed { checks { rule severity path } } }",
    )

    assert [error["__typename"] for error in payload["errors"]] == ["CheckFailed"]
    rules = {check["rule"]: check["severity"] for check in payload["errors"][0]["checks"]}
    assert rules["has_body"] == "ERROR"
    assert rules["has_author"] == "WARNING"


# Asking again


async def test_a_key_belongs_to_whoever_made_it(desk: Desk) -> None:
    """Else somebody is given another's answer, or a key for one verb stands in the way of another."""
    options = 'options: {idempotencyKey: "k"}'
    document = f'createArticle(input: {{title: "Low water"}}, {options})'

    mine = await desk.do(desk.people["editor"], document, _WROTE)
    theirs = await desk.do(desk.people["colleague"], document, _WROTE)
    again = await desk.do(desk.people["editor"], document, _WROTE)

    assert mine["article"]["id"] != theirs["article"]["id"]
    assert again == mine
    assert await Article.all().count() == 2


async def test_a_key_with_another_input_is_refused(desk: Desk) -> None:
    """Else a client that mixes up its keys is told that something was saved which was not."""
    options = 'options: {idempotencyKey: "k"}'
    await desk.do(desk.people["editor"], f'createArticle(input: {{title: "One"}}, {options})', _WROTE)
    before = await every_row(desk.database)

    payload = await desk.do(desk.people["editor"], f'createArticle(input: {{title: "Two"}}, {options})', _WROTE)

    assert [(error["code"], error["path"]) for error in payload["errors"]] == [
        ("IDEMPOTENCY_MISMATCH", ["idempotencyKey"])
    ]
    assert await every_row(desk.database) == before


async def test_of_ten_with_one_key_one_writes(desk: Desk) -> None:
    """Else a client that asks again too soon does it twice."""
    document = 'createArticle(input: {title: "Low water"}, options: {idempotencyKey: "k"})'

    payloads = await asyncio.gather(*[desk.do(desk.people["editor"], document, _WROTE) for _ in range(10)])

    assert {payload["article"]["id"] for payload in payloads} == {payloads[0]["article"]["id"]}
    assert await Article.all().count() == 1


async def test_a_refusal_is_repeated_and_a_wait_is_not(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a refused write is carried out behind the client's back, or one that has to wait waits for ever."""
    made = await draft(desk, desk.people["editor"])
    stale = f'publishArticle(id: {article_id(made)}, expectedVersion: 9, options: {{idempotencyKey: "k"}})'

    first = await desk.do(desk.people["editor"], stale, "errors { code message }")
    again = await desk.do(desk.people["editor"], stale, "errors { code message }")
    assert first == again
    assert first["errors"][0]["code"] == "VERSION_CONFLICT"
    _replace_act(desk, monkeypatch, "createArticle", _too_soon)
    waiting = 'createArticle(input: {title: "Low water"}, options: {idempotencyKey: "k"})'
    told = await desk.do(
        desk.people["editor"], waiting, "errors { code ... on RateLimited { retryAfter } } article { id }"
    )

    assert told == {"errors": [{"code": "RATE_LIMITED", "retryAfter": 7}], "article": None}
    assert await Idempotency.filter(mutation="createArticle").count() == 0


async def test_refusals_of_strangers_are_not_kept(desk: Desk) -> None:
    """Else anybody fills the database with a row for each request, by keys that they make up."""
    stale = 'publishArticle(id: "art_x", expectedVersion: 1, options: {idempotencyKey: "k"})'
    unknown = 'contactAuthor(input: {authorId: "aut_01890a5d-ac96-774b-bcce-b302099a8057", name: "I", '
    unknown += 'email: "i@mail.example.org", message: "Hello."}, options: {idempotencyKey: "k"})'

    refused = await desk.do(desk.people["anonymous"], unknown, "errors { code }")
    assert refused == {"errors": [{"code": "NOT_FOUND"}]}
    assert await Idempotency.all().count() == 0

    await desk.do(desk.people["writer"], unknown, "errors { code }")
    await desk.do(desk.people["anonymous"], stale, "errors { code }")
    assert [kept.mutation for kept in await Idempotency.all()] == ["contactAuthor"]


async def test_a_key_is_forgotten_after_a_day(desk: Desk) -> None:
    """Else keys fill the database, or a key is good for something that nobody remembers."""
    document = 'createArticle(input: {title: "Low water"}, options: {idempotencyKey: "k"})'
    await desk.do(desk.people["editor"], document, _WROTE)
    await Idempotency.all().update(expires_at=now())

    await desk.do(desk.people["editor"], document, _WROTE)

    assert await Article.all().count() == 2


async def _breaks(*_: object, **__: object) -> None:
    raise RuntimeError("a secret of the database")


async def _refuses_afterwards(by: Writing, draft: Any) -> Outcome:  # noqa: ANN401 - an ArticleDraft
    await create_article(by.database, by.viewer, draft)
    raise NotFound("There is no such thing.")


async def _too_soon(*_: object, **__: object) -> Outcome:
    raise RateLimited("Wait a little.", 7)


def _replace_act(desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str, act: object) -> None:
    """Put another verb behind a field."""
    root = desk.schema._schema.mutation_type
    assert root is not None
    definition = root.fields[name].extensions["strawberry-definition"]
    changed = {**definition.metadata, "write": replace(definition.metadata["write"], act=act)}
    monkeypatch.setattr(definition, "metadata", changed)


def _question(document: str) -> Question:
    return asked({"query": document})


def _asking(desk: Desk) -> Asking:
    return Asking(viewer=desk.people["editor"], wants_cost=True)
