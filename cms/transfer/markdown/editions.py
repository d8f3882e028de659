"""Which words of each article go out, and under which date.

The one thing to know: of what readers see it is the words that they see, and of everything else the newest ones. So a
folder that was put on the web shows nothing that was not public, unless its generator shows drafts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from cms.articles.known import chunks
from cms.articles.models import Article, ArticleRevision, Publication
from cms.kernel.clock import now


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An article as it goes out.

    Attributes:
        article: its row.
        revision_id: whose words they are.
        slug: of that revision.
        date: since when it is public, or from when on; of a draft, when it was begun.
        ends_at: when it was or will be taken down.
        is_draft: whether nobody sees it, and nothing says that anybody will.
        is_behind: whether there are newer words, which nobody sees yet.
    """

    article: Article
    revision_id: UUID
    slug: str
    date: datetime
    ends_at: datetime | None
    is_draft: bool
    is_behind: bool


@dataclass(frozen=True, slots=True)
class Editions:
    """What goes out, by locale and slug, and how much is left out, by why."""

    going: Sequence[Edition]
    left_out: Mapping[str, int]


async def choose_editions() -> Editions:
    """Of every article that is neither archived nor in the trash, the words that go out."""
    moment, left_out = now(), Counter[str]()
    articles = []
    for article in await Article.all().order_by("id"):
        why = "in the trash" if article.deleted_at else "archived" if article.archived_at else None
        left_out.update([why] if why else [])
        articles += [] if why else [article]
    publications = await _publications(article.id for article in articles)
    going = [_edition(article, publications.get(article.id, []), moment) for article in articles]
    slugs = await _slugs(edition.revision_id for edition in going)
    going = [replace(edition, slug=slugs[edition.revision_id]) for edition in going]
    return Editions(sorted(going, key=lambda each: (each.article.locale, each.slug)), dict(left_out))


def _edition(article: Article, publications: Sequence[Publication], moment: datetime) -> Edition:
    head = article.head_id or article.id
    public = _public(article, publications, moment)
    return Edition(
        article=article,
        revision_id=public.revision_id if public else head,
        slug="",
        date=public.published_at if public else article.created_at,
        ends_at=_end(public, publications) if public else None,
        is_draft=public is None,
        is_behind=public is not None and public.revision_id != head,
    )


def _public(article: Article, publications: Sequence[Publication], moment: datetime) -> Publication | None:
    """What readers see; else what they will see; else what they saw last, where nobody has changed it since."""
    current = [each for each in publications if each.starts_at <= moment and not _is_over(each, moment)]
    coming = [each for each in publications if each.starts_at > moment]
    over = [each for each in publications if _is_over(each, moment) and each.revision_id == article.head_id]
    return next((each for each in (*current, *coming, *over[-1:])), None)


def _is_over(publication: Publication, moment: datetime) -> bool:
    return publication.ends_at is not None and publication.ends_at <= moment


def _end(public: Publication, publications: Sequence[Publication]) -> datetime | None:
    """When nothing follows any more: what takes its place at that very moment goes on with it."""
    ends_at = public.ends_at
    for each in publications:
        if each.starts_at == ends_at:
            ends_at = each.ends_at
    return ends_at


async def _publications(articles: Iterable[UUID]) -> dict[UUID, list[Publication]]:
    """The publications of each, in the order in which they begin."""
    found: dict[UUID, list[Publication]] = {}
    names = ("id", "article_id", "revision_id", "starts_at", "ends_at", "published_at")
    for some in chunks(list(articles)):
        for row in await Publication.filter(article_id__in=list(some)).order_by("starts_at").only(*names):
            found.setdefault(row.article_id, []).append(row)
    return found


async def _slugs(revisions: Iterable[UUID]) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for some in chunks(list(revisions)):
        rows = await ArticleRevision.filter(id__in=list(some)).values_list("id", "slug")
        found |= {UUID(str(key)): str(slug) for key, slug in rows}
    return found
