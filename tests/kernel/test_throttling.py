"""How often something may be tried: quotas, growing waits, and counts that several processes share."""

import asyncio
import re
from datetime import datetime, timedelta

import pytest

from cms.kernel import clock
from cms.kernel.database import Database, open_database, transaction
from cms.kernel.errors import ErrorCode, NotFound, RateLimited
from cms.kernel.models import Throttle
from cms.kernel.secrecy import use_secret
from cms.kernel.throttling import (
    Backoff,
    Policy,
    Quota,
    block_of,
    first_in_block,
    forgive,
    take_back,
    throttled,
    throttled_by,
)
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.articles.world import DAY, NOON

pytestmark = pytest.mark.asyncio

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
FIVE_IN_TEN = Quota(most=5, period=10 * MINUTE)
STRICT = Backoff(free=3, longest=HOUR, forgotten_after=DAY)
NONE_FREE = Backoff(free=0, longest=HOUR, forgotten_after=DAY)


@pytest.fixture(autouse=True)
def _secret() -> None:
    use_secret(b"a key for tests, thirty-two bytes")


async def tried(database: Database, policy: Policy, *moments: datetime, key: str = "thing:somebody") -> list[int]:
    """What came of a try at each moment: 0 where it was let through, else the seconds to wait."""
    told = []
    for moment in moments:
        with clock.at(moment):
            try:
                await throttled(database, key, policy)
            except RateLimited as refusal:
                told.append(refusal.retry_after)
            else:
                told.append(0)
    return told


# Quotas


async def test_a_quota_lets_so_many_through_in_a_period(database: Database) -> None:
    """Five letters in ten minutes would be four, or six."""
    told = await tried(database, FIVE_IN_TEN, *(NOON + MINUTE * number for number in range(7)))

    assert told == [0, 0, 0, 0, 0, 300, 240]


async def test_a_quota_is_whole_again_when_its_period_is_over(database: Database) -> None:
    """Who wrote five letters could not write a sixth the day after; or could, a moment too early."""
    await tried(database, FIVE_IN_TEN, *[NOON] * 5)

    over = NOON + 10 * MINUTE
    assert await tried(database, FIVE_IN_TEN, over - INSTANT, *[over] * 6) == [1, 0, 0, 0, 0, 0, 600]


async def test_keys_are_counted_apart(database: Database) -> None:
    """One reader's letters would keep every other from writing."""
    await tried(database, FIVE_IN_TEN, *[NOON] * 5)

    assert await tried(database, FIVE_IN_TEN, NOON) == [600]
    assert await tried(database, FIVE_IN_TEN, NOON, key="thing:somebody else") == [0]


# Waits that grow


async def test_waits_double_from_one_second_to_an_hour(database: Database) -> None:
    """Guessing would cost no time, or a mistake a day."""
    moment, waits = NOON, []
    for _ in range(15):
        assert await tried(database, NONE_FREE, moment) == [0]
        (wait,) = await tried(database, NONE_FREE, moment)
        waits.append(wait)
        moment += wait * SECOND

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]


async def test_a_few_cost_no_wait(database: Database) -> None:
    """Whoever mistypes a password once would be kept waiting."""
    assert await tried(database, STRICT, NOON, NOON, NOON, NOON, NOON) == [0, 0, 0, 0, 1]


async def test_what_is_refused_is_not_counted(database: Database) -> None:
    """A program that knocks without end would make its owner's wait grow for ever."""
    await tried(database, STRICT, *[NOON] * 4)

    assert await tried(database, STRICT, *[NOON] * 50) == [1] * 50
    assert await tried(database, STRICT, NOON + SECOND, NOON + SECOND) == [0, 2]


async def test_a_day_of_rest_is_enough(database: Database) -> None:
    """Mistakes of last year would make somebody wait today; or an hour's rest would give a guesser a new beginning."""
    await tried(database, STRICT, *(NOON + HOUR * number for number in range(20)))
    last = NOON + HOUR * 19

    assert await tried(database, STRICT, last + DAY - INSTANT, last + DAY - INSTANT) == [0, 3600]
    again = last + DAY * 3
    assert await tried(database, STRICT, *[again] * 5) == [0, 0, 0, 0, 1]


async def test_a_count_without_end_does_not_overflow(database: Database) -> None:
    """After some hundred guesses the wait could be no number any more, and everything would pass."""
    await tried(database, NONE_FREE, NOON)
    await Throttle.all().update(count=2**31 - 2, blocked_until=None)

    assert await tried(database, NONE_FREE, NOON, NOON) == [0, 3600]


@pytest.mark.parametrize("policy", [FIVE_IN_TEN, STRICT])
async def test_a_clock_that_is_set_back_locks_nobody_out(database: Database, policy: Policy) -> None:
    """A server whose clock was a year ahead would let nobody in for a year."""
    await tried(database, policy, *[NOON + 365 * DAY] * 20)

    assert await tried(database, policy, NOON) == [0]


async def test_part_of_a_second_is_a_second(database: Database) -> None:
    """A client that waits as told would be refused again."""
    await tried(database, NONE_FREE, NOON)

    assert await tried(database, NONE_FREE, NOON + INSTANT, NOON + SECOND - INSTANT, NOON + SECOND) == [1, 1, 0]


# What somebody is told


async def test_the_refusal_says_when(database: Database) -> None:
    """A client could only try again and again."""
    await tried(database, FIVE_IN_TEN, *[NOON] * 5)

    with clock.at(NOON + MINUTE), pytest.raises(RateLimited) as refusal:
        await throttled(database, "thing:somebody", FIVE_IN_TEN)

    assert (refusal.value.code, refusal.value.retry_after) == (ErrorCode.RATE_LIMITED, 540)
    assert str(refusal.value) == "This was tried too often: try again in 540 s."


# Several keys at once


async def test_of_several_keys_each_must_let_it_through(database: Database) -> None:
    """What one count stops would go through by another; or a refusal would be counted by half of them."""
    await tried(database, FIVE_IN_TEN, *[NOON] * 5, key="a")
    with clock.at(NOON), pytest.raises(RateLimited) as refusal:
        await throttled_by(database, {"b": NONE_FREE, "a": FIVE_IN_TEN})

    assert refusal.value.retry_after == 600
    assert not await Throttle.exists(key="b")


async def test_the_longest_wait_is_told(database: Database) -> None:
    """Who waited for the one would be refused by the other."""
    with clock.at(NOON):
        await throttled_by(database, {"a": NONE_FREE, "b": Quota(most=1, period=MINUTE)})
        with pytest.raises(RateLimited) as refusal:
            await throttled_by(database, {"a": NONE_FREE, "b": Quota(most=1, period=MINUTE)})

    assert refusal.value.retry_after == 60


# Mending a count


async def test_what_is_taken_back_does_not_count(database: Database) -> None:
    """A sign-in in two steps would count as a mistake; or taking one back would wipe out the mistakes before it."""
    await tried(database, STRICT, NOON, NOON, NOON)
    with clock.at(NOON):
        attempt = await throttled(database, "thing:somebody", STRICT)
        await take_back(database, attempt, ["thing:somebody"])

    assert await tried(database, STRICT, NOON, NOON) == [0, 1]


async def test_taking_back_opens_no_door_to_who_came_meanwhile(database: Database) -> None:
    """A guess beside each welcome try would never have to wait."""
    with clock.at(NOON):
        welcome = await throttled(database, "thing:somebody", Backoff(free=1, longest=HOUR, forgotten_after=DAY))
        await throttled(database, "thing:somebody", Backoff(free=1, longest=HOUR, forgotten_after=DAY))
        await take_back(database, welcome, ["thing:somebody"])

    assert await tried(database, Backoff(free=1, longest=HOUR, forgotten_after=DAY), NOON) == [1]


async def test_what_is_forgiven_is_forgotten(database: Database) -> None:
    """Somebody who remembered their password at last would wait all the same; or others would be let off with them."""
    await tried(database, STRICT, *[NOON] * 4)
    await tried(database, STRICT, *[NOON] * 4, key="other")

    await forgive(database, ["thing:somebody"])

    assert await tried(database, STRICT, *[NOON] * 5) == [0, 0, 0, 0, 1]
    assert await tried(database, STRICT, NOON, key="other") == [1]


# Many at once


async def test_of_many_at_once_no_more_pass_than_in_a_row(database: Database) -> None:
    """A hundred guesses sent together would all be looked at before the first was counted."""

    async def one() -> int:
        return (await tried(database, FIVE_IN_TEN, NOON))[0]

    told = await asyncio.gather(*(one() for _ in range(40)))

    assert sorted(told) == [0] * 5 + [600] * 35
    assert (await Throttle.get()).count == 5


@pytest.mark.parametrize(
    ("policy", "waits"), [(FIVE_IN_TEN, 601), (Backoff(free=0, longest=SECOND, forgotten_after=DAY), 2)]
)
async def test_who_looked_at_the_clock_first_and_came_second_waits(
    database: Database, policy: Policy, waits: int
) -> None:
    """Of a hundred guesses at once, all would pass that were overtaken by the one that was counted first."""
    await tried(database, policy, *[NOON] * 5)

    assert await tried(database, policy, *[NOON - INSTANT] * 3) == [waits] * 3


async def test_two_processes_count_together(database_url: str) -> None:
    """Each further process would give a guesser as many tries again."""
    told = []
    for _ in range(2):
        async with open_database(database_url, MODEL_MODULES, MIGRATIONS) as database:
            told += await tried(database, FIVE_IN_TEN, *[NOON] * 4)

    assert told == [0, 0, 0, 0, 0, 600, 600, 600]


async def test_keys_in_any_order_wait_for_each_other(database: Database) -> None:
    """Two that count the same keys would each hold what the other waits for."""
    many = Quota(most=1000, period=HOUR)

    async def one(*keys: str) -> None:
        await throttled_by(database, dict.fromkeys(keys, many))

    await asyncio.wait_for(asyncio.gather(*(one(*keys) for keys in (("a", "b", "c"), ("c", "b", "a")) * 10)), 30)

    assert {row.key: row.count for row in await Throttle.all()} == {"a": 20, "b": 20, "c": 20}


# Transactions


async def refused_after(database: Database, *, inside: bool) -> None:
    """Work that is refused after a try was counted, in its own transaction or in that of the work.

    Raises:
        NotFound: always.
    """
    if not inside:
        await tried(database, FIVE_IN_TEN, NOON)
    async with transaction(database):
        if inside:
            await tried(database, FIVE_IN_TEN, NOON)
        raise NotFound("No such thing.")


@pytest.mark.parametrize(("inside", "counted"), [(False, 1), (True, 0)])
async def test_a_count_stands_or_falls_with_its_transaction(database: Database, *, inside: bool, counted: int) -> None:
    """Wrong passwords would cost nothing, being refused; or a letter refused for its wording would use up a quota."""
    with pytest.raises(NotFound):
        await refused_after(database, inside=inside)

    assert await Throttle.filter(count=1).count() == counted


# Blocks of addresses


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("203.0.113.7", "203.0.113.250"),
        ("2001:db8:1:2::3", "2001:db8:1:ffff::1"),
        ("::ffff:203.0.113.7", "203.0.113.8"),
        ("fe80::1%eth0", "fe80::2"),
        ("", None),
        ("nonsense", "unix:"),
    ],
)
async def test_a_block_is_one_customers(one: str | None, other: str | None) -> None:
    """Whoever has a whole block would guess from each of its addresses in turn."""
    assert block_of(one) == block_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("203.0.113.7", "203.0.114.7"),
        ("2001:db8:1::1", "2001:db8:2::1"),
        ("203.0.113.7", "::cb00:7107"),
        ("0.0.0.1", ""),
    ],
)
async def test_blocks_differ(one: str, other: str) -> None:
    """One customer's mistakes would be counted against another."""
    assert block_of(one) != block_of(other)


async def test_no_address_can_be_read_from_its_block() -> None:
    """A backup would tell who was here: there are few blocks enough to try them all, without the key."""
    with_one_key = block_of("203.0.113.7")
    use_secret(b"another key of at least 16 bytes")

    assert block_of("203.0.113.7") != with_one_key
    assert re.fullmatch(r"hmac-sha256:[0-9a-f]{64}", with_one_key)


@pytest.mark.parametrize(
    ("address", "first"),
    [
        ("192.0.2.77", "192.0.2.0"),
        ("::ffff:192.0.2.77", "192.0.2.0"),
        ("2001:db8:1:2::7", "2001:db8:1::"),
        ("nobody", None),
        (None, None),
    ],
)
async def test_where_an_address_has_to_be_named_it_is_the_blocks(address: str | None, first: str | None) -> None:
    """A service that is asked about a comment would be told where its writer lives."""
    assert first_in_block(address) == first
