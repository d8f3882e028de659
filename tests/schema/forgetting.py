"""A world in which nothing hidden ever was: what readers are answered there, they are to be answered everywhere.

The one thing to know: rows go, and what still points at them points at nothing. So this asks of the reader what no list
of hidden things could: that no count, order, page or null depends on any of them.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing

import asyncpg

from cms.kernel.ids import NodeType
from cms.reading.vocabulary import Perspective
from tests.schema.canaries import Dyed
from tests.schema.whose import NODES

#: What goes with the row that it belongs to, owners first.
_OWNED = {
    "article_slug": ("article", "article_id"),
    "revision_contributor": ("article_revision", "revision_id"),
    "revision_topic": ("article_revision", "revision_id"),
    "revision_disclaimer": ("article_revision", "revision_id"),
    "publication": ("article_revision", "revision_id"),
    "publication_author": ("publication", "publication_id"),
    "publication_topic": ("publication", "publication_id"),
    "publication_disclaimer": ("publication", "publication_id"),
    "comment_reaction": ("comment", "comment_id"),
}
#: What readers see nothing of.
_PRIVATE = ("review", "comment_flag", "moderation_decision", "screening_signal", "consent", "reply_subscription")
_READERS: frozenset[object] = frozenset()


async def forget(url: str, dyed: Dyed) -> None:
    """Take out of the database at `url` every row that readers may not know of."""
    gone = {table: ", ".join(f"'{key}'" for key in keys) for table, keys in _hidden(dyed).items() if keys}
    script = ";".join(f"DELETE FROM {table} WHERE id IN ({keys})" for table, keys in gone.items())
    if url.startswith("sqlite://"):
        # Foreign keys hold where they are asked to, and nobody asks here.
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as opened:
            opened.executescript(script)
        return
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"SET session_replication_role = replica; {script}")
    finally:
        await connection.close()


def _hidden(dyed: Dyed) -> dict[str, Iterable[object]]:
    """The keys of the rows that go, by table."""
    gone: dict[str, set[object]] = {table: set(dyed.tables[table]) for table in _PRIVATE}
    for node_type, table in NODES.items():
        hidden = dyed.hidden(node_type, frozenset(), Perspective.PUBLISHED)
        if node_type is NodeType.ARTICLE_REVISION:
            # Nobody finds these by their ids; of some, readers see what they say.
            hidden = dyed.unmatched(table, frozenset(), Perspective.PUBLISHED)
        gone[table] = {row["id"] for row in hidden}
    for table, (owner, column) in _OWNED.items():
        gone[table] = {key for key, row in dyed.tables[table].items() if row[column] in gone[owner]}
    return {table: sorted(keys, key=str) for table, keys in gone.items()}
