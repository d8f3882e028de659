"""Who may send how much: counted with what is taken, for a neighbourhood of addresses."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from cms.comments.drafts import CommentDraft, Guest
from cms.comments.errors import CommentsClosed
from cms.comments.models import Comment
from cms.comments.receiving import receive_comment
from cms.kernel.clock import at
from cms.kernel.database import Database
from cms.kernel.errors import RateLimited, Required
from cms.kernel.origins import address_hashes
from cms.kernel.viewer import ANONYMOUS
from tests.comments.world import NOON, make_article, make_site

pytestmark = pytest.mark.asyncio

HERE, NEXT_DOOR, ELSEWHERE = "203.0.113.9", "203.0.113.77", "198.51.100.7"


async def send(database: Database, article_id: UUID, seconds: float, body: str, address: str | None = HERE) -> Comment:
    """Send a comment so many seconds after noon."""
    draft = CommentDraft(article_id, body, guest=Guest(f"Writer of {body}", f"{len(body)}{seconds}@mail.example.com"))
    with at(NOON + timedelta(seconds=seconds)):
        return (await receive_comment(database, ANONYMOUS, draft, address)).comment


async def test_twenty_seconds_lie_between_two(database: Database) -> None:
    """A program could post as fast as it can send."""
    await make_site()
    article = (await make_article()).id

    first = await send(database, article, 0, "One")
    with pytest.raises(RateLimited) as refusal:
        await send(database, article, 19.5, "Two", NEXT_DOOR)
    await send(database, article, 19.5, "Three", ELSEWHERE)
    await send(database, article, 20, "Four", NEXT_DOOR)

    assert refusal.value.retry_after == 1
    assert first.address_hash == address_hashes(HERE, NOON)[0]
    assert await Comment.all().count() == 3


async def test_five_in_ten_minutes(database: Database) -> None:
    """Patience alone would do for a flood."""
    await make_site()
    article = (await make_article()).id

    for number in range(5):
        await send(database, article, 20 * number, f"Number {number}")
    with pytest.raises(RateLimited) as refusal:
        await send(database, article, 100, "Number 5")
    await send(database, article, 600, "Number 6")

    assert refusal.value.retry_after == 500
    assert await Comment.all().count() == 6


async def test_what_is_refused_does_not_count(database: Database) -> None:
    """Whoever forgot the text would have to wait before they may send it."""
    await make_site()
    article, closed = (await make_article()).id, (await make_article(comments_open=False)).id

    for _ in range(6):
        with pytest.raises(Required):
            await send(database, article, 0, "")
        with pytest.raises(CommentsClosed):
            await send(database, closed, 0, "Hello")
    await send(database, article, 0, "Hello")

    assert await Comment.all().count() == 1


async def test_of_twenty_at_once_one_is_taken(database: Database) -> None:
    """What a hundred connections send at once would not wait for its turn to be counted."""
    await make_site()
    articles = [(await make_article()).id for _ in range(4)]

    with at(NOON):
        outcomes = await asyncio.gather(
            *(send(database, articles[number % 4], 0, f"Number {number}") for number in range(20)),
            return_exceptions=True,
        )

    refused = [outcome for outcome in outcomes if isinstance(outcome, RateLimited)]
    assert (len(refused), await Comment.all().count()) == (19, 1)
