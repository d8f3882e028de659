"""Cells of a spreadsheet, as CSV (RFC 4180) writes them, so that no program takes a text for a formula.

The one thing to know: readers write what ends up here, and a cell that begins with `=`, `+`, `-` or `@` is worked out
by the program that opens it, which can be made to start others or to send what stands beside it somewhere (OWASP, "CSV
Injection"). Such a text gets an apostrophe in front, and so does whatever in it would begin a cell where a semicolon, a
tab or a line break is taken for the end of one, as in much of Europe, or by programs that overlook quotes.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

Cell = str | int | datetime | None

#: What a cell holds in Excel, in units of UTF-16. Where the rest of a longer text would go, nobody promises.
LONGEST: Final = 32_767
#: What begins a formula, or is skipped before one: the characters themselves, and what Unicode says is another form of
#: them (NFKC), such as the full-width ones, since spreadsheets of East Asia read these too.
FORMULA: Final = (
    "\t=\u207c\u208c\ufe66\uff1d+\u207a\u208a\ufb29\ufe62\uff0b-\u207b\u208b\u2212\ufe63\uff0d@\ufe6b\uff20|\uff5c"
)
# Only a letter, a digit or plain ASCII punctuation is sure to be what a cell begins with. Quotes, spaces, signs that
# nobody sees and whatever else there is may be passed over by some program.
_PASSED_OVER: Final = r"[^\w!#$%&'()*,./:;<>?\[\\\]^`{}~\t\n]*"
_WOULD_BEGIN: Final = re.compile(rf"(?:\A|(?<=[;\t\n]))(?={_PASSED_OVER}[{re.escape(FORMULA)}])")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MORE: Final = "…"


def lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as they stand in a file: UTF-8, every cell in quotes, each row ended by CR and LF."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows(map(cell, row) for row in rows)
    return written.getvalue().encode()


def cell(value: Cell) -> str:
    """A value as a cell shows it.

    Numbers stay what they are, times are ISO 8601 in UTC, yes and no are these words, and nothing is an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return _cut(_WOULD_BEGIN.sub("'", _plain(value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
    return str(value)


def _plain(text: str) -> str:
    r"""A text whose lines end in `\n`, all but the last, and without control characters other than tabs."""
    return _CONTROLS.sub("", "\n".join(text.splitlines()))


def _cut(text: str) -> str:
    # A character takes two units at most.
    if 2 * len(text) <= LONGEST:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST:
        return text
    return units[: 2 * (LONGEST - len(_MORE))].decode("utf-16-le", "ignore") + _MORE
