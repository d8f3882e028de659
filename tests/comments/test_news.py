"""What an event of a comment means to those who look on: nothing that they could not see."""

from datetime import UTC, datetime

import pytest

from cms.comments.models import CommentStatus
from cms.comments.news import MODERATORS_HEAR, READERS_HEAR, CommentEventKind, for_moderators, for_readers
from cms.kernel.event_log import LoggedEvent
from cms.kernel.events import EventType
from cms.kernel.ids import GlobalId, NodeType, new_id

ADDED, EDITED, REMOVED = CommentEventKind
PENDING, APPROVED, SPAM, REJECTED, DELETED = CommentStatus


def _event(type_: EventType, status: CommentStatus | None, before: CommentStatus | None = None) -> LoggedEvent:
    payload = {"status": status, "previous_status": before}
    node = GlobalId(NodeType.COMMENT, new_id())
    return LoggedEvent(1, new_id(), type_, "anonymous", node, new_id(), payload, datetime(2026, 3, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("event", "readers", "moderators"),
    [
        # As comments are posted: the second event tells of one that is shown at once.
        (_event(EventType.COMMENT_POSTED, PENDING), None, ADDED),
        (_event(EventType.COMMENT_POSTED, APPROVED), None, None),
        (_event(EventType.COMMENT_APPROVED, APPROVED), ADDED, None),
        # As moderators decide.
        (_event(EventType.COMMENT_APPROVED, APPROVED, PENDING), ADDED, REMOVED),
        (_event(EventType.COMMENT_APPROVED, APPROVED, SPAM), ADDED, None),
        (_event(EventType.COMMENT_REMOVED, PENDING, APPROVED), REMOVED, ADDED),
        (_event(EventType.COMMENT_REMOVED, PENDING, SPAM), None, ADDED),
        (_event(EventType.COMMENT_REMOVED, SPAM, PENDING), None, REMOVED),
        (_event(EventType.COMMENT_REMOVED, SPAM, APPROVED), REMOVED, REMOVED),
        (_event(EventType.COMMENT_REMOVED, REJECTED, SPAM), None, None),
        (_event(EventType.COMMENT_REMOVED, DELETED, APPROVED), REMOVED, REMOVED),
        (_event(EventType.COMMENT_REMOVED, DELETED, PENDING), None, REMOVED),
        # As their writers change them.
        (_event(EventType.COMMENT_EDITED, APPROVED), EDITED, None),
        (_event(EventType.COMMENT_EDITED, PENDING), None, EDITED),
        (_event(EventType.COMMENT_EDITED, SPAM), None, None),
        (_event(EventType.COMMENT_FLAGGED, None), None, ADDED),
        (_event(EventType.ARTICLE_PUBLISHED, None), None, None),
    ],
    ids=lambda given: f"{given.type}-{given.payload}" if isinstance(given, LoggedEvent) else None,
)
def test_what_an_event_means(
    event: LoggedEvent, readers: CommentEventKind | None, moderators: CommentEventKind | None
) -> None:
    """Readers would be told that something waits; or moderators of what never was theirs to decide."""
    assert (for_readers(event), for_moderators(event)) == (readers, moderators)
    assert readers is None or event.type in READERS_HEAR
    assert moderators is None or event.type in MODERATORS_HEAR
