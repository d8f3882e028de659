"""The trash: deleted articles lie here, out of everybody's sight, until somebody empties it.

The one thing to know: what is emptied is gone for good, with its history. What stays is the event log, and a tombstone
at the address of what readers have seen.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cms.articles.known import chunks
from cms.articles.models import Article, ArticleRevision, Publication, Review
from cms.kernel.database import Database, transaction
from cms.kernel.models import TextReference

#: Removes what other floors keep of these articles; part of the transaction that removes the articles.
Clearing = Callable[[Collection[UUID]], Awaitable[object]]

# On SQLite every other writer waits for a transaction.
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Trashed:
    """A deleted article. `was_public` tells whether readers ever saw it."""

    id: UUID
    title: str
    deleted_at: datetime
    was_public: bool


async def list_trash(database: Database) -> list[Trashed]:
    """What lies in the trash, what was thrown away last first."""
    async with transaction(database):
        articles = await Article.filter(deleted_at__not_isnull=True).order_by("-deleted_at", "id")
        heads = {row.id: row.title for row in await _heads_of(articles)}
    return [
        Trashed(each.id, heads[each.head_id], each.deleted_at, each.first_published_at is not None)
        for each in articles
        if each.head_id is not None and each.deleted_at is not None
    ]


async def empty_trash(database: Database, deleted_before: datetime, clearings: Sequence[Clearing] = ()) -> int:
    """Remove for good what was deleted before a moment, with all that hangs on it.

    Args:
        database: where.
        deleted_before: what was thrown away later stays.
        clearings: what removes the rows that floors above hang on articles, such as comments.

    Returns:
        How many articles were removed.
    """
    listed = await Article.filter(deleted_at__lt=deleted_before).order_by("id").values_list("id", flat=True)
    for some in chunks([UUID(str(key)) for key in listed], _AT_ONCE):
        async with transaction(database):
            for clear in clearings:
                await clear(some)
            await _remove(some)
    return len(listed)


async def _heads_of(articles: Sequence[Article]) -> list[ArticleRevision]:
    return [
        row
        for some in chunks([each.head_id for each in articles])
        for row in await ArticleRevision.filter(id__in=some).only("id", "title")
    ]


async def _remove(keys: Sequence[UUID]) -> None:
    """Remove articles: what names a revision goes before it, and the rest goes with the article's row."""
    here = {"article_id__in": list(keys)}
    revisions = [row.id for row in await ArticleRevision.filter(**here).only("id")]
    await Publication.filter(**here).delete()
    await Review.filter(**here).delete()
    for some in chunks(revisions):
        await TextReference.filter(owner_id__in=some).delete()
    await Article.filter(id__in=list(keys)).update(head_id=None)
    await Article.filter(id__in=list(keys)).delete()
