"""How often something may be tried: counted in the database, so that all processes count together.

The one thing to know: a try is counted before it is known how it ends, in a transaction of its own. Of a hundred
guesses that arrive at once, no more are looked at than of a hundred in a row; and what was counted stays counted when
the work behind it fails. `take_back` and `forgive` mend the count of those who turn out to be welcome.

Called inside an open transaction it counts what that transaction commits, and nothing that is refused.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, Protocol

from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.errors import RateLimited
from cms.kernel.fields import TimeField
from cms.kernel.secrecy import keyed_hash

#: The smallest block of addresses that is somebody's: what a provider hands out to one customer.
_BLOCK_BITS: Final = {4: 24, 6: 48}
_UNKNOWN: Final = "unknown"
_NO_TIME: Final = timedelta()
_AT_ONCE: Final = timedelta(seconds=30)
_TIME: Final = TimeField(null=True)

# The update changes nothing but locks the row, so that whoever counts the same thing waits: to read and write later
# would let two count as one.
_LOCK = "ON CONFLICT (key) DO UPDATE SET count = throttle.count RETURNING key, count, window_start, blocked_until"
_OPEN: Final = {
    Dialect.SQLITE: f"INSERT INTO throttle (key, count, window_start) VALUES (?, 0, ?) {_LOCK}",  # noqa: S608 - constants only
    Dialect.POSTGRES: f"INSERT INTO throttle (key, count, window_start) VALUES ($1, 0, $2) {_LOCK}",  # noqa: S608 - constants only
}
_KEEP: Final = {
    Dialect.SQLITE: "UPDATE throttle SET count = ?, window_start = ?, blocked_until = ? WHERE key = ?",
    Dialect.POSTGRES: "UPDATE throttle SET count = $1, window_start = $2, blocked_until = $3 WHERE key = $4",
}
_TAKE_BACK: Final = {
    Dialect.SQLITE: "UPDATE throttle SET count = count - 1, blocked_until = NULL WHERE key = ? AND count = ?",
    Dialect.POSTGRES: "UPDATE throttle SET count = count - 1, blocked_until = NULL WHERE key = $1 AND count = $2",
}
_FORGIVE: Final = {
    Dialect.SQLITE: "DELETE FROM throttle WHERE key = ?",
    Dialect.POSTGRES: "DELETE FROM throttle WHERE key = $1",
}


@dataclass(frozen=True, slots=True)
class Record:
    """What was counted: how often since when, and until when nothing more is let through."""

    count: int
    since: datetime
    blocked_until: datetime | None = None


class Policy(Protocol):
    """How often something may be tried."""

    @property
    def longest(self) -> timedelta:
        """The longest that anybody has to wait."""

    def counted(self, before: Record, at: datetime) -> Record:
        """The record after one more try."""


@dataclass(frozen=True, slots=True)
class Quota:
    """So many in a period, which begins with the first of them; then a wait until it is over."""

    most: int
    period: timedelta

    @property
    def longest(self) -> timedelta:
        """The whole period."""
        return self.period

    def counted(self, before: Record, at: datetime) -> Record:
        """One more in this period, or the first in the next."""
        since, count = (before.since, before.count) if _is_within(before, at, self.period) else (at, 0)
        return Record(count + 1, since, since + self.period if count + 1 >= self.most else None)


@dataclass(frozen=True, slots=True)
class Backoff:
    """A few for nothing; after each further one a wait, twice as long as the one before.

    Attributes:
        free: how many cost no wait.
        longest: what the waits grow to.
        forgotten_after: how long nothing must be tried for the count to begin anew.
        first: the first wait.
    """

    free: int
    longest: timedelta
    forgotten_after: timedelta
    first: timedelta = timedelta(seconds=1)

    def counted(self, before: Record, at: datetime) -> Record:
        """One more, and a wait after it when it is not free."""
        count = before.count + 1 if _is_within(before, at, self.forgotten_after) else 1
        return Record(count, at, at + self._wait(count) if count > self.free else None)

    def _wait(self, count: int) -> timedelta:
        # The exponent is capped, since a power of two soon outgrows what a timedelta can hold.
        doublings = min(count - self.free - 1, 30)
        return min(self.first * (1 << doublings), self.longest)


def _is_within(record: Record, at: datetime, period: timedelta) -> bool:
    # Of two at once, the one that waited for the row may be earlier by the time it took. But a clock that is set back
    # must not make a period last for longer.
    return -_AT_ONCE <= at - record.since < period


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that was let through, and to how much it raised each count."""

    counts: Mapping[str, int]


async def throttled(database: Database, key: str, policy: Policy) -> Attempt:
    """Count one more try under `key`, if it is to be let through.

    Args:
        database: where.
        key: what is counted: a word for the thing, a colon, and a keyed hash of whoever tries it, such as `block_of`;
            at most 160 characters.
        policy: how often.

    Raises:
        RateLimited: it is not; nothing was counted.
    """
    return await throttled_by(database, {key: policy})


async def throttled_by(database: Database, policies: Mapping[str, Policy]) -> Attempt:
    """Count one more try under several keys, each with its own policy, if all of them let it through.

    Raises:
        RateLimited: one of them does not; nothing was counted. It names the longest wait.
    """
    at = now()
    async with transaction(database):
        before = {key: await _opened(database, key, at) for key in sorted(policies)}
        if wait := max((_wait(record, at, policies[key]) for key, record in before.items()), default=_NO_TIME):
            seconds = max(1, math.ceil(wait.total_seconds()))
            raise RateLimited(f"This was tried too often: try again in {seconds} s.", seconds)
        after = {key: policies[key].counted(record, at) for key, record in before.items()}
        rows: list[list[object]] = [[one.count, one.since, one.blocked_until, key] for key, one in after.items()]
        await database.connection.execute_many(_KEEP[database.dialect], rows)
    return Attempt({key: record.count for key, record in after.items()})


async def take_back(database: Database, attempt: Attempt, keys: Iterable[str]) -> None:
    """Have a try not count under these keys.

    Where somebody else was counted meanwhile, it stays: else a welcome try would open the door to the guess beside it.
    """
    await _each(database, _TAKE_BACK, [[key, attempt.counts[key]] for key in sorted(keys)])


async def forgive(database: Database, keys: Iterable[str]) -> None:
    """Forget what was counted under these keys."""
    await _each(database, _FORGIVE, [[key] for key in sorted(keys)])


def block_of(address: str | None) -> str:
    """The block of addresses that a caller comes from, as a keyed hash: /24 of IPv4, /48 of IPv6.

    Everybody whose address is not known counts as one block.
    """
    return keyed_hash("address block", _block(address))


def first_in_block(address: str | None) -> str | None:
    """The first address of the block that a caller comes from, where some address has to be named; None if unknown."""
    block = _block(address)
    return None if block == _UNKNOWN else block.partition("/")[0]


def _block(address: str | None) -> str:
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return _UNKNOWN
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ip_network((found, _BLOCK_BITS[found.version]), strict=False))


async def _opened(database: Database, key: str, at: datetime) -> Record:
    """What was counted under a key, locked until the transaction ends."""
    (row,) = await database.connection.execute_query_dict(_OPEN[database.dialect], [key, at])
    since = _TIME.to_python_value(row["window_start"])
    assert since is not None, "the column is never null"  # noqa: S101 - for the type checker
    return Record(row["count"], since, _TIME.to_python_value(row["blocked_until"]))


def _wait(record: Record, at: datetime, policy: Policy) -> timedelta:
    """How long it is until a key lets something through again."""
    if record.blocked_until is None:
        return _NO_TIME
    wait = record.blocked_until - at
    # A wait that is longer than there are was written before the clock was set back; unless by as little as one of two
    # at once is earlier than the other.
    return wait if _NO_TIME < wait <= policy.longest + _AT_ONCE else _NO_TIME


async def _each(database: Database, statements: Mapping[Dialect, str], rows: list[list[object]]) -> None:
    if rows:
        async with transaction(database):
            await database.connection.execute_many(statements[database.dialect], rows)
