"""How many articles of an author or a topic readers can see now, kept in the author's and the topic's own row.

A count is never moved by one: it is counted again, with the row locked, so it is right whatever happened before. What
starts or ends by the clock alone is counted when a follower notices, or when anything else of that author changes.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

import orjson

from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect

_TABLES: Final = (("author", "publication_author"), ("topic", "publication_topic"))


async def recount(database: Database, author_ids: Collection[UUID], topic_ids: Collection[UUID]) -> None:
    """Count the public articles of these authors and topics again; part of the transaction that changed them."""
    for (table, listing), keys in zip(_TABLES, (author_ids, topic_ids), strict=True):
        if keys:
            listed = orjson.dumps(sorted(str(key) for key in keys)).decode()
            await _lock(database, table, listed)
            counted = _counted(database, table, listing)
            statement = f"UPDATE {table} SET article_count = {counted} WHERE id IN {_listed(database, 2)}"  # noqa: S608 - constants only
            await database.connection.execute_query(statement, [now(), listed])


async def recount_everything(database: Database) -> int:
    """Count everybody's public articles again.

    Returns:
        How many rows said something else; 0 means that nothing was wrong.
    """
    wrong = 0
    for table, listing in _TABLES:
        counted = _counted(database, table, listing)
        statement = f"UPDATE {table} SET article_count = {counted} WHERE article_count <> {counted}"  # noqa: S608 - constants only
        wrong += (await database.connection.execute_query(statement, [now()]))[0]
    return wrong


async def _lock(database: Database, table: str, listed: str) -> None:
    """In one order, so that two publications of the same two authors do not wait for each other."""
    if database.dialect is Dialect.POSTGRES:
        statement = f"SELECT id FROM {table} WHERE id IN {_listed(database, 1)} ORDER BY id FOR NO KEY UPDATE"  # noqa: S608 - constants only
        await database.connection.execute_query(statement, [listed])


def _counted(database: Database, table: str, listing: str) -> str:
    moment = "$1" if database.dialect is Dialect.POSTGRES else "?1"
    return (
        f"(SELECT count(*) FROM {listing} AS l WHERE l.{table}_id = {table}.id "  # noqa: S608 - constants only
        f"AND l.starts_at <= {moment} AND (l.ends_at IS NULL OR {moment} < l.ends_at))"
    )


def _listed(database: Database, place: int) -> str:
    """The ids of a JSON array that is bound at `place`."""
    if database.dialect is Dialect.POSTGRES:
        return f"(SELECT value::uuid FROM json_array_elements_text(${place}::text::json) AS value)"  # noqa: S608 - constants only
    return f"(SELECT value FROM json_each(?{place}))"  # noqa: S608 - constants only
