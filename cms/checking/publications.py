"""Whether what is public is public once, and found under everybody it belongs to."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Final
from uuid import UUID

from cms.checking.rows import name_of
from cms.kernel.checking import Fault, Ground, rehearsed
from cms.kernel.database import Database, Dialect
from cms.kernel.ids import NodeType

_OVERLAPS: Final = """
SELECT DISTINCT article_id FROM (
SELECT article_id, starts_at, lag(starts_at) OVER each_one AS began, lag(ends_at) OVER each_one AS ended
FROM publication WINDOW each_one AS (PARTITION BY article_id ORDER BY starts_at)) AS spans
WHERE began IS NOT NULL AND (ended IS NULL OR ended > starts_at) ORDER BY article_id
"""
#: By what an article is found, and where its revision says so.
_LISTINGS: Final = (
    ("publication_author", "revision_contributor", "author_id"),
    ("publication_topic", "revision_topic", "topic_id"),
)
_REPEATED: Final = ("article_id", "published_at", "starts_at", "ends_at")
_DIFFERS: Final = {Dialect.SQLITE: "IS NOT", Dialect.POSTGRES: "IS DISTINCT FROM"}


async def publications_follow_each_other(ground: Ground) -> AsyncIterator[Fault]:
    """Readers see one text of an article at a time; where two would be due, nobody can say which was meant."""
    for row in await ground.database.connection.execute_query_dict(_OVERLAPS):
        name = name_of(NodeType.ARTICLE, UUID(str(row["article_id"])))
        yield Fault(f"{name} is public twice at the same time.")


async def listings_repeat_their_publications(ground: Ground) -> AsyncIterator[Fault]:
    """Lists of authors, topics and disclaimers are read from them: an article would be listed and not be there."""
    mend = partial(_repeat, ground.database)
    if wrong := await rehearsed(ground.database, mend):
        yield Fault(f"{wrong} listings of publications say another time than their publication.", mend)
    for listing, named, key in _LISTINGS:
        for row in await ground.database.connection.execute_query_dict(_unlisted(listing, named, key)):
            name = name_of(NodeType.ARTICLE, UUID(str(row["article_id"])))
            yield Fault(f"{name} is not found under everybody and everything that it names: publish it again.")


async def _repeat(database: Database) -> int:
    """Let every listing say what its publication says.

    Returns:
        How many said something else.
    """
    differs = " OR ".join(f"p.{column} {_DIFFERS[database.dialect]} own.{column}" for column in _REPEATED)
    wrong = 0
    for table in ("publication_author", "publication_topic", "publication_disclaimer"):
        assigned = ", ".join(
            f"{column} = (SELECT p.{column} FROM publication AS p WHERE p.id = own.publication_id)"  # noqa: S608 - constants only
            for column in _REPEATED
        )
        statement = (
            f"UPDATE {table} AS own SET {assigned} WHERE EXISTS "  # noqa: S608 - constants only
            f"(SELECT 1 FROM publication AS p WHERE p.id = own.publication_id AND ({differs}))"
        )
        wrong += int((await database.connection.execute_query(statement))[0])
    return wrong


def _unlisted(listing: str, named: str, key: str) -> str:
    return (
        f"SELECT DISTINCT p.article_id AS article_id FROM publication AS p JOIN {named} AS n "  # noqa: S608 - constants only
        f"ON n.revision_id = p.revision_id WHERE NOT EXISTS (SELECT 1 FROM {listing} AS l "
        f"WHERE l.publication_id = p.id AND l.{key} = n.{key}) ORDER BY article_id"
    )
