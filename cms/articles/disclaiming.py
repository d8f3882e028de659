"""What editors do with disclaimers: write one, aim it elsewhere, revise it, retire it; and what that does to articles.

What readers saw stays as they saw it, whatever a disclaimer covers from now on. Publications that wait are pinned anew,
as if they had been planned just now. Public articles get another version by a verb that says so: each one's publication
ends and the next starts, with the same revision.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec import UNSET

from cms.articles.pins import change_disclaimers, load_covers
from cms.articles.repinning import lock_unended, move_to, pin_waiting
from cms.authors.models import Author
from cms.disclaimers.actions import (
    DisclaimerChange,
    DisclaimerDraft,
    DisclaimerRevision,
    ReviseApplies,
    with_body_read,
    write_change,
    write_disclaimer,
    write_retirement,
    write_version,
)
from cms.disclaimers.models import Disclaimer, DisclaimerVersion
from cms.kernel.clock import now, to_text
from cms.kernel.database import Database, transaction
from cms.kernel.errors import NotFound, StateConflict
from cms.kernel.events import EventType, NewEvent, append_event, append_events
from cms.kernel.guards import require
from cms.kernel.ids import GlobalId, NodeType
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
    draft = with_body_read(draft)
    async with transaction(database):
        await change_disclaimers(database)
        made_at = moment(at, ("createdAt",)) if at else now()
        await _all_there(Topic, draft.topic_ids, "topicIds")
        await _all_there(Author, draft.author_ids, "authorIds")
        version = await write_disclaimer(viewer, draft, made_at)
        await pin_waiting(await load_covers())
        await _announce(database, viewer, version.disclaimer_id, {"version": 1, **_told(version), "moved": 0})
    return version


async def update_disclaimer(database: Database, viewer: Viewer, change: DisclaimerChange) -> Disclaimer:
    """Let a disclaimer cover other articles, or stand elsewhere on a page; its text stays as it is.

    Articles that are public stay under what they went out under, and gain nothing either; it is the next publication of
    each that follows the new scope. Saying what is so already changes nothing.

    Raises:
        NotAllowed: the viewer lacks CONTENT_PUBLISH.
        NotFound: there is no such disclaimer, or a topic or an author it names is not there.
        VersionConflict: somebody changed it since.
        StateConflict: it is retired, or too many would cover an article that waits to go out.
        DomainError: topics and authors are not as the scope wants them; see the path.
    """
    require(viewer, Scope.CONTENT_PUBLISH)
    async with transaction(database):
        await change_disclaimers(database)
        await _all_there(Topic, () if change.topic_ids is UNSET else change.topic_ids, "topicIds")
        await _all_there(Author, () if change.author_ids is UNSET else change.author_ids, "authorIds")
        changed = await write_change(change)
        if changed.fields:
            await pin_waiting(await load_covers())
            details = {"version": changed.disclaimer.version, "changed": changed.fields}
            await _announce(database, viewer, changed.disclaimer.id, details)
    return changed.disclaimer


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
    revision = with_body_read(revision)
    async with transaction(database):
        await change_disclaimers(database)
        made_at = moment(at, ("createdAt",)) if at else now()
        written = await write_version(viewer, revision, made_at)
        version, covers = written.version, await load_covers()
        reaches_readers = revision.applies is ReviseApplies.EVERY_COVERED_ARTICLE
        if reaches_readers:
            await lock_unended()
        await pin_waiting(covers)
        moved: list[UUID] = []
        if reaches_readers:
            if version.effective_from > now():
                raise StateConflict("Only a version that is in effect can reach what is public.", ("effectiveFrom",))
            moved = await move_to(database, viewer, covers, version)
        details = {"version": written.disclaimer_version, **_told(version), "moved": len(moved)}
        await _announce(database, viewer, version.disclaimer_id, {**details, "changed": written.fields})
        await _announce_moved(database, viewer, version, moved)
    return Revised(version, len(moved))


async def apply_disclaimer_version(
    database: Database, viewer: Viewer, version_id: UUID, article_ids: Collection[UUID] | None = None
) -> int:
    """Move public articles to the version that is in effect, as one act; those that have it already stay as they are.

    Args:
        database: where.
        viewer: must hold CONTENT_PUBLISH.
        version_id: the version in effect, of a disclaimer that is in use.
        article_ids: which articles, each public and covered by the disclaimer; all that it covers when left out.

    Returns:
        How many articles were moved.

    Raises:
        NotAllowed: the viewer may not.
        NotFound: there is no such version or article.
        StateConflict: it is not the version in effect, an article is not public or not covered, or too many
            disclaimers would cover one.
    """
    require(viewer, Scope.CONTENT_PUBLISH)
    async with transaction(database):
        await change_disclaimers(database)
        version = await DisclaimerVersion.get_or_none(id=version_id)
        if version is None:
            raise NotFound("There is no such version.", ("versionId",))
        covers = await load_covers()
        if next(each for each in covers if each.id == version.disclaimer_id).version_at(now()) != version.id:
            raise StateConflict("Only the version in effect, of a disclaimer in use, can be applied.", ("versionId",))
        moved = await move_to(database, viewer, covers, version, article_ids)
        if moved:
            disclaimer = await Disclaimer.get(id=version.disclaimer_id)
            details = {"version": disclaimer.version, "applied": True, **_told(version), "moved": len(moved)}
            await _announce(database, viewer, disclaimer.id, details)
            await _announce_moved(database, viewer, version, moved)
    return len(moved)


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
        await pin_waiting(await load_covers())
        retired_at = disclaimer.retired_at and to_text(disclaimer.retired_at)
        changed = [{"field": "retiredAt", "before": None, "after": retired_at}]
        details = {"version": disclaimer.version, "retired": True, "changed": changed}
        await _announce(database, viewer, disclaimer.id, details)
    return disclaimer


async def _all_there(model: type[Identified], keys: Collection[UUID], path: str) -> None:
    there = {row.id for row in await model.filter(id__in=list(keys), deleted_at=None).only("id")}
    for place, key in enumerate(keys):
        if key not in there:
            raise NotFound("There is no such thing.", (path, str(place)))


def _told(version: DisclaimerVersion) -> dict[str, object]:
    return {"number": version.number, "digest": version.digest}


async def _announce(database: Database, viewer: Viewer, disclaimer_id: UUID, details: Mapping[str, object]) -> None:
    node = GlobalId(NodeType.DISCLAIMER, disclaimer_id)
    await append_event(database, EventType.DISCLAIMER_REVISED, viewer.actor, node, payload=details)


async def _announce_moved(
    database: Database, viewer: Viewer, version: DisclaimerVersion, moved: Sequence[UUID]
) -> None:
    """Tell those who keep copies of articles; nobody is told that an article was published."""
    payload = {"disclaimerVersion": str(GlobalId(NodeType.DISCLAIMER_VERSION, version.id))}
    events = [NewEvent(EventType.ARTICLE_UPDATED, GlobalId(NodeType.ARTICLE, key), key, payload) for key in moved]
    await append_events(database, viewer.actor, events)
