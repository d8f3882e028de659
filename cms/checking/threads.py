"""Whether threads hold together, and comments stand beside the words that they are about.

The one thing to know: where a comment stands in its thread follows from its parent alone. Its depth and its root are
kept beside it for reading, and can be worked out again; who its parent is cannot.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

from cms.checking.rows import name_of
from cms.comments.counting import lock_articles
from cms.comments.models import Comment
from cms.comments.placing import articles_with_passages, count_misplaced, place_passages
from cms.kernel.checking import Fault, Ground
from cms.kernel.ids import NodeType

# A root stands at depth 0 and has no root: the table itself says so.
_ODD: Final = """
SELECT DISTINCT c.article_id AS article_id
FROM comment AS c LEFT JOIN comment AS p ON p.id = c.parent_id
WHERE c.parent_id IS NOT NULL AND (p.id IS NULL OR c.article_id <> p.article_id OR c.depth <> p.depth + 1
OR c.root_id <> CASE WHEN p.parent_id IS NULL THEN p.id ELSE p.root_id END)
ORDER BY article_id
"""


class Place(NamedTuple):
    """Where a comment stands: below whom, how deep, and in whose thread."""

    parent_id: UUID | None
    depth: int
    root_id: UUID | None


async def threads_hold_together(ground: Ground) -> AsyncIterator[Fault]:
    """A comment that stands in no thread is counted and never shown; one in a circle is looked for without end."""
    for row in await ground.database.connection.execute_query_dict(_ODD):
        article_id = UUID(str(row["article_id"]))
        # One thread at a time: the longest has to fit into memory, as three ids and a number a comment.
        places = await _places(article_id)
        right = standing(places)
        name = name_of(NodeType.ARTICLE, article_id)
        if lost := len(places) - len(right):
            yield Fault(f"{lost} comments of {name} hang on nothing, on one another, or on another article's comments.")
        if wrong := {key: place for key, place in right.items() if places[key] != place}:
            told = f"{len(wrong)} comments of {name} say that they stand elsewhere in their thread than they do."
            yield Fault(told, partial(_place_anew, article_id))


async def passages_are_placed(ground: Ground) -> AsyncIterator[Fault]:
    """A comment on a passage stands beside other words than it is about, or is hidden with a passage that is there."""
    async for article_id in articles_with_passages():
        if wrong := await count_misplaced(article_id):
            mend = partial(place_passages, ground.database, article_id)
            yield Fault(f"{wrong} passages of {name_of(NodeType.ARTICLE, article_id)} stand elsewhere than told.", mend)


def standing(places: Mapping[UUID, Place]) -> dict[UUID, Place]:
    """Where the comments of an article stand by their parents alone; those that no root leads to are left out."""
    replies: dict[UUID | None, list[UUID]] = defaultdict(list)
    for key, place in places.items():
        replies[place.parent_id].append(key)
    found: dict[UUID, Place] = {}
    level: Iterable[tuple[UUID, Place]] = [(key, Place(None, 0, None)) for key in replies[None]]
    while level:
        found |= level
        level = [
            (reply, Place(key, place.depth + 1, place.root_id or key)) for key, place in level for reply in replies[key]
        ]
    return found


async def _places(article_id: UUID) -> dict[UUID, Place]:
    rows = await Comment.filter(article_id=article_id).values_list("id", "parent_id", "depth", "root_id")
    return {key: Place(*place) for key, *place in rows}


async def _place_anew(article_id: UUID) -> None:
    """With the article locked: nobody answers meanwhile."""
    await lock_articles([article_id])
    places = await _places(article_id)
    for key, place in standing(places).items():
        if places[key] != place:
            await Comment.filter(id=key).update(depth=place.depth, root_id=place.root_id)
