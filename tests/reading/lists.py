"""Every list of the API that has pages, as a test pages through it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from cms.kernel.ids import NodeType
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Viewer
from tests.reading.asking import Asker
from tests.reading.rows import gid

_PAGE = "first: $first, after: $after, last: $last, before: $before"
_PARTS = (
    "{ totalCount nodes { id } edges { cursor node { id } } "
    "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"
)
_DECLARED = "query($first: Int, $after: String, $last: Int, $before: String)"


@dataclass(frozen=True)
class Paged:
    """A list: what leads to it (`PAGE` stands where its arguments do), further arguments, who may read it."""

    around: str
    extra: str = ""
    viewer: Viewer = ANONYMOUS

    def __str__(self) -> str:
        who = "" if self.viewer is ANONYMOUS else "for editors"
        told = " ".join(part for part in (self.around, self.extra, who) if part)
        return told.replace("(PAGE)", "").replace("PAGE, ", "").replace(" PARTS", "")

    @property
    def text(self) -> str:
        """The operation for a page of it."""
        arguments = f"{_PAGE}, {self.extra}" if self.extra else _PAGE
        return f"{_DECLARED} {{ {self.around.replace('PAGE', arguments).replace('PARTS', _PARTS)} }}"

    async def page(self, ask: Asker, **arguments: Any) -> "Page":  # noqa: ANN401 - a size, a cursor
        """One page of it."""
        found = await ask(self.text, viewer=self.viewer, **arguments)
        while "pageInfo" not in found:
            found = next(iter(found.values()))
        return Page(found)


@dataclass(frozen=True)
class Page:
    """What a connection answered."""

    answer: dict[str, Any]

    @property
    def ids(self) -> list[str]:
        """The ids of its items."""
        return [node["id"] for node in self.answer["nodes"]]

    @property
    def cursors(self) -> list[str]:
        """The cursors of its items."""
        return [edge["cursor"] for edge in self.answer["edges"]]

    @property
    def total(self) -> int:
        """How many there are on all pages."""
        total: int = self.answer["totalCount"]
        return total

    @property
    def bounds(self) -> tuple[bool, bool]:
        """Whether something precedes the page, and whether something follows it."""
        info = self.answer["pageInfo"]
        return info["hasPreviousPage"], info["hasNextPage"]

    def check_parts(self) -> None:
        """Nodes, edges and cursors tell of the same items."""
        info = self.answer["pageInfo"]
        assert [edge["node"]["id"] for edge in self.answer["edges"]] == self.ids
        ends = (self.cursors[0], self.cursors[-1]) if self.cursors else (None, None)
        assert (info["startCursor"], info["endCursor"]) == ends


def _orders(fields: Sequence[str]) -> list[str]:
    return ["", *(f"orderBy: [{{field: {name}, direction: {way}}}]" for name, way in product(fields, ("ASC", "DESC")))]


ARTICLE_FIELDS = ("PUBLISHED_AT", "UPDATED_AT", "CREATED_AT", "TITLE", "COMMENT_COUNT")
_MIXED = [
    "orderBy: [{field: TITLE, direction: ASC}, {field: PUBLISHED_AT, direction: DESC}]",
    "orderBy: [{field: COMMENT_COUNT, direction: DESC}, {field: TITLE, direction: ASC}]",
    "orderBy: [{field: CREATED_AT, direction: ASC}, {field: COMMENT_COUNT}, {field: TITLE, direction: ASC}]",
]
ARTICLE_ORDERS = [*_orders(ARTICLE_FIELDS), *_MIXED]
COMMENT_ORDERS = ["", "orderBy: OLDEST_FIRST", "orderBy: NEWEST_FIRST", "orderBy: MOST_REACTIONS"]

_UNDER = {
    "author": 'author(by: {slug: "wren"}) { articles(PAGE) PARTS }',
    "topic": 'topic(by: {slug: "boats"}) { articles(PAGE) PARTS }',
    "disclaimer": 'disclaimer(by: {slug: "tide"}) { articles(PAGE) PARTS }',
    "comments": 'article(by: {slug: "tide"}) { comments(PAGE) PARTS }',
}
_REPLIES = f'comment(id: "{gid(NodeType.COMMENT, "c0")}") {{ replies(PAGE) PARTS }}'


def every_list() -> list[Paged]:
    """Each list in each of its orders."""
    articles = [
        Paged(around, order)
        for around in ("articles(PAGE) PARTS", _UNDER["author"], _UNDER["topic"])
        for order in ARTICLE_ORDERS
    ]
    authors = [Paged("authors(PAGE) PARTS", order) for order in _orders(["NAME", "CREATED_AT", "ARTICLE_COUNT"])]
    comments = [
        Paged(around, f"{order}{more}")
        for around, more in (
            ("comments(PAGE) PARTS", ""),
            (_UNDER["comments"], ""),
            (_UNDER["comments"], " threaded: false"),
            (_REPLIES, ""),
        )
        for order in COMMENT_ORDERS
    ]
    others = [
        Paged("topics(PAGE) PARTS"),
        Paged("disclaimers(PAGE) PARTS"),
        Paged(_UNDER["disclaimer"]),
        Paged('disclaimer(by: {slug: "tide"}) { versions(PAGE) PARTS }'),
    ]
    drafts = [Paged("articles(PAGE, perspective: DRAFT) PARTS", order, SYSTEM) for order in ARTICLE_ORDERS]
    editors = [
        Paged('author(by: {slug: "wren"}, perspective: DRAFT) { articles(PAGE) PARTS }', viewer=SYSTEM),
        Paged('topic(by: {slug: "boats"}, perspective: DRAFT) { articles(PAGE) PARTS }', viewer=SYSTEM),
        Paged('article(by: {slug: "tide"}) { revisions(PAGE) PARTS }', viewer=SYSTEM),
        Paged('article(by: {slug: "tide"}) { leadImage { media { usedBy(PAGE) PARTS } } }', viewer=SYSTEM),
        Paged("comments(PAGE) PARTS", viewer=SYSTEM),
    ]
    return [*articles, *authors, *comments, *others, *drafts, *editors]
