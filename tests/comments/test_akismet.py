"""Akismet: what it is asked and told, what follows from its answer, and that a person's word counts for more."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cms.app import create_app
from cms.articles.models import Article
from cms.comments.actions import delete_comment, moderate_comments, post_comment
from cms.comments.akismet import use_akismet
from cms.comments.drafts import CommentDraft, CommentEdit, Guest
from cms.comments.edit_tokens import edit_token
from cms.comments.editing import edit_comment
from cms.comments.models import Comment, ModerationAction, ModerationDecision, ScreeningSignal
from cms.comments.second_opinion import follow_corrections
from cms.delivery.akismet import akismet_handlers
from cms.kernel.clock import at
from cms.kernel.database import Database
from cms.kernel.following import Follower
from cms.kernel.jobs import Hands
from cms.kernel.models import Event, Job
from cms.kernel.settings import Environment
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from tests.comments.akismet_server import KEY, Akismet, akismet_serving
from tests.comments.world import NOON, counted_standing, fresh, make_article, make_site, make_user, stored_standing
from tests.serving import fill, settings_for

pytestmark = pytest.mark.asyncio

ADDRESS = "192.0.2.77"
INES = Guest("Ines", "ines@mail.example.org", "https://ines.example.org")
LINKS = "https://a.example https://b.example https://c.example"
SOON = NOON + timedelta(minutes=1)
APPROVE, HOLD, MARK_SPAM = ModerationAction.APPROVE, ModerationAction.HOLD, ModerationAction.MARK_SPAM


@pytest.fixture(autouse=True)
def _asked() -> Iterator[None]:
    use_akismet(is_on=True)
    yield
    use_akismet(is_on=False)


async def post(database: Database, article: Article, body: str = "Well *said*.") -> Comment:
    """A comment of a guest, from an address."""
    draft = CommentDraft(article.id, body, guest=INES)
    return (await post_comment(database, ANONYMOUS, draft, at=NOON, address=ADDRESS)).comment


async def edit(database: Database, comment: Comment, body: str) -> Comment:
    """Another text, a minute later."""
    with at(SOON):
        change = CommentEdit(comment.id, edit_token(comment.id), body)
        return await edit_comment(database, ANONYMOUS, change, ADDRESS)


async def work(database: Database, akismet: Akismet) -> None:
    """What a worker does, until there is nothing left that is due."""
    follower = Follower(database, "akismet-corrections", follow_corrections)
    while await follower.look():
        pass
    hands = Hands(database, akismet_handlers(akismet.settings))
    while (claim := await hands.claim()) is not None:
        await hands.perform(claim)


async def signals(comment: Comment) -> list[tuple[str, str, str | None]]:
    """What the rules said of it."""
    stored = await ScreeningSignal.filter(comment_id=comment.id).order_by("position")
    return [(each.rule, each.verdict.value, each.detail) for each in stored]


async def decisions(comment: Comment) -> list[tuple[str, str | None, str | None, bool]]:
    """What was decided about it, by which rule, on which ground, and whether by a machine."""
    stored = await ModerationDecision.filter(comment_id=comment.id).order_by("id")
    return [(each.action.value, each.rule, each.reason, each.automatic) for each in stored]


async def standing(*comments: Comment) -> list[str]:
    """The statuses."""
    return [(await fresh(comment)).status.value for comment in comments]


async def test_what_waited_for_nothing_else_is_shown(database: Database) -> None:
    """Every comment would wait for a person; or the question hold what nobody agreed to."""
    await make_site()
    article = await make_article()
    comment = await post(database, article)
    (job,) = await Job.all()
    before = (await standing(comment), await signals(comment), await decisions(comment))

    async with akismet_serving() as akismet:
        await work(database, akismet)

    waited = "Akismet was asked about it"
    assert before == (
        ["PENDING"],
        [("awaits_akismet", "HOLD", waited)],
        [("HOLD", "awaits_akismet", waited, True)],
    )
    assert (job.kind, job.payload) == (
        "akismet",
        {"comment": str(comment.id), "edited_at": None, "block": "192.0.2.0"},
    )
    verb, form = akismet.heard[0]
    assert (verb, len(akismet.heard)) == ("/1.1/comment-check", 1)
    assert form == {
        "api_key": KEY,
        "blog": "https://groundfloor.example.org",
        "blog_lang": "en",
        "blog_charset": "UTF-8",
        "user_ip": "192.0.2.0",
        "permalink": f"https://groundfloor.example.org/articles/text-{article.id}",
        "comment_type": "comment",
        "comment_author": "Ines",
        "comment_author_email": "ines@mail.example.org",
        "comment_author_url": "https://ines.example.org",
        "comment_content": "Well *said*.",
        "comment_date_gmt": "2026-03-02T12:00:00.000000Z",
    }
    ground = "Akismet finds nothing against it"
    assert await standing(comment) == ["APPROVED"]
    assert await signals(comment) == [("akismet", "ACCEPT", ground)]
    assert (await decisions(comment))[1:] == [("APPROVE", "akismet", ground, True)]
    assert await stored_standing() == await counted_standing()
    event = await Event.all().order_by("-seq").first()
    assert event is not None
    assert (event.type, event.actor) == ("COMMENT_APPROVED", SYSTEM.actor)
    assert await Job.all().count() == 0


async def test_what_a_rule_holds_stays_held_and_spam_is_put_away(database: Database) -> None:
    """Advertising that Akismet does not know would be shown, or what it knows be left to a person."""
    await make_site()
    article = await make_article()
    linking = await post(database, article, LINKS)
    async with akismet_serving() as akismet:
        await work(database, akismet)
        advert = await post(database, article, "Bees.")
        akismet.says, akismet.head = "true", "200 OK\r\nX-akismet-pro-tip: discard"
        await work(database, akismet)
        other = await post(database, article, f"Bees. {LINKS}")
        akismet.head = "200 OK"
        await work(database, akismet)

    assert await standing(linking, advert, other) == ["PENDING", "SPAM", "SPAM"]
    assert await signals(linking) == [
        ("many_links", "HOLD", "has 3 links"),
        ("akismet", "ACCEPT", "Akismet finds nothing against it"),
    ]
    assert [each[:2] for each in await decisions(linking)] == [("HOLD", "many_links")]
    ground = "Akismet takes it for spam"
    assert await signals(advert) == [("akismet", "REJECT", f"{ground}, and would discard it unseen")]
    assert (await decisions(advert))[1:] == [("MARK_SPAM", "akismet", f"{ground}, and would discard it unseen", True)]
    assert (await decisions(other))[1:] == [("MARK_SPAM", "akismet", ground, True)]
    assert await stored_standing() == await counted_standing()


@pytest.mark.parametrize(
    ("says", "head", "error"),
    [
        ("false", "500 Oops", "JobFailed: Akismet answered 500"),
        ("false", "302 Found\r\nLocation: http://127.0.0.1/", "JobFailed: Akismet answered 302"),
        ("invalid", "200 OK", "JobFailed: Akismet does not know the key: look at CMS_AKISMET_KEY"),
        ("perhaps", "200 OK", "JobFailed: Akismet answered neither true nor false"),
        ("false" * 9999, "200 OK", "JobFailed: Akismet could not be asked: The answer is longer than 16384 bytes"),
    ],
)
async def test_no_answer_leaves_it_to_a_person_and_is_asked_for_again(
    database: Database, says: str, head: str, error: str
) -> None:
    """A server that is down would show everything, or lose it; or its errors would tell who wrote."""
    await make_site()
    comment = await post(database, await make_article())

    async with akismet_serving(says=says, head=head) as akismet:
        await work(database, akismet)

    (job,) = await Job.all()
    assert (job.attempts, job.error, job.dead_at) == (1, error, None)
    assert (await standing(comment), await signals(comment)) == (
        ["PENDING"],
        [("awaits_akismet", "HOLD", "Akismet was asked about it")],
    )


async def test_a_server_of_this_machine_is_asked_in_development_only(database: Database) -> None:
    """A setting of a test would send readers' addresses to whatever listens in production."""
    await make_site()
    await post(database, await make_article())

    async with akismet_serving() as akismet:
        akismet.settings = replace(akismet.settings, environment=Environment.PRODUCTION)
        await work(database, akismet)

    assert akismet.heard == []
    assert (await Job.get()).error == ("JobFailed: Akismet could not be asked: The host is not on the public internet")


async def test_whoever_decides_meanwhile_has_the_last_word(database: Database) -> None:
    """A moderator's hold would be undone by a machine, or what its writer took back be shown."""
    await make_site()
    article = await make_article()
    held, taken, marked = [await post(database, article, body) for body in ("One", "Two", "Three")]
    kept = await post(database, article, "Four")

    async def meanwhile() -> None:
        akismet.meanwhile = look
        await moderate_comments(database, SYSTEM, [kept.id], HOLD)
        await moderate_comments(database, SYSTEM, [held.id], HOLD)
        await moderate_comments(database, SYSTEM, [marked.id], MARK_SPAM)
        await delete_comment(database, ANONYMOUS, taken.id, edit_token(taken.id))

    async def look() -> None:
        akismet.says = "true" if akismet.heard[-1][1]["comment_content"] == "Four" else "false"

    async with akismet_serving() as akismet:
        akismet.meanwhile = meanwhile
        await work(database, akismet)

    assert await standing(held, taken, marked, kept) == ["PENDING", "DELETED", "SPAM", "PENDING"]
    assert [each[:2] for each in await signals(kept)] == [("akismet", "REJECT")]
    ground = "Akismet finds nothing against it"
    assert await signals(held) == await signals(marked) == [("akismet", "ACCEPT", ground)]
    assert await signals(taken) == [("awaits_akismet", "HOLD", "Akismet was asked about it")]
    assert {each[3] for comment in (held, taken, marked) for each in (await decisions(comment))[1:]} == {False}
    assert await Job.all().count() == 0


async def test_an_answer_is_for_the_text_that_was_asked_about(database: Database) -> None:
    """Harmless words would be shown to Akismet and changed for an advertisement; or three links for harmless words."""
    await make_site()
    article = await make_article()
    waiting, linking, known = [await post(database, article, body) for body in ("One", LINKS, "Four")]
    worse = await post(database, article, "Six")

    async def meanwhile() -> None:
        asked = akismet.heard[-1][1]["comment_content"]
        akismet.says = "true" if asked == "Bees" else "false"
        if asked == "One":
            await edit(database, waiting, "Bees")

    async with akismet_serving() as akismet:
        akismet.meanwhile = meanwhile
        await edit(database, linking, "Nothing but words")
        await edit(database, worse, "Seven, buy now")
        await work(database, akismet)
        early = await standing(waiting, linking, known, worse)
        await edit(database, known, "Five")
        between = await standing(known)
        await work(database, akismet)

    # What was asked about the older text of `linking` is not asked any more.
    assert [(form["comment_content"], form.get("recheck_reason")) for _, form in akismet.heard] == [
        ("Nothing but words", "edit"),
        ("Seven, buy now", "edit"),
        ("One", None),
        ("Bees", "edit"),
        ("Four", None),
        ("Five", "edit"),
    ]
    assert (early, between, await standing(known)) == (
        ["SPAM", "PENDING", "APPROVED", "PENDING"],
        ["PENDING"],
        ["APPROVED"],
    )
    assert await signals(linking) == [("akismet", "ACCEPT", "Akismet finds nothing against it")]
    assert await stored_standing() == await counted_standing()


async def test_an_answer_that_is_taken_twice_counts_once(database: Database) -> None:
    """A worker that dies after the answer would decide again, perhaps against a person who was faster."""
    await make_site()
    comment = await post(database, await make_article())
    async with akismet_serving(says="true") as akismet:
        hands = Hands(database, akismet_handlers(akismet.settings))
        claim = await hands.claim()
        assert claim is not None
        await hands._handle(claim)
        await moderate_comments(database, SYSTEM, [comment.id], APPROVE)
        await hands.perform(claim)

    assert (len(akismet.heard), await standing(comment)) == (1, ["APPROVED"])


async def test_it_is_told_of_whoever_saw_it_otherwise(database: Database) -> None:
    """It would go on making the same mistakes; or hear of every decision, whether it was right or not."""
    await make_site()
    article, user = await make_article(), await make_user("Moderator")
    moderator = Viewer(frozenset([Scope.COMMENTS_MODERATE]), user.id, f"user:{user.id}")
    async with akismet_serving() as akismet:
        fine, missed, undone = [await post(database, article, body) for body in ("One", "Two", "Three")]
        await work(database, akismet)
        akismet.says = "true"
        spam, wronged = [await post(database, article, body) for body in ("Four", "Five")]
        await work(database, akismet)
        asked = len(akismet.heard)

        await moderate_comments(database, moderator, [missed.id, undone.id, spam.id], MARK_SPAM)
        await moderate_comments(database, moderator, [wronged.id, undone.id, fine.id], APPROVE)
        akismet.says = "Thanks for making the web a better place."
        await work(database, akismet)
        await moderate_comments(database, moderator, [missed.id], APPROVE)
        await work(database, akismet)

    told = [(verb, form["comment_content"]) for verb, form in akismet.heard[asked:]]
    assert (sorted(told[:2]), told[2:]) == (
        [("/1.1/submit-ham", "Five"), ("/1.1/submit-spam", "Two")],
        [("/1.1/submit-ham", "Two")],
    )
    assert {form["user_ip"] for _, form in akismet.heard[asked:]} == {"0.0.0.0"}  # noqa: S104 - nobody listens there
    assert await signals(missed) == [("akismet", "ACCEPT", "Akismet was told that this is no spam")]
    assert await Job.all().count() == 0


async def test_nobody_is_asked_about_colleagues_nor_without_a_key(database: Database) -> None:
    """An editor's answer would wait for a stranger; or readers' words leave the house unasked."""
    await make_site()
    article, user = await make_article(), await make_user("Peg")
    editor = Viewer(frozenset(), user.id, f"user:{user.id}")
    answer = (await post_comment(database, editor, CommentDraft(article.id, "Thank you."), at=NOON)).comment
    use_akismet(is_on=False)
    comment = await post(database, article)

    assert (await standing(answer, comment), await Job.all().count()) == (["APPROVED", "APPROVED"], 0)


async def test_a_server_with_a_key_asks_by_itself(database_url: str, tmp_path: Path) -> None:
    """The setting would change nothing, or hold every comment for an answer that nobody asked for."""
    use_akismet(is_on=False)
    made: list[Article] = []

    async def prepare(_database: Database) -> None:
        await make_site()
        made.append(await make_article())

    await fill(database_url, prepare)
    async with akismet_serving() as akismet:
        named = {"akismet_key": KEY, "akismet_url": akismet.settings.akismet_url}
        app = create_app(settings_for(database_url, tmp_path, outbox=tmp_path / "outbox", **named), with_worker=True)
        async with app.router.lifespan_context(app):
            comment = await post(app.state.database, made[0])
            async with asyncio.timeout(10):
                while await standing(comment) == ["PENDING"]:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(asyncio.Event().wait(), 0.02)
            after = await standing(comment)

    assert (comment.status, after, akismet.verbs) == ("PENDING", ["APPROVED"], ["/1.1/comment-check"])
