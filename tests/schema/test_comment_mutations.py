"""Comments over GraphQL: what readers, their writers and moderators are answered, and what nobody is told."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from cms.articles.models import Article
from cms.comments.models import Comment, CommentStatus, Consent, ReplySubscription
from cms.disclaimers.models import PolicyVersion
from cms.kernel import clock
from cms.kernel.comment_policy import CommentModeration
from cms.kernel.database import Database
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.models import Idempotency
from cms.kernel.viewer import ANONYMOUS, Scope, Viewer
from cms.site.models import Site
from tests.articles.world import NOON, a_public_article, every_row
from tests.comments.world import counted_standing, make_terms, stored_standing
from tests.schema.desk import Desk, opened_desk
from tests.schema.verbs import article_id, literal

pytestmark = pytest.mark.asyncio

LATER = NOON + timedelta(minutes=5)
#: When the edit window of what was written at noon closes, as the API says it.
_CLOSES = "2024-03-04T12:15:00Z"
_ERRORS = "errors { __typename code message path ... on RateLimited { retryAfter } }"
_POSTED = f"comment {{ id status authorName body {{ text }} editableUntil viewerCan }} editToken {_ERRORS}"
_SHOWN = f"comment {{ id status editedAt editableUntil body {{ text }} }} {_ERRORS}"
_COUNTED = f"comment {{ reactions(readerKey: $key) {{ reaction count mine }} }} {_ERRORS}"
_INES = '{name: "Ines", email: "ines@mail.example.org"}'


@pytest_asyncio.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """A newsroom of the test's own, in which comments are shown at once."""
    with clock.at(NOON):
        async with opened_desk(database) as opened:
            await Site.all().update(comments_moderation=CommentModeration.AFTER_PUBLICATION)
            yield opened


@pytest_asyncio.fixture
async def article(desk: Desk) -> Article:
    """An article that readers see."""
    return await a_public_article(desk.database)


async def post(desk: Desk, article: Article, body: str = "Well said.", more: str = "", guest: str = _INES) -> Any:  # noqa: ANN401 - JSON
    """The payload of a guest's comment."""
    given = f"articleId: {article_id(article)}, body: {literal(body)}, guest: {guest}{more}"
    return await desk.do(ANONYMOUS, f"postComment(input: {{{given}}})", _POSTED)


async def read(desk: Desk, viewer: Viewer, comment_id: str) -> Any:  # noqa: ANN401 - JSON
    """A comment as somebody reads it."""
    document = f"{{ comment(id: {literal(comment_id)}) {{ status editableUntil viewerCan body {{ text }} }} }}"
    return (await desk.send(viewer, document))["data"]["comment"]


# Posting


async def test_a_guest_reads_what_they_posted(desk: Desk, article: Article) -> None:
    """Readers could not tell whether it worked, or lose what lets them change it."""
    payload = await post(desk, article)

    comment = payload["comment"]
    assert payload["errors"] == []
    assert (comment["status"], comment["authorName"], comment["body"]) == ("APPROVED", "Ines", {"text": "Well said."})
    assert comment["editableUntil"] == _CLOSES
    assert comment["viewerCan"] == ["REPLY", "EDIT", "DELETE", "FLAG"]
    mine = await desk.send(
        ANONYMOUS, f"{{ commentsByEditToken(editTokens: [{literal(payload['editToken'])}]) {{ id }} }}"
    )
    assert mine["data"] == {"commentsByEditToken": [{"id": comment["id"]}]}


async def test_what_waits_is_shown_to_its_writer_and_to_nobody_else(desk: Desk, article: Article) -> None:
    """A guest would take their comment for lost; or what a moderator has to see first would be out already."""
    payload = await post(desk, article, "Buy now!")

    comment = payload["comment"]
    assert (comment["status"], comment["body"], payload["errors"]) == ("PENDING", {"text": "Buy now!"}, [])
    assert comment["viewerCan"] == ["EDIT", "DELETE"]
    assert await read(desk, ANONYMOUS, comment["id"]) is None
    assert await read(desk, desk.people["writer"], comment["id"]) is None


async def test_what_was_taken_for_spam_looks_as_if_it_waited(desk: Desk, article: Article) -> None:
    """A sender of spam would see by the answer to a change which of their tricks are seen through."""
    asked = f"comment {{ status viewerCan editableUntil body {{ text }} }} effects {{ events {{ event }} }} {_ERRORS}"
    told: list[tuple[Any, Any]] = []
    for name, action in (("held", "HOLD"), ("spam", "MARK_SPAM")):
        with clock.at(NOON + timedelta(seconds=30 * len(told))):
            made = await post(desk, article, f"Buy now! {name}")
        comment_id = literal(made["comment"]["id"])
        moderator = desk.people["moderator"]
        await desk.do(moderator, f"moderateComments(ids: [{comment_id}], action: {action})", "comments { status }")
        given = f"id: {comment_id}, editToken: {literal(made['editToken'])}"
        changed = await desk.do(ANONYMOUS, f'editComment(input: {{{given}, body: "Kind words, {name}."}})', asked)
        removed = await desk.do(ANONYMOUS, f"deleteComment({given})", asked)
        for payload in (changed, removed):
            payload["comment"].pop("body")
            payload["comment"].pop("editableUntil")
        told.append((changed, removed))

    assert told[0] == told[1]
    assert told[1][0]["comment"]["status"] == "PENDING"


async def test_whoever_is_signed_in_gives_no_guest(desk: Desk, article: Article) -> None:
    """Staff could write under any name; or a guest's comment carry nobody's."""
    given = f'articleId: {article_id(article)}, body: "We do."'

    signed = await desk.do(desk.people["writer"], f"postComment(input: {{{given}}})", _POSTED)
    both = await desk.do(desk.people["writer"], f"postComment(input: {{{given}, guest: {_INES}}})", _POSTED)
    neither = await desk.do(ANONYMOUS, f"postComment(input: {{{given}}})", _POSTED)

    assert (signed["comment"]["authorName"], signed["errors"]) == ("Writer", [])
    assert [each["errors"][0]["code"] for each in (both, neither)] == ["RATE_LIMITED", "RATE_LIMITED"]
    with clock.at(LATER):
        both = await desk.do(desk.people["writer"], f"postComment(input: {{{given}, guest: {_INES}}})", _POSTED)
        neither = await desk.do(ANONYMOUS, f"postComment(input: {{{given}}})", _POSTED)
    assert [(each["errors"][0]["code"], each["errors"][0]["path"]) for each in (both, neither)] == [
        ("INVALID", ["guest"]),
        ("REQUIRED", ["guest"]),
    ]
    assert await Comment.all().count() == 1


async def test_the_terms_are_told_to_whoever_accepted_others(desk: Desk, article: Article) -> None:
    """A form that was open while the terms changed could only guess what to show."""
    old, new = await make_terms(1, NOON - timedelta(days=2)), await make_terms(2, NOON - timedelta(days=1))
    asked = "comment { id } errors { code path ... on TermsNotAccepted { terms { id number } } }"
    given = f'articleId: {article_id(article)}, body: "Well said.", guest: {_INES}'

    def by(terms: PolicyVersion) -> str:
        return f'postComment(input: {{{given}, acceptedTermsId: "{GlobalId(NodeType.POLICY_VERSION, terms.id)}"}})'

    refused = [
        await desk.do(ANONYMOUS, field, asked)
        for field in (
            by(old),
            f"postComment(input: {{{given}}})",
            f'postComment(input: {{{given}, acceptedTermsId: "pol"}})',
        )
    ]
    taken = await desk.do(ANONYMOUS, by(new), asked)

    newest = {"id": str(GlobalId(NodeType.POLICY_VERSION, new.id)), "number": 2}
    error = {"code": "TERMS_NOT_ACCEPTED", "path": ["acceptedTermsId"], "terms": newest}
    assert refused == [{"comment": None, "errors": [error]}] * 3
    assert taken["errors"] == []
    (consent,) = await Consent.all()
    assert (consent.terms_id, consent.wording, consent.channel) == (
        new.id,
        "I keep to the house rules (2).",
        "graphql",
    )


async def test_a_flood_is_told_when_to_go_on(desk: Desk, article: Article) -> None:
    """A client would send again and again, since nobody says when it may."""
    await post(desk, article, "One")
    with clock.at(NOON + timedelta(seconds=5)):
        refused = await post(desk, article, "Two", guest='{name: "Hal", email: "hal@mail.example.org"}')

    (error,) = refused["errors"]
    assert (error["__typename"], error["retryAfter"], refused["editToken"]) == ("RateLimited", 15, None)
    assert await Comment.all().count() == 1


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ("comments_open", "COMMENTS_CLOSED", None),
        ("articleId", "NOT_FOUND", ["articleId"]),
        ("parentId", "NOT_FOUND", ["parentId"]),
        ("email", "REQUIRED", ["guest", "email"]),
        ("anchor", "REQUIRED", ["anchor", "exact"]),
        ("length", "TOO_LONG", ["body"]),
    ],
)
async def test_a_refusal_names_what_to_mend(
    desk: Desk, article: Article, more: str, code: str, path: list[str] | None
) -> None:
    """A form could not say which of its fields is wrong, or half of a comment would be stored."""
    if more == "comments_open":
        await Article.filter(id=article.id).update(comments_open=False)
    if more == "email":
        await Article.filter(id=article.id).update(comments_required_fields=["NAME", "EMAIL"])
    if more == "articleId":
        article = Article(id=new_id())
    given = {
        "parentId": f', parentId: "com_{new_id()}"',
        "anchor": ', anchor: {blockKey: "a", exact: " "}',
    }.get(more, "")
    before = await every_row(desk.database)

    body = "x" * 6_000 if more == "length" else "Well said."
    refused = await post(desk, article, body, given, '{name: "Ines"}' if more == "email" else _INES)

    (error,) = refused["errors"]
    assert (error["code"], error["path"], refused["comment"], refused["editToken"]) == (code, path, None, None)
    assert await every_row(desk.database) == before


async def test_longer_comments_are_read_where_they_may_be_long(desk: Desk, article: Article) -> None:
    """A publication that lets comments be long would have them refused, or cut."""
    await Article.filter(id=article.id).update(comments_max_length=8_000)

    payload = await post(desk, article, "*x* " * 1_999 + "end")

    assert payload["errors"] == []
    assert payload["comment"]["body"]["text"] == "x " * 1_999 + "end"


async def test_the_wish_to_be_told_of_replies_is_kept(desk: Desk, article: Article) -> None:
    """A ticked box would do nothing."""
    await post(desk, article, more=", notifyOfReplies: true")

    (wish,) = await ReplySubscription.all()
    assert (wish.email, wish.confirmed_at) == ("ines@mail.example.org", None)


async def test_the_token_is_stored_nowhere(desk: Desk, article: Article) -> None:
    """Whoever reads a backup could change and take away what readers wrote."""
    given = f'articleId: {article_id(article)}, body: "Well said.", guest: {_INES}'
    payload = await desk.do(
        ANONYMOUS, f'postComment(input: {{{given}}}, options: {{idempotencyKey: "once"}})', "editToken"
    )

    assert await Idempotency.all().count() == 1
    assert payload["editToken"].partition(".")[2] not in repr(await every_row(desk.database))


# Changing and taking away


async def test_its_writer_changes_a_comment(desk: Desk, article: Article) -> None:
    """A slip would stand for ever."""
    made = await post(desk, article, "Wel said.")
    given = f"id: {literal(made['comment']['id'])}, editToken: {literal(made['editToken'])}"

    with clock.at(LATER):
        changed = await desk.do(ANONYMOUS, f'editComment(input: {{{given}, body: "Well said."}})', _SHOWN)
        held = await desk.do(ANONYMOUS, f'editComment(input: {{{given}, body: "Buy now!"}})', _SHOWN)
    with clock.at(NOON + timedelta(minutes=15)):
        late = await desk.do(ANONYMOUS, f'editComment(input: {{{given}, body: "Other."}})', _SHOWN)

    expected = {"id": made["comment"]["id"], "editedAt": "2024-03-04T12:05:00Z", "editableUntil": _CLOSES}
    assert changed["comment"] == {**expected, "status": "APPROVED", "body": {"text": "Well said."}}
    assert held["comment"] == {**expected, "status": "PENDING", "body": {"text": "Buy now!"}}
    assert [(error["code"], error["path"]) for error in late["errors"]] == [("STATE_CONFLICT", ["id"])]
    assert await stored_standing() == await counted_standing()


async def test_the_window_is_told_to_whoever_holds_the_token(desk: Desk, article: Article) -> None:
    """Everybody would be offered to change everybody's comments; or a button stay that does not work."""
    made = await post(desk, article)
    comment_id, token = made["comment"]["id"], literal(made["editToken"])

    for viewer in (ANONYMOUS, desk.people["moderator"], desk.people["admin"]):
        shown = await read(desk, viewer, comment_id)
        assert (shown["editableUntil"], "EDIT" in shown["viewerCan"]) == (None, False)
    with clock.at(NOON + timedelta(minutes=15)):
        mine = await desk.send(
            ANONYMOUS, f"{{ commentsByEditToken(editTokens: [{token}]) {{ editableUntil viewerCan }} }}"
        )
    assert mine["data"]["commentsByEditToken"] == [{"editableUntil": None, "viewerCan": ["REPLY", "DELETE", "FLAG"]}]


async def test_a_comment_that_was_answered_leaves_an_empty_place(desk: Desk, article: Article) -> None:
    """What somebody took back would be read on, or the answers to it be gone with it."""
    made = await post(desk, article)
    comment_id, token = literal(made["comment"]["id"]), literal(made["editToken"])
    with clock.at(LATER):
        await post(desk, article, "Quite so.", f", parentId: {comment_id}")

        nobody = await desk.do(ANONYMOUS, f"deleteComment(id: {comment_id})", _SHOWN)
        removed = await desk.do(ANONYMOUS, f"deleteComment(id: {comment_id}, editToken: {token})", _SHOWN)
        again = await desk.do(ANONYMOUS, f"deleteComment(id: {comment_id}, editToken: {token})", _SHOWN)

    assert [error["code"] for error in nobody["errors"]] == ["NOT_FOUND"]
    assert removed["comment"] == {
        "id": made["comment"]["id"],
        "status": "DELETED",
        "editedAt": None,
        "editableUntil": None,
        "body": None,
    }
    assert (again["comment"], again["errors"]) == (removed["comment"], [])
    stands = await read(desk, ANONYMOUS, made["comment"]["id"])
    assert (stands["status"], stands["body"]) == ("DELETED", None)
    assert await stored_standing() == await counted_standing()


async def test_who_takes_away_without_a_token(desk: Desk, article: Article) -> None:
    """Staff could not take back what they said, or take away what others said."""
    given = f'articleId: {article_id(article)}, body: "We do."'
    own = await desk.do(desk.people["writer"], f"postComment(input: {{{given}}})", _POSTED)
    mine = f"deleteComment(id: {literal(own['comment']['id'])})"
    with clock.at(LATER):
        theirs = await post(desk, article)
    other = f"deleteComment(id: {literal(theirs['comment']['id'])})"

    codes = {
        name: [
            [error["code"] for error in (await desk.do(desk.people[name], field, _SHOWN))["errors"]]
            for field in (mine, other)
        ]
        for name in ("anonymous", "colleague", "editor", "writer", "moderator")
    }

    assert codes == {
        "anonymous": [["NOT_FOUND"], ["NOT_FOUND"]],
        "colleague": [["NOT_FOUND"], ["NOT_FOUND"]],
        "editor": [["NOT_FOUND"], ["NOT_FOUND"]],
        "writer": [[], ["NOT_FOUND"]],
        "moderator": [[], []],
    }


# Other readers


async def test_reactions_are_told_with_whose_they_are(desk: Desk, article: Article) -> None:
    """A reader would not see that their click arrived."""
    made = await post(desk, article)
    key = "a key of sixteen or more"

    async def react(more: str) -> list[tuple[int, bool]]:
        field = f"reactToComment(id: {literal(made['comment']['id'])}, readerKey: $key, {more})"
        answer = await desk.send(ANONYMOUS, f"mutation($key: String!) {{ {field} {{ {_COUNTED} }} }}", {"key": key})
        found = answer["data"]["reactToComment"]["comment"]["reactions"]
        return [(each["count"], each["mine"]) for each in found]

    assert await react("reaction: LIKE") == [(1, True), (0, False), (0, False)]
    assert await react("reaction: THANKS") == [(0, False), (0, False), (1, True)]
    assert await react("reaction: THANKS, remove: true") == [(0, False)] * 3


async def test_a_report_reaches_the_moderators_alone(desk: Desk, article: Article) -> None:
    """Readers would see who is talked about, or moderators nothing to do."""
    made = await post(desk, article)
    field = f'flagComment(id: {literal(made["comment"]["id"])}, reason: OFF_TOPIC, detail: "No boats.")'

    reported = await desk.do(ANONYMOUS, field, f"comment {{ id }} effects {{ events {{ event }} }} {_ERRORS}")

    assert reported["comment"] == {"id": made["comment"]["id"]}
    assert reported["effects"]["events"] == [{"event": "COMMENT_FLAGGED"}]
    queue = "{ comments(filter: {flagged: true}) { nodes { id flags { reason detail } } } }"
    seen = await desk.send(desk.people["moderator"], queue)
    assert seen["data"]["comments"]["nodes"] == [
        {"id": made["comment"]["id"], "flags": [{"reason": "OFF_TOPIC", "detail": "No boats."}]}
    ]


# Moderators


async def test_decisions_in_bulk_are_kept_and_undone(desk: Desk, article: Article) -> None:
    """A moderator could not clear a queue, or not mend a slip, or nobody would know who decided."""
    made = []
    for number in range(3):
        with clock.at(NOON + timedelta(seconds=20 * number)):
            made.append((await post(desk, article, f"Buy now! {number}"))["comment"]["id"])
    ids = literal(list(reversed(made)))
    moderator = desk.people["moderator"]
    asked = f"comments {{ id status moderation {{ action reason automatic moderator {{ name }} }} }} {_ERRORS}"

    with clock.at(LATER):
        approved = await desk.do(moderator, f"moderateComments(ids: {ids}, action: APPROVE)", asked)
    assert (await Article.get(id=article.id)).comment_count == 3
    with clock.at(LATER + timedelta(seconds=1)):
        undone = await desk.do(moderator, f'moderateComments(ids: {ids}, action: HOLD, reason: "A slip.")', asked)

    assert [(each["id"], each["status"]) for each in approved["comments"]] == [
        (each, "APPROVED") for each in reversed(made)
    ]
    assert [each["status"] for each in undone["comments"]] == ["PENDING"] * 3
    assert undone["comments"][0]["moderation"][1:] == [
        {"action": "APPROVE", "reason": None, "automatic": False, "moderator": {"name": "Moderator"}},
        {"action": "HOLD", "reason": "A slip.", "automatic": False, "moderator": {"name": "Moderator"}},
    ]
    assert await stored_standing() == await counted_standing()


@pytest.mark.parametrize(
    ("ids", "code", "path"),
    [
        ([], "REQUIRED", ["ids"]),
        ([f"com_{new_id()}" for _ in range(101)], "INVALID", ["ids"]),
        ([f"com_{new_id()}"], "NOT_FOUND", ["ids"]),
        ([f"art_{new_id()}"], "NOT_FOUND", ["ids", "0"]),
    ],
)
async def test_all_of_them_or_none(desk: Desk, article: Article, ids: list[str], code: str, path: list[str]) -> None:
    """Half of a list would be decided, and nobody could say which half."""
    made = (await post(desk, article))["comment"]["id"]
    given = literal([made, *ids] if ids else [])

    refused = await desk.do(
        desk.people["moderator"], f"moderateComments(ids: {given}, action: REJECT)", f"comments {{ id }} {_ERRORS}"
    )

    (error,) = refused["errors"]
    assert (error["code"], refused["comments"]) == (code, [])
    assert error["path"] == (path if path != ["ids", "0"] else ["ids", "1"])
    assert (await Comment.get()).status is CommentStatus.APPROVED


async def test_a_dry_run_of_a_decision_shows_no_comment(desk: Desk, article: Article) -> None:
    """A client's cache would keep what did not happen."""
    made = literal((await post(desk, article))["comment"]["id"])

    tried = await desk.do(
        desk.people["moderator"],
        f"moderateComments(ids: [{made}], action: REJECT, options: {{dryRun: true}})",
        f"comments {{ id }} {_ERRORS}",
    )

    assert tried == {"comments": [], "errors": []}


async def test_a_program_moderates(desk: Desk, article: Article) -> None:
    """A bot with the scope could not, or its decisions would look like a person's."""
    made = (await post(desk, article))["comment"]["id"]
    bot = Viewer(frozenset({Scope.COMMENTS_MODERATE}), actor="token:bot")

    decided = await desk.do(
        bot,
        f"moderateComments(ids: [{literal(made)}], action: MARK_SPAM)",
        "comments { status moderation { moderator { name } } }",
    )

    assert decided == {"comments": [{"status": "SPAM", "moderation": [{"moderator": None}]}]}
