"""What a folder holds, before anything of it comes in: every file is looked at once, and its body is not kept.

The one thing to know: a body may link to a file that stands later in the folder. So every article has its key before
the first one is written.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final
from uuid import UUID

from cms.kernel.errors import InvalidInput
from cms.kernel.inputs import locale
from cms.kernel.text import slugify
from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.front import MAX_FILE_BYTES, Page, read_page
from cms.transfer.markdown.identity import key_in, key_of, known_as
from cms.transfer.markdown.job import Job
from cms.transfer.markdown.meanings import article_keys
from cms.transfer.markdown.naming import (
    ABOUT_SITE,
    SITE,
    PathFacts,
    facts_of,
    is_about,
    is_author,
    is_scaffold,
    is_section,
    is_topic,
    last_part,
)
from cms.transfer.markdown.places import Place
from cms.transfer.markdown.said import ArticleKeys
from cms.transfer.markdown.times import read_moment

_ARTICLE: Final = "article"
_CONTENT: Final = "content/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """An article that stands in a file.

    Attributes:
        path: of its file.
        source_id: what it is known by.
        key: what it has here, or will have.
        slug: the one that it would like.
        written_at: its date, where it has one; of what is no date of publication, when it was begun.
        is_out: whether it is public since its date, or will be.
        why_held: a sentence without its end, where it is a draft though its front matter does not say so.
        ends_at: when it is taken down again.
        original: what it translates, as its file tells it.
        address: where it was found before.
    """

    path: str
    source_id: str
    key: UUID
    slug: str
    locale: str
    written_at: datetime | None
    is_out: bool
    why_held: str | None
    ends_at: datetime | None
    original: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a folder holds: articles by their files, and the files of authors and of topics."""

    articles: dict[str, Head] = field(default_factory=dict)
    authors: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)


def make_plan(job: Job) -> Plan:
    """Look at every file. One that cannot be read is refused, and stands in no plan."""
    plan, taken = Plan(), dict[UUID, str]()
    for sentence in job.place.refused:
        job.tally.refused("files", f"{sentence}.")
    for path, page in _pages(job):
        try:
            _place(job, plan, path, page, taken)
        except Unreadable as error:
            job.refused("articles", path, str(error))
    return plan


def page_at(place: Place, path: str) -> Page:
    """A file as front matter and body.

    Raises:
        Unreadable: it cannot be read.
    """
    return read_page(place.read(path, MAX_FILE_BYTES))


def _moment(written: str | None, zone: tzinfo) -> datetime | None:
    return read_moment(written, zone) if written else None


def _pages(job: Job) -> Iterator[tuple[str, Page]]:
    texts, is_hugo = job.place.texts, any(name.startswith(_CONTENT) for name in job.place.sizes)
    for done, path in enumerate(texts, start=1):
        if is_hugo and is_scaffold(path):
            job.tally.skipped("articles")
            continue
        try:
            page = page_at(job.place, path)
        except Unreadable as error:
            job.refused("articles", path, str(error))
        else:
            yield path, page
        job.progress(done, len(texts), "files")


def _place(job: Job, plan: Plan, path: str, page: Page, taken: dict[UUID, str]) -> None:
    is_ours = SITE in job.place.sizes
    if is_author(path, is_ours=is_ours):
        plan.authors.append(path)
    elif is_topic(path, is_ours=is_ours):
        plan.topics.append(path)
    elif is_section(path) or (is_about(path) and page.fields is None):
        job.tally.skipped("articles")
    else:
        head = _head(job, path, article_keys(page.fields or {}))
        if (other := taken.setdefault(head.key, path)) != path:
            raise Unreadable(f"it has the id of {other}")
        plan.articles[path] = head


def _head(job: Job, path: str, keys: ArticleKeys) -> Head:
    facts = facts_of(path, job.site.locales)
    published_at = _moment(keys.date or facts.date or (facts.begun if keys.is_public else None), job.zone)
    written_at = published_at or _moment(keys.begun or facts.begun, job.zone)
    why_held = None if keys.is_public is False else _why_held(job, keys, facts, has_date=published_at is not None)
    source_id = keys.id if key_in(keys.id) and keys.id else known_as(_ARTICLE, path)
    return Head(
        path=path,
        source_id=source_id,
        key=key_in(keys.id) or key_of(source_id, written_at),
        slug=_slug(keys, facts),
        locale=_locale(job, keys.locale, path) or facts.locale or job.site.default_locale,
        written_at=written_at,
        is_out=published_at is not None and keys.is_public is not False and why_held is None,
        why_held=why_held,
        ends_at=_moment(keys.expiry, job.zone),
        original=keys.original,
        address=keys.address,
    )


def _why_held(job: Job, keys: ArticleKeys, facts: PathFacts, *, has_date: bool) -> str | None:
    is_vault = job.place.is_vault and not any(name in job.place.sizes for name in ABOUT_SITE)
    if is_vault and not keys.is_public:
        return "A note of Obsidian that does not say “publish: true” is a draft"
    if facts.is_draft:
        return "Its name, or that of a folder, begins with “_”, and it is a draft"
    return None if has_date else "It has no date of publication, and is a draft"


def _slug(keys: ArticleKeys, facts: PathFacts) -> str:
    wishes = (keys.slug, last_part(keys.address or ""), facts.name)
    return next((slug for wish in wishes if wish and (slug := slugify(wish, fallback=""))), "untitled")


def _locale(job: Job, written: str | None, path: str) -> str | None:
    """The language that front matter names, where the site has it, or one that is spoken alike."""
    if written is None:
        return None
    locales: Sequence[str] = job.site.locales
    tag = _tag(written)
    found = tag if tag in locales else _alike(tag, locales)
    if found is None:
        job.found(f"The site has no language {written[:20]}; its own was taken", path)
    return found


def _tag(written: str) -> str | None:
    try:
        return locale(written)
    except InvalidInput:
        return None


def _alike(tag: str | None, locales: Collection[str]) -> str | None:
    language = tag.partition("-")[0] if tag else ""
    return next((known for known in locales if known.partition("-")[0] == language), None)
