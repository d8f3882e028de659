"""Giving a backup back, into a database without a row.

The one thing to know: first everything is looked at, and then something is done. The database is made aside, or in one
transaction; the files are put into the store; and then the database is there at one stroke. Who is killed before that
leaves one as empty as it was, and files that the next attempt finds to be the right ones.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from cms.kernel.database import Database, Dialect, connection_settings
from cms.kernel.migrating import migrate
from cms.kernel.progress import Tell, quietly
from cms.kernel.secrecy import is_same, keyed_hash
from cms.transfer.archives.archive import nearest, opened, refuse_without_room
from cms.transfer.archives.errors import BadArchive, CannotUnpack
from cms.transfer.archives.media import bring_back, refuse_other_files
from cms.transfer.archives.parts import media_of, part_of
from cms.transfer.backup import sqlite
from cms.transfer.backup.driver import postgres_modules
from cms.transfer.backup.manifest import DATABASE, Backup, Manifest, Way, read
from cms.transfer.backup.taking import SECRET_MARK

#: Opens a database by its URL.
Opening = Callable[[str], AbstractAsyncContextManager[Database]]

#: Puts the files of a backup into the media store: the last thing before the rows that name them are seen.
Files = Callable[[], Awaitable[None]]

_NAMES = {Dialect.SQLITE: "SQLite", Dialect.POSTGRES: "PostgreSQL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a backup has given back.

    Attributes:
        taken_at: the moment that the site is at again.
        masthead: the version that took it.
        rows: how many rows there were.
        media: how many files.
        missing: places in the media store where no file lay then.
        migrated: the migrations that were applied since.
        has_same_secret: whether it was taken under the secret key of this process.
    """

    taken_at: datetime
    masthead: str
    rows: int
    media: int
    missing: tuple[str, ...]
    migrated: tuple[str, ...]
    has_same_secret: bool


async def restore(
    file: Path, url: str, media_folder: Path, *, opening: Opening, migrations: str, tell: Tell = quietly
) -> Restored:
    """Give a backup back, and bring its tables up to date.

    Args:
        file: the backup.
        url: of the database, as `open_database` takes it: one that has no row, or none yet.
        media_folder: where its files are put.
        opening: opens a database.
        migrations: the package with the migrations.
        tell: is told how far it has come.

    Raises:
        BadArchive: the file is no whole backup, or one of a newer version; nothing was changed.
        CannotUnpack: the database holds something, is in use, or is of the other kind; nothing was changed.
    """
    dialect, settings = connection_settings(url)
    with opened(file, read) as archive:
        manifest = archive.manifest
        _refuse_other_versions(manifest, dialect, migrations)
        refuse_other_files(media_of(manifest), media_folder)
        place = (
            _Sqlite(Path(str(settings["file_path"])), opening) if dialect is Dialect.SQLITE else _Postgres(url, opening)
        )
        _refuse_without_room(manifest, media_folder, place.folder)
        await place.refuse_unless_ready(manifest)
        for done, _ in enumerate(archive.verify(), 1):
            tell(done, len(manifest.parts), "looked at")
        migrated = await place.fill(archive, partial(asyncio.to_thread, bring_back, archive, media_folder, tell), tell)
    return Restored(
        taken_at=manifest.taken_at,
        masthead=manifest.masthead,
        rows=manifest.rows,
        media=len(media_of(manifest)),
        missing=manifest.missing,
        migrated=tuple(migrated),
        has_same_secret=is_same(manifest.secret, keyed_hash(SECRET_MARK, "")),
    )


class _Sqlite:
    """A file that is not there, or has no row."""

    def __init__(self, path: Path, opening: Opening) -> None:
        self._path = path
        self._opening = opening
        self.folder: Path | None = path.parent

    async def refuse_unless_ready(self, _manifest: Manifest) -> None:
        with sqlite.kept_free(self._path):
            pass

    async def fill(self, archive: Backup, files: Files, _tell: Tell) -> list[str]:
        """Make the database aside, and give it its name when it is whole and up to date."""
        with _folder_beside(self._path) as folder:
            made = folder / "database"
            await asyncio.to_thread(archive.extract, part_of(archive.manifest, DATABASE), made)
            await asyncio.to_thread(_refuse_other_rows, made, archive.manifest)
            async with self._opening(sqlite.url_of(made)) as database:
                migrated = await migrate(database)
            sqlite.settle(made)
            await files()
            sqlite.put(self._path, made)
        return migrated


class _Postgres:
    """A database on a server, without a row."""

    folder: Path | None = None

    def __init__(self, url: str, opening: Opening) -> None:
        self._url = url
        self._opening = opening
        self._postgres, self._tools = postgres_modules()

    async def refuse_unless_ready(self, manifest: Manifest) -> None:
        program = await self._tools.version_of("pg_restore") if manifest.way is Way.PG_DUMP else None
        if manifest.way is Way.PG_DUMP and not (program and self._tools.fits(program, manifest.program)):
            raise CannotUnpack(f"This backup needs pg_restore {manifest.program} or newer: install that first.")
        async with self._opening(self._url) as database, self._postgres.in_one_transaction(database) as connection:
            await self._postgres.refuse_unless_vacant(connection, _tables_of(database))

    async def fill(self, archive: Backup, files: Files, tell: Tell) -> list[str]:
        """Make the tables as they were, fill them, and bring them up to date."""
        async with self._opening(self._url) as database:
            async with self._postgres.in_one_transaction(database) as connection:
                await self._postgres.refuse_unless_vacant(connection, _tables_of(database))
                await self._postgres.drop_tables(connection)
            fill = self._fill_by_tool if archive.manifest.way is Way.PG_DUMP else self._fill_by_hand
            migrated = await fill(database, archive, files, tell)
            # It plans by what it knows of the tables, which is nothing yet.
            await database.connection.execute_script("ANALYZE")
        return migrated

    async def _fill_by_hand(self, database: Database, archive: Backup, files: Files, tell: Tell) -> list[str]:
        # Tables without a row, as old as the backup; then everything that stands in them, and how they became newer.
        await migrate(database, archive.manifest.migrations[-1])
        async with self._postgres.in_one_transaction(database) as connection:
            await self._postgres.refuse_unless_vacant(connection, _tables_of(database))
            await self._postgres.fill_tables(connection, archive, tell)
            migrated = await migrate(database)
            await files()
            return migrated

    async def _fill_by_tool(self, database: Database, archive: Backup, files: Files, _tell: Tell) -> list[str]:
        await files()
        await self._tools.give_back(database.settings, archive.chunks(part_of(archive.manifest, DATABASE)))
        async with self._postgres.in_one_transaction(database) as connection:
            if wrong := await self._postgres.counted(connection, archive.manifest.tables):
                raise CannotUnpack(
                    f"{', '.join(wrong)}: not as many rows as the backup says. Do not use this database."
                )
        return await migrate(database)


def _refuse_other_versions(manifest: Manifest, dialect: Dialect, migrations: str) -> None:
    if manifest.dialect is not dialect:
        raise CannotUnpack(
            f"This is a backup of {_NAMES[manifest.dialect]}, and CMS_DATABASE_URL names {_NAMES[dialect]}: name a "
            f"database of {_NAMES[manifest.dialect]} there."
        )
    known = [each.name for each in iter_modules(import_module(migrations).__path__)]
    if not manifest.migrations or set(manifest.migrations) - set(known):
        raise BadArchive(f"Masthead {manifest.masthead}, which took this backup, has newer tables: use that version.")


def _refuse_without_room(manifest: Manifest, media_folder: Path, database_folder: Path | None) -> None:
    media = sum(part.bytes for part in media_of(manifest))
    needed = [(nearest(media_folder), media)]
    if database_folder is not None and database_folder.is_dir():
        # Beside the copy that is made, migrating it makes another.
        needed.append((database_folder, 2 * part_of(manifest, DATABASE).bytes))
    refuse_without_room(needed, BadArchive)


def _refuse_other_rows(made: Path, manifest: Manifest) -> None:
    with sqlite.looked_into(made) as copy:
        if copy.faults():
            raise BadArchive("The file is damaged: the database in it is broken.")
        if copy.tables() != manifest.tables or copy.migrations() != manifest.migrations:
            raise BadArchive("The file is no whole backup: its tables do not hold what it says.")


def _tables_of(database: Database) -> frozenset[str]:
    """The names of our own tables."""
    return frozenset(model._meta.db_table for models in database.apps.values() for model in models.values())  # noqa: SLF001 - Tortoise has no other name for it


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """A folder of one's own on the same disk as a file, from which a file can be renamed to be that."""
    with tempfile.TemporaryDirectory(prefix=f"{path.name}.restoring-", dir=path.parent) as name:
        yield Path(name)
