"""Posts and pages become articles: some at a time, each batch a transaction of its own.

The one thing to know: what came in before is passed over, so that a run goes on where the last one was killed. What one
article lacks does not keep the others out: it becomes a draft or is refused, and the report says why.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from cms.articles.bulk import add_articles
from cms.articles.drafts import BulkArticle
from cms.articles.errors import CheckFailed
from cms.articles.known import chunks
from cms.articles.models import Article, ArticleSlug
from cms.kernel.errors import DomainError, NotAllowed
from cms.kernel.models import Tombstone
from cms.transfer.wxr.drafting import Drafting, named
from cms.transfer.wxr.identity import SOURCE
from cms.transfer.wxr.job import Job
from cms.transfer.wxr.parsed import ParsedItem
from cms.transfer.wxr.plan import Head
from cms.transfer.wxr.reading import Reading
from cms.transfer.wxr.standing import Standing

_AT_ONCE: Final = 100
#: Texts of one batch, in characters of the export; each is kept in five forms here.
_CHARS_AT_ONCE: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class _Ready:
    """An article that waits for its batch."""

    head: Head
    row: BulkArticle


async def bring_articles(job: Job) -> None:
    """Bring in every post and page that is not here yet; what is still to come out last, since it may link to the rest.

    Raises:
        NotAllowed: the viewer may not.
    """
    missing = await _missing(job)
    drafting = Drafting(job, await _slugs(job))
    batch: list[_Ready] = []
    scheduled: list[_Ready] = []
    chars = 0
    for done, item in enumerate(_items(job, missing), start=1):
        head = missing[item.place]
        if (row := drafting.row(head, item)) is not None:
            (scheduled if head.standing is Standing.SCHEDULED else batch).append(_Ready(head, row))
        chars += len(item.content)
        if len(batch) >= _AT_ONCE or chars >= _CHARS_AT_ONCE:
            await _store(job, batch)
            batch, chars = [], 0
            job.progress(done, len(missing), "articles")
    await _store(job, batch)
    for each in sorted(scheduled, key=lambda each: each.row.published_at or job.now):
        await _store(job, [each])
    job.progress(len(missing), len(missing), "articles")


def _items(job: Job, wanted: dict[int, Head]) -> Iterator[ParsedItem]:
    if wanted:
        records = Reading(job.reading.path).records()
        yield from (record for record in records if isinstance(record, ParsedItem) and record.place in wanted)


async def _missing(job: Job) -> dict[int, Head]:
    """What is not here, and was not deleted here, by its place in the file."""
    here: set[str] = set()
    gone: set[UUID] = set()
    for some in chunks(job.plan.heads.values()):
        known = Article.filter(source=SOURCE, source_id__in=[head.known_as for head in some])
        here |= {str(known_as) for known_as in await known.values_list("source_id", flat=True)}
        buried = Tombstone.filter(node_id__in=[head.key for head in some])
        gone |= {UUID(str(key)) for key in await buried.values_list("node_id", flat=True)}
    missing = {}
    for place, head in job.plan.heads.items():
        if head.known_as in here or head.key in gone:
            job.tally.unchanged("articles")
        else:
            missing[place] = head
    return missing


async def _slugs(job: Job) -> set[str]:
    return {str(slug) for slug in await ArticleSlug.filter(locale=job.locale).values_list("slug", flat=True)}


async def _store(job: Job, batch: Sequence[_Ready]) -> None:
    """Store a batch without what is refused; what may not go out stays a draft."""
    waiting = list(batch)
    while waiting:
        try:
            await add_articles(job.database, job.viewer, [each.row for each in waiting])
        except NotAllowed:
            raise
        except DomainError as error:
            place = _place(error)
            if place is None:
                raise
            waiting[place : place + 1] = _second_try(job, waiting[place], error)
        else:
            job.tally.created("articles", len(waiting))
            return


def _place(error: DomainError) -> int | None:
    """Which row it is about; no path, or one that begins with a name, is about them all."""
    with suppress(IndexError, ValueError):
        return int(error.path[0])
    return None


def _second_try(job: Job, refused: _Ready, error: DomainError) -> list[_Ready]:
    """The same as a draft, where only readers must not see it as it is."""
    if isinstance(error, CheckFailed) and refused.row.published_at is not None:
        job.findings.add(f"It cannot go out as it is, now a draft ({error})", named(refused.head))
        return [replace(refused, row=replace(refused.row, published_at=None))]
    where = ".".join(error.path[1:])
    job.tally.refused("articles", f"{named(refused.head)}: {f'{where}: ' if where else ''}{error}")
    return []
