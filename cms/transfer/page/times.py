"""Printed times. What a page prints is wall-clock time at the site; only `localise` turns it into a moment."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo

from cms.transfer.page.parsed import PageError

_LONGEST_TIME = 60
_YEARS = range(1900, 2200)
_NOON = 12
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|\.)?"
_YEAR = r"(?P<year>[0-9]{4})"
_CLOCK = (
    r"(?:(?:,? (?:at |@ )?|T)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?)?"
)
# 7/8/2014 is not among them: two countries read it as two days, so it is left for a person.
_PRINTED = tuple(
    re.compile(_WEEKDAY + date + _CLOCK, re.IGNORECASE | re.ASCII)
    for date in (f"{_MONTH} {_DAY},? {_YEAR}", f"{_DAY} {_MONTH},? {_YEAR}", f"{_YEAR}-(?P<month>[0-9]{{2}})-{_DAY}")
)


@dataclass(frozen=True, slots=True)
class PrintedTime:
    """A time as a reader sees it. `at` is naive, and midnight when the page prints a day without a clock."""

    at: datetime
    has_clock: bool


def read_printed_time(text: str) -> PrintedTime | None:
    """The time that `text` is, as in "April 2nd, 2013 at 6:59 AM"; `None` when it is anything else."""
    if len(text) > _LONGEST_TIME:
        return None
    matches = (pattern.fullmatch(text.replace("\u00a0", " ").replace("\u202f", " ")) for pattern in _PRINTED)
    return next((_read_match(match) for match in matches if match), None)


def _read_match(match: re.Match[str]) -> PrintedTime | None:
    try:
        day = datetime(int(match["year"]), _month(match["month"]), int(match["day"]))  # noqa: DTZ001 - the page names no zone
        clock = _clock(match)
    except ValueError:
        return None
    if day.year not in _YEARS:
        return None
    return PrintedTime(day if clock is None else datetime.combine(day, clock), has_clock=clock is not None)


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS.index(text[:3].lower()) + 1


def _clock(match: re.Match[str]) -> time | None:
    if match["hour"] is None:
        return None
    return time(_hour(int(match["hour"]), match["half"]), int(match["minute"]), int(match["second"] or 0))


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= _NOON:
        raise ValueError(hour)
    return hour % _NOON + (_NOON if half.lower() == "p" else 0)


def read_machine_time(text: str | None) -> datetime | None:
    """The time in an ISO 8601 attribute: aware when it names an offset, naive otherwise; `None` when it is none."""
    try:
        at = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return at if at.year in _YEARS else None


def localise(naive: datetime, zone: tzinfo) -> datetime:
    """The moment at which clocks in `zone` showed `naive`, as an aware time in `zone`.

    Where clocks went back and showed the time twice, the earlier moment is meant. Where they went forward and never
    showed it, it is moved forward by the length of the gap (02:30 becomes 03:30), as if the clock had not been changed
    yet. A time that already knows its offset keeps its moment. The answer depends on nothing else, so a second import
    gives the same.

    Raises:
        PageError: The time lies outside what a calendar of the years 1 to 9999 can hold.
    """
    aware = naive if naive.tzinfo else naive.replace(tzinfo=zone, fold=0)
    try:
        # By way of UTC, because only that turns a time inside a gap into one that existed.
        return aware.astimezone(UTC).astimezone(zone)
    except OverflowError as error:
        raise PageError(f"{naive.isoformat()} cannot be placed in {zone}.") from error
