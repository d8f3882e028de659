"""Topics: a tree without circles, and not too wide."""

import asyncio

import pytest

from cms.articles.actions import delete_article, publish_article, update_article
from cms.articles.drafts import ArticleChange
from cms.disclaimers.models import DisclaimerScope
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import (
    AlreadyExists,
    DomainError,
    InUse,
    InvalidInput,
    NotAllowed,
    NotFound,
    StateConflict,
    VersionConflict,
)
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.models import Event, Tombstone
from cms.kernel.viewer import ANONYMOUS
from cms.site.models import Redirect
from cms.topics.actions import MAX_CHILDREN, TopicChange, TopicDraft, create_topic, delete_topic, update_topic
from cms.topics.models import Topic
from tests.articles.world import EDITOR, NOON, a_disclaimer, an_article, every_row, found, told


async def planted(database: Database, name: str, parent: Topic | None = None) -> Topic:
    """A topic in the tree."""
    return await create_topic(database, EDITOR, TopicDraft(name=name, parent_id=parent.id if parent else None))


@pytest.mark.asyncio
async def test_a_topic_moves_with_what_is_below_it(database: Database) -> None:
    """A move that leaves children behind breaks every address below."""
    sea, land = await planted(database, "Sea"), await planted(database, "Land")
    boats = await planted(database, "Boats", sea)
    ferries = await planted(database, "Ferries", boats)

    moved = await update_topic(
        database, EDITOR, TopicChange(topic_id=boats.id, expected_version=1, parent_id=land.id, description="Afloat")
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
            await update_topic(database, EDITOR, TopicChange(topic_id=sea.id, expected_version=1, parent_id=parent.id))
        assert refused.value.path == ("parentId",)

    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_two_moves_that_are_right_alone_make_no_circle_together(database: Database) -> None:
    """Each looks at the tree before the other has moved."""
    pairs = [(await planted(database, "Sea"), await planted(database, "Land")) for _ in range(20)]

    async def move(topic: Topic, below: Topic) -> str:
        try:
            await update_topic(database, EDITOR, TopicChange(topic_id=topic.id, expected_version=1, parent_id=below.id))
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
            await create_topic(database, EDITOR, draft)
        assert told_.value.path == path
    with pytest.raises(NotAllowed):
        await create_topic(database, ANONYMOUS, TopicDraft(name="Boats"))
    with pytest.raises(VersionConflict):
        await update_topic(database, EDITOR, TopicChange(topic_id=sea.id, expected_version=3, name="Ocean"))

    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_a_topic_that_moves_is_followed(database: Database) -> None:
    """Every link to its page would break. Moving it in the tree changes no address."""
    await found(database)
    sea, boats = await planted(database, "Sea"), await planted(database, "Boats")

    await update_topic(database, EDITOR, TopicChange(topic_id=boats.id, expected_version=1, parent_id=sea.id))
    assert await Redirect.all().count() == 0
    await update_topic(database, EDITOR, TopicChange(topic_id=boats.id, expected_version=2, slug="ships"))

    row = await Redirect.get()
    assert (row.from_path, row.target, row.automatic) == (
        "/topics/boats",
        str(GlobalId(NodeType.TOPIC, boats.id)),
        True,
    )
    await planted(database, "Boats")
    assert await Redirect.all().count() == 0


@pytest.mark.asyncio
async def test_the_log_tells_what_changed(database: Database) -> None:
    """A stale writer is shown the others' changes from it."""
    sea, boats = await planted(database, "Sea"), await planted(database, "Boats")
    change = TopicChange(topic_id=boats.id, expected_version=1, parent_id=sea.id, description="Afloat")
    await update_topic(database, EDITOR, change)

    event = await Event.filter(type="TOPIC_CHANGED").order_by("-seq").first()
    assert event is not None
    assert event.payload == {
        "version": 2,
        "changed": [
            {"field": "description", "before": None, "after": "Afloat"},
            {"field": "parentId", "before": None, "after": str(GlobalId(NodeType.TOPIC, sea.id))},
        ],
    }


@pytest.mark.asyncio
async def test_a_topic_that_nothing_names_goes(database: Database) -> None:
    """Its page says that it is gone, and its name is free."""
    await found(database)
    boats = await planted(database, "Boats")

    with clock.at(NOON):
        await delete_topic(database, EDITOR, boats.id)

    assert (await Topic.get(id=boats.id)).deleted_at == NOON
    stones = await Tombstone.all().values_list("node_id", "type", "since", "path")
    assert stones == [(boats.id, "top", NOON, "/topics/boats")]
    assert (await planted(database, "Boats")).slug == "boats"
    assert await told() == {"SITE_CHANGED": 1, "TOPIC_CHANGED": 3}


@pytest.mark.asyncio
async def test_a_topic_with_others_below_it_stays(database: Database) -> None:
    """They would hang on nothing, and readers would find no way to them."""
    sea = await planted(database, "Sea")
    boats = await planted(database, "Boats", sea)
    before = await every_row(database)

    with pytest.raises(StateConflict):
        await delete_topic(database, EDITOR, sea.id)
    assert await every_row(database) == before

    await delete_topic(database, EDITOR, boats.id)
    await delete_topic(database, EDITOR, sea.id)
    assert await Topic.filter(deleted_at=None).count() == 0


@pytest.mark.asyncio
async def test_a_topic_that_something_names_stays(database: Database) -> None:
    """An article as it stands, as readers saw it once, or a disclaimer that would cover nothing."""
    await found(database)
    drafted, printed, covered = [await planted(database, name) for name in ("Sea", "Boats", "Weather")]
    draft = await an_article(database, "A draft", topic_ids=(drafted.id,))
    article = await an_article(database, "The ferry", topic_ids=(printed.id,))
    await publish_article(database, EDITOR, article.id)
    change = ArticleChange(article_id=article.id, expected_version=2, topic_ids=())
    await update_article(database, EDITOR, change)
    await publish_article(database, EDITOR, article.id)
    await a_disclaimer(database, scope=DisclaimerScope.TOPIC, topic_ids=(covered.id,))
    before = await every_row(database)

    for topic in (drafted, printed, covered):
        with pytest.raises(InUse) as refused:
            await delete_topic(database, EDITOR, topic.id)
        assert refused.value.node == GlobalId(NodeType.TOPIC, topic.id)
    with pytest.raises(NotAllowed):
        await delete_topic(database, ANONYMOUS, drafted.id)
    with pytest.raises(NotFound):
        await delete_topic(database, EDITOR, new_id())
    assert await every_row(database) == before

    for gone in (draft, article):
        await delete_article(database, EDITOR, gone.id)
    for topic in (drafted, printed):
        await delete_topic(database, EDITOR, topic.id)
    assert await Topic.filter(deleted_at=None).count() == 1
