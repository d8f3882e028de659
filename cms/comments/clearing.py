"""Removing the comments of articles that are removed for good, with everything that was kept of them."""

from collections.abc import Collection
from uuid import UUID

from cms.articles.known import chunks
from cms.comments.models import Comment, Consent
from cms.kernel.models import TextReference


async def clear_comments(article_ids: Collection[UUID]) -> None:
    """Remove every comment under these articles, the replies before what they reply to."""
    rows = await Comment.filter(article_id__in=list(article_ids)).order_by("-depth").only("id", "depth")
    for some in chunks([row.id for row in rows]):
        await Consent.filter(comment_id__in=some).delete()
        await TextReference.filter(owner_id__in=some).delete()
    depths = sorted({row.depth for row in rows}, reverse=True)
    for depth in depths:
        await Comment.filter(article_id__in=list(article_ids), depth=depth).delete()
