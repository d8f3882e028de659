"""Wishes to be told of replies by mail: confirmed by whoever reads the address, and ended by one click.

The one thing to know: an address is no proof of whoever typed it, not even one that was confirmed before. So each wish
is confirmed by a letter of its own; all that a stranger who types it can bring about is that letter, now and then.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from cms.comments.errors import ConfirmationIsVoid
from cms.comments.letter_jobs import hold_off_erasures
from cms.comments.models import ReplySubscription
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.secrecy import keyed_hash
from cms.kernel.signed_keys import key_signed, signed
from cms.kernel.text import fold
from cms.kernel.throttling import Backoff, forgive

#: How long after a wish it can be confirmed.
CONFIRM_WITHIN: Final = timedelta(days=14)
#: How often an address that does not answer is asked: once, an hour later, two hours after that, and in the end once a
#: day, which is what somebody can do to a stranger by typing their address under a thousand comments.
ASKING: Final = Backoff(free=0, first=timedelta(hours=1), longest=timedelta(days=1), forgotten_after=timedelta(days=2))


class TokenPurpose(StrEnum):
    """What a mailed token does. One does not do what another is for."""

    CONFIRM = "reply confirmation"
    END = "reply subscription"


def token_of(purpose: TokenPurpose, subscription_id: UUID) -> str:
    """A subscription's token; see `signed_keys`."""
    return signed(purpose, subscription_id)


def subscription_of(purpose: TokenPurpose, token: str) -> UUID | None:
    """The subscription a token was mailed for, or None when it is none of ours, or one for something else."""
    return key_signed(purpose, token)


def asking_key(email: str) -> str:
    """Under which it is counted how often an address was asked.

    Folded as far as it goes: letters of full width, say, may reach the same mailbox.
    """
    return f"reply-confirmation:{keyed_hash('reply confirmation asked', fold(email))}"


async def confirm_replies(database: Database, token: str) -> None:
    """Begin to tell somebody of replies. A token that was used does nothing more, and is not refused.

    It stands for what its letter named: the wishes of the address up to the one it was made for. An address that
    answers is asked without delay the next time.

    Raises:
        ConfirmationIsVoid: it is none, or for something else; or the wish is too old, or came to an end.
    """
    async with transaction(database):
        await hold_off_erasures(database)
        wish = await _find(TokenPurpose.CONFIRM, token)
        if wish is None or wish.ended_at is not None:
            raise ConfirmationIsVoid
        if wish.confirmed_at is None:
            if wish.created_at + CONFIRM_WITHIN <= now():
                raise ConfirmationIsVoid
            named = ReplySubscription.filter(email_key=wish.email_key, created_at__lte=wish.created_at)
            await named.filter(confirmed_at=None, ended_at=None).update(confirmed_at=now())
            await forgive(database, [asking_key(wish.email)])


async def end_replies(database: Database, token: str, *, everything: bool = False) -> None:
    """Tell somebody of no more replies. Whether the token was good for anything, nobody learns.

    Args:
        database: where.
        token: from a letter about replies.
        everything: end all that the letter's address asked for, and not only what this letter came from.
    """
    async with transaction(database):
        await hold_off_erasures(database)
        wish = await _find(TokenPurpose.END, token)
        if wish is not None:
            which = {"email_key": wish.email_key} if everything else {"id": wish.id}
            await ReplySubscription.filter(**which, ended_at=None).update(ended_at=now())


async def _find(purpose: TokenPurpose, token: str) -> ReplySubscription | None:
    key = subscription_of(purpose, token)
    return await ReplySubscription.get_or_none(id=key) if key else None
