"""Guessing: how often a password may be tried, and by whom.

The one thing to know: what counts is the account that an address would name, not how it was typed; and an address that
names no account is counted like any other, so that nobody learns which exist.

Three counts stand side by side. One account from one block of addresses is counted strictly: this stops whoever
guesses, and nobody else. A block of addresses over all accounts has a generous hour: this stops whoever tries one
password on many. An account over all blocks is counted leniently, and a wait ends after a minute: whoever guesses from
many places is slowed down, but cannot keep the owner out, who signs in within the minute or has a new password mailed,
which clears the count.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cms.kernel.database import Database
from cms.kernel.secrecy import keyed_hash
from cms.kernel.throttling import Attempt, Backoff, Quota, block_of, forgive, take_back, throttled_by

#: One account from one block of addresses: three mistakes for nothing, then 1 s doubling to 1 h.
STRICT: Final = Backoff(free=3, longest=timedelta(hours=1), forgotten_after=timedelta(days=1))
#: One account from everywhere: what an owner with several devices never reaches.
LENIENT: Final = Backoff(free=50, longest=timedelta(minutes=1), forgotten_after=timedelta(days=1))
#: One block of addresses, behind which an office may sit. What turns out to be right does not count.
PLACE: Final = Quota(most=100, period=timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Guess:
    """A password that is about to be looked at, and what it was counted under."""

    account: str
    pair: str
    place: str
    attempt: Attempt


async def count_guess(database: Database, email_key: str, address: str | None) -> Guess:
    """Count a password before it is looked at. Call it outside of any transaction, or a refusal would undo it.

    Args:
        database: where.
        email_key: the address of the account, as `User.email_key` has it; there need not be one.
        address: where the request comes from.

    Raises:
        RateLimited: there were too many; nothing was counted.
    """
    block = block_of(address)
    account, pair, place = _account(email_key), f"guess-pair:{_hash(email_key + block)}", f"guess-place:{block}"
    attempt = await throttled_by(database, {account: LENIENT, pair: STRICT, place: PLACE})
    return Guess(account, pair, place, attempt)


async def was_right(database: Database, guess: Guess) -> None:
    """It was the right one: forget the mistakes made before it, except those with other accounts."""
    await forgive(database, [guess.account, guess.pair])
    await take_back(database, guess.attempt, [guess.place])


async def was_no_guess(database: Database, guess: Guess) -> None:
    """It was right as far as it went: have it not count, but forget no mistake, which may have been in the rest."""
    await take_back(database, guess.attempt, [guess.account, guess.pair, guess.place])


async def forgive_account(database: Database, email_key: str) -> None:
    """Forget what was counted for an account from everywhere: somebody has proved that it is theirs."""
    await forgive(database, [_account(email_key)])


def _account(email_key: str) -> str:
    return f"guess-account:{_hash(email_key)}"


def _hash(value: str) -> str:
    return keyed_hash("guessed password", value)
