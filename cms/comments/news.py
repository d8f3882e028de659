"""What the event log says of comments to those who look on live: readers of an article, and moderators.

The one thing to know: an event is told by what became of a comment then. Whether somebody may still be told of it is
asked when it is told.
"""

from enum import StrEnum
from typing import Final

from cms.comments.models import CommentStatus
from cms.kernel.event_log import LoggedEvent
from cms.kernel.events import EventType


class CommentEventKind(StrEnum):
    """What a list of comments has to do: take one in, show another text, or let one go."""

    ADDED = "ADDED"
    EDITED = "EDITED"
    REMOVED = "REMOVED"


#: What concerns readers of an article, or moderators.
READERS_HEAR: Final = frozenset({EventType.COMMENT_APPROVED, EventType.COMMENT_EDITED, EventType.COMMENT_REMOVED})
MODERATORS_HEAR: Final = READERS_HEAR | {EventType.COMMENT_POSTED, EventType.COMMENT_FLAGGED}


def for_readers(event: LoggedEvent) -> CommentEventKind | None:
    """What an event means below an article; None where readers saw nothing of it.

    That something waited, or was turned down unseen, is not theirs to know.
    """
    match event.type:
        case EventType.COMMENT_APPROVED:
            return CommentEventKind.ADDED
        case EventType.COMMENT_EDITED if _is_now(event, CommentStatus.APPROVED):
            return CommentEventKind.EDITED
        case EventType.COMMENT_REMOVED if _was(event, CommentStatus.APPROVED):
            return CommentEventKind.REMOVED
    return None


def for_moderators(event: LoggedEvent) -> CommentEventKind | None:
    """What an event means for what moderators look after: comments that wait, and those that readers report."""
    match event.type:
        case EventType.COMMENT_FLAGGED:
            return CommentEventKind.ADDED
        case EventType.COMMENT_EDITED if _is_now(event, CommentStatus.PENDING):
            return CommentEventKind.EDITED
        case EventType.COMMENT_POSTED | EventType.COMMENT_REMOVED if _is_now(event, CommentStatus.PENDING):
            return CommentEventKind.ADDED
        case EventType.COMMENT_APPROVED | EventType.COMMENT_REMOVED if _was(event, CommentStatus.PENDING):
            return CommentEventKind.REMOVED
        # It may be one that a reader reported, which every moderator has before them.
        case EventType.COMMENT_REMOVED if _was(event, CommentStatus.APPROVED):
            return CommentEventKind.REMOVED
    return None


def _is_now(event: LoggedEvent, status: CommentStatus) -> bool:
    return bool(event.payload.get("status") == status)


def _was(event: LoggedEvent, status: CommentStatus) -> bool:
    return bool(event.payload.get("previous_status") == status)
