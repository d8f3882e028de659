"""Where a read begins."""

import strawberry

from schema.accounts import Viewer
from schema.article_lists import ARTICLE_PAGE, ArticleConnection
from schema.articles import Article, ArticleBy
from schema.authors import AUTHOR_PAGE, Author, AuthorBy, AuthorConnection
from schema.comments import COMMENT_PAGE, Comment, CommentConnection
from schema.descriptions import described
from schema.disclaimers import Disclaimer, DisclaimerBy, DisclaimerConnection
from schema.fields import PAGE, argument, read
from schema.shared import PERSPECTIVE, Node
from schema.site import Site
from schema.topics import TOPIC_PAGE, Topic, TopicBy, TopicConnection

_LOCALE = {
    "locale": argument(
        str | None, "The language that goes with a slug, as a BCP 47 tag; the site's default when left out."
    )
}


@described
@strawberry.type
class Query:
    """Everything that can be read. What is not there and what the caller may not see are both null."""

    node: Node | None = read(
        "Anything by its id; null when there is nothing by that id for the caller.",
        arguments={"id": argument(strawberry.ID, "The id of what to read.")},
    )
    nodes: list[Node | None] = read(
        "Several things by their ids, in the same order, with null where there is nothing for the caller.",
        arguments={"ids": argument(list[strawberry.ID], "The ids of what to read; at most 100.")} | PERSPECTIVE,
    )
    site: Site = read("The publication: its name, languages and rules.")
    viewer: Viewer = read("Whoever is asking, and what they may do.")
    article: Article | None = read(
        "One article.", arguments={"by": argument(ArticleBy, "Which article.")} | _LOCALE | PERSPECTIVE
    )
    articles: ArticleConnection = read(
        "Articles, of all languages unless the filter names one.", arguments=ARTICLE_PAGE | PERSPECTIVE
    )
    author: Author | None = read("One author.", arguments={"by": argument(AuthorBy, "Which author.")} | PERSPECTIVE)
    authors: AuthorConnection = read("The authors of the publication.", arguments=AUTHOR_PAGE)
    topic: Topic | None = read("One topic.", arguments={"by": argument(TopicBy, "Which topic.")} | PERSPECTIVE)
    topics: TopicConnection = read("Topics of every level, by name.", arguments=TOPIC_PAGE)
    disclaimer: Disclaimer | None = read(
        "One disclaimer.", arguments={"by": argument(DisclaimerBy, "Which disclaimer.")}
    )
    disclaimers: DisclaimerConnection = read(
        "The disclaimers of the publication, retired ones among them.", arguments=PAGE
    )
    comment: Comment | None = read("One comment.", arguments={"id": argument(strawberry.ID, "The comment's id.")})
    comments: CommentConnection = read("Comments from under all articles.", arguments=COMMENT_PAGE)
