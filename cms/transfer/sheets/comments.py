"""The sheet of comments. Of what was taken away or erased, the place is there, and neither name nor text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tortoise.expressions import Q

from cms.comments.models import Comment, CommentStatus
from cms.kernel.ids import NodeType
from cms.transfer.sheets.sheet import Sheet, View, id_of
from cms.transfer.sheets.shown import shown_by_id


@dataclass(frozen=True, slots=True)
class _Row:
    """A comment and its article's title."""

    comment: Comment
    article: str | None

    def said(self, text: str | None) -> str | None:
        """Something that its writer said, unless it was taken away."""
        is_there = self.comment.status is not CommentStatus.DELETED and self.comment.erased_at is None
        return text if is_there else None


async def _look_up(view: View, comments: Sequence[Comment]) -> list[_Row]:
    articles = await shown_by_id(view, {comment.article_id for comment in comments})
    titles = {key: each.revision.title for key, each in articles.items()}
    return [_Row(comment, titles.get(comment.article_id)) for comment in comments]


COMMENTS: Final = Sheet(
    name="comments",
    model=Comment,
    reads=(
        *("article_id", "parent_id", "status", "author_name", "author_url", "by_contributor"),
        *("created_at", "edited_at", "erased_at", "body_text", "anchor_exact"),
        *("like_count", "helpful_count", "thanks_count", "reply_count", "flag_count"),
    ),
    where=Q(article__deleted_at__isnull=True),
    look_up=_look_up,
    columns={
        "id": lambda _, row: id_of(NodeType.COMMENT, row.comment.id),
        "article id": lambda _, row: id_of(NodeType.ARTICLE, row.comment.article_id),
        "article": lambda _, row: row.article,
        "answers": lambda _, row: id_of(NodeType.COMMENT, row.comment.parent_id),
        "status": lambda _, row: row.comment.status,
        "author name": lambda _, row: row.said(row.comment.author_name),
        "author url": lambda _, row: row.said(row.comment.author_url),
        "by contributor": lambda _, row: row.comment.by_contributor,
        "created": lambda _, row: row.comment.created_at,
        "edited": lambda _, row: row.comment.edited_at,
        "erased": lambda _, row: row.comment.erased_at,
        "passage": lambda _, row: row.said(row.comment.anchor_exact),
        "text": lambda _, row: row.said(row.comment.body_text),
        "likes": lambda _, row: row.comment.like_count,
        "helpful": lambda _, row: row.comment.helpful_count,
        "thanks": lambda _, row: row.comment.thanks_count,
        "replies": lambda _, row: row.comment.reply_count,
        "flags": lambda _, row: row.comment.flag_count,
    },
)
