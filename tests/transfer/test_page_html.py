"""Saved HTML pages: the body without its surroundings, and comments with who, when and to whom."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms.transfer.page import PageError, ParsedCopyright, ParsedImage, ParsedPage, parse_page
from cms.transfer.page.body import MAX_ARTICLE_ELEMENTS
from cms.transfer.page.markup import MAX_PAGE_ELEMENTS

PAGES = Path(__file__).parent / "pages"
SUMMER = timezone(timedelta(hours=2))


def parse_file(name: str) -> ParsedPage:
    """One of the fixture pages, parsed under its own name."""
    return parse_page((PAGES / name).read_bytes(), name)


def parse_html(body: str, head: str = "<title>Title</title>") -> ParsedPage:
    """A page with this body and head, parsed as HTML."""
    return parse_page(f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode(), "page.html")


@pytest.fixture(name="oven")
def _oven() -> ParsedPage:
    return parse_file("village-oven.html")


def test_body_holds_the_article_and_nothing_else(oven: ParsedPage) -> None:
    """Without this, the disclaimer, the copyright line or readers' comments would become the author's words."""
    assert oven.body_html is not None
    assert "".join(oven.body_html.split("\n")).replace("  ", "") == (
        "<p>Most of us meet bread when it is finished, wrapped and priced. Few have stood beside an oven that needs "
        "six hours to get hot.</p><h2>The shed</h2><p>It holds <i>forty</i> loaves \u2014 and the baker\u2019s "
        '<a href="https://gazette.example/patience">patience</a>.</p><ul><li>lit on Fridays</li><li>cold by Monday</li>'
        "</ul><blockquote><p>\u201cYou learn to wait, or you learn to like burnt crusts.\u201d</p></blockquote>"
    )


def test_facts_about_the_page(oven: ParsedPage) -> None:
    """Without this, the article would come in unsigned, undated and without its address."""
    assert oven.title == "What a Village Oven Teaches About Waiting"
    assert oven.byline == "Runa Teasel"
    assert oven.published == datetime(2016, 5, 2, 9, 30, tzinfo=SUMMER)
    assert oven.language == "en-GB"
    assert oven.canonical_url == oven.source_id == "https://gazette.example/2016/05/village-oven/"
    assert oven.lead_image == ParsedImage(
        "loaves cooling on a wooden rack by a window", "https://gazette.example/img/loaves.jpg"
    )


def test_standing_parts_are_taken_out_of_the_body(oven: ParsedPage) -> None:
    """Without this, legal texts would be lost, or would be the site's in place of the article's."""
    assert oven.copyright == ParsedCopyright(
        "Fennmark Gazette", 2016, "\u00a9 Copyright 2016 Fennmark Gazette. All rights reserved."
    )
    assert oven.disclaimer is not None
    assert oven.disclaimer.startswith("The preceding article was solely written by the author named above. Any views")
    assert oven.contact_invitation is not None
    assert oven.contact_invitation.startswith("Questions or concerns about the preceding article can be directed to")
    assert oven.terms_notice is not None
    assert oven.terms_notice.startswith("By commenting you acknowledge")
    assert oven.required_note == "* Indicates required field."
    assert oven.cookie_notice is not None
    assert oven.cookie_notice.startswith("This site uses cookies")


def test_wordpress_comments_keep_names_times_answers_and_ids(oven: ParsedPage) -> None:
    """Without this, comments would arrive as nameless paragraphs in a flat row."""
    page = "https://gazette.example/2016/05/village-oven/"
    assert [(one.name, one.posted_at, one.source_id, one.parent, one.url) for one in oven.comments] == [
        ("odda", datetime(2016, 5, 3, 0, 5, tzinfo=SUMMER), "comment-41", None, f"{page}#comment-41"),
        ("Tamsel B.", datetime(2016, 5, 3, 12, 40), "comment-44", 0, f"{page}#comment-44"),  # noqa: DTZ001 - as printed
        ("R. Quillon", datetime(2020, 2, 29, 21, 7), "comment-47", None, f"{page}#comment-47"),  # noqa: DTZ001 - as printed
    ]
    assert oven.comments[0].paragraphs == (
        "We had one of these.\nIn a lane.",
        "\u00a9 1950 Grandmother. All rights reserved.",
    )
    assert oven.comments[1].paragraphs == ("Forty loaves!",)
    assert oven.comments[2].paragraphs == ("Leave the door alone.",)


def test_what_was_not_understood_is_listed(oven: ParsedPage) -> None:
    """Without this, a comment without a name would vanish from the import without a word."""
    assert oven.unrecognised == ("Nobody signed this one.", "Pingback: Ten ovens")
    assert oven.furniture == (
        "3 thoughts on \u201cWhat a Village Oven Teaches About Waiting\u201d",
        "Leave a Reply",
        "Name",
        "Posted on 2 May 2016 by Runa Teasel",
        "Reply",
    )
    assert oven.notes == ("4 texts around the article (menus, sidebars, footers) were left out.",)


def test_microdata_page() -> None:
    """Without this, pages that use schema.org attributes in place of class names would lose their comments."""
    page = parse_file("microdata.html")

    assert (page.title, page.byline) == ("Slow Post", "Edda Korn")
    assert page.published == datetime(2015, 11, 20)  # noqa: DTZ001 - the page names no zone
    assert page.lead_image == ParsedImage(
        "a stamp with a heron", "https://post.example/stamp.jpg", "The last of the series"
    )
    assert [(one.name, one.paragraphs, one.parent) for one in page.comments] == [
        ("Lise M", ("Which drawer?", "I ask for a friend."), None),
        ("Postmaster", ("The second.",), 0),
    ]
    assert page.unrecognised == ()


def test_json_ld_page() -> None:
    """Without this, a page that draws its comments with a script would come in without them."""
    page = parse_file("json-ld.html")

    assert (page.title, page.byline, page.language) == ("Eleven Bridges", "Ilse Varrow, Hanno Pell", "en")
    assert page.published == datetime(2018, 7, 1, 8, tzinfo=UTC)
    assert page.lead_image == ParsedImage("", "https://quayside.example/bridge.jpg")
    assert [(one.name, one.paragraphs, one.parent) for one in page.comments] == [
        ("Bo", ("Twelve, surely.", "I counted."), None),
        ("Ilse Varrow", ("One is a pipe.",), 0),
    ]
    assert page.comments[0].source_id == "c7"
    assert page.unrecognised == ("When was this?",)


def test_answers_that_follow_flat_get_parents_from_their_depth() -> None:
    """Without this, themes that indent by class name would lose who answers whom."""
    comment = (
        '<div class="comment depth-{1}" id="comment-{0}"><b class="fn">N{0}</b><time datetime="2020-01-0{0}">x</time>'
        '<div class="comment-content">text {0}</div></div>'
    )
    page = parse_html("<h1>Title</h1>" + "".join(comment.format(n, d) for n, d in enumerate((1, 2, 3, 2, 1), start=1)))

    assert [one.parent for one in page.comments] == [None, 0, 1, 0, None]


def test_repeated_comment_number_is_no_identity() -> None:
    """Without this, of two comments with one number the second import would keep one."""
    comment = (
        '<li class="comment" id="comment-1"><b class="fn">{}</b><time datetime="2020-01-01">x</time><p>text</p></li>'
    )
    page = parse_html(f"<h1>Title</h1><ol>{comment.format('A')}{comment.format('B')}</ol>")

    assert [one.name for one in page.comments] == ["A", "B"]
    assert len({one.source_id for one in page.comments}) == 2
    assert all(one.source_id.startswith("sha256:") for one in page.comments)


def test_page_without_author_has_no_byline() -> None:
    """Without this, the name of a commenter could stand over the article."""
    comment = (
        '<li class="comment" id="comment-1"><a rel="author">Bo</a><time datetime="2020-01-01">x</time><p>text</p></li>'
    )
    page = parse_html(f"<h1>Title</h1><p>A sentence that is long enough to be a paragraph.</p><ol>{comment}</ol>")

    assert page.comments[0].name == "Bo"
    assert page.byline is None
    assert "The page names no author; none was invented." in page.notes


def test_address_of_a_saved_copy_is_not_an_address() -> None:
    """Without this, the lead image would point at a folder on somebody's disk."""
    image = '<article><p><img src="./Title_files/a.jpg" alt="a heron"></p><p>Text of the article.</p></article>'
    head = '<title>Title</title><link rel="canonical" href="https://post.example/a">'

    assert parse_html(image, head).lead_image == ParsedImage("a heron", None)
    shared = head + '<meta property="og:image" content="https://post.example/share.jpg">'
    assert parse_html(image, shared).lead_image == ParsedImage("a heron", "https://post.example/share.jpg")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "file:///etc/hostname", "/relative", "http://[broken"])
def test_only_web_addresses_identify_a_page(address: str) -> None:
    """Without this, a hostile page could plant an address that runs, or break the import."""
    page = parse_html("<h1>Title</h1><p>Text.</p>", f'<link rel="canonical" href="{address}">')

    assert page.canonical_url is None
    assert page.source_id.startswith("sha256:")


def test_entities_are_not_resolved(tmp_path: Path) -> None:
    """Without this, a page could read files of the machine that imports it."""
    secret = tmp_path / "secret"
    secret.write_text("do not print")
    page = parse_page(
        f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret}">]><html><body><h1>Title</h1>'
        "<p>Before &x; &#0; &#1; after, in a paragraph.</p></body></html>".encode(),
        "page.html",
    )

    assert page.body_html is not None
    assert "Before" in page.body_html
    assert "do not print" not in repr(page)
    assert "\0" not in page.body_html


def test_hostile_json_ld_is_skipped() -> None:
    """Without this, a broken script would stop the import or store text that no database keeps."""
    deep = '<script type="application/ld+json">' + "[" * 100_000 + "</script>"
    surrogate = '<script type="application/ld+json">{"@type": "Article", "author": "A\\ud800\\u0000B"}</script>'
    page = parse_html("<h1>Title</h1><p>Text.</p>", deep + surrogate)

    assert page.byline == "AB"


TOKENS = (
    "<", ">", "</p>", "<p>", "</article>", "<h1>", "<script>", "<!--", "<svg>", "<table><tr>", "<frameset>",
    "<plaintext>",
    '<li class="comment depth-1" id="comment-9">', '<ol class="children">', '<body class="comment comment-body">',
    '<time datetime="9999-12-31T23:59:59-12:00">', '<p "a="&#1;">', "&#0;&#1;&#xd800;", "\x0b\x1b", "<a rel=author>",
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6000), st.sampled_from(TOKENS), st.integers(0, 60)), max_size=10))
def test_damaged_markup_gives_a_page_or_a_page_error(damage: list[tuple[int, str, int]]) -> None:
    """Without this, a half-saved page would end an import with a traceback, or give comments that answer later ones."""
    text = (PAGES / "village-oven.html").read_text(encoding="utf-8")
    for at, token, cut_chars in damage:
        text = text[:at] + token + text[at + cut_chars :]
    try:
        page = parse_page(text.encode(), "page.html")
    except PageError:
        return
    assert "\0" not in repr(page)
    assert len({one.source_id for one in page.comments}) == len(page.comments)
    assert all(one.parent is None or one.parent < at for at, one in enumerate(page.comments))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<p>x</p>" * (MAX_ARTICLE_ELEMENTS + 1), "The article has more than 20000 elements"),
        ("<b>x</b>" * (MAX_PAGE_ELEMENTS + 1), "The page has more than 200000 elements"),
    ],
)
def test_vast_pages_are_refused(body: str, message: str) -> None:
    """Without this, one file could keep an import busy for minutes."""
    with pytest.raises(PageError, match=message):
        parse_html(body)


def test_page_without_title_is_refused() -> None:
    """Without this, an article could be stored without a name."""
    with pytest.raises(PageError, match="has no title"):
        parse_html("<p>Text.</p>", head="")


def test_content_decides_when_the_name_is_wrong() -> None:
    """Without this, markup would be printed as text, or text read as markup."""
    html = parse_page(b"<!DOCTYPE html><html><body><h1>Title</h1><p>Text.</p></body></html>", "page.txt")
    text = parse_page(b"Title\n\nText without any markup.", "page.html")

    assert (html.title, html.body_html) == ("Title", "<p>Text.</p>")
    assert html.notes[0] == "The file is named .txt and holds HTML; it was read as HTML."
    assert (text.title, text.paragraphs) == ("Title", ("Text without any markup.",))
    assert text.notes[0] == "The file is named .html and holds no markup; it was read as plain text."


def test_missing_extra_is_named_and_text_pages_still_work() -> None:
    """Without this, an installation without the extra would fail on start, or with an ImportError."""
    program = (
        "import sys; sys.modules['trafilatura'] = None\n"
        "from cms.transfer.page import PageError, parse_page\n"
        "print(parse_page(b'Title\\n\\nText.', 'a.txt').title)\n"
        "try: parse_page(b'<html><h1>Title</h1><p>Text.</p></html>', 'a.html')\n"
        "except PageError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - ours

    title, message = done.stdout.splitlines()
    assert title == "Title"
    assert message.startswith('Reading HTML pages needs the "import" extra: pip install "masthead-cms[import]".')
