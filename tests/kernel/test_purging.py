"""Purging: what is past its time goes once a day, and nothing else does."""

import asyncio
from contextvars import Context
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from cms.accounts.models import AccountLink, LinkPurpose, Role, Session, User
from cms.articles.models import PreviewLink
from cms.authors.models import Message
from cms.comments.drafts import Guest
from cms.comments.models import Comment, CommentFlag, FlagReason, ReaderLink, ReaderRequest, ReplySubscription
from cms.kernel import purging
from cms.kernel.clock import at
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.ids import new_id
from cms.kernel.models import Idempotency, Job, Throttle
from cms.kernel.purging import Perishable, Purging, purge
from cms.kernel.secrecy import use_secret
from cms.worker import PERISHABLE
from tests.articles.world import DAY, NOON, an_article, found
from tests.comments.world import NOON as MARCH
from tests.comments.world import make_article, make_author, make_site, say
from tests.reading.world import SECRET

pytestmark = pytest.mark.asyncio

SECOND = timedelta(seconds=1)
SESSIONS = Perishable(Session, "expires_at")


async def a_user() -> User:
    """Somebody who works here."""
    return await User.create(name="A", name_key="a", email="a@example.org", email_key="a@example.org", role=Role.EDITOR)


async def a_session(user: User, expires_at: datetime) -> UUID:
    """A sign-in of theirs."""
    made = await Session.create(user=user, token_hash=str(new_id()), epoch=0, expires_at=expires_at)
    return made.id


async def a_message(author_id: UUID, sent_at: datetime) -> None:
    """A message from somewhere."""
    await Message.create(
        author_id=author_id, name="", email="", email_key="", body="", address_hash="a place", created_at=sent_at
    )


async def test_what_is_past_its_time_goes_and_nothing_else(database: Database) -> None:
    """Somebody would be signed out; or the table grow for ever."""
    user = await a_user()
    await a_session(user, NOON - SECOND)
    kept = {await a_session(user, moment) for moment in (NOON, NOON + SECOND)}

    with capture_logs() as logs:
        removed = await purge(database, SESSIONS, NOON)
        again = await purge(database, SESSIONS, NOON)

    assert (removed, again) == (1, 0)
    assert {session.id for session in await Session.all()} == kept
    assert [(log["table"], log["rows"]) for log in logs] == [("Session", 1)]


async def test_many_rows_go_in_several_steps(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """All others would wait behind the removal of a year's rows; or the second step never be made."""
    monkeypatch.setattr(purging, "_BATCH", 3)
    user = await a_user()
    for _ in range(7):
        await a_session(user, NOON)

    assert await purge(database, SESSIONS, NOON + SECOND) == 7
    assert await Session.all().count() == 0


async def test_every_table_with_a_time_is_purged(database: Database) -> None:
    """A table would grow for ever, or lose rows that still matter."""
    user = await a_user()
    for age in (timedelta(), 31 * DAY):
        with at(NOON - age):
            await a_session(user, NOON - age)
            await AccountLink.create(
                user=user, purpose=LinkPurpose.INVITATION, token_hash=str(new_id()), expires_at=NOON - age
            )
            await Idempotency.create(
                scope="s", mutation="m", key=str(age), input_digest="d", result={}, expires_at=NOON - age
            )
            await Throttle.create(key=str(age), window_start=NOON - age)
            await Job.create(kind="mail", payload={}, dead_at=NOON - age)
            await Job.create(kind="mail", payload={}, run_at=NOON - age)
    await found(database)
    article = await an_article(database)
    for age in (timedelta(), 31 * DAY):
        await PreviewLink.create(article_id=article.id, token_hash=str(new_id()), expires_at=NOON - age)

    with capture_logs():
        await Purging(PERISHABLE)(database, NOON)

    tables = (Session, AccountLink, PreviewLink, Idempotency, Throttle, Job)
    assert [await table.all().count() for table in tables] == [1, 1, 1, 1, 1, 3]


async def test_where_readers_were_is_forgotten_and_not_what_they_said(database: Database) -> None:
    """Somebody could be followed from one month into the next; or a comment go, which was to stay."""
    use_secret(SECRET)
    await make_site(comments_required_fields=[])
    article, author = await make_article(), await make_author("Asa")
    for age in (30 * DAY, 30 * DAY + SECOND):
        comment = await say(database, article, f"Said {age} ago", guest=Guest(str(age)), at=MARCH)
        then = NOON - age
        await Comment.filter(id=comment.id).update(address_hash="a place", created_at=then)
        await CommentFlag.create(comment_id=comment.id, reason=FlagReason.SPAM, reader_hash="a place", created_at=then)
        await a_message(author.id, then)
        await ReaderLink.create(
            email="", email_key="", purpose=ReaderRequest.ERASE, token_hash=str(age), expires_at=NOON - age + 30 * DAY
        )
    versions = await Comment.all().order_by("id").values_list("version", "updated_at")

    with capture_logs() as logs:
        await Purging(PERISHABLE)(database, NOON)
        again = [await purge(database, each, NOON) for each in PERISHABLE]

    assert [row.address_hash for row in await Comment.all().order_by("-created_at")] == ["a place", None]
    assert [row.reader_hash for row in await CommentFlag.all().order_by("-created_at")] == ["a place", None]
    assert [row.address_hash for row in await Message.all().order_by("-created_at")] == ["a place", None]
    assert await Comment.all().order_by("id").values_list("version", "updated_at") == versions
    assert (await ReaderLink.all().count(), sum(again)) == (1, 0)
    assert sorted((log["table"], log["rows"], log.get("cleared")) for log in logs) == [
        ("Comment", 1, "address_hash"),
        ("CommentFlag", 1, "reader_hash"),
        ("Message", 1, "address_hash"),
        ("ReaderLink", 1, None),
    ]


async def test_many_columns_are_cleared_in_several_steps(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second step would never be made, or the first one again for ever."""
    monkeypatch.setattr(purging, "_BATCH", 3)
    author = await make_author("Asa")
    for _ in range(7):
        await a_message(author.id, NOON)

    clearing = Perishable(Message, "created_at", DAY, clears="address_hash")
    assert [await purge(database, clearing, NOON + age) for age in (DAY, DAY + SECOND, 2 * DAY)] == [0, 7, 0]


async def test_wishes_that_nobody_confirmed_go_and_those_that_ended(database: Database) -> None:
    """The address of somebody who never answered, or ended it, would be kept for ever; or one who did be forgotten."""
    use_secret(SECRET)
    await make_site()
    article = await make_article()
    for number, confirmed_at in enumerate((None, MARCH)):
        for age in (30 * DAY, 30 * DAY + SECOND):
            guest = Guest("Ines", f"ines{number}@mail.example.org")
            comment = await say(database, article, f"{number} {age}", guest=guest, notify_of_replies=True, at=MARCH)
            wish = ReplySubscription.filter(comment_id=comment.id)
            await wish.update(created_at=NOON - age, confirmed_at=confirmed_at)
    for age in (30 * DAY, 30 * DAY + SECOND):
        guest = Guest("Ines", "ines@mail.example.org")
        comment = await say(database, article, f"Ended {age}", guest=guest, notify_of_replies=True, at=MARCH)
        ended = ReplySubscription.filter(comment_id=comment.id)
        await ended.update(created_at=NOON - 90 * DAY, confirmed_at=MARCH, ended_at=NOON - age)

    with capture_logs():
        await Purging(PERISHABLE)(database, NOON)

    wishes = await ReplySubscription.all().order_by("created_at", "id").values_list("created_at", "confirmed_at")
    assert wishes == [
        (NOON - 90 * DAY, MARCH),
        (NOON - 30 * DAY - SECOND, MARCH),
        (NOON - 30 * DAY, None),
        (NOON - 30 * DAY, MARCH),
    ]
    assert [wish.ended_at for wish in await ReplySubscription.exclude(ended_at=None)] == [NOON - 30 * DAY]


@pytest.mark.parametrize("dialect", [Dialect.POSTGRES], ids=str)
async def test_nobody_waits_for_a_purge_that_waits_for_them(database: Database) -> None:
    """An erasure and a purge that take the same rows in another order would wait for each other."""
    author = await make_author("Asa")
    for _ in range(3):
        await a_message(author.id, NOON - DAY)
    held = await Message.all().order_by("id").first()
    assert held is not None
    clearing = Perishable(Message, "created_at", clears="address_hash")

    with capture_logs():
        async with transaction(database):
            await Message.filter(id=held.id).update(name="busy")
            async with asyncio.timeout(10):
                # Beside the transaction, which this task would join.
                at_once = await asyncio.create_task(purge(database, clearing, NOON), context=Context())
        later = await purge(database, clearing, NOON)

    assert (at_once, later) == (2, 1)


async def test_it_is_done_once_a_day(database: Database) -> None:
    """Every second the tables would be searched; or, after the clock was set back, never again."""
    user, purging_ = await a_user(), Purging([SESSIONS])
    left = []
    with capture_logs():
        for moment in (NOON, NOON + DAY - SECOND, NOON + DAY, NOON - DAY):
            await a_session(user, NOON - 9 * DAY)
            due = await purging_(database, moment)
            left.append((due - NOON, await Session.all().count()))

    assert left == [(DAY, 0), (DAY, 1), (2 * DAY, 0), (timedelta(), 0)]
