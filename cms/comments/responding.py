"""What readers do with other people's comments: report one, react to one.

The one thing to know: a reader has one report and one reaction for each comment. Whoever holds the article's lock looks
whether there is one, so that of a hundred at once one counts.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise.expressions import F

from cms.articles.models import Article
from cms.comments.actions import event_of, locked_threads, not_there
from cms.comments.models import Comment, CommentFlag, CommentReaction, CommentStatus, FlagReason, Reaction
from cms.comments.places import is_public
from cms.comments.receiving import FLAGGING, REACTING, count_try
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.errors import InvalidInput, Required, TooLong
from cms.kernel.events import EventType, append_events
from cms.kernel.inputs import optional_text
from cms.kernel.secrecy import keyed_hash
from cms.kernel.throttling import block_of
from cms.kernel.viewer import Scope, Viewer

MAX_DETAIL_CHARS: Final = 1000
MIN_READER_KEY_CHARS: Final = 16
MAX_READER_KEY_CHARS: Final = 200


async def flag_comment(
    database: Database,
    viewer: Viewer,
    comment_id: UUID,
    reason: FlagReason,
    detail: str | None = None,
    *,
    address: str | None = None,
) -> Comment:
    """Report a comment to the moderators. Whoever reports it again is thanked, and the first report stands.

    Args:
        database: where.
        viewer: who reports; somebody who is not signed in is known by their block of addresses.
        comment_id: what.
        reason: why.
        detail: what they have to say about it, at most 1,000 characters.
        address: where the request comes from.

    Raises:
        NotFound: readers see no such comment.
        Required, TooLong, InvalidInput: the detail is missing, or cannot be taken.
        RateLimited: too many reports came from this block of addresses.
    """
    said = optional_text(detail, ("detail",), MAX_DETAIL_CHARS)
    if said is None and reason is FlagReason.OTHER:
        raise Required("Say what is wrong with it.", ("detail",))
    async with transaction(database):
        await count_try(database, FLAGGING, address)
        comment = await _seen(viewer, comment_id)
        reader = keyed_hash("flag", str(viewer.user_id) if viewer.user_id else block_of(address))
        if not await CommentFlag.filter(comment_id=comment.id, reader_hash=reader).exists():
            await CommentFlag.create(
                comment_id=comment.id, reason=reason, detail=said, reader_hash=reader, created_at=now()
            )
            await Comment.filter(id=comment.id).update(flag_count=F("flag_count") + 1)
            flagged = event_of(EventType.COMMENT_FLAGGED, comment, {"reason": reason})
            await append_events(database, viewer.actor, [flagged])
    return comment


async def react_to_comment(
    database: Database,
    viewer: Viewer,
    comment_id: UUID,
    reaction: Reaction,
    reader_key: str,
    *,
    remove: bool = False,
    address: str | None = None,
) -> Comment:
    """React to a comment, or take the reaction back. Another reaction of the same reader takes the first one's place.

    Args:
        database: where.
        viewer: who reacts.
        comment_id: to what.
        reaction: how.
        reader_key: by which the client knows its reader again, 16 to 200 characters; only a keyed hash is kept.
        remove: take it back; what is not there, or is another reaction, stays as it is.
        address: where the request comes from.

    Raises:
        NotFound: readers see no such comment.
        InvalidInput, TooLong: the key is too short or too long.
        RateLimited: too many reactions came from this block of addresses.
    """
    reader = reader_hash(reader_key)
    async with transaction(database):
        await count_try(database, REACTING, address)
        comment = await _seen(viewer, comment_id)
        before = await CommentReaction.get_or_none(comment_id=comment.id, reader_hash=reader)
        held = before.reaction if before else None
        after = (None if held is reaction else held) if remove else reaction
        if after is not held:
            await _settle(comment.id, reader, after, now())
            await _count(comment.id, held, after)
    return comment


def reader_hash(reader_key: str) -> str:
    """The keyed hash by which a reader is known again.

    Raises:
        InvalidInput, TooLong: the key is too short to be nobody else's, or too long.
    """
    if len(reader_key) < MIN_READER_KEY_CHARS:
        raise InvalidInput(f"Make a key of at least {MIN_READER_KEY_CHARS} random characters.", ("readerKey",))
    if len(reader_key) > MAX_READER_KEY_CHARS:
        raise TooLong(f"Make a key of at most {MAX_READER_KEY_CHARS} characters.", ("readerKey",))
    return keyed_hash("reader", reader_key)


async def _seen(viewer: Viewer, comment_id: UUID) -> Comment:
    """An approved comment that the viewer sees, its article locked."""
    comment = (await locked_threads([comment_id], ("id",)))[comment_id]
    if comment.status is not CommentStatus.APPROVED or not await _sees_article(viewer, comment.article_id):
        raise not_there()
    return comment


async def _sees_article(viewer: Viewer, article_id: UUID) -> bool:
    """As readers of comments see articles; see the anchor of their entity."""
    if not await Article.filter(id=article_id, deleted_at=None).exists():
        return False
    is_insider = viewer.may(Scope.COMMENTS_MODERATE) or viewer.may(Scope.CONTENT_PREVIEW)
    return is_insider or await is_public(article_id, now())


async def _settle(comment_id: UUID, reader: str, reaction: Reaction | None, at: datetime) -> None:
    """Have the reader's reaction be this one, or none."""
    await CommentReaction.filter(comment_id=comment_id, reader_hash=reader).delete()
    if reaction is not None:
        await CommentReaction.create(comment_id=comment_id, reader_hash=reader, reaction=reaction, created_at=at)


async def _count(comment_id: UUID, before: Reaction | None, after: Reaction | None) -> None:
    """Move the counters of a comment from one reaction to the other."""
    changes = {"reaction": (after is not None) - (before is not None)}
    for reaction in Reaction:
        changes[reaction.lower()] = (reaction is after) - (reaction is before)
    moved = {f"{name}_count": F(f"{name}_count") + change for name, change in changes.items() if change}
    await Comment.filter(id=comment_id).update(**moved)
