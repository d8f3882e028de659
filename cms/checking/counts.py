"""Whether every count equals a recount.

The one thing to know: a count is mended by counting again, in the transaction and under the locks of whoever moves it,
so that it may be done while people write.
"""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Final
from uuid import UUID

import orjson

from cms.articles.counting import recount_everything
from cms.articles.models import Article
from cms.checking.rows import in_parts
from cms.comments.counting import lock_articles, recount_articles
from cms.comments.models import Reaction
from cms.kernel.checking import Fault, Ground, rehearsed
from cms.kernel.database import Database, Dialect

_CHOSEN: Final = {
    Dialect.SQLITE: "(SELECT value FROM json_each(?))",
    Dialect.POSTGRES: "(SELECT value::uuid FROM json_array_elements_text($1::text::json) AS value)",
}
_REACTIONS: Final = "(SELECT count(*) FROM comment_reaction AS r WHERE r.comment_id = comment.id{one})"
_COUNTED: Final = {
    "reaction_count": _REACTIONS.format(one=""),
    **{f"{each.value.lower()}_count": _REACTIONS.format(one=f" AND r.reaction = '{each.value}'") for each in Reaction},
    "flag_count": "(SELECT count(*) FROM comment_flag AS f WHERE f.comment_id = comment.id)",
}


async def articles_are_counted(ground: Ground) -> AsyncIterator[Fault]:
    """Lists of authors are sorted by their counts, and a count that is off by one stays so for ever."""
    mend = partial(recount_everything, ground.database)
    if wrong := await rehearsed(ground.database, mend):
        yield Fault(f"The articles of {wrong} authors or topics are miscounted.", mend)


async def comments_are_counted(ground: Ground) -> AsyncIterator[Fault]:
    """A thread that counts a reply too many asks for one that is not there."""
    async for some in in_parts(Article, "id"):
        mend = partial(_count_comments, ground.database, [article.id for article in some])
        if wrong := await rehearsed(ground.database, mend):
            yield Fault(f"{wrong} comments or articles from {some[0].id} on are miscounted.", mend)


async def voices_are_counted(ground: Ground) -> AsyncIterator[Fault]:
    """A comment stands among the best liked by its count, and among the reported ones by the other."""
    async for some in in_parts(Article, "id"):
        mend = partial(_count_voices, ground.database, [article.id for article in some])
        if wrong := await rehearsed(ground.database, mend):
            yield Fault(
                f"The reactions to, or reports of, {wrong} comments are miscounted, from {some[0].id} on.", mend
            )


async def _count_comments(database: Database, article_ids: Sequence[UUID]) -> int:
    await lock_articles(article_ids)
    return await recount_articles(database, article_ids)


async def _count_voices(database: Database, article_ids: Sequence[UUID]) -> int:
    # Whoever reacts or reports locks the comment alone: here both are kept out, by the update itself.
    assigned = ", ".join(f"{column} = {count}" for column, count in _COUNTED.items())
    differs = " OR ".join(f"{column} <> {count}" for column, count in _COUNTED.items())
    chosen = _CHOSEN[database.dialect]
    statement = f"UPDATE comment SET {assigned} WHERE article_id IN {chosen} AND ({differs})"  # noqa: S608 - constants only
    listed = orjson.dumps([str(key) for key in article_ids]).decode()
    return int((await database.connection.execute_query(statement, [listed]))[0])
