"""What is told of an article, and in which words: by whoever did something, or by the clock."""

from collections.abc import Mapping
from uuid import UUID

from cms.articles.models import Article, Publication
from cms.kernel.clock import to_text
from cms.kernel.database import Database
from cms.kernel.events import EventType, append_event
from cms.kernel.ids import GlobalId, NodeType


async def announce(
    database: Database, actor: str, event: EventType, article: Article, details: Mapping[str, object] | None = None
) -> None:
    """Append the event to the log: its payload has the article's version and what else there is to tell."""
    payload = {"version": article.version, **(details or {})}
    await append_event(database, event, actor, GlobalId(NodeType.ARTICLE, article.id), payload=payload)


def published(publication: Publication) -> dict[str, object]:
    """What is told of a publication that began."""
    return {"publishedAt": to_text(publication.published_at), "revision": revision_name(publication.revision_id)}


def revision_name(key: UUID) -> str:
    """The global id of a revision, as events name it."""
    return str(GlobalId(NodeType.ARTICLE_REVISION, key))
