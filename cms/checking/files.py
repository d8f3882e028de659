"""Whether the database's own file is whole, and the files of the media store are there and are what they were."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from cms.checking.rows import in_parts, name_of
from cms.kernel.checking import Fault, Ground
from cms.kernel.database import Dialect
from cms.kernel.ids import NodeType
from cms.media.models import Media


async def database_is_whole(ground: Ground) -> AsyncIterator[Fault]:
    """A disk that loses bits loses them in silence, until somebody asks for that page."""
    if ground.database.dialect is Dialect.SQLITE:
        rows = await ground.database.connection.execute_query_dict("PRAGMA quick_check(1)")
        if rows[0]["quick_check"] != "ok":
            yield Fault("SQLite finds its file damaged: restore a backup.")


async def files_are_there(ground: Ground) -> AsyncIterator[Fault]:
    """A row without its file is a broken picture on every page that shows it."""
    folder = ground.settings.media_folder
    # Media whose bytes never arrived, as importers find them on old pages, have a name and no file.
    async for some in in_parts(Media, "storage_key", deleted_at=None, bytes__gt=0):
        for medium in some:
            if not (folder / medium.storage_key).is_file():
                yield Fault(f"{name_of(NodeType.MEDIA, medium.id)}: its file {medium.storage_key} is missing.")


async def files_are_as_stored(ground: Ground) -> AsyncIterator[Fault]:
    """A file that was cut off when a disk was full looks like one, until somebody opens it."""
    folder = ground.settings.media_folder
    async for some in in_parts(Media, "storage_key", "digest", deleted_at=None):
        for medium in some:
            place = folder / medium.storage_key
            if place.is_file() and await asyncio.to_thread(_digest_of, place) != medium.digest:
                name = name_of(NodeType.MEDIA, medium.id)
                yield Fault(f"{name}: its file {medium.storage_key} is not what was stored.")


def _digest_of(place: Path) -> str:
    with place.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
