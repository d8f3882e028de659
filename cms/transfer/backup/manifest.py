"""What a backup says about itself: the first thing that is read of it, and the last that is written.

The one thing to know: everything in the file is named here, with its size and its digest, and nothing else is in it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from cms.kernel.database import Dialect
from cms.transfer.backup.errors import BadBackup

#: Rises when an older Masthead could not read the file any more.
FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database"
MEDIA: Final = "media/"
TABLES: Final = "tables/"
# A name that stays in its folder on every system: no part is empty, `.` or `..`, and no drive or stream has a colon.
_PART: Final = r"(?!\.{1,2}(?:/|\Z))[^/\\:\x00-\x1f\x7f]+"
_SAFE: Final = re.compile(rf"{_PART}(?:/{_PART})*")
_TABLE: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Way(StrEnum):
    """How the database came into the file: as it is, by PostgreSQL's own program, or table by table."""

    SQLITE = "sqlite"
    PG_DUMP = "pg_dump"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Part:
    """Something in the file: its name, its size before it was packed, and its digest (`sha256:`, 64 digits)."""

    name: str
    bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table: how many rows it had, and in which order their columns were copied, where they were."""

    name: str
    rows: int
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says about itself.

    Attributes:
        format: of the file.
        masthead: the version that took it.
        dialect: of the database.
        way: how the database is kept in it.
        program: the version of what wrote the database down: SQLite, `pg_dump`, or the server.
        taken_at: the moment that it shows.
        secret: what the secret key makes of a word, by which one notices that it is restored under another key.
        migrations: those that had been applied, in their order.
        tables: all of them.
        parts: everything else in the file.
        missing: places in the media store where no file lay.
        altered: those where another file lay than was put there.
    """

    format: int
    masthead: str
    dialect: Dialect
    way: Way
    program: str
    taken_at: datetime
    secret: str
    migrations: tuple[str, ...]
    tables: tuple[Table, ...]
    parts: tuple[Part, ...]
    missing: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(table.rows for table in self.tables)

    @property
    def media(self) -> Sequence[Part]:
        """The files of the media store."""
        return [part for part in self.parts if part.name.startswith(MEDIA)]

    def part(self, name: str) -> Part:
        """The part of that name.

        Raises:
            BadBackup: there is none.
        """
        for part in self.parts:
            if part.name == name:
                return part
        raise BadBackup("The file is no whole backup: a part of it is not there.")


@dataclass(frozen=True, slots=True)
class _Head:
    """As much as is asked of a file before it is known to be one that can be read."""

    format: int


def is_safe(name: str) -> bool:
    """Whether a name leads to a place below the folder it is used in, on every system."""
    return _SAFE.fullmatch(name) is not None


def written(manifest: Manifest) -> bytes:
    """The manifest as it stands in the file."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def read(content: bytes) -> Manifest:
    """The manifest that stands in a file.

    Raises:
        BadBackup: it is none, it names what no backup may hold, or it is of a newer format.
    """
    try:
        newer = msgspec.json.decode(content, type=_Head).format > FORMAT
        manifest = None if newer else msgspec.json.decode(content, type=Manifest)
    # It is no JSON or says something else, or its bytes are no text.
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadBackup("The file is no backup: its manifest cannot be read.") from None
    if manifest is None:
        raise BadBackup("A newer Masthead took this backup: restore it with that version.")
    _refuse_odd_names(manifest)
    return manifest


def _refuse_odd_names(manifest: Manifest) -> None:
    names = [part.name for part in manifest.parts]
    # Two names that differ in case alone are one file on some systems.
    if len({name.casefold() for name in names}) < len(names) or MANIFEST in names:
        raise BadBackup("The file is no backup: it names something twice.")
    if not all(map(is_safe, names)) or not all(part.bytes >= 0 for part in manifest.parts):
        raise BadBackup("The file is no backup: a name in it leads elsewhere.")
    words = [table.name for table in manifest.tables] + [word for table in manifest.tables for word in table.columns]
    if not all(map(_TABLE.fullmatch, words)):
        raise BadBackup("The file is no backup: it names a table that there cannot be.")
