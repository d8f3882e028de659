"""Closing the comments under one article, and opening them again."""

import pytest

from cms.articles.models import Article
from cms.comments.closing import set_comments_open
from cms.comments.errors import CommentsClosed
from cms.comments.models import Comment
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import NotAllowed, NotFound, StateConflict
from cms.kernel.ids import new_id
from cms.kernel.models import Event
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from tests.comments.world import DAY, NOON, PUBLISHED_AT, make_article, make_draft, make_site, say

pytestmark = pytest.mark.asyncio

MODERATOR = Viewer(frozenset({Scope.COMMENTS_MODERATE}), actor="token:moderator")
EDITOR = Viewer(frozenset({Scope.CONTENT_PREVIEW, Scope.CONTENT_WRITE}), actor="user:editor")


async def test_a_moderator_closes_and_opens_one_article(database: Database) -> None:
    """A quarrel would go on until an editor comes in; or nobody could ever go back to it."""
    await make_site()
    quarrel, other = await make_article(), await make_article()
    first = await say(database, quarrel)

    with clock.at(NOON):
        closed = await set_comments_open(database, MODERATOR, quarrel.id, is_open=False)
        with pytest.raises(CommentsClosed):
            await say(database, quarrel, "One more thing.")
        with pytest.raises(CommentsClosed):
            await say(database, quarrel, "One more answer.", parent_id=first.id)
        await say(database, other)
        # Closing what is closed changes nothing.
        again = await set_comments_open(database, MODERATOR, quarrel.id, is_open=False)
        opened = await set_comments_open(database, MODERATOR, quarrel.id, is_open=True)
        await say(database, quarrel, "One more thing.")

    assert (closed.version, again.version, opened.version) == (2, 2, 3)
    assert await Comment.filter(article_id=quarrel.id).count() == 2
    events = await Event.filter(node_id=quarrel.id).order_by("seq")
    assert [(event.type, event.actor, event.payload) for event in events] == [
        ("ARTICLE_UPDATED", "token:moderator", {"version": version, "commentsOpen": is_open})
        for version, is_open in ((2, False), (3, True))
    ]


async def test_who_may_close_what(database: Database) -> None:
    """Writers could silence their readers; or a moderator learn which articles are being written."""
    await make_site()
    article, draft = await make_article(), await make_draft()

    with clock.at(NOON):
        for viewer in (ANONYMOUS, EDITOR):
            with pytest.raises(NotAllowed):
                await set_comments_open(database, viewer, article.id, is_open=False)
        for key in (draft.id, new_id()):
            with pytest.raises(NotFound):
                await set_comments_open(database, MODERATOR, key, is_open=False)
        await set_comments_open(database, SYSTEM, draft.id, is_open=False)

    assert dict(await Article.all().values_list("id", "comments_open")) == {article.id: None, draft.id: False}


async def test_what_time_has_closed_is_not_opened_by_a_switch(database: Database) -> None:
    """A moderator would be told that comments are open, and readers that they are not."""
    await make_site(comments_close_after_days=14)
    article = await make_article()
    last, over = PUBLISHED_AT + 14 * DAY - DAY / 2, PUBLISHED_AT + 14 * DAY

    await say(database, article, "Just in time.", at=last)
    with pytest.raises(CommentsClosed):
        await say(database, article, "Too late.", at=over)
    with clock.at(over), pytest.raises(StateConflict, match="Comments closed on 2026-03-16 09:00 UTC"):
        await set_comments_open(database, MODERATOR, article.id, is_open=True)
    # What the editors allow again is open again.
    await Article.filter(id=article.id).update(comments_close_after_days=30)
    await say(database, article, "There is more to say.", at=over)

    assert (await Article.get(id=article.id)).version == 1
    assert await Comment.all().count() == 2
