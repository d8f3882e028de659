"""Verbs that race: run by tests in their own process, and in others beside it.

The one thing to know: `two_processes` are real ones with databases of their own; what they are given, and what they
give back, is pickled.
"""

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from cms.articles.actions import (
    create_article,
    delete_article,
    publish_article,
    schedule_article,
    unpublish_article,
    unschedule_article,
    update_article,
)
from cms.articles.drafts import ArticleChange
from cms.articles.planned import announce_due
from cms.kernel.clock import now
from cms.kernel.database import Database, open_database
from cms.kernel.errors import DomainError
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.articles.world import EDITOR, WRITER, a_draft

Racers = Callable[[Database, Sequence[UUID], int], Awaitable[Counter[str]]]
_SOON = timedelta(milliseconds=30)
_COUNT = 2


async def outcome(doing: Awaitable[object]) -> str:
    """How it went: `done`, or the code of its refusal. Anything else is a fault of ours."""
    try:
        await doing
    except DomainError as refused:
        return refused.code.value
    return "done"


async def edit(database: Database, keys: Sequence[UUID], times: int) -> Counter[str]:
    """Edits of the first article, each by somebody who saw version 1."""

    async def one(number: int) -> str:
        change = ArticleChange(article_id=keys[0], expected_version=1, title=f"Edit {now()} {number}")
        return await outcome(update_article(database, WRITER, change))

    return Counter(await asyncio.gather(*(one(number) for number in range(times))))


async def take_slug(database: Database, keys: Sequence[UUID], times: int) -> Counter[str]:
    """Everybody wants the same slug: some for a new article, and one for one that is there."""
    drafts = (create_article(database, WRITER, a_draft(f"Draft {number}", slug="winter")) for number in range(times))
    changes = (
        update_article(database, WRITER, ArticleChange(article_id=key, expected_version=1, slug="winter"))
        for key in keys
    )
    return Counter(await asyncio.gather(*map(outcome, [*drafts, *changes])))


async def announce(database: Database, _keys: Sequence[UUID], times: int) -> Counter[str]:
    """Workers that all wake at once."""
    return Counter(await asyncio.gather(*(outcome(announce_due(database, now())) for _ in range(times))))


async def treat(database: Database, keys: Sequence[UUID], times: int) -> Counter[str]:
    """Publish, plan, take down, call off and announce each article over and over; of every other, delete it at last."""

    def verbs(key: UUID) -> list[Callable[[], Awaitable[object]]]:
        return [
            lambda: publish_article(database, EDITOR, key),
            lambda: schedule_article(database, EDITOR, key, publish_at=now() + _SOON),
            lambda: unpublish_article(database, EDITOR, key),
            lambda: schedule_article(database, EDITOR, key, publish_at=now() + _SOON, unpublish_at=now() + 2 * _SOON),
            lambda: announce_due(database, now()),
            lambda: schedule_article(database, EDITOR, key, unpublish_at=now() + _SOON),
            lambda: unschedule_article(database, EDITOR, key),
        ]

    async def one(key: UUID, number: int) -> str:
        chosen = verbs(key)
        return await outcome(chosen[number % len(chosen)]())

    done = Counter[str]()
    for part in range(0, times, 10):
        waiting = [one(key, number) for number in range(part, part + 10) for key in keys]
        done.update(await asyncio.gather(*waiting))
    done.update(await asyncio.gather(*(outcome(delete_article(database, EDITOR, key)) for key in keys[::2])))
    return done


class Processes:
    """Two processes beside the test's own, for one race after another: to start them takes longer than most races."""

    def __init__(self, pool: ProcessPoolExecutor, barrier: object) -> None:
        self._pool = pool
        self._barrier = barrier

    def race(self, url: str, racers: Racers, keys: Sequence[UUID], times: int) -> Counter[str]:
        """What came out altogether of racers who start at once in both."""
        futures = [self._pool.submit(_race, url, racers, keys, times, self._barrier) for _ in range(_COUNT)]
        return sum((future.result(timeout=120) for future in futures), Counter[str]())


@contextmanager
def two_processes() -> Iterator[Processes]:
    """Processes that end with the block."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(_COUNT, context) as pool:
        yield Processes(pool, manager.Barrier(_COUNT))


def _race(url: str, racers: Racers, keys: Sequence[UUID], times: int, barrier: object) -> Counter[str]:
    async def raced() -> Counter[str]:
        async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
            barrier.wait(60)  # type: ignore[attr-defined] # the manager's stand-in for a barrier has no type of its own
            return await racers(database, keys, times)

    return asyncio.run(raced())
