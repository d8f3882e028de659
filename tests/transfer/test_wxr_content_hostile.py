"""What any text of a post is promised: no word is lost in silence, nothing in it runs, and it never takes long."""

import re
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from cms.richtext import RichTextError, render
from tests.richtext.documents import faults_in
from tests.richtext.test_hostile_input import HOSTILE
from tests.transfer.theme_export import THEME_EXPORT, on_theme_export
from tests.transfer.wxr_texts import converted, notes

IMAGE = "<img src='https://old.example/wp-content/uploads/harbour.jpg' alt=x>"
FOREIGN = "<img src='https://x.example/a.jpg' alt=x>"
BLOCKS = (
    "p",
    "div",
    "h2",
    "ul",
    "ol",
    "li",
    "blockquote",
    "table",
    "tr",
    "td",
    "th",
    "caption",
    "pre",
    "dl",
    "dt",
    "dd",
)
INLINE = ("b", "em", "code", "sup", "q", "span", "a href='/x'", "a href='javascript:x'", "x-y", "button", "textarea")
FIGURES = (
    "figure",
    "figcaption",
    "ul class='blocks-gallery-grid'",
    "pre class='wp-block-verse'",
    "object",
    "td rowspan=2",
)
WHOLE = [
    f"[caption id='attachment_8']{IMAGE} § [/caption]",
    f"[caption caption='§']<a href='/x'>{FOREIGN}</a>[/caption]",
    f"[caption]<b>§</b>{IMAGE}<em> § [/caption] § </em>",
    f"<figure>{IMAGE}<figcaption> § <br>§ <a href='/x'>§</a></figcaption></figure>",
    f"<figure class='wp-block-gallery'><figure>{IMAGE}</figure>{FOREIGN}<figcaption>§</figcaption></figure>",
    "<table><caption>§</caption><tr><td rowspan=2>§</td><td colspan=3>§</td></tr><tr><th>§</th></tr></table>",
    "<ul><li>§<ol><li>§<p>§</p></li></ol></li></ul>",
    "<dl><dt>§</dt><dd>§</dd></dl>",
    "[code lang=x] § <b>§</b>[/code]",
    "<code>§\n§</code>",
    "<pre class='wp-block-verse'>§\n§</pre>",
    "[[caption]§[/caption]]",
    "[foo a=1]§[/foo]",
    "\nhttps://youtu.be/abcdefghijk\n",
]
MARKUP = [
    *WHOLE,
    *(f"<{tag}>" for tag in (*BLOCKS, *INLINE, *FIGURES, "br", "hr")),
    *(f"</{tag.split()[0]}>" for tag in (*BLOCKS, *INLINE, *FIGURES)),
    *("[caption id='attachment_8']", "[/caption]", "[gallery ids=8]", "[embed]", "[/embed]", "[video src=/a.mp4]"),
    *("[code]", "[/code]", "[[code]", "[/code]]", "[[gallery]]", "[foo a='1']", "[/foo]", "[", "]", "[video]"),
    *("<!-- wp:group -->", "<!-- /wp:group -->", "<!-- wp:search /-->", "<!--more-->", "<!--nextpage-->", "<!-- x -->"),
    *("\n", "\n\n", " ", "<", "&lt;", "&", IMAGE, FOREIGN),
]
DROPPED = ["<script>", "</script>", "<select>", "</select>", "<audio>", "</audio>", "<svg>", "</svg>", "<noscript>"]


def texts(markup: list[str]) -> st.SearchStrategy[str]:
    """Posts of any markup, whole and torn, with a word after each piece: `w0`, `w1` and so on, none twice."""
    return st.lists(st.sampled_from(markup), max_size=25).map(lambda pieces: with_words(" § ".join([*pieces, ""])))


def with_words(text: str) -> str:
    """`text` with a word of its own in the place of each `§`."""
    first, *others = text.split("§")
    return first + "".join(f"w{number}{other}" for number, other in enumerate(others))


def lost(html: str) -> set[str]:
    """The words `w<number>` of `html` that stand nowhere in what became of it, each as a word of its own."""
    said = render(converted(html).document).text
    return set(re.findall(r"\bw\d+\b", html)) - set(re.findall(r"\bw\d+\b", said))


@settings(max_examples=300, deadline=None)
@given(texts(MARKUP) | texts(WHOLE) | texts(WHOLE).map("<!-- wp:group -->{}".format))
def test_no_visible_word_is_lost(html: str) -> None:
    """Whatever is opened, closed, nested or forgotten: somebody wrote these words, and readers saw them."""
    assert lost(html) == set()
    assert faults_in(render(converted(html).document).html) == []


@settings(max_examples=100, deadline=None)
@given(texts([*DROPPED, "<p>", "</p>", "[caption]", "[/caption]", "\n\n"]))
def test_words_that_are_lost_are_accounted_for(html: str) -> None:
    """What stands in a list to choose from or a drawing is dropped, and the report says so."""
    assert not lost(html) or any(note.endswith("dropped") for note in notes(html))


def test_a_hostile_string_is_text_or_gone() -> None:
    """An export is a file from anywhere; what ran in the old site's pages must not run in ours."""
    for text in HOSTILE:
        for html in (text, f"[caption]{text}[/caption]", f"<!-- wp:html -->{text}<!-- /wp:html -->", f"[code]{text}"):
            assert faults_in(render(converted(html).document).html) == [], html
    assert notes("<script>alert(1)</script><form><input name=q></form>") == ["<script> dropped", "<input> dropped"]


SLOW = [
    *("[caption]", "[caption ", "[caption id='", f"[caption]{FOREIGN}x[/caption]", f"[caption]{FOREIGN}", "[[code]"),
    *("[foo]", "[embed]https://x.example/a", "[", "<!--", "<!", "<!-- wp:cover {", "<a href='", "<a b=\"'", "<x "),
    *(f"<figure>{FOREIGN}<figcaption>x", "<figcaption>", "<code>", "<code>\n", "<table><tr><td rowspan=9 colspan=9>"),
    *("<ul><li>", "<b><i>", "<video>", "<svg>", "https://x.example/a\n", "<br>", "&", "<pre>", f"<a href=/x>{FOREIGN}"),
]


@pytest.mark.parametrize("end", ["", "]'\">-->"])
def test_no_text_takes_long(end: str) -> None:
    """Read with a search from every beginning to an end that never comes, a text of 1 MB took minutes."""
    for unit in SLOW:
        assert seconds_for(f"{unit * (100_000 // len(unit))}{end}") < 0.5, unit


@pytest.mark.parametrize("unit", ["[foo]", "<code>\n"])
def test_a_megabyte_takes_less_than_two_seconds(unit: str) -> None:
    """One post must not stop an import of thousands, or the site that runs beside it."""
    assert seconds_for(unit * (1_000_000 // len(unit))) < 2


def test_deep_nesting_neither_crashes_nor_loses_words() -> None:
    """Ten thousand levels are no text, but the words inside them are."""
    for opening, closing in (
        ("<div>", "</div>"),
        ("<ul><li>", "</li></ul>"),
        ("<table><tr><td>", "</td></tr></table>"),
        ("[caption]", "[/caption]"),
        ("<figure><figcaption>", "</figcaption></figure>"),
        ("<!-- wp:group -->", "<!-- /wp:group -->"),
    ):
        html = f"{opening * 10_000} w1 {closing * 10_000} w2"
        assert seconds_for(html) < 2
        assert lost(html) == set()


def seconds_for(html: str) -> float:
    """The processor time that `html` takes, whether it is refused for its size or not."""
    start = time.process_time()
    try:
        converted(html)
    except RichTextError as refused:
        assert "split it" in str(refused)  # noqa: PT017 - a refusal is one of two right answers
    return time.process_time() - start


@on_theme_export
def test_every_post_of_a_real_export_is_read() -> None:
    """Themes are tested with this export because it holds what WordPress can hold; all of it has to come through."""
    contents = [item.findtext("{*}encoded") or "" for item in etree.parse(THEME_EXPORT).iter("item")]
    found = [converted(content) for content in contents]

    assert len(found) == 180
    kinds = Counter(type(block).__name__ for each in found for block in each.document.blocks)
    assert kinds == {"TextBlock": 1006, "Code": 9, "Table": 6, "Divider": 6, "Embed": 5}
    assert sum(render(each.document).word_count for each in found) == 12_542
    assert len({number for each in found for number in each.attachments}) == 43
    assert {note for each in found for note in each.notes if note.startswith("shortcode")} == set()
    assert all(faults_in(render(each.document).html) == [] for each in found)
