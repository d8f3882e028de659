"""The text of a comment, from the HTML that WordPress keeps to what its writer would have typed here.

Comments here have emphasis, links and quotes. Whatever else WordPress let through (headings, lists, tables, images)
becomes its text, and what is text stays text: no asterisk of a reader's becomes markup.
"""

import re
from collections.abc import Callable
from itertools import groupby
from typing import Final

from msgspec import UNSET

from cms.comments.signs import says_something
from cms.richtext import RichTextError, from_comment, from_html, render
from cms.richtext.blocks import Block, Cell, Code, Divider, Document, Embed, Image, Table, TextBlock
from cms.richtext.inline import Mark, Run, text_of
from cms.richtext.keys import runs_of
from cms.richtext.links import Target
from cms.richtext.lists import numbered
from cms.transfer.page.commenting import as_typed

#: Nothing longer is looked at: several times what a comment may have here.
MAX_REMARK_CHARS: Final = 250_000
#: What the report says of a comment that had more than emphasis, links and quotes.
PLAIN: Final = "Its headings, lists, tables, code or struck-out words became plain text"

_BLANK_LINES = re.compile(r"\n[ \t\r]*\n\s*")
_EDGE = re.compile(r"[\w]")
_UNSAFE_IN_LINK = re.compile(r"[()\\<>\s]")
_BULLETS: Final = "•◦▪"
_EMPHASIS: Final = {"strong": "**", "em": "*"}
_LOST: Final = frozenset({"code", "strike-through"})
_QUOTATION = re.compile(r"<(/?)q(?=[\s>])[^<>]*+>", re.IGNORECASE)
_CODE = re.compile(r"<code(?=[\s>])[^<>]*+>([^<]*+)</code\s*+>", re.IGNORECASE)
# Small figures that have characters of their own; without them E=mc² would read as another formula.
_SMALL: Final = {
    "sup": dict(zip(map(ord, "0123456789+-=()n"), "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", strict=True)),
    "sub": dict(zip(map(ord, "0123456789+-=()"), "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", strict=True)),
}


def _quietly(_what: str) -> None:
    """Nobody asked."""


def as_remark(content: str, note: Callable[[str], None] = _quietly) -> str:
    """What would have to be typed here to say the same; empty where nothing of it can be seen.

    Args:
        content: as WordPress keeps it.
        note: is told what of it cannot be kept.

    Raises:
        RichTextError: it is too long to be looked at.
    """
    if len(content) > MAX_REMARK_CHARS:
        raise RichTextError.single(f"The comment has {len(content)} characters.")
    if "<" not in content and "&" not in content:
        return _typed_plainly(content)
    document = from_html(_spelled_out(content), keep_line_breaks=True)
    if any(map(_becomes_plain, document.blocks)):
        note(PLAIN)
    typed, plain = _written(document, _typed), _written(document, _plain)
    # Emphasis counts only between the right neighbours; where it went wrong, the words matter more.
    if "*" in typed and _reads(typed) != _reads(_typed_plainly(plain)):
        return _typed_plainly(plain)
    return typed if says_something(plain) else ""


def _spelled_out(content: str) -> str:
    """The marks of a quotation as characters, and code of several lines as the lines that it is."""
    content = _QUOTATION.sub(lambda tag: "”" if tag[1] else "“", content)
    return _CODE.sub(lambda code: f"<pre>{code[1]}</pre>" if "\n" in code[1] else code[0], content)


def _becomes_plain(block: Block) -> bool:
    match block:
        case TextBlock():
            return block.list_item is not UNSET or block.style.startswith("h") or _loses_marks(block)
        case Code() | Table():
            return True
        case Image() | Embed() | Divider():
            return False


def _loses_marks(block: TextBlock) -> bool:
    return any(not _LOST.isdisjoint(span.marks) for span in block.children)


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
    return text_of(_runs(block))


def _runs(block: TextBlock | Cell) -> list[Run]:
    """The text of a block with the marks that comments have, one for each run, and neighbours with the same as one."""
    kept = groupby(runs_of(block), key=_kept_mark)
    return [Run("".join(map(_shown, runs)), frozenset([mark] if mark else [])) for mark, runs in kept]


def _kept_mark(run: Run) -> Mark | None:
    target = next((mark for mark in run.marks if isinstance(mark, Target)), None)
    return target or next((mark for mark in _EMPHASIS if mark in run.marks), None)


def _shown(run: Run) -> str:
    small = next((_SMALL[mark] for mark in ("sup", "sub") if mark in run.marks), {})
    is_whole = all(ord(character) in small for character in run.text)
    return run.text.translate(small) if is_whole else run.text


def _typed(block: TextBlock | Cell) -> str:
    runs = _runs(block)
    texts = [run.text for run in runs]
    return "".join(
        _run(run, before="".join(texts[place - 1 : place]), after="".join(texts[place + 1 : place + 2]))
        for place, run in enumerate(runs)
    )


def _run(run: Run, *, before: str, after: str) -> str:
    mark = next(iter(run.marks), None)
    if isinstance(mark, Target):
        return _link(run.text, mark.value)
    said = run.text.strip(" ")
    # White space at the ends stays outside: emphasis begins and ends with a word.
    lead, trail = run.text[: len(run.text) - len(run.text.lstrip(" "))], run.text[len(run.text.rstrip(" ")) :]
    stands_alone = not _EDGE.match(f"{before}{lead}"[-1:]) and not _EDGE.match(f"{trail}{after}"[:1])
    if mark is None or not said or not stands_alone or "\n" in said:
        return as_typed(run.text)
    return f"{lead}{_EMPHASIS[mark]}{as_typed(said)}{_EMPHASIS[mark]}{trail}"


def _link(text: str, address: str) -> str:
    """A link, or its text and its address where they cannot be written as one."""
    if text.strip() == address or not address.startswith(("http://", "https://")):
        return as_typed(text)
    if _UNSAFE_IN_LINK.search(address) or "\n" in text or "://" in text:
        return f"{as_typed(text)} ({address} )"
    return f"[{as_typed(text)}]({address})"
