"""What each kind of caller may do with a comment in each state."""

from datetime import datetime

import pytest

from cms.comments.models import CommentStatus
from cms.comments.permissions import EDIT_WINDOW, comment_actions, editable_until
from cms.comments.vocabulary import CommentAction
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from tests.comments.world import NOON

REPLY, EDIT, DELETE, FLAG, MODERATE = CommentAction
MODERATOR = Viewer(scopes=frozenset([Scope.COMMENTS_MODERATE]))
WRITER = Viewer(scopes=frozenset([Scope.CONTENT_WRITE]))


@pytest.mark.parametrize(
    ("viewer", "status", "own", "allowed"),
    [
        (ANONYMOUS, "APPROVED", False, [REPLY, FLAG]),
        (ANONYMOUS, "APPROVED", True, [REPLY, EDIT, DELETE, FLAG]),
        (ANONYMOUS, "PENDING", False, []),
        (ANONYMOUS, "PENDING", True, [EDIT, DELETE]),
        (ANONYMOUS, "DELETED", True, []),
        (WRITER, "APPROVED", False, [REPLY, FLAG]),
        (WRITER, "SPAM", False, []),
        (MODERATOR, "APPROVED", False, [REPLY, DELETE, FLAG, MODERATE]),
        (MODERATOR, "SPAM", False, [DELETE, MODERATE]),
        (MODERATOR, "DELETED", False, [MODERATE]),
        (SYSTEM, "REJECTED", False, [DELETE, MODERATE]),
    ],
)
def test_who_may_do_what(viewer: Viewer, status: str, own: bool, allowed: list[CommentAction]) -> None:  # noqa: FBT001 - a column of the table
    """A button would be offered that fails, or one be missing that works. The reader passes the status as text."""
    for given in (status, CommentStatus(status)):
        found = comment_actions(viewer, is_open=True, depth=0, max_depth=4, status=given, is_own=own, is_editable=own)
        assert found == allowed


@pytest.mark.parametrize(("is_open", "depth", "allowed"), [(True, 3, True), (True, 4, False), (False, 0, False)])
def test_a_reply_needs_open_comments_and_room_below(is_open: bool, depth: int, allowed: bool) -> None:  # noqa: FBT001 - columns of the table
    """Readers would write a reply that is refused when they send it."""
    found = comment_actions(ANONYMOUS, is_open=is_open, depth=depth, max_depth=4, status=CommentStatus.APPROVED)

    assert (REPLY in found) == allowed


def test_the_edit_window_closes_for_editing_alone() -> None:
    """Writers could not take back what they may not change any more."""
    found = comment_actions(ANONYMOUS, is_open=False, depth=0, max_depth=4, status=CommentStatus.APPROVED, is_own=True)

    assert found == [DELETE, FLAG]


@pytest.mark.parametrize(
    ("status", "erased_at", "until"),
    [
        (CommentStatus.APPROVED, None, NOON + EDIT_WINDOW),
        (CommentStatus.SPAM, None, NOON + EDIT_WINDOW),
        (CommentStatus.REJECTED, None, NOON + EDIT_WINDOW),
        (CommentStatus.DELETED, None, None),
        (CommentStatus.APPROVED, NOON, None),
    ],
)
def test_the_edit_window(status: CommentStatus, erased_at: datetime | None, until: datetime | None) -> None:
    """What is gone could be written anew, or a writer be told by the window that theirs was taken for spam."""
    assert editable_until(NOON, status, erased_at) == until
