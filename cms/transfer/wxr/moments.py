"""When things were written, as exports tell it: in GMT, in the site's own time, or not at all.

WordPress writes a date that nobody set as `0000-00-00 00:00:00`, and a draft has only a local one.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import Final

# The year of an undated draft is -0001, which the standard library takes for a time zone.
_DATE = re.compile(r"(?:[A-Za-z]{3}, )?[0-9]{1,2} [A-Za-z]{3} [0-9]{4} ")
_YEARS: Final = range(1900, 2200)


def moment_of(texts: Mapping[str, str], zone: tzinfo) -> datetime | None:
    """The moment that the dates of an item or a comment mean, the surest of them first; `None` where none does.

    Args:
        texts: by the names of their elements.
        zone: of the clock that local dates were read from.
    """
    for name, text in texts.items():
        read = _rfc(text) if name == "pubDate" else _local(text, UTC if name.endswith("_gmt") else zone)
        if read is not None and read.year in _YEARS:
            return read.astimezone(UTC)
    return None


def _local(text: str, zone: tzinfo) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        return None


def _rfc(text: str) -> datetime | None:
    if not _DATE.match(text):
        return None
    try:
        read = parsedate_to_datetime(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
