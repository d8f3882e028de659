"""Who is written to about comments: read from the event log, and put down as jobs that write the letters.

The one thing to know: what happened is looked at as it stands when the log is read, and once more when the letter is
written, so nobody is told of what was taken away meanwhile. Old news is not mailed at all: a worker that was down for a
week, or reads its first log from the beginning, would write to people about what they forgot.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from cms.accounts.models import User
from cms.accounts.roles import SCOPES_OF
from cms.comments.letter_jobs import CONFIRMATION, DIGEST, REPLY, hold_off_erasures
from cms.comments.models import Comment, CommentStatus, ReplySubscription
from cms.comments.news import CommentEventKind, for_moderators
from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.event_log import LoggedEvent
from cms.kernel.events import EventType
from cms.kernel.following import Handler
from cms.kernel.jobs import enqueue
from cms.kernel.models import Event
from cms.kernel.viewer import Scope

#: How long news is worth a letter.
NEWS_FOR: Final = timedelta(days=2)
#: The roles of those who may decide about comments.
MODERATING: Final = tuple(role for role, scopes in SCOPES_OF.items() if Scope.COMMENTS_MODERATE in scopes)

Events = Sequence[LoggedEvent]


def follower(digest_every: timedelta) -> Handler:
    """What follows the log for the sake of mail.

    Args:
        digest_every: how long news for moderators is gathered before they are written to; no time at all writes none.
    """

    async def follow(database: Database, events: Events) -> None:
        await hold_off_erasures(database)
        await _end_for_good(events)
        recent = [event for event in events if event.at > now() - NEWS_FOR]
        await _ask_to_confirm(database, recent)
        await _tell_of_replies(database, recent)
        if digest_every and any(for_moderators(event) is CommentEventKind.ADDED for event in recent):
            await _tell_moderators(database, digest_every)

    return follow


def _comments(events: Events, kind: EventType) -> set[UUID]:
    return {event.node.key for event in events if event.type == kind}


async def _end_for_good(events: Events) -> None:
    """Nobody waits for replies to what was taken away or erased, and a moderator's change of mind asks nobody anew."""
    removals = [event for event in events if event.type == EventType.COMMENT_REMOVED]
    gone = {event.node.key for event in removals if event.payload.get("status") == CommentStatus.DELETED}
    if gone:
        await ReplySubscription.filter(comment_id__in=sorted(gone), ended_at=None).update(ended_at=now())


async def _ask_to_confirm(database: Database, events: Events) -> None:
    """One job for each address: while it waits, more comments with the same address add nothing to it.

    Whoever commented on another site was asked by that one.
    """
    posted = _comments([event for event in events if not event.payload.get("imported")], EventType.COMMENT_POSTED)
    if not posted:
        return
    asked_for = ReplySubscription.filter(comment_id__in=sorted(posted), confirmed_at=None, ended_at=None)
    for email_key in sorted(set(await asked_for.values_list("email_key", flat=True))):
        payload = {"emailKey": email_key}
        await enqueue(database, CONFIRMATION, payload, unique_key=f"{CONFIRMATION}:{email_key}")


async def _tell_of_replies(database: Database, events: Events) -> None:
    """One job for each reply that comes out for the first time, where somebody waits for it."""
    approvals = [event for event in events if event.type == EventType.COMMENT_APPROVED]
    if not approvals:
        return
    first, awaited = await _first_approvals(approvals), await _awaited(approvals)
    for event in approvals:
        if first[event.node.key] == event.seq and event.node.key in awaited:
            payload = {"eventId": str(event.id), "commentId": str(event.node.key)}
            await enqueue(database, REPLY, payload, unique_key=f"{REPLY}:{event.node.key}")


async def _first_approvals(approvals: Events) -> dict[UUID, int]:
    """When each comment came out for the first time, as a place in the log.

    Held and approved again it is no news: whoever waited has read of it, or it was held before anybody could.
    """
    comments = sorted({event.node.key for event in approvals})
    told = Event.filter(node_id__in=comments, type=EventType.COMMENT_APPROVED.value)
    return dict(await told.order_by("-seq").values_list("node_id", "seq"))


async def _awaited(approvals: Events) -> Collection[UUID]:
    """The comments among these that answer one to which somebody awaits replies."""
    comments = sorted({event.node.key for event in approvals})
    answers = dict(await Comment.filter(id__in=comments, parent_id__not_isnull=True).values_list("id", "parent_id"))
    awaiting = ReplySubscription.filter(comment_id__in=sorted(set(answers.values())), ended_at=None)
    parents = set(await awaiting.filter(confirmed_at__not_isnull=True).values_list("comment_id", flat=True))
    return {comment for comment, parent in answers.items() if parent in parents}


async def _tell_moderators(database: Database, after: timedelta) -> None:
    """A letter is put off to gather what else comes, and there is one for each of them until it is written."""
    run_at = now() + after
    for user_id in await User.filter(active=True, role__in=MODERATING).order_by("id").values_list("id", flat=True):
        await enqueue(database, DIGEST, {"userId": str(user_id)}, run_at=run_at, unique_key=f"{DIGEST}:{user_id}")
