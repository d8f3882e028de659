"""A bundle's rows in tables of their own, which only this connection sees and which are gone when it is done.

The one thing to know: everything that is asked about a bundle, and about what is here, is then asked by the database,
whatever the number of rows. Beside its columns every row has `whole`: the key of what it is a part of.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import islice
from typing import Final

from cms.kernel.database import Database, Dialect
from cms.kernel.progress import Tell
from cms.transfer.archives.errors import BadArchive
from cms.transfer.archives.parts import MEDIA, media_of, part_of
from cms.transfer.bundle.manifest import Bundle, Manifest, Table, part_name
from cms.transfer.bundle.reading import Reader, lines_of, presentable, reader_of
from cms.transfer.bundle.tables import BY_NAME, KEPT, Kept

_BATCH: Final = 500


@asynccontextmanager
async def staged(database: Database, bundle: Bundle, tell: Tell) -> AsyncIterator[Mapping[str, tuple[str, ...]]]:
    """What a bundle holds, staged for as long as the block lasts; on PostgreSQL inside the transaction that uses it.

    Every table of `KEPT` is there, if need be without a row. What comes out is the columns of each, by its name.

    Raises:
        BadArchive: a row is none, or belongs to nothing, or a file to no row.
    """
    tables = _by_name(bundle.manifest)
    columns = {}
    try:
        for done, kept in enumerate(KEPT, 1):
            columns[kept.name] = await _stage(database, bundle, kept, tables.get(kept.name))
            tell(done, len(KEPT), "tables read")
        await _refuse_files_of_nothing(database, bundle.manifest)
        yield columns
    # Whatever ends it, a cancellation too: the connection lives on, and would keep them.
    except BaseException:
        # On PostgreSQL they go with the transaction, in which nothing can be done any more.
        if database.dialect is Dialect.SQLITE:
            await _drop(database)
        raise
    await _drop(database)


def staging(kept: Kept) -> str:
    """The name of the table that holds a bundle's rows of another."""
    return f"bundle_{kept.name}"


def key_text(database: Database, column: str) -> str:
    """A key as text, whatever it is in the table."""
    return f"CAST({column} AS TEXT)" if database.dialect is Dialect.POSTGRES else column


async def run(database: Database, statement: str) -> int:
    """How many rows a statement changed."""
    return int((await database.connection.execute_query(statement))[0])


async def _drop(database: Database) -> None:
    for kept in KEPT:
        await run(database, f"DROP TABLE IF EXISTS {staging(kept)}")


async def _refuse_files_of_nothing(database: Database, manifest: Manifest) -> None:
    """Files that no row names would be served by whatever serves the folder, and nobody would know of them."""
    rows = await database.connection.execute_query_dict("SELECT storage_key FROM bundle_media")
    if {part.name for part in media_of(manifest)} - {f"{MEDIA}{row['storage_key']}" for row in rows}:
        raise BadArchive("The file is something else: it holds files that no row of media names.")


def _by_name(manifest: Manifest) -> Mapping[str, Table]:
    told = {table.name: table for table in manifest.tables}
    if len(told) < len(manifest.tables):
        raise BadArchive("The file is something else: it names a table twice.")
    if unknown := sorted(told.keys() - BY_NAME.keys()):
        raise BadArchive(f"A newer Masthead made this bundle ({presentable(', '.join(unknown))}): use that version.")
    named = set(map(part_name, told))
    if any(part.name not in named and not part.name.startswith(MEDIA) for part in manifest.parts):
        raise BadArchive("The file is something else: it holds a table that its manifest does not name.")
    return told


async def _stage(database: Database, bundle: Bundle, kept: Kept, table: Table | None) -> tuple[str, ...]:
    """Fill one table, and say which columns it has; those that are missing are ones that may be."""
    reader = reader_of(kept, table or Table(kept.name, 0, tuple(kept.fields)))
    like = f"SELECT {', '.join(reader.columns)}, {key_text(database, 'NULL')} AS whole FROM {kept.name} LIMIT 0"  # noqa: S608 - names of our models
    await run(database, f"CREATE TEMPORARY TABLE {staging(kept)} AS {like}")
    if table is not None:
        rows = await _fill(database, bundle, reader)
        if rows != table.rows:
            raise BadArchive(f"The file is not whole: {kept.name} has another number of rows than it says.")
    if kept.key in reader.columns:
        await run(database, f"CREATE INDEX ix_{staging(kept)} ON {staging(kept)} ({kept.key})")
    await _join(database, kept)
    await run(database, f"CREATE INDEX ix_{staging(kept)}_whole ON {staging(kept)} (whole)")
    await run(database, f"ANALYZE {staging(kept)}")
    return reader.columns


async def _fill(database: Database, bundle: Bundle, reader: Reader) -> int:
    marks = ", ".join(
        f"${number}" if database.dialect is Dialect.POSTGRES else "?" for number in range(1, len(reader.columns) + 1)
    )
    insert = f"INSERT INTO {staging(reader.kept)} ({', '.join(reader.columns)}) VALUES ({marks})"  # noqa: S608 - names of our models
    lines = enumerate(lines_of(bundle.chunks(part_of(bundle.manifest, part_name(reader.kept.name)))), 1)
    rows = 0
    while some := await asyncio.to_thread(_next, reader, lines):
        await database.connection.execute_many(insert, some)
        rows += len(some)
    return rows


def _next(reader: Reader, lines: Iterator[tuple[int, bytes]]) -> list[list[object]]:
    return [reader.read(line, number) for number, line in islice(lines, _BATCH)]


async def _join(database: Database, kept: Kept) -> None:
    """Write down which whole every row is a part of."""
    owners = [
        f"(SELECT o.whole FROM {staging(BY_NAME[owner])} AS o WHERE o.{BY_NAME[owner].key} = {staging(kept)}.{column})"  # noqa: S608 - names of our models
        for column, owner in kept.part_of
    ]
    # COALESCE wants two; what is nothing changes nothing.
    whole = f"COALESCE({', '.join(owners)}, NULL)" if owners else key_text(database, kept.key)
    await run(database, f"UPDATE {staging(kept)} SET whole = {whole}")  # noqa: S608 - as above
    lost = await database.connection.execute_query_dict(
        f"SELECT count(*) AS rows FROM {staging(kept)} WHERE whole IS NULL"  # noqa: S608 - as above
    )
    if lost[0]["rows"]:
        raise BadArchive(f"The file is not whole: {lost[0]['rows']:,} rows of {kept.name} belong to nothing in it.")
