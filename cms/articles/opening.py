"""What stands before every verb: may this viewer, is this what the viewer saw, and what has come to pass meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cms.articles.counting import recount
from cms.articles.models import Article, Review, ReviewOutcome
from cms.articles.permissions import Standing, demand_right, demand_state, is_own, may_ever
from cms.articles.pins import hold_disclaimers
from cms.articles.planned import settle_due
from cms.articles.publications import listed_under
from cms.articles.publishing import Timeline, status_of, timeline_of
from cms.articles.theirs import refuse_stale
from cms.articles.vocabulary import ArticleAction
from cms.kernel.changing import locked
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Found:
    """A locked article, and where it stood.

    Attributes:
        timeline: its publications at the moment of the verb. It is the one moment for all that the verb does with
            them: what comes due while it works is announced afterwards, and not forgotten.
    """

    article: Article
    standing: Standing
    timeline: Timeline

    @property
    def moment(self) -> datetime:
        """When the verb takes place."""
        return self.timeline.moment


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
        moment = now()
        settled = await settle_due(database, article, moment)
        timeline = await timeline_of(article.id, moment, settled)
        standing = await _standing(database, viewer, article, timeline)
        demand_right(viewer, action, standing)
        await refuse_stale(viewer, article, expected_version)
        demand_state(action, standing)
        yield Found(article, standing, timeline)
        await recount(database, *await listed_under(settled))


async def close_review(viewer: Viewer, article: Article, outcome: ReviewOutcome, note: str | None = None) -> None:
    """Close the review that is open, if one is."""
    await Review.filter(article_id=article.id, closed_at=None).update(
        closed_at=now(), closed_by_id=viewer.user_id, outcome=outcome, closing_note=note
    )


async def _standing(database: Database, viewer: Viewer, article: Article, timeline: Timeline) -> Standing:
    return Standing(
        status=status_of(article, timeline),
        in_review=await Review.exists(article_id=article.id, closed_at=None),
        is_own=await is_own(database, viewer, article),
    )
