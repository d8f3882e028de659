"""Articles as sheets show them: what readers see of them, or where they see nothing, the newest revision."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tortoise.expressions import Q

from cms.articles.models import Article, ArticleRevision, Publication
from cms.articles.publishing import Timeline, status_of
from cms.articles.vocabulary import ArticleStatus
from cms.transfer.sheets.sheet import NOT_IN_THE_TRASH, View

#: As much as is asked about an article that something else names.
IDENTITY: Final = ("locale", "head_id", "first_published_at", "archived_at")
_WORDING: Final = ("id", "slug", "title", "word_count")


@dataclass(frozen=True, slots=True)
class ShownArticle:
    """An article, its publications at the moment, and the revision that is shown of it."""

    article: Article
    timeline: Timeline
    revision: ArticleRevision

    @property
    def status(self) -> ArticleStatus:
        """Where it stands."""
        return status_of(self.article, self.timeline)

    def path(self, view: View) -> str | None:
        """Where it stands on the site, or will once readers see it."""
        return view.article_path(self.revision.slug, self.article.locale)


async def shown(view: View, articles: Sequence[Article]) -> list[ShownArticle]:
    """Some articles, in their order."""
    timelines = await _timelines(view, [article.id for article in articles])
    keys = {article.id: _revision_of(article, timelines[article.id]) for article in articles}
    revisions = {row.id: row for row in await ArticleRevision.filter(id__in=list(keys.values())).only(*_WORDING)}
    return [
        ShownArticle(article, timelines[article.id], revisions[key])
        for article in articles
        if (key := keys[article.id]) in revisions
    ]


async def shown_by_id(view: View, ids: Iterable[UUID]) -> dict[UUID, ShownArticle]:
    """Articles by their ids; those that lie in the trash are left out."""
    articles = await Article.filter(NOT_IN_THE_TRASH, id__in=sorted(set(ids))).only("id", *IDENTITY)
    return {each.article.id: each for each in await shown(view, articles)}


async def _timelines(view: View, ids: Sequence[UUID]) -> dict[UUID, Timeline]:
    not_over = Publication.filter(Q(ends_at__gt=view.moment) | Q(ends_at=None), article_id__in=list(ids))
    rows: dict[UUID, list[Publication]] = defaultdict(list)
    for row in await not_over.order_by("starts_at"):
        rows[row.article_id].append(row)
    return {key: _timeline(view, rows[key]) for key in ids}


def _timeline(view: View, rows: Sequence[Publication]) -> Timeline:
    begun = [row for row in rows if row.starts_at <= view.moment]
    return Timeline(view.moment, begun[0] if begun else None, [row for row in rows if row.starts_at > view.moment])


def _revision_of(article: Article, timeline: Timeline) -> UUID | None:
    return timeline.current.revision_id if timeline.current else article.head_id
