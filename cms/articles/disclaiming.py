"""What editors do with disclaimers: write one, revise it, retire it; and what that does to articles.

What readers saw stays as they saw it. Publications that wait are pinned anew, as if they had been planned just now. A
version that applies to every covered article ends each one's publication and starts the next, with the same revision.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from cms.articles.known import chunks
from cms.articles.models import Article, Publication, PublicationDisclaimer
from cms.articles.pins import Cover, Named, Pin, change_disclaimers, load_covers, named_by, pins_at
from cms.articles.publications import (
    PublicationRows,
    end_publications,
    erase_publications,
    insert_publications,
    with_listings,
)
from cms.authors.models import Author
from cms.disclaimers.actions import (
    DisclaimerDraft,
    DisclaimerRevision,
    ReviseApplies,
    write_disclaimer,
    write_retirement,
    write_version,
)
from cms.disclaimers.models import Disclaimer, DisclaimerVersion
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.errors import NotFound, StateConflict
from cms.kernel.events import EventType, NewEvent, append_event, append_events
from cms.kernel.guards import require
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.inputs import moment
from cms.kernel.mixins import Identified
from cms.kernel.viewer import Scope, Viewer
from cms.topics.models import Topic


@dataclass(frozen=True, slots=True)
class Revised:
    """A new version, and how many public articles were moved to it."""

    version: DisclaimerVersion
    moved: int


async def create_disclaimer(
    database: Database, viewer: Viewer, draft: DisclaimerDraft, *, at: datetime | None = None
) -> DisclaimerVersion:
    """Write a disclaimer and its first version. It covers what goes out from now on.

    Args:
        database: where.
        viewer: must hold CONTENT_PUBLISH.
        draft: what it says, and of what.
        at: when it was written, for imports; now when left out.

    Raises:
        NotAllowed: the viewer may not.
        NotFound: a topic or an author it names is not there.
        AlreadyExists: the slug is taken.
        DomainError: a value cannot be taken; see the path.
    """
    require(viewer, Scope.CONTENT_PUBLISH)
    async with transaction(database):
        await change_disclaimers(database)
        made_at = moment(at, ("createdAt",)) if at else now()
        await _all_there(Topic, draft.topic_ids, "topicIds")
        await _all_there(Author, draft.author_ids, "authorIds")
        version = await write_disclaimer(viewer, draft, made_at)
        await _pin_waiting(await load_covers())
        await _announce(database, viewer, version, moved=0)
    return version


async def revise_disclaimer(
    database: Database, viewer: Viewer, revision: DisclaimerRevision, *, at: datetime | None = None
) -> Revised:
    """Write the next version. No text that anybody was shown is changed.

    Args:
        database: where.
        viewer: must hold CONTENT_PUBLISH.
        revision: what it says from when on, and whether public articles are moved to it.
        at: when it was written, for imports; now when left out.

    Raises:
        NotAllowed: the viewer may not.
        NotFound: there is no such disclaimer.
        VersionConflict: somebody changed it since.
        StateConflict: it is retired, or should move public articles to a version that is not in effect yet.
        DomainError: a value cannot be taken; see the path.
    """
    require(viewer, Scope.CONTENT_PUBLISH)
    async with transaction(database):
        await change_disclaimers(database)
        made_at = moment(at, ("createdAt",)) if at else now()
        version = await write_version(viewer, revision, made_at)
        covers = await load_covers()
        await _pin_waiting(covers)
        moved: list[UUID] = []
        if revision.applies is ReviseApplies.EVERY_COVERED_ARTICLE:
            if version.effective_from > now():
                raise StateConflict("Only a version that is in effect can reach what is public.", ("effectiveFrom",))
            moved = await _move(viewer, covers, version)
        await _announce(database, viewer, version, moved=len(moved))
        await _announce_moved(database, viewer, version, moved)
    return Revised(version, len(moved))


async def retire_disclaimer(
    database: Database, viewer: Viewer, disclaimer_id: UUID, *, at: datetime | None = None
) -> Disclaimer:
    """Let a disclaimer cover nothing that goes out from now on. What is public stays under it.

    Args:
        database: where.
        viewer: must hold CONTENT_PUBLISH.
        disclaimer_id: which.
        at: since when, for imports; now when left out.

    Raises:
        NotAllowed: the viewer may not.
        NotFound: there is no such disclaimer.
        StateConflict: it is retired already.
    """
    require(viewer, Scope.CONTENT_PUBLISH)
    async with transaction(database):
        await change_disclaimers(database)
        disclaimer = await write_retirement(disclaimer_id, moment(at, ("at",)) if at else now())
        await _pin_waiting(await load_covers())
        node = GlobalId(NodeType.DISCLAIMER, disclaimer.id)
        await append_event(database, EventType.DISCLAIMER_REVISED, viewer.actor, node, payload={"retired": True})
    return disclaimer


async def _pin_waiting(covers: Sequence[Cover]) -> None:
    """Pin publications that have not started anew, with what will be in effect at their start as it is known now."""
    waiting = await Publication.filter(starts_at__gt=now())
    named = await named_by([each.revision_id for each in waiting])
    made = [
        with_listings(each, named[each.revision_id], pins_at(covers, named[each.revision_id], each.starts_at))
        for each in waiting
    ]
    for some in chunks([each.id for each in waiting]):
        await PublicationDisclaimer.filter(publication_id__in=some).delete()
    await PublicationDisclaimer.bulk_create([row for each in made for row in each.disclaimers], batch_size=500)


async def _move(viewer: Viewer, covers: Sequence[Cover], version: DisclaimerVersion) -> list[UUID]:
    """Move every public article that the version's disclaimer covers to it, and answer which were moved.

    Only this disclaimer's pin is changed: what else an article went out under is not decided here.
    """
    instant = now()
    cover = next(each for each in covers if each.id == version.disclaimer_id)
    public = await _locked_public(instant)
    named = await named_by([each.revision_id for each in public])
    pinned = await _pins_of(public)
    order = {each.id: place for place, each in enumerate(covers)}
    next_ones = []
    for each in public:
        if cover.covers(named[each.revision_id]) and cover.version_at(instant) == version.id:
            pins = [pin for pin in pinned[each.id] if pin.disclaimer_id != cover.id] + [Pin(cover.id, version.id)]
            pins.sort(key=lambda pin: order[pin.disclaimer_id])
            next_ones.append((each, _successor(viewer, each, named[each.revision_id], pins, instant)))
    unseen = [before.id for before, _ in next_ones if before.starts_at == instant]
    await erase_publications(unseen)
    await end_publications([before.id for before, _ in next_ones if before.starts_at < instant], instant)
    await insert_publications([made for _, made in next_ones])
    return [before.article_id for before, _ in next_ones]


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
    )
    return with_listings(publication, named, pins)


async def _locked_public(instant: datetime) -> list[Publication]:
    """Every publication that readers see, with its article locked in the order of ids, as every action does it."""
    ongoing = Q(starts_at__lte=instant) & (Q(ends_at=None) | Q(ends_at__gt=instant))
    articles = sorted({row.article_id for row in await Publication.filter(ongoing).only("id", "article_id")})
    for some in chunks(articles):
        await Article.filter(id__in=some).order_by("id").select_for_update(no_key=True).only("id")
    # Read again: while this waited for a lock, somebody may have published or taken down.
    return await Publication.filter(ongoing).order_by("article_id")


async def _pins_of(publications: Sequence[Publication]) -> dict[UUID, list[Pin]]:
    pins: dict[UUID, list[Pin]] = defaultdict(list)
    for some in chunks([each.id for each in publications]):
        for row in await PublicationDisclaimer.filter(publication_id__in=some).order_by("position"):
            pins[row.publication_id].append(Pin(row.disclaimer_id, row.version_id))
    return pins


async def _all_there(model: type[Identified], keys: Collection[UUID], path: str) -> None:
    there = {row.id for row in await model.filter(id__in=list(keys), deleted_at=None).only("id")}
    for place, key in enumerate(keys):
        if key not in there:
            raise NotFound("There is no such thing.", (path, str(place)))


async def _announce(database: Database, viewer: Viewer, version: DisclaimerVersion, *, moved: int) -> None:
    node = GlobalId(NodeType.DISCLAIMER, version.disclaimer_id)
    payload = {"number": version.number, "digest": version.digest, "moved": moved}
    await append_event(database, EventType.DISCLAIMER_REVISED, viewer.actor, node, payload=payload)


async def _announce_moved(
    database: Database, viewer: Viewer, version: DisclaimerVersion, moved: Sequence[UUID]
) -> None:
    """Tell those who keep copies of articles; nobody is told that an article was published."""
    payload = {"disclaimerVersion": str(GlobalId(NodeType.DISCLAIMER_VERSION, version.id))}
    events = [NewEvent(EventType.ARTICLE_UPDATED, GlobalId(NodeType.ARTICLE, key), key, payload) for key in moved]
    await append_events(database, viewer.actor, events)
