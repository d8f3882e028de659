"""Erasing somebody: what they wrote and who they were goes, the places where it stood stay.

The one thing to know: a thread keeps its shape. A comment becomes a tombstone as if it had been taken away, and the
counts follow; what was agreed to stays on record, since nothing of whoever agreed is in it any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import F

from cms.articles.known import chunks
from cms.authors.models import Message
from cms.comments.actions import change_of
from cms.comments.bodies import read_body
from cms.comments.carrying import Traces, jobs_with
from cms.comments.counting import lock_articles, recount_articles
from cms.comments.letter_jobs import stop_writing
from cms.comments.models import (
    Comment,
    CommentFlag,
    CommentStatus,
    ModerationDecision,
    ReaderLink,
    ReplySubscription,
    ScreeningSignal,
    SpamModel,
)
from cms.comments.persons import Person
from cms.comments.records import body_columns
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.events import append_events
from cms.kernel.models import Job
from cms.kernel.scrubbing import scrub_later

#: What a comment says of its writer, and of the passage that they picked. `source_id` stays: without it the next
#: import would bring the comment back.
_NOBODY: Final[Mapping[str, Any]] = {
    "author_name": "",
    "author_key": "",
    "author_email": None,
    "email_key": None,
    "author_url": None,
    "user_id": None,
    "by_contributor": False,
    "address_hash": None,
    "anchor_block_key": None,
    "anchor_exact": None,
    "anchor_prefix": None,
    "anchor_suffix": None,
    "anchor_state": None,
    "anchor_found_in": None,
}

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was erased.

    Attributes:
        comments: that held anything of the person.
        messages: likewise.
        keeps_account: whether they have an account, which stays; see `erase`.
    """

    comments: int
    messages: int
    keeps_account: bool


async def take_turns(database: Database) -> None:
    """Wait until nobody else erases or writes letters, in the open transaction, before anything else in it is locked.

    A reader who hands in a code, and an administrator who erases the same person, would each wait for the other: the
    one has the code and wants the comments, the other has the comments and wants the code.
    """
    await stop_writing(database)


async def erase(database: Database, actor: str, person: Person) -> Erased:
    """Erase somebody from what readers wrote, in one transaction.

    An account by that address stays, since somebody works with it: its decisions and its part in articles are the
    publication's. What it wrote as comments goes like anybody's. An administrator closes the account.
    """
    moment = now()
    async with transaction(database):
        await take_turns(database)
        comments = await _locked(person)
        messages = await person.messages()
        await _erase_letters(person, comments, messages)
        await _erase_lessons(comments)
        await _erase_comments(database, actor, comments, moment)
        await _erase_messages(messages, moment)
        await _delete(ReplySubscription, [row.id for row in await person.subscriptions()])
        await _delete(ReaderLink, [row.id for row in await person.links()])
        await scrub_later(database)
    return Erased(len(comments), len(messages), person.account is not None)


async def _locked(person: Person) -> list[_Row]:
    """Their comments, with the articles locked under which these stand.

    A comment that comes in meanwhile under another article was written after the wish, and stays.
    """
    articles = {row["article_id"] for row in await person.comments()}
    for some in chunks(sorted(articles)):
        await lock_articles(some)
    return [row for row in await person.comments() if row["article_id"] in articles]


async def _erase_comments(database: Database, actor: str, comments: Sequence[_Row], moment: datetime) -> None:
    """Empty them, many in one statement, and count anew: somebody with ten thousand holds the locks for seconds."""
    gone = {**_NOBODY, **body_columns(read_body("", 0)), "status": CommentStatus.DELETED, "erased_at": moment}
    for some in chunks([row["id"] for row in comments]):
        await _announce(database, actor, some)
        await Comment.filter(id__in=some).update(**gone, updated_at=moment, version=F("version") + 1)
        await ScreeningSignal.filter(comment_id__in=some).update(detail=None)
        # Reasons quote: those of rules do, and moderators may.
        await ModerationDecision.filter(comment_id__in=some).update(reason=None)
        await CommentFlag.filter(comment_id__in=some).update(detail=None)
        await ReplySubscription.filter(comment_id__in=some).delete()
    for some in chunks(sorted({row["article_id"] for row in comments})):
        await recount_articles(database, some)


async def _erase_lessons(comments: Sequence[_Row]) -> None:
    """Forget what was learned, if any of it was learned from these: within a minute it is learned anew without them."""
    for some in chunks([row["id"] for row in comments]):
        if await ModerationDecision.filter(comment_id__in=some, automatic=False).exists():
            await SpamModel.all().delete()
            return


async def _announce(database: Database, actor: str, ids: Sequence[UUID]) -> None:
    """Tell whoever follows the log, before it is so, of each comment that takes another status by it."""
    standing = await Comment.filter(id__in=ids).exclude(status=CommentStatus.DELETED).order_by("id")
    await append_events(database, actor, [change_of(comment, CommentStatus.DELETED) for comment in standing])


async def _erase_messages(messages: Sequence[Message], moment: datetime) -> None:
    gone = {"name": "", "email": "", "email_key": "", "body": "", "address_hash": None, "erased_at": moment}
    for some in chunks([message.id for message in messages]):
        await Message.filter(id__in=some).update(**gone)


async def _erase_letters(person: Person, comments: Sequence[_Row], messages: Sequence[Message]) -> None:
    """Take back what waits to be mailed to them, for them, or about what they wrote."""
    ids = frozenset(row["id"] for row in comments) | frozenset(message.id for message in messages)
    await _delete(Job, [job.id async for job in jobs_with(Traces(person, ids))])


async def _delete(table: type[ReplySubscription | ReaderLink | Job], ids: Sequence[UUID]) -> None:
    for some in chunks(ids):
        await table.filter(id__in=some).delete()
