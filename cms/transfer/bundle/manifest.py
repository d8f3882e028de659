"""What a bundle says about itself."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cms.transfer.archives.archive import Archive
from cms.transfer.archives.parts import Kind, Part
from cms.transfer.archives.parts import read as read_manifest

#: Rises when an older Masthead could not read the file any more.
FORMAT: Final = 1
#: Stands for the secret key in what a bundle says of itself.
SECRET_MARK: Final = "bundle"  # noqa: S105 - what is hashed, and no secret


@dataclass(frozen=True, slots=True)
class Table:
    """A table: how many rows are in the file, and what each of them tells."""

    name: str
    rows: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a bundle says about itself.

    Attributes:
        kind: of file.
        format: of bundles.
        masthead: the version that made it.
        exported_at: the moment that it shows.
        content: the digest of everything in it; two sites that hold the same say the same.
        secret: what the secret key makes of a word, by which one notices that it is imported under another key.
        has_credentials: whether people and programs can sign in by what is in it.
        tables: all of them, in the order in which they can be filled.
        parts: everything else in the file.
        missing: places in the media store where no file lay.
        altered: those where another file lay than was put there.
    """

    kind: Kind = Kind.BUNDLE
    format: int
    masthead: str
    exported_at: datetime
    content: str
    secret: str
    has_credentials: bool
    tables: tuple[Table, ...]
    parts: tuple[Part, ...]
    missing: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(table.rows for table in self.tables)


#: A bundle that was opened.
Bundle = Archive[Manifest]


def read(content: bytes) -> Manifest:
    """The manifest that stands in a file.

    Raises:
        BadArchive: it is none, it names what cannot be, or it is of a newer format.
    """
    return read_manifest(content, Kind.BUNDLE, FORMAT, Manifest)


def digest_of(parts: Sequence[Part]) -> str:
    """The digest of all parts together, whatever their order and the time at which they were written."""
    listed = "".join(f"{part.digest} {part.name}\n" for part in sorted(parts, key=lambda each: each.name))
    return f"sha256:{hashlib.sha256(listed.encode()).hexdigest()}"


def part_name(table: str) -> str:
    """Where a table lies in the file."""
    return f"tables/{table}.jsonl"
