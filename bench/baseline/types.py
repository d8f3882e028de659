"""The baseline's schema: as much of Masthead's as the measured queries ask for, so that the same documents run."""

from datetime import datetime
from uuid import UUID

import strawberry
from strawberry.types import Info

from bench.baseline import models
from bench.baseline.loaders import Loaders, visible


def _loaders(info: Info) -> Loaders:
    loaders: Loaders = info.context["loaders"]
    return loaders


@strawberry.type
class RichText:
    """Rich text, as HTML."""

    html: str


@strawberry.type
class Comment:
    """A reader's comment; a tombstone has neither name nor text."""

    id: strawberry.ID
    author_name: str | None
    created_at: datetime
    body: RichText | None

    @classmethod
    def of(cls, row: models.Comment) -> "Comment":
        """What readers see of a row."""
        shown = row.status == "APPROVED"
        return cls(
            id=strawberry.ID(f"com_{row.id}"),
            author_name=row.author_name if shown else None,
            created_at=row.created_at,
            body=RichText(html=row.body_html) if shown else None,
        )


@strawberry.type
class CommentConnection:
    """A page of comments."""

    nodes: list[Comment]


@strawberry.type
class DisclaimerVersion:
    """What a disclaimer says."""

    id: strawberry.ID
    number: int
    title: str
    body: RichText

    @classmethod
    def of(cls, row: models.DisclaimerVersion) -> "DisclaimerVersion":
        """What readers see of a row."""
        return cls(
            id=strawberry.ID(f"dvn_{row.id}"), number=row.number, title=row.title, body=RichText(html=row.body_html)
        )


@strawberry.type
class Author:
    """Somebody who signs articles."""

    key: strawberry.Private[UUID]
    slug: str
    name: str
    credentials: str | None

    @classmethod
    def of(cls, row: models.Author) -> "Author":
        """What readers see of a row."""
        return cls(key=row.id, slug=row.slug, name=row.name, credentials=row.credentials)

    @strawberry.field
    def id(self) -> strawberry.ID:
        """The public id."""
        return strawberry.ID(f"aut_{self.key}")

    @strawberry.field
    async def articles(self, info: Info, first: int = 20) -> "ArticleConnection":
        """The latest articles."""
        rows = await _loaders(info).articles.load((self.key, first))
        return ArticleConnection(nodes=[Article.of(row) for row in rows])


@strawberry.type
class Article:
    """An article, as readers see it now."""

    row: strawberry.Private[models.Publication]
    slug: str
    title: str
    standfirst: str | None
    published_at: datetime
    word_count: int
    comment_count: int

    @classmethod
    def of(cls, row: models.Publication) -> "Article":
        """What readers see of a row."""
        return cls(
            row=row,
            slug=row.slug,
            title=row.revision.title,
            standfirst=row.revision.standfirst,
            published_at=row.published_at,
            word_count=row.revision.word_count,
            comment_count=row.article.comment_count,
        )

    @strawberry.field
    def id(self) -> strawberry.ID:
        """The public id."""
        return strawberry.ID(f"art_{self.row.article_id}")

    @strawberry.field
    def body(self) -> RichText:
        """The text."""
        return RichText(html=self.row.revision.body_html)

    @strawberry.field
    async def author(self, info: Info) -> Author | None:
        """Who wrote it."""
        if self.row.revision.author_id is None:
            return None
        found = await _loaders(info).authors.load(self.row.revision.author_id)
        return None if found is None else Author.of(found)

    @strawberry.field
    async def disclaimers(self, info: Info) -> list[DisclaimerVersion]:
        """The notices it was published under."""
        return [DisclaimerVersion.of(row) for row in await _loaders(info).disclaimers.load(self.row.id)]

    @strawberry.field
    async def comments(self, info: Info, first: int = 20) -> CommentConnection:
        """What readers wrote about it."""
        rows = await _loaders(info).comments.load((self.row.article_id, first))
        return CommentConnection(nodes=[Comment.of(row) for row in rows])


@strawberry.type
class ArticleConnection:
    """A page of articles."""

    nodes: list[Article]


@strawberry.type
class AuthorConnection:
    """A page of authors."""

    nodes: list[Author]


@strawberry.input
class ArticleBy:
    """Which article."""

    slug: str


@strawberry.type
class Query:
    """What can be read."""

    @strawberry.field
    async def article(self, by: ArticleBy, locale: str) -> Article | None:
        """One article."""
        found = await visible().filter(slug=by.slug, locale=locale).first()
        return None if found is None else Article.of(found)

    @strawberry.field
    async def articles(self, first: int = 20) -> ArticleConnection:
        """The latest articles."""
        rows = await visible().order_by("-published_at", "-article_id").limit(first)
        return ArticleConnection(nodes=[Article.of(row) for row in rows])

    @strawberry.field
    async def authors(self, first: int = 20) -> AuthorConnection:
        """The authors, by name."""
        rows = await models.Author.filter(deleted_at__isnull=True).order_by("name_key", "id").limit(first)
        return AuthorConnection(nodes=[Author.of(row) for row in rows])
