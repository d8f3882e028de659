"""What moderators teach: from their decisions a model is worked out by which the next comments are scored.

The one thing to know: a model is made anew each time, of the comments as they are now and the last decision about each.
So what was undone, edited or erased needs no care: it is not in the next model. What is kept of a comment is how often
the numbers of its traits were seen, and no word.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
import structlog

from cms.articles.known import chunks
from cms.comments.models import Comment, ModerationAction, ModerationDecision, SpamModel
from cms.comments.scoring import Counting, Model
from cms.comments.traits import Remark, traits_of
from cms.kernel.database import Database, transaction
from cms.kernel.ids import new_id

#: How often it is asked whether there is anything new to learn.
EVERY: Final = timedelta(minutes=1)
#: Lessons of each kind; of each by itself, so that a night of spam does not push out all that readers said.
MOST_LESSONS: Final = 2_500
_BATCH: Final = 100

# Newest first, by the primary key, so that it ends when there are enough. The last decision of a person counts: who
# approved and then held a comment teaches nothing.
_LESSONS: Final = """
SELECT d.comment_id AS comment_id
FROM moderation_decision AS d JOIN comment AS c ON c.id = d.comment_id
WHERE NOT d.automatic AND d.action = '{action}' AND c.erased_at IS NULL AND c.user_id IS NULL
AND NOT EXISTS (
    SELECT 1 FROM moderation_decision AS l WHERE l.comment_id = d.comment_id AND NOT l.automatic AND l.id > d.id
)
ORDER BY d.id DESC LIMIT {most}
"""
_TEACHING: Final = {ModerationAction.MARK_SPAM: True, ModerationAction.APPROVE: False}

_COLUMNS: Final = ("id", "author_name", "author_email", "author_url", "body_text", "body_blocks")

log = structlog.get_logger()


class _Kept:
    """The model that this process read last."""

    id: UUID | None = None
    model: Model | None = None


_kept = _Kept()


async def newest_model() -> Model | None:
    """The newest model; None before there was any. It is read when there is another, and remembered until then."""
    newest = await _newest()
    if newest is None:
        return None
    if newest.id != _kept.id:
        stored = await SpamModel.get_or_none(id=newest.id)
        if stored is None:
            return _kept.model  # Another one took its place in between; the next comment is scored by that.
        _kept.id, _kept.model = stored.id, Model.from_json(stored.weights)
    return _kept.model


async def _newest() -> SpamModel | None:
    """Which is the newest; its weights, which are long, are not read."""
    return await SpamModel.all().order_by("-created_at", "-id").only("id").first()


class Lessons:
    """Learns when people decided since, once a minute at most. Several processes may do it at once."""

    def __init__(self) -> None:
        self._next: datetime | None = None

    async def __call__(self, database: Database, moment: datetime) -> datetime:
        """Learn, if it is time to and there is anything to learn; when to look again."""
        # Not longer than a minute ahead: else a clock that is set back would stop it.
        if self._next is None or not moment < self._next <= moment + EVERY:
            if await _is_taught():
                await learn(database, moment)
            self._next = moment + EVERY
        return self._next


async def _is_taught() -> bool:
    """Whether a person decided since the newest model was begun.

    What another machine was writing down at that moment may be overlooked; it is learned with the next decision.
    """
    newest = await _newest()
    decisions = ModerationDecision.filter(automatic=False)
    return await (decisions.filter(id__gt=newest.id) if newest else decisions).exists()


async def learn(database: Database, moment: datetime) -> Model:
    """Work the model out and store it in place of those before it.

    Nothing is locked meanwhile, and no more than a hundred comments are in memory at a time.
    """
    # Its key is made first, so that a decision with a later one was not looked at.
    key, counting = new_id(), Counting()
    for action, is_spam in _TEACHING.items():
        for some in chunks(await _lessons(database, action), _BATCH):
            remarks = [_remark_of(comment) for comment in await Comment.filter(id__in=some).only(*_COLUMNS)]
            # In a thread: a hundred long comments take as long as a hundred requests.
            await asyncio.to_thread(_count, counting, remarks, is_spam=is_spam)
    model = counting.model()
    lessons = model.spam + model.real
    async with transaction(database):
        await SpamModel.create(id=key, created_at=moment, lessons=lessons, weights=model.to_json())
        await SpamModel.exclude(id=key).delete()
    log.info("learned from moderators", spam=model.spam, real=model.real)
    return model


async def _lessons(database: Database, action: ModerationAction) -> Sequence[UUID]:
    statement = _LESSONS.format(action=action.value, most=MOST_LESSONS)
    rows = await database.connection.execute_query_dict(statement)
    return [UUID(str(row["comment_id"])) for row in rows]


def _count(counting: Counting, remarks: Sequence[Remark], *, is_spam: bool) -> None:
    for remark in remarks:
        counting.add(traits_of(remark), is_spam=is_spam)


def _remark_of(comment: Comment) -> Remark:
    return Remark(
        text=comment.body_text,
        links=tuple(_links(orjson.loads(comment.body_blocks))),
        name=comment.author_name,
        url=comment.author_url,
        email=comment.author_email,
    )


def _links(blocks: Sequence[dict[str, Any]]) -> list[str]:
    marks = [mark for block in blocks for mark in block.get("markDefs", ())]
    return [mark["href"] for mark in marks if "href" in mark]
