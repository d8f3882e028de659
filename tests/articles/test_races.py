"""Races: whoever is first, nothing is lost, nothing is told twice, and nobody is told of a lock.

Each race is run by the tasks of one process, and by those of two.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from uuid import UUID

import pytest

from cms.articles.actions import schedule_article
from cms.articles.counting import recount_everything
from cms.articles.models import Article, ArticleRevision, ArticleSlug, Publication
from cms.articles.planned import announce_due
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.models import Event
from tests.articles.racing import Processes, Racers, announce, edit, take_slug, treat, two_processes
from tests.articles.world import (
    DAY,
    EDITOR,
    NOON,
    a_topic,
    an_article,
    an_author,
    count_of,
    found,
    listings_agree,
    signed,
    told,
)

pytestmark = pytest.mark.asyncio
_BOTH = pytest.mark.parametrize("processes", [1, 2])
Race = Callable[[int, Database, Racers, Sequence[UUID], int], Awaitable[Counter[str]]]


@pytest.fixture(scope="module")
def others() -> Iterator[Processes]:
    """Processes to race in, for all races here."""
    with two_processes() as made:
        yield made


@pytest.fixture
def race(request: pytest.FixtureRequest) -> Race:
    """What runs racers in so many processes, each so many times, and answers what came out."""

    async def run(processes: int, database: Database, racers: Racers, keys: Sequence[UUID], times: int) -> Counter[str]:
        if processes == 1:
            return await racers(database, keys, times)
        others: Processes = request.getfixturevalue("others")
        return await asyncio.to_thread(others.race, database.url, racers, keys, times)

    return run


@_BOTH
async def test_of_a_hundred_edits_one_wins(database: Database, race: Race, processes: int) -> None:
    """With a naive read and write 97 to 100 of 100 edits were lost in silence."""
    await found(database)
    article = await an_article(database)

    outcomes = await race(processes, database, edit, [article.id], 100 // processes)

    assert outcomes == {"done": 1, "VERSION_CONFLICT": 99}
    assert (await Article.get(id=article.id)).version == 2
    assert await ArticleRevision.filter(article_id=article.id).count() == 2
    assert (await told())["ARTICLE_UPDATED"] == 1


@_BOTH
async def test_of_ten_who_want_a_slug_one_gets_it(database: Database, race: Race, processes: int) -> None:
    """Two articles at one address: one of them cannot be read."""
    await found(database)
    articles = [await an_article(database, f"Old {number}") for number in range(2)]

    outcomes = await race(processes, database, take_slug, [each.id for each in articles], 10 // processes - 2)

    # Whoever tried to give it to an article that was renamed meanwhile is told of that instead.
    refused = {"ALREADY_EXISTS", "VERSION_CONFLICT"}
    assert outcomes["done"] == 1
    assert sum(outcomes.values()) == 10
    assert outcomes.keys() <= {"done"} | refused
    assert await ArticleSlug.filter(slug="winter").count() == 1
    assert await ArticleRevision.filter(slug="winter").count() == 1


@_BOTH
async def test_what_came_due_is_announced_once(database: Database, race: Race, processes: int) -> None:
    """Every process runs a worker, and each wakes at the same moment."""
    await found(database)
    author = await an_author(database)
    with clock.at(NOON):
        for number in range(6):
            article = await an_article(database, f"Part {number}", contributors=signed(author))
            ends_at = NOON + 2 * DAY if number % 2 else None
            await schedule_article(database, EDITOR, article.id, publish_at=NOON + DAY, unpublish_at=ends_at)

    await race(processes, database, announce, [], 5)

    counted = await told()
    assert (counted["ARTICLE_PUBLISHED"], counted["ARTICLE_UNPUBLISHED"]) == (6, 3)
    assert await count_of(author) == 3


@_BOTH
async def test_everything_at_once_settles_to_one_history(database: Database, race: Race, processes: int) -> None:
    """Publishing, planning, taking down and deleting at once: what is left must be what the log tells."""
    await found(database)
    topic = await a_topic(database)
    authors = [await an_author(database, name) for name in ("Wren Ashdown", "Kit Merrow")]
    articles = [
        await an_article(database, f"Part {number}", contributors=signed(authors[number % 2]), topic_ids=(topic,))
        for number in range(4)
    ]

    outcomes = await race(processes, database, treat, [each.id for each in articles], 50 // processes)
    with clock.at(clock.now() + DAY):
        await announce_due(database, clock.now())
        assert await recount_everything(database) == 0

    assert outcomes.keys() <= {"done", "STATE_CONFLICT", "NOT_FOUND"}
    for article in articles:
        await expect_one_history(await Article.get(id=article.id))
    assert await Article.filter(deleted_at=None).count() == 2
    assert await listings_agree()


async def expect_one_history(article: Article) -> None:
    """What happened to an article is what the state machine allows, and what its publications say."""
    events = await Event.filter(node_id=article.id).order_by("seq")
    by_hand = [each.payload["version"] for each in events if not each.payload.get("planned")]
    assert by_hand == list(range(1, article.version + 1)), "each change by hand is told once"

    is_public, deleted, began, went = False, False, 0, 0
    for event in events:
        assert not deleted, "nothing happens to what is deleted"
        match event.type:
            case "ARTICLE_PUBLISHED":
                is_public, began = True, began + 1
            case "ARTICLE_UNPUBLISHED":
                assert is_public, "what is not public is not taken down"
                is_public, went = False, went + 1
            case "ARTICLE_DELETED":
                went, is_public, deleted = went + is_public, False, True

    spans = [(row.starts_at, row.ends_at) for row in await Publication.filter(article_id=article.id)]
    spans.sort(key=lambda span: span[0])
    over = [ends for _, ends in spans if ends is not None]
    starts = [starts for starts, _ in spans]
    assert all(ends <= starts for ends, starts in zip(over, starts[1:], strict=False)), "one at a time"
    assert began == len(spans), "each beginning is told once"
    assert went == sum(ends not in starts for ends in over), "and each end"
    assert is_public == (len(over) < len(spans))
    assert deleted == (article.deleted_at is not None)
    held = await ArticleSlug.filter(article_id=article.id).count()
    assert held == (not deleted)
    assert not await Publication.filter(article_id=article.id, starts_by_clock=True).exists()
    assert not await Publication.filter(article_id=article.id, ends_by_clock=True).exists()
