"""From where readers of the old site found an article, they are led to where it stands now.

The one thing to know: a redirect leads to the article, not to its address here, so it stays right when that changes.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from cms.articles.known import chunks
from cms.articles.models import Article, ArticleSlug
from cms.kernel.addresses import ANY_LOCALE, is_taken
from cms.kernel.database import transaction
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.naming import path_at
from cms.site.models import Redirect
from cms.site.redirects import leave_redirect
from cms.transfer.wxr.addresses import old_paths
from cms.transfer.wxr.identity import SOURCE
from cms.transfer.wxr.job import Job
from cms.transfer.wxr.plan import Head
from cms.transfer.wxr.standing import Standing

_AT_ONCE: Final = 100


async def bring_redirects(job: Job) -> None:
    """Lead from the old addresses of what was public, where nothing leads from there or stands there yet."""
    shown = [head for head in job.plan.heads.values() if head.standing is Standing.PUBLIC]
    for place, some in enumerate(chunks(shown, _AT_ONCE)):
        async with transaction(job.database):
            await _lead(job, some)
        job.progress(min((place + 1) * _AT_ONCE, len(shown)), len(shown), "redirects")


async def _lead(job: Job, heads: Sequence[Head]) -> None:
    articles = await _articles(heads)
    standing = await _standing(job, articles.values())
    wanted: dict[str, Head] = {}
    for head in heads:
        for path in old_paths(head, job.plan.channel.url) if head.known_as in articles else ():
            wanted.setdefault(path, head)
    led = {str(path) for path in await Redirect.filter(from_path__in=list(wanted)).values_list("from_path", flat=True)}
    for path, head in wanted.items():
        if path in led or path in standing:
            job.tally.unchanged("redirects")
        elif await is_taken(job.database, path):
            taken = "Something else stands at its old address here; nothing leads from there"
            job.findings.add(taken, f"{head.kind} {head.number}")
        else:
            node = GlobalId(NodeType.ARTICLE, articles[head.known_as].id)
            await leave_redirect(job.database, ANY_LOCALE, path, node, actor=job.viewer.actor)
            job.tally.created("redirects")


async def _articles(heads: Sequence[Head]) -> dict[str, Article]:
    """Those that are here, by what they are known by."""
    known = Article.filter(source=SOURCE, source_id__in=[head.known_as for head in heads], deleted_at=None)
    return {str(row.source_id): row for row in await known.only("id", "source_id", "locale")}


async def _standing(job: Job, articles: Iterable[Article]) -> set[str]:
    """The paths at which these articles stand themselves."""
    locales = {article.id: article.locale for article in articles}
    slugs = await ArticleSlug.filter(article_id__in=list(locales))
    return {path_at(job.site.article_path, row.slug, locales[row.article_id]) for row in slugs}
