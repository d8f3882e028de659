"""Authors of a folder: those that have a file of their own, and those whom articles name.

The one thing to know: a slug says who somebody is, and where there is none, a name that only one author has. Whoever is
here already is used as they are.
"""

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

from cms.authors.actions import AuthorDraft, create_author
from cms.authors.models import Author
from cms.kernel.errors import DomainError, NotAllowed
from cms.kernel.inputs import line, web_address
from cms.kernel.text import fold, slugify
from cms.media.texts import Body, body_of
from cms.richtext import RichTextError
from cms.transfer.markdown.bodies import Bodies
from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.front import MAX_FRONT_BYTES
from cms.transfer.markdown.identity import SOURCE, known_as
from cms.transfer.markdown.job import Job
from cms.transfer.markdown.meanings import author_keys
from cms.transfer.markdown.media import MediaShelf
from cms.transfer.markdown.planning import page_at
from cms.transfer.markdown.said import AuthorKeys, Person, Picture
from cms.transfer.wxr.wording import shortened

_BY_SLUG, _BY_NAME = "author", "author-named"
_MAX_NAME_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Who:
    """An author who is here by now."""

    key: UUID
    slug: str


class People:
    """Authors by how they are named; each is looked up once.

    Args:
        job: the import.
        bodies: reads what is said about them.
        media: brings their pictures.
    """

    def __init__(self, job: Job, bodies: Bodies, media: MediaShelf) -> None:
        self._job = job
        self._bodies = bodies
        self._media = media
        self._known: dict[tuple[str | None, str], Who | None] = {}
        self._met: set[UUID] = set()

    async def bring_files(self, paths: list[str]) -> None:
        """Make those known who have a file."""
        for path in paths:
            try:
                await self._bring(path)
            except (Unreadable, RichTextError) as error:
                self._job.refused("authors", path, str(error))

    async def named(self, person: Person, path: str) -> Who | None:
        """An author whom an article names, made known where nobody of that name is here.

        Args:
            person: by slug, by name, or by both.
            path: of the article.
        """
        name = person.name or (person.slug or "").replace("-", " ").title()
        return await self._author(AuthorDraft(name=name, slug=_slug(person.slug)), path)

    async def _bring(self, path: str) -> None:
        page = page_at(self._job.place, path)
        keys = author_keys(page.fields or {})
        stem = PurePosixPath(path).parent.name if PurePosixPath(path).stem == "_index" else PurePosixPath(path).stem
        slug = _slug(keys.slug) or _slug(stem)
        here = await self._here(slug, "")
        if here is not None:
            self._use(here, keys.name or stem, path)
            return
        self._job.not_taken(keys.left_over, path)
        draft = AuthorDraft(
            name=keys.name or stem,
            slug=slug,
            credentials=keys.credentials,
            bio=await self._bio(page.body, path),
            avatar_id=await self._avatar(keys.avatar, path),
            website=self._website(keys, path),
        )
        await self._author(draft, path)

    async def _author(self, draft: AuthorDraft, path: str) -> Who | None:
        """Somebody by slug or by name; nobody where the name is none that can be kept, or asked for."""
        try:
            draft = replace(draft, name=shortened(line(draft.name, ("name",), MAX_FRONT_BYTES), _MAX_NAME_CHARS))
        except DomainError as error:
            self._job.refused("authors", path, f"one of its authors: {error}")
            return None
        known = (draft.slug, fold(draft.name) if draft.slug is None else "")
        if known not in self._known:
            here = await self._here(draft.slug, draft.name)
            self._known[known] = self._meet(here) if here else await self._made(draft, path)
        return self._known[known]

    def _meet(self, here: Author) -> Who:
        """Count somebody who is here already, however many names there are for them."""
        if here.id not in self._met:
            self._job.tally.unchanged("authors")
            self._met.add(here.id)
        return Who(here.id, here.slug)

    def _use(self, here: Author, name: str, path: str) -> None:
        """Take somebody who is here already for the one whom a file tells of."""
        self._known[(here.slug, "")] = self._meet(here)
        if fold(here.name) != fold(name):
            self._job.found(f"The author with its slug is called {here.name} here, and is used", path)

    async def _here(self, slug: str | None, name: str) -> Author | None:
        """Who is here: by slug, by name where only one has it, or by a slug that was typed for a name."""
        if slug is not None:
            return await Author.filter(slug=slug, deleted_at=None).first()
        same = await Author.filter(name_key=fold(name), deleted_at=None).limit(2)
        return same[0] if len(same) == 1 else await Author.filter(slug=name, deleted_at=None).first()

    async def _made(self, draft: AuthorDraft, path: str) -> Who | None:
        job = self._job
        # Names that differ may make the same slug.
        source_id = known_as(_BY_SLUG, draft.slug) if draft.slug else known_as(_BY_NAME, fold(draft.name))
        before = await Author.filter(source=SOURCE, source_id=source_id).first()
        if before is not None:
            if before.deleted_at:
                job.found("Its author was deleted here, and is not brought back", path)
                return None
            return self._meet(before)
        try:
            author = await create_author(job.database, job.viewer, replace(draft, source=SOURCE, source_id=source_id))
        except NotAllowed:
            raise
        except DomainError as error:
            job.refused("authors", path, f"{draft.name}: {error}")
            return None
        job.tally.created("authors")
        self._met.add(author.id)
        return Who(author.id, author.slug)

    async def _bio(self, text: str, path: str) -> Body | None:
        if not text.strip():
            return None
        converted = await self._bodies.read(text, path)
        for note in converted.notes:
            self._job.found(note, path)
        return body_of(converted.document)

    async def _avatar(self, picture: Picture | None, path: str) -> UUID | None:
        name = self._bodies.find(picture.file, path) if picture and "://" not in picture.file else None
        if picture and name is None:
            self._job.found("Its picture is not in the folder, and was left out", path)
        return await self._media.bring(name, (picture.alt if picture else None) or "") if name else None

    def _website(self, keys: AuthorKeys, path: str) -> str | None:
        try:
            return web_address(keys.website, ())
        except DomainError:
            self._job.found("A web address that is none was left out", path)
            return None


def _slug(written: str | None) -> str | None:
    return slugify(written, fallback="") or None if written else None
