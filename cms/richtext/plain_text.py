"""Rich text as plain text, for search, excerpts and mail, and plain text as paragraphs."""

import re

from cms.richtext.assembly import Assembler
from cms.richtext.blocks import Block, Cell, Code, Divider, Document, Embed, Image, Table, TextBlock
from cms.richtext.limits import checked

_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def from_plain_text(text: str) -> Document:
    """The document of `text`: blank lines separate paragraphs, a single newline is a line break, nothing is markup.

    Raises:
        RichTextError: the text is too large, or holds a NUL or half of a surrogate pair.
    """
    to = Assembler()
    for paragraph in _BLANK_LINES.split(checked(text)):
        to.text(paragraph)
        to.flush()
    return to.finish()


def to_text(document: Document) -> str:
    """What `document` says: blocks separated by blank lines, items and rows by newlines, cells by tabs.

    An image gives its caption, an embed its address, a divider nothing.
    """
    parts: list[str] = []
    before: Block | None = None
    for block in document.blocks:
        text = _said(block)
        if text:
            parts += [_between(before, block), text]
            before = block
    return "".join(parts)


def _between(before: Block | None, block: Block) -> str:
    if before is None:
        return ""
    return "\n" if _is_item(before) and _is_item(block) else "\n\n"


def _is_item(block: Block) -> bool:
    return isinstance(block, TextBlock) and bool(block.list_item)


def _said(block: Block) -> str:
    match block:
        case TextBlock():
            return _text(block)
        case Code():
            return block.code
        case Image():
            return block.caption
        case Embed():
            return block.url
        case Table():
            return "\n".join("\t".join(_text(cell).replace("\n", " ") for cell in row.cells) for row in block.rows)
        case Divider():
            return ""


def _text(block: TextBlock | Cell) -> str:
    return "".join(span.text for span in block.children)
