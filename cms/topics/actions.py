"""What editors do with topics: plant one in the tree, change or move it, and cut off one that nothing names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import UNSET, UnsetType

from cms.kernel.addresses import bury, take_address
from cms.kernel.changing import checked_source, locked, one_at_a_time, swap, unless_taken
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.errors import InvalidInput, NotFound, StateConflict
from cms.kernel.events import EventType, append_event
from cms.kernel.guards import require, same_version
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.inputs import line, moment, optional_text
from cms.kernel.naming import choose_slug
from cms.kernel.telling import Telling, changes_between, id_of, said
from cms.kernel.text import fold
from cms.kernel.usage import refuse_in_use
from cms.kernel.viewer import Scope, Viewer
from cms.topics.models import Topic

#: `Topic.children` is a plain list in the API.
MAX_CHILDREN: Final = 100
_MAX_NAME_CHARS = 200
#: How a topic's fields are told in events.
_TOLD: Final[Telling] = {
    "slug": lambda topic: topic.slug,
    "name": lambda topic: topic.name,
    "description": lambda topic: topic.description,
    "parentId": lambda topic: id_of(NodeType.TOPIC, topic.parent_id),
}
# The tree is changed by one at a time: two moves that are each right can make a circle together.
_TREE = 0x746F706963


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicDraft:
    """A topic to be. Without a slug one is made of the name; without a parent it stands at the top."""

    name: str
    slug: str | None = None
    description: str | None = None
    parent_id: UUID | None = None
    source: str | None = None
    source_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChange:
    """What changes about a topic; what is UNSET stays, None clears."""

    topic_id: UUID
    expected_version: int
    slug: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    parent_id: UUID | UnsetType | None = UNSET


async def create_topic(database: Database, viewer: Viewer, draft: TopicDraft, *, at: datetime | None = None) -> Topic:
    """Plant a topic.

    Args:
        database: where.
        viewer: must hold CONTENT_PUBLISH.
        draft: what.
        at: since when, for imports; now when left out.

    Raises:
        NotAllowed: the viewer may not.
        NotFound: there is no such parent.
        StateConflict: the parent has MAX_CHILDREN children.
        AlreadyExists: the slug or the source is taken.
        DomainError: a value cannot be taken; see the path.
    """
    require(viewer, Scope.CONTENT_PUBLISH)
    name = line(draft.name, ("name",), _MAX_NAME_CHARS)
    made_at = moment(at, ("createdAt",)) if at else now()
    values: dict[str, Any] = {**_named(name), "description": optional_text(draft.description, ("description",))}
    async with transaction(database):
        await one_at_a_time(database, _TREE)
        values |= await checked_source(Topic, draft.source, draft.source_id)
        await _make_room(draft.parent_id)
        values |= {"slug": await choose_slug(draft.slug, name, _taken), "parent_id": draft.parent_id}
        with unless_taken("The slug", ("slug",)):
            topic = await Topic.create(created_at=made_at, updated_at=made_at, **values)
        await _announce(database, viewer, topic, {})
        await _stand(database, viewer, topic, None)
    return topic


async def update_topic(database: Database, viewer: Viewer, change: TopicChange) -> Topic:
    """Change a topic, or move it with everything below it.

    Raises:
        NotAllowed: the viewer lacks CONTENT_PUBLISH.
        NotFound: there is no such topic or parent.
        VersionConflict: somebody changed it since.
        InvalidInput: it would stand below itself.
        StateConflict: the parent has MAX_CHILDREN children.
        AlreadyExists: the slug is taken.
    """
    require(viewer, Scope.CONTENT_PUBLISH)
    async with transaction(database):
        await one_at_a_time(database, _TREE)
        topic = await locked(Topic, change.topic_id)
        await same_version(topic, change.expected_version, NodeType.TOPIC)
        before = said(topic, _TOLD)
        changes = {**_changes(change), **await _moved(topic, change), **await _renamed(topic, change)}
        with unless_taken("The slug", ("slug",)):
            written = await swap(topic, changes)
        if written:
            await _announce(database, viewer, topic, before)
            await _stand(database, viewer, topic, str(before["slug"]))
    return topic


async def delete_topic(database: Database, viewer: Viewer, topic_id: UUID) -> Topic:
    """Cut off a topic that nothing names. The row stays, out of sight; at the address a tombstone says so.

    Raises:
        NotAllowed: the viewer lacks CONTENT_PUBLISH.
        NotFound: there is no such topic.
        StateConflict: there are topics below it.
        InUse: an article stands under it, as it is or as readers ever saw it, or a disclaimer names it.
    """
    require(viewer, Scope.CONTENT_PUBLISH)
    async with transaction(database):
        await one_at_a_time(database, _TREE)
        topic = await locked(Topic, topic_id, to_delete=True)
        if await Topic.exists(parent_id=topic.id, deleted_at=None):
            raise StateConflict("There are topics below it: move or delete them first.", ("id",))
        await refuse_in_use(database, GlobalId(NodeType.TOPIC, topic.id))
        await swap(topic, {"deleted_at": now()})
        await bury(database, GlobalId(NodeType.TOPIC, topic.id), topic.slug)
        await _announce(database, viewer, topic, said(topic, _TOLD), deleted=True)
    return topic


def _named(name: str) -> dict[str, object]:
    return {"name": name, "name_key": fold(name)}


def _changes(change: TopicChange) -> dict[str, object]:
    changes: dict[str, object] = {}
    if change.name is not UNSET:
        changes |= _named(line(change.name, ("name",), _MAX_NAME_CHARS))
    if change.description is not UNSET:
        changes["description"] = optional_text(change.description, ("description",))
    return changes


async def _renamed(topic: Topic, change: TopicChange) -> dict[str, object]:
    if change.slug is UNSET or change.slug == topic.slug:
        return {}
    return {"slug": await choose_slug(change.slug, topic.name, _taken)}


async def _moved(topic: Topic, change: TopicChange) -> dict[str, object]:
    if change.parent_id is UNSET or change.parent_id == topic.parent_id:
        return {}
    await _make_room(change.parent_id)
    if topic.id in await _line_of(change.parent_id):
        raise InvalidInput("A topic cannot stand below itself.", ("parentId",))
    return {"parent_id": change.parent_id}


async def _make_room(parent_id: UUID | None) -> None:
    if parent_id is None:
        return
    if not await Topic.exists(id=parent_id, deleted_at=None):
        raise NotFound("There is no such topic.", ("parentId",))
    if await Topic.filter(parent_id=parent_id, deleted_at=None).count() >= MAX_CHILDREN:
        raise StateConflict(f"A topic has at most {MAX_CHILDREN} below it: choose another.", ("parentId",))


async def _line_of(topic_id: UUID | None) -> set[UUID]:
    """A topic and all above it."""
    above: set[UUID] = set()
    while topic_id is not None and topic_id not in above:
        above.add(topic_id)
        topic_id = (await Topic.get(id=topic_id)).parent_id
    return above


async def _taken(slugs: list[str]) -> set[str]:
    rows = await Topic.filter(slug__in=slugs, deleted_at=None).values_list("slug", flat=True)
    return {str(slug) for slug in rows}


async def _stand(database: Database, viewer: Viewer, topic: Topic, before: str | None) -> None:
    """Let the topic stand under its slug; a topic's page is public as soon as there is one."""
    node = GlobalId(NodeType.TOPIC, topic.id)
    await take_address(database, node, topic.slug, before=before, actor=viewer.actor)


async def _announce(
    database: Database, viewer: Viewer, topic: Topic, before: Mapping[str, object], **more: object
) -> None:
    payload = {"version": topic.version, "changed": changes_between(before, said(topic, _TOLD)), **more}
    node = GlobalId(NodeType.TOPIC, topic.id)
    await append_event(database, EventType.TOPIC_CHANGED, viewer.actor, node, payload=payload)
