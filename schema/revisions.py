"""Revisions: what an article said each time it was saved. None is ever changed."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.accounts import User
from schema.article_content import ArticleContent
from schema.descriptions import described
from schema.fields import EVERYBODY, argument, read
from schema.shared import Connection, Edge, FieldDiff, Node

if TYPE_CHECKING:
    from schema.articles import Article

_AGAINST = {
    "against": argument(
        EVERYBODY,
        strawberry.ID | None,
        "The revision to compare with, of the same article; the one before this when left out.",
    )
}


@described
@strawberry.type
class ArticleRevision(Node, ArticleContent):
    """What an article said when it was saved once. Revisions are never changed; publishing only points at one."""

    number: int = read(EVERYBODY, "1 for the first revision of the article, and one more for each after it.")
    autosave: bool = read(
        EVERYBODY, "Whether the editor's program saved it by itself; such revisions go when a real save follows."
    )
    note: str | None = read(EVERYBODY, "What the person who saved it wrote about the change.")
    created_at: datetime = read(EVERYBODY, "When it was saved.")
    created_by: User | None = read(EVERYBODY, "Who saved it; null when it was imported or a program did.")
    article: Annotated["Article", strawberry.lazy("schema.articles")] = read(
        EVERYBODY, "The article it is a revision of."
    )
    diff: list[FieldDiff] = read(
        EVERYBODY, "What differs from an earlier revision, field by field.", arguments=_AGAINST
    )


@described
@strawberry.type
class ArticleRevisionEdge(Edge[ArticleRevision]):
    """A revision and its place in a list."""


@described
@strawberry.type
class ArticleRevisionConnection(Connection[ArticleRevisionEdge, ArticleRevision]):
    """A page of a list of revisions."""


@described
@strawberry.type
class Review:
    """A revision that was laid before an editor, and waits."""

    revision: ArticleRevision = read(EVERYBODY, "The revision to judge; later saves are not part of it.")
    submitted_by: User | None = read(EVERYBODY, "Who laid it before the editor; null when a program did.")
    submitted_at: datetime = read(EVERYBODY, "When it was submitted.")
    note: str | None = read(EVERYBODY, "What the writer wants the editor to know.")
