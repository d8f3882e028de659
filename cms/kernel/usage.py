"""Whether something can go: not while other content names it.

The one thing to know: what names an author or a topic stands above both, so its tables are known by name, as foreign
keys know them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tortoise.expressions import Subquery

from cms.kernel.addresses import table
from cms.kernel.database import Database
from cms.kernel.errors import InUse
from cms.kernel.ids import GlobalId, NodeType


@dataclass(frozen=True, slots=True)
class _Named:
    """Where something is named: in which models, by which column of theirs."""

    column: str
    by_revisions: str
    by_publications: str
    by_disclaimers: str


_PLACES: Final[Mapping[NodeType, _Named]] = {
    NodeType.AUTHOR: _Named("author_id", "RevisionContributor", "PublicationAuthor", "DisclaimerAuthor"),
    NodeType.TOPIC: _Named("topic_id", "RevisionTopic", "PublicationTopic", "DisclaimerTopic"),
}


async def refuse_in_use(database: Database, node: GlobalId) -> None:
    """Let pass an author or a topic that nothing names. Call it with the row locked as what is to be deleted.

    Articles name it as they were saved last, and as readers ever saw them; those that were deleted do not count.

    Raises:
        InUse: something names it.
    """
    places = _PLACES[node.type]
    named = {places.column: node.key}
    if await table(database, places.by_disclaimers).filter(**named).exists():
        raise InUse("A disclaimer names it: aim the disclaimer elsewhere first.", node)
    alive = table(database, "Article").filter(deleted_at=None)
    in_heads = table(database, places.by_revisions).filter(**named).values("revision_id")
    in_publications = table(database, places.by_publications).filter(**named).values("article_id")
    if await alive.filter(head_id__in=Subquery(in_heads)).exists():
        raise InUse("Articles name it: take it out of them first.", node)
    if await alive.filter(id__in=Subquery(in_publications)).exists():
        raise InUse("Readers have seen articles that name it, and what they saw is kept.", node)
