"""The tags of a post, each written again by us with the few attributes that mean something.

`OPENINGS` and `CLOSINGS` hold the tags that need a rule; marks, blocks and boundaries are the tables of
`cms.richtext.html_tags`. What colours, sizes, aligns or floats is presentation and leaves no trace, not in the report
either.
"""

import re
from collections.abc import Callable

from cms.richtext.html_tags import BOUNDARIES, DROPPED, LISTS, MARKS, STYLES
from cms.transfer.wxr.markup.code import close_code, close_pre, open_code, open_pre
from cms.transfer.wxr.markup.conversion import Conversion
from cms.transfer.wxr.markup.pictures import (
    close_caption,
    close_figure,
    close_object,
    open_caption,
    open_figure,
    show_frame,
    show_image,
    show_object,
    show_player,
)
from cms.transfer.wxr.markup.source import Token, attributes_of
from cms.transfer.wxr.markup.tables import (
    close_cell,
    close_row,
    close_table,
    open_cell,
    open_head,
    open_row,
    open_table,
)

BLOCKS = frozenset({*STYLES, *LISTS, "li", "blockquote"})
# Their inside is no HTML for a browser either: it is dropped even when nothing ends it.
_RAW = frozenset({"script", "style", "title"})
_KEPT_AS_TEXT = frozenset({"button", "textarea", "xmp", "plaintext", "object", "noembed", "noframes", "frameset"})
_GALLERIES = ("blocks-gallery", "wp-block-gallery")


def open_element(to: Conversion, tag: Token) -> None:
    """A tag begins an element, or is one that has no end."""
    name = tag.said
    if to.out.verbatim and name not in _IN_CODE:
        _pass_in_code(to, name)
    elif name in OPENINGS:
        OPENINGS[name](to, tag)
    elif name in DROPPED and name not in _KEPT_AS_TEXT:
        _drop(to, tag)
    elif name in MARKS:
        to.begin(name, f"<{name}>", f"</{name}>", to.out.inline)
    elif name in BLOCKS:
        to.begin(name, f"<{name}>", f"</{name}>", to.out.block)
    elif name in BOUNDARIES or name in _KEPT_AS_TEXT:
        to.out.end_paragraph()


def close_element(to: Conversion, name: str) -> None:
    """The innermost open element of this name ends; without one, a boundary is a boundary still."""
    if to.out.verbatim and name not in _IN_CODE:
        _pass_in_code(to, name)
    elif name in CLOSINGS:
        CLOSINGS[name](to)
    elif to.endings.get(name):
        ending = to.endings[name].pop()
        if name in BLOCKS:
            to.out.block(ending)
        else:
            to.out.inline(ending)
    elif name in BOUNDARIES or name in _KEPT_AS_TEXT or name == "p":
        to.out.end_paragraph()


def _pass_in_code(to: Conversion, name: str) -> None:
    """Among code, the edge of a block is the end of a line, and other tags are nothing."""
    if name == "img":
        to.note("image among code dropped")
    elif name in _LINES_IN_CODE and not to.out.parts[-1].endswith(("\n", ">")):
        to.out.text("\n")


def _drop(to: Conversion, tag: Token) -> None:
    """What runs, draws or asks for input goes with all that is in it, as far as it has an end."""
    to.note(f"<{tag.said}> dropped")
    end = to.source.find(rf"</{re.escape(tag.said)}(?=[\s/>])")
    if end < len(to.source.text) or tag.said in _RAW:
        to.source.skip_to(end)


def _drop_field(to: Conversion, tag: Token) -> None:
    if attributes_of(tag.rest).get("type", "").lower() != "hidden":
        to.note("<input> dropped")


# Text


def _open_link(to: Conversion, tag: Token) -> None:
    attributes = attributes_of(tag.rest)
    href = to.address(attributes["href"]) if attributes.get("href") else None
    if attributes.get("href") and href is None:
        to.note("link to an address that cannot be kept, its text stays")
    if "wp-block-file__button" in attributes.get("class", ""):
        to.out.text(" ")
    opening = f'<a href="{href}">' if href else ""
    to.begin("a", opening, "</a>" if href else "", to.out.inline)


def _open_quotation(to: Conversion, _tag: Token) -> None:
    to.begin("q", "“", "”", to.out.inline)


def _open_abbreviation(to: Conversion, tag: Token) -> None:
    if attributes_of(tag.rest).get("title"):
        to.note("what an abbreviation stands for left out, since it showed only under the mouse")


def _open_term(to: Conversion, _tag: Token) -> None:
    to.out.end_paragraph()
    to.begin("dt", "<strong>", "</strong>", to.out.inline)


def _close_term(to: Conversion) -> None:
    if to.endings.get("dt"):
        to.out.inline(to.endings["dt"].pop())
    to.out.end_paragraph()


def _open_item(to: Conversion, tag: Token) -> None:
    """An item of a gallery is a place for an image, and no item of a list."""
    is_picture = any(name in attributes_of(tag.rest).get("class", "") for name in _GALLERIES)
    opening, ending = ("", "") if is_picture else (f"<{tag.said}>", f"</{tag.said}>")
    to.begin(tag.said, opening, ending, to.out.block)


def _open_numbers(to: Conversion, tag: Token) -> None:
    attributes = attributes_of(tag.rest)
    if "reversed" in attributes:
        to.note("numbers of a list that ran backwards run forwards")
    start = attributes.get("start", "")
    to.begin("ol", f'<ol start="{start}">' if start.isdecimal() else "<ol>", "</ol>", to.out.block)


def _line_break(to: Conversion, _tag: Token) -> None:
    to.out.line_break()


def _rule(to: Conversion, _tag: Token) -> None:
    to.out.block("<hr>")


OPENINGS: dict[str, Callable[[Conversion, Token], None]] = {
    "a": _open_link,
    "q": _open_quotation,
    "dt": _open_term,
    **dict.fromkeys(("abbr", "acronym"), _open_abbreviation),
    "ol": _open_numbers,
    "ul": _open_item,
    "li": _open_item,
    "pre": open_pre,
    "code": open_code,
    "table": open_table,
    "thead": open_head,
    "tr": open_row,
    "td": open_cell,
    "th": open_cell,
    "img": show_image,
    "figure": open_figure,
    "figcaption": open_caption,
    "audio": show_player,
    "video": show_player,
    "iframe": show_frame,
    "embed": show_object,
    "object": show_object,
    "param": show_object,
    "input": _drop_field,
    "br": _line_break,
    "hr": _rule,
}
CLOSINGS: dict[str, Callable[[Conversion], None]] = {
    "dt": _close_term,
    "pre": close_pre,
    "code": close_code,
    "table": close_table,
    "tr": close_row,
    "td": close_cell,
    "th": close_cell,
    "figure": close_figure,
    "figcaption": close_caption,
    "object": close_object,
}
_IN_CODE = frozenset({"pre", "code", "br", "script", "style"})
_LINES_IN_CODE = BLOCKS | BOUNDARIES | {"tr", "td", "th", "figure", "figcaption"}
