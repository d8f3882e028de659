"""Answers that count for a while. What is asked is a table in memory, `here`; `asked` notes every asking of it."""

import asyncio
from datetime import datetime, timedelta

import pytest

from cms.kernel.remembering import Remembered
from tests.articles.world import NOON

pytestmark = pytest.mark.asyncio

COUNTS = timedelta(seconds=5)
SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)


class Table:
    """Values by name; `door` is open, or whoever asks waits at it."""

    def __init__(self, **here: int) -> None:
        self.here = here
        self.asked: list[str] = []
        self.door = asyncio.Event()
        self.door.set()

    async def find(self, name: str, _at: datetime) -> int | None:
        """The value of a name; fails where it is negative."""
        self.asked.append(name)
        await self.door.wait()
        found = self.here.get(name)
        if found is not None and found < 0:
            raise OSError(name)
        return found


def _remembered(table: Table, most: int = 10, most_missing: int = 10) -> Remembered[int]:
    return Remembered(table.find, COUNTS, most=most, most_missing=most_missing)


async def test_an_answer_counts_for_its_time() -> None:
    """Each request would cost an asking, or a change would never be seen; the same for what is not there."""
    table = Table(one=1)
    remembered = _remembered(table)

    counts = []
    for moment in (NOON, NOON + COUNTS - INSTANT, NOON + COUNTS, NOON + 2 * COUNTS - INSTANT):
        assert (await remembered.get("one", moment), await remembered.get("two", moment)) == (1, None)
        counts.append(len(table.asked))

    assert counts == [2, 2, 4, 4]


async def test_nought_is_an_answer() -> None:
    """What is there, and false, would be asked for each time."""
    table = Table(nought=0)
    remembered = _remembered(table)

    assert [await remembered.get("nought", NOON) for _ in range(2)] == [0, 0]
    assert (table.asked, len(remembered.found), len(remembered.missing)) == (["nought"], 1, 0)


async def test_at_hand_is_what_is_there_and_counts() -> None:
    """Something would be taken for the truth without asking that nobody has found, or that was found long ago."""
    table = Table(one=1)
    remembered = _remembered(table)
    before = remembered.at_hand("one", NOON)
    await remembered.get("one", NOON)
    await remembered.get("two", NOON)

    moments = (NOON - INSTANT, NOON, NOON + COUNTS - INSTANT, NOON + COUNTS)
    assert before is None
    assert [remembered.at_hand("one", moment) for moment in moments] == [None, 1, 1, None]
    assert remembered.at_hand("two", NOON) is None
    assert table.asked == ["one", "two"]


async def test_what_comes_and_goes_is_in_one_place() -> None:
    """After the clock was set back, the older of two answers would count again."""
    table = Table(one=1)
    remembered = _remembered(table)

    sizes = []
    for here, moment in (({"one": 1}, NOON), ({}, NOON + COUNTS), ({"one": 2}, NOON + 2 * COUNTS)):
        table.here = here
        await remembered.get("one", moment)
        sizes.append((len(remembered.found), len(remembered.missing)))

    assert sizes == [(1, 0), (0, 1), (1, 0)]
    assert remembered.at_hand("one", NOON + 2 * COUNTS) == 2


async def test_names_that_are_not_there_push_out_none_that_is() -> None:
    """Anybody could slow down everybody, or fill the memory."""
    table = Table(one=1, two=2, three=3)
    remembered = _remembered(table, most=2, most_missing=3)
    for name in ("one", "two", "three", *(f"no {number}" for number in range(50))):
        await remembered.get(name, NOON)

    assert (len(remembered.found), len(remembered.missing)) == (2, 3)
    assert [remembered.at_hand(name, NOON) for name in ("one", "two", "three")] == [None, 2, 3]


async def test_many_who_ask_at_once_are_told_by_one_asking() -> None:
    """As many would ask as there are requests, whenever an answer is too old; and one who leaves would end them all."""
    table = Table(one=1)
    remembered = _remembered(table)
    table.door.clear()
    asking = [asyncio.create_task(remembered.get("one", NOON)) for _ in range(20)]
    asyncio.get_running_loop().call_soon(asking[0].cancel)
    asyncio.get_running_loop().call_soon(table.door.set)

    told = await asyncio.gather(*asking, return_exceptions=True)

    assert isinstance(told[0], asyncio.CancelledError)
    assert (told[1:], table.asked) == ([1] * 19, ["one"])


async def test_a_failure_is_no_answer() -> None:
    """When the source is away for a moment, what it holds would be missing after it came back."""
    table = Table(one=-1)
    remembered = _remembered(table)
    with pytest.raises(OSError, match="one"):
        await remembered.get("one", NOON)
    table.here["one"] = 1

    assert await remembered.get("one", NOON) == 1
    assert table.asked == ["one", "one"]


async def test_closing_waits_for_what_is_asked() -> None:
    """A server that stops would close its connections under a statement."""
    table = Table(one=1)
    remembered = _remembered(table)
    table.door.clear()
    asking = asyncio.create_task(remembered.get("one", NOON))
    asyncio.get_running_loop().call_soon(asyncio.get_running_loop().call_soon, table.door.set)
    await asyncio.wait([asking], timeout=0)

    await remembered.aclose()

    assert remembered.at_hand("one", NOON) == 1
    assert await asking == 1
