"""What every such file says about itself: its parts, by name, size and digest.

The one thing to know: everything in the file is named in its manifest, and nothing else is in it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, TypeVar

import msgspec

from cms.transfer.archives.errors import BadArchive

MANIFEST: Final = "manifest.json"
MEDIA: Final = "media/"
# A name that stays in its folder on every system: no part is empty, `.` or `..`, and no drive or stream has a colon.
_NAME: Final = r"(?!\.{1,2}(?:/|\Z))[^/\\:\x00-\x1f\x7f]+"
_SAFE: Final = re.compile(rf"{_NAME}(?:/{_NAME})*")


class Kind(StrEnum):
    """What a file is: a database as it is, or what a site says, which goes into any database."""

    BACKUP = "backup"
    BUNDLE = "bundle"


@dataclass(frozen=True, slots=True)
class Part:
    """Something in the file: its name, its size before it was packed, and its digest (`sha256:`, 64 digits)."""

    name: str
    bytes: int
    digest: str


class Manifest(Protocol):
    """What the manifests of all kinds of files say."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """Everything else in the file."""


M = TypeVar("M", bound=Manifest)


@dataclass(frozen=True, slots=True)
class _Head:
    """As much as is asked of a file before it is known to be one that can be read."""

    format: int
    kind: Kind = Kind.BACKUP


def is_safe(name: str) -> bool:
    """Whether a name leads to a place below the folder it is used in, on every system."""
    return _SAFE.fullmatch(name) is not None


def media_of(manifest: Manifest) -> Sequence[Part]:
    """The files of the media store."""
    return [part for part in manifest.parts if part.name.startswith(MEDIA)]


def part_of(manifest: Manifest, name: str) -> Part:
    """The part of that name.

    Raises:
        BadArchive: there is none.
    """
    for part in manifest.parts:
        if part.name == name:
            return part
    raise BadArchive("The file is not whole: a part of it is not there.")


def written(manifest: Manifest) -> bytes:
    """The manifest as it stands in the file."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def kind_of(content: bytes) -> Kind:
    """What kind of file a manifest is of.

    Raises:
        BadArchive: it is none.
    """
    return _decoded(content, _Head).kind


def read(content: bytes, kind: Kind, newest: int, manifest: type[M]) -> M:
    """The manifest that stands in a file.

    Args:
        content: of the manifest.
        kind: what the file should be.
        newest: the newest format of that kind that this version reads.
        manifest: what to read it as.

    Raises:
        BadArchive: it is none of that kind, it names what cannot be, or it is of a newer format.
    """
    head = _decoded(content, _Head)
    if head.kind is not kind:
        raise BadArchive(_OTHERWISE[head.kind])
    if head.format > newest:
        raise BadArchive(f"A newer Masthead made this {kind}: use that version.")
    found = _decoded(content, manifest)
    _refuse_odd_names(found)
    return found


_OTHERWISE: Final = {
    Kind.BACKUP: "This is a backup, which `cms restore` gives back to an empty database of its kind.",
    Kind.BUNDLE: "This is a bundle, which `cms import` brings in.",
}
D = TypeVar("D")


def _decoded(content: bytes, wanted: type[D]) -> D:
    try:
        return msgspec.json.decode(content, type=wanted)
    # It is no JSON or says something else, or its bytes are no text.
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadArchive("The file is something else: its manifest cannot be read.") from None


def _refuse_odd_names(manifest: Manifest) -> None:
    names = [part.name for part in manifest.parts]
    # Two names that differ in case alone are one file on some systems.
    if len({name.casefold() for name in names}) < len(names) or MANIFEST in names:
        raise BadArchive("The file is something else: it names a part twice.")
    if not all(map(is_safe, names)) or not all(part.bytes >= 0 for part in manifest.parts):
        raise BadArchive("The file is something else: a name in it leads elsewhere.")
