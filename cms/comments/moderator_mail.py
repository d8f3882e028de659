"""The letter that tells a moderator what waits: composed when it is due, from the queue as it stands then.

The one thing to know: nothing in it is remembered from what asked for it. Where the queue was emptied meanwhile there
is no letter, and whoever lost the right to moderate gets none.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from tortoise.queryset import QuerySet

from cms.accounts.models import User
from cms.comments.letter_jobs import DIGEST, taken_off
from cms.comments.letters import Queue, Waiting, digest
from cms.comments.models import Comment, CommentFlag, CommentStatus, ModerationAction, ModerationDecision
from cms.comments.notifying import MODERATING
from cms.comments.places import the_site
from cms.kernel.database import Database, transaction
from cms.kernel.jobs import Claim
from cms.kernel.mail import send_mail

#: How many comments of each kind a letter shows.
SHOWN: Final = 5

# A report is open until a person decided about its comment; what a rule decides answers no reader. The last decision
# counts, so that a comment reported again after it is looked at again.
_REPORTED: Final = (
    "SELECT f.comment_id AS id, min(f.created_at) AS since FROM comment_flag AS f "
    "JOIN comment AS c ON c.id = f.comment_id JOIN article AS a ON a.id = c.article_id "
    "WHERE c.status = 'APPROVED' AND a.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM moderation_decision AS d "
    "WHERE d.comment_id = f.comment_id AND NOT d.automatic AND d.created_at >= f.created_at) "
    "GROUP BY f.comment_id ORDER BY since, f.comment_id"
)


async def send_digest(database: Database, claim: Claim) -> None:
    """Write to a moderator, in the transaction of the job; see `letter_jobs`."""
    async with transaction(database):
        if not await taken_off(database, claim):
            return
        user = await User.get_or_none(id=UUID(claim.payload["userId"]), active=True, role__in=MODERATING)
        queue = await find_queue(database) if user else None
        if user is None or queue is None or queue.is_empty:
            return
        letter = digest((await the_site()).name, user.name, queue)
        # Where the last one could not be handed over yet, a second would tell no more.
        key = f"{DIGEST}-for:{user.id}"
        await send_mail(database, to=user.email, subject=letter.subject, text=letter.text, key=key, about=queue.shown)


async def find_queue(database: Database) -> Queue:
    """What moderators should look at now."""
    waiting = Comment.filter(status=CommentStatus.PENDING, erased_at=None, article__deleted_at=None)
    oldest = await _rows(waiting.order_by("created_at", "id").limit(SHOWN))
    rows = await database.connection.execute_query_dict(_REPORTED)
    reported = [UUID(str(row["id"])) for row in rows]
    first = {row["id"]: row for row in await _rows(Comment.filter(id__in=reported[:SHOWN]))}
    held, why = await _held([row["id"] for row in oldest]), await _reports(reported[:SHOWN])
    return Queue(
        waiting=await waiting.count(),
        waiting_since=oldest[0]["created_at"] if oldest else None,
        oldest=[_entry(row, held.get(row["id"], "it waits to be read")) for row in oldest],
        reported=len(reported),
        first_reported=[_entry(first[key], why[key]) for key in reported[:SHOWN]],
    )


async def _rows(comments: QuerySet[Comment]) -> list[dict[str, Any]]:
    return await comments.values("id", "author_name", "body_text", "created_at", title="article__head__title")


def _entry(row: Mapping[str, Any], why: str) -> Waiting:
    return Waiting(row["id"], row["author_name"], row["title"] or "an article", row["body_text"], why)


async def _held(ids: Sequence[UUID]) -> dict[UUID, str]:
    """Why each of these comments waits, as the last decision that held it says."""
    holds = ModerationDecision.filter(comment_id__in=list(ids), action=ModerationAction.HOLD)
    return {decision.comment_id: _reason(decision) for decision in await holds.order_by("created_at", "id")}


def _reason(decision: ModerationDecision) -> str:
    if not decision.automatic:
        return f"held by a moderator: {decision.reason}" if decision.reason else "held by a moderator"
    return f"{decision.rule}: {decision.reason}"


async def _reports(ids: Sequence[UUID]) -> dict[UUID, str]:
    """What readers reported of each of these comments: the reasons, each once."""
    flags = await CommentFlag.filter(comment_id__in=list(ids)).order_by("created_at", "id")
    reasons: dict[UUID, dict[str, None]] = {}
    for flag in flags:
        reasons.setdefault(flag.comment_id, {})[flag.reason.value] = None
    return {key: f"reported: {', '.join(found)}" for key, found in reasons.items()}
