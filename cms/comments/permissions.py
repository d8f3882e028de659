"""What somebody may do with a comment. The reader's `viewerCan` and the actions ask here, so they cannot disagree."""

from datetime import datetime, timedelta
from typing import Final

from cms.comments.models import CommentStatus
from cms.comments.vocabulary import CommentAction
from cms.kernel.viewer import Scope, Viewer

#: For how long after it was posted its writer may change a comment: time for a typing error, none for another opinion.
EDIT_WINDOW: Final = timedelta(minutes=15)


def editable_until(created_at: datetime, status: str, erased_at: datetime | None) -> datetime | None:
    """When a comment's edit window closes, or closed; None where nothing is left to change."""
    return None if erased_at is not None or status == CommentStatus.DELETED else created_at + EDIT_WINDOW


def comment_actions(
    viewer: Viewer,
    *,
    is_open: bool,
    depth: int,
    max_depth: int,
    status: str,
    is_own: bool = False,
    is_editable: bool = False,
) -> list[CommentAction]:
    """What `viewer` may do, in the order of CommentAction.

    Args:
        viewer: who asks.
        is_open: whether the article takes comments now.
        depth: of the comment.
        max_depth: of the deepest reply that the article's policy allows.
        status: of the comment, as CommentStatus writes it.
        is_own: whether the caller holds the comment's edit token.
        is_editable: whether its edit window is open; only its writer may edit.
    """
    is_moderator, is_public = viewer.may(Scope.COMMENTS_MODERATE), status == CommentStatus.APPROVED
    is_there = status != CommentStatus.DELETED
    allowed = {
        CommentAction.REPLY: is_public and is_open and depth < max_depth,
        CommentAction.EDIT: is_there and is_own and is_editable,
        CommentAction.DELETE: is_there and (is_own or is_moderator),
        CommentAction.FLAG: is_public,
        CommentAction.MODERATE: is_moderator,
    }
    return [action for action in CommentAction if allowed[action]]
