"""Changing a comment after it was posted: its writer may, for a while, and what is new is screened like any comment.

The one thing to know: a change never brings a comment further out than it stood. What was shown may be held again; what
waits, or was turned down, stays where it is until a moderator decides.
"""

from dataclasses import dataclass
from datetime import datetime

from cms.articles.models import Article
from cms.comments.actions import change_of, event_of, locked_threads, not_there
from cms.comments.akismet import ask_akismet
from cms.comments.bodies import Body
from cms.comments.counting import Threads
from cms.comments.drafts import CommentEdit, body_of
from cms.comments.edit_tokens import comment_of
from cms.comments.models import Comment, CommentStatus, ScreeningSignal
from cms.comments.moderation import Screening
from cms.comments.permissions import editable_until
from cms.comments.places import the_site
from cms.comments.policy import CommentPolicy, policy_of
from cms.comments.receiving import EDITING, count_try
from cms.comments.records import body_columns, record_hold, record_signals
from cms.comments.screening import Arriving, examine
from cms.comments.writers import writer_of
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.errors import StateConflict
from cms.kernel.events import EventType, append_events
from cms.kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class _Change:
    """Another text for a comment, and what the rules say of it."""

    comment: Comment
    body: Body
    screening: Screening
    at: datetime
    address: str | None

    @property
    def hides(self) -> bool:
        """Whether readers lose sight of the comment until a moderator has looked at it."""
        return self.comment.status is CommentStatus.APPROVED and self.screening.status is CommentStatus.PENDING


async def edit_comment(database: Database, viewer: Viewer, edit: CommentEdit, address: str | None) -> Comment:
    """Give a comment another text. The same text again changes nothing.

    Args:
        database: where.
        viewer: who asks; the token says that they wrote it.
        edit: which comment, and the text.
        address: where the request comes from.

    Raises:
        NotFound: the token is not that comment's.
        StateConflict: it was taken away, or its edit window is over.
        RateLimited: too many changes came from this block of addresses.
        Required, TooLong, RepeatedComment, InvalidInput: the text is refused as a new comment's would be.
    """
    if comment_of(edit.edit_token) != edit.comment_id:
        raise not_there()
    async with transaction(database):
        await count_try(database, EDITING, address)
        threads, moment = await locked_threads([edit.comment_id], ("id",)), now()
        comment = threads[edit.comment_id]
        _stop_if_settled(comment, moment)
        policy = await _policy_for(comment)
        body = body_of(edit.body, policy.max_length)
        if body.rendered.markdown != comment.body_markdown:
            screening = await examine(_arriving(comment, policy, body, moment, address))
            await _rewrite(database, viewer, threads, _Change(comment, body, screening, moment, address))
    return comment


def _stop_if_settled(comment: Comment, moment: datetime) -> None:
    until = editable_until(comment.created_at, comment.status, comment.erased_at)
    if until is None:
        raise StateConflict("This comment was taken away: write a new one.", ("id",))
    if moment >= until:
        raise StateConflict("The time for changing this comment is over: answer it, or take it away.", ("id",))


async def _policy_for(comment: Comment) -> CommentPolicy:
    """The rules for a text under the comment's article, which may have been taken off the site meanwhile.

    When comments close is nobody's question here, and so neither is when the article came out; terms were accepted.
    """
    article = await Article.get(id=comment.article_id)
    return policy_of(await the_site(), article, comment.created_at, None)


def _arriving(comment: Comment, policy: CommentPolicy, body: Body, at: datetime, address: str | None) -> Arriving:
    return Arriving(
        article_id=comment.article_id,
        policy=policy,
        writer=writer_of(comment),
        body=body,
        at=at,
        by_contributor=comment.by_contributor,
        address=address,
        replaces=comment.id,
    )


async def _rewrite(database: Database, viewer: Viewer, threads: Threads, change: _Change) -> None:
    """Write the text, what the rules said of it instead of the old one, and what follows from that."""
    comment, columns = change.comment, body_columns(change.body)
    comment.update_from_dict({**columns, "edited_at": change.at, "updated_at": change.at})
    comment.version += 1
    await comment.save(update_fields=(*columns, "edited_at", "updated_at", "version"))
    await ScreeningSignal.filter(comment_id=comment.id).delete()
    await record_signals(comment, change.screening)
    await ask_akismet(database, comment, change.screening, change.address)
    events = []
    if change.hides:
        events.append(change_of(comment, CommentStatus.PENDING))
        await record_hold(comment, change.screening, change.at, previous=comment.status)
        threads.set_status(comment, CommentStatus.PENDING)
        await threads.save()
    edited = event_of(EventType.COMMENT_EDITED, comment, {"status": comment.status})
    # In this order: whoever looks on is told that it waits before being told what it says now.
    await append_events(database, viewer.actor, [*events, edited])
