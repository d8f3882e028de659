"""Topics: a tree without circles, and not too wide."""

import asyncio

import pytest

from cms.kernel.database import Database
from cms.kernel.errors import (
    AlreadyExists,
    DomainError,
    InvalidInput,
    NotAllowed,
    NotFound,
    StateConflict,
    VersionConflict,
)
from cms.kernel.ids import new_id
from cms.kernel.viewer import ANONYMOUS
from cms.topics.actions import MAX_CHILDREN, TopicChange, TopicDraft, create_topic, update_topic
from cms.topics.models import Topic
from tests.articles.world import WRITER, every_row, told


async def planted(database: Database, name: str, parent: Topic | None = None) -> Topic:
    """A topic in the tree."""
    return await create_topic(database, WRITER, TopicDraft(name=name, parent_id=parent.id if parent else None))


@pytest.mark.asyncio
async def test_a_topic_moves_with_what_is_below_it(database: Database) -> None:
    """A move that leaves children behind breaks every address below."""
    sea, land = await planted(database, "Sea"), await planted(database, "Land")
    boats = await planted(database, "Boats", sea)
    ferries = await planted(database, "Ferries", boats)

    moved = await update_topic(
        database, WRITER, TopicChange(topic_id=boats.id, expected_version=1, parent_id=land.id, description="Afloat")
    )

    assert (moved.parent_id, moved.description, moved.version, moved.slug) == (land.id, "Afloat", 2, "boats")
    assert (await Topic.get(id=ferries.id)).parent_id == boats.id
    assert await told() == {"TOPIC_CHANGED": 5}


@pytest.mark.asyncio
async def test_no_topic_stands_below_itself(database: Database) -> None:
    """A circle in the tree: whoever walks up never arrives."""
    sea = await planted(database, "Sea")
    boats = await planted(database, "Boats", sea)
    ferries = await planted(database, "Ferries", boats)
    before = await every_row(database)

    for parent in (sea, boats, ferries):
        with pytest.raises(InvalidInput) as refused:
            await update_topic(database, WRITER, TopicChange(topic_id=sea.id, expected_version=1, parent_id=parent.id))
        assert refused.value.path == ("parentId",)

    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_two_moves_that_are_right_alone_make_no_circle_together(database: Database) -> None:
    """Each looks at the tree before the other has moved."""
    pairs = [(await planted(database, "Sea"), await planted(database, "Land")) for _ in range(20)]

    async def move(topic: Topic, below: Topic) -> str:
        try:
            await update_topic(database, WRITER, TopicChange(topic_id=topic.id, expected_version=1, parent_id=below.id))
        except InvalidInput:
            return "refused"
        return "moved"

    for sea, land in pairs:
        assert sorted(await asyncio.gather(move(sea, land), move(land, sea))) == ["moved", "refused"]


@pytest.mark.asyncio
async def test_a_topic_has_at_most_a_hundred_children(database: Database) -> None:
    """`children` is a plain list: the API must be able to give all of it."""
    sea = await planted(database, "Sea")
    await Topic.bulk_create(
        Topic(slug=f"t{number}", name=f"T{number}", name_key=f"t{number}", parent_id=sea.id)
        for number in range(MAX_CHILDREN - 1)
    )

    last = await planted(database, "Boats", sea)
    with pytest.raises(StateConflict):
        await planted(database, "One too many", sea)

    assert last.parent_id == sea.id
    assert await Topic.filter(parent_id=sea.id).count() == 100


@pytest.mark.asyncio
async def test_refusals_change_nothing(database: Database) -> None:
    """Half of a refused write is worse than the whole of it."""
    sea = await planted(database, "Sea")
    before = await every_row(database)

    refused: list[tuple[TopicDraft, type[DomainError], tuple[str, ...]]] = [
        (TopicDraft(name=""), DomainError, ("name",)),
        (TopicDraft(name="Other", slug="sea"), AlreadyExists, ("slug",)),
        (TopicDraft(name="Boats", parent_id=new_id()), NotFound, ("parentId",)),
        (TopicDraft(name="Boats", source_id="1"), InvalidInput, ("sourceId",)),
    ]
    for draft, error, path in refused:
        with pytest.raises(error) as told_:
            await create_topic(database, WRITER, draft)
        assert told_.value.path == path
    with pytest.raises(NotAllowed):
        await create_topic(database, ANONYMOUS, TopicDraft(name="Boats"))
    with pytest.raises(VersionConflict):
        await update_topic(database, WRITER, TopicChange(topic_id=sea.id, expected_version=3, name="Ocean"))

    assert await every_row(database) == before
