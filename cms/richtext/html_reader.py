"""Rich text from HTML: what we know becomes blocks, what we do not know becomes its text, what could run is dropped.

lxml tells tags and text as events, so nothing is built that a page could make deep. Only the blocks leave this module:
no tag or attribute of the input is ever copied.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from cms.richtext.assembly import Assembler
from cms.richtext.blocks import Divider, Document
from cms.richtext.embeds import Found, find_embed
from cms.richtext.html_tags import BOUNDARIES, DROPPED, LISTS, MARKS, STYLES
from cms.richtext.limits import checked, one_line
from cms.richtext.links import ResolveImage, ResolveLink, media_of, safe_href, target_of

_SPACES = re.compile(r"[ \t\n\r\f]+")
_BLANK_LINES = re.compile(r"\n[ \t\r\f]*\n[ \t\r\n\f]*")
_MAX_START_DIGITS = 9


def from_html(
    html: str,
    *,
    resolve_image: ResolveImage | None = None,
    resolve_link: ResolveLink | None = None,
    keep_line_breaks: bool = False,
) -> Document:
    """The document that `html` shows.

    Args:
        html: a page or a part of one. Text outside any tag is split into paragraphs at blank lines.
        resolve_image: given the address and alt text of an image that is not ours, answers a media id or None; without
            an id the image becomes a link.
        resolve_link: given an allowed address, answers an article id or None.
        keep_line_breaks: newlines of text outside any paragraph are line breaks, the habit of WordPress.

    Raises:
        RichTextError: it is too large, or holds a NUL or half of a surrogate pair.
    """
    reader = _Reader(resolve_image, resolve_link, keep_line_breaks=keep_line_breaks)
    parser = etree.HTMLParser(encoding="utf-8", target=reader, huge_tree=True)  # type: ignore[arg-type]  # the stub wants comments and bytes; lxml calls what is there
    parser.feed(checked(html).encode())
    parser.close()
    return reader.finish()


@dataclass(slots=True)
class _Figure:
    """A figure that is open, with what was found in it."""

    provider: str | None
    media: str = ""
    alt: str = ""
    caption: str = ""
    embed: Found | None = None


@dataclass(slots=True)
class _Code:
    """A `pre` that is open."""

    text: str = ""
    language: str = ""


class _Reader:
    """The target of lxml's parser: `start`, `end`, `data` and `close` are its names."""

    def __init__(
        self, resolve_image: ResolveImage | None, resolve_link: ResolveLink | None, *, keep_line_breaks: bool
    ) -> None:
        self._resolve_image = resolve_image
        self._resolve_link = resolve_link
        self._keep_line_breaks = keep_line_breaks
        self.to = Assembler(embeds_bare_addresses=True)
        self._data: list[str] = []
        self._dropped = 0
        self._paragraphs = 0
        self._figures: list[_Figure] = []
        self._code: _Code | None = None
        self._caption: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._take_text()
        if tag in DROPPED:
            self._drop(tag, attributes)
        elif not self._dropped:
            self._open(tag, attributes)

    def end(self, tag: str) -> None:
        self._take_text()
        if tag in DROPPED:
            self._dropped = max(self._dropped - 1, 0)
        elif not self._dropped:
            self._close(tag)

    def data(self, text: str) -> None:
        if not self._dropped:
            self._data.append(text)

    def close(self) -> None:
        self._take_text()

    def finish(self) -> Document:
        return self.to.finish()

    # Text

    def _take_text(self) -> None:
        text = "".join(self._data)
        self._data = []
        if not text or (self._figures and self._figures[-1].embed):
            return
        if self._code is not None:
            self._code.text += text
        elif self._caption is not None:
            self._caption.append(text)
        elif self._paragraphs:
            self.to.text(_SPACES.sub(" ", text))
        else:
            self._take_loose_text(text)

    def _take_loose_text(self, text: str) -> None:
        """Text outside any paragraph: a blank line ends one."""
        for place, part in enumerate(_BLANK_LINES.split(text)):
            if place:
                self.to.flush()
            self.to.text(part if self._keep_line_breaks else _SPACES.sub(" ", part))

    # Tags

    def _drop(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "iframe" and not self._dropped:
            self._frame(attributes.get("src", ""))
        self._dropped += 1

    def _open(self, tag: str, attributes: dict[str, str]) -> None:
        if self._code is not None:
            self._open_in_code(tag, attributes)
        elif tag in MARKS:
            self.to.open_mark(MARKS[tag])
        elif tag in STYLES:
            self._paragraphs += 1
            self.to.open_block(STYLES[tag])
        elif tag in LISTS:
            self.to.open_list(LISTS[tag], _number(attributes.get("start", "")))
        elif tag in BOUNDARIES:
            self.to.flush()
        elif tag in _OPENING:
            _OPENING[tag](self, attributes)

    def _close(self, tag: str) -> None:
        if self._code is not None:
            self._close_in_code(tag)
        elif tag in MARKS or tag == "a":
            self.to.close_mark()
        elif tag in STYLES:
            self._paragraphs = max(self._paragraphs - 1, 0)
            self.to.close_block()
        elif tag in LISTS:
            self.to.close_list()
        elif tag in BOUNDARIES:
            self.to.flush()
        elif tag in _CLOSING:
            _CLOSING[tag](self)

    def _open_in_code(self, tag: str, attributes: dict[str, str]) -> None:
        if self._code is None:
            return
        if tag == "br":
            self._code.text += "\n"
        elif tag == "code":
            self._code.language = self._code.language or _language(attributes)

    def _close_in_code(self, tag: str) -> None:
        if tag != "pre" or self._code is None:
            return
        code, self._code = self._code, None
        self.to.add_code(code.text, code.language)

    # What the tables below call

    def open_link(self, attributes: dict[str, str]) -> None:
        href = attributes.get("href", "")
        if self._figures and self._figures[-1].provider and not self._figures[-1].embed:
            self._figures[-1].embed = find_embed(href)
        self.to.open_mark(target_of(href, self._resolve_link))

    def open_code(self, attributes: dict[str, str]) -> None:
        self.to.flush()
        self._code = _Code(language=_language(attributes))

    def open_item(self, _attributes: dict[str, str]) -> None:
        self._paragraphs += 1
        self.to.flush()

    def close_item(self) -> None:
        self._paragraphs = max(self._paragraphs - 1, 0)
        self.to.close_item()

    def open_cell(self, _attributes: dict[str, str]) -> None:
        self._paragraphs += 1
        self.to.open_cell()

    def close_cell(self) -> None:
        self._paragraphs = max(self._paragraphs - 1, 0)
        self.to.close_cell()

    def open_figure(self, attributes: dict[str, str]) -> None:
        self.to.flush()
        self._figures.append(_Figure(attributes.get("data-embed")))

    def close_figure(self) -> None:
        self.to.flush()
        figure = self._figures.pop() if self._figures else _Figure(None)
        if figure.embed:
            self.to.add_embed(figure.embed.url)
        elif figure.media:
            self.to.add_image(figure.media, figure.alt, figure.caption)
        elif figure.caption:
            self.to.text(figure.caption)
            self.to.flush()

    def open_caption(self, _attributes: dict[str, str]) -> None:
        self.to.flush()
        self._caption = []

    def close_caption(self) -> None:
        caption = one_line("".join(self._caption or ()))
        self._caption = None
        if self._figures:
            self._figures[-1].caption = caption
        else:
            self.to.text(caption)
            self.to.flush()

    def image(self, attributes: dict[str, str]) -> None:
        url, alt = attributes.get("src", ""), attributes.get("alt", "")
        media = media_of(url, alt, self._resolve_image)
        if media is None:
            self.to.add_foreign_image(target_of(url), alt)
        elif self._figures and not self._figures[-1].media:
            self._figures[-1].media, self._figures[-1].alt = media, alt
        else:
            self.to.add_image(media, alt)

    def _frame(self, url: str) -> None:
        """A frame becomes the embed it shows, or a link to it in a paragraph of its own."""
        if self.to.add_embed(url) or not (href := safe_href(url)) or not href.startswith("http"):
            return
        self.to.flush()
        self.to.open_mark(target_of(href))
        self.to.text(href)
        self.to.close_mark()
        self.to.flush()


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= _MAX_START_DIGITS else 1


def _language(attributes: dict[str, str]) -> str:
    """The class that names a language, as `language-python` does."""
    names = attributes.get("class", "").split()
    return next((name for name in names if name.startswith(("language-", "lang-"))), "")


_OPENING: dict[str, Callable[[_Reader, dict[str, str]], None]] = {
    "a": _Reader.open_link,
    "pre": _Reader.open_code,
    "li": _Reader.open_item,
    "td": _Reader.open_cell,
    "th": _Reader.open_cell,
    "figure": _Reader.open_figure,
    "figcaption": _Reader.open_caption,
    "img": _Reader.image,
    "br": lambda reader, _: reader.to.text("\n"),
    "hr": lambda reader, _: reader.to.add(Divider()),
    "blockquote": lambda reader, _: reader.to.open_quote(),
    "table": lambda reader, _: reader.to.open_table(),
    "tr": lambda reader, _: reader.to.open_row(),
}
_CLOSING: dict[str, Callable[[_Reader], None]] = {
    "li": _Reader.close_item,
    "td": _Reader.close_cell,
    "th": _Reader.close_cell,
    "figure": _Reader.close_figure,
    "figcaption": _Reader.close_caption,
    "blockquote": lambda reader: reader.to.close_quote(),
    "table": lambda reader: reader.to.close_table(),
}
