"""PostgreSQL: its tables as they stood at one moment, and back into a database without a row.

The one thing to know: everything is read in one transaction that sees one snapshot, and `pg_dump`, where it does the
reading, is given the same. Everything is written in one transaction too: killed anywhere, nothing of it is there.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from cms.kernel.database import Database, DatabaseUnavailable, transaction
from cms.kernel.postgres_engine import SERVER_SETTINGS
from cms.kernel.progress import Tell
from cms.transfer.archives.archive import ArchiveWriter
from cms.transfer.archives.errors import BadArchive, CannotPack, CannotUnpack
from cms.transfer.archives.media import MEDIA_FILES, MediaFile, files_of
from cms.transfer.archives.parts import part_of
from cms.transfer.backup.manifest import TABLES, Backup, Table

# What a pool hands out does all that a connection does.
Connection = asyncpg.Connection

RECORDS: Final = "tortoise_migrations"
_CONNECTION_SETTINGS: Final = ("host", "port", "user", "password", "database", "ssl", "timeout")
_MOMENT: Final = (
    "SELECT pg_export_snapshot(), quote_ident(current_schema()), current_setting('server_version') AS server"
)
_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
_COLUMNS: Final = (
    "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped "
    "AND attgenerated = '' ORDER BY attnum"
)
# What somebody set for a role or a database must not end a transaction that takes its time.
_PATIENT: Final = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)
_OTHERS: Final = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
_FOREIGN_KEYS: Final = (
    "SELECT conrelid::regclass::text AS owner, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS said "
    "FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"
)
_SEQUENCES: Final = (
    "SELECT quote_ident(c.relname) AS owner, quote_ident(a.attname) AS column, "
    "pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence "
    "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
    "WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 "
    "AND NOT a.attisdropped AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of the database, for as long as its transaction is open.

    Attributes:
        connection: that sees it.
        name: by which other connections can see it too.
        schema: where its tables are, quoted where it must be.
        server: the server's version, like 18.1.
    """

    connection: asyncpg.Connection
    name: str
    schema: str
    server: str

    async def tables(self) -> tuple[Table, ...]:
        """Its tables, with their numbers of rows and the order of their columns."""
        names = [row[0] for row in await self.connection.fetch(_TABLES)]
        return tuple([Table(name, await self._count(name), await self._columns(name)) for name in names])

    async def migrations(self) -> tuple[str, ...]:
        """The migrations that had been applied; none where it is no database of ours."""
        if await self.connection.fetchval("SELECT to_regclass($1)", RECORDS) is None:
            return ()
        rows = await self.connection.fetch(f"SELECT name FROM {RECORDS} ORDER BY id")  # noqa: S608 - a constant
        return tuple(row["name"] for row in rows)

    async def media(self) -> list[MediaFile]:
        """The files that its rows name."""
        return files_of(tuple(row) for row in await self.connection.fetch(MEDIA_FILES))

    async def _count(self, table: str) -> int:
        return int(await self.connection.fetchval(f'SELECT count(*) FROM "{table}"'))  # noqa: S608 - from the catalogue

    async def _columns(self, table: str) -> tuple[str, ...]:
        return tuple(row["attname"] for row in await self.connection.fetch(_COLUMNS, f'"{table}"'))


@asynccontextmanager
async def snapshot(settings: Mapping[str, Any]) -> AsyncIterator[Snapshot]:
    """This moment of the database. Nobody waits for whoever looks at it, but those who would change its tables.

    Raises:
        CannotPack: the server went away, or refused something.
        DatabaseUnavailable: it cannot be reached.
    """
    connection = await _connected(settings)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            for setting in _PATIENT:
                await connection.execute(setting)
            ((name, schema, server),) = await connection.fetch(_MOMENT)
            yield Snapshot(connection, name, schema, server.split(" ")[0])
    # The server says no, or the connection is gone.
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CannotPack(f"PostgreSQL refused to be copied ({type(error).__name__}).") from None
    finally:
        connection.terminate()


async def copy_tables(archive: ArchiveWriter, moment: Snapshot, tables: tuple[Table, ...], tell: Tell) -> None:
    """Put every table into a backup, as PostgreSQL's own text."""
    for done, table in enumerate(tables, 1):
        with archive.part(_part(table)) as part:

            async def write(content: bytes, part: Any = part) -> None:  # noqa: ANN401 - the loop's, bound
                part.write(content)

            await moment.connection.copy_from_table(table.name, columns=table.columns, output=write)
        tell(done, len(tables), "tables")


async def refuse_unless_vacant(connection: Connection, ours: frozenset[str]) -> None:
    """Refuse a database that holds anything, or that anybody else is connected to.

    Args:
        connection: to it; the only one of this process.
        ours: the names of the tables that may be there, without a row.

    Raises:
        CannotUnpack: see there.
    """
    names = [row[0] for row in await connection.fetch(_TABLES)]
    for name in names:
        if name != RECORDS and await connection.fetchval(f'SELECT EXISTS (SELECT 1 FROM "{name}")'):  # noqa: S608 - from the catalogue
            raise CannotUnpack(
                "The database holds content, which a restore would replace: make a new one (CREATE DATABASE), and name "
                "it in CMS_DATABASE_URL."
            )
    if foreign := set(names) - ours - {RECORDS}:
        raise CannotUnpack(
            f"The database has tables of another program ({', '.join(sorted(foreign))}): make a new one."
        )
    if others := await connection.fetchval(_OTHERS):
        raise CannotUnpack(f"The database is in use by {others} connections: stop the servers and workers on it.")


async def drop_tables(connection: Connection) -> None:
    """Drop the tables, which are known to have no row: those of the backup may be older."""
    names = [f'"{row[0]}"' for row in await connection.fetch(_TABLES)]
    if names:
        await connection.execute(f"DROP TABLE {', '.join(names)} CASCADE")


async def fill_tables(connection: Connection, archive: Backup, tell: Tell) -> None:
    """Fill new tables with what a backup holds, inside the transaction that made them.

    Raises:
        BadArchive: the tables are others, or take not what is in it.
    """
    tables = [table for table in archive.manifest.tables if table.name != RECORDS]
    there = {row[0] for row in await connection.fetch(_TABLES)} - {RECORDS}
    if there != {table.name for table in tables}:
        raise BadArchive("The file is no whole backup: its tables are not those of its migrations.")
    # Tables point at each other, so no order would do; when the references are put back, every one is looked up.
    references = await connection.fetch(_FOREIGN_KEYS)
    for each in references:
        await connection.execute(f"ALTER TABLE {each['owner']} DROP CONSTRAINT {each['name']}")
    for done, table in enumerate(tables, 1):
        await _fill(connection, archive, table)
        tell(done, len(tables), "tables")
    for each in references:
        await connection.execute(f"ALTER TABLE {each['owner']} ADD CONSTRAINT {each['name']} {each['said']}")
    await _go_on_counting(connection)


async def counted(connection: Connection, tables: tuple[Table, ...]) -> list[str]:
    """The tables that have another number of rows than a backup says."""
    told = {table.name: table.rows for table in tables if table.name != RECORDS}
    return [
        name
        for name, rows in told.items()
        if await connection.fetchval(f'SELECT count(*) FROM "{name}"') != rows  # noqa: S608 - from a manifest that was checked
    ]


@asynccontextmanager
async def in_one_transaction(database: Database) -> AsyncIterator[Connection]:
    """The connection of one transaction, which the database's own actions join; nothing else waits with a time limit.

    Raises:
        BadArchive: PostgreSQL refuses what it is given. The message does not quote it.
        CannotUnpack: the connection was lost.
    """
    try:
        async with transaction(database) as client:
            connection: Connection = client._connection  # noqa: SLF001 - Tortoise has no public way
            for setting in _PATIENT:
                await connection.execute(setting)
            yield connection
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError):
        raise CannotUnpack("The connection to PostgreSQL was lost, and nothing was restored: try again.") from None
    except asyncpg.PostgresError as error:
        raise BadArchive(f"PostgreSQL does not take what is in the file ({type(error).__name__}).") from None


def _part(table: Table) -> str:
    return f"{TABLES}{table.name}"


async def _fill(connection: Connection, archive: Backup, table: Table) -> None:
    part = part_of(archive.manifest, _part(table))

    async def rows() -> AsyncIterator[bytes]:
        for chunk in archive.chunks(part):
            yield chunk

    done = await connection.copy_to_table(table.name, columns=table.columns, source=rows())
    if done != f"COPY {table.rows}":
        raise BadArchive(f"The file is no whole backup: {table.name} has another number of rows than it says.")


async def _go_on_counting(connection: Connection) -> None:
    """Let the numbers that the database gives go on after the last one that it gave."""
    for each in await connection.fetch(_SEQUENCES):
        highest = f"SELECT coalesce(max({each['column']}), 0) + 1 FROM {each['owner']}"  # noqa: S608 - from the catalogue
        await connection.execute(f"SELECT setval('{each['sequence']}', ({highest}), false)")


async def _connected(settings: Mapping[str, Any]) -> asyncpg.Connection:
    known = {name: settings[name] for name in _CONNECTION_SETTINGS if name in settings}
    try:
        return await asyncpg.connect(
            **known, server_settings={**SERVER_SETTINGS, "application_name": "masthead backup"}
        )
    # The server says no, the driver cannot ask it so, or nobody answers there, in time or at all.
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        where = f"PostgreSQL, database {known.get('database')}"
        raise DatabaseUnavailable(f"{where}: it cannot be reached ({type(error).__name__})") from None
