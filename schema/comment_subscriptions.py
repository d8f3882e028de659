"""Comments as they come and go: below an article for its readers, and everywhere for moderators."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from cms.comments.models import CommentStatus
from cms.comments.news import MODERATORS_HEAR, READERS_HEAR, CommentEventKind, for_moderators, for_readers
from cms.kernel.event_log import LoggedEvent
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.tailing import Wanted
from cms.kernel.viewer import Scope
from schema.descriptions import describe_enum, described
from schema.fields import EVERYBODY, argument, read
from schema.following import Following, Item, follow
from schema.writing import key_of

if TYPE_CHECKING:
    from schema.comments import Comment

describe_enum(
    CommentEventKind,
    "What a list of comments has to do.",
    ADDED="Take this one in: it is new here, or came back.",
    EDITED="Show it anew: its text was changed.",
    REMOVED="Let it go. Where replies hang on it, an empty place stays, which a query shows.",
)


@described
@strawberry.type
class CommentEvent:
    """Something that happened to a comment. What is told twice, after a line was cut, has the same cursor."""

    cursor: str = read(EVERYBODY, "Where this stands among all events: subscribe `after` it, and miss nothing.")
    kind: CommentEventKind = read(EVERYBODY, "What happened.")
    comment_id: strawberry.ID = read(EVERYBODY, "To which comment.")
    comment: Annotated["Comment", strawberry.lazy("schema.comments")] | None = read(
        EVERYBODY, "The comment as the caller sees it now; null when it was removed."
    )


def _below(article_id: str) -> Following:
    article = GlobalId(NodeType.ARTICLE, key_of(article_id, NodeType.ARTICLE, ("articleId",)))

    def item(event: LoggedEvent) -> Item | None:
        kind = for_readers(event)
        if kind is None:
            return None
        if kind is CommentEventKind.REMOVED:
            return Item(_values(event, kind), about=article)
        return Item(_values(event, kind), about=event.node, standing=CommentStatus.APPROVED)

    return Following(Wanted(READERS_HEAR, article.key), item, about=article)


def _queue() -> Following:
    def item(event: LoggedEvent) -> Item | None:
        kind = for_moderators(event)
        if kind is None:
            return None
        return Item(_values(event, kind), about=None if kind is CommentEventKind.REMOVED else event.node)

    return Following(Wanted(MODERATORS_HEAR), item)


def _values(event: LoggedEvent, kind: CommentEventKind) -> dict[str, object]:
    comment = None if kind is CommentEventKind.REMOVED else str(event.node)
    return {"kind": kind.value, "comment_id": str(event.node), "comment": comment}


@strawberry.type
class CommentSubscriptions:
    """What of comments can be followed."""

    comment_events: CommentEvent = follow(
        EVERYBODY,
        "The comments below an article as they come, change and go. Each item is told to whoever may see it at that "
        "moment. Subscribe first, then ask for the page: what comes in between is then told, not missed.",
        _below,
        arguments={"article_id": argument(EVERYBODY, strawberry.ID, "Of which article.")},
    )
    moderation_queue: CommentEvent = follow(
        Scope.COMMENTS_MODERATE,
        "The comments that wait for a moderator, as they begin and cease to wait; as ADDED those that a reader reports "
        "as well, and as REMOVED whatever is taken away.",
        _queue,
    )
