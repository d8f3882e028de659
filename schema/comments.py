"""Comments, and the rules they are written under."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from cms.comments.models import AnchorState, CommentStatus, Reaction
from cms.comments.vocabulary import CommentAction, CommentOrder
from cms.kernel.comment_policy import CommentField, CommentModeration
from cms.kernel.viewer import Scope
from schema.descriptions import describe_enum, describe_orders, described
from schema.disclaimers import PolicyVersion
from schema.fields import EVERYBODY, PAGE, argument, given, read
from schema.moderation import CommentFlag, ConsentRecord, ModerationDecision, ScreeningSignal
from schema.richtext import RichText
from schema.scalars import Url
from schema.shared import Connection, DateTimeFilter, Edge, IDFilter, Node, StringFilter

if TYPE_CHECKING:
    from schema.articles import Article

describe_enum(
    CommentStatus,
    "Where a comment stands.",
    PENDING="It waits for a moderator; its writer sees it, other readers do not.",
    APPROVED="Readers see it.",
    SPAM="It was taken for spam. To its writer it looks as if it still waited.",
    REJECTED="A moderator or a rule turned it down.",
    DELETED="Its writer took it away, or it went for privacy; its place stays when it has replies.",
)
describe_enum(
    CommentModeration,
    "When a comment is looked at.",
    BEFORE_PUBLICATION="Each comment waits until a moderator has approved it.",
    AFTER_PUBLICATION="Comments appear at once, unless a rule holds them.",
    FIRST_COMMENT_ONLY="Somebody's first comment waits; once it is approved, later ones appear at once.",
)
describe_enum(
    CommentField,
    "What a comment form may require of a guest.",
    NAME="The name to print above the comment.",
    EMAIL="An e-mail address, which readers never see.",
    URL="The address of the guest's own site, which the name links to.",
)
describe_enum(
    Reaction,
    "What a reader can say without words.",
    LIKE="Well said.",
    HELPFUL="This helped me.",
    THANKS="Thank you for this.",
)
describe_enum(
    AnchorState,
    "Whether the passage a comment is about still stands in the article.",
    EXACT="It stands where it stood, word for word.",
    MOVED="It was found again, elsewhere or slightly changed.",
    ORPHANED="It is no longer in the article; the quote tells what it was.",
)
describe_enum(
    CommentAction,
    "What the caller may do with a comment now.",
    REPLY="Answer it: comments are open here, and the thread may go one level deeper.",
    EDIT="Change its text, while its writer still may.",
    DELETE="Take it away.",
    FLAG="Report it to the moderators.",
    MODERATE="Decide whether readers see it.",
)
describe_orders(
    CommentOrder,
    "How comments of one level are sorted. Equals are told apart by their ids, so that pages never overlap.",
    OLDEST_FIRST=(EVERYBODY, "In the order they were written, as a conversation reads."),
    NEWEST_FIRST=(EVERYBODY, "The latest first, as a moderator looks at them."),
    MOST_REACTIONS=(EVERYBODY, "Those with the most reactions of any kind first."),
)

_REPLY_PAGE = PAGE | {
    "first": argument(
        EVERYBODY, int | None, "How many to return, counted from the start, 1 to 100; 5 if neither end is named."
    ),
    "order_by": argument(EVERYBODY, CommentOrder | None, "How to sort the replies; the oldest first when left out."),
}
_REACTION_READER = {
    "reader_key": argument(
        EVERYBODY, str | None, "The key that the client made for its reader, to learn which reactions are theirs."
    )
}


@described
@strawberry.type
class CommentPolicy:
    """The rules for comments at one place: an article's own, and the site's where it has none."""

    open: bool = read(EVERYBODY, "Whether comments can be written now.")
    closes_at: datetime | None = read(EVERYBODY, "When comments close or closed; null when they stay open.")
    moderation: CommentModeration = read(EVERYBODY, "When a comment is looked at.")
    max_depth: int = read(EVERYBODY, "How deep replies may go: 0 allows none, 1 allows replies to comments, and so on.")
    max_length: int = read(EVERYBODY, "The most characters a comment may have.")
    required_fields: list[CommentField] = read(EVERYBODY, "What a guest must give besides the comment.")
    terms: PolicyVersion | None = read(
        EVERYBODY, "The terms a reader must accept to comment; null when there are none."
    )


@described
@strawberry.type
class PassageAnchor:
    """The passage a comment is about: a text quote in a block (W3C Web Annotation), found again after edits."""

    block_key: str = read(
        EVERYBODY,
        "The key of the block in the body's Portable Text that holds the passage; where it is ORPHANED, of the block "
        "from which it was quoted, which may be there no more.",
    )
    exact: str = read(EVERYBODY, "The passage itself, as it stood when the comment was written.")
    prefix: str = read(
        EVERYBODY, "A few words that stood before it, to tell equal passages apart; empty at the start of a block."
    )
    suffix: str = read(EVERYBODY, "A few words that stood after it; empty at the end of a block.")
    state: AnchorState = read(EVERYBODY, "Whether the passage is still there.")


@described
@strawberry.type
class ReactionCount:
    """How many readers reacted to a comment in one way."""

    reaction: Reaction = read(EVERYBODY, "The way they reacted.")
    count: int = read(EVERYBODY, "How many readers did.")
    mine: bool = read(EVERYBODY, "Whether the reader with the given key did; false when no key is given.")


@described
@strawberry.type
class Comment(Node):
    """A reader's comment. Readers see approved ones under articles they can see, and writers their own that wait.

    A removed comment that has replies stays as a tombstone, without name and text.
    """

    article: Annotated["Article", strawberry.lazy("schema.articles")] | None = read(
        EVERYBODY, "The article it is about; null when the caller may not see that."
    )
    parent: "Comment | None" = read(EVERYBODY, "The comment it answers; null when it answers the article.")
    depth: int = read(EVERYBODY, "How many comments it stands under: 0 when it answers the article.")
    author_name: str | None = read(EVERYBODY, "The name its writer gave; null on a tombstone.")
    author_url: Url | None = read(EVERYBODY, "The address its writer gave, for the name to link to.")
    by_contributor: bool = read(EVERYBODY, "Whether one of the article's contributors wrote it.")
    body: RichText | None = read(EVERYBODY, "What it says; null on a tombstone.")
    status: CommentStatus = read(EVERYBODY, "Where it stands.")
    created_at: datetime = read(EVERYBODY, "When it was written.")
    edited_at: datetime | None = read(EVERYBODY, "When its writer last changed it; null when never.")
    editable_until: datetime | None = read(
        EVERYBODY, "Until when the caller may change it; null when the caller may not."
    )
    reply_count: int = read(EVERYBODY, "How many direct replies readers see.")
    replies: Annotated["CommentConnection", strawberry.lazy("schema.comments")] = read(
        EVERYBODY, "The direct replies to it.", arguments=_REPLY_PAGE
    )
    reactions: list[ReactionCount] = read(
        EVERYBODY, "How readers reacted, one entry for each way.", arguments=_REACTION_READER
    )
    anchor: PassageAnchor | None = read(
        EVERYBODY, "The passage of the article it is about; null when it is about the whole."
    )
    viewer_can: list[CommentAction] = read(EVERYBODY, "What the caller may do with it now.")
    author_email: str | None = read(Scope.COMMENTS_MODERATE, "The e-mail address its writer gave.")
    flags: list[CommentFlag] = read(Scope.COMMENTS_MODERATE, "Readers' reports of it, the oldest first; at most 100.")
    moderation: list[ModerationDecision] = read(
        Scope.COMMENTS_MODERATE, "What was decided about it, the oldest decision first; at most 100."
    )
    screening: list[ScreeningSignal] = read(
        Scope.COMMENTS_MODERATE, "Which rules spoke when it came in, and what they said."
    )
    consent: ConsentRecord | None = read(
        Scope.PERSONAL_DATA, "What its writer agreed to; null when nothing had to be, or it was imported."
    )


@described
@strawberry.type
class CommentEdge(Edge[Comment]):
    """A comment and its place in a list."""


@described
@strawberry.type
class CommentConnection(Connection[CommentEdge, Comment]):
    """A page of a list of comments."""


@described
@strawberry.input
class CommentFilter:
    """Conditions on comments, all of which must hold."""

    and_: "list[CommentFilter] | None" = given(EVERYBODY, "All of these must hold too.", name="and")
    or_: "list[CommentFilter] | None" = given(EVERYBODY, "At least one of these must hold.", name="or")
    not_: "CommentFilter | None" = given(EVERYBODY, "This must not hold.", name="not")
    article: IDFilter | None = given(EVERYBODY, "The article it is about.")
    created_at: DateTimeFilter | None = given(EVERYBODY, "When it was written.")
    author_name: StringFilter | None = given(EVERYBODY, "The name its writer gave.")
    text: StringFilter | None = given(EVERYBODY, "What it says, as plain text.")
    status: list[CommentStatus] | None = given(Scope.COMMENTS_MODERATE, "It stands at one of these.")
    author_email: StringFilter | None = given(Scope.COMMENTS_MODERATE, "The e-mail address its writer gave.")
    flagged: bool | None = given(Scope.COMMENTS_MODERATE, "Whether readers have reported it.")


#: The arguments of a list of comments from everywhere.
COMMENT_PAGE = PAGE | {
    "filter": argument(EVERYBODY, CommentFilter | None, "Return only the comments for which this holds."),
    "order_by": argument(EVERYBODY, CommentOrder | None, "How to sort; the newest first when left out."),
}

#: The arguments of the comments of an article.
THREAD_PAGE = PAGE | {
    "order_by": argument(EVERYBODY, CommentOrder | None, "How to sort; the oldest first when left out."),
    "threaded": argument(
        EVERYBODY,
        bool,
        "True: the comments that answer the article, which `totalCount` counts, with their replies below. False: all.",
        default=True,
    ),
}
