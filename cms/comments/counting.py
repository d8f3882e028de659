"""What readers see of threads, in numbers: which comments are listed, how many replies each has, how many in all.

A comment is listed while it is approved, or while something below it is: then it stands as a tombstone. `reply_count`
counts direct replies that are listed; an article's `comment_count` counts approved comments, tombstones apart.

The one thing to know: whoever changes any of it holds the lock of the article's row, taken with `lock_articles`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

from tortoise.expressions import F

from cms.articles.models import Article
from cms.comments.models import Comment, CommentStatus
from cms.kernel.database import Database, Dialect, transaction

_APPROVED = CommentStatus.APPROVED
_STANDING = ("status", "is_listed", "reply_count", "version", "updated_at")


async def lock_articles(ids: Iterable[UUID]) -> dict[UUID, Article]:
    """The articles by id, each locked until the transaction ends; those that do not exist are left out.

    FOR NO KEY UPDATE: it excludes other writers of threads, and not those who only refer to the article by a foreign
    key. In the order of their ids: two moderators with the same articles in another order would wait for each other.
    """
    chosen = Article.filter(id__in=sorted(set(ids))).order_by("id")
    return {article.id: article async for article in chosen.select_for_update(no_key=True)}


class Threads:
    """Comments in memory while their standing changes, together with all above them; `save` writes what did change."""

    def __init__(self, comments: Iterable[Comment]) -> None:
        self._comments = {comment.id: comment for comment in comments}
        self._changed: set[UUID] = set()
        self._approved: Counter[UUID] = Counter()

    @classmethod
    async def load(cls, ids: Sequence[UUID]) -> "Threads":
        """The comments of `ids` and their ancestors; one statement for each step towards the roots."""
        found: dict[UUID, Comment] = {}
        wanted = set(ids)
        while wanted:
            level = await Comment.filter(id__in=sorted(wanted))
            found |= {comment.id: comment for comment in level}
            wanted = {comment.parent_id for comment in level if comment.parent_id} - found.keys()
        return cls(found.values())

    def __getitem__(self, comment_id: UUID) -> Comment:
        return self._comments[comment_id]

    def set_status(self, comment: Comment, status: CommentStatus) -> None:
        """Give `comment` its status, and everything above it and its article what follows from that."""
        self._approved[comment.article_id] += (status is _APPROVED) - (comment.status is _APPROVED)
        comment.status = status
        self._changed.add(comment.id)
        self._relist(comment)

    def _relist(self, comment: Comment) -> None:
        """List or unlist `comment` as its status and its replies say, and go up while that changes something."""
        is_listed = comment.status is _APPROVED or comment.reply_count > 0
        if is_listed == comment.is_listed:
            return
        comment.is_listed = is_listed
        self._changed.add(comment.id)
        if comment.parent_id is not None:
            parent = self._comments[comment.parent_id]
            parent.reply_count += 1 if is_listed else -1
            self._changed.add(parent.id)
            self._relist(parent)

    async def save(self) -> None:
        """Write the comments and the articles that changed, in the order of their ids."""
        for comment_id in sorted(self._changed):
            await self._comments[comment_id].save(update_fields=_STANDING)
        for article_id in sorted(self._approved):
            if change := self._approved[article_id]:
                await Article.filter(id=article_id).update(comment_count=F("comment_count") + change)


async def count_in(comment: Comment) -> None:
    """Count a comment that was just stored as approved. Its parent is approved, and so listed already."""
    if comment.parent_id is not None:
        await Comment.filter(id=comment.parent_id).update(reply_count=F("reply_count") + 1)
    await Article.filter(id=comment.article_id).update(comment_count=F("comment_count") + 1)


_CHOSEN = {Dialect.SQLITE: "IN (SELECT value FROM json_each(?1))", Dialect.POSTGRES: "= ANY($1::uuid[])"}
_DEPTH = {Dialect.SQLITE: "?2", Dialect.POSTGRES: "$2"}
_LISTED_REPLIES = "(SELECT COUNT(*) FROM comment AS r WHERE r.parent_id = comment.id AND (r.is_listed))"
_RECOUNT_LEVEL = f"""
UPDATE comment
SET reply_count = {_LISTED_REPLIES}, is_listed = (status = 'APPROVED' OR {_LISTED_REPLIES} > 0)
WHERE article_id [CHOSEN] AND depth = [DEPTH]
AND (reply_count <> {_LISTED_REPLIES} OR is_listed <> (status = 'APPROVED' OR {_LISTED_REPLIES} > 0))
"""  # noqa: S608 - constants only
# CASE, not WHERE: without statistics SQLite would rather walk the index by status than the one by article.
_APPROVED_COMMENTS = (
    "(SELECT COUNT(CASE WHEN c.status = 'APPROVED' THEN 1 END) FROM comment AS c WHERE c.article_id = article.id)"
)
_RECOUNT_ARTICLES = f"""
UPDATE article SET comment_count = {_APPROVED_COMMENTS}
WHERE id [CHOSEN] AND comment_count <> {_APPROVED_COMMENTS}
"""  # noqa: S608 - constants only
_DEEPEST = "SELECT MAX(depth) AS depth FROM comment WHERE article_id [CHOSEN]"


async def recount(database: Database, article_id: UUID) -> int:
    """Count an article's threads from nothing and mend what is wrong; the number of rows that were."""
    async with transaction(database):
        await lock_articles([article_id])
        return await recount_articles(database, [article_id])


async def recount_articles(database: Database, ids: Sequence[UUID]) -> int:
    """As `recount`, for any number of articles whose rows are locked, from the deepest replies upwards."""
    chosen = _as_parameter(database, ids)
    deepest = await _rows(database, _DEEPEST, [chosen])
    mended = 0
    for depth in range(deepest[0]["depth"] or 0, -1, -1):
        mended += await _run(database, _RECOUNT_LEVEL, [chosen, depth])
    return mended + await _run(database, _RECOUNT_ARTICLES, [chosen])


def _as_parameter(database: Database, ids: Sequence[UUID]) -> object:
    if database.dialect is Dialect.POSTGRES:
        return list(ids)
    return "[" + ",".join(f'"{key}"' for key in ids) + "]"


def _spoken(database: Database, sql: str) -> str:
    return sql.replace("[CHOSEN]", _CHOSEN[database.dialect]).replace("[DEPTH]", _DEPTH[database.dialect])


async def _rows(database: Database, sql: str, values: list[object]) -> Sequence[dict[str, int | None]]:
    return (await database.connection.execute_query(_spoken(database, sql), values))[1]


async def _run(database: Database, sql: str, values: list[object]) -> int:
    return (await database.connection.execute_query(_spoken(database, sql), values))[0]
