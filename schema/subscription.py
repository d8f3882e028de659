"""What can be followed live: the streams of every feature, gathered."""

import strawberry

from schema.article_subscriptions import ArticleSubscriptions
from schema.comment_subscriptions import CommentSubscriptions
from schema.descriptions import described


@described
@strawberry.type
class Subscription(CommentSubscriptions, ArticleSubscriptions):
    """Everything that can be followed live, over `graphql-transport-ws` or `text/event-stream`.

    Every item carries a cursor to go on after, so that a phone that slept misses nothing and is told nothing twice.
    """
