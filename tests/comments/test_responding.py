"""Reports and reactions: one of each for a reader and a comment, counted with what they are about."""

import asyncio

import pytest

from cms.articles.models import Article, Publication
from cms.comments.actions import moderate_comments
from cms.comments.models import Comment, CommentFlag, CommentReaction, FlagReason, ModerationAction, Reaction
from cms.comments.responding import flag_comment, react_to_comment
from cms.kernel.clock import at
from cms.kernel.database import Database
from cms.kernel.errors import DomainError, InvalidInput, NotFound, RateLimited, Required, TooLong
from cms.kernel.ids import new_id
from cms.kernel.models import Event
from cms.kernel.viewer import ANONYMOUS, Scope, Viewer
from tests.articles.world import every_row
from tests.comments.world import (
    NOON,
    counted_responses,
    fresh,
    make_article,
    make_draft,
    make_site,
    make_user,
    say,
    stored_responses,
)

pytestmark = pytest.mark.asyncio

LIKE, HELPFUL, THANKS = Reaction
KEY = "a key of sixteen or more"
HERE, NEXT_DOOR, ELSEWHERE = "203.0.113.9", "203.0.113.77", "198.51.100.7"
MODERATOR = Viewer(frozenset({Scope.COMMENTS_MODERATE}), actor="token:moderator")


async def flags(comment: Comment) -> tuple[int, int]:
    """A comment's reports, as its counter says and as they are stored."""
    return (await fresh(comment)).flag_count, await CommentFlag.filter(comment_id=comment.id).count()


async def reactions(comment: Comment) -> tuple[int, int, int, int]:
    """A comment's reactions as its counters say: in all, and of each kind."""
    stored = await fresh(comment)
    return stored.reaction_count, stored.like_count, stored.helpful_count, stored.thanks_count


async def test_a_report_is_kept_without_whoever_made_it(database: Database) -> None:
    """Moderators would not learn why, or whoever reports would have to fear being known."""
    await make_site()
    comment = await say(database, await make_article())

    with at(NOON):
        await flag_comment(database, ANONYMOUS, comment.id, FlagReason.OTHER, " About *me*. ", address=HERE)

    flag = await CommentFlag.get(comment_id=comment.id)
    assert (flag.reason, flag.detail, flag.created_at) == (FlagReason.OTHER, "About *me*.", NOON)
    assert flag.reader_hash is not None
    assert flag.reader_hash.startswith("hmac-sha256:")
    assert await flags(comment) == (1, 1)
    event = await Event.get(type="COMMENT_FLAGGED")
    assert (event.node_id, event.article_id, event.payload) == (comment.id, comment.article_id, {"reason": "OTHER"})


async def test_a_reader_reports_a_comment_once(database: Database) -> None:
    """One person would look like a crowd."""
    await make_site()
    article = await make_article()
    comment, other = await say(database, article), await say(database, article, "Another")
    staff = Viewer(user_id=(await make_user("Ada")).id, actor="user:ada")

    for viewer, address in ((ANONYMOUS, HERE), (ANONYMOUS, NEXT_DOOR), (staff, HERE), (staff, ELSEWHERE)):
        await flag_comment(database, viewer, comment.id, FlagReason.ABUSE, address=address)
    await flag_comment(database, ANONYMOUS, comment.id, FlagReason.SPAM, address=ELSEWHERE)
    await flag_comment(database, ANONYMOUS, other.id, FlagReason.SPAM, address=HERE)

    assert (await flags(comment), await flags(other)) == ((3, 3), (1, 1))
    assert await Event.filter(type="COMMENT_FLAGGED").count() == 4


async def test_twenty_at_once_are_one_report_and_one_reaction(database: Database) -> None:
    """Two clicks at the same moment would count twice, or the second be a fault of ours."""
    await make_site()
    comment = await say(database, await make_article())

    work = [flag_comment(database, ANONYMOUS, comment.id, FlagReason.SPAM, address=HERE) for _ in range(10)]
    work += [react_to_comment(database, ANONYMOUS, comment.id, LIKE, KEY, address=HERE) for _ in range(10)]
    await asyncio.gather(*work)

    assert (await flags(comment), await reactions(comment)) == ((1, 1), (1, 1, 0, 0))


@pytest.mark.parametrize(
    ("reason", "detail", "error"),
    [
        (FlagReason.OTHER, None, Required),
        (FlagReason.OTHER, " \n", Required),
        (FlagReason.SPAM, "x" * 1001, TooLong),
        (FlagReason.SPAM, "a\0", InvalidInput),
    ],
)
async def test_what_a_report_says_is_checked(
    database: Database, reason: FlagReason, detail: str | None, error: type[DomainError]
) -> None:
    """A moderator would be left with `other`, or with a book."""
    await make_site()
    comment = await say(database, await make_article())

    with pytest.raises(error) as refusal:
        await flag_comment(database, ANONYMOUS, comment.id, reason, detail, address=HERE)

    assert refusal.value.path == ("detail",)
    assert await flags(comment) == (0, 0)


async def test_a_reader_has_one_reaction(database: Database) -> None:
    """A reader could like a comment a thousand times, or not change their mind."""
    await make_site()
    comment = await say(database, await make_article())
    seen = []

    for reaction, remove in (
        (LIKE, False),
        (LIKE, False),
        (THANKS, False),
        (LIKE, True),
        (THANKS, True),
        (THANKS, True),
    ):
        await react_to_comment(database, ANONYMOUS, comment.id, reaction, KEY, remove=remove)
        seen.append(await reactions(comment))

    assert seen == [(1, 1, 0, 0), (1, 1, 0, 0), (1, 0, 0, 1), (1, 0, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0)]
    assert await stored_responses() == await counted_responses()


async def test_readers_are_told_apart_by_keys_that_are_not_kept(database: Database) -> None:
    """A school would have one reaction between them; or a key that is stolen here would open other doors."""
    await make_site()
    comment = await say(database, await make_article())

    for key in (KEY, f"{KEY}!"):
        await react_to_comment(database, ANONYMOUS, comment.id, HELPFUL, key, address=HERE)

    assert await reactions(comment) == (2, 0, 2, 0)
    kept = [row.reader_hash for row in await CommentReaction.all()]
    assert all(each.startswith("hmac-sha256:") and KEY not in each for each in kept)


@pytest.mark.parametrize(
    ("length", "error"), [(0, InvalidInput), (15, InvalidInput), (16, None), (200, None), (201, TooLong)]
)
async def test_the_length_of_a_key(database: Database, length: int, error: type[DomainError] | None) -> None:
    """A key of a few characters is somebody else's too."""
    await make_site()
    comment = await say(database, await make_article())

    if error is None:
        await react_to_comment(database, ANONYMOUS, comment.id, LIKE, "k" * length)
    else:
        with pytest.raises(error) as refusal:
            await react_to_comment(database, ANONYMOUS, comment.id, LIKE, "k" * length)
        assert refusal.value.path == ("readerKey",)

    assert await reactions(comment) == ((0, 0, 0, 0) if error else (1, 1, 0, 0))


async def test_only_what_is_seen_is_reported_and_reacted_to(database: Database) -> None:
    """Whoever knows an id would learn what is held, or stands under what is not public."""
    await make_site()
    article, draft = await make_article(), await make_draft()
    held, hidden = await say(database, article, "Buy now!"), await say(database, article, "Hidden")
    rejected = await say(database, article, "Rejected")
    await moderate_comments(database, MODERATOR, [rejected.id], ModerationAction.REJECT)
    await Comment.filter(id=hidden.id).update(article_id=draft.id)
    before = await every_row(database)

    for comment_id in (held.id, hidden.id, rejected.id, new_id()):
        with pytest.raises(NotFound):
            await flag_comment(database, ANONYMOUS, comment_id, FlagReason.SPAM, address=HERE)
        with pytest.raises(NotFound):
            await react_to_comment(database, ANONYMOUS, comment_id, LIKE, KEY, address=HERE)

    assert await every_row(database) == before


async def test_moderators_report_where_they_look(database: Database) -> None:
    """What is offered to them and what works would differ under an article that was taken off the site."""
    await make_site()
    article = await make_article()
    comment = await say(database, article)
    await Publication.filter(article_id=article.id).update(ends_at=NOON)

    await flag_comment(database, MODERATOR, comment.id, FlagReason.PRIVACY, address=HERE)
    await Article.filter(id=article.id).update(deleted_at=NOON)
    with pytest.raises(NotFound):
        await flag_comment(database, MODERATOR, comment.id, FlagReason.PRIVACY, address=HERE)

    assert await flags(comment) == (1, 1)


async def test_a_neighbourhood_reports_ten_times_in_ten_minutes(database: Database) -> None:
    """A campaign from one place would bury the moderators."""
    await make_site()
    article = await make_article()
    comments = [await say(database, article, f"Number {number}") for number in range(11)]

    with at(NOON):
        for comment in comments[:10]:
            await flag_comment(database, ANONYMOUS, comment.id, FlagReason.SPAM, address=HERE)
        with pytest.raises(RateLimited) as refusal:
            await flag_comment(database, ANONYMOUS, comments[10].id, FlagReason.SPAM, address=NEXT_DOOR)
        await flag_comment(database, ANONYMOUS, comments[10].id, FlagReason.SPAM, address=ELSEWHERE)

    assert refusal.value.retry_after == 600
    assert await CommentFlag.all().count() == 11


async def test_keys_made_in_bulk_react_a_hundred_times_in_ten_minutes(database: Database) -> None:
    """Whoever makes a thousand keys would be a thousand readers."""
    await make_site()
    comment = await say(database, await make_article())

    with at(NOON):
        for number in range(100):
            await react_to_comment(database, ANONYMOUS, comment.id, LIKE, f"{KEY} {number}", address=HERE)
        with pytest.raises(RateLimited):
            await react_to_comment(database, ANONYMOUS, comment.id, LIKE, KEY, address=NEXT_DOOR)

    assert await reactions(comment) == (100, 100, 0, 0)
