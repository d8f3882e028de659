"""Many comments at once, for importers and for large sets of samples.

Each is checked as a single one is, by the same code; a refusal names its row, and then none of them is stored. What
only concerns somebody who writes now is not asked: whether comments are open, what the form requires, terms, screening.
They keep their own times, were moderated elsewhere, and bring no consent.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from cms.articles.models import Article
from cms.comments.bodies import Body, read_body
from cms.comments.counting import lock_articles, recount_articles
from cms.comments.drafts import Guest
from cms.comments.models import Comment, CommentStatus
from cms.comments.moderation import Incoming, refuse
from cms.comments.places import PARENT_PATH, the_site, too_deep
from cms.comments.policy import CommentPolicy, policy_of
from cms.comments.records import columns_of
from cms.comments.writers import Writer, read_guest
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.errors import DomainError, NotFound
from cms.kernel.events import EventType, NewEvent, append_events
from cms.kernel.guards import require
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.inputs import moment
from cms.kernel.viewer import Scope, Viewer

T = TypeVar("T")

_PART = 1_000
_COUNTERS = (
    "reply_count",
    "reaction_count",
    "like_count",
    "helpful_count",
    "thanks_count",
    "flag_count",
)
_Source = tuple[str | None, str | None]
_Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BulkComment:
    """A comment that was written elsewhere, or is made up.

    Attributes:
        id: made here so that replies in the same call can name it.
        parent_id: a comment that is stored, or stands earlier in the call.
        source: where it comes from; with `source_id` given, a row that is here already is left as it is.
    """

    article_id: UUID
    body: str
    name: str
    created_at: datetime
    _: KW_ONLY
    id: UUID = field(default_factory=new_id)
    parent_id: UUID | None = None
    email: str | None = None
    url: str | None = None
    status: CommentStatus = CommentStatus.APPROVED
    by_contributor: bool = False
    edited_at: datetime | None = None
    source: str | None = None
    source_id: str | None = None


class _Spot(NamedTuple):
    """Where a comment stands, for those below it."""

    article_id: UUID
    root_id: UUID
    depth: int


async def add_comments(database: Database, viewer: Viewer, rows: Sequence[BulkComment]) -> list[UUID]:
    """Store all of `rows`, or none.

    Args:
        database: the open database.
        viewer: a moderator.
        rows: parents before their replies.

    Returns:
        The comments' ids in the order of `rows`; where a source was taken before, the id it has here.

    Raises:
        NotAllowed: the viewer is no moderator.
        DomainError: as for a single comment, with `("rows", "<index>", ...)` before its path.
    """
    require(viewer, Scope.COMMENTS_MODERATE)
    reading = await _Reading.begin(rows)
    comments = reading.columns(rows)
    async with transaction(database):
        await _store(database, viewer.actor, comments)
    return reading.ids(rows)


class _Reading:
    """What is known while rows are read: the rules of their articles, the comments above them, those here already."""

    def __init__(
        self, policies: Mapping[UUID, CommentPolicy], spots: dict[UUID, _Spot], taken: Mapping[_Source, UUID]
    ) -> None:
        self._policies = policies
        self._spots = spots
        self._taken = taken
        self._known_as: dict[UUID, UUID] = {}

    @classmethod
    async def begin(cls, rows: Sequence[BulkComment]) -> "_Reading":
        """Look up what the rows refer to."""
        taken = await _taken_before(rows)
        above = {row.parent_id for row in rows if row.parent_id} | set(taken.values())
        return cls(await _policies({row.article_id for row in rows}), await _spots(above), taken)

    def columns(self, rows: Sequence[BulkComment]) -> list[_Columns]:
        """The rows as they will be stored, without those that are here already."""
        read = (self._columns(index, row) for index, row in enumerate(rows))
        return [columns for columns in read if columns is not None]

    def ids(self, rows: Sequence[BulkComment]) -> list[UUID]:
        """The ids that the rows have here."""
        return [self._known_as.get(row.id, row.id) for row in rows]

    def _columns(self, index: int, row: BulkComment) -> _Columns | None:
        here = self._taken.get((row.source, row.source_id))
        if here is not None:
            self._known_as[row.id] = here
            return None
        try:
            return self._checked(row)
        except DomainError as error:
            error.path = ("rows", str(index), *error.path)
            raise

    def _checked(self, row: BulkComment) -> _Columns:
        policy = self._policies.get(row.article_id)
        if policy is None:
            raise NotFound("There is no such article.", ("articleId",))
        writer, body = _read_guest(row.name, row.email, row.url), _read_body(row.body, policy.max_length)
        length, text = policy.max_length, body.rendered.text
        refuse(Incoming(typed=body.typed, text=text, name=writer.name, max_length=length))
        parent_id, above = self._parent(row, policy)
        self._spots[row.id] = _below(row, above)
        return {**_standing(row, parent_id, above), **columns_of(writer, body)}

    def _parent(self, row: BulkComment, policy: CommentPolicy) -> tuple[UUID | None, _Spot | None]:
        if row.parent_id is None:
            return None, None
        parent_id = self._known_as.get(row.parent_id, row.parent_id)
        above = self._spots.get(parent_id)
        if above is None or above.article_id != row.article_id:
            raise NotFound("Its parent is neither stored under its article nor earlier in the call.", PARENT_PATH)
        if above.depth >= policy.max_depth:
            raise too_deep()
        return parent_id, above


def _below(row: BulkComment, above: _Spot | None) -> _Spot:
    return _Spot(row.article_id, above.root_id if above else row.id, above.depth + 1 if above else 0)


def _standing(row: BulkComment, parent_id: UUID | None, above: _Spot | None) -> _Columns:
    """Whose a comment is, where it stands and since when, as its columns."""
    created_at = moment(row.created_at, ("createdAt",))
    edited_at = moment(row.edited_at, ("editedAt",)) if row.edited_at else None
    return {
        "id": row.id,
        "article_id": row.article_id,
        "parent_id": parent_id,
        "root_id": above.root_id if above else None,
        "depth": above.depth + 1 if above else 0,
        "version": 1,
        "status": row.status.value,
        "is_listed": row.status is CommentStatus.APPROVED,
        "by_contributor": row.by_contributor,
        "created_at": created_at,
        "updated_at": edited_at or created_at,
        "edited_at": edited_at,
        "source": row.source,
        "source_id": row.source_id,
    }


@lru_cache(maxsize=1024)
def _read_body(typed: str, max_chars: int) -> Body:
    """Made-up comments repeat each other, and nothing takes longer than reading one."""
    return read_body(typed, max_chars)


@lru_cache(maxsize=8192)
def _read_guest(name: str, address: str | None, url: str | None) -> Writer:
    """Whoever comments comments again. Nothing is required of people who cannot be asked any more."""
    return read_guest(Guest(name, address, url), frozenset())


async def _policies(articles: Collection[UUID]) -> dict[UUID, CommentPolicy]:
    """The policy of each article that is there. Closing times do not matter here."""
    site = await the_site()
    return {
        article.id: policy_of(site, article, article.created_at, None)
        for part in _parts(sorted(articles))
        for article in await Article.filter(id__in=part, deleted_at__isnull=True)
    }


async def _spots(ids: Collection[UUID]) -> dict[UUID, _Spot]:
    spots: dict[UUID, _Spot] = {}
    for part in _parts(sorted(ids)):
        stored = await Comment.filter(id__in=part).values_list("id", "article_id", "root_id", "depth")
        spots |= {key: _Spot(article_id, root_id or key, depth) for key, article_id, root_id, depth in stored}
    return spots


async def _taken_before(rows: Sequence[BulkComment]) -> dict[_Source, UUID]:
    wanted: dict[str | None, list[str]] = {}
    for row in rows:
        if row.source_id is not None:
            wanted.setdefault(row.source, []).append(row.source_id)
    return {
        (source, source_id): key
        for source, source_ids in wanted.items()
        for part in _parts(source_ids)
        for key, source_id in await Comment.filter(source=source, source_id__in=part).values_list("id", "source_id")
    }


async def _store(database: Database, actor: str, comments: Sequence[_Columns]) -> None:
    """Insert in parts, then count from nothing: it costs less than counting each.

    The statement is written here: through the model, making 50,000 rows took as long as reading their texts.
    """
    articles = sorted({columns["article_id"] for columns in comments})
    for part in _parts(articles):
        await lock_articles(part)
    for chunk in _parts(comments):
        rows = [list(columns.values()) for columns in chunk]
        await database.connection.execute_many(_insert(database.dialect, list(chunk[0])), rows)
        await append_events(database, actor, [_posting_of(columns) for columns in chunk])
    for part in _parts(articles):
        await recount_articles(database, part)


def _insert(dialect: Dialect, names: Sequence[str]) -> str:
    """The statement for rows with these columns, which are our own; the counters begin at nothing."""
    marks = [f"${number}" if dialect is Dialect.POSTGRES else "?" for number in range(1, len(names) + 1)]
    columns, values = ", ".join([*names, *_COUNTERS]), ", ".join([*marks, *("0" for _ in _COUNTERS)])
    return f"INSERT INTO comment ({columns}) VALUES ({values})"  # noqa: S608 - names from our models


def _posting_of(comment: _Columns) -> NewEvent:
    payload = {"status": comment["status"], "imported": True}
    return NewEvent(EventType.COMMENT_POSTED, GlobalId(NodeType.COMMENT, comment["id"]), comment["article_id"], payload)


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """`items` in parts of at most 1,000: databases limit the parameters of one statement."""
    return (items[start : start + _PART] for start in range(0, len(items), _PART))
