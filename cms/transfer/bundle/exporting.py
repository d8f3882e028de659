"""Exporting: everything a site says into one file, the same from either database.

The one thing to know: it shows one moment, while everybody goes on writing. What is in it is what was written, and not
what was made of it: rich texts are rendered again where they come in.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from cms.kernel.clock import now, to_text
from cms.kernel.database import Database, Dialect
from cms.kernel.models import Job
from cms.kernel.progress import Tell, quietly
from cms.kernel.secrecy import keyed_hash
from cms.transfer.archives.archive import ArchiveWriter, writing
from cms.transfer.archives.media import MEDIA_FILES, files_of, gather
from cms.transfer.archives.parts import media_of
from cms.transfer.bundle.manifest import FORMAT, SECRET_MARK, Manifest, Table, digest_of, part_name
from cms.transfer.bundle.rows import columns_of, writer_of
from cms.transfer.bundle.tables import KEPT, Kept
from cms.transfer.moment import one_moment, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A bundle that was made.

    Attributes:
        file: where it lies.
        bytes: its size.
        exported_at: the moment that it shows.
        content: the digest of everything in it; two sites that hold the same say the same.
        rows: how many rows there are in it.
        media: how many files.
        has_credentials: whether people and programs can sign in by what is in it.
        waiting: how many letters and other jobs stay with this server.
        missing: places in the media store where no file lay.
        altered: those where another file lay than was put there; it is in the bundle as it was found.
    """

    file: str
    bytes: int
    exported_at: datetime
    content: str
    rows: int
    media: int
    has_credentials: bool
    waiting: int
    missing: tuple[str, ...]
    altered: tuple[str, ...]

    def to_text(self) -> str:
        """The same for people, without a newline at its end."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        held = f"{self.rows:,} rows and {self.media:,} files as of {to_text(self.exported_at)}"
        yield f"{self.file}: {held}, {self.bytes:,} bytes."
        yield f"Its content: {self.content}"
        yield from (f"The file {key} was not there." for key in self.missing)
        yield from (f"The file {key} is not what was put there." for key in self.altered)
        if self.waiting:
            yield f"{self.waiting:,} letters or other jobs wait here, and are not in it: let the worker finish first."
        yield (
            "Whoever has it can sign in as anybody in it: keep it like a key."
            if self.has_credentials
            else "Passwords, API tokens and webhooks are not in it; --with-credentials takes them along."
        )


async def export_bundle(
    database: Database, media_folder: Path, target: Path, *, with_credentials: bool = False, tell: Tell = quietly
) -> Exported:
    """Make a bundle of the whole site.

    Args:
        database: with up-to-date tables; not in a transaction.
        media_folder: where the files lie.
        target: the file to be; one of that name is replaced once the new one is whole.
        with_credentials: whether to take along what people and programs sign in with, and webhooks' secrets.
        tell: is told how far it has come.

    Raises:
        CannotPack: a file could not be read or written.
    """
    kept = [each for each in KEPT if with_credentials or not each.is_credential]
    with writing(target) as archive:
        exported_at = now()
        async with one_moment(database):
            tables = []
            for done, each in enumerate(kept, 1):
                tables.append(await _write(archive, database, each, with_credentials=with_credentials))
                tell(done, len(kept), "tables")
            files = [file async for some in rows(database, MEDIA_FILES) for file in files_of(some)]
            waiting = await Job.filter(dead_at=None).count()
        gathered = await asyncio.to_thread(gather, archive, files, media_folder, tell)
        manifest = Manifest(
            format=FORMAT,
            masthead=version("masthead-cms"),
            exported_at=exported_at,
            content=digest_of(archive.parts),
            secret=keyed_hash(SECRET_MARK, ""),
            has_credentials=with_credentials,
            tables=tuple(tables),
            parts=tuple(archive.parts),
            missing=gathered.missing,
            altered=gathered.altered,
        )
        size = archive.close(manifest)
    return Exported(
        file=str(target),
        bytes=size,
        exported_at=exported_at,
        content=manifest.content,
        rows=manifest.rows,
        media=len(media_of(manifest)),
        has_credentials=with_credentials,
        waiting=waiting,
        missing=manifest.missing,
        altered=manifest.altered,
    )


async def _write(archive: ArchiveWriter, database: Database, kept: Kept, *, with_credentials: bool) -> Table:
    names, number = columns_of(kept, with_credentials=with_credentials), 0
    written = writer_of(kept, names)
    with archive.part(part_name(kept.name)) as part:
        async for some in rows(database, _select(database.dialect, kept, names)):
            part.write(await asyncio.to_thread(written, some))
            number += len(some)
    return Table(kept.name, number, names)


def _select(dialect: Dialect, kept: Kept, names: tuple[str, ...]) -> str:
    """All rows, in an order that both databases have."""
    # Names are sorted by their bytes; keys and numbers know no other order.
    by_bytes = ' COLLATE "C"' if dialect is Dialect.POSTGRES and kept.key in {"name", "digest"} else ""
    order = ", ".join(kept.order or (f"{kept.key}{by_bytes}",))
    return f"SELECT {', '.join(names)} FROM {kept.name} ORDER BY {order}"  # noqa: S608 - names of our models
