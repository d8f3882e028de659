"""Which articles of a folder are here already, and which were here and were deleted.

The one thing to know: neither comes in again, and the report says so of both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cms.articles.known import chunks
from cms.articles.models import Article
from cms.kernel.models import Tombstone
from cms.transfer.markdown.identity import SOURCE
from cms.transfer.markdown.job import Job
from cms.transfer.markdown.planning import Plan


@dataclass(frozen=True, slots=True)
class Here:
    """What came before: the keys of articles that are here, by their files, and the files of those that are gone."""

    keys: Mapping[str, UUID]
    gone: frozenset[str]


async def look_up(plan: Plan) -> Here:
    """What is here already, by its id or by where it came from, and what was deleted here."""
    by_source = {head.source_id: path for path, head in plan.articles.items()}
    by_key = {head.key: path for path, head in plan.articles.items()}
    keys: dict[str, UUID] = {}
    gone: set[str] = set()
    for some in chunks(list(by_source)):
        rows = Article.filter(source=SOURCE, source_id__in=list(some)).only("id", "source_id", "deleted_at")
        for row in await rows:
            _note(row, by_source[row.source_id or ""], keys, gone)
    for many in chunks(list(by_key)):
        for row in await Article.filter(id__in=list(many)).only("id", "deleted_at"):
            _note(row, by_key[row.id], keys, gone)
        buried = await Tombstone.filter(node_id__in=list(many)).values_list("node_id", flat=True)
        gone |= {by_key[UUID(str(key))] for key in buried}
    return Here(keys, frozenset(gone - keys.keys()))


def tell_of(job: Job, plan: Plan, here: Here, number: int) -> None:
    """Count what is here, and name what is gone."""
    job.tally.unchanged("articles", number)
    if here.keys:
        job.tally.note(
            f"Articles that are here already stay as they are, whatever their files say: {len(here.keys):,}."
        )
    for path in plan.articles:
        if path in here.gone:
            job.found("Deleted here, and not brought back", path)


def _note(row: Article, path: str, keys: dict[str, UUID], gone: set[str]) -> None:
    if row.deleted_at is None:
        keys[path] = row.id
    else:
        gone.add(path)
