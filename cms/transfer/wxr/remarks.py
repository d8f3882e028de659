"""The text of a comment, from the HTML that WordPress keeps to what its writer would have typed here.

Comments here have emphasis, links and quotes. Whatever else WordPress let through (headings, lists, tables, images)
becomes its text, and what is text stays text: no asterisk of a reader's becomes markup.
"""

import re
from collections.abc import Callable
from typing import Final

from cms.comments.signs import says_something
from cms.richtext import RichTextError, from_comment, from_html, render
from cms.richtext.blocks import Block, Cell, Code, Divider, Document, Embed, Image, Table, TextBlock
from cms.richtext.inline import Run, text_of
from cms.richtext.keys import runs_of
from cms.richtext.links import Target
from cms.richtext.lists import numbered
from cms.transfer.page.commenting import as_typed

#: Nothing longer is looked at: several times what a comment may have here.
MAX_REMARK_CHARS: Final = 250_000

_BLANK_LINES = re.compile(r"\n[ \t\r]*\n\s*")
_EDGE = re.compile(r"[\w]")
_UNSAFE_IN_LINK = re.compile(r"[()\\<>\s]")
_BULLETS: Final = "•◦▪"
_EMPHASIS: Final = {"strong": "**", "em": "*"}


def as_remark(content: str) -> str:
    """What would have to be typed here to say the same; empty where nothing of it can be seen.

    Raises:
        RichTextError: it is too long to be looked at.
    """
    if len(content) > MAX_REMARK_CHARS:
        raise RichTextError.single(f"The comment has {len(content)} characters.")
    if "<" not in content and "&" not in content:
        return _typed_plainly(content)
    document = from_html(content, keep_line_breaks=True)
    typed, plain = _written(document, _typed), _written(document, _plain)
    # Emphasis counts only between the right neighbours; where it went wrong, the words matter more.
    if "*" in typed and _reads(typed) != _reads(_typed_plainly(plain)):
        return _typed_plainly(plain)
    return typed if says_something(plain) else ""


def _reads(typed: str) -> str:
    try:
        return render(from_comment(typed)).text
    except RichTextError:
        return ""


def _typed_plainly(text: str) -> str:
    if not says_something(text):
        return ""
    paragraphs = (part.strip() for part in _BLANK_LINES.split(text.replace("\r", "")))
    return "\n\n".join(as_typed(part) for part in paragraphs if part)


def _written(document: Document, line: Callable[[TextBlock | Cell], str]) -> str:
    """Each block as a paragraph, its lines written by `line`; the items of a list are lines of one."""
    paragraphs: list[str] = []
    items: list[str] = []
    for block, number, _ in numbered(document.blocks):
        if isinstance(block, TextBlock) and block.list_item:
            level = block.level or 1
            mark = f"{number}." if block.list_item == "number" else _BULLETS[min(level, len(_BULLETS)) - 1]
            items.append(f"{mark} {line(block)}")
            continue
        paragraphs += ["\n".join(items), _paragraph(block, line)]
        items = []
    return "\n\n".join(filter(None, [*paragraphs, "\n".join(items)]))


def _paragraph(block: Block, line: Callable[[TextBlock | Cell], str]) -> str:
    said = as_typed if line is _typed else str
    match block:
        case TextBlock(style="blockquote") if line is _typed:
            return "\n".join(f"> {each}" for each in line(block).split("\n"))
        case TextBlock():
            return line(block)
        case Code():
            return said(block.code.strip("\n"))
        case Table():
            return "\n".join(" | ".join(line(cell) for cell in row.cells) for row in block.rows)
        case Embed():
            return block.url
        case Image():
            return said(block.caption or block.alt)
        case Divider():
            return ""


def _plain(block: TextBlock | Cell) -> str:
    return text_of(runs_of(block))


def _typed(block: TextBlock | Cell) -> str:
    runs = runs_of(block)
    texts = [run.text for run in runs]
    return "".join(
        _run(run, before="".join(texts[place - 1 : place]), after="".join(texts[place + 1 : place + 2]))
        for place, run in enumerate(runs)
    )


def _run(run: Run, *, before: str, after: str) -> str:
    target = next((mark for mark in run.marks if isinstance(mark, Target)), None)
    if target is not None:
        return _link(run.text, target.value)
    written = as_typed(run.text)
    mark = next((_EMPHASIS[each] for each in ("strong", "em") if each in run.marks), "")
    stands_alone = not _EDGE.match(before[-1:]) and not _EDGE.match(after[:1])
    if not mark or not stands_alone or run.text != run.text.strip() or "\n" in run.text:
        return written
    return f"{mark}{written}{mark}"


def _link(text: str, address: str) -> str:
    """A link, or its text and its address where they cannot be written as one."""
    if text.strip() == address or not address.startswith(("http://", "https://")):
        return as_typed(text)
    if _UNSAFE_IN_LINK.search(address) or "\n" in text or "://" in text:
        return f"{as_typed(text)} ({address} )"
    return f"[{as_typed(text)}]({address})"
