"""Changing a comment: by its writer, for a while, screened again, and never further out than it stood."""

from datetime import timedelta

import pytest

from cms.articles.models import Article, Publication
from cms.comments.actions import delete_comment, moderate_comments
from cms.comments.drafts import CommentEdit
from cms.comments.edit_tokens import edit_token
from cms.comments.editing import edit_comment
from cms.comments.errors import RepeatedComment
from cms.comments.models import Comment, CommentStatus, ModerationAction, ModerationDecision, ScreeningSignal
from cms.comments.permissions import EDIT_WINDOW
from cms.kernel.clock import at
from cms.kernel.comment_policy import CommentModeration
from cms.kernel.database import Database
from cms.kernel.errors import DomainError, NotFound, RateLimited, Required, StateConflict, TooLong
from cms.kernel.models import Event
from cms.kernel.viewer import ANONYMOUS, SYSTEM
from tests.articles.world import every_row
from tests.comments.world import (
    NOON,
    counted_standing,
    fresh,
    make_article,
    make_site,
    say,
    stored_standing,
)

pytestmark = pytest.mark.asyncio

SOON = NOON + timedelta(minutes=5)
ADDRESS = "203.0.113.9"


async def edit(
    database: Database, comment: Comment, body: str = "Very well said.", token: str | None = None
) -> Comment:
    """Change a comment by its own token, unless another is given."""
    given = edit_token(comment.id) if token is None else token
    return await edit_comment(database, ANONYMOUS, CommentEdit(comment.id, given, body), ADDRESS)


async def told(comment: Comment) -> list[tuple[str, object]]:
    """What the log says of a comment, oldest first."""
    return [(each.type, each.payload) for each in await Event.filter(node_id=comment.id).order_by("seq")]


async def test_every_form_of_the_text_changes(database: Database) -> None:
    """Searches would find, and screens show, what its writer took back."""
    await make_site()
    comment = await say(database, await make_article(), "Wel said.")

    with at(SOON):
        await edit(database, comment, "*Well* said.")

    stored = await fresh(comment)
    assert (stored.body_html, stored.body_text) == ("<p><em>Well</em> said.</p>", "Well said.")
    assert (stored.body_key, stored.body_markdown) == ("well said.", "*Well* said.\n")
    assert (stored.status, stored.is_listed, stored.version) == (CommentStatus.APPROVED, True, 2)
    assert (stored.created_at, stored.edited_at, stored.updated_at) == (NOON, SOON, SOON)
    assert (await told(comment))[2:] == [("COMMENT_EDITED", {"status": "APPROVED"})]


async def test_the_same_text_again_changes_nothing(database: Database) -> None:
    """Whoever opens the form and closes it again would have their comment marked as changed."""
    await make_site()
    comment = await say(database, await make_article(), "Well said.")

    with at(SOON):
        await edit(database, comment, " Well said.\n")

    assert ((await fresh(comment)).edited_at, len(await told(comment))) == (None, 2)


async def test_what_the_rules_hold_is_held_and_leaves_the_counts(database: Database) -> None:
    """Advertising would come in as a change of something innocent; or numbers would count what nobody sees."""
    await make_site()
    article = await make_article()
    root = await say(database, article, "First")
    reply = await say(database, article, "Second", parent_id=root.id)

    with at(SOON):
        held = await edit(database, reply, "Buy now! https://a.example https://b.example https://c.example")

    assert (held.status, held.is_listed) == (CommentStatus.PENDING, False)
    assert (await Article.get(id=article.id)).comment_count == 1
    assert await stored_standing() == await counted_standing()
    signals = await ScreeningSignal.filter(comment_id=reply.id).order_by("position")
    assert [(signal.position, signal.rule) for signal in signals] == [(0, "many_links"), (1, "sales_talk")]
    decision = await ModerationDecision.get(comment_id=reply.id)
    assert (decision.action, decision.automatic, decision.rule) == (ModerationAction.HOLD, True, "many_links")
    assert (decision.previous_status, decision.created_at) == (CommentStatus.APPROVED, SOON)
    assert (await told(reply))[2:] == [
        ("COMMENT_REMOVED", {"status": "PENDING", "previous_status": "APPROVED"}),
        ("COMMENT_EDITED", {"status": "PENDING"}),
    ]


@pytest.mark.parametrize(
    ("action", "status"),
    [
        (ModerationAction.HOLD, CommentStatus.PENDING),
        (ModerationAction.REJECT, CommentStatus.REJECTED),
        (ModerationAction.MARK_SPAM, CommentStatus.SPAM),
    ],
)
async def test_a_change_brings_nothing_out(database: Database, action: ModerationAction, status: CommentStatus) -> None:
    """Whoever was turned down would let themselves in again."""
    await make_site()
    comment = await say(database, await make_article(), "Badly said.")
    await moderate_comments(database, SYSTEM, [comment.id], action)

    with at(SOON):
        await edit(database, comment)

    stored = await fresh(comment)
    assert (stored.status, stored.is_listed, stored.body_text) == (status, False, "Very well said.")
    assert await ModerationDecision.filter(comment_id=comment.id).count() == 1
    assert (await told(comment))[-1] == ("COMMENT_EDITED", {"status": status})


@pytest.mark.parametrize("mode", [CommentModeration.BEFORE_PUBLICATION, CommentModeration.FIRST_COMMENT_ONLY])
async def test_a_moderator_approved_other_words(database: Database, mode: CommentModeration) -> None:
    """A first comment would be let through for its politeness, and then say what it came to say."""
    await make_site(comments_moderation=mode)
    comment = await say(database, await make_article())
    await moderate_comments(database, SYSTEM, [comment.id], ModerationAction.APPROVE)

    with at(SOON):
        held = await edit(database, comment)

    assert held.status is CommentStatus.PENDING
    assert await stored_standing() == await counted_standing()


@pytest.mark.parametrize(
    ("body", "error"),
    [("x" * 21, TooLong), (" \u200b ", Required), ("Another one.", RepeatedComment)],
)
async def test_refused_as_a_new_comment_would_be(database: Database, body: str, error: type[DomainError]) -> None:
    """What may not be stored would be, by way of a change."""
    await make_site(comments_max_length=20)
    article = await make_article()
    comment = await say(database, article)
    await say(database, article, "Another one.")
    before = await every_row(database)

    with at(SOON), pytest.raises(error) as refusal:
        await edit(database, comment, body)

    assert refusal.value.path == ("body",)
    assert await every_row(database) == before


async def test_the_window_closes(database: Database) -> None:
    """People would find themselves answering what was never said."""
    await make_site()
    comment = await say(database, await make_article())

    with at(NOON + EDIT_WINDOW - timedelta(microseconds=1)):
        await edit(database, comment)
    with at(NOON + EDIT_WINDOW), pytest.raises(StateConflict, match="is over"):
        await edit(database, comment, "Something else.")

    assert (await fresh(comment)).body_text == "Very well said."


async def test_only_its_own_token_changes_a_comment(database: Database) -> None:
    """Whoever once wrote could write in everybody's name; moderators too decide, and put no words into mouths."""
    await make_site()
    article = await make_article()
    comment, other = await say(database, article), await say(database, article, "Mine")
    before = await every_row(database)

    for token in ("", "0.0", edit_token(other.id), str(comment.id)):
        with at(SOON), pytest.raises(NotFound):
            await edit(database, comment, token=token)
        with at(SOON), pytest.raises(NotFound):
            await edit_comment(database, SYSTEM, CommentEdit(comment.id, token, "Mine now."), ADDRESS)

    assert await every_row(database) == before


async def test_what_was_taken_away_stays_as_it_is(database: Database) -> None:
    """A text would come back under what its writer took back."""
    await make_site()
    comment = await say(database, await make_article())
    await delete_comment(database, ANONYMOUS, comment.id, edit_token(comment.id))

    with at(SOON), pytest.raises(StateConflict, match="was taken away"):
        await edit(database, comment)


async def test_closed_comments_and_withdrawn_articles_leave_the_window_open(database: Database) -> None:
    """A writer's slip would stand for ever because an editor ended the conversation in the minute after it."""
    await make_site()
    article = await make_article()
    comment = await say(database, article)
    await Article.filter(id=article.id).update(comments_open=False)
    await Publication.filter(article_id=article.id).update(ends_at=NOON + timedelta(minutes=1))

    with at(SOON):
        await edit(database, comment)

    assert (await fresh(comment)).body_text == "Very well said."


async def test_ten_changes_in_ten_minutes(database: Database) -> None:
    """A program would have us screen, store and tell of changes as fast as it can send them."""
    await make_site()
    comment = await say(database, await make_article())

    with at(SOON):
        for number in range(10):
            await edit(database, comment, f"Version {number}")
        with pytest.raises(RateLimited) as refusal:
            await edit(database, comment, "Version 10")

    assert refusal.value.retry_after == 600
    assert (await fresh(comment)).body_text == "Version 9"
