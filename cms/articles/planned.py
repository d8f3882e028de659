"""What was planned and has come to pass: told once, by whoever notices first.

The one thing to know: readers never wait for this. What begins or ends by the clock does so in every query; here it is
announced, its authors and topics are counted, its old addresses lead on, and slugs that nobody needs are let go.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise.expressions import Q

from cms.articles.announcing import announce, published
from cms.articles.counting import recount
from cms.articles.models import Article, Publication
from cms.articles.moving import leave_old_address
from cms.articles.publications import listed_under
from cms.articles.slugs import release_slugs
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.events import EventType
from cms.kernel.fields import TimeField
from cms.kernel.viewer import SYSTEM

_ACTOR: Final = SYSTEM.actor
# Written out, so that either database sees that its partial index holds all that is asked for.
_DUE = (
    "SELECT article_id AS found FROM publication WHERE starts_by_clock AND starts_at <= {moment} "
    "UNION SELECT article_id FROM publication WHERE ends_by_clock AND ends_at <= {moment} ORDER BY 1"
)
_NEXT = (
    "SELECT min(starts_at) AS found FROM publication WHERE starts_by_clock "
    "UNION ALL SELECT min(ends_at) FROM publication WHERE ends_by_clock"
)
_PLACE = {Dialect.SQLITE: "?1", Dialect.POSTGRES: "$1"}


@dataclass(frozen=True, slots=True)
class _Change:
    """A beginning or an end of a publication, and when."""

    at: datetime
    is_beginning: bool
    publication: Publication


async def announce_due(database: Database, moment: datetime) -> datetime | None:
    """Announce what was planned to begin or end until `moment` and was not announced yet: one transaction an article.

    Any number of processes may do this at once, and editors may act meanwhile.

    Returns:
        When there is something to announce again; None when nothing is planned.

    Raises:
        ExceptionGroup: some articles could not be announced; all the others were.
    """
    faults = []
    for article_id in await _articles_due(database, moment):
        try:
            await _announce_one(database, article_id, moment)
        except Exception as fault:  # noqa: BLE001 - raised below: one article that cannot be told must not silence all
            faults.append(fault)
    if faults:
        raise ExceptionGroup("What was planned could not be announced", faults)
    return await _next_moment(database)


async def settle_due(database: Database, article: Article, moment: datetime) -> list[UUID]:
    """Announce what of a locked article was planned until `moment`. Every verb begins with it: so the log is in order.

    The article's version stays. An editor who planned this knows of it, and must not meet a conflict because time has
    passed; and nothing that an editor can save has changed.

    Returns:
        The publications that began or ended. Their authors and topics have yet to be counted, together with others
        that the caller has to count: rows that are locked twice over are locked in no order.
    """
    pending = Q(starts_by_clock=True, starts_at__lte=moment) | Q(ends_by_clock=True, ends_at__lte=moment)
    publications = await Publication.filter(pending, article_id=article.id).order_by("starts_at")
    if not publications:
        return []
    for change in sorted(_changes(publications, moment), key=lambda each: (each.at, each.is_beginning)):
        await (_begin(database, article, change) if change.is_beginning else _end(database, article, change))
    await release_slugs(article)
    # Where one took the place of another, that one ended without being told of.
    replaced = await Publication.filter(article_id=article.id, ends_at__in=[each.starts_at for each in publications])
    return [each.id for each in (*publications, *replaced)]


async def _announce_one(database: Database, article_id: UUID, moment: datetime) -> None:
    async with transaction(database):
        # Another process may be first by a moment; once the row is ours, nothing is due of it any more.
        article = await Article.filter(id=article_id).select_for_update(no_key=True).get_or_none()
        if article is not None:
            settled = await settle_due(database, article, moment)
            await recount(database, *await listed_under(settled))


def _changes(publications: Sequence[Publication], moment: datetime) -> Iterator[_Change]:
    for each in publications:
        if each.starts_by_clock and each.starts_at <= moment:
            yield _Change(each.starts_at, is_beginning=True, publication=each)
        if each.ends_by_clock and each.ends_at is not None and each.ends_at <= moment:
            yield _Change(each.ends_at, is_beginning=False, publication=each)


async def _begin(database: Database, article: Article, change: _Change) -> None:
    publication = change.publication
    await Publication.filter(id=publication.id).update(starts_by_clock=None)
    await leave_old_address(database, article, publication, _ACTOR)
    details = {**published(publication), "planned": True}
    await announce(database, _ACTOR, EventType.ARTICLE_PUBLISHED, article, details)


async def _end(database: Database, article: Article, change: _Change) -> None:
    """Nobody is told that an article went where the next publication takes its place in the same moment."""
    await Publication.filter(id=change.publication.id).update(ends_by_clock=None)
    if not await Publication.exists(article_id=article.id, starts_at=change.at):
        await announce(database, _ACTOR, EventType.ARTICLE_UNPUBLISHED, article, {"planned": True})


async def _articles_due(database: Database, moment: datetime) -> list[UUID]:
    statement = _DUE.format(moment=_PLACE[database.dialect])
    rows = await database.connection.execute_query_dict(statement, [moment])
    return [row["found"] if isinstance(row["found"], UUID) else UUID(row["found"]) for row in rows]


async def _next_moment(database: Database) -> datetime | None:
    rows = await database.connection.execute_query_dict(_NEXT)
    moments = [TimeField().to_python_value(row["found"]) for row in rows]
    return min((moment for moment in moments if moment is not None), default=None)
