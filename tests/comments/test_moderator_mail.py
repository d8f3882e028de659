"""Letters to moderators: who gets one, when, about what; and none about nothing."""

import asyncio
from datetime import timedelta

import pytest

from cms.accounts.models import Role, User
from cms.articles.models import Article
from cms.comments.actions import moderate_comments
from cms.comments.letter_jobs import DIGEST, taken_off
from cms.comments.models import FlagReason, ModerationAction, ModerationDecision
from cms.comments.moderator_mail import send_digest
from cms.comments.responding import flag_comment
from cms.kernel import clock
from cms.kernel.comment_policy import CommentModeration
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.models import Job
from cms.kernel.viewer import ANONYMOUS, SYSTEM
from tests.articles.world import _WAITED_FOR
from tests.comments.post_office import QUARTER, PostOffice, taken_away, waiting
from tests.comments.world import DAY, NOON, make_article, make_site, make_user, say

pytestmark = pytest.mark.asyncio

MINUTE = timedelta(minutes=1)
MARA = "mara@groundfloor.example.org"
BEFORE = CommentModeration.BEFORE_PUBLICATION


async def newsroom() -> Article:
    """An article whose comments are read first, and two who may read them; one of them is away."""
    await make_site(comments_moderation=BEFORE)
    await make_user("Mara", role=Role.MODERATOR)
    away = await make_user("Idris", role=Role.ADMIN)
    await User.filter(id=away.id).update(active=False)
    await make_user("Edda", role=Role.EDITOR)
    return await make_article()


async def test_moderators_are_told_once_in_a_while_of_all_that_waits(database: Database) -> None:
    """Each comment would be a letter; or a letter show what nobody can decide about; or an editor get it."""
    article, office = await newsroom(), PostOffice(database)
    with clock.at(NOON):
        for number in range(7):
            await say(database, article, f"Number {number}", at=NOON + number * MINUTE)
        early, jobs = await office.work(), await waiting()
    with clock.at(NOON + 10 * MINUTE):
        await say(database, article, "Number 7", at=NOON + 10 * MINUTE)
        still_early = await office.work()
    with clock.at(NOON + QUARTER):
        (letter,) = await office.work()
        await say(database, article, "Number 8", at=NOON + QUARTER)
        too_soon, next_job = await office.work(), await waiting()
    with clock.at(NOON + 2 * QUARTER):
        (second,) = await office.work()
    with clock.at(NOON + DAY):
        nothing_new = await office.work()

    assert (early, jobs, still_early) == ([], [(DIGEST, QUARTER)], [])
    assert (letter.to, letter.subject) == (MARA, "8 comments wait at Ground Floor")
    entries = "".join(
        f"Wren on A text\n> Number {number}\n(before_publication: every comment here is read first)\n\n"
        for number in range(5)
    )
    assert letter.text == (
        "Hello Mara,\n\n8 comments wait at Ground Floor, the first of them since 2026-03-02 12:00 UTC.\n\n"
        f"{entries}... and 3 more.\n\n-- \nYou get this because you moderate comments there."
    )
    assert (too_soon, next_job) == ([], [(DIGEST, QUARTER)])
    assert (second.subject, nothing_new) == ("9 comments wait at Ground Floor", [])


async def test_where_nothing_waits_any_more_there_is_no_letter(database: Database) -> None:
    """A moderator would get up for what a colleague has done."""
    article, office = await newsroom(), PostOffice(database)
    with clock.at(NOON):
        comment = await say(database, article)
        await office.follow()
        await moderate_comments(database, SYSTEM, [comment.id], ModerationAction.APPROVE)
    with clock.at(NOON + QUARTER):
        decided = await office.work()
        other = await say(database, article, "Another", at=NOON + QUARTER)
        await office.follow()
        await User.filter(email=MARA).update(role=Role.WRITER)
    with clock.at(NOON + 2 * QUARTER):
        no_moderator = await office.work()
        await User.filter(email=MARA).update(role=Role.MODERATOR)
        await Article.filter(id=other.article_id).update(deleted_at=NOON)
        await say(database, await make_article(), "Elsewhere", at=NOON + 2 * QUARTER)
        await office.follow()
    with clock.at(NOON + 3 * QUARTER):
        (letter,) = await office.work()

    assert (decided, no_moderator) == ([], [])
    assert letter.subject == "1 comment waits at Ground Floor"


async def test_reports_count_until_somebody_decided(database: Database) -> None:
    """What a reader reports would be seen by chance; or be reported to moderators for ever."""
    article, office = await newsroom(), PostOffice(database)
    with clock.at(NOON):
        one, two, removed = [await say(database, article, f"Number {number}", at=NOON) for number in range(3)]
        elsewhere = await say(database, await make_article(), "Elsewhere", at=NOON)
        shown = [one.id, two.id, removed.id, elsewhere.id]
        await moderate_comments(database, SYSTEM, shown, ModerationAction.APPROVE)
        await office.follow()
    with clock.at(NOON + QUARTER):
        nothing = await office.work()
        for address, reason in (("203.0.113.9", FlagReason.ABUSE), ("198.51.100.7", FlagReason.SPAM)):
            await flag_comment(database, ANONYMOUS, two.id, reason, address=address)
    with clock.at(NOON + QUARTER + MINUTE):
        await flag_comment(database, ANONYMOUS, one.id, FlagReason.PRIVACY)
        await ModerationDecision.create(comment_id=one.id, action=ModerationAction.APPROVE, automatic=True)
        await flag_comment(database, ANONYMOUS, removed.id, FlagReason.OFF_TOPIC)
        await flag_comment(database, ANONYMOUS, elsewhere.id, FlagReason.OFF_TOPIC)
        await Article.filter(id=elsewhere.article_id).update(deleted_at=NOON)
        await moderate_comments(database, SYSTEM, [removed.id], ModerationAction.REMOVE)
        await office.follow()
    with clock.at(NOON + 3 * QUARTER):
        (letter,) = await office.work()
        await moderate_comments(database, SYSTEM, [two.id], ModerationAction.APPROVE)
    with clock.at(NOON + 3 * QUARTER + MINUTE):
        await flag_comment(database, ANONYMOUS, one.id, FlagReason.SPAM, address="192.0.2.1")
        await office.follow()
    with clock.at(NOON + 5 * QUARTER):
        (second,) = await office.work()

    assert (nothing, letter.subject) == ([], "2 comments were reported at Ground Floor")
    assert "Wren on A text\n> Number 1\n(reported: ABUSE, SPAM)\n\nWren on A text\n> Number 0\n(reported: PRIVACY)" in (
        letter.text
    )
    assert second.subject == "1 comment was reported at Ground Floor"
    assert "> Number 0\n(reported: PRIVACY, SPAM)" in second.text


async def test_it_can_be_turned_off_and_what_a_moderator_holds_names_no_rule(database: Database) -> None:
    """A newsroom that looks at its queue all day would be written to for nothing."""
    article = await newsroom()
    with clock.at(NOON):
        comment = await say(database, article)
        await PostOffice(database, digest_every=timedelta()).follow()
        off = await waiting()
        await moderate_comments(database, SYSTEM, [comment.id], ModerationAction.APPROVE)
        await moderate_comments(database, SYSTEM, [comment.id], ModerationAction.HOLD, "Ask the lawyer.")
        office = PostOffice(database)
        await office.follow()
    with clock.at(NOON + QUARTER):
        (letter,) = await office.work()

    assert off == []
    assert "(held by a moderator: Ask the lawyer.)" in letter.text


async def test_two_workers_write_one_letter_and_news_beside_it_is_not_lost(database: Database) -> None:
    """A moderator would be told twice; or never hear of what came while their letter was being written."""
    article, office = await newsroom(), PostOffice(database)
    with clock.at(NOON):
        await say(database, article)
        await asyncio.gather(office.follow(), PostOffice(database).follow())
    with clock.at(NOON + QUARTER):
        claim = await office.hands.claim()
        assert claim is not None
        # The job is taken on, its letter not yet written: this comment is in it, and so asks for no other.
        await say(database, article, "Beside it", at=NOON + QUARTER)
        await office.follow()
        jobs = await Job.filter(kind=DIGEST).count()
        await asyncio.gather(*(send_digest(database, claim) for _ in range(2)))
        letters = await taken_away()
        await say(database, article, "After it", at=NOON + QUARTER)
        await office.follow()
        after = await waiting()

    assert (jobs, [letter.subject for letter in letters]) == (1, ["2 comments wait at Ground Floor"])
    assert after == [(DIGEST, QUARTER)]


@pytest.mark.parametrize("dialect", [Dialect.POSTGRES], ids=str)
async def test_what_comes_while_a_letter_is_written_asks_for_another(database: Database) -> None:
    """It would be in neither: too late for the one, and kept from the other by a job that is as good as done."""
    article, office, begun = await newsroom(), PostOffice(database), asyncio.Event()
    with clock.at(NOON):
        await say(database, article)
        await office.follow()

    async def write() -> None:
        claim = await office.hands.claim()
        assert claim is not None
        async with transaction(database):
            assert await taken_off(database, claim)
            begun.set()
            while not await database.connection.execute_query_dict(_WAITED_FOR):
                pass

    async def come() -> None:
        await begun.wait()
        await say(database, article, "Beside it")
        await office.follow()

    with clock.at(NOON + QUARTER):
        async with asyncio.timeout(20):
            await asyncio.gather(write(), come())
        jobs = await waiting()

    assert jobs == [(DIGEST, QUARTER)]
