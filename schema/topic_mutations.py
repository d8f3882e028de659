"""What editors do with topics."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import Scope
from cms.topics.actions import TopicChange, TopicDraft, create_topic, delete_topic, update_topic
from schema.article_mutations import DeletePayload
from schema.descriptions import described
from schema.fields import EVERYBODY, argument, given, read
from schema.problems import MutationPayload
from schema.writing import ID, Outcome, Writing, changed, kept, key_of, optional_key, write

if TYPE_CHECKING:
    from schema.topics import Topic


@described
@strawberry.input
class CreateTopicInput:
    """A topic to be planted in the tree."""

    slug: str | None = given(EVERYBODY, "The last part of the address; left out, it is made from the name.")
    name: str = given(EVERYBODY, "What it is called, as in a menu; up to 200 characters.")
    description: str | None = given(EVERYBODY, "A sentence or two for the topic's own page.")
    parent_id: strawberry.ID | None = given(EVERYBODY, "The wider topic it is part of; left out, it stands at the top.")


@described
@strawberry.input
class UpdateTopicInput:
    """What changes about a topic. Fields left out stay as they are; null clears."""

    id: strawberry.ID = given(EVERYBODY, "Which topic.")
    expected_version: int = given(
        EVERYBODY, "The version the caller has seen; where it is another by now, nothing is overwritten."
    )
    slug: strawberry.Maybe[str] = given(
        EVERYBODY, "The last part of the address; from the old address a redirect leads to the new one."
    )
    name: strawberry.Maybe[str] = given(EVERYBODY, "What it is called, as in a menu.")
    description: strawberry.Maybe[str | None] = given(EVERYBODY, "A sentence or two for the topic's own page.")
    parent_id: strawberry.Maybe[strawberry.ID | None] = given(
        EVERYBODY, "The wider topic it moves to, with everything below it; null moves it to the top."
    )


@described
@strawberry.type
class TopicPayload(MutationPayload):
    """What came of doing something with a topic."""

    topic: Annotated["Topic", strawberry.lazy("schema.topics")] | None = read(
        EVERYBODY, "The topic as it is now; null when it did not work, and in a dry run."
    )


async def _create(by: Writing, draft: TopicDraft) -> Outcome:
    topic = await create_topic(by.database, by.viewer, draft)
    return Outcome(node=GlobalId(NodeType.TOPIC, topic.id))


async def _update(by: Writing, change: TopicChange) -> Outcome:
    topic = await update_topic(by.database, by.viewer, change)
    return Outcome(node=GlobalId(NodeType.TOPIC, topic.id))


async def _delete(by: Writing, id: str) -> Outcome:  # noqa: A002 - the API's word
    topic = await delete_topic(by.database, by.viewer, key_of(id, NodeType.TOPIC))
    return Outcome(deleted=GlobalId(NodeType.TOPIC, topic.id))


def _draft(input: CreateTopicInput) -> TopicDraft:  # noqa: A002 - as above
    return TopicDraft(
        slug=input.slug,
        name=input.name,
        description=input.description,
        parent_id=optional_key(input.parent_id, NodeType.TOPIC, ("parentId",)),
    )


def _change(input: UpdateTopicInput) -> TopicChange:  # noqa: A002 - as above
    return TopicChange(
        topic_id=key_of(input.id, NodeType.TOPIC),
        expected_version=input.expected_version,
        slug=kept(input.slug),
        name=kept(input.name),
        description=kept(input.description),
        parent_id=changed(input.parent_id, lambda found: key_of(found, NodeType.TOPIC, ("parentId",))),
    )


@described
@strawberry.type
class TopicMutations:
    """Writes to topics."""

    create_topic: TopicPayload = write(
        Scope.CONTENT_PUBLISH,
        "Plant a topic.",
        _create,
        arguments={"input": argument(EVERYBODY, CreateTopicInput, "What it is.")},
        unpack=_draft,
    )
    update_topic: TopicPayload = write(
        Scope.CONTENT_PUBLISH,
        "Change a topic, or move it with everything below it.",
        _update,
        arguments={"input": argument(EVERYBODY, UpdateTopicInput, "What changes.")},
        unpack=_change,
    )
    delete_topic: DeletePayload = write(
        Scope.CONTENT_PUBLISH,
        "Delete a topic that has none below it, and that no article and no disclaimer names.",
        _delete,
        arguments=ID,
        uses=NodeType.TOPIC,
    )
