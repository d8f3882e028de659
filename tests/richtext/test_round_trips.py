"""What goes out comes back: the promises every form of a document is held to."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from cms.richtext import Document, digest, from_blocks, from_html, from_markdown, render
from tests.richtext.documents import WORDS, documents, faults_in

FEW = settings(max_examples=100, deadline=None)


@FEW
@given(documents())
def test_blocks_come_back_the_same(document: Document) -> None:
    """Stored JSON that decodes to another document would change keys, and every diff with them."""
    assert from_blocks(msgspec.json.decode(render(document).blocks)) == document


@FEW
@given(documents())
def test_markdown_says_what_the_blocks_say(document: Document) -> None:
    """An export to Markdown that reads back differently has lost or invented marks."""
    again = from_markdown(render(document).markdown)
    assert digest(again) == digest(document), (document, again)


@FEW
@given(documents())
def test_html_says_what_the_blocks_say(document: Document) -> None:
    """HTML that reads back differently shows readers something else than was stored."""
    again = from_html(render(document).html)
    assert digest(again) == digest(document), (document, again)


@FEW
@given(documents())
def test_html_holds_only_what_is_ours(document: Document) -> None:
    """A tag, an attribute or an address outside the list is a hole."""
    assert faults_in(render(document).html) == []


@FEW
@given(st.lists(st.sampled_from([*WORDS, " ", "\n", "\n\n", "    ", "- ", "> ", "1. "]), max_size=30).map("".join))
def test_any_markdown_is_stable_after_the_first_pass(text: str) -> None:
    """Markdown that changes on every save fills the history with revisions nobody made."""
    first = from_markdown(text)
    markdown = render(first).markdown
    assert render(from_markdown(markdown)).markdown == markdown
    assert digest(from_markdown(markdown)) == digest(first)
    assert faults_in(render(first).html) == []


_TAGS = [
    "p",
    "b",
    "i",
    "em",
    "code",
    "pre",
    "ul",
    "ol",
    "li",
    "blockquote",
    "table",
    "tr",
    "td",
    "th",
    "h1",
    "h3",
    "div",
    "span",
    "s",
    "sub",
    "a href='https://x.org'",
    "a href=/x",
    "figure",
    "figcaption",
    "br",
    "hr",
    "img src='/media/id/med_01890a5d-ac96-774b-bcce-b302099a8057' alt=x",
    "x-y",
]
_html_parts = (
    st.sampled_from(_TAGS).map(lambda tag: f"<{tag}>")
    | st.sampled_from(_TAGS).map(lambda tag: f"</{tag.split()[0]}>")
    | st.sampled_from([*WORDS, " ", "\n\n"])
)


@FEW
@given(st.lists(_html_parts, max_size=30).map("".join))
def test_any_html_is_stable_after_the_first_pass(text: str) -> None:
    """The same of HTML, with tags nested in any way."""
    first = from_html(text)
    html = render(first).html
    assert render(from_html(html)).html == html
    assert digest(from_html(html)) == digest(first)
    assert digest(from_markdown(render(first).markdown)) == digest(first)
    assert faults_in(html) == []
