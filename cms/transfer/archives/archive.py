"""The file: a zip in which every part has a digest, written aside and named when it is whole.

The one thing to know: what is read from such a file was written by anybody. Before a part is used, its name, its size
and its digest were compared with the manifest, and it is never unpacked to more bytes than that said.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final, Generic
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from cms.transfer.archives.damage import told_apart, why
from cms.transfer.archives.errors import BadArchive, CannotPack, CannotUnpack
from cms.transfer.archives.parts import MANIFEST, Kind, M, Manifest, Part, kind_of, written

CHUNK: Final = 1024 * 1024
#: A manifest of 300,000 files has some 50 MB.
_LARGEST_MANIFEST: Final = 64 * CHUNK
# The fastest: 225 MB of a database became 32 MB in 1.0 s; the usual level took 2.2 s for 26 MB.
_LEVEL: Final = 1
_DAMAGED: Final = "The file is not whole: it was cut off or changed, or is something else."


class Writing:
    """A part that is being written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._bytes = 0

    def write(self, content: bytes) -> None:
        """Add to it."""
        self._file.write(content)
        self._digest.update(content)
        self._bytes += len(content)

    @property
    def digest(self) -> str:
        """Of what was written until now."""
        return f"sha256:{self._digest.hexdigest()}"

    def made(self, name: str) -> Part:
        """The part, as the manifest tells of it."""
        return Part(name, self._bytes, self.digest)


class ArchiveWriter:
    """A file that is being written; `folder` beside it is its own, for what has to lie somewhere meanwhile."""

    def __init__(self, file: IO[bytes], folder: Path) -> None:
        self._file = file
        self._zip = ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_LEVEL)
        self.folder = folder
        self.parts: list[Part] = []

    @contextmanager
    def part(self, name: str, *, packed: bool = True) -> Iterator[Writing]:
        """Write a part, one at a time; `packed` is for what is not small by itself."""
        entry: str | ZipInfo = name if packed else ZipInfo(name)  # which is stored as it is
        with self._zip.open(entry, "w", force_zip64=True) as file:
            writing = Writing(file)
            yield writing
        self.parts.append(writing.made(name))

    def add(self, name: str, chunks: Iterable[bytes], *, packed: bool = True) -> Part:
        """Write a part that is there already."""
        with self.part(name, packed=packed) as writing:
            for chunk in chunks:
                writing.write(chunk)
        return self.parts[-1]

    def close(self, manifest: Manifest) -> int:
        """Write the manifest, and with it the end of the file, without which it is no zip; how many bytes it has."""
        self._zip.writestr(MANIFEST, written(manifest))
        self.leave()
        return self._file.tell()

    def leave(self) -> None:
        """Write no more; without a manifest, nobody takes it for whole."""
        self._zip.close()


@contextmanager
def writing(target: Path) -> Iterator[ArchiveWriter]:
    """A file that has its name when the block has ended well, and is gone when it has not.

    It is written in a folder of its own beside its place, `NAME.partial-…`, which a process that was killed leaves.
    Nobody else may read either of them.

    Raises:
        CannotPack: it cannot be written there.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=f"{target.name}.partial-", dir=target.parent) as name:
            partial = Path(name) / "archive"
            with partial.open("xb") as file:
                partial.chmod(0o600)
                archive = ArchiveWriter(file, Path(name))
                try:
                    yield archive
                finally:
                    archive.leave()
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
            sync_folder(target.parent)
    except OSError as error:
        raise CannotPack(f"{target} could not be written: {why(error)}.") from None


class Archive(Generic[M]):
    """A file that was opened, and whose manifest can be read; `verify` looks at everything else."""

    def __init__(self, file: IO[bytes], read: Callable[[bytes], M]) -> None:
        self._zip = ZipFile(file)
        self._refuse_other_packing()
        self.manifest = read(_manifest_in(self._zip))
        self._refuse_other_parts(file.seek(0, os.SEEK_END))

    def verify(self) -> Iterator[Part]:
        """Read every part once, and compare it; each part when it was found to be whole.

        Raises:
            BadArchive: one is not.
        """
        for part in self.manifest.parts:
            for _ in self.chunks(part):
                pass
            yield part

    def chunks(self, part: Part) -> Iterator[bytes]:
        """What a part holds, some at a time.

        Raises:
            BadArchive: it is not what the manifest says; by then all but the last chunk was handed out.
            CannotUnpack: the disk does not give it out.
        """
        digest, left = hashlib.sha256(), part.bytes
        for chunk in self._read(part.name):
            left -= len(chunk)
            if left < 0:
                break
            digest.update(chunk)
            yield chunk
        if left != 0 or f"sha256:{digest.hexdigest()}" != part.digest:
            raise BadArchive(f"The file is damaged: {part.name} is not what was put into it.")

    def extract(self, part: Part, place: Path) -> None:
        """Write a part to a new file, which nobody else may read, and which is on the disk afterwards."""
        with place.open("xb") as file:
            place.chmod(0o600)
            for chunk in self.chunks(part):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())

    def _refuse_other_packing(self) -> None:
        """Before a byte is unpacked: other ways may ask for any amount of memory, and fail in words of their own."""
        if any(entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for entry in self._zip.infolist()):
            raise BadArchive("The file is something else: its parts are packed in another way.")

    def _refuse_other_parts(self, file_bytes: int) -> None:
        """Refuse what is in the file besides its parts, and parts that lie over one another, as in a bomb."""
        entries = self._zip.infolist()
        told = {part.name: part.bytes for part in self.manifest.parts}
        held = {entry.filename: entry.file_size for entry in entries if entry.filename != MANIFEST}
        packed = sum(entry.compress_size for entry in entries)
        if held != told or len(entries) != len(told) + 1 or packed > file_bytes:
            raise BadArchive("The file is not whole: it does not hold what its manifest says.")

    def _read(self, name: str) -> Iterator[bytes]:
        with _told_apart(), self._zip.open(name) as file:
            while chunk := file.read(CHUNK):
                yield chunk


@contextmanager
def opened(path: Path, read: Callable[[bytes], M]) -> Iterator[Archive[M]]:
    """A file, open for reading.

    Args:
        path: where it lies.
        read: makes of the bytes of its manifest what they say.

    Raises:
        BadArchive: it is none, or not one that this version reads.
        CannotUnpack: the disk does not give it out.
    """
    with ExitStack() as stack:
        with _told_apart():
            archive = Archive(stack.enter_context(path.open("rb")), read)
        yield archive


def kind_of_file(path: Path) -> Kind | None:
    """What kind of file lies there, as far as its manifest says; None for one that has no such manifest."""
    try:
        with _told_apart(), ZipFile(path) as file:
            return kind_of(_manifest_in(file))
    except BadArchive:
        return None


def _manifest_in(file: ZipFile) -> bytes:
    found = file.getinfo(MANIFEST) if MANIFEST in file.namelist() else None
    if found is None or found.file_size > _LARGEST_MANIFEST:
        raise BadArchive("The file is something else: it has no manifest.")
    with file.open(found) as part:
        content = part.read(_LARGEST_MANIFEST + 1)
    if len(content) != found.file_size:
        raise BadArchive(_DAMAGED)
    return content


def _told_apart() -> AbstractContextManager[None]:
    return told_apart(BadArchive(_DAMAGED), lambda said: CannotUnpack(f"The file could not be read: {said}."))


def chunks_of(path: Path) -> Iterator[bytes]:
    """What a file holds, some at a time."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def sync_folder(folder: Path) -> None:
    """Have what a folder lists on the disk: else a file that was renamed may have its old name after a power cut."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def refuse_without_room(needed: Sequence[tuple[Path, int]], error: type[BadArchive | CannotPack]) -> None:
    """Refuse before anything is written, where it would not fit.

    Args:
        needed: folders that are there, and how many bytes are to lie in each.
        error: what is raised.
    """
    for folder, size in needed:
        free = shutil.disk_usage(folder).free
        if size > free:
            raise error(f"There is no room in {folder}: {size:,} bytes are needed, and {free:,} are free.")


def nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that is there: where its room will be taken from."""
    return next(each for each in (folder.absolute(), *folder.absolute().parents) if each.is_dir())
