"""Publications under other versions of disclaimers than they were planned or begun under.

Those that wait are pinned anew. One that readers see is never changed: it ends, and in the same moment another begins,
with the same revision, the same date and the same planned end. Each function expects that nobody publishes meanwhile.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from cms.articles.counting import recount
from cms.articles.known import chunks
from cms.articles.models import Article, Publication, PublicationDisclaimer
from cms.articles.pins import Cover, Named, Pin, fitting, named_by, pins_at
from cms.articles.planned import settle_due
from cms.articles.publications import (
    PublicationRows,
    end_publications,
    erase_publications,
    insert_publications,
    listed_under,
    with_listings,
)
from cms.disclaimers.models import DisclaimerVersion
from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.errors import NotFound, StateConflict
from cms.kernel.ids import new_id
from cms.kernel.viewer import Viewer


async def pin_waiting(covers: Sequence[Cover]) -> None:
    """Pin publications that have not started anew, with what will be in effect at their start as it is known now."""
    await _lock(Q(starts_at__gt=now()))
    # Asked again: while this waited for a lock one may have begun, and what readers see keeps its pins.
    waiting = await Publication.filter(starts_at__gt=now()).order_by("article_id")
    named = await named_by([each.revision_id for each in waiting])
    made = [
        with_listings(each, named[each.revision_id], pins_at(covers, named[each.revision_id], each.starts_at))
        for each in waiting
    ]
    for some in chunks([each.id for each in waiting]):
        await PublicationDisclaimer.filter(publication_id__in=some).delete()
    await PublicationDisclaimer.bulk_create([row for each in made for row in each.disclaimers], batch_size=500)


async def lock_unended(article_ids: Collection[UUID] | None = None) -> None:
    """Lock the articles that are public or wait to be: all at once, by whoever pins both sorts anew.

    Args:
        article_ids: which of them; all when left out.
    """
    unended = Q(ends_at=None) | Q(ends_at__gt=now())
    if article_ids is None:
        await _lock(unended)
    else:
        for some in chunks(sorted(set(article_ids))):
            await _lock(unended & Q(article_id__in=some))


async def move_to(
    database: Database,
    viewer: Viewer,
    covers: Sequence[Cover],
    version: DisclaimerVersion,
    article_ids: Collection[UUID] | None = None,
) -> list[UUID]:
    """Move public articles to a version that is in effect, and answer which were moved.

    Only this disclaimer's pin is changed: what else an article went out under is not decided here.

    Args:
        database: where.
        viewer: who does it.
        covers: every disclaimer, as `load_covers` gives them.
        version: what to move them to.
        article_ids: which; every public article that the disclaimer covers when left out.

    Raises:
        NotFound: there is no such article.
        StateConflict: one of those that are named is not public or not covered, or it would go out under too many.
    """
    cover = next(each for each in covers if each.id == version.disclaimer_id)
    await lock_unended(article_ids)
    # Not before the locks are there: what ended while this waited for them ended before they were moved.
    instant = now()
    public = await _public(instant, article_ids)
    named = await named_by([each.revision_id for each in public])
    covered = [each for each in public if cover.covers(named[each.revision_id])]
    if article_ids is not None:
        await _refuse_others(article_ids, public, covered)
    pinned = await _pins_of(covered)
    moved = [each for each in covered if Pin(cover.id, version.id) not in pinned[each.id]]
    order = {each.id: place for place, each in enumerate(covers)}
    successors = [
        _successor(viewer, each, named[each.revision_id], _with_pin(pinned[each.id], cover, version, order), instant)
        for each in moved
    ]
    listed = await listed_under(await _settle(database, moved, instant))
    await erase_publications([each.id for each in moved if each.starts_at == instant])
    await end_publications([each.id for each in moved if each.starts_at < instant], instant)
    await insert_publications(successors)
    await recount(database, *listed)
    return [each.article_id for each in moved]


async def _refuse_others(
    article_ids: Iterable[UUID], public: Iterable[Publication], covered: Iterable[Publication]
) -> None:
    """Refuse the first of those that were named which cannot be moved."""
    seen, reached = {each.article_id for each in public}, {each.article_id for each in covered}
    for place, key in enumerate(article_ids):
        path = ("articleIds", str(place))
        if key not in seen and not await Article.exists(id=key, deleted_at=None):
            raise NotFound("There is no such article.", path)
        if key not in seen:
            raise StateConflict("It is not public: what it goes out under is decided when it does.", path)
        if key not in reached:
            raise StateConflict("The disclaimer does not cover it: choose the disclaimer for it, and publish.", path)


def _with_pin(
    pins: Iterable[Pin], cover: Cover, version: DisclaimerVersion, order: Mapping[UUID, int]
) -> Sequence[Pin]:
    """Pins with this one in place of the disclaimer's other, in the order they are shown."""
    others = [pin for pin in pins if pin.disclaimer_id != cover.id]
    return sorted(fitting([*others, Pin(cover.id, version.id)]), key=lambda pin: order[pin.disclaimer_id])


def _successor(
    viewer: Viewer, before: Publication, named: Named, pins: Sequence[Pin], instant: datetime
) -> PublicationRows:
    publication = Publication(
        id=new_id(),
        created_at=instant,
        created_by_id=viewer.user_id,
        article_id=before.article_id,
        revision_id=before.revision_id,
        starts_at=instant,
        ends_at=before.ends_at,
        published_at=before.published_at,
        locale=before.locale,
        slug=before.slug,
        title_key=before.title_key,
        # The one before ends by somebody's hand; that this one will end is still to be announced.
        ends_by_clock=before.ends_by_clock,
    )
    return with_listings(publication, named, pins)


async def _settle(database: Database, publications: Iterable[Publication], instant: datetime) -> list[UUID]:
    """Announce those that began by the clock a moment ago, before anybody is told that they were moved.

    Returns:
        Those that began or ended, whose authors and topics are still to be counted.
    """
    due = [each.article_id for each in publications if each.starts_by_clock]
    settled = []
    for some in chunks(due):
        for article in await Article.filter(id__in=some).order_by("id"):
            settled += await settle_due(database, article, instant)
    return settled


async def _public(instant: datetime, article_ids: Collection[UUID] | None) -> list[Publication]:
    """What is public at an instant, in the order of articles."""
    ongoing = Publication.filter(Q(ends_at=None) | Q(ends_at__gt=instant), starts_at__lte=instant)
    if article_ids is None:
        return await ongoing.order_by("article_id")
    named = sorted(set(article_ids))
    return [each for some in chunks(named) for each in await ongoing.filter(article_id__in=some).order_by("article_id")]


async def _lock(wanted: Q) -> None:
    """Lock the articles of publications in the order of ids, as every action does it."""
    articles = sorted({row.article_id for row in await Publication.filter(wanted).only("id", "article_id")})
    for some in chunks(articles):
        await Article.filter(id__in=some).order_by("id").select_for_update(no_key=True).only("id")


async def _pins_of(publications: Iterable[Publication]) -> dict[UUID, list[Pin]]:
    pins: dict[UUID, list[Pin]] = defaultdict(list)
    for some in chunks([each.id for each in publications]):
        for row in await PublicationDisclaimer.filter(publication_id__in=some).order_by("position"):
            pins[row.publication_id].append(Pin(row.disclaimer_id, row.version_id))
    return pins
