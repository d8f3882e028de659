"""What must be here before the first article: its authors, its topics, its media.

The one thing to know: what came from this export before is used as it stands now, and so is an author or a topic of
the same name that somebody made here. Nothing that is here is changed.
"""

import mimetypes
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote
from uuid import UUID

from cms.articles.known import chunks
from cms.authors.actions import AuthorDraft, create_author
from cms.authors.models import Author
from cms.kernel.errors import AlreadyExists, DomainError, StateConflict
from cms.kernel.inputs import MAX_TEXT_CHARS
from cms.kernel.text import fold
from cms.media.actions import MediaDraft, register_media
from cms.media.models import Media
from cms.topics.actions import TopicDraft, create_topic
from cms.topics.models import Topic
from cms.transfer.wxr.identity import SOURCE, split
from cms.transfer.wxr.job import Job
from cms.transfer.wxr.moments import moment_of
from cms.transfer.wxr.parsed import ParsedAuthor, ParsedItem, ParsedTerm
from cms.transfer.wxr.plan import CATEGORY, TAG
from cms.transfer.wxr.reading import ALT, FILE_FACTS
from cms.transfer.wxr.wording import kept_email, plain_line, shortened, standfirst_of, wished_slug

#: Under this the topic of pages is kept.
PAGES: Final = ("page", "")
#: What the names of topics begin with, by what they were.
_KINDS: Final = {CATEGORY: "category", TAG: "tag", PAGES[0]: "pages"}
_DELETED: Final = "Deleted here, and not brought back"
_MAX_NAME_CHARS, _MAX_FILENAME_CHARS = 200, 255
_NO_BYTES: Final = f"sha256:{sha256(b'').hexdigest()}"
_SIDE: Final = r's:%d:"%s";i:(\d{1,5});'
_WIDTH, _HEIGHT = re.compile(_SIDE % (5, "width")), re.compile(_SIDE % (6, "height"))
# A server tells browsers by the ending what a file is: these are shown or played, and none of them can run.
_ENDING = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|pdf|mp3|og[agv]|wav|flac|m4[av]|mp4|mov|webm)")
_UNKNOWN_TYPE: Final = "application/octet-stream"


async def bring_authors(job: Job) -> None:
    """Make everybody known who wrote something, and everybody whom the export lists."""
    known = _known(await Author.filter(source=SOURCE).values_list("source_id", "id", "deleted_at"))
    for author in job.plan.authors.values():
        known_as = job.known_as("author", author.login)
        if known_as in known and known[known_as] is None:
            job.findings.add(_DELETED, f"author {author.login}")
            continue
        here = known.get(known_as) or await _namesake(author)
        job.authors[author.login] = here or await _new_author(job, author, known_as)
        if here:
            job.tally.unchanged("authors")


async def bring_topics(job: Job) -> None:
    """Plant categories, each after the one above it, then tags, and the topic of pages where there are any."""
    known = _known(await Topic.filter(source=SOURCE).values_list("source_id", "id", "deleted_at"))
    terms = {(term.taxonomy, term.slug): term for term in _in_order(job)}
    if any(head.kind == "page" for head in job.plan.heads.values()):
        name = job.options.pages_topic
        terms[PAGES] = ParsedTerm(PAGES[0], wished_slug(name) or "pages", name)
    for key, term in terms.items():
        known_as = job.known_as(_KINDS[term.taxonomy], term.slug)
        if known_as in known and known[known_as] is None:
            job.findings.add(_DELETED, f"topic {term.slug}")
        else:
            job.topics[key] = await _topic(job, term, known_as, known.get(known_as))


async def bring_media(job: Job) -> None:
    """Register attachments, without their files: `fetching` brings those where somebody asks for it."""
    numbers = {job.known_as("attachment", number): number for number in job.plan.attachments}
    known: dict[str, UUID | None] = {}
    for some in chunks(numbers):
        rows = Media.filter(source=SOURCE, source_id__in=some).values_list("source_id", "id", "deleted_at")
        known |= _known(await rows)
    job.media.update({numbers[known_as]: key for known_as, key in known.items() if key})
    job.tally.unchanged("media", len(known))
    missing = [each for number, each in job.plan.attachments.items() if job.known_as("attachment", number) not in known]
    for done, attachment in enumerate(missing, start=1):
        await _register(job, attachment)
        job.progress(done, len(missing), "media")


def _known(rows: Iterable[tuple[Any, ...]]) -> dict[str, UUID | None]:
    """What came before, by what it is known by; none where it was deleted since."""
    return {str(known_as): None if deleted_at else key for known_as, key, deleted_at in rows}


async def _namesake(author: ParsedAuthor) -> UUID | None:
    """Somebody of the same name who did not come from WordPress; where there are two, nobody can tell."""
    here = await Author.filter(name_key=fold(_name_of(author)), deleted_at=None, source=None).limit(2)
    return here[0].id if len(here) == 1 else None


async def _new_author(job: Job, author: ParsedAuthor, known_as: str) -> UUID:
    address = kept_email(author.email)
    if author.email and address is None:
        job.findings.add("A mail address that is none was left out", f"author {author.login}")
    draft = AuthorDraft(name=_name_of(author), email=address, source=SOURCE, source_id=known_as)
    job.tally.created("authors")
    return (await create_author(job.database, job.viewer, draft)).id


def _name_of(author: ParsedAuthor) -> str:
    return shortened(plain_line(author.name) or plain_line(author.login), _MAX_NAME_CHARS) or "Unknown"


def _in_order(job: Job) -> Iterator[ParsedTerm]:
    """Every term after its parent; what stands in a circle, or below nothing, stands at the top."""
    terms = job.plan.terms
    done: set[tuple[str, str]] = set()
    for key in sorted(terms, key=lambda key: key[0] != CATEGORY):
        line: list[tuple[str, str]] = []
        above = key
        while above in terms and above not in done:
            done.add(above)
            line.append(above)
            above = (above[0], terms[above].parent)
        yield from (terms[each] for each in reversed(line))


async def _topic(job: Job, term: ParsedTerm, known_as: str, known: UUID | None) -> UUID:
    here = known or await _topic_here(job, term)
    if here:
        job.tally.unchanged("topics")
        return here
    parent_id = job.topics.get((term.taxonomy, term.parent)) if term.parent else None
    if term.parent and parent_id is None:
        job.findings.add("The category above it is not in the file; it stands at the top", f"category {term.slug}")
    return await _new_topic(job, term, known_as, parent_id)


async def _topic_here(job: Job, term: ParsedTerm) -> UUID | None:
    """A topic of the same name at the same address: one of our own, or the category that a tag repeats."""
    name = plain_line(term.name)
    here = await Topic.filter(name_key=fold(name), slug=wished_slug(term.slug), deleted_at=None).first()
    if here is not None and here.source == SOURCE:
        job.findings.add("A category and a tag of the same name are one topic", term.slug)
    return here.id if here else None


async def _new_topic(job: Job, term: ParsedTerm, known_as: str, parent_id: UUID | None) -> UUID:
    said, was_cut = standfirst_of(term.description)
    if was_cut:
        job.findings.add(f"A description was shortened to {MAX_TEXT_CHARS} characters", f"topic {term.slug}")
    name = shortened(plain_line(term.name) or plain_line(term.slug), _MAX_NAME_CHARS)
    draft = TopicDraft(
        name=name or "Untitled",
        slug=wished_slug(term.slug),
        description=said,
        parent_id=parent_id,
        source=SOURCE,
        source_id=known_as,
    )
    job.tally.created("topics")
    return await _planted(job, draft)


async def _planted(job: Job, draft: TopicDraft) -> UUID:
    """The topic, at another address where its own is taken, and at the top where there is no room below its parent."""
    for slug in dict.fromkeys((draft.slug, None)):
        for parent_id in dict.fromkeys((draft.parent_id, None)):
            # The address is taken; the parent has no room below it.
            with suppress(AlreadyExists, StateConflict):
                topic = await create_topic(job.database, job.viewer, replace(draft, slug=slug, parent_id=parent_id))
                if (slug, parent_id) != (draft.slug, draft.parent_id):
                    job.findings.add("A topic stands at another address or place than it did", f"{topic.slug}")
                return topic.id
    raise AlreadyExists(f"There is no address for the topic {draft.name}.", ("slug",))


async def _register(job: Job, attachment: ParsedItem) -> None:
    known_as = job.known_as("attachment", attachment.number)
    draft = _media_draft(job, attachment, known_as)
    try:
        media = await register_media(job.database, job.viewer, draft, at=moment_of(attachment.moments, job.zone))
    except DomainError as error:
        job.tally.refused("media", f"Attachment {attachment.number}: {error}")
        return
    job.media[attachment.number] = media.id
    job.tally.created("media")


def _media_draft(job: Job, attachment: ParsedItem, known_as: str) -> MediaDraft:
    caption, was_cut = standfirst_of(attachment.excerpt)
    if was_cut:
        job.findings.add(f"A caption was shortened to {MAX_TEXT_CHARS} characters", f"attachment {attachment.number}")
    filename = _filename(attachment)
    facts = attachment.meta.get(FILE_FACTS, "")
    width, height = _WIDTH.search(facts), _HEIGHT.search(facts)
    size = (int(width[1]), int(height[1])) if width and height else (0, 0)
    return MediaDraft(
        filename=filename,
        content_type=mimetypes.guess_type(filename, strict=True)[0] or _UNKNOWN_TYPE,
        bytes=0,
        digest=_NO_BYTES,
        storage_key=_storage_key(known_as, filename),
        width=size[0] if all(size) else None,
        height=size[1] if all(size) else None,
        alt=description_of(attachment),
        caption=caption,
        source=SOURCE,
        source_id=known_as,
    )


def description_of(attachment: ParsedItem) -> str:
    """What an image shows, in the words of its editor; empty where there are none."""
    return shortened(plain_line(attachment.meta.get(ALT, "")), MAX_TEXT_CHARS)


def caption_of(attachment: ParsedItem) -> str:
    """What stands under an image, in one line without markup; empty where nothing does."""
    return plain_line(attachment.excerpt)


def _filename(attachment: ParsedItem) -> str:
    name = plain_line(PurePosixPath(unquote(split(attachment.attachment_url or attachment.guid).path)).name)
    fits = name.isprintable() and 0 < len(name) <= _MAX_FILENAME_CHARS
    return name if fits else f"attachment-{attachment.number}"


def _storage_key(known_as: str, filename: str) -> str:
    """Where the file will lie, whenever it is brought: nothing of it comes from outside but a short ending."""
    name = sha256(known_as.encode()).hexdigest()
    ending = PurePosixPath(filename.lower()).suffix
    return f"wordpress/{name[:2]}/{name}{ending if _ENDING.fullmatch(ending) else ''}"
