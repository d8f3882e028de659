"""The files of attachments, fetched from where they were, when somebody asks for it.

The one thing to know: an export can name any address, so files come through the guarded way out, and what they are is
found by looking at them. A file that is none of the kinds below stays where it is.
"""

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from cms.articles.known import chunks
from cms.kernel.outbound import Outbound, OutboundError
from cms.media.actions import SuppliedFile, supply_file
from cms.media.models import Media
from cms.transfer.wxr.job import Job

#: The largest file that is fetched.
MAX_FILE_BYTES: Final = 32 * 1024 * 1024
_SECONDS: Final = 60.0
_OK: Final = 200
_HEAD_BYTES: Final = 64

#: How files of each type begin: bytes at a place.
_SIGNS: Final[tuple[tuple[str, int, bytes], ...]] = (
    ("image/jpeg", 0, b"\xff\xd8\xff"),
    ("image/png", 0, b"\x89PNG\r\n\x1a\n"),
    ("image/gif", 0, b"GIF8"),
    ("image/webp", 8, b"WEBP"),
    ("image/avif", 4, b"ftypavif"),
    ("application/pdf", 0, b"%PDF-"),
    ("audio/mpeg", 0, b"ID3"),
    ("audio/mpeg", 0, b"\xff\xfb"),
    ("audio/ogg", 0, b"OggS"),
    ("audio/wav", 8, b"WAVE"),
    ("audio/flac", 0, b"fLaC"),
    ("audio/mp4", 4, b"ftypM4A"),
    ("video/webm", 0, b"\x1aE\xdf\xa3"),
    ("video/quicktime", 4, b"ftypqt"),
    ("video/mp4", 4, b"ftyp"),
)


def content_type_of(content: bytes) -> str | None:
    """The type of a file by its first bytes, `None` where it is none of those that are taken."""
    head = content[:_HEAD_BYTES]
    found = (type_ for type_, place, sign in _SIGNS if head.startswith(sign, place))
    return next(found, None)


async def fetch_media(job: Job) -> None:
    """Fetch the files that are not here yet into the store; in a rehearsal, only count them.

    Raises:
        NotAllowed: the viewer may not.
    """
    if job.options.store is None:
        job.tally.skipped("files", len(job.media))
        if job.media:
            job.tally.note("The files of attachments stay where they are until they are fetched (--fetch-media).")
        return
    out = Outbound(reaches_loopback=job.options.reaches_loopback, most_bytes=MAX_FILE_BYTES, seconds=_SECONDS)
    missing = [media for some in chunks(job.media.values()) for media in await _without_files(some)]
    numbers = {key: number for number, key in job.media.items()}
    job.tally.unchanged("files", len(job.media) - len(missing))
    for done, media in enumerate(missing, start=1):
        await _fetch(job, out, media, numbers[media.id], job.options.store)
        job.progress(done, len(missing), "files")


async def _without_files(keys: Sequence[UUID]) -> list[Media]:
    return await Media.filter(id__in=list(keys), bytes=0, deleted_at=None).order_by("id")


async def _fetch(job: Job, out: Outbound, media: Media, number: int, store: Path) -> None:
    if job.options.dry_run:
        job.tally.created("files")
        return
    address = job.plan.attachments[number].attachment_url or job.plan.attachments[number].guid
    try:
        answer = await out.get(address)
    except OutboundError as error:
        job.tally.refused("files", f"The file of attachment {number} was not fetched: {error}.")
        return
    type_ = content_type_of(answer.body)
    if answer.status != _OK or type_ is None:
        why = f"the answer was {answer.status}" if answer.status != _OK else "it is of no type that is taken"
        job.tally.refused("files", f"The file of attachment {number} was not fetched: {why}.")
        return
    await asyncio.to_thread(_keep, store / media.storage_key, answer.body)
    digest = f"sha256:{sha256(answer.body).hexdigest()}"
    file = SuppliedFile(content_type=type_, bytes=len(answer.body), digest=digest)
    await supply_file(job.database, job.viewer, media.id, file)
    job.tally.created("files")


def _keep(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
