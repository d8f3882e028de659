"""What the log is told of what a bundle brought into a site that has content: as of what was written here."""

from collections.abc import Sequence
from uuid import UUID

from cms.articles.models import Article
from cms.comments.models import Comment
from cms.comments.places import live_publications
from cms.kernel.clock import now, to_text
from cms.kernel.events import EventType, NewEvent
from cms.kernel.ids import GlobalId, NodeType
from cms.transfer.bundle.tables import Kept


async def events_of(root: Kept, keys: Sequence[str]) -> list[NewEvent]:
    """The events of some that came in. Of comments they say that they were imported, so that nobody is written to."""
    if root.told is None:
        return []
    ids = [UUID(key) for key in keys]
    if root.model is Comment:
        return await _events_of_comments(ids)
    if root.model is Article:
        return await _events_of_articles(ids)
    return [NewEvent(root.told.type, GlobalId(root.told.node, key), payload={"imported": True}) for key in ids]


async def _events_of_comments(ids: Sequence[UUID]) -> list[NewEvent]:
    rows = await Comment.filter(id__in=ids).order_by("id").values_list("id", "article_id", "status")
    return [
        NewEvent(
            EventType.COMMENT_POSTED,
            GlobalId(NodeType.COMMENT, key),
            article_id,
            {"status": status.value, "imported": True},
        )
        for key, article_id, status in rows
    ]


async def _events_of_articles(ids: Sequence[UUID]) -> list[NewEvent]:
    versions = dict(await Article.filter(id__in=ids).values_list("id", "version"))
    # What was planned and has begun meanwhile is announced as planned, once, by whoever notices.
    live = await live_publications(now()).filter(article_id__in=ids)
    public = {each.article_id: each for each in live if not each.starts_by_clock}
    events = []
    for key in ids:
        node, version = GlobalId(NodeType.ARTICLE, key), versions[key]
        events.append(NewEvent(EventType.ARTICLE_CREATED, node, payload={"version": version, "imported": True}))
        if out := public.get(key):
            revision = str(GlobalId(NodeType.ARTICLE_REVISION, out.revision_id))
            details = {"version": version, "publishedAt": to_text(out.published_at), "revision": revision}
            events.append(NewEvent(EventType.ARTICLE_PUBLISHED, node, payload={**details, "imported": True}))
    return events
