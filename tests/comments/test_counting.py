"""Counters and listing equal a recount, whatever happened and however many did it at once."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from cms.articles.models import Article
from cms.comments.actions import delete_comment, moderate_comments
from cms.comments.counting import recount
from cms.comments.drafts import CommentEdit
from cms.comments.edit_tokens import edit_token
from cms.comments.editing import edit_comment
from cms.comments.models import (
    Comment,
    CommentFlag,
    CommentReaction,
    CommentStatus,
    FlagReason,
    ModerationAction,
    ModerationDecision,
    Reaction,
)
from cms.comments.permissions import EDIT_WINDOW
from cms.comments.responding import flag_comment, react_to_comment
from cms.kernel.clock import at, now
from cms.kernel.database import Database
from cms.kernel.viewer import ANONYMOUS, SYSTEM
from tests.comments.world import (
    NOON,
    counted_responses,
    counted_standing,
    make_article,
    make_site,
    say,
    stored_responses,
    stored_standing,
)

pytestmark = pytest.mark.asyncio

OPERATIONS = 300


async def post_somewhere(database: Database, chance: random.Random, articles: Sequence[Article], number: int) -> None:
    """Post a comment, mostly as a reply; one in six is an advertisement and held."""
    article = chance.choice(articles)
    shown = await Comment.filter(article_id=article.id, status=CommentStatus.APPROVED, depth__lt=4).order_by("id")
    parent = chance.choice(shown) if shown and chance.random() < 0.7 else None
    body = f"Buy now! {number}" if chance.random() < 1 / 6 else f"Number {number}"
    moment = NOON + timedelta(minutes=number)
    await say(database, article, body, parent_id=parent.id if parent else None, at=moment)


async def moderate_somewhere(database: Database, chance: random.Random) -> None:
    """Decide about up to five comments."""
    everywhere = await Comment.all().order_by("id")
    chosen = chance.sample(everywhere, min(len(everywhere), chance.randint(1, 5)))
    await moderate_comments(database, SYSTEM, [comment.id for comment in chosen], chance.choice(list(ModerationAction)))


async def delete_somewhere(database: Database, chance: random.Random) -> None:
    """Take one comment away."""
    comment = chance.choice(await Comment.all().order_by("id"))
    await delete_comment(database, SYSTEM, comment.id)


async def edit_somewhere(database: Database, chance: random.Random, number: int) -> None:
    """Change a recent comment, if there is one; every third text is an advertisement, and held."""
    recent = Comment.filter(created_at__gt=now() - EDIT_WINDOW).exclude(status=CommentStatus.DELETED)
    chosen = await recent.order_by("id")
    if chosen:
        comment = chance.choice(chosen)
        body = f"Buy now! Edit {number}" if number % 3 == 0 else f"Edit {number}"
        await edit_comment(
            database, ANONYMOUS, CommentEdit(comment.id, edit_token(comment.id), body), f"2001:db8:{number:x}::1"
        )


async def respond_somewhere(database: Database, chance: random.Random, number: int) -> None:
    """One of twenty readers reacts to a comment, takes that back, or reports one."""
    shown = await Comment.filter(status=CommentStatus.APPROVED).order_by("id")
    if not shown:
        return
    comment, reader, address = chance.choice(shown), chance.randrange(20), f"2001:db8:{number:x}::1"
    if chance.random() < 0.3:
        await flag_comment(database, ANONYMOUS, comment.id, FlagReason.ABUSE, address=f"2001:db8:{reader:x}::1")
    else:
        await react_to_comment(
            database,
            ANONYMOUS,
            comment.id,
            chance.choice(list(Reaction)),
            f"the key of reader {reader:02}",
            remove=chance.random() < 0.3,
            address=address,
        )


@pytest.mark.parametrize("seed", [1, 2])
async def test_counters_equal_a_recount_whatever_writers_and_readers_do(database: Database, seed: int) -> None:
    """Numbers would drift from what they count, a little with every change, reaction or report."""
    await make_site()
    chance, articles = random.Random(seed), [await make_article() for _ in range(2)]  # noqa: S311 - chance, not secrecy
    for number in range(OPERATIONS):
        kind = 0.0 if number < 20 else chance.random()
        with at(NOON + timedelta(minutes=number)):
            if kind < 0.15:
                await post_somewhere(database, chance, articles, number)
            elif kind < 0.3:
                await edit_somewhere(database, chance, number)
            elif kind < 0.85:
                await respond_somewhere(database, chance, number)
            elif kind < 0.95:
                await moderate_somewhere(database, chance)
            else:
                await delete_somewhere(database, chance)
        if number % 50 == 0:
            assert await stored_standing() == await counted_standing()
            assert await stored_responses() == await counted_responses()

    assert await stored_standing() == await counted_standing()
    assert await stored_responses() == await counted_responses()
    assert await Comment.exclude(edited_at=None).count() > 0
    assert min(await CommentReaction.all().count(), await CommentFlag.all().count()) > 0
    assert await ModerationDecision.filter(automatic=True, previous_status=CommentStatus.APPROVED).count() > 0


@pytest.mark.parametrize("seed", [1, 2])
async def test_counters_equal_a_recount_after_anything(database: Database, seed: int) -> None:
    """Numbers would drift from what they count, a little with every decision."""
    await make_site()
    chance, articles = random.Random(seed), [await make_article() for _ in range(3)]  # noqa: S311 - chance, not secrecy

    for number in range(OPERATIONS):
        kind = chance.random()
        if kind < 0.5 or number < 20:
            await post_somewhere(database, chance, articles, number)
        elif kind < 0.9:
            await moderate_somewhere(database, chance)
        else:
            await delete_somewhere(database, chance)
        if number % 25 == 0:
            assert await stored_standing() == await counted_standing()

    assert await stored_standing() == await counted_standing()
    assert [await recount(database, article.id) for article in articles] == [0, 0, 0]
    assert {comment.status for comment in await Comment.all()} == set(CommentStatus)
    assert await Comment.filter(is_listed=True).exclude(status=CommentStatus.APPROVED).count() > 0


async def test_a_recount_mends_what_is_wrong(database: Database) -> None:
    """A counter that went wrong once would stay wrong."""
    await make_site()
    article, other = await make_article(), await make_article()
    root = await say(database, article)
    replies = [await say(database, article, f"Reply {number}", parent_id=root.id) for number in range(3)]
    elsewhere = await say(database, other)
    await moderate_comments(database, SYSTEM, [root.id], ModerationAction.REJECT)
    right = await stored_standing()
    await Comment.filter(id=root.id).update(reply_count=9, is_listed=False)
    await Comment.filter(id=replies[0].id).update(reply_count=1)
    await Comment.filter(id=elsewhere.id).update(reply_count=7)
    await Article.all().update(comment_count=0)

    assert await recount(database, article.id) == 3
    assert await stored_standing() != right
    assert await recount(database, other.id) == 2
    assert await stored_standing() == right
    assert await recount(database, article.id) == 0


async def test_fifty_at_once_are_counted_once_each(database: Database) -> None:
    """Two readers who answer the same comment at the same moment would be counted as one."""
    await make_site()
    article = await make_article()
    root = await say(database, article)

    await asyncio.gather(*(say(database, article, f"Reply {n}", parent_id=root.id) for n in range(50)))

    stored = await Comment.get(id=root.id)
    assert (stored.reply_count, (await Article.get(id=article.id)).comment_count) == (50, 51)
    assert await stored_standing() == await counted_standing()


async def test_the_same_comment_fifty_times_at_once_is_one(database: Database) -> None:
    """An impatient reader, or a client that tries again, would fill the thread."""
    await make_site()
    article = await make_article()

    outcomes = await asyncio.gather(*(say(database, article, "Me first") for _ in range(50)), return_exceptions=True)

    refused = [type(outcome).__name__ for outcome in outcomes if isinstance(outcome, Exception)]
    assert refused == ["RepeatedComment"] * 49
    assert (await Article.get(id=article.id)).comment_count == await Comment.all().count() == 1


async def test_moderators_and_readers_at_once_neither_wait_for_ever_nor_miscount(database: Database) -> None:
    """Two moderators with the same articles in another order would wait for each other, and one would be thrown out."""
    await make_site()
    articles = [await make_article() for _ in range(4)]
    roots = [await say(database, article) for article in articles]
    replies = [
        await say(database, article, f"Reply {n}", parent_id=root.id)
        for article, root in zip(articles, roots, strict=True)
        for n in range(3)
    ]
    chance = random.Random(3)  # noqa: S311 - chance, not secrecy

    async def moderate(number: int) -> None:
        chosen = [comment.id for comment in chance.sample([*roots, *replies], 8)]
        await moderate_comments(database, SYSTEM, chosen, list(ModerationAction)[number % 5])

    async def answer(number: int) -> None:
        await say(database, articles[number % 4], f"Late {number}")

    work = [*(moderate(number) for number in range(20)), *(answer(number) for number in range(20))]
    outcomes = await asyncio.gather(*work, return_exceptions=True)

    assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []
    assert await stored_standing() == await counted_standing()
