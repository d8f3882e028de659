"""Articles as editors work on them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import strawberry

from cms.kernel.event_log import LoggedEvent
from cms.kernel.events import EventType
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.tailing import Wanted
from cms.kernel.viewer import Scope
from cms.reading.vocabulary import Perspective
from schema.accounts import User
from schema.descriptions import described
from schema.fields import EVERYBODY, argument, read
from schema.following import Following, Item, follow
from schema.writing import optional_key

if TYPE_CHECKING:
    from schema.articles import Article

_OF_ARTICLES: Final = frozenset(type_ for type_ in EventType if type_.value.startswith("ARTICLE_"))


@described
@strawberry.type
class ArticleEvent:
    """Something that happened to an article. What is told twice, after a line was cut, has the same cursor."""

    cursor: str = read(EVERYBODY, "Where this stands among all events: subscribe `after` it, and miss nothing.")
    event: EventType = read(EVERYBODY, "What happened.")
    article_id: strawberry.ID = read(EVERYBODY, "To which article.")
    article: Annotated["Article", strawberry.lazy("schema.articles")] | None = read(
        EVERYBODY, "The article as its editors see it now; null when it is gone."
    )
    actor: User | None = read(EVERYBODY, "Who did it; null when it was a program, or the clock.")
    at: datetime = read(EVERYBODY, "When it was done.")


def _articles(article_id: str | None = None) -> Following:
    article = optional_key(article_id, NodeType.ARTICLE, ("articleId",))
    about = None if article is None else GlobalId(NodeType.ARTICLE, article)
    return Following(Wanted(_OF_ARTICLES, article), _item, about)


def _item(event: LoggedEvent) -> Item:
    node = str(event.node)
    return Item(
        {"event": event.type, "article_id": node, "article": node, "actor": _person(event.actor), "at": event.at}
    )


def _person(actor: str) -> str | None:
    """The id of the person behind an actor, where there is one; see `Viewer.actor`."""
    kind, _, key = actor.partition(":")
    return f"{NodeType.USER.value}_{key}" if kind == "user" else None


@strawberry.type
class ArticleSubscriptions:
    """What of articles can be followed."""

    article_events: ArticleEvent = follow(
        Scope.CONTENT_PREVIEW,
        "What is done to articles, drafts included, as it is done.",
        _articles,
        arguments={"article_id": argument(EVERYBODY, strawberry.ID | None, "Of which article; of all, if left out.")},
        perspective=Perspective.DRAFT,
    )
