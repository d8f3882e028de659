"""Where texts come from: a folder or a zip, seen as the names of files that can be read.

The one thing to know: whoever made it may mean harm. A name is told only when it leads to a plain file below the place,
and no file is read further than the reader allows, whatever a zip says of its size.
"""

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from cms.kernel.text import printable
from cms.transfer.markdown.errors import Unreadable

_ENDINGS: Final = (".md", ".markdown")
MOST_FILES: Final = 100_000
_LONGEST_SHOWN: Final = 200
#: What tools keep beside texts, and what is nobody's to read.
PASSED_OVER: Final = frozenset({"node_modules", "__MACOSX"})
VAULT: Final = ".obsidian"
LEADS_OUT: Final = "it leads out of the folder"


class Place(ABC):
    """A folder or a zip.

    Attributes:
        sizes: of every file, in bytes, by its name: a path with `/` below the place.
        refused: sentences without their ends about texts that cannot be read, each beginning with its name.
        is_vault: whether Obsidian keeps its settings there.
    """

    def __init__(self, sizes: Mapping[str, int], refused: Sequence[str], *, is_vault: bool) -> None:
        self.sizes = sizes
        self.is_vault = is_vault
        self.refused = refused
        self._by_form = {_form(name): name for name in sizes}
        self._by_last: dict[str, str | None] = {}
        for name in sizes:
            for last in _last_names(PurePosixPath(name)):
                self._by_last[last] = None if last in self._by_last else name

    @property
    def texts(self) -> Sequence[str]:
        """The names of what is Markdown, in their order."""
        return sorted(filter(is_text, self.sizes))

    def named(self, path: str) -> str | None:
        """The file at a path below the place, however its accents are encoded; none where the path leads out of it."""
        parts: list[str] = []
        for part in path.split("/"):
            if part == ".." and not parts:
                return None
            if part == "..":
                parts.pop()
            elif part not in {"", "."}:
                parts.append(part)
        return self._by_form.get(_form("/".join(parts)))

    def called(self, name: str) -> str | None:
        """The only file of that name, in whatever folder it lies and whichever of its letters are capitals."""
        return self._by_last.get(_form(name).casefold())

    def read(self, name: str, most: int) -> bytes:
        """What a file holds.

        Raises:
            Unreadable: it has more than `most` bytes, or is damaged.
        """
        content = self._content(name, most + 1) if self.sizes[name] <= most else b""
        if self.sizes[name] > most or len(content) > most:
            raise Unreadable(f"it has more than {most:,} bytes")
        return content

    @abstractmethod
    def _content(self, name: str, most: int) -> bytes:
        """As much as `most` bytes of a file."""


def is_text(name: str) -> bool:
    """Whether a file is Markdown, by its name."""
    return name.lower().endswith(_ENDINGS)


def shown(name: str) -> str:
    """A name as it may stand in a report, which is shown on terminals."""
    return printable(name[:_LONGEST_SHOWN])


def _last_names(path: PurePosixPath) -> Iterator[str]:
    """What a file is called: its name, and that of its folder where it is the text that the folder is for."""
    yield _form(path.name).casefold()
    if path.stem == "index" and is_text(path.name):
        yield _form(f"{path.parent.name}{path.suffix}").casefold()


def _form(name: str) -> str:
    return unicodedata.normalize("NFC", name)
