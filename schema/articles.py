"""Articles, as readers and as editors see them."""

from datetime import datetime

import strawberry

from cms.articles.vocabulary import ArticleAction, ArticleStatus, CheckSeverity
from cms.kernel.viewer import Scope
from schema.article_content import ArticleContent
from schema.authors import Author
from schema.comments import THREAD_PAGE, CommentConnection, CommentPolicy
from schema.descriptions import describe_enum, described
from schema.fields import PAGE, argument, given, read
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

_AUTOSAVES = {"autosaves": argument(bool, "Whether to list those that were saved automatically too.", default=False)}
_MOMENT = {"at": argument(datetime, "The moment in question.")}
_RELATED = {"first": argument(int, "How many to return, 1 to 100.", default=3)}


@described
@strawberry.type
class ContentCheck:
    """Something that a rule found in the newest revision."""

    rule: str = read("The rule's name, like `image-needs-alt`; stable, for programs.")
    severity: CheckSeverity = read("How much it matters.")
    message: str = read("What is wrong and what to do about it, for the editor.")
    path: list[str] = read(
        "Where it is, from the outside in, like `leadImage`, `alt`; empty when it is the whole article."
    )


@described
@strawberry.type
class Article(Routable, ArticleContent):
    """An article. What it says follows the perspective: what readers see, or what was saved last.

    Fields that need a scope are for editors.
    """

    locale: str = read("The language it is written in, as a BCP 47 tag like `en` or `pt-BR`.")
    translations: "list[Article]" = read("The same article in other languages, as far as the caller may see them.")
    status: ArticleStatus = read("What readers get.")
    version: int = read("Grows with every change; give it as `expectedVersion` when changing this.")
    author: Author | None = read("The first contributor whose role is AUTHOR; null when the byline is unknown.")
    word_count: int = read("How many words the text has.")
    reading_minutes: int = read("How many minutes it takes to read, at least 1.")
    created_at: datetime = read("When it was first saved.")
    updated_at: datetime = read("When anything about it last changed.")
    first_published_at: datetime | None = read("When it was public for the first time; null when it never was.")
    published_at: datetime | None = read(
        "When it last came out after not being out, as a dateline shows it; corrections do not move it."
    )
    comments: CommentConnection = read("What readers wrote about it.", arguments=THREAD_PAGE)
    comment_count: int = read("How many comments all readers can see, replies included.")
    comment_policy: CommentPolicy = read("The rules for comments here.")
    related: "list[Article]" = read("Public articles that have the most in common with it.", arguments=_RELATED)
    viewer_can: list[ArticleAction] = read("What the caller may do with it now; what enforces it says the same.")
    has_unpublished_changes: bool = read(
        "Whether something newer than what readers see has been saved.", needs=Scope.CONTENT_PREVIEW
    )
    head: ArticleRevision = read("The newest revision, which an editor works on.", needs=Scope.CONTENT_PREVIEW)
    published: ArticleRevision | None = read(
        "The revision that readers see now; null when they see none.", needs=Scope.CONTENT_PREVIEW
    )
    scheduled: ArticleRevision | None = read(
        "The revision that goes out at `publishAt`; later saves do not change it.", needs=Scope.CONTENT_PREVIEW
    )
    publish_at: datetime | None = read(
        "When it is going to come out; null when nothing is scheduled.", needs=Scope.CONTENT_PREVIEW
    )
    unpublish_at: datetime | None = read(
        "When it is going to be taken back; null when it stays.", needs=Scope.CONTENT_PREVIEW
    )
    review: Review | None = read(
        "The review that is open, on an article that is live too; null when none is.", needs=Scope.CONTENT_PREVIEW
    )
    checks: list[ContentCheck] = read(
        "What rules find in the newest revision; an ERROR among them keeps it from being published.",
        needs=Scope.CONTENT_PREVIEW,
    )
    revisions: ArticleRevisionConnection = read(
        "What it said each time it was saved, the newest first.",
        needs=Scope.CONTENT_PREVIEW,
        arguments=PAGE | _AUTOSAVES,
    )
    as_published: ArticleRevision | None = read(
        "Exactly what readers were shown at a moment; null when they were shown nothing.",
        needs=Scope.CONTENT_PREVIEW,
        arguments=_MOMENT,
    )


@described
@strawberry.input(one_of=True)
class ArticleBy:
    """Which article: give exactly one of these."""

    id: strawberry.ID | None = given("The article's id.")
    path: str | None = given("The address on the site, like `/articles/a-title`.")
    slug: str | None = given("The last part of the address; the language stands beside it in `locale`.")
