"""Deciding about comments, and taking one back."""

from uuid import uuid4

import pytest

from cms.articles.models import Article
from cms.comments.actions import delete_comment, moderate_comments, post_comment
from cms.comments.drafts import CommentDraft
from cms.comments.edit_tokens import comment_of, edit_token
from cms.comments.models import Comment, CommentStatus, ModerationAction, ModerationDecision
from cms.kernel.clock import at as clock_at
from cms.kernel.database import Database
from cms.kernel.errors import DomainError, InvalidInput, NotAllowed, NotFound, StateConflict, TooLong
from cms.kernel.models import Event
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from tests.comments.world import (
    DAY,
    NOON,
    WREN,
    counted_standing,
    fresh,
    make_article,
    make_site,
    make_user,
    say,
    stored_standing,
)

pytestmark = pytest.mark.asyncio

APPROVE, HOLD, REJECT, MARK_SPAM, REMOVE = ModerationAction
ADVERT = "Best price!"


async def standing(*comments: Comment) -> list[tuple[str, bool, int]]:
    """Status, whether listed, and replies, of each comment as it is stored now."""
    stored = [await fresh(comment) for comment in comments]
    return [(each.status.value, each.is_listed, each.reply_count) for each in stored]


async def comment_count(article: Article) -> int:
    """What readers are told."""
    count: int = (await Article.get(id=article.id)).comment_count
    return count


async def last_event() -> tuple[str, object]:
    """What happened last."""
    event = await Event.all().order_by("-seq").first()
    assert event is not None
    return event.type, event.payload


@pytest.mark.parametrize(
    ("action", "status", "count"),
    [
        (APPROVE, "APPROVED", 1),
        (HOLD, "PENDING", 0),
        (REJECT, "REJECTED", 0),
        (MARK_SPAM, "SPAM", 0),
        (REMOVE, "DELETED", 0),
    ],
)
async def test_every_decision_is_kept(database: Database, action: ModerationAction, status: str, count: int) -> None:
    """Nobody could say who took a comment away, when, or why."""
    await make_site()
    article, user = await make_article(), await make_user("Moderator")
    comment = await say(database, article)
    viewer = Viewer(frozenset([Scope.COMMENTS_MODERATE]), user.id, f"user:{user.id}")

    with clock_at(NOON + DAY):
        (moderated,) = await moderate_comments(database, viewer, [comment.id], action, " Off topic ")

    assert (moderated.id, moderated.status) == (comment.id, status)
    decision = await ModerationDecision.get(comment_id=comment.id)
    assert (decision.action, decision.previous_status) == (action, CommentStatus.APPROVED)
    assert (decision.reason, decision.moderator_id, decision.rule) == ("Off topic", user.id, None)
    assert (decision.automatic, decision.created_at) == (False, NOON + DAY)
    assert await standing(comment) == [(status, count == 1, 0)]
    assert await comment_count(article) == count
    version, updated_at = (1, NOON) if action is APPROVE else (2, NOON + DAY)
    stored = await fresh(comment)
    assert (stored.version, stored.updated_at, stored.created_at) == (version, updated_at, NOON)
    assert await Event.all().count() == (2 if action is APPROVE else 3)


async def test_approval_shows_what_was_held(database: Database) -> None:
    """An approved comment would stay away, or come without anybody hearing of it."""
    await make_site()
    article = await make_article()
    root = await say(database, article)
    held = await say(database, article, ADVERT, parent_id=root.id)

    await moderate_comments(database, SYSTEM, [held.id], APPROVE)

    assert await standing(root, held) == [("APPROVED", True, 1), ("APPROVED", True, 0)]
    assert await comment_count(article) == 2
    assert await last_event() == ("COMMENT_APPROVED", {"status": "APPROVED", "previous_status": "PENDING"})


async def test_what_replies_hang_on_stays_as_a_tombstone(database: Database) -> None:
    """Removing one comment would take a whole conversation with it, or leave empty tombstones behind."""
    await make_site()
    article = await make_article()
    root = await say(database, article, "First")
    middle = await say(database, article, "Second", parent_id=root.id)
    leaf = await say(database, article, "Third", parent_id=middle.id)

    await moderate_comments(database, SYSTEM, [root.id], REJECT)
    await moderate_comments(database, SYSTEM, [middle.id], MARK_SPAM)
    assert await standing(root, middle, leaf) == [("REJECTED", True, 1), ("SPAM", True, 1), ("APPROVED", True, 0)]
    assert await comment_count(article) == 1

    await moderate_comments(database, SYSTEM, [leaf.id], REMOVE)
    assert await standing(root, middle, leaf) == [("REJECTED", False, 0), ("SPAM", False, 0), ("DELETED", False, 0)]
    assert await comment_count(article) == 0

    await moderate_comments(database, SYSTEM, [leaf.id], APPROVE)
    assert await standing(root, middle, leaf) == [("REJECTED", True, 1), ("SPAM", True, 1), ("APPROVED", True, 0)]
    assert await comment_count(article) == 1


async def test_every_decision_can_be_undone(database: Database) -> None:
    """A slip of the hand would be for ever."""
    await make_site()
    article = await make_article()
    root = await say(database, article)
    reply = await say(database, article, "Yes", parent_id=root.id)
    before = await stored_standing()

    for action in (HOLD, REJECT, MARK_SPAM, REMOVE):
        await moderate_comments(database, SYSTEM, [reply.id, root.id], action)
        assert await comment_count(article) == 0
        await moderate_comments(database, SYSTEM, [reply.id, root.id], APPROVE)
        assert await stored_standing() == before == await counted_standing()
    assert await ModerationDecision.all().count() == 16


async def test_a_whole_thread_in_one_go(database: Database) -> None:
    """Comments that stand above one another would each undo what the other counted."""
    await make_site()
    article = await make_article()
    root = await say(database, article)
    replies = [await say(database, article, f"Reply {n}", parent_id=root.id) for n in range(5)]
    ids = [reply.id for reply in replies[:4]]

    found = await moderate_comments(database, SYSTEM, [ids[2], root.id, *ids, ids[0]], MARK_SPAM)

    assert [comment.id for comment in found] == [ids[2], root.id, ids[0], ids[1], ids[3]]
    assert await standing(root, replies[4]) == [("SPAM", True, 1), ("APPROVED", True, 0)]
    assert await comment_count(article) == 1
    assert await stored_standing() == await counted_standing()


@pytest.mark.parametrize("scope", [None, *(scope for scope in Scope if scope is not Scope.COMMENTS_MODERATE)])
async def test_only_moderators_decide(database: Database, scope: Scope | None) -> None:
    """Anybody could take anybody's comment away."""
    await make_site()
    comment = await say(database, await make_article())
    viewer = Viewer(frozenset([scope]) if scope else frozenset())

    with pytest.raises(NotAllowed):
        await moderate_comments(database, viewer, [comment.id], REJECT)
    assert await standing(comment) == [("APPROVED", True, 0)]


async def test_all_of_them_or_none(database: Database) -> None:
    """Half of a decision would be carried out."""
    await make_site()
    article = await make_article()
    comment = await say(database, article)

    async def refused(error: type[DomainError], *ids: object, reason: str = "") -> None:
        with pytest.raises(error):
            await moderate_comments(database, SYSTEM, ids, REJECT, reason)  # type: ignore[arg-type] # ids, all of them
        assert await standing(comment) == [("APPROVED", True, 0)]

    await refused(NotFound, comment.id, uuid4())
    await refused(InvalidInput, comment.id, *(uuid4() for _ in range(100)))
    await refused(TooLong, comment.id, reason="x" * 1001)
    assert await ModerationDecision.all().count() == 0


async def test_writers_take_back_their_own(database: Database) -> None:
    """A reader could not take back what they said, or a moderator could bring it out again."""
    await make_site()
    article = await make_article()
    posted = await post_comment(database, SYSTEM, CommentDraft(article.id, "Oh no", guest=WREN), at=NOON)
    reply = await say(database, article, "Oh yes", parent_id=posted.comment.id)

    await delete_comment(database, ANONYMOUS, posted.comment.id, posted.edit_token)
    await delete_comment(database, ANONYMOUS, posted.comment.id, posted.edit_token)

    assert await standing(posted.comment, reply) == [("DELETED", True, 1), ("APPROVED", True, 0)]
    decision = await ModerationDecision.get(comment_id=posted.comment.id)
    assert (decision.action, decision.rule, decision.automatic) == (REMOVE, "taken_back", False)
    assert await last_event() == ("COMMENT_REMOVED", {"status": "DELETED", "previous_status": "APPROVED"})
    for action in (APPROVE, HOLD):
        with pytest.raises(StateConflict):
            await moderate_comments(database, SYSTEM, [posted.comment.id], action)
    assert await comment_count(article) == 1


async def test_what_a_moderator_removed_can_still_be_taken_back(database: Database) -> None:
    """A writer would be told that it is gone, and the moderator who thinks again would bring it out."""
    await make_site()
    comment = await say(database, await make_article(), "Oh no")
    await moderate_comments(database, SYSTEM, [comment.id], REMOVE)

    for _ in range(2):
        await delete_comment(database, ANONYMOUS, comment.id, edit_token(comment.id))
    with pytest.raises(StateConflict):
        await moderate_comments(database, SYSTEM, [comment.id], APPROVE)

    rules = [decision.rule for decision in await ModerationDecision.all().order_by("created_at", "id")]
    assert rules == [None, "taken_back"]
    assert await last_event() == ("COMMENT_REMOVED", {"status": "DELETED", "previous_status": "APPROVED"})


async def test_nobody_else_takes_a_comment_away(database: Database) -> None:
    """A token for one comment would open them all; what is not yours would be told from what is not there."""
    await make_site()
    article = await make_article()
    mine, yours = await say(database, article), await say(database, article, "Another")
    user = await make_user("Somebody Else")

    for viewer, token in (
        (ANONYMOUS, None),
        (ANONYMOUS, edit_token(mine.id)),
        (ANONYMOUS, edit_token(yours.id)[:-1]),
        (ANONYMOUS, "ü"),
        (Viewer(user_id=user.id), None),
    ):
        with pytest.raises(NotFound):
            await delete_comment(database, viewer, yours.id, token)
    with pytest.raises(NotFound):
        await delete_comment(database, SYSTEM, uuid4())
    assert await standing(mine, yours) == [("APPROVED", True, 0)] * 2


async def test_moderators_and_accounts_delete_without_a_token(database: Database) -> None:
    """Whoever is signed in would need the token of a comment under their own name."""
    await make_site()
    article, user = await make_article(), await make_user("Writer")
    writer = Viewer(user_id=user.id, actor=f"user:{user.id}")
    own = (await post_comment(database, writer, CommentDraft(article.id, "Mine"), at=NOON)).comment
    others = await say(database, article)

    await delete_comment(database, writer, own.id)
    await delete_comment(database, SYSTEM, others.id)
    await moderate_comments(database, SYSTEM, [others.id], APPROVE)

    assert await standing(own, others) == [("DELETED", False, 0), ("APPROVED", True, 0)]
    rules = [decision.rule for decision in await ModerationDecision.all().order_by("created_at", "id")]
    assert rules == ["taken_back", None, None]


async def test_an_edit_token_finds_its_comment() -> None:
    """A reader's own pending comments could not be found again."""
    comment_id = uuid4()

    assert comment_of(edit_token(comment_id)) == comment_id
    for forged in ("", ".", "x" * 32, f"{uuid4().hex}.{edit_token(comment_id).partition('.')[2]}", "z" * 32 + ".a"):
        assert comment_of(forged) is None
