"""Articles, as readers and as editors see them."""

from datetime import datetime

import strawberry

from cms.articles.vocabulary import ArticleAction, ArticleStatus, CheckSeverity
from cms.kernel.viewer import Scope
from schema.article_content import ArticleContent
from schema.authors import Author
from schema.comments import THREAD_PAGE, CommentConnection, CommentPolicy
from schema.descriptions import describe_enum, described
from schema.fields import EVERYBODY, PAGE, argument, given, read
from schema.revisions import ArticleRevision, ArticleRevisionConnection, Review
from schema.shared import Routable

describe_enum(
    ArticleAction,
    "What the caller may do with an article now: it is allowed to, and the article is in the state for it.",
    EDIT="Save a new revision.",
    SUBMIT="Lay the newest revision before an editor.",
    RETURN="Give a submitted revision back to its writer.",
    PUBLISH="Let readers see the newest revision.",
    SCHEDULE="Set when it comes out or goes.",
    UNPUBLISH="Take it back from readers.",
    ARCHIVE="Put it away.",
    RESTORE="Make an old revision the newest.",
    DELETE="Remove it with its revisions.",
)
describe_enum(
    CheckSeverity,
    "How much a finding matters.",
    INFO="Good to know.",
    WARNING="Somebody should look at it; the article can be published as it is.",
    ERROR="The article cannot be published until it is mended.",
)

_AUTOSAVES = {
    "autosaves": argument(EVERYBODY, bool, "Whether to list those that were saved automatically too.", default=False)
}
_MOMENT = {"at": argument(EVERYBODY, datetime, "The moment in question.")}
_RELATED = {"first": argument(EVERYBODY, int, "How many to return, 1 to 100.", default=3)}


@described
@strawberry.type
class ContentCheck:
    """Something that a rule found in the newest revision."""

    rule: str = read(EVERYBODY, "The rule's name, like `has_author`; stable, for programs.")
    severity: CheckSeverity = read(EVERYBODY, "How much it matters.")
    message: str = read(EVERYBODY, "What is wrong and what to do about it, for the editor.")
    path: list[str] = read(
        EVERYBODY, "Where it is, from the outside in, like `leadImage`, `alt`; empty when it is the whole article."
    )


@described
@strawberry.type
class Article(Routable, ArticleContent):
    """An article. What it says follows the perspective: what readers see, or what was saved last.

    Fields that need a scope are for editors.
    """

    locale: str = read(EVERYBODY, "The language it is written in, as a BCP 47 tag like `en` or `pt-BR`.")
    translations: "list[Article]" = read(
        EVERYBODY, "The same article in other languages, as far as the caller may see them."
    )
    status: ArticleStatus = read(EVERYBODY, "What readers get.")
    version: int = read(EVERYBODY, "Grows with every change; give it as `expectedVersion` when changing this.")
    author: Author | None = read(
        EVERYBODY, "The first contributor whose role is AUTHOR; null when the byline is unknown."
    )
    word_count: int = read(EVERYBODY, "How many words the text has.")
    reading_minutes: int = read(EVERYBODY, "How many minutes it takes to read, at least 1.")
    created_at: datetime = read(EVERYBODY, "When it was first saved.")
    updated_at: datetime = read(EVERYBODY, "When anything about it last changed.")
    first_published_at: datetime | None = read(
        EVERYBODY, "When it was public for the first time; null when it never was."
    )
    published_at: datetime | None = read(
        EVERYBODY, "When it last came out after not being out, as a dateline shows it; corrections do not move it."
    )
    comments: CommentConnection = read(EVERYBODY, "What readers wrote about it.", arguments=THREAD_PAGE)
    comment_count: int = read(EVERYBODY, "How many comments all readers can see, replies included.")
    comment_policy: CommentPolicy = read(EVERYBODY, "The rules for comments here.")
    related: "list[Article]" = read(
        EVERYBODY, "Public articles that have the most in common with it.", arguments=_RELATED
    )
    viewer_can: list[ArticleAction] = read(
        EVERYBODY, "What the caller may do with it now; what enforces it says the same."
    )
    has_unpublished_changes: bool = read(
        Scope.CONTENT_PREVIEW, "Whether something newer than what readers see has been saved."
    )
    head: ArticleRevision = read(Scope.CONTENT_PREVIEW, "The newest revision, which an editor works on.")
    published: ArticleRevision | None = read(
        Scope.CONTENT_PREVIEW, "The revision that readers see now; null when they see none."
    )
    scheduled: ArticleRevision | None = read(
        Scope.CONTENT_PREVIEW, "The revision that goes out at `publishAt`; later saves do not change it."
    )
    publish_at: datetime | None = read(
        Scope.CONTENT_PREVIEW, "When it is going to come out; null when nothing is scheduled."
    )
    unpublish_at: datetime | None = read(
        Scope.CONTENT_PREVIEW, "When it is going to be taken back; null when it stays."
    )
    review: Review | None = read(
        Scope.CONTENT_PREVIEW, "The review that is open, on an article that is live too; null when none is."
    )
    checks: list[ContentCheck] = read(
        Scope.CONTENT_PREVIEW,
        "What rules find in the newest revision; an ERROR among them keeps it from being published.",
    )
    revisions: ArticleRevisionConnection = read(
        Scope.CONTENT_PREVIEW, "What it said each time it was saved, the newest first.", arguments=PAGE | _AUTOSAVES
    )
    as_published: ArticleRevision | None = read(
        Scope.CONTENT_PREVIEW,
        "Exactly what readers were shown at a moment; null when they were shown nothing.",
        arguments=_MOMENT,
    )


@described
@strawberry.input(one_of=True)
class ArticleBy:
    """Which article: give exactly one of these."""

    id: strawberry.ID | None = given(EVERYBODY, "The article's id.")
    path: str | None = given(EVERYBODY, "The address on the site, like `/articles/a-title`.")
    slug: str | None = given(EVERYBODY, "The last part of the address; the language stands beside it in `locale`.")
