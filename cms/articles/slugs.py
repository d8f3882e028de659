"""The addresses that articles hold: each slug belongs to one article of a locale.

An article holds the slug of its head, and that of every publication that is public or will be. A slug is held from the
moment it is saved, so that two drafts cannot both go out under it.
"""

from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from cms.articles.models import Article, ArticleRevision, ArticleSlug, Publication
from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect
from cms.kernel.errors import AlreadyExists
from cms.kernel.ids import new_id
from cms.kernel.naming import choose_slug

_VALUES = {Dialect.SQLITE: "?, ?, ?, ?, ?", Dialect.POSTGRES: "$1, $2, $3, $4, $5"}
# In each round one of those who want the same slug gets it, so nobody needs more rounds than there are writers at once.
_ATTEMPTS = 100


async def reserve_slug(
    database: Database, article_id: UUID, locale: str, given: str | None, title: str, *, at: datetime | None = None
) -> str:
    """A slug that is the article's from now on.

    Args:
        database: where; in a transaction.
        article_id: whose it will be. It may hold the slug already.
        locale: where it must be the only one.
        given: the slug that was asked for; None has one made.
        title: what one is made of: `winter`, or `winter-2` where that is taken.
        at: when it was reserved.

    Raises:
        AlreadyExists: the slug that was asked for is another article's.
        DomainError: it is no slug.
    """

    async def taken(slugs: list[str]) -> set[str]:
        held = ArticleSlug.filter(locale=locale, slug__in=slugs).exclude(article_id=article_id)
        return {str(slug) for slug in await held.values_list("slug", flat=True)}

    for _ in range(_ATTEMPTS):
        slug = await choose_slug(given, title, taken)
        if await _insert(database, article_id, locale, slug, at or now()):
            return slug
    raise AlreadyExists("Somebody took the slug just now: try again.", ("slug",))


async def release_slugs(article: Article) -> None:
    """Let go of the slugs that are neither the head's nor those of a publication that is public or will be."""
    held = ArticleSlug.filter(article_id=article.id)
    if article.deleted_at is None:
        head = await ArticleRevision.get(id=article.head_id).only("id", "slug")
        open_ended = Publication.filter(Q(ends_at__gt=now()) | Q(ends_at=None), article_id=article.id)
        needed = {head.slug, *map(str, await open_ended.values_list("slug", flat=True))}
        held = held.exclude(slug__in=list(needed))
    await held.delete()


async def _insert(database: Database, article_id: UUID, locale: str, slug: str, at: datetime) -> bool:
    """Whether the article holds the slug now. Of two who insert it at once the second waits, and then does not."""
    statement = (
        f"INSERT INTO article_slug (id, created_at, article_id, locale, slug) "  # noqa: S608 - constants only
        f"VALUES ({_VALUES[database.dialect]}) ON CONFLICT (locale, slug) DO NOTHING"
    )
    inserted, _ = await database.connection.execute_query(statement, [new_id(), at, article_id, locale, slug])
    return bool(inserted) or await ArticleSlug.exists(article_id=article_id, locale=locale, slug=slug)
