"""Letters about replies: who is told, of what, once, and from what is so when the letter is written."""

import asyncio
import email
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from cms.accounts.models import Role, User
from cms.articles.models import Article, ArticleRevision, Publication
from cms.comments.actions import delete_comment, moderate_comments, post_comment
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.letter_jobs import CONFIRMATION, DIGEST, REPLY
from cms.comments.letter_writers import letter_writers
from cms.comments.models import Comment, ModerationAction, ReplySubscription
from cms.comments.reply_mail import telling
from cms.comments.subscriptions import TokenPurpose, confirm_replies, end_replies, token_of
from cms.kernel import clock
from cms.kernel.comment_policy import CommentModeration
from cms.kernel.database import Database, Dialect
from cms.kernel.jobs import Hands
from cms.kernel.models import Event, Job
from cms.kernel.settings import Settings
from cms.kernel.viewer import SYSTEM, Viewer
from cms.worker import working
from tests.comments.post_office import URL, PostOffice, taken_away, waiting
from tests.comments.world import DAY, NOON, WREN, make_article, make_site, make_user, say
from tests.test_worker import until

pytestmark = pytest.mark.asyncio

APPROVE, HOLD = ModerationAction.APPROVE, ModerationAction.HOLD
INES = Guest("Ines", "ines@mail.example.com")
QUARTER = timedelta(minutes=15)


async def asked(database: Database, article: Article, **options: Any) -> Comment:  # noqa: ANN401 - as `say` takes them
    """A comment whose writer wants to be told of replies, and confirmed it; nothing of that is on its way."""
    comment = await say(database, article, **{"body": "Tell me", **options}, notify_of_replies=True)
    await ReplySubscription.filter(comment_id=comment.id).update(confirmed_at=NOON)
    return comment


async def answer(database: Database, to: Comment, body: str = "I do.", guest: Guest = INES) -> Comment:
    """A reply, which readers see at once."""
    article = await Article.get(id=to.article_id)
    return await say(database, article, body, guest=guest, parent_id=to.id)


async def ending(comment: Comment) -> str:
    """The token that ends the letters about a comment."""
    wish = await ReplySubscription.get(comment_id=comment.id)
    return token_of(TokenPurpose.END, wish.id)


# Who is told


async def test_nothing_is_mailed_before_it_is_confirmed_and_then_each_reply_once(database: Database) -> None:
    """Somebody would be written to who never wanted it; or wait for ever."""
    await make_site(article_path="/{locale}/stories/{slug}")
    article, office = await make_article(), PostOffice(database)
    with clock.at(NOON), capture_logs() as logs:
        comment = await say(database, article, notify_of_replies=True)
        await answer(database, comment, "Too early")
        await office.follow()
        asked_for = [kind for kind, _ in await waiting()]
        (asking,) = await office.work()
        await confirm_replies(database, asking.token)
        still_nothing = await office.work()
        reply = await answer(database, comment, "First line.\n\nSecond line.")
        (letter,) = await office.work()
        again = await office.work()

    event = await Event.get(type="COMMENT_APPROVED", node_id=reply.id)
    page = f"https://groundfloor.example.org/en/stories/text-{article.id}#com_{reply.id}"
    link = f"{URL}/unsubscribe?token={await ending(comment)}"
    assert asked_for == [CONFIRMATION]
    assert (asking.subject, still_nothing, again) == ("Please confirm: replies by mail from Ground Floor", [], [])
    assert (letter.to, letter.subject) == ("wren@mail.example.com", "A reply to your comment on A text")
    assert (letter.unsubscribe, letter.key) == (link, f"reply:{event.id}:{comment.email_key}")
    assert letter.text == (
        "Hello,\n\nInes replied to your comment on\nA text\nat Ground Floor:\n\n> First line.\n>\n> Second line.\n\n"
        f"Read it where it stands:\n\n{page}\n\n-- \n"
        f"You asked to be told of replies, and confirmed it. To be told of no more:\n{link}"
    )
    assert "@" not in repr(logs)
    assert "@" not in repr([dict(row) for row in await Event.all().values("payload", "actor")])


async def test_who_is_not_told(database: Database) -> None:
    """Somebody would be told of their own words, of what is deeper, or of what they ended."""
    await make_site()
    article, office = await make_article(), PostOffice(database)
    user = await make_user("Juno Dale")
    juno = Viewer(frozenset(), user_id=user.id, actor=f"user:{user.id}")
    with clock.at(NOON):
        comment = await asked(database, article)
        own = await answer(database, comment, "My own", WREN)
        deeper = await answer(database, own, "Deeper")
        by_account = await post_comment(database, juno, CommentDraft(article.id, "Tell", notify_of_replies=True))
        await User.filter(id=user.id).update(email="juno@elsewhere.example.org")
        draft = CommentDraft(article.id, "My own, too", parent_id=by_account.comment.id)
        await post_comment(database, juno, draft)
        ended = await asked(database, article, body="And me", guest=INES)
        await end_replies(database, await ending(ended))
        await answer(database, ended, "Too late", WREN)
        letters, jobs = await office.work(), await waiting()
        told = await answer(database, comment, "Told")
        (letter,) = await office.work()

    assert (letters, jobs, deeper.depth) == ([], [], 2)
    assert (letter.to, f"#com_{told.id}" in letter.text) == ("wren@mail.example.com", True)


async def test_what_is_gone_when_the_letter_is_written_is_not_told(database: Database) -> None:
    """A letter would show what a moderator took away, or lead to a page that is not there."""
    await make_site()
    first, second = await make_article(), await make_article()
    office = PostOffice(database)
    with clock.at(NOON):
        comments = [await asked(database, first, body=f"Number {number}") for number in range(4)]
        comments += [await asked(database, article) for article in (second, await make_article())]
        replies = [await answer(database, comment, f"To number {place}") for place, comment in enumerate(comments)]
        await office.follow()
        asked_for = [kind for kind, _ in await waiting()]
        await moderate_comments(database, SYSTEM, [replies[0].id], HOLD)
        await delete_comment(database, SYSTEM, replies[1].id)
        await moderate_comments(database, SYSTEM, [comments[2].id], HOLD)
        await end_replies(database, await ending(comments[3]))
        await Publication.filter(article_id=second.id).update(ends_at=NOON)
        await Article.filter(id=comments[5].article_id).update(deleted_at=NOON)
        letters = await office.work()

    assert (asked_for, letters) == ([REPLY] * 6, [])


async def test_approved_again_is_no_news(database: Database) -> None:
    """A moderator who changes their mind twice would have everybody written to twice."""
    await make_site()
    office = PostOffice(database)
    with clock.at(NOON):
        comment = await asked(database, await make_article())
        reply = await answer(database, comment)
        told = await office.work()
        for action in (HOLD, APPROVE, ModerationAction.MARK_SPAM, APPROVE):
            await moderate_comments(database, SYSTEM, [reply.id], action)
        told_again = await office.work()
        # All of it at once, by a worker that was away: one letter, too.
        other = await answer(database, comment, "Another")
        for action in (HOLD, APPROVE):
            await moderate_comments(database, SYSTEM, [other.id], action)
        told_late = await office.work()

    assert [len(letters) for letters in (told, told_again, told_late)] == [1, 0, 1]


async def test_a_removed_comment_ends_its_letters_for_good(database: Database) -> None:
    """Somebody whose comment is gone would hear of it when a moderator brings it back."""
    await make_site()
    office = PostOffice(database)
    with clock.at(NOON):
        comment = await asked(database, await make_article())
        await delete_comment(database, SYSTEM, comment.id)
        await office.follow()
        await moderate_comments(database, SYSTEM, [comment.id], APPROVE)
        await answer(database, comment)
        letters = await office.work()

    wish = await ReplySubscription.get()
    assert (letters, wish.ended_at) == ([], NOON)


async def test_old_news_is_not_mailed(database: Database) -> None:
    """The first worker after an upgrade would write to everybody about everything that was ever said."""
    await make_site()
    with clock.at(NOON):
        comment = await asked(database, await make_article())
        await answer(database, comment)
        removed = await asked(database, await make_article(), body="Take me away")
        await delete_comment(database, SYSTEM, removed.id)
    with clock.at(NOON + 2 * DAY):
        letters, jobs = await PostOffice(database).work(), await waiting()

    assert (letters, jobs) == ([], [])
    assert await ReplySubscription.filter(ended_at=None).count() == 1


# Once


async def test_two_workers_write_one_letter(database: Database) -> None:
    """With two processes everybody would be written to twice; or a worker that dies leave a letter unwritten."""
    await make_site()
    with clock.at(NOON):
        comment = await asked(database, await make_article())
        for number in range(5):
            await answer(database, comment, f"Number {number}")
        one, other = PostOffice(database), PostOffice(database)
        await asyncio.gather(one.follow(), other.follow())
        jobs = await Job.filter(kind=REPLY).count()
        await asyncio.gather(*(office.hands.look() for office in (one, other) * 6))
        letters = await taken_away()

    assert (jobs, len(letters), len({letter.key for letter in letters})) == (5, 5, 5)
    assert await Job.all().count() == 0


async def test_told_twice_is_written_once(database: Database) -> None:
    """A worker that died, or was taken for dead, would have its letters written again by the next."""
    await make_site()
    office = PostOffice(database)
    with clock.at(NOON):
        comment = await asked(database, await make_article())
        await answer(database, comment)
        await office.follow()
        slow = await Hands(database, letter_writers(URL)).claim()
        assert slow is not None
    with clock.at(NOON + QUARTER):
        quick = await office.hands.claim()
        assert quick is not None
        tell = telling(URL)
        await tell(database, slow)
        by_the_slow = await taken_away()
        await tell(database, quick)
        by_the_quick = await taken_away()
        await tell(database, quick)
        again = await taken_away()

    assert (slow.id, [len(letters) for letters in (by_the_slow, by_the_quick, again)]) == (quick.id, [0, 1, 0])


@pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)
async def test_a_letter_that_cannot_be_written_holds_up_nobody(database: Database) -> None:
    """One bad row would keep every later letter from being written."""
    await make_site()
    office = PostOffice(database)
    with clock.at(NOON), capture_logs() as logs:
        bad, good = [await asked(database, await make_article()) for _ in range(2)]
        await ReplySubscription.filter(comment_id=bad.id).update(email="nobody\nBcc: all@example.org")
        await answer(database, bad)
        await answer(database, good)
        letters = await office.work()

    assert [letter.to for letter in letters] == ["wren@mail.example.com"]
    assert [(log["event"], log["kind"], log["error"]) for log in logs] == [("job failed", REPLY, "InvalidInput")]
    assert "all@" not in repr(logs)
    assert "wren@" not in repr(logs)


# Where the links lead, and what they carry


@pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)
@pytest.mark.parametrize(
    ("public_url", "base", "header"),
    [
        ("https://a.example/cms", "https://a.example/cms", True),
        ("", "https://groundfloor.example.org", False),
        ("https://häfen.example", "https://häfen.example", False),
    ],
)
async def test_links_lead_to_this_server_or_to_the_site(
    database: Database, public_url: str, base: str, *, header: bool
) -> None:
    """A letter would lead nowhere; or promise that a page of somebody else's takes one click."""
    await make_site()
    office = PostOffice(database, url=public_url)
    with clock.at(NOON):
        comment = await asked(database, await make_article())
        await answer(database, comment)
        (letter,) = await office.work()

    link = f"{base}/unsubscribe?token={await ending(comment)}"
    assert letter.text.endswith(f"\n{link}")
    assert letter.unsubscribe == (link if header else None)


@pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)
async def test_hostile_names_stay_words(database: Database) -> None:
    """A reader's name, or a title, would be a header of its own: other recipients, another sender."""
    await make_site(name="Ground =?utf-8?q?=0ABcc:_a@example.org?= Floor")
    article, office = await make_article(), PostOffice(database)
    title = "Tides\r\nBcc: all@example.org\n=?utf-8?q?=0D=0ABcc:_a@example.org?="
    await ArticleRevision.filter(id=article.head_id).update(title=title)
    with clock.at(NOON):
        comment = await asked(database, article)
        await answer(database, comment, guest=Guest("Ines =?utf-8?q?=0ABcc:?= \u202e", INES.email))
        (letter,) = await office.work()

    subject = "A reply to your comment on Tides Bcc: all@example.org = ?utf-8?q?=0D=0ABcc:_a@example.org?="
    assert letter.subject == subject
    assert "Ines =?utf-8?q?=0ABcc:?= replied" in letter.text


# The worker itself


def the_letter_in(folder: Path) -> EmailMessage:
    """The one letter that was handed over."""
    (path,) = folder.glob("*.eml")
    return email.message_from_bytes(path.read_bytes(), policy=default)


@pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)
async def test_the_worker_writes_and_hands_over(database: Database, tmp_path: Path) -> None:
    """Everything would be written as it should, and nothing ever be done."""
    await make_site(comments_moderation=CommentModeration.BEFORE_PUBLICATION)
    user = await make_user("Mara", role=Role.MODERATOR)
    settings = Settings(outbox=tmp_path, public_url=URL, moderation_mail_minutes=1)

    async def handed_over() -> bool:
        return {job.kind for job in await Job.all()} == {DIGEST}

    async with working(database, settings):
        await say(database, await make_article(), notify_of_replies=True, at=clock.now())
        await until(handed_over)

    letter = the_letter_in(tmp_path)
    (job,) = await Job.all()
    assert letter["Subject"] == "Please confirm: replies by mail from Ground Floor"
    assert f"{URL}/confirm?token=" in letter.get_content()
    assert (job.kind, job.payload, job.run_at > clock.now()) == (DIGEST, {"userId": str(user.id)}, True)
