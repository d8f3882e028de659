"""A folder of texts.

The one thing to know: links in it may lead anywhere. A file counts where it truly lies, and no link to a folder is
followed.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from cms.transfer.archives.damage import why
from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.places import LEADS_OUT, MOST_FILES, PASSED_OVER, VAULT, Place, is_text, shown

_MOST_FOLDERS_DEEP: Final = 32


class FolderPlace(Place):
    """A folder.

    Args:
        root: where it lies.

    Raises:
        Unreadable: it cannot be read, or holds more than is taken.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._refused: list[str] = []
        sizes = dict(self._files())
        super().__init__(sizes, self._refused, is_vault=(self._root / VAULT).is_dir())

    def _content(self, name: str, most: int) -> bytes:
        try:
            with (self._root / name).open("rb") as file:
                return file.read(most)
        except OSError as error:
            raise Unreadable(why(error)) from None

    def _files(self) -> Iterator[tuple[str, int]]:
        """Every file with its size. Folders that are links are passed over: they may lead round in circles."""
        waiting, count = [self._root], 0
        while waiting:
            for entry in _entries(waiting.pop()):
                path = Path(entry.path)
                name = path.relative_to(self._root).as_posix()
                if entry.is_dir(follow_symlinks=False):
                    waiting += [path] if name.count("/") < _MOST_FOLDERS_DEEP else []
                elif (size := self._size(path, name)) is not None:
                    yield name, size
                    count += 1
                if count > MOST_FILES:
                    raise Unreadable(f"it holds more than {MOST_FILES:,} files")

    def _size(self, path: Path, name: str) -> int | None:
        """The size of a file that may be read; of a text that may not, a sentence says why."""
        # Where a link leads round in a circle, `Path.resolve` raises.
        is_inside = Path(os.path.realpath(path)).is_relative_to(self._root)
        try:
            found = path.stat()
        except OSError:
            found = None
        if found is not None and is_inside and stat.S_ISREG(found.st_mode) and name.isprintable():
            return found.st_size
        if is_text(name):
            fault = "it is no plain file, or its name is no text" if is_inside else LEADS_OUT
            self._refused.append(f"{shown(name)}: {fault}")
        return None


def _entries(folder: Path) -> Iterable[os.DirEntry[str]]:
    try:
        found = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise Unreadable(f"a folder in it cannot be read: {why(error)}") from None
    return [entry for entry in found if not entry.name.startswith(".") and entry.name not in PASSED_OVER]
