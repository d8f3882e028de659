"""One clock: it can be set, and what it says sorts as text the way it does as time."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from cms.kernel import clock
from cms.kernel.clock import at, now, to_text

NOON = datetime(2024, 3, 4, 12, tzinfo=UTC)


def test_now_is_the_present_in_utc() -> None:
    """Moments would be stored in the server's own zone."""
    before = datetime.now(UTC)
    moment = now()

    assert before <= moment <= datetime.now(UTC)
    assert moment.tzinfo is UTC


def test_a_moment_holds_inside_its_block_and_blocks_nest() -> None:
    """A test that sets the clock would leave it set for those after it."""
    later = NOON + timedelta(days=1)
    with at(NOON):
        with at(later):
            assert now() == later
        assert now() == NOON

    assert now() != NOON


def test_the_clock_is_set_back_when_the_block_fails() -> None:
    """One failing test would make all later ones fail."""
    with pytest.raises(RuntimeError), at(NOON):
        raise RuntimeError

    assert now() != NOON


def test_a_moment_of_any_zone_is_given_in_utc() -> None:
    """13:30 in Kolkata would be taken for 13:30 in Greenwich."""
    with at(datetime(2024, 3, 4, 17, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))):
        assert now() == NOON
        assert now().tzinfo is UTC


def test_a_moment_without_a_zone_is_refused_and_changes_nothing() -> None:
    """What it means would depend on the machine."""
    with pytest.raises(ValueError, match="time zone"), at(datetime(2024, 3, 4, 12)):  # noqa: DTZ001 - what is refused
        pass

    assert now() != NOON


@pytest.mark.asyncio
async def test_tasks_have_the_clock_they_were_started_under() -> None:
    """Two requests of one process would share a clock that only one of them set."""
    started = asyncio.Event()

    async def told() -> datetime:
        await started.wait()
        return now()

    with at(NOON):
        inside = asyncio.create_task(told())
    outside = asyncio.create_task(told())
    started.set()

    assert await inside == NOON
    assert await outside != NOON


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
        (datetime(999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "0999-12-31T23:59:59.999999Z"),
        (datetime(1000, 1, 1, tzinfo=UTC), "1000-01-01T00:00:00.000000Z"),
        (datetime(2024, 3, 4, 12, 0, 0, 7, tzinfo=UTC), "2024-03-04T12:00:00.000007Z"),
        (datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2023-12-31T23:00:00.000000Z"),
        (datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_text_is_rfc_3339_in_utc_and_always_as_wide(moment: datetime, text: str) -> None:
    """A year below 1000 has no leading zeros on some systems, and would sort after all others."""
    assert to_text(moment) == text
    assert len(text) == 27
    assert datetime.fromisoformat(to_text(moment)) == moment


def test_text_sorts_as_time_does() -> None:
    """Lists by date would be out of order on SQLite, where a moment is text."""
    moments = [
        datetime(year, month, 1, 0, 0, second, micro, tzinfo=UTC)
        for year in (1, 99, 999, 1000, 1999, 2024, 9999)
        for month in (1, 12)
        for second in (0, 9, 59)
        for micro in (0, 9, 999999)
    ]

    assert sorted(map(clock.to_text, reversed(moments))) == [to_text(moment) for moment in moments]
