"""What a stale write is told of rows whose changes stand in the event log."""

import pytest

from cms.kernel.database import Database
from cms.kernel.errors import FieldChange, VersionConflict
from cms.kernel.events import EventType, append_event
from cms.kernel.guards import merged, same_version
from cms.kernel.ids import GlobalId, NodeType
from cms.topics.models import Topic


def a_change(field: str, before: object, after: object) -> FieldChange:
    """A change of a field."""
    return {"field": field, "before": before, "after": after}


async def a_topic_with_a_history(database: Database) -> Topic:
    """A topic at version 4, and its events."""
    topic = await Topic.create(slug="boats", name="Boats", name_key="boats", version=4)
    node = GlobalId(NodeType.TOPIC, topic.id)
    for version, changed in (
        (2, [a_change("name", "Ships", "Vessels")]),
        (3, [a_change("name", "Vessels", "Boats"), a_change("description", None, "Afloat.")]),
        (4, [a_change("slug", "ships", "boats")]),
    ):
        payload = {"version": version, "changed": changed}
        await append_event(database, EventType.TOPIC_CHANGED, "user:a", node, payload=payload)
    await append_event(database, EventType.TOPIC_CHANGED, "user:a", node, payload={"counted": True})
    return topic


@pytest.mark.asyncio
async def test_a_conflict_tells_what_the_log_remembers(database: Database) -> None:
    """The others' changes would be overwritten by somebody who never saw them."""
    topic = await a_topic_with_a_history(database)

    with pytest.raises(VersionConflict) as stale:
        await same_version(topic, 1, NodeType.TOPIC)
    with pytest.raises(VersionConflict) as later:
        await same_version(topic, 3, NodeType.TOPIC)

    assert (stale.value.current_version, stale.value.current) == (4, GlobalId(NodeType.TOPIC, topic.id))
    assert stale.value.theirs == (
        a_change("name", "Ships", "Boats"),
        a_change("description", None, "Afloat."),
        a_change("slug", "ships", "boats"),
    )
    assert later.value.theirs == (a_change("slug", "ships", "boats"),)


@pytest.mark.asyncio
async def test_the_current_version_passes_and_so_does_none(database: Database) -> None:
    """Whoever saw what is there, or asks for no version, is not held up."""
    topic = await a_topic_with_a_history(database)

    await same_version(topic, 4, NodeType.TOPIC)
    await same_version(topic, None, NodeType.TOPIC)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], []),
        ([("name", "a", "b"), ("name", "b", "a")], []),
        ([("name", "a", "b"), ("name", "b", "c")], [("name", "a", "c")]),
        ([("email", None, None), ("email", None, None)], [("email", None, None)]),
        ([("open", True, False), ("open", False, True)], []),
        ([("website", None, "a"), ("website", "a", None)], []),
    ],
)
def test_changes_of_one_field_are_one(
    changes: list[tuple[str, object, object]], expected: list[tuple[str, object, object]]
) -> None:
    """What was changed back did not change; what is nobody's to be told did."""
    assert merged([a_change(*each) for each in changes]) == [a_change(*each) for each in expected]
