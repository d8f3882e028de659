"""Saved text pages: every part is found by its rule, and no line is lost."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms.transfer.page import MAX_PAGE_BYTES, PageError, ParsedCopyright, ParsedPage, localise, parse_page
from cms.transfer.page.times import read_printed_time
from cms.transfer.page.wording import read_copyright, tidy

PAGES = Path(__file__).parent / "pages"


def parse_file(name: str) -> ParsedPage:
    """One of the fixture pages, parsed under its own name."""
    return parse_page((PAGES / name).read_bytes(), name)


def parse_lines(*lines: str) -> ParsedPage:
    """A page of these lines, parsed as text."""
    return parse_page("\n".join(lines).encode(), "page.txt")


@pytest.fixture(name="oven")
def _oven() -> ParsedPage:
    return parse_file("village-oven.txt")


def test_title_and_body_keep_their_typography(oven: ParsedPage) -> None:
    """Without this, an import would flatten quotes and dashes, or keep an editor's double spaces."""
    assert oven.title == "What a Village Oven Teaches About Waiting"
    assert len(oven.paragraphs) == 3
    assert oven.paragraphs[0].startswith("Most of us meet bread when it is finished, wrapped and priced. Few have")
    assert oven.paragraphs[0].endswith("The heat is the baker\u2019s clock \u2014 nobody can hurry it.")
    assert "takes 90\u00a0kg of wood" in oven.paragraphs[1]
    assert oven.paragraphs[2].startswith("\u201cYou learn to wait,\u201d says")


def test_alternative_text_is_parted_from_the_first_sentence(oven: ParsedPage) -> None:
    """Without this, the article would open with the description of a picture."""
    assert oven.lead_image is not None
    assert oven.lead_image.alt == "loaves cooling on a wooden rack by a window"
    assert oven.lead_image.url is None
    assert any(note.startswith("Lead image: \u201cloaves cooling") for note in oven.notes)


@pytest.mark.parametrize(
    "opening",
    [
        "iPhones were new then.",
        "my PayPal account was closed.",
        "the eBay years were short.",
        "a look at macOS and others.",
        "all of it was gone. Most people left.",
    ],
)
def test_capitals_inside_words_are_no_image_text(opening: str) -> None:
    """Without this, the rule would cut product names in half."""
    page = parse_lines("Title", "", opening)

    assert page.lead_image is None
    assert page.paragraphs == (opening,)


def test_capitalised_image_text_is_left_and_reported() -> None:
    """Without this, an ordinary sentence that starts with a capital could lose words."""
    page = parse_lines("Title", "", "Heron on a postMost letters wait.")

    assert page.lead_image is None
    assert page.paragraphs == ("Heron on a postMost letters wait.",)
    assert "The first paragraph may begin with an image's text; it was left as printed." in page.notes


def test_byline_is_never_invented(oven: ParsedPage) -> None:
    """Without this, a page that names no author could be signed by its publisher or a commenter."""
    assert oven.byline is None
    assert oven.published is None
    assert "The disclaimer speaks of an author named above, and the page names none above it." in oven.notes


def test_standing_parts_are_told_apart(oven: ParsedPage) -> None:
    """Without this, legal texts would become paragraphs of the article."""
    assert oven.copyright == ParsedCopyright(
        "Fennmark Gazette", 2016, "\u00a9 Copyright 2016 Fennmark Gazette. All rights reserved."
    )
    invitation = (
        "Questions or concerns about the preceding article can be directed to the author or posted as a comment below."
    )
    assert oven.disclaimer == (
        "The preceding article was solely written by the author named above. Any views and opinions expressed are not "
        f"necessarily shared by Fennmark Gazette. {invitation}"
    )
    assert oven.contact_invitation == invitation
    assert oven.terms_notice == (
        "By commenting you acknowledge acceptance of Fennmark Gazette's Terms and Conditions of Use."
    )
    assert oven.required_note == "* Indicates required field."
    assert oven.cookie_notice is not None
    assert oven.cookie_notice.startswith("Fennmark Gazette uses cookies to personalize")
    assert oven.furniture == ("Leave a Comment", "Leave a Comment")
    assert oven.unrecognised == ()


def test_comments_have_names_times_and_all_paragraphs(oven: ParsedPage) -> None:
    """Without this, a thread would lose its readers' words, or gain the form below it."""
    heads = [(one.name, one.posted_at, len(one.paragraphs), one.parent) for one in oven.comments]
    assert heads == [
        ("odda", datetime(2016, 5, 3, 0, 5), 2, None),  # noqa: DTZ001 - the page prints no zone
        ("Tamsel B.", datetime(2016, 5, 3, 12, 40), 1, None),  # noqa: DTZ001 - the page prints no zone
        ("R. Quillon", datetime(2020, 2, 29, 21, 7), 2, None),  # noqa: DTZ001 - the page prints no zone
    ]
    assert oven.comments[0].paragraphs[1] == "The smell went up the hill and came in at the school windows."
    assert oven.comments[2].paragraphs == ("\u2022 turn the tins twice", "\u2022 leave the door alone")


def test_indented_answers_have_parents() -> None:
    """Without this, answers would stand beside what they answer."""
    page = parse_file("nested-thread.txt")

    assert [(one.name, one.parent) for one in page.comments] == [
        ("Wren", None),
        ("Oskar", 0),
        ("Wren", 1),
        ("Ida Lund", 0),
        ("Mo", None),
    ]


def test_page_without_indentation_or_list_marks() -> None:
    """Without this, only one site's layout could be imported."""
    page = parse_file("night-ferry.txt")

    assert page.title == "Riding the Night Ferry"
    assert page.byline == "Ilse Varrow"
    assert page.published == datetime(2019, 3, 14)  # noqa: DTZ001 - the page prints no zone
    assert page.paragraphs[0].split("\n")[1:] == ["Nobody on board seems to mind;", "everybody has brought soup."]
    assert page.copyright == ParsedCopyright("Quayside Letters", 2019, "\u00a9 2018\u20132019 by Quayside Letters")
    assert page.disclaimer == "Disclaimer: This does not constitute travel advice."
    assert page.contact_invitation is None
    assert [(one.name, one.paragraphs) for one in page.comments] == [
        ("Petra Ohm", ("I slept through the whole thing.",)),
        ("Bo", ("So did the cook.",)),
    ]
    assert page.furniture == ("Skip to content", "2 Comments", "Reply")
    assert page.unrecognised == ("Related: Eleven Bridges", "Printed by the Quayside press room")


def test_dates_in_the_body_are_no_comments() -> None:
    """Without this, a programme of events above the disclaimer would become a discussion."""
    page = parse_lines(
        "Spring Programme", "", "  * Choir", "", "    May 1st, 2016 at 7:00 PM", "", "\u00a9 2016 Hall Press",
        "", "  * Ada", "", "    May 2nd, 2016 at 8:00 AM", "", "    I will sing.",
    )  # fmt: skip

    assert [one.name for one in page.comments] == ["Ada"]
    assert page.paragraphs == ("* Choir", "May 1st, 2016 at 7:00 PM")


def test_second_reading_gives_the_same_identities(oven: ParsedPage) -> None:
    """Without this, importing a file twice would double its article and comments."""
    assert parse_file("village-oven.txt") == oven
    assert oven.source_id == "sha256:751d83e5d08ec496d848859e0ce805badbd4327ee74ee4b375e66c0eb3403114"
    assert len({one.source_id for one in oven.comments}) == 3


def test_equal_comments_have_identities_of_their_own() -> None:
    """Without this, the second of two equal comments would be taken for the first and dropped."""
    comment = ("  * Bo", "", "    May 1st, 2016 at 7:00 PM", "", "    Yes.", "")
    page = parse_lines("Title", "", *comment, *comment)

    first, second = page.comments
    assert first.paragraphs == second.paragraphs == ("Yes.",)
    assert first.source_id != second.source_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("April 2nd, 2013 at 6:59 AM", "2013-04-02T06:59:00"),
        ("July 29th, 2020 at 2:09 PM", "2020-07-29T14:09:00"),
        ("May 3rd, 2016 at 12:05 AM", "2016-05-03T00:05:00"),
        ("Sat, May 3, 2016, 12:05 p.m.", "2016-05-03T12:05:00"),
        ("3 Sept. 2016 23:59", "2016-09-03T23:59:00"),
        ("2016-05-03T08:15:30", "2016-05-03T08:15:30"),
        ("May 3, 2016", "2016-05-03T00:00:00"),
        ("February 30, 2016 at 1:00 AM", None),
        ("May 3, 2016 at 13:00 PM", None),
        ("May 3, 2016 at 25:00", None),
        ("3/5/2016", None),
        ("May 3, 0016", None),
        ("It was May 3, 2016", None),
    ],
)
def test_printed_times(text: str, expected: str | None) -> None:
    """Without this, a time could be read as another one, or a sentence as a time."""
    time = read_printed_time(text)

    assert (time.at.isoformat() if time else None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u00a9 Copyright 2013 Example.org. All rights reserved.", ("Example.org", 2013)),
        ("Copyright Riverbend Press, 2011", ("Riverbend Press", 2011)),
        ("(c) 2009-2012 A. B. Tarn", ("A. B. Tarn", 2012)),
        ("\u00a9 Moss & Co. All rights reserved", ("Moss & Co", None)),
        ("\u00a9 1999", (None, 1999)),
        ("Copyright law changed in 1976 for good.", None),
        ("(c) the third of four points", None),
        ("All rights reserved by 2013", None),
    ],
)
def test_copyright_lines(text: str, expected: tuple[str | None, int | None] | None) -> None:
    """Without this, a sentence about copyright could become the article's owner."""
    found = read_copyright(text)

    assert ((found.holder, found.year) if found else None) == expected


def test_localise_places_wall_clock_times() -> None:
    """Without this, an imported comment could jump by an hour from one import to the next."""
    zone = ZoneInfo("America/New_York")

    def moment(text: str) -> str:
        return localise(datetime.fromisoformat(text), zone).isoformat()

    assert moment("2013-04-02T06:59") == "2013-04-02T06:59:00-04:00"
    assert moment("2013-03-10T02:30") == "2013-03-10T03:30:00-04:00"  # Never shown: moved over the gap.
    assert moment("2013-11-03T01:30") == "2013-11-03T01:30:00-04:00"  # Shown twice: the earlier one.
    assert moment("2013-11-03T02:00") == "2013-11-03T02:00:00-05:00"
    assert moment("2013-04-02T06:59+00:00") == "2013-04-02T02:59:00-04:00"
    later = datetime(2013, 11, 3, 1, 30, fold=1)  # noqa: DTZ001 - what a page prints
    assert localise(later, zone).utcoffset() == timedelta(hours=-4)


def test_localise_refuses_what_no_calendar_holds() -> None:
    """Without this, a time at the calendar's end would raise something nobody catches."""
    with pytest.raises(PageError, match="cannot be placed"):
        localise(datetime.min, timezone(timedelta(hours=5)))  # noqa: DTZ901 - the edge is the point


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "a.txt", "The file is empty."),
        (b" \n\t\n", "a.txt", "The file is empty."),
        (b"Title\0", "a.txt", "holds NUL"),
        (b"\xff\xfe\x00", "a.txt", "cannot be read"),
        (b"a" * (MAX_PAGE_BYTES + 1), "a.txt", "a page may have 5242880"),
        (b"MIME-Version: 1.0", "a.mhtml", "Save the page as .html or .txt"),
        (b"Leave a Comment", "a.txt", "has no title"),
    ],
)
def test_what_is_no_page_is_refused(data: bytes, name: str, message: str) -> None:
    """Without this, a wrong file would fail somewhere deeper, with a message for programmers."""
    with pytest.raises(PageError, match=message):
        parse_page(data, name)


def test_other_encodings_are_read_and_reported() -> None:
    """Without this, quotes from an old page would become question marks unnoticed."""
    page = parse_page("Title\n\n\u201cQuoted\u201d \u2013 and caf\u00e9".encode("windows-1252"), "a.txt")

    assert page.paragraphs == ("\u201cQuoted\u201d \u2013 and caf\u00e9",)
    assert page.notes[0].startswith("The file is not UTF-8 and was read as windows-1252")
    assert parse_page("\ufeffTitle".encode("utf-16"), "a.txt").title == "Title"


FRAGMENTS = (
    "Leave a Comment", "2 Comments", "  \u2022 Ada", "    May 3rd, 2016 at 12:05 AM", "May 4, 2016 at 1:00 pm",
    "Bo says:",
    "\u00a9 2016 Moss. All rights reserved.", "Disclaimer: none of it is advice.", "* Indicates required field.",
    "By posting here you agree to everything.", "We use cookies; by continuing you consent.", "By Ada Tarn", "",
    "someone at the windowMost of us wait.", "Write to the author.", "3 May 2016", "    \u2022 nested",
    "\tindented text",
)  # fmt: skip
LINES = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=30)), max_size=25)


def shown(text: str) -> str:
    """What a reader sees of a text: nothing but its printing characters."""
    return "".join(character for character in tidy(text) if character.isprintable() and not character.isspace())


def everything_in(page: ParsedPage) -> str:
    """All text of a page. The image's text and the first paragraph stand together, as they were printed."""
    singles = (
        page.title, page.byline, page.disclaimer, page.contact_invitation, page.terms_notice, page.required_note,
        page.cookie_notice, page.copyright.statement if page.copyright else None,
        page.lead_image.alt if page.lead_image else None,
    )  # fmt: skip
    comments = [text for one in page.comments for text in (one.name, *one.paragraphs)]
    texts = [*filter(None, singles), *page.paragraphs, *comments, *page.furniture, *page.unrecognised]
    return "".join(map(shown, texts))


def is_accounted_for(line: str, page: ParsedPage) -> bool:
    """Whether a line of the input is in a part; a time counts when a part has that time."""
    time, texts = read_printed_time(tidy(line)), everything_in(page)
    if time and time.at in {page.published, *(one.posted_at for one in page.comments)}:
        return True
    bare = tidy(line).lstrip("\u2022\u25e6\u25aa\u2023\u2219*+-o ").removesuffix("says:").removeprefix("By ")
    return shown(line) in texts or shown(bare) in texts


@settings(deadline=None)
@given(LINES)
def test_no_line_is_lost(lines: list[str]) -> None:
    """Without this, an import could drop a reader's words and report success."""
    text = "\n".join(lines)
    try:
        page = parse_page(text.encode(errors="ignore"), "page.txt")
    except PageError:
        return
    lost = [line for line in text.splitlines() if not page.body_html and not is_accounted_for(line, page)]
    assert lost == []


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["a.txt", "a", "a.html", ".htm", "\ud800.txt"]))
def test_any_bytes_give_a_page_or_a_page_error(data: bytes, name: str) -> None:
    """Without this, a broken file would end an import of a whole folder with a traceback."""
    try:
        page = parse_page(data, name)
    except PageError:
        return
    assert page.title
    assert "\0" not in everything_in(page)
