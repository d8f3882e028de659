"""Images and other files of a folder become media: each once, whatever it is called and however often it is shown.

The one thing to know: what a file is its first bytes tell, and where it lies in the store its digest. Of two files with
the same bytes there is one medium, also where the other one was here before.
"""

import asyncio
from dataclasses import replace
from hashlib import sha256
from mimetypes import guess_extension
from pathlib import Path, PurePosixPath
from typing import Final
from uuid import UUID

from cms.kernel.errors import DomainError, NotAllowed
from cms.kernel.inputs import MAX_TEXT_CHARS
from cms.media.actions import FocalPoint, MediaDraft, register_media
from cms.media.models import Media
from cms.transfer.archives.parts import is_safe
from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.front import MAX_FRONT_BYTES, decoded
from cms.transfer.markdown.identity import SOURCE
from cms.transfer.markdown.job import Job
from cms.transfer.markdown.keys import Keys
from cms.transfer.markdown.naming import BESIDE
from cms.transfer.markdown.yaml_text import read_yaml
from cms.transfer.wxr.fetching import MAX_FILE_BYTES, content_type_of

_MAX_FILENAME_CHARS: Final = 255
_MOST_PIXELS: Final = 1_000_000


class MediaShelf:
    """Media by the names of their files in the folder; each file is read at most once.

    Args:
        job: the import.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._known: dict[str, UUID | None] = {}

    async def bring_described(self) -> None:
        """Bring every file that has a description beside it, as an export has them, used or not."""
        for name in sorted(self._job.place.sizes):
            if name + BESIDE in self._job.place.sizes:
                await self.bring(name)

    async def bring(self, name: str, alt: str = "") -> UUID | None:
        """The medium of a file, made where it is not here yet; none where the file is of no kind that is taken.

        Args:
            name: of the file, below the place.
            alt: what it shows, where nothing beside it says so.
        """
        if name not in self._known:
            self._known[name] = await self._brought(name, alt)
        return self._known[name]

    async def _brought(self, name: str, alt: str) -> UUID | None:
        job = self._job
        try:
            content = await asyncio.to_thread(job.place.read, name, MAX_FILE_BYTES)
        except Unreadable as error:
            job.refused("media", name, str(error))
            return None
        type_ = content_type_of(content)
        if type_ is None:
            job.found("Files of a type that is not taken stay where they are", name)
            return None
        draft = self._draft(name, content, type_, alt)
        here = await Media.filter(digest=draft.digest, deleted_at=None).order_by("created_at", "id").first()
        if here is not None:
            job.tally.unchanged("media")
        elif await Media.exists(source=SOURCE, source_id=draft.source_id):
            job.found("Deleted here, and not brought back", name)
            return None
        media = here or await self._registered(name, draft)
        if media is not None and not job.options.dry_run:
            await asyncio.to_thread(_keep, job.options.store, media.storage_key, content)
        return media.id if media else None

    async def _registered(self, name: str, draft: MediaDraft) -> Media | None:
        try:
            media = await register_media(self._job.database, self._job.viewer, draft)
        except NotAllowed:
            raise
        except DomainError as error:
            self._job.refused("media", name, str(error))
            return None
        self._job.tally.created("media")
        return media

    def _draft(self, name: str, content: bytes, type_: str, alt: str) -> MediaDraft:
        digest = sha256(content).hexdigest()
        draft = MediaDraft(
            filename=PurePosixPath(name).name[-_MAX_FILENAME_CHARS:],
            content_type=type_,
            bytes=len(content),
            digest=f"sha256:{digest}",
            storage_key=f"{digest[:2]}/{digest}{guess_extension(type_) or ''}",
            alt=alt if len(alt) <= MAX_TEXT_CHARS else "",
            source=SOURCE,
            source_id=f"sha256:{digest}",
        )
        return self._described(name, draft)

    def _described(self, name: str, draft: MediaDraft) -> MediaDraft:
        """The same with what stands beside its file."""
        beside = name + BESIDE
        if beside not in self._job.place.sizes:
            return draft
        try:
            keys = Keys(read_yaml(decoded(self._job.place.read(beside, MAX_FRONT_BYTES))))
        except Unreadable as error:
            self._job.refused("files", beside, str(error))
            return draft
        width, height = _number(keys.text("width")), _number(keys.text("height"))
        described = replace(
            draft,
            filename=keys.text("filename") or draft.filename,
            alt=keys.text("alt") or "",
            caption=keys.text("caption"),
            credit=keys.text("credit"),
            width=width if height else None,
            height=height if width else None,
            focal_point=_focus(keys.part("focalpoint")),
            placeholder=keys.text("placeholder"),
        )
        self._job.not_taken(keys.left_over(), beside)
        return described


def _number(text: str | None) -> int | None:
    """Pixels, where they are some."""
    is_number = text is not None and text.isascii() and text.isdecimal() and len(text) < len(str(_MOST_PIXELS))
    return int(text) or None if text and is_number else None


def _focus(keys: Keys | None) -> FocalPoint | None:
    if keys is None:
        return None
    try:
        point = FocalPoint(float(keys.text("x") or ""), float(keys.text("y") or ""))
    except ValueError:
        return None
    return point if 0 <= point.x <= 1 and 0 <= point.y <= 1 else None


def _keep(store: Path, key: str, content: bytes) -> None:
    """Write a file to its place, whole or not at all, unless it is there."""
    path = store / key
    if is_safe(key) and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(content)
        part.replace(path)
