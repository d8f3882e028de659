"""What a disclaimer's scope names: topics or authors, in an order, and nothing where the scope asks for nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cms.disclaimers.models import DisclaimerAuthor, DisclaimerScope, DisclaimerTopic
from cms.kernel.errors import InvalidInput, Required

#: `Disclaimer.topics` and `Disclaimer.authors` are plain lists in the API.
MAX_TARGETS: Final = 100


@dataclass(frozen=True, slots=True)
class Targets:
    """What a scope names."""

    topic_ids: tuple[UUID, ...] = ()
    author_ids: tuple[UUID, ...] = ()


def agreed(scope: DisclaimerScope, topic_ids: Iterable[UUID], author_ids: Iterable[UUID]) -> Targets:
    """The topics and authors that are named, each once, as the scope wants them.

    Raises:
        Required: the scope names at least one, and there is none.
        InvalidInput: they are not what the scope names, or too many.
    """
    targets = Targets(tuple(dict.fromkeys(topic_ids)), tuple(dict.fromkeys(author_ids)))
    for wanting, named, path in (
        (DisclaimerScope.TOPIC, targets.topic_ids, ("topicIds",)),
        (DisclaimerScope.AUTHOR, targets.author_ids, ("authorIds",)),
    ):
        if scope is wanting and not named:
            raise Required(f"The scope {wanting.value} names at least one.", path)
        if scope is not wanting and named:
            raise InvalidInput(f"Only the scope {wanting.value} names these.", path)
        if len(named) > MAX_TARGETS:
            raise InvalidInput(f"Name at most {MAX_TARGETS}.", path)
    return targets


async def targets_of(disclaimer_id: UUID) -> Targets:
    """What a stored disclaimer's scope names."""
    topics = await DisclaimerTopic.filter(disclaimer_id=disclaimer_id).order_by("position")
    authors = await DisclaimerAuthor.filter(disclaimer_id=disclaimer_id).order_by("position")
    return Targets(tuple(each.topic_id for each in topics), tuple(each.author_id for each in authors))


async def store_targets(disclaimer_id: UUID, targets: Targets) -> None:
    """Let a disclaimer's scope name these, and nothing it named before."""
    owner = {"disclaimer_id": disclaimer_id}
    await DisclaimerTopic.filter(**owner).delete()
    await DisclaimerAuthor.filter(**owner).delete()
    await DisclaimerTopic.bulk_create(
        DisclaimerTopic(**owner, position=place, topic_id=key) for place, key in enumerate(targets.topic_ids)
    )
    await DisclaimerAuthor.bulk_create(
        DisclaimerAuthor(**owner, position=place, author_id=key) for place, key in enumerate(targets.author_ids)
    )
