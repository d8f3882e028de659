"""How much a neighbourhood of addresses may send: comments, changes of comments, reports, reactions.

The one thing to know: a try is counted in the transaction of what it is for, so that neither a refusal nor a dry run
costs a reader one. It is counted before anything else is locked, so that nobody who holds an article waits for it.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from cms.comments.actions import post_comment
from cms.comments.drafts import CommentDraft, PostedComment
from cms.kernel.database import Database, transaction
from cms.kernel.throttling import Policy, Quota, block_of, throttled_by
from cms.kernel.viewer import Viewer

_TEN_MINUTES: Final = timedelta(minutes=10)

Quotas = Mapping[str, Policy]

#: Five in ten minutes, and no two within twenty seconds: more than a conversation needs, and less than a flood.
POSTING: Final[Quotas] = {"comment": Quota(5, _TEN_MINUTES), "comment-pause": Quota(1, timedelta(seconds=20))}
#: Every change is screened as a new comment is.
EDITING: Final[Quotas] = {"comment-edit": Quota(10, _TEN_MINUTES)}
FLAGGING: Final[Quotas] = {"comment-flag": Quota(10, _TEN_MINUTES)}
#: A key for a reader is made by whoever wants one, so keys alone bound nothing. Generous: a school shares a block.
REACTING: Final[Quotas] = {"reaction": Quota(100, _TEN_MINUTES)}


async def count_try(database: Database, quotas: Quotas, address: str | None) -> None:
    """Count one more from the block of `address`; those whose address nobody knows count together.

    Raises:
        RateLimited: it is one too many; nothing was counted.
    """
    block = block_of(address)
    await throttled_by(database, {f"{what}:{block}": policy for what, policy in quotas.items()})


async def receive_comment(
    database: Database, viewer: Viewer, draft: CommentDraft, address: str | None
) -> PostedComment:
    """Take a comment from somebody who writes now, staff and programs included.

    Args:
        database: where.
        viewer: who writes.
        draft: what.
        address: where the request comes from.

    Raises:
        RateLimited: POSTING is used up.
        DomainError: as `post_comment`.
    """
    async with transaction(database):
        await count_try(database, POSTING, address)
        return await post_comment(database, viewer, draft, address=address)
