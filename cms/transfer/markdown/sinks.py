"""Where texts are written to: a folder, or a zip that has its name when it is whole.

The one thing to know: the same files make the same zip, byte for byte. Nothing in it tells when or where it was made.
"""

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from cms.transfer.archives.damage import why
from cms.transfer.archives.errors import CannotPack

_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE: Final = 0o100644 << 16
_UNIX: Final = 3
_LEVEL: Final = 6


class Sink(ABC):
    """Takes files, each once, under names that are paths with `/`."""

    def write(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write texts."""
        for name, content in files:
            self.add(name, [content], is_packed=False)

    @abstractmethod
    def add(self, name: str, chunks: Iterable[bytes], *, is_packed: bool = True) -> None:
        """Write a file; `is_packed` is for what is small by itself, as pictures are."""


class _Folder(Sink):
    def __init__(self, root: Path) -> None:
        self._root = root

    def add(self, name: str, chunks: Iterable[bytes], *, is_packed: bool = True) -> None:  # noqa: ARG002 - as any sink
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.writelines(chunks)


class _Zip(Sink):
    def __init__(self, file: ZipFile) -> None:
        self._file = file

    def add(self, name: str, chunks: Iterable[bytes], *, is_packed: bool = True) -> None:
        entry = ZipInfo(name, _NO_TIME)
        entry.create_system, entry.external_attr = _UNIX, _PLAIN_FILE
        entry.compress_type = ZIP_STORED if is_packed else ZIP_DEFLATED
        with self._file.open(entry, "w", force_zip64=True) as file:
            for chunk in chunks:
                file.write(chunk)


@contextmanager
def sink_at(target: Path) -> Iterator[Sink]:
    """Somewhere to write to.

    Args:
        target: a folder that is new or empty; a name that ends in `.zip` is that of a zip, and one that is there is
            replaced when the new one is whole.

    Raises:
        CannotPack: there is something in the folder, or it cannot be written there.
    """
    try:
        if target.suffix.lower() == ".zip":
            with _zip_at(target) as sink:
                yield sink
        else:
            yield _folder_at(target)
    except OSError as error:
        raise CannotPack(f"Nothing could be written to {target}: {why(error)}.") from None


def _folder_at(target: Path) -> Sink:
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise CannotPack(f"{target} is there, and is no empty folder: name another.")
    target.mkdir(parents=True, exist_ok=True)
    return _Folder(target)


@contextmanager
def _zip_at(target: Path) -> Iterator[Sink]:
    """Written in a folder of its own beside its place, `NAME.partial-…`, which a process that was killed leaves."""
    if target.is_dir():
        raise CannotPack(f"{target} is a folder: name another.")
    with tempfile.TemporaryDirectory(prefix=f"{target.name}.partial-", dir=target.parent) as name:
        partial = Path(name) / "zip"
        with ZipFile(partial, "x", ZIP_DEFLATED, compresslevel=_LEVEL) as file:
            yield _Zip(file)
        partial.replace(target)
