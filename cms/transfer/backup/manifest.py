"""What a backup says about itself: the first thing that is read of it, and the last that is written.

The one thing to know: everything in the file is named here, with its size and its digest, and nothing else is in it.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from cms.kernel.database import Dialect
from cms.transfer.archives.archive import Archive
from cms.transfer.archives.errors import BadArchive
from cms.transfer.archives.parts import Kind, Part
from cms.transfer.archives.parts import read as read_manifest

#: Rises when an older Masthead could not read the file any more.
FORMAT: Final = 1
DATABASE: Final = "database"
TABLES: Final = "tables/"
_TABLE: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Way(StrEnum):
    """How the database came into the file: as it is, by PostgreSQL's own program, or table by table."""

    SQLITE = "sqlite"
    PG_DUMP = "pg_dump"
    COPY = "copy"


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


#: A backup that was opened.
Backup = Archive[Manifest]


def read(content: bytes) -> Manifest:
    """The manifest that stands in a file.

    Raises:
        BadArchive: it is none, it names what no backup may hold, or it is of a newer format.
    """
    manifest = read_manifest(content, Kind.BACKUP, FORMAT, Manifest)
    words = [table.name for table in manifest.tables] + [word for table in manifest.tables for word in table.columns]
    if not all(map(_TABLE.fullmatch, words)):
        raise BadArchive("The file is no backup: it names a table that there cannot be.")
    return manifest
