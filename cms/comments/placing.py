"""Placing the passages of comments anew when readers get to see another text.

The one thing to know: a follower of the log only writes down that an article's passages are to be placed. A job does
it, beside everything else: it reads without a lock, looks for the passages in a thread, and locks the article, which
keeps others from posting there, only while it writes some rows that changed.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from cms.articles.announcing import announce
from cms.articles.models import Article, ArticleRevision
from cms.comments.counting import lock_articles
from cms.comments.models import Comment
from cms.comments.passages import Passages, Quote, Standing
from cms.comments.places import live_publication
from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.event_log import LoggedEvent
from cms.kernel.events import EventType
from cms.kernel.jobs import Claim, enqueue
from cms.kernel.viewer import SYSTEM

#: The kind of the jobs.
PLACE_PASSAGES: Final = "place-passages"

_BATCH: Final = 200
_FIRST: Final = UUID(int=0)
_COLUMNS: Final = (
    "id",
    "anchor_block_key",
    "anchor_exact",
    "anchor_prefix",
    "anchor_suffix",
    "anchor_state",
    "anchor_found_in",
)
# What was erased since it was read has no passage any more.
_UPDATE: Final = {
    Dialect.SQLITE: (
        "UPDATE comment SET anchor_state = ?, anchor_found_in = ?, updated_at = ? "
        "WHERE id = ? AND anchor_exact IS NOT NULL"
    ),
    Dialect.POSTGRES: (
        "UPDATE comment SET anchor_state = $1, anchor_found_in = $2, updated_at = $3 "
        "WHERE id = $4 AND anchor_exact IS NOT NULL"
    ),
}


async def follow_publications(database: Database, events: Sequence[LoggedEvent]) -> None:
    """Have the passages of every article placed anew that came out, for the first time or with another text."""
    published = {event.node.key for event in events if event.type == EventType.ARTICLE_PUBLISHED}
    for article_id in await _with_passages(published):
        # Without a key: a job that is under way may have read the text before.
        await enqueue(database, PLACE_PASSAGES, {"article": str(article_id)})


async def perform(database: Database, claim: Claim) -> None:
    """The job: place the passages of one article. Done twice it changes nothing the second time."""
    await place_passages(database, UUID(claim.payload["article"]))


async def place_passages(database: Database, article_id: UUID) -> int:
    """Store where the passages of an article's comments stand in the text that readers see now.

    Of an article that readers do not see nothing changes. `updated_at` of the comments moves, their version does not:
    nobody's words were changed. The log says that the article's page looks different.

    Returns:
        How many stand otherwise than they did.
    """
    changed = 0
    revision_id = await _live_revision(article_id)
    async for misplaced in _misplaced(article_id, revision_id):
        async with transaction(database):
            articles = await lock_articles([article_id])
            # Whoever brought out another text has asked for another job.
            if article_id not in articles or await _live_revision(article_id) != revision_id:
                return changed
            await _store(database, misplaced)
            # With each part: a cache that was filled after the first would keep the others as they were.
            await announce(
                database, SYSTEM.actor, EventType.ARTICLE_UPDATED, articles[article_id], {"passages": "placed"}
            )
        changed += len(misplaced)
    return changed


async def count_misplaced(article_id: UUID) -> int:
    """Of how many passages the tables say something else than the text that readers see now."""
    revision_id = await _live_revision(article_id)
    return sum([len(misplaced) async for misplaced in _misplaced(article_id, revision_id)])


async def articles_with_passages() -> AsyncIterator[UUID]:
    """The articles that have comments on passages, in the order of their ids."""
    last = _FIRST
    while articles := await Article.filter(id__gt=last).order_by("id").limit(_BATCH).only("id"):
        last = articles[-1].id
        for article_id in await _with_passages([article.id for article in articles]):
            yield article_id


async def _with_passages(article_ids: Collection[UUID]) -> list[UUID]:
    """Those of the articles that have comments on passages."""
    if not article_ids:
        return []
    anchored = Comment.filter(article_id__in=list(article_ids), anchor_exact__isnull=False).distinct()
    return sorted({UUID(str(row["article_id"])) for row in await anchored.values("article_id")})


async def _live_revision(article_id: UUID) -> UUID | None:
    """What readers see of the article now; None where they see nothing."""
    publication = await live_publication(article_id, now())
    return None if publication is None else publication.revision_id


async def _misplaced(article_id: UUID, revision_id: UUID | None) -> AsyncIterator[Mapping[UUID, Standing]]:
    """The comments whose passage stands otherwise than the tables say, some at a time."""
    if revision_id is None:
        return
    revision = await ArticleRevision.get(id=revision_id).only("id", "body_blocks")
    passages = await asyncio.to_thread(Passages, revision.body_blocks)
    last = _FIRST
    anchored = Comment.filter(article_id=article_id, anchor_exact__isnull=False).order_by("id").only(*_COLUMNS)
    while comments := await anchored.filter(id__gt=last).limit(_BATCH):
        last = comments[-1].id
        # A hostile quote takes a millisecond, and who asks for a page must not wait for two hundred of them.
        if found := await asyncio.to_thread(_changes, passages, comments):
            yield found


def _changes(passages: Passages, comments: Sequence[Comment]) -> dict[UUID, Standing]:
    found = {}
    for comment in comments:
        standing = passages.place(_quote_of(comment))
        if standing != (comment.anchor_state, comment.anchor_found_in):
            found[comment.id] = standing
    return found


def _quote_of(comment: Comment) -> Quote:
    return Quote(
        comment.anchor_block_key or "",
        comment.anchor_exact or "",
        comment.anchor_prefix or "",
        comment.anchor_suffix or "",
    )


async def _store(database: Database, standings: Mapping[UUID, Standing]) -> None:
    moment = now()
    rows: list[list[Any]] = [
        [standing.state.value, standing.found_in, moment, key] for key, standing in sorted(standings.items())
    ]
    await database.connection.execute_many(_UPDATE[database.dialect], rows)
