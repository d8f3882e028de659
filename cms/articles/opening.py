"""What stands before and after every verb: may this viewer, is this what the viewer saw; and what is told of it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from cms.articles.models import Article, Review, ReviewOutcome
from cms.articles.permissions import demand, may_ever
from cms.articles.pins import hold_disclaimers
from cms.articles.publishing import status_of, timeline_of
from cms.articles.vocabulary import ArticleAction, ArticleStatus
from cms.kernel.changing import locked
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.events import EventType, append_event
from cms.kernel.guards import same_version
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Found:
    """A locked article, and where it stood."""

    article: Article
    status: ArticleStatus


@asynccontextmanager
async def opened(
    database: Database, viewer: Viewer, action: ArticleAction, article_id: UUID, expected_version: int | None = None
) -> AsyncIterator[Found]:
    """A transaction in which an article is locked, and everything was asked that is asked before an action."""
    may_ever(viewer, action)
    async with transaction(database):
        if action in {ArticleAction.PUBLISH, ArticleAction.SCHEDULE}:
            await hold_disclaimers(database)
        article = await locked(Article, article_id)
        same_version(article.version, expected_version)
        status = status_of(article, await timeline_of(article.id, now()))
        in_review = await Review.exists(article_id=article.id, closed_at=None)
        demand(viewer, action, status, in_review=in_review)
        yield Found(article, status)


async def close_review(viewer: Viewer, article: Article, outcome: ReviewOutcome, note: str | None = None) -> None:
    """Close the review that is open, if one is."""
    await Review.filter(article_id=article.id, closed_at=None).update(
        closed_at=now(), closed_by_id=viewer.user_id, outcome=outcome, closing_note=note
    )


async def announce(
    database: Database,
    viewer: Viewer,
    event: EventType,
    article: Article,
    details: Mapping[str, object] | None = None,
) -> None:
    """Append the event to the log: its payload has the article's version and what else there is to tell."""
    payload = {"version": article.version, **(details or {})}
    await append_event(database, event, viewer.actor, GlobalId(NodeType.ARTICLE, article.id), payload=payload)


def revision_name(key: UUID) -> str:
    """The global id of a revision, as events name it."""
    return str(GlobalId(NodeType.ARTICLE_REVISION, key))
