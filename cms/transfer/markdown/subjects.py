"""Topics of a folder: those that have a file of their own, and those whom articles name, each below the one above it.

The one thing to know: what is named may be the slug of a topic or its name. What is here already is used as it stands,
wherever in the tree that is.
"""

from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

from cms.kernel.errors import AlreadyExists, DomainError, NotAllowed, StateConflict
from cms.kernel.inputs import MAX_TEXT_CHARS, optional_line
from cms.kernel.text import fold, slugify
from cms.topics.actions import TopicDraft, create_topic
from cms.topics.models import Topic
from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.front import MAX_FRONT_BYTES
from cms.transfer.markdown.identity import SOURCE, known_as
from cms.transfer.markdown.job import Job
from cms.transfer.markdown.meanings import topic_keys
from cms.transfer.markdown.planning import page_at
from cms.transfer.markdown.said import Subject, TopicKeys
from cms.transfer.wxr.wording import shortened

_BY_SLUG, _BY_NAME = "topic", "topic-named"
_MAX_NAME_CHARS: Final = 200
_DEEPEST: Final = 100
#: A topic by its slug, or without one by its folded name.
_Known = tuple[str | None, str]


class Subjects:
    """Topics by how they are named; each is looked up once.

    Args:
        job: the import.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._files: dict[str, tuple[str, TopicKeys]] = {}
        self._known: dict[_Known, UUID | None] = {}
        self._met: set[UUID] = set()

    async def bring_files(self, paths: list[str]) -> None:
        """Plant those that have a file, each after the one above it."""
        for path in paths:
            try:
                keys = topic_keys(page_at(self._job.place, path).fields or {})
            except Unreadable as error:
                self._job.refused("topics", path, str(error))
                continue
            stem = PurePosixPath(path).stem
            self._files.setdefault(slugify(keys.slug or stem), (path, keys))
        for slug, (path, _) in self._files.items():
            await self.named(Subject(None, slug), path)

    async def named(self, subject: Subject, path: str, below: tuple[_Known, ...] = ()) -> UUID | None:
        """A topic that is named, planted where there is none.

        Args:
            subject: by slug, by name, or by both.
            path: of the file that names it.
            below: what waits for it, to be planted below it.
        """
        slug = slugify(subject.slug, fallback="") or None if subject.slug else None
        try:
            subject = replace(subject, name=optional_line(subject.name, ("name",), MAX_FRONT_BYTES))
        except DomainError as error:
            self._job.refused("topics", path, f"one of its topics: {error}")
            return None
        if slug is None and subject.name in self._files:
            slug = subject.name
        known = (slug, fold(subject.name or "") if slug is None else "")
        if known in below or len(below) > _DEEPEST:
            self._job.found("The topic above it stands below it; it stands at the top", path)
            return None
        if known not in self._known:
            here = await self._here(slug, subject.name or "")
            self._known[known] = self._meet(here) if here else await self._planted(subject, path, known, below)
        return self._known[known]

    async def _here(self, slug: str | None, name: str) -> Topic | None:
        """What is here: by slug, by a slug that was typed for a name, or by name."""
        same = await Topic.filter(slug=slug or name, deleted_at=None).first()
        if same is not None or slug is not None:
            return same
        return await Topic.filter(name_key=fold(name), deleted_at=None).order_by("created_at", "id").first()

    async def _planted(self, subject: Subject, path: str, known: _Known, below: tuple[_Known, ...]) -> UUID | None:
        slug, folded = known
        # Names that differ may make the same slug, as C++ and C# do.
        source_id = known_as(_BY_SLUG, slug) if slug else known_as(_BY_NAME, folded)
        before = await Topic.filter(source=SOURCE, source_id=source_id).first()
        if before is not None:
            return self._as_before(before, path)
        file, keys = self._files.get(slug or "", (path, None))
        name = (keys.name if keys else None) or subject.name or (slug or "").replace("-", " ").capitalize()
        above = (keys.parent if keys else None) or subject.parent
        if keys:
            self._job.not_taken(keys.left_over, file)
        draft = TopicDraft(
            name=shortened(name, _MAX_NAME_CHARS),
            slug=slug or slugify(name, fallback="") or None,
            description=self._description(keys, file),
            parent_id=await self.named(Subject(above), file, (*below, known)) if above else None,
            source=SOURCE,
            source_id=source_id,
        )
        return await self._created(draft, file)

    def _as_before(self, before: Topic, path: str) -> UUID | None:
        if before.deleted_at:
            self._job.found("A topic of it was deleted here, and is not brought back", path)
            return None
        return self._meet(before)

    def _meet(self, here: Topic) -> UUID:
        """Count what is here already, however many names there are for it."""
        if here.id not in self._met:
            self._job.tally.unchanged("topics")
            self._met.add(here.id)
        return here.id

    def _description(self, keys: TopicKeys | None, path: str) -> str | None:
        said = keys.description if keys else None
        if said and len(said) > MAX_TEXT_CHARS:
            self._job.found(f"A description was shortened to {MAX_TEXT_CHARS} characters", path)
        return shortened(said, MAX_TEXT_CHARS) if said else None

    async def _created(self, draft: TopicDraft, path: str) -> UUID | None:
        """The topic: at another address where its own is taken, and at the top where its parent has no room."""
        for slug in dict.fromkeys((draft.slug, None)):
            for parent_id in dict.fromkeys((draft.parent_id, None)):
                wish = replace(draft, slug=slug, parent_id=parent_id)
                try:
                    key = (await create_topic(self._job.database, self._job.viewer, wish)).id
                except (AlreadyExists, StateConflict):
                    continue
                except NotAllowed:
                    raise
                except DomainError as error:
                    self._job.refused("topics", path, f"{draft.name}: {error}")
                    return None
                if wish != draft:
                    self._job.found(f"The topic {draft.name} stands at another address or place than it did", path)
                self._job.tally.created("topics")
                self._met.add(key)
                return key
        self._job.refused("topics", path, f"{draft.name}: there is no address for it")
        return None
