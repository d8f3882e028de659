"""Files become articles: some at a time, each after what it translates and what it links to.

The one thing to know: what came in before is passed over, also where somebody deleted it since. What one article lacks
does not keep the others out: it becomes a draft or is refused, and the report says why.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from cms.articles.bulk import add_articles
from cms.articles.drafts import BulkArticle
from cms.articles.errors import CheckFailed
from cms.articles.models import ArticleSlug
from cms.kernel.errors import DomainError, NotAllowed
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.naming import candidates
from cms.richtext import RichTextError
from cms.transfer.markdown.bodies import Bodies
from cms.transfer.markdown.drafting import Drafting
from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.job import Job
from cms.transfer.markdown.known import look_up, tell_of
from cms.transfer.markdown.media import MediaShelf
from cms.transfer.markdown.originals import Originals
from cms.transfer.markdown.people import People
from cms.transfer.markdown.planning import Head, Plan
from cms.transfer.markdown.subjects import Subjects

_AT_ONCE: Final = 100
#: Texts of one batch, in characters; each is kept in five forms here.
_CHARS_AT_ONCE: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class _Ready:
    """An article that waits for its batch."""

    head: Head
    row: BulkArticle


async def bring(job: Job, plan: Plan) -> None:
    """Bring in everything that a plan names and that is not here yet.

    Raises:
        NotAllowed: the viewer may not.
    """
    here = await look_up(plan)
    keys = {path: here.keys.get(path, head.key) for path, head in plan.articles.items() if path not in here.gone}
    ids = {path: str(GlobalId(NodeType.ARTICLE, key)) for path, key in keys.items()}
    addresses = {head.address: ids[path] for path, head in plan.articles.items() if head.address and path in ids}
    media = MediaShelf(job)
    bodies = Bodies(job.place, ids, addresses, media.bring)
    people, subjects = People(job, bodies, media), Subjects(job)
    await media.bring_described()
    await people.bring_files(plan.authors)
    await subjects.bring_files(plan.topics)
    missing = [head for path, head in plan.articles.items() if path not in here.keys and path not in here.gone]
    tell_of(job, plan, here, len(plan.articles) - len(missing))
    roots = Originals(job, plan, bodies, here.gone)
    originals = {head.path: root for head in missing if (root := roots.of(head))}
    drafting = Drafting(job, bodies, media, people, subjects, {path: keys[root] for path, root in originals.items()})
    await _Bringing(job, drafting, await _slugs()).everything(_in_order(job, plan, missing, originals))


class _Bringing:
    """Brings articles in batches."""

    def __init__(self, job: Job, drafting: Drafting, slugs: set[tuple[str, str]]) -> None:
        self._job = job
        self._drafting = drafting
        self._slugs = slugs
        self._batch: list[_Ready] = []
        self._chars = 0

    async def everything(self, heads: Sequence[tuple[int, Head]]) -> None:
        """Bring these, of which each may name those of a smaller rank."""
        last = 0
        for done, (rank, head) in enumerate(heads, start=1):
            if rank != last or _is_scheduled(self._job, head):
                await self._store()
            last = rank
            await self._add(head)
            if len(self._batch) >= _AT_ONCE or self._chars >= _CHARS_AT_ONCE:
                await self._store()
                self._job.progress(done, len(heads), "articles")
        await self._store()
        self._job.progress(len(heads), len(heads), "articles")

    async def _add(self, head: Head) -> None:
        try:
            row = await self._drafting.row(head, self._slug(head))
        except (Unreadable, RichTextError) as error:
            self._job.refused("articles", head.path, str(error))
            return
        self._batch.append(_Ready(head, row))
        self._chars += self._job.place.sizes[head.path]

    def _slug(self, head: Head) -> str:
        slug = next(idea for idea in candidates(head.slug) if (head.locale, idea) not in self._slugs)
        if slug != head.slug:
            self._job.found("Its slug was taken, and got a number", head.path)
        self._slugs.add((head.locale, slug))
        return slug

    async def _store(self) -> None:
        """Store what waits without what is refused; what may not go out stays a draft."""
        waiting, self._batch, self._chars = self._batch, [], 0
        while waiting:
            try:
                await add_articles(self._job.database, self._job.viewer, [each.row for each in waiting])
            except NotAllowed:
                raise
            except DomainError as error:
                place = _place(error)
                if place is None:
                    raise
                waiting[place : place + 1] = self._second_try(waiting[place], error)
            else:
                self._job.tally.created("articles", len(waiting))
                return

    def _second_try(self, refused: _Ready, error: DomainError) -> list[_Ready]:
        """The same as a draft, where only readers must not see it as it is."""
        if isinstance(error, CheckFailed) and refused.row.published_at is not None:
            self._job.found(f"It cannot go out as it is, now a draft ({error})", refused.head.path)
            return [replace(refused, row=replace(refused.row, published_at=None, unpublished_at=None))]
        where = ".".join(error.path[1:])
        self._job.refused("articles", refused.head.path, f"{where}: {error}" if where else str(error))
        return []


async def _slugs() -> set[tuple[str, str]]:
    return {(str(locale), str(slug)) for locale, slug in await ArticleSlug.all().values_list("locale", "slug")}


def _in_order(job: Job, plan: Plan, heads: Iterable[Head], originals: Mapping[str, str]) -> list[tuple[int, Head]]:
    """Each with its rank: originals before translations, and what is to come out last, since it may link to others."""

    def rank(head: Head) -> int:
        original = originals.get(head.path)
        waits = _is_scheduled(job, head) or bool(original and _is_scheduled(job, plan.articles[original]))
        return (2 if waits else 0) + (1 if original else 0)

    def place(head: Head) -> tuple[int, datetime]:
        return rank(head), (head.written_at or job.now) if _is_scheduled(job, head) else job.now

    return [(rank(head), head) for head in sorted(heads, key=place)]


def _is_scheduled(job: Job, head: Head) -> bool:
    return head.is_out and head.written_at is not None and head.written_at > job.now


def _place(error: DomainError) -> int | None:
    """Which row it is about; no path, or one that begins with a name, is about them all."""
    with suppress(IndexError, ValueError):
        return int(error.path[0])
    return None
