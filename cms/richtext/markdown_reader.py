"""Rich text from Markdown: CommonMark, tables, strike-through, and our notation for what Markdown lacks.

`![alt](media:med_<uuid> "caption")` is an image, `[text](article:art_<uuid>)` a link to an article, and an address
alone in its paragraph, `<https://...>`, an embed when its site is on the allow-list. Raw HTML is text.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from cms.richtext.assembly import Assembler
from cms.richtext.blocks import Divider, Document, Style
from cms.richtext.errors import RichTextError
from cms.richtext.inline import Mark
from cms.richtext.limits import MAX_MARKDOWN_DEPTH, checked
from cms.richtext.links import ResolveImage, ResolveLink, Target, media_of, target_of
from cms.richtext.markdown_rules import article_parser, comment_parser

_HEADINGS: dict[str, Style] = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
_MARKS: dict[str, Mark] = {"strong": "strong", "em": "em", "s": "strike-through", "sub": "sub", "sup": "sup"}
_BARE_LINK_TOKENS = 3


def from_markdown(
    text: str, *, resolve_image: ResolveImage | None = None, resolve_link: ResolveLink | None = None
) -> Document:
    """The document that `text` writes.

    Args:
        text: Markdown.
        resolve_image: given the address and alt text of an image that is not ours, answers a media id or None; without
            an id the image becomes a link.
        resolve_link: given an allowed address, answers an article id or None.

    Raises:
        RichTextError: the text is too large, too deeply nested, or holds a NUL or half of a surrogate pair.
    """
    return _Reader(
        _article_parser(),
        read_target=lambda url: target_of(url, resolve_link),
        read_image=lambda url, alt: media_of(url, alt, resolve_image),
    ).read(text)


def from_comment(text: str) -> Document:
    """The document of a reader's comment: paragraphs, quotes, emphasis, and links to http and https addresses.

    A single newline is a line break, and everything else of Markdown and HTML is text. Characters that turn the
    direction of the text around are dropped.

    Raises:
        RichTextError: as `from_markdown`.
    """
    plain = _END_OF_QUOTE.sub(r"\1\n\n", text.translate(_TURNING))
    reader = _Reader(_comment_parser(), read_target=_web_target, read_image=_no_image, line_end="\n")
    return reader.read(plain)


# Readers answer on the line below a quote; CommonMark would take the answer for a part of it.
_END_OF_QUOTE = re.compile(r"^(>[^\n]*)\r?\n(?!>|\s*$)", re.MULTILINE)
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_article_parser = cache(article_parser)
_comment_parser = cache(comment_parser)


def _web_target(url: str) -> Target | None:
    return target_of(url) if url.lower().startswith(("http://", "https://")) else None


def _no_image(_url: str, _alt: str) -> None:
    """Comments have no images."""


class _Reader:
    """Walks the tokens of a parsed text and tells an assembler."""

    def __init__(
        self,
        parser: MarkdownIt,
        *,
        read_target: Callable[[str], Target | None],
        read_image: Callable[[str, str], str | None],
        line_end: str = " ",
    ) -> None:
        self._parser = parser
        self._read_target = read_target
        self._read_image = read_image
        self._line_end = line_end
        self._to = Assembler()

    def read(self, text: str) -> Document:
        for token in self._parse(checked(text)):
            if token.level >= MAX_MARKDOWN_DEPTH:
                raise RichTextError.single("Quotes or lists are nested too deeply: take some levels away")
            self._block(token)
        return self._to.finish()

    def _parse(self, text: str) -> list[Token]:
        try:
            return self._parser.parse(text)
        except RecursionError:
            raise RichTextError.single("Brackets are nested too deeply: take some away") from None

    def _block(self, token: Token) -> None:
        opening = _OPENING.get(token.type)
        if opening:
            opening(self._to)
        elif token.type == "inline":
            self._paragraph(token.children or [])
        elif token.type == "heading_open":
            self._to.open_block(_HEADINGS[token.tag])
        elif token.type == "ordered_list_open":
            self._to.open_list("number", int(token.attrs.get("start", 1)))
        elif token.type in {"fence", "code_block"}:
            self._to.add_code(token.content.removesuffix("\n"), token.info)

    def _paragraph(self, tokens: Sequence[Token]) -> None:
        if not self._is_embed(tokens):
            for token in tokens:
                self._inline(token)

    def _is_embed(self, tokens: Sequence[Token]) -> bool:
        """Whether the paragraph is an address in angle brackets that is embedded."""
        alone = len(tokens) == _BARE_LINK_TOKENS and tokens[0].markup == "autolink"
        return alone and self._to.add_embed(str(tokens[0].attrs["href"]))

    def _inline(self, token: Token) -> None:
        match token.type:
            case "text":
                self._to.text(token.content)
            case "softbreak":
                self._to.text(self._line_end)
            case "hardbreak":
                self._to.text("\n")
            case "code_inline":
                self._to.code_text(token.content)
            case "image":
                self._image(token)
            case "link_open":
                self._to.open_mark(self._read_target(str(token.attrs["href"])))
            case _ if token.nesting > 0:
                self._to.open_mark(_MARKS[token.tag])
            case _:
                self._to.close_mark()

    def _image(self, token: Token) -> None:
        url, alt = str(token.attrs["src"]), _text_of(token.children or [])
        media = self._read_image(url, alt)
        if media:
            self._to.add_image(media, alt, str(token.attrs.get("title", "")))
            return
        self._to.add_foreign_image(self._read_target(url), alt)


def _text_of(tokens: Sequence[Token]) -> str:
    """What `tokens` say without their marks."""
    return "".join(
        " " if token.type in {"softbreak", "hardbreak"} else _text_of(token.children or []) or token.content
        for token in tokens
    )


_OPENING: dict[str, Callable[[Assembler], object]] = {
    "paragraph_open": lambda to: to.open_block("normal"),
    "paragraph_close": Assembler.close_block,
    "heading_close": Assembler.close_block,
    "bullet_list_open": lambda to: to.open_list("bullet"),
    "bullet_list_close": Assembler.close_list,
    "ordered_list_close": Assembler.close_list,
    "list_item_close": Assembler.close_item,
    "blockquote_open": Assembler.open_quote,
    "blockquote_close": Assembler.close_quote,
    "hr": lambda to: to.add(Divider()),
    "table_open": Assembler.open_table,
    "table_close": Assembler.close_table,
    "tr_open": Assembler.open_row,
    "th_open": Assembler.open_cell,
    "td_open": Assembler.open_cell,
    "th_close": Assembler.close_cell,
    "td_close": Assembler.close_cell,
}
