"""Media: what is known of a file is written here; the bytes are somebody else's, and are in the store before this."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import UNSET, UnsetType

from cms.kernel.changing import checked_source, locked, swap, unless_taken
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.errors import DomainError, ErrorCode, InvalidInput, StateConflict
from cms.kernel.events import EventType, append_event
from cms.kernel.guards import require, same_version
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.inputs import line, moment, optional_text, text
from cms.kernel.text import fold
from cms.kernel.viewer import Scope, Viewer
from cms.media.models import Media

#: GraphQL's Int has 32 bits.
MAX_BYTES: Final = 2**31 - 1
_MAX_FILENAME_CHARS, _MAX_STORAGE_KEY_CHARS = 255, 255
_CONTENT_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+\-]{0,100}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class TooLarge(DomainError):
    """A file larger than can be told of."""

    code = ErrorCode.TOO_LARGE


@dataclass(frozen=True, slots=True)
class FocalPoint:
    """What must stay in sight when an image is cropped: fractions of its width and height from the top left."""

    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaDraft:
    """A file that lies in the store.

    Attributes:
        filename: display text; names nothing on a disk.
        content_type: found by looking at the content, such as `image/jpeg`.
        bytes: the file's size.
        digest: `sha256:` and 64 hexadecimal digits, of the file.
        storage_key: its place in the store.
        width: in pixels, of images.
        height: in pixels, of images.
        alt: what it shows, for those who cannot see it.
        placeholder: a ThumbHash in base64.
    """

    filename: str
    content_type: str
    bytes: int
    digest: str
    storage_key: str
    width: int | None = None
    height: int | None = None
    alt: str = ""
    caption: str | None = None
    credit: str | None = None
    focal_point: FocalPoint | None = None
    placeholder: str | None = None
    source: str | None = None
    source_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppliedFile:
    """A file that lies in the store now, as in `MediaDraft`."""

    content_type: str
    bytes: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaChange:
    """What changes about a medium; what is UNSET stays, None clears."""

    media_id: UUID
    expected_version: int
    alt: str | UnsetType | None = UNSET
    caption: str | UnsetType | None = UNSET
    credit: str | UnsetType | None = UNSET
    focal_point: FocalPoint | UnsetType | None = UNSET


async def register_media(database: Database, viewer: Viewer, draft: MediaDraft, *, at: datetime | None = None) -> Media:
    """Make a file known.

    Args:
        database: where.
        viewer: must hold CONTENT_WRITE.
        draft: the file.
        at: when it was made known, for imports; now when left out.

    Raises:
        NotAllowed: the viewer may not.
        TooLarge: it has 2 GiB or more.
        AlreadyExists: its place in the store, or its source, is known already.
        DomainError: a value cannot be taken; see the path.
    """
    require(viewer, Scope.CONTENT_WRITE)
    columns: dict[str, Any] = {**_file(draft), **_described(draft), **_focus(draft.focal_point)}
    made_at = moment(at, ("createdAt",)) if at else now()
    async with transaction(database):
        columns |= await checked_source(Media, draft.source, draft.source_id)
        with unless_taken("This place in the store", ("storageKey",)):
            media = await Media.create(created_at=made_at, updated_at=made_at, **columns)
        await _announce(database, viewer, media)
    return media


async def supply_file(database: Database, viewer: Viewer, media_id: UUID, file: SuppliedFile) -> Media:
    """Say that the file of a medium that was registered without one lies at its place in the store now.

    Raises:
        NotAllowed: the viewer lacks CONTENT_WRITE.
        NotFound: there is no such medium.
        StateConflict: it has its file; a file is never another one later.
        TooLarge: it has 2 GiB or more.
        DomainError: a value cannot be taken; see the path.
    """
    require(viewer, Scope.CONTENT_WRITE)
    columns = {"content_type": file.content_type, "bytes": file.bytes, "digest": file.digest}
    _refuse_impossible(file.content_type, file.bytes, file.digest)
    async with transaction(database):
        media = await locked(Media, media_id)
        if media.bytes:
            raise StateConflict("It has its file already.", ("id",))
        if await swap(media, columns):
            await _announce(database, viewer, media)
    return media


async def update_media(database: Database, viewer: Viewer, change: MediaChange) -> Media:
    """Change what is said about a medium. Revisions that show it keep what they said.

    Raises:
        NotAllowed: the viewer lacks CONTENT_WRITE.
        NotFound: there is no such medium.
        VersionConflict: somebody changed it since.
    """
    require(viewer, Scope.CONTENT_WRITE)
    async with transaction(database):
        media = await locked(Media, change.media_id)
        await same_version(media, change.expected_version, NodeType.MEDIA)
        if await swap(media, _changes(change)):
            await _announce(database, viewer, media)
    return media


def _file(draft: MediaDraft) -> dict[str, object]:
    filename = line(draft.filename, ("filename",), _MAX_FILENAME_CHARS)
    _refuse_impossible(draft.content_type, draft.bytes, draft.digest)
    return {
        "filename": filename,
        "filename_key": fold(filename),
        "content_type": draft.content_type,
        "bytes": draft.bytes,
        "digest": draft.digest,
        "storage_key": line(draft.storage_key, ("storageKey",), _MAX_STORAGE_KEY_CHARS),
        **_size(draft.width, draft.height),
    }


def _refuse_impossible(content_type: str, bytes_: int, digest: str) -> None:
    if not 0 <= bytes_ <= MAX_BYTES:
        raise TooLarge(f"A file has at most {MAX_BYTES} bytes.", ("bytes",))
    if not _CONTENT_TYPE.fullmatch(content_type):
        raise InvalidInput("Write a content type, like image/jpeg.", ("contentType",))
    if not _DIGEST.fullmatch(digest):
        raise InvalidInput("Write the digest as sha256: and 64 hexadecimal digits.", ("digest",))


def _size(width: int | None, height: int | None) -> dict[str, object]:
    known = [side for side in (width, height) if side is not None]
    if len(known) == 1 or any(side < 1 for side in known):
        raise InvalidInput("Give width and height in pixels, both or neither.", ("width",))
    return {"width": width, "height": height}


def _described(draft: MediaDraft) -> dict[str, object]:
    return {
        "alt": text(draft.alt, ("alt",)),
        "caption": optional_text(draft.caption, ("caption",)),
        "credit": optional_text(draft.credit, ("credit",)),
        "placeholder": optional_text(draft.placeholder, ("placeholder",)),
    }


def _focus(point: FocalPoint | None) -> dict[str, object]:
    if point is not None and not (0 <= point.x <= 1 and 0 <= point.y <= 1):
        raise InvalidInput("A focal point is two fractions from 0 to 1.", ("focalPoint",))
    return {"focal_x": point.x if point else None, "focal_y": point.y if point else None}


def _changes(change: MediaChange) -> dict[str, object]:
    changes: dict[str, object] = {}
    if change.alt is not UNSET:
        changes["alt"] = text(change.alt or "", ("alt",))
    if change.caption is not UNSET:
        changes["caption"] = optional_text(change.caption, ("caption",))
    if change.credit is not UNSET:
        changes["credit"] = optional_text(change.credit, ("credit",))
    if change.focal_point is not UNSET:
        changes |= _focus(change.focal_point)
    return changes


async def _announce(database: Database, viewer: Viewer, media: Media) -> None:
    node = GlobalId(NodeType.MEDIA, media.id)
    await append_event(database, EventType.MEDIA_CHANGED, viewer.actor, node, payload={"version": media.version})
