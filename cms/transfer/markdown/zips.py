"""A zip of texts.

The one thing to know: names and sizes in it are whatever somebody wrote there. What could unpack to more than it says,
or to another place, is refused before a byte is unpacked.
"""

import os
import stat
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import IO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from cms.transfer.archives.damage import told_apart
from cms.transfer.archives.parts import is_safe
from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.places import LEADS_OUT, MOST_FILES, PASSED_OVER, VAULT, Place, is_text, shown

#: Of all texts of a zip together, as it says itself; no text is read further than that.
_MOST_TEXT_BYTES: Final = 1024 * 1024 * 1024
#: Folders whose names say something of the files in them; so do those that begin with `_`.
_FOLDERS: Final = frozenset({"content", "posts", "articles", "authors", "topics", "media"})
_DAMAGED: Final = "it is damaged, or locked"


class ZipPlace(Place):
    """A zip.

    Args:
        file: the zip, open for reading.

    Raises:
        Unreadable: it is damaged, or holds more than is taken.
    """

    def __init__(self, file: IO[bytes]) -> None:
        with _told_apart():
            self._zip = ZipFile(file)
        entries = [entry for entry in self._zip.infolist() if not entry.is_dir() and not _is_passed_over(entry)]
        _refuse_bombs(entries, file.seek(0, os.SEEK_END))
        refused: list[str] = []
        self._entries: dict[str, ZipInfo] = {}
        for entry in entries:
            fault = "it is there twice" if entry.filename in self._entries else _fault(entry)
            if fault and is_text(entry.filename):
                refused.append(f"{shown(entry.filename)}: {fault}")
            elif not fault:
                self._entries[entry.filename] = entry
        self._entries = _without_top_folder(self._entries)
        is_vault = any(VAULT in name.split("/") for name in self._zip.namelist())
        super().__init__({name: entry.file_size for name, entry in self._entries.items()}, refused, is_vault=is_vault)

    def _content(self, name: str, most: int) -> bytes:
        with _told_apart(), self._zip.open(self._entries[name]) as file:
            return file.read(most)


def _told_apart() -> AbstractContextManager[None]:
    return told_apart(Unreadable(_DAMAGED), Unreadable)


def _is_passed_over(entry: ZipInfo) -> bool:
    parts = entry.filename.split("/")
    return any(part in PASSED_OVER or (part.startswith(".") and part not in {".", ".."}) for part in parts)


def _refuse_bombs(entries: Sequence[ZipInfo], file_bytes: int) -> None:
    """Before a byte is unpacked: too many files, too much text, or files that lie over one another, as in a bomb."""
    if len(entries) > MOST_FILES:
        raise Unreadable(f"it holds more than {MOST_FILES:,} files")
    if sum(entry.compress_size for entry in entries) > file_bytes:
        raise Unreadable("the files in the zip lie over one another")
    if sum(entry.file_size for entry in entries if is_text(entry.filename)) > _MOST_TEXT_BYTES:
        raise Unreadable(f"its texts have more than {_MOST_TEXT_BYTES:,} bytes")


def _fault(entry: ZipInfo) -> str | None:
    """Why a file of a zip cannot be taken."""
    if not is_safe(entry.filename) or not entry.filename.isprintable():
        return LEADS_OUT
    # Other ways of packing may ask for any amount of memory.
    if entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        return "it is packed in a way that is not read"
    return "it is a link" if stat.S_ISLNK(entry.external_attr >> 16) else None


def _without_top_folder(entries: Mapping[str, ZipInfo]) -> dict[str, ZipInfo]:
    """The same as if the folder had been packed that everything lies in, as downloads of repositories have it."""
    tops = {name.partition("/")[0] for name in entries}
    top = next(iter(tops), "")
    if len(tops) > 1 or top in entries or top.startswith("_") or top in _FOLDERS:
        return dict(entries)
    return {name.removeprefix(f"{top}/"): entry for name, entry in entries.items()}
