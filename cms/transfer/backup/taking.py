"""Taking a backup: the database at one moment, then the files that its rows name, then what is in the file.

The one thing to know: everybody goes on writing meanwhile. What they write after that moment is not in it, and nothing
is in it by half.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from cms.kernel.clock import now
from cms.kernel.database import Dialect, connection_settings
from cms.kernel.progress import Tell, quietly
from cms.kernel.secrecy import keyed_hash
from cms.transfer.archives.archive import ArchiveWriter, chunks_of, refuse_without_room, writing
from cms.transfer.archives.errors import CannotPack
from cms.transfer.archives.media import MediaFile, gather
from cms.transfer.archives.parts import media_of
from cms.transfer.backup import sqlite
from cms.transfer.backup.driver import postgres_modules
from cms.transfer.backup.manifest import DATABASE, FORMAT, Manifest, Table, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A backup that was taken.

    Attributes:
        file: where it lies.
        bytes: its size.
        taken_at: the moment that it shows.
        way: how the database is kept in it.
        rows: how many rows the database had.
        media: how many files are in it.
        missing: places in the media store where no file lay.
        altered: those where another file lay than was put there; it is in the backup as it was found.
    """

    file: str
    bytes: int
    taken_at: datetime
    way: Way
    rows: int
    media: int
    missing: tuple[str, ...]
    altered: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copied:
    """What was copied, and by which means."""

    way: Way
    program: str
    taken_at: datetime
    migrations: tuple[str, ...]
    tables: tuple[Table, ...]
    media: list[MediaFile]


#: Stands for the secret key in what a backup says of itself.
SECRET_MARK: Final = "backup"  # noqa: S105 - what is hashed, and no secret


async def back_up(
    url: str, media_folder: Path, target: Path, *, with_pg_dump: bool = True, tell: Tell = quietly
) -> Taken:
    """Take a backup of the database and of its files.

    Args:
        url: of the database, as `open_database` takes it.
        media_folder: where the files lie.
        target: the file to be; one of that name is replaced once the new one is whole.
        with_pg_dump: whether PostgreSQL's own program may do it, where it is there and fits.
        tell: is told how far it has come.

    Raises:
        CannotPack: there is nothing to back up, or it could not be read or written.
        DatabaseUnavailable: the server cannot be reached.
    """
    dialect, settings = connection_settings(url)
    with writing(target) as archive:
        if dialect is Dialect.SQLITE:
            copied = await asyncio.to_thread(_copy_sqlite, archive, Path(str(settings["file_path"])), tell)
        else:
            copied = await _copy_postgres(archive, settings, tell, with_pg_dump=with_pg_dump)
        gathered = await asyncio.to_thread(gather, archive, copied.media, media_folder, tell)
        manifest = Manifest(
            format=FORMAT,
            masthead=version("masthead-cms"),
            dialect=dialect,
            way=copied.way,
            program=copied.program,
            taken_at=copied.taken_at,
            secret=keyed_hash(SECRET_MARK, ""),
            migrations=copied.migrations,
            tables=copied.tables,
            parts=tuple(archive.parts),
            missing=gathered.missing,
            altered=gathered.altered,
        )
        size = archive.close(manifest)
    return Taken(
        file=str(target),
        bytes=size,
        taken_at=manifest.taken_at,
        way=manifest.way,
        rows=manifest.rows,
        media=len(media_of(manifest)),
        missing=manifest.missing,
        altered=manifest.altered,
    )


def _copy_sqlite(archive: ArchiveWriter, path: Path, tell: Tell) -> _Copied:
    if path.is_file():
        refuse_without_room([(archive.folder, path.stat().st_size)], CannotPack)
    place, taken_at = archive.folder / "database", now()
    # In a folder that nobody else may look into.
    sqlite.copy(path, place, tell)
    with sqlite.looked_into(place) as copy:
        migrations = _refuse_strangers(copy.migrations())
        copied = _Copied(
            way=Way.SQLITE,
            program=sqlite.version(),
            taken_at=taken_at,
            migrations=migrations,
            tables=copy.tables(),
            media=copy.media(),
        )
    archive.add(DATABASE, chunks_of(place))
    place.unlink()
    return copied


async def _copy_postgres(
    archive: ArchiveWriter,
    settings: Mapping[str, object],
    tell: Tell,
    *,
    with_pg_dump: bool,
) -> _Copied:
    postgres, tools = postgres_modules()
    taken_at = now()
    dumper = await tools.version_of("pg_dump") if with_pg_dump else None
    async with postgres.snapshot(settings) as moment:
        can_dump = dumper is not None and tools.fits(dumper, moment.server)
        copied = _Copied(
            way=Way.PG_DUMP if can_dump else Way.COPY,
            program=str(dumper if can_dump else moment.server),
            taken_at=taken_at,
            migrations=_refuse_strangers(await moment.migrations()),
            tables=await moment.tables(),
            media=await moment.media(),
        )
        if copied.way is Way.PG_DUMP:
            with archive.part(DATABASE, packed=False) as part:
                await tools.dump(settings, moment, part)
        else:
            await postgres.copy_tables(archive, moment, copied.tables, tell)
    return copied


def _refuse_strangers(migrations: tuple[str, ...]) -> tuple[str, ...]:
    if not migrations:
        raise CannotPack("The database has no tables of Masthead's: there is nothing to back up.")
    return migrations
