"""The publication that is listened to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from bench.newsroom import founded, manager_of
from cms.accounts.tokens import create_token
from cms.comments.bulk import BulkComment, add_comments
from cms.comments.models import CommentStatus
from cms.kernel.clock import now
from cms.kernel.database import open_database
from cms.kernel.events import EventType
from cms.kernel.ids import GlobalId, NodeType, parse_global_id
from cms.kernel.log_cursors import cursor_of
from cms.kernel.models import Event
from cms.kernel.viewer import SYSTEM, Scope
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.articles.world import a_public_article

_LONG: Final = "All that can be said of the harbour, and a little more. " * 80


@dataclass(frozen=True, slots=True)
class Newsroom:
    """What is listened to, and with which right.

    Attributes:
        article: its global id.
        cursor: where the log stands before anybody talks.
        comment: the global id of a long comment below it.
        waiting: the global ids of two comments that wait for a moderator.
        session: the secret of somebody who manages everything.
        tokens: the global ids of programs' tokens that may moderate, and their secrets.
    """

    article: str
    cursor: str
    comment: str
    waiting: Sequence[str]
    session: str = field(repr=False)
    tokens: Sequence[tuple[str, str]] = field(repr=False)

    @property
    def authorization(self) -> str:
        """How the manager says who they are."""
        return f"Bearer {self.session}"


async def prepare(url: str, tokens: int = 0) -> Newsroom:
    """Found a publication in an empty database: an article on which readers' comments are shown at once."""
    async with founded(url) as database:
        article = await a_public_article(database, "Talked about")
        rows = [BulkComment(article.id, _LONG, "Reader", now())]
        rows += [BulkComment(article.id, f"Wait {n}.", "Wren", now(), status=CommentStatus.PENDING) for n in (1, 2)]
        comment, *waiting = await add_comments(database, SYSTEM, rows)
        session = await manager_of(database)
        made = [
            await create_token(database, SYSTEM, f"Program {n}", [Scope.COMMENTS_MODERATE.value]) for n in range(tokens)
        ]
        last = await Event.all().order_by("-seq").first()
    secrets = [(str(GlobalId(NodeType.API_TOKEN, token.id)), secret) for token, secret in made]
    return Newsroom(
        str(GlobalId(NodeType.ARTICLE, article.id)),
        cursor_of(last.seq if last else 0),
        _comment(comment),
        [_comment(each) for each in waiting],
        session,
        secrets,
    )


async def told_of(url: str, article: str) -> list[tuple[int, str]]:
    """What a reader of an article should have been told: each comment that was shown, in the order of the log."""
    parsed = parse_global_id(article)
    assert parsed is not None  # noqa: S101 - it is one of ours
    async with open_database(url, MODEL_MODULES, MIGRATIONS):
        shown = Event.filter(type=EventType.COMMENT_APPROVED, article_id=parsed.key)
        return [(event.seq, _comment(event.node_id)) for event in await shown.order_by("seq")]


def _comment(key: UUID) -> str:
    return str(GlobalId(NodeType.COMMENT, key))
