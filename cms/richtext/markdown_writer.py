"""Rich text as Markdown that reads back as the same document, here, and as nearly the same elsewhere."""

import re
from collections.abc import Iterable

from cms.richtext.blocks import Block, Cell, Code, Divider, Document, Embed, Image, Table, TextBlock
from cms.richtext.keys import runs_of
from cms.richtext.lists import numbered
from cms.richtext.markdown_inline import escaped, inline_markdown

_HEADINGS = {"h2": "## ", "h3": "### ", "h4": "#### "}
_FENCE_RUNS = re.compile("`{3,}")
_LINE_START = re.compile(r"(?:#{1,6}(?=\s|$)|>|[+\-](?=\s|$)|[-=|: ]+$)")
_LINE_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")


def to_markdown(document: Document) -> str:
    """`document` as Markdown, ending in a newline; empty for an empty document."""
    parts: list[str] = []
    before: Block | None = None
    for block, number, indent in numbered(document.blocks):
        parts += [_between(before, block), _written(block, number, indent)]
        before = block
    return "".join(parts) + "\n" if parts else ""


def _between(before: Block | None, block: Block) -> str:
    """What stands between two blocks: a blank line, but not between items, and quoted inside a quote."""
    if before is None:
        return ""
    if isinstance(before, TextBlock) and isinstance(block, TextBlock):
        if before.style == block.style == "blockquote":
            return "\n>\n"
        if before.list_item and block.list_item:
            return "\n"
    return "\n\n"


def _written(block: Block, number: int, indent: int) -> str:
    match block:
        case TextBlock():
            return _text_block(block, number, indent)
        case Code():
            return _code(block)
        case Image():
            caption = f' "{_quoted(block.caption)}"' if block.caption else ""
            return f"![{escaped(block.alt)}](media:{block.media}{caption})"
        case Divider():
            return "***"
        case Embed():
            return f"<{block.url}>"
        case Table():
            return _table(block)


def _text_block(block: TextBlock, number: int, indent: int) -> str:
    if block.style in _HEADINGS:
        return _HEADINGS[block.style] + _heading(_inline(block).replace("\\\n", "&#10;"))
    lines = [_line(line) for line in _inline(block).split("\n")]
    if block.style == "blockquote":
        return "\n".join(f"> {line}" for line in lines)
    marker = {"bullet": "- ", "number": f"{number}. "}.get(str(block.list_item), "")
    return " " * indent + marker + ("\n" + " " * (indent + len(marker))).join(lines)


def _inline(block: TextBlock | Cell) -> str:
    return inline_markdown(runs_of(block))


def _line(line: str) -> str:
    """`line` with its first characters escaped where they would begin a block."""
    if _LINE_START.match(line):
        return "\\" + line
    return _LINE_NUMBER.sub(r"\1\\\2", line, count=1) if _LINE_NUMBER.match(line) else line


def _heading(text: str) -> str:
    """`text` with a last `#` escaped, which would close the heading."""
    return text[:-1] + "\\#" if text.endswith("#") else text


def _code(block: Code) -> str:
    longest = max((len(run) for run in _FENCE_RUNS.findall(block.code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{block.language}\n{block.code}\n{fence}" if block.code else f"{fence}{block.language}\n{fence}"


def _quoted(text: str) -> str:
    return escaped(text).replace('"', '\\"')


def _table(block: Table) -> str:
    rows = [_row(_cell(cell) for cell in row.cells) for row in block.rows]
    rule = _row("---" for _ in block.rows[0].cells)
    return "\n".join((rows[0], rule, *rows[1:]))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    return _inline(cell).replace("\\\n", "&#10;").replace("|", "\\|")
