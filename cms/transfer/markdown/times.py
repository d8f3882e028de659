"""Dates of front matter as moments, and moments as front matter tells them.

The one thing to know: a date without an offset was read from a clock on some wall, so whoever reads it says where.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from cms.transfer.markdown.errors import Unreadable

#: ISO 8601 as people and programs write it: `2012-3-1`, `2012-03-01 12:30 +0100`, `2012-03-01T12:30:00.5Z`.
_MOMENT: Final = re.compile(
    r"(?P<day>\d{4}-\d{1,2}-\d{1,2})"
    r"(?:(?:[Tt]|[ \t]+)(?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?:[.,](?P<part>\d{1,9}))?"
    r"(?:[ \t]*(?P<zone>Z|z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?))?)?",
    re.ASCII,
)
_OFFSET: Final = re.compile(r"([+-])(\d{1,2}):?(\d{2})?", re.ASCII)
_LONGEST_QUOTED: Final = 40


def read_moment(text: str, zone: tzinfo) -> datetime:
    """A moment in UTC; a date without a time is the beginning of its day.

    Args:
        text: as it was typed.
        zone: of the clock, where the text does not tell.

    Raises:
        Unreadable: it is no date.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise Unreadable(f"“{text.strip()[:_LONGEST_QUOTED]}” is no date like 2012-03-01 or 2012-03-01T12:30:00Z")
    try:
        return _moment(found, zone)
    except (ValueError, OverflowError):
        raise Unreadable(f"there is no date {text.strip()[:_LONGEST_QUOTED]}") from None


def moment_text(moment: datetime) -> str:
    """`2012-03-01T12:30:00Z`, with the parts of a second where there are some."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _moment(found: re.Match[str], zone: tzinfo) -> datetime:
    year, month, day = map(int, found["day"].split("-"))
    hour, minute, second = map(int, f"{found['time'] or '0:0'}:0".split(":")[:3])
    micros = int((found["part"] or "0").ljust(6, "0")[:6])
    there = _zone(found["zone"]) if found["zone"] else zone
    return datetime(year, month, day, hour, minute, second, micros, tzinfo=there).astimezone(UTC)


def _zone(text: str) -> tzinfo:
    offset = _OFFSET.fullmatch(text)
    if offset is None:
        return UTC
    size = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    return timezone(-size if offset[1] == "-" else size)
