"""Learning from moderators: whose decisions count, of which comments, how often, and what is kept of them."""

from datetime import timedelta

import pytest

from cms.articles.models import Article
from cms.comments.actions import moderate_comments
from cms.comments.bulk import BulkComment, add_comments
from cms.comments.learning import Lessons, learn, newest_model
from cms.comments.models import Comment, CommentStatus, ModerationAction, ModerationDecision, ScreeningSignal, SpamModel
from cms.comments.scoring import Model
from cms.kernel.clock import at as clock_at
from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.viewer import SYSTEM
from tests.comments.world import NOON, make_article, make_site, make_user, say

pytestmark = pytest.mark.asyncio

MINUTE = timedelta(minutes=1)
APPROVE, HOLD, REJECT, MARK_SPAM, REMOVE = ModerationAction
ADVERT = "Lovely drops, my knees dance again, order them from their shop"


async def stored(database: Database, article: Article, count: int, body: str) -> list[Comment]:
    """So many comments that say nearly the same, waiting."""
    rows = [
        BulkComment(
            article.id, f"{body} {number}", "Ines", NOON, url="https://drops.example", status=CommentStatus.PENDING
        )
        for number in range(count)
    ]
    return await Comment.filter(id__in=await add_comments(database, SYSTEM, rows)).order_by("id")


async def decide(database: Database, comments: list[Comment], action: ModerationAction) -> None:
    """Decide about them, as a moderator."""
    await moderate_comments(database, SYSTEM, [comment.id for comment in comments], action)


async def lessons(database: Database) -> tuple[int, int]:
    """How much spam and how much else would be learned from now."""
    model = await learn(database, now())
    return model.spam, model.real


async def test_what_is_like_spam_is_held_and_the_moderator_told_why(database: Database) -> None:
    """Moderators would put the same advertisement away every day; or a model count before it knows enough."""
    await make_site()
    article = await make_article()
    spam = await stored(database, article, 20, ADVERT)
    await decide(database, spam, MARK_SPAM)
    await decide(database, await stored(database, article, 19, "The slugs ate the beans"), APPROVE)
    await learn(database, NOON)
    early = await say(database, article, ADVERT)
    await decide(database, [early], APPROVE)
    await decide(database, [early], HOLD)
    await decide(database, await stored(database, article, 1, "The ferry was late"), APPROVE)
    await learn(database, NOON + MINUTE)

    late = await say(database, article, f"{ADVERT} today")
    reader = await say(database, article, "The slugs were late again")

    assert (early.status, late.status, reader.status) == ("APPROVED", "PENDING", "APPROVED")
    signal = await ScreeningSignal.get(comment_id=late.id)
    assert (signal.rule, signal.verdict) == ("looks_like_spam", "HOLD")
    assert signal.detail == "scores 33.5, mostly for “again”, “dance”, “drops”, “from”, “knees”"
    decision = await ModerationDecision.get(comment_id=late.id)
    assert (decision.rule, decision.reason, decision.automatic) == ("looks_like_spam", signal.detail, True)


async def test_the_last_word_of_a_person_about_a_text_that_is_there_is_a_lesson(database: Database) -> None:
    """It would learn from itself, from what was undone or erased, or from a colleague, of whom it is never asked."""
    await make_site()
    article = await make_article()
    one, two, three, four, five = await stored(database, article, 5, "Words")
    await decide(database, [one, two, three, four], MARK_SPAM)
    await decide(database, [five], APPROVE)
    counted = [await lessons(database)]
    await decide(database, [one], APPROVE)
    await decide(database, [two], HOLD)
    counted.append(await lessons(database))
    await decide(database, [one], MARK_SPAM)
    await decide(database, [two], REMOVE)
    await decide(database, [five], REJECT)
    counted.append(await lessons(database))
    await Comment.filter(id=three.id).update(erased_at=NOON)
    await ModerationDecision.create(comment_id=five.id, action=APPROVE, automatic=True)
    await ModerationDecision.create(comment_id=four.id, action=HOLD, automatic=True)
    counted.append(await lessons(database))
    await Comment.filter(id=four.id).update(user_id=(await make_user("Juno")).id)
    counted.append(await lessons(database))

    assert counted == [(4, 1), (2, 2), (3, 0), (2, 0), (1, 0)]


async def test_the_newest_lessons_of_each_kind_are_learned(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night of spam would push out everything that readers said; or the oldest fashion be what counts."""
    monkeypatch.setattr("cms.comments.learning.MOST_LESSONS", 2)
    await make_site()
    article = await make_article()
    await decide(database, await stored(database, article, 1, "Oldest"), MARK_SPAM)
    await decide(database, await stored(database, article, 1, "Real"), APPROVE)
    await decide(database, await stored(database, article, 2, "Newest"), MARK_SPAM)

    model = await learn(database, NOON)

    assert (model.spam, model.real) == (2, 1)
    assert max(model.counts.values()) == (2, 1)  # The name and the address.
    assert sorted(model.counts.values()).count((2, 0)) == 1
    assert await SpamModel.all().count() == 1


async def test_a_model_holds_no_word_and_is_read_when_there_is_another(database: Database) -> None:
    """An erased comment could be read in the table; or a process go on by what moderators have undone."""
    await make_site()
    article = await make_article()
    await decide(database, await stored(database, article, 2, "Knees"), MARK_SPAM)
    nothing = await newest_model()

    learned = await learn(database, NOON)
    first = await newest_model()
    await decide(database, await stored(database, article, 1, "Slugs"), APPROVE)
    again = await newest_model()
    other = await learn(database, NOON + MINUTE)

    assert nothing is None
    assert (first, again is first, await newest_model()) == (learned, True, other)
    row = await SpamModel.get()
    assert (row.lessons, row.created_at, Model.from_json(row.weights)) == (3, NOON + MINUTE, other)
    assert not any(word in row.weights.lower() for word in ("knees", "slugs", "ines", "drops", "example"))


async def test_it_learns_when_somebody_decided_and_once_a_minute_at_most(database: Database) -> None:
    """Every decision would be followed by seconds of work, or by none until a restart."""
    await make_site()
    article = await make_article()
    due, models = Lessons(), []

    async def after(minutes: float) -> None:
        with clock_at(NOON + minutes * MINUTE):
            assert await due(database, now()) > now()
        newest = await SpamModel.all().first()
        models.append(None if newest is None else (newest.lessons, newest.created_at - NOON))

    await after(0)
    await decide(database, await stored(database, article, 1, "One"), MARK_SPAM)
    for minutes in (0.5, 1, 5):
        await after(minutes)
    await decide(database, await stored(database, article, 1, "Two"), MARK_SPAM)
    for minutes in (5.5, 7, 9):
        await after(minutes)
    # Of two processes the second finds nothing left to learn; and a clock that is set back stops nobody.
    due = Lessons()
    await after(10)
    await decide(database, await stored(database, article, 1, "Three"), MARK_SPAM)
    await after(-60)

    first, second, third = (1, 1 * MINUTE), (2, 7 * MINUTE), (3, -60 * MINUTE)
    assert models == [None, None, first, first, first, second, second, second, third]
