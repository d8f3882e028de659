"""Where a read begins."""

import strawberry

from cms.kernel.viewer import Scope
from schema.accounts import ApiTokenConnection, UserConnection, Viewer
from schema.article_lists import ARTICLE_PAGE, ArticleConnection
from schema.articles import Article, ArticleBy
from schema.audit import AUDIT_PAGE, AuditConnection
from schema.authors import AUTHOR_PAGE, Author, AuthorBy, AuthorConnection
from schema.comments import COMMENT_PAGE, Comment, CommentConnection
from schema.descriptions import described
from schema.disclaimers import Disclaimer, DisclaimerBy, DisclaimerConnection
from schema.fields import EVERYBODY, PAGE, argument, read
from schema.media import Media
from schema.routes import RedirectConnection, Route
from schema.shared import PERSPECTIVE, Node
from schema.site import Site
from schema.topics import TOPIC_PAGE, Topic, TopicBy, TopicConnection

_LOCALE = {
    "locale": argument(
        EVERYBODY, str | None, "The language that goes with a slug, as a BCP 47 tag; the site's default when left out."
    )
}


@described
@strawberry.type
class Query:
    """Everything that can be read. What is not there and what the caller may not see are both null."""

    node: Node | None = read(
        EVERYBODY,
        "Anything by its id; null when there is nothing by that id for the caller.",
        arguments={"id": argument(EVERYBODY, strawberry.ID, "The id of what to read.")},
    )
    nodes: list[Node | None] = read(
        EVERYBODY,
        "Several things by their ids, in the same order, with null where there is nothing for the caller.",
        arguments={"ids": argument(EVERYBODY, list[strawberry.ID], "The ids of what to read; at most 100.")}
        | PERSPECTIVE,
    )
    site: Site = read(EVERYBODY, "The publication: its name, languages and rules.")
    viewer: Viewer = read(EVERYBODY, "Whoever is asking, and what they may do.")
    article: Article | None = read(
        EVERYBODY,
        "One article.",
        arguments={"by": argument(EVERYBODY, ArticleBy, "Which article.")} | _LOCALE | PERSPECTIVE,
    )
    articles: ArticleConnection = read(
        EVERYBODY, "Articles, of all languages unless the filter names one.", arguments=ARTICLE_PAGE | PERSPECTIVE
    )
    author: Author | None = read(
        EVERYBODY, "One author.", arguments={"by": argument(EVERYBODY, AuthorBy, "Which author.")} | PERSPECTIVE
    )
    authors: AuthorConnection = read(EVERYBODY, "The authors of the publication.", arguments=AUTHOR_PAGE)
    topic: Topic | None = read(
        EVERYBODY, "One topic.", arguments={"by": argument(EVERYBODY, TopicBy, "Which topic.")} | PERSPECTIVE
    )
    topics: TopicConnection = read(EVERYBODY, "Topics of every level, by name.", arguments=TOPIC_PAGE)
    disclaimer: Disclaimer | None = read(
        EVERYBODY, "One disclaimer.", arguments={"by": argument(EVERYBODY, DisclaimerBy, "Which disclaimer.")}
    )
    disclaimers: DisclaimerConnection = read(
        EVERYBODY, "The disclaimers of the publication, retired ones among them.", arguments=PAGE
    )
    comment: Comment | None = read(
        EVERYBODY, "One comment.", arguments={"id": argument(EVERYBODY, strawberry.ID, "The comment's id.")}
    )
    comments: CommentConnection = read(EVERYBODY, "Comments from under all articles.", arguments=COMMENT_PAGE)
    comments_by_edit_token: list[Comment | None] = read(
        EVERYBODY,
        "The caller's own comments, those that wait among them, in the order of their tokens; null for what is no "
        "token of ours, and for what is gone.",
        arguments={
            "edit_tokens": argument(
                EVERYBODY, list[str], "What `postComment` answered when they were written; at most 100."
            )
        },
        posted=True,
    )
    media: Media | None = read(
        EVERYBODY, "One image or file.", arguments={"id": argument(EVERYBODY, strawberry.ID, "The file's id.")}
    )
    users: UserConnection = read(Scope.PEOPLE_MANAGE, "The people who work here or did, by name.", arguments=PAGE)
    api_tokens: ApiTokenConnection = read(
        Scope.PEOPLE_MANAGE,
        "The tokens by which programs use the API, the oldest first; revoked ones are gone.",
        arguments=PAGE,
    )
    route: Route | None = read(
        EVERYBODY,
        "What a path of the site leads to: content, a redirect, or the word that what stood there is gone for good; "
        "null when nothing ever did.",
        arguments={"path": argument(EVERYBODY, str, "The path as the API writes it, like `/articles/a-title`.")}
        | PERSPECTIVE,
    )
    redirects: RedirectConnection = read(EVERYBODY, "The paths that lead elsewhere, the newest first.", arguments=PAGE)
    audit_log: AuditConnection = read(Scope.SITE_MANAGE, "What was done here, the newest first.", arguments=AUDIT_PAGE)
