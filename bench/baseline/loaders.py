"""The DataLoaders of one request. Each loads everything that was asked for in one tick with one statement or two.

Tortoise cannot limit rows under each parent, so the two that page use a window function over the parents' rows. This is
kinder to the baseline than loading all rows and cutting them in Python, which its libraries' documentation would do.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from strawberry.dataloader import DataLoader
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from bench.baseline.models import (
    Author,
    Comment,
    DisclaimerVersion,
    Publication,
    PublicationAuthor,
    PublicationDisclaimer,
)
from cms.kernel.clock import to_text

_COMMENTS = (
    "SELECT id, article_id, status, author_name, body_html, created_at FROM (SELECT id, article_id, status, "
    "author_name, body_html, created_at, row_number() OVER (PARTITION BY article_id ORDER BY created_at, id) AS place "
    "FROM comment WHERE article_id IN ({keys}) AND parent_id IS NULL AND is_listed) AS x WHERE place <= {first} "
    "ORDER BY created_at, id"
)
_LISTED = (
    "SELECT id, author_id, publication_id FROM (SELECT id, author_id, publication_id, published_at, article_id, "
    "row_number() OVER (PARTITION BY author_id ORDER BY published_at DESC, article_id DESC) AS place "
    "FROM publication_author WHERE author_id IN ({keys}) AND starts_at <= '{now}' "
    "AND (ends_at IS NULL OR '{now}' < ends_at)) AS x WHERE place <= {first} "
    "ORDER BY published_at DESC, article_id DESC"
)

#: What a page is loaded by: whose it is, and how many.
Page = tuple[UUID, int]


def visible() -> QuerySet[Publication]:
    """The publications that readers see now, each with its article and its revision."""
    moment = datetime.now(UTC)
    is_open = Q(ends_at__isnull=True) | Q(ends_at__gt=moment)
    return Publication.filter(is_open, starts_at__lte=moment).select_related("article", "revision")


def _quoted(keys: Iterable[UUID]) -> str:
    """A list for IN. They are UUIDs, so nothing in them can end a text."""
    return ", ".join(f"'{key}'" for key in keys)


def _by_first(pages: list[Page]) -> dict[int, list[UUID]]:
    keys: dict[int, list[UUID]] = defaultdict(list)
    for key, first in pages:
        keys[first].append(key)
    return keys


async def _authors(keys: list[UUID]) -> list[Author | None]:
    found = {author.id: author for author in await Author.filter(id__in=keys, deleted_at__isnull=True)}
    return [found.get(key) for key in keys]


async def _disclaimers(publications: list[UUID]) -> list[list[DisclaimerVersion]]:
    found: dict[UUID, list[DisclaimerVersion]] = defaultdict(list)
    pins = PublicationDisclaimer.filter(
        publication_id__in=publications, version__effective_from__lte=datetime.now(UTC)
    ).select_related("version")
    for pin in await pins.order_by("position"):
        found[pin.publication_id].append(pin.version)
    return [found[key] for key in publications]


async def _comments(pages: list[Page]) -> list[list[Comment]]:
    found: dict[Page, list[Comment]] = defaultdict(list)
    for first, keys in _by_first(pages).items():
        rows: list[Comment] = list(await Comment.raw(_COMMENTS.format(keys=_quoted(keys), first=first)))
        for comment in rows:
            found[comment.article_id, first].append(comment)
    return [found[page] for page in pages]


async def _articles(pages: list[Page]) -> list[list[Publication]]:
    found: dict[Page, list[Publication]] = defaultdict(list)
    now = to_text(datetime.now(UTC))
    for first, keys in _by_first(pages).items():
        statement = _LISTED.format(keys=_quoted(keys), first=first, now=now)
        listed: list[PublicationAuthor] = list(await PublicationAuthor.raw(statement))
        shown = Publication.filter(id__in={row.publication_id for row in listed}).select_related("article", "revision")
        publications = {publication.id: publication for publication in await shown}
        for row in listed:
            found[row.author_id, first].append(publications[row.publication_id])
    return [found[page] for page in pages]


class Loaders:
    """The loaders of one request."""

    def __init__(self) -> None:
        self.authors = DataLoader(load_fn=_authors)
        self.disclaimers = DataLoader(load_fn=_disclaimers)
        self.comments = DataLoader(load_fn=_comments)
        self.articles = DataLoader(load_fn=_articles)
