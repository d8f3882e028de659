"""The files of the media store, on their way into such a file and out of it.

The one thing to know: a file is in the store before a row names it, and never changes. So the database is copied first,
and then the files that its rows name; whatever was added meanwhile belongs to the next one.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cms.kernel.progress import Tell
from cms.transfer.archives.archive import Archive, ArchiveWriter, chunks_of, sync_folder
from cms.transfer.archives.damage import why
from cms.transfer.archives.errors import CannotPack, CannotUnpack
from cms.transfer.archives.parts import MEDIA, M, Part, is_safe, media_of

#: What is asked of the database, wherever it is copied from.
MEDIA_FILES: Final = "SELECT storage_key, digest, bytes, deleted_at IS NULL AS used FROM media ORDER BY storage_key"


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file as its row tells of it; one that is not used, or never arrived, need not be there."""

    key: str
    digest: str
    bytes: int
    used: bool


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was not as the rows say: places without a file, and places with another one."""

    missing: tuple[str, ...]
    altered: tuple[str, ...]


def gather(archive: ArchiveWriter, files: Sequence[MediaFile], folder: Path, tell: Tell) -> Gathered:
    """Put the files into an archive. One that is not what it was is kept as it is: it may be all there is.

    Raises:
        CannotPack: a file is there and cannot be read, or a row names a place outside the store.
    """
    missing, altered = [], []
    for done, file in enumerate(files, 1):
        if not is_safe(file.key):
            raise CannotPack(f"A medium names a place outside the media store: {file.key!r}. Correct its row first.")
        if not (folder / file.key).is_file():
            missing += [file.key] if file.used and file.bytes else []
        elif _added(archive, file, folder).digest != file.digest:
            altered.append(file.key)
        tell(done, len(files), "media")
    return Gathered(tuple(missing), tuple(altered))


def refuse_other_files(parts: Sequence[Part], folder: Path) -> None:
    """Refuse to restore over files of other content, or through links that lead out of the folder.

    Raises:
        CannotUnpack: one lies there.
    """
    for part in parts:
        place = _place(part, folder)
        if not place.resolve().is_relative_to(folder.resolve()):
            raise CannotUnpack(f"{place} leads out of the media folder: remove that link first.")
        # Files are named after what they hold, so that one of the same size is the same; `cms check` reads them all.
        if os.path.lexists(place) and not (place.is_file() and place.stat().st_size == part.bytes):
            raise CannotUnpack(f"{place} is there already, and is another file: move it away first.")


def bring_back(archive: Archive[M], folder: Path, tell: Tell) -> None:
    """Put them into the store, each under its name when it is whole."""
    parts = media_of(archive.manifest)
    for done, part in enumerate(parts, 1):
        place = _place(part, folder)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".restoring-", dir=place.parent) as name:
                archive.extract(part, Path(name) / "file")
                # Whoever may look into the folder may look at the pictures: they are there to be shown.
                (Path(name) / "file").chmod(0o644)
                (Path(name) / "file").replace(place)
        tell(done, len(parts), "media")
    for changed in {_place(part, folder).parent for part in parts}:
        sync_folder(changed)


def files_of(rows: Iterable[Sequence[object]]) -> list[MediaFile]:
    """The files that the rows of `MEDIA_FILES` name."""
    return [MediaFile(str(key), str(digest), int(str(size)), bool(used)) for key, digest, size, used in rows]


def _place(part: Part, folder: Path) -> Path:
    return folder / part.name.removeprefix(MEDIA)


def _added(archive: ArchiveWriter, file: MediaFile, folder: Path) -> Part:
    # Pictures are packed already, and packing them again takes time for nothing.
    return archive.add(f"{MEDIA}{file.key}", _content(file.key, folder), packed=False)


def _content(key: str, folder: Path) -> Iterator[bytes]:
    """What a file holds. What fails here is its own disk, and not the one that is written to."""
    try:
        yield from chunks_of(folder / key)
    except OSError as error:
        raise CannotPack(f"The file {key} of the media store could not be read: {why(error)}.") from None
