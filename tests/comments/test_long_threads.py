"""A thousand comments, four levels deep, walked through page by page while others arrive and go."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from cms.app import open_reader
from cms.articles.models import Article
from cms.comments.actions import moderate_comments
from cms.comments.bulk import BulkComment, add_comments
from cms.comments.models import Comment, CommentStatus, ModerationAction, Reaction
from cms.comments.responding import react_to_comment
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import ANONYMOUS, SYSTEM
from tests.comments.world import DAY, NOON, make_article, make_site, say
from tests.reading.asking import MEDIA_URL, Asker, asker

pytestmark = pytest.mark.asyncio

SIZE, PAGE, LEVELS = 1_000, 15, 4
#: Of the comments that answer one article or one comment.
BREADTH = 130
ORDERS = ("OLDEST_FIRST", "NEWEST_FIRST", "MOST_REACTIONS")
_LIST = (
    "(first: $first, after: $after, last: $last, before: $before, orderBy: ORDER) "
    "{ nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"
)
_DECLARED = "query($id: ID!, $first: Int, $after: String, $last: Int, $before: String)"
_NESTED = """query($id: ID!) { article(by: {id: $id}) { comments(first: 20) { nodes { id replyCount
  replies { nodes { id replies { nodes { id replies { nodes { id } } } } } } } } } }"""


@dataclass
class Thread:
    """The comments of one article, and what happens to them.

    Attributes:
        levels: for each depth the comment, or at first the article, whose direct answers are many; and those.
        touched: whatever did not stay as it was.
    """

    database: Database
    article: Article
    random: Random
    levels: list[tuple[GlobalId, list[UUID]]]
    touched: set[UUID] = field(default_factory=set)
    _said: int = 0

    async def live(self) -> None:
        """Somebody writes, a moderator shows one and takes another away, somebody reacts: on every level."""
        for above, _ in self.levels:
            parent = above.key if above.type is NodeType.COMMENT else None
            self._said += 1
            # Some come late: what was held elsewhere takes the place of when it was written.
            at = NOON + timedelta(minutes=self.random.choice([self._said, -self._said]))
            said = await say(self.database, self.article, f"Number {self._said}.", parent_id=parent, at=at)
            self.touched.add(said.id)
        await self._decide(ModerationAction.APPROVE, CommentStatus.PENDING)
        await self._decide(ModerationAction.REMOVE, CommentStatus.APPROVED)
        await self._react()

    async def _decide(self, action: ModerationAction, status: CommentStatus) -> None:
        chosen = [await self._any(siblings, status) for _, siblings in self.levels]
        self.touched.update(chosen)
        await moderate_comments(self.database, SYSTEM, chosen, action)

    async def _react(self) -> None:
        for _, siblings in self.levels:
            comment_id = await self._any(siblings, CommentStatus.APPROVED)
            self.touched.add(comment_id)
            reader, address = f"a reader of {comment_id}", f"198.51.{self.random.randrange(256)}.7"
            with clock.at(NOON):
                await react_to_comment(self.database, ANONYMOUS, comment_id, Reaction.LIKE, reader, address=address)

    async def _any(self, siblings: Sequence[UUID], status: CommentStatus) -> UUID:
        """One of them that stands so; not the one under which a walk goes on."""
        kept = {above.key for above, _ in self.levels}
        standing = Comment.filter(id__in=siblings, status=status).values_list("id", flat=True)
        found = sorted({UUID(str(key)) for key in await standing} - kept)
        return self.random.choice(found)


async def grow(database: Database, random: Random) -> Thread:
    """An article with its thousand comments, on each level one that many answer; one in four waits for a moderator."""
    await make_site(comments_required_fields=[], comments_max_depth=LEVELS - 1)
    article = await make_article()
    rows: list[BulkComment] = []

    def add(above: BulkComment | None, *, may_wait: bool = True) -> BulkComment:
        # Many share a moment: then the ids decide.
        at = NOON - DAY + timedelta(minutes=random.randrange(200))
        status = CommentStatus.PENDING if may_wait and random.random() < 1 / 4 else CommentStatus.APPROVED
        parent_id = above.id if above else None
        row = BulkComment(article.id, f"Said {len(rows)}.", "Wren", at, parent_id=parent_id, status=status)
        rows.append(row)
        return row

    above: BulkComment | None = None
    node, levels = GlobalId(NodeType.ARTICLE, article.id), []
    others: list[BulkComment] = []
    for _ in range(LEVELS):
        siblings = [add(above, may_wait=number > 0) for number in range(BREADTH)]
        levels.append((node, [row.id for row in siblings]))
        above, others = siblings[0], [*others, *(siblings[1:] if len(levels) < LEVELS else [])]
        node = GlobalId(NodeType.COMMENT, above.id)
    while len(rows) < SIZE:
        add(random.choice([row for row in others if row.status is CommentStatus.APPROVED]))
    await add_comments(database, SYSTEM, rows)
    for count in range(4):
        some = [row.id for row in rows if random.randrange(4) == count]
        await Comment.filter(id__in=some).update(reaction_count=count, like_count=count)
    return Thread(database, article, random, levels)


class Walk:
    """Somebody who goes through one list, forwards or backwards, a page at a time."""

    def __init__(self, above: GlobalId, order: str, *, forwards: bool) -> None:
        self.above, self.order, self.forwards = above, order, forwards
        self.met: list[UUID] = []
        self.is_done = False
        self._cursor: str | None = None
        around = "article(by: {id: $id}) { comments" if above.type is NodeType.ARTICLE else "comment(id: $id) { replies"
        self._query = f"{_DECLARED} {{ {around}{_LIST.replace('ORDER', order)} }} }}"

    async def step(self, ask: Asker) -> None:
        """The next page, in one statement."""
        size, place = ("first", "after") if self.forwards else ("last", "before")
        asked: dict[str, Any] = {"id": str(self.above), size: PAGE, place: self._cursor}
        before = len(ask.runner.sent)
        answer = await ask(self._query, at=NOON + DAY, **asked)
        assert len(ask.runner.sent) == before + 1
        page = next(iter(next(iter(answer.values())).values()))
        ids = [UUID(node["id"].partition("_")[2]) for node in page["nodes"]]
        info = page["pageInfo"]
        self.met = self.met + ids if self.forwards else ids + self.met
        self.is_done = not info["hasNextPage" if self.forwards else "hasPreviousPage"]
        self._cursor = info["endCursor" if self.forwards else "startCursor"]


async def sorted_ids(ids: Sequence[UUID], order: str) -> list[UUID]:
    """Those that readers see, as the list in this order has them."""
    rows = [row for row in await Comment.filter(id__in=ids) if row.is_listed]
    if order == "MOST_REACTIONS":
        return [row.id for row in sorted(rows, key=lambda row: (row.reaction_count, row.id), reverse=True)]
    return [row.id for row in sorted(rows, key=lambda row: (row.created_at, row.id), reverse=order == "NEWEST_FIRST")]


async def test_nothing_unchanged_is_skipped_or_repeated(database: Database) -> None:
    """Readers of a lively discussion would miss comments, or meet them again and again."""
    thread = await grow(database, Random(11))  # noqa: S311 - to repeat a thread, not to hide it
    assert await Comment.filter(article_id=thread.article.id).count() == SIZE
    at_first = {above: await sorted_ids(siblings, ORDERS[0]) for above, siblings in thread.levels}
    walks = [
        Walk(above, order, forwards=forwards)
        for above, _ in thread.levels
        for order in ORDERS
        for forwards in (True, False)
    ]
    async with open_reader(database, MEDIA_URL) as reader:
        ask = asker(reader)
        rounds = 0
        while pending := [walk for walk in walks if not walk.is_done]:
            for walk in pending:
                await walk.step(ask)
            await thread.live()
            rounds += 1

        before = len(ask.runner.sent)
        nested = await ask(_NESTED, at=NOON + DAY, id=str(thread.levels[0][0]))
        assert len(ask.runner.sent) == before + 1

    # What is there walks away from whoever walks, and yet every walk ends.
    assert BREADTH // PAGE <= rounds <= 2 * BREADTH // PAGE
    for walk in walks:
        counts = Counter(walk.met)
        unchanged = set(at_first[walk.above]) - thread.touched
        assert len(unchanged) > BREADTH // 3
        assert {key: counts[key] for key in unchanged} == dict.fromkeys(unchanged, 1)
        expected = await sorted_ids(list(unchanged), walk.order)
        assert [key for key in walk.met if key in unchanged] == expected
        if walk.order != "MOST_REACTIONS":
            # When it was written never changes: here not even what came and went is met twice.
            assert set(counts.values()) == {1}
    roots = nested["article"]["comments"]["nodes"]
    assert len(roots) == 20
    assert all(len(root["replies"]["nodes"]) == min(5, root["replyCount"]) for root in roots)
