"""What stands in the database of comments at one moment, as the promises look at it. Nobody writes meanwhile."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cms.articles.models import Article
from cms.comments.models import Comment, CommentFlag, CommentReaction, ModerationDecision
from cms.kernel.models import Event, Idempotency

_COMMENT: Final = (
    *("id", "article_id", "parent_id", "root_id", "depth", "status", "is_listed", "body_text", "version"),
    *("reply_count", "reaction_count", "like_count", "helpful_count", "thanks_count", "flag_count", "edited_at"),
)


@dataclass(frozen=True, slots=True)
class Stored:
    """Everything that the promises look at.

    Attributes:
        articles: by key.
        comments: by key.
        events: of each comment, in their order.
        replays: the answers that are kept for whoever asks again.
    """

    articles: Mapping[UUID, Article]
    comments: Mapping[UUID, Comment]
    flags: Sequence[CommentFlag]
    reactions: Sequence[CommentReaction]
    decisions: Sequence[ModerationDecision]
    events: Mapping[UUID, Sequence[Event]]
    replays: Sequence[Idempotency]

    def above(self, comment: Comment) -> Iterator[Comment]:
        """A comment's parent, the parent of that, and so on; ends where one was met before."""
        met: set[UUID] = set()
        while comment.parent_id in self.comments and comment.parent_id not in met:
            met.add(comment.parent_id)
            comment = self.comments[comment.parent_id]
            yield comment


async def look() -> Stored:
    """What stands there."""
    events = defaultdict(list)
    for event in await Event.filter(type__startswith="COMMENT_").order_by("seq"):
        events[event.node_id].append(event)
    return Stored(
        articles={each.id: each for each in await Article.all()},
        comments={each.id: each for each in await Comment.all().only(*_COMMENT)},
        flags=await CommentFlag.all(),
        reactions=await CommentReaction.all(),
        decisions=await ModerationDecision.all(),
        events=events,
        replays=await Idempotency.all(),
    )
