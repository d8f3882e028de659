"""Publishing as intervals: one ends, the next starts, and no text is ever changed in place.

The functions here change the publications of one article that the caller has locked, and count its authors and topics
anew. Whose wish it was, versions and events are the business of `actions`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from cms.articles.counting import recount
from cms.articles.gate import refuse_unfit
from cms.articles.models import Article, ArticleRevision, Publication, PublicationDisclaimer
from cms.articles.pins import Named, load_covers, named_by, pins_at
from cms.articles.publications import (
    Issue,
    Span,
    end_publications,
    erase_publications,
    insert_publications,
    listed_under,
    rows_of,
)
from cms.articles.vocabulary import ArticleStatus
from cms.kernel.database import Database
from cms.kernel.errors import StateConflict


@dataclass(frozen=True, slots=True)
class Timeline:
    """The publications of an article that are not over, at one moment: the public one, and those that wait.

    Attributes:
        settled: those that were found to have begun or ended by the clock, and were announced just now.
    """

    moment: datetime
    current: Publication | None
    waiting: Sequence[Publication]
    settled: Collection[UUID] = ()

    @property
    def counted(self) -> list[UUID]:
        """The publications by which those authors and topics are found that a change has to count again."""
        return [*self.settled, *([] if self.current is None else [self.current.id])]

    @property
    def planned_end(self) -> datetime | None:
        """When the article will no longer be public, as things are planned."""
        last = self.waiting[-1] if self.waiting else self.current
        return last.ends_at if last else None

    def own_end(self) -> datetime | None:
        """When the public one ends for another reason than that a waiting one takes its place."""
        if self.current is None or any(each.starts_at == self.current.ends_at for each in self.waiting):
            return None
        return self.current.ends_at


async def timeline_of(article_id: UUID, moment: datetime, settled: Collection[UUID] = ()) -> Timeline:
    """What of an article is public at `moment` or waits to be."""
    rows = await Publication.filter(Q(ends_at__gt=moment) | Q(ends_at=None), article_id=article_id).order_by(
        "starts_at"
    )
    begun = [each for each in rows if each.starts_at <= moment]
    return Timeline(moment, begun[0] if begun else None, [each for each in rows if each.starts_at > moment], settled)


def status_of(article: Article, timeline: Timeline) -> ArticleStatus:
    """Where an article stands at the timeline's moment."""
    if article.archived_at is not None:
        return ArticleStatus.ARCHIVED
    if timeline.current is not None:
        return ArticleStatus.PUBLISHED
    if timeline.waiting:
        return ArticleStatus.SCHEDULED
    was_public = article.first_published_at is not None and article.first_published_at <= timeline.moment
    return ArticleStatus.UNPUBLISHED if was_public else ArticleStatus.DRAFT


async def begin(
    database: Database,
    article: Article,
    timeline: Timeline,
    *,
    starts_at: datetime,
    ends_at: datetime | None = None,
    by: UUID | None = None,
    note: str | None = None,
) -> Publication | None:
    """Let the head go out at `starts_at`: now, at a time to come, or for imports at one that is past.

    What is public until then ends then; what waited to go out no longer does; a planned end stays planned. What would
    have been public for no time at all goes, for no reader saw it.

    Args:
        database: where; in a transaction.
        article: what, locked.
        timeline: its publications now.
        starts_at: from when on.
        ends_at: until when; as planned before when left out.
        by: whose decision it was.
        note: why, for colleagues.

    Returns:
        The publication; None when the head is public already under the very same pins.

    Raises:
        StateConflict: it was published or unpublished after `starts_at`.
        CheckFailed: a check found what keeps it from going out.
    """
    await _keep_history(article, starts_at, timeline.moment)
    head = await ArticleRevision.get(id=article.head_id)
    named, covers = (await named_by([head.id]))[head.id], await load_covers()
    await refuse_unfit(head, named, covers, starts_at, is_history=starts_at < timeline.moment)
    issue = Issue(article, head, named, pins_at(covers, named, starts_at))
    if await _says_nothing_new(timeline, issue, starts_at, ends_at):
        return None
    until = ends_at or (timeline.planned_end if timeline.planned_end and timeline.planned_end > starts_at else None)
    affected = await listed_under(timeline.counted)
    since = await _make_way(timeline, starts_at)
    span = Span(starts_at=starts_at, ends_at=until, published_at=since)
    made = rows_of(issue, span, at=timeline.moment, by=by, note=note)
    await insert_publications([made])
    await _settle(database, article, named, affected)
    return made.publication


async def end(database: Database, article: Article, timeline: Timeline, ends_at: datetime) -> None:
    """Let an article no longer be public from `ends_at` on, which is not to come; what waits is called off.

    Raises:
        StateConflict: it was published after that.
    """
    current = timeline.current
    await erase_publications([each.id for each in timeline.waiting])
    affected = await listed_under(timeline.counted)
    if current is not None:
        if ends_at < current.starts_at:
            raise StateConflict(f"It was published on {current.starts_at:%Y-%m-%d %H:%M} UTC, after that.", ("at",))
        await _cut(current, ends_at)
    await _settle(database, article, Named((), (), ()), affected)


async def plan_end(timeline: Timeline, ends_at: datetime) -> None:
    """Let what is public, or what waits last, end at `ends_at`, which is to come.

    Raises:
        StateConflict: nothing is public or waits, or it starts only then.
    """
    last = timeline.waiting[-1] if timeline.waiting else timeline.current
    if last is None or last.starts_at >= ends_at:
        raise StateConflict("Nothing is public that could end then.", ("unpublishAt",))
    await end_publications([last.id], ends_at, by_clock=True)


async def call_off(database: Database, article: Article, timeline: Timeline) -> bool:
    """Forget every plan: what waits is gone, and what is public stays so without an end.

    Returns:
        Whether anything was planned.
    """
    await erase_publications([each.id for each in timeline.waiting])
    planned = bool(timeline.waiting)
    if timeline.current is not None and timeline.current.ends_at is not None:
        await end_publications([timeline.current.id], None)
        planned = True
    await _settle(database, article, Named((), (), ()), (set(), set()))
    return planned


async def _keep_history(article: Article, starts_at: datetime, moment: datetime) -> None:
    """What readers have seen is not rewritten: nothing begins before the last that began, or ended, until now."""
    if starts_at < moment:
        known = Publication.filter(Q(starts_at__gte=starts_at) | Q(ends_at__gt=starts_at, ends_at__lte=moment))
        if await known.filter(article_id=article.id, starts_at__lte=moment).exists():
            raise StateConflict("It was published or unpublished after that already.", ("at",))


async def _says_nothing_new(timeline: Timeline, issue: Issue, starts_at: datetime, ends_at: datetime | None) -> bool:
    current = timeline.current
    if current is None or timeline.waiting or ends_at is not None or starts_at > timeline.moment:
        return False
    pinned = PublicationDisclaimer.filter(publication_id=current.id).order_by("position")
    pins = [(row.disclaimer_id, row.version_id) for row in await pinned]
    return current.revision_id == issue.revision.id and pins == list(issue.pins)


async def _make_way(timeline: Timeline, starts_at: datetime) -> datetime:
    """Clear the time from `starts_at` on; answers since when the article will have been out without a break."""
    await erase_publications([each.id for each in timeline.waiting])
    current, own_end = timeline.current, timeline.own_end()
    if current is None:
        return starts_at
    if own_end is not None and own_end < starts_at:
        return starts_at
    await _cut(current, starts_at)
    return current.published_at


async def _cut(publication: Publication, ends_at: datetime) -> None:
    if publication.starts_at == ends_at:
        await erase_publications([publication.id])
    else:
        await end_publications([publication.id], ends_at)


async def _settle(database: Database, article: Article, named: Named, affected: tuple[set[UUID], set[UUID]]) -> None:
    """Put right what depends on the publications: when it first came out, and the counts."""
    first = await Publication.filter(article_id=article.id).order_by("starts_at").first()
    article.first_published_at = first.starts_at if first else None
    await Article.filter(id=article.id).update(first_published_at=article.first_published_at)
    authors, topics = affected
    await recount(database, authors | set(named.author_ids), topics | set(named.topic_ids))
