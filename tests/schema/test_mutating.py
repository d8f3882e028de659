"""How mutations run: each is whole or not at all, and what came of it is told."""

import asyncio
from typing import Any

import pytest

from cms.articles.actions import create_article
from cms.articles.models import Article, ArticleRevision
from cms.kernel.errors import NotFound
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.models import Event
from schema.writing import Outcome, Writing
from tests.articles.world import a_draft, every_row
from tests.schema.desk import NEW, WROTE, Desk, code_of, replace_act
from tests.schema.verbs import article_id, draft, versioned

pytestmark = pytest.mark.asyncio


# Writing


async def test_each_field_is_written_in_its_turn(desk: Desk) -> None:
    """Else what one field does is not there for the next, or a refused one takes the others along."""
    made = await draft(desk, desk.people["editor"])
    document = (
        f"mutation {{ __typename one: publishArticle({versioned(made)}) {{ {WROTE} }} "
        f"two: publishArticle(id: {article_id(made)}, expectedVersion: 7) {{ {WROTE} }} "
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

    answer = await desk.send(desk.people["editor"], f"mutation {{ {NEW} {{ {WROTE} }} }}")

    assert code_of(answer) == "INTERNAL_SERVER_ERROR"
    assert "secret of the database" not in str(answer)
    assert [await Article.all().count(), await ArticleRevision.all().count()] == [0, 0]


async def test_what_cannot_be_answered_is_not_written(desk: Desk) -> None:
    """Else a client learns of an error and does it again, though it was done."""
    small = desk.limited(answer_bytes=300)
    long = "x" * 400

    answer = await small.send(
        desk.people["editor"], f'mutation {{ createArticle(input: {{title: "T", standfirst: "{long}"}}) '
        "{ article { standfirst } } }"
    )  # fmt: skip

    assert code_of(answer) == "ANSWER_TOO_LARGE"
    assert await Article.all().count() == 0


async def test_an_answer_is_measured_with_what_stands_around_it(desk: Desk) -> None:
    """Else a payload that fits is written, and the answer that it is a part of is refused."""
    long = "x" * 400
    field = f'createArticle(input: {{title: "T", standfirst: "{long}"}})'
    document = f"mutation {{ {field} {{ article {{ standfirst }} }} }}"
    whole = len('{"data":{"createArticle":{"article":{"standfirst":""}}}}') + 400

    for most in range(whole - 30, whole):
        answer = await desk.limited(answer_bytes=most).send(desk.people["editor"], document)

        assert code_of(answer) == "ANSWER_TOO_LARGE"
    assert await Article.all().count() == 0


@pytest.mark.parametrize("fault", ["ANSWER_TOO_LARGE", "INTERNAL_SERVER_ERROR"])
async def test_a_client_is_told_what_was_done_before_a_fault(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Else an answer looks as if nothing had run, and the client does all of it again."""
    made = await draft(desk, desk.people["editor"])
    long = "x" * 2000
    if fault == "INTERNAL_SERVER_ERROR":
        replace_act(desk, monkeypatch, "submitArticle", _breaks)
    document = (
        f"mutation {{ one: {NEW} {{ article {{ title }} }} "
        f'two: submitArticle({versioned(made)}, note: "{long}") {{ article {{ review {{ note }} }} }} '
        f"three: {NEW} {{ article {{ title }} }} }}"
    )

    small = desk if fault == "INTERNAL_SERVER_ERROR" else desk.limited(answer_bytes=2000)
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

    replace_act(desk, monkeypatch, "createArticle", slow)
    document = f"mutation {{ one: {NEW} {{ {WROTE} }} two: {NEW} {{ {WROTE} }} }}"
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
    small = desk.limited(answer_bytes=900)
    long = "x" * 400
    written = f'createArticle(input: {{title: "T", standfirst: "{long}"}}) {{ article {{ standfirst }} }}'

    answer = await small.send(desk.people["editor"], f"mutation {{ one: {written} two: {written} three: {written} }}")

    assert code_of(answer) == "ANSWER_TOO_LARGE"
    assert answer["errors"][0]["extensions"]["done"] == ["one"]
    assert await Article.all().count() == 1


async def test_what_was_refused_late_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a verb that calls two actions, of which the second refuses, keeps what the first has done."""
    replace_act(desk, monkeypatch, "createArticle", _refuses_afterwards)
    before = await every_row(desk.database)

    payload = await desk.do(desk.people["editor"], NEW, "errors { code } effects { events { event } cacheTags }")

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
    await desk.do(desk.people["editor"], changed, WROTE)

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


async def _breaks(*_: object, **__: object) -> None:
    raise RuntimeError("a secret of the database")


async def _refuses_afterwards(by: Writing, draft: Any) -> Outcome:  # noqa: ANN401 - an ArticleDraft
    await create_article(by.database, by.viewer, draft)
    raise NotFound("There is no such thing.")
