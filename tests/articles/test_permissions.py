"""Who may do what with an article, row by row."""

import pytest

from cms.articles.permissions import article_actions, viewer_can
from cms.articles.vocabulary import ArticleAction, ArticleStatus
from cms.kernel import clock
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from cms.reading.entity import ReadContext
from tests.articles.world import EDITOR, WRITER

MODERATOR = Viewer(frozenset({Scope.CONTENT_PREVIEW, Scope.COMMENTS_MODERATE}))
_WRITES = ["EDIT", "SUBMIT", "RESTORE"]
_OPEN = ["EDIT", "SUBMIT", "PUBLISH", "SCHEDULE", "ARCHIVE", "RESTORE", "DELETE"]
_PUBLIC = ["EDIT", "SUBMIT", "PUBLISH", "SCHEDULE", "UNPUBLISH", "ARCHIVE", "RESTORE", "DELETE"]


@pytest.mark.parametrize(
    ("status", "writer", "editor"),
    [
        ("DRAFT", [*_WRITES, "DELETE"], _OPEN),
        ("SCHEDULED", _WRITES, _OPEN),
        ("PUBLISHED", _WRITES, _PUBLIC),
        ("UNPUBLISHED", _WRITES, _OPEN),
        ("ARCHIVED", ["RESTORE"], ["RESTORE", "DELETE"]),
    ],
)
def test_the_table(status: str, writer: list[str], editor: list[str]) -> None:
    """A button that does nothing, or a deed that no button shows."""
    stands = ArticleStatus(status)

    assert article_actions(WRITER, stands, in_review=False) == [ArticleAction(name) for name in writer]
    assert article_actions(EDITOR, stands, in_review=False) == [ArticleAction(name) for name in editor]
    assert article_actions(SYSTEM, stands, in_review=False) == [ArticleAction(name) for name in editor]
    assert article_actions(MODERATOR, stands, in_review=False) == []
    assert article_actions(ANONYMOUS, stands, in_review=False) == []


def test_a_review_is_returned_by_editors_and_not_opened_twice() -> None:
    """A writer who returns an article to itself; a second review of the same."""
    draft = ArticleStatus.DRAFT

    assert ArticleAction.SUBMIT not in article_actions(WRITER, draft, in_review=True)
    assert ArticleAction.RETURN not in article_actions(WRITER, draft, in_review=True)
    assert ArticleAction.RETURN in article_actions(EDITOR, draft, in_review=True)
    assert ArticleAction.RETURN not in article_actions(EDITOR, draft, in_review=False)


def test_what_readers_are_shown_is_the_same_table() -> None:
    """`viewerCan` from another source would promise what is refused."""
    context = ReadContext(WRITER, clock.now())

    assert viewer_can(context, None, "ARCHIVED", False) == ["RESTORE"]
