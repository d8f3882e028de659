"""Blocks from events: text came, a list opened, a mark closed.

The readers of Markdown and HTML know their grammar and nothing of blocks; this module knows blocks and nothing of
grammars. What Portable Text cannot hold is flattened here: a block in a list item breaks the list (and the numbering
goes on after it), a second paragraph of an item is a second line, quotes in quotes are one quote.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import UNSET

from cms.richtext.blocks import (
    MAX_LIST_START,
    Block,
    Cell,
    Code,
    Document,
    Embed,
    Image,
    ListKind,
    Row,
    Style,
    Table,
    TextBlock,
)
from cms.richtext.embeds import find_embed
from cms.richtext.errors import RichTextError
from cms.richtext.inline import Mark, Run, canonical, lines, text_of
from cms.richtext.languages import language_of
from cms.richtext.limits import MAX_BLOCKS, MAX_CELLS, MAX_LINE_CHARS, MAX_LIST_LEVEL, clean, one_line
from cms.richtext.links import Target
from cms.richtext.spans import children_of, sealed


@dataclass(slots=True)
class _Draft:
    """A text block whose text may still grow."""

    style: Style
    lines: list[tuple[Run, ...]]
    list_item: ListKind | None = None
    level: int = 0
    number: int = 1


@dataclass(slots=True)
class _List:
    """A list that is open; `item` is the draft of its open item, once that has text."""

    kind: ListKind
    number: int
    item: _Draft | None = None


@dataclass(slots=True)
class _Table:
    """A table that is open; `cell` holds the paragraphs of the open cell."""

    rows: list[list[tuple[Run, ...]]] = field(default_factory=list)
    cell: list[tuple[Run, ...]] | None = None
    cells: int = 0


class Assembler:
    """Collects events and gives the document."""

    def __init__(self, *, embeds_bare_addresses: bool = False) -> None:
        self._done: list[_Draft | Block] = []
        self._runs: list[Run] = []
        self._outer: list[frozenset[Mark]] = []  # the marks that held before each one that is open
        self._marks: frozenset[Mark] = frozenset()
        self._style: Style = "normal"
        self._lists: list[_List] = []
        self._quotes = 0
        self._tables: list[_Table] = []
        self._embeds_bare_addresses = embeds_bare_addresses

    # Text and marks

    def text(self, text: str) -> None:
        r"""Text of the open block; `\n` is a line break."""
        self._runs.append(Run(clean(text), self._marks))

    def code_text(self, text: str) -> None:
        """Code inside a line."""
        self._runs.append(Run(clean(text), self._marks | {"code"}))

    def open_mark(self, mark: Mark | None) -> None:
        """What follows has `mark`; None marks nothing and is closed like any other."""
        self._outer.append(self._marks)
        if mark is not None:
            self._marks = _with_mark(self._marks, mark)

    def close_mark(self) -> None:
        """The mark opened last ends."""
        if self._outer:
            self._marks = self._outer.pop()

    # Blocks

    def open_block(self, style: Style) -> None:
        """A paragraph or heading begins; the one that was open ends."""
        self.flush()
        self._style = style

    def close_block(self) -> None:
        """The open paragraph or heading ends."""
        self.open_block("normal")

    def add(self, block: Block) -> None:
        """A whole block; text of an open paragraph becomes a paragraph before it."""
        if not self._in_cell:
            self.flush()
        self._append(block)

    def add_code(self, code: str, language: str = "") -> None:
        """Lines of code; inside a table they become text of the cell."""
        if self._in_cell:
            self.code_text(code)
        elif code.strip():
            self.add(Code(code=clean(code), language=language_of(language)))

    def add_image(self, media: str, alt: str, caption: str = "") -> None:
        """An image of ours."""
        self.add(Image(media=media, alt=one_line(alt)[:MAX_LINE_CHARS], caption=one_line(caption)[:MAX_LINE_CHARS]))

    def add_foreign_image(self, target: Target | None, alt: str) -> None:
        """An image that is not ours: a link to it that reads as its alt text, or the alt text alone."""
        self.open_mark(target)
        self.text(one_line(alt) or (target.value if target else ""))
        self.close_mark()

    def add_embed(self, url: str) -> bool:
        """What `url` embeds; False, and nothing is added, when it is not on the allow-list."""
        found = find_embed(url)
        if found:
            self.add(Embed(provider=found.provider, url=found.url))
        return found is not None

    # Lists and quotes

    def open_list(self, kind: ListKind, start: int = 1) -> None:
        """A list begins, in the open item if there is one."""
        self.flush()
        self._lists.append(_List(kind, min(max(start, 0), MAX_LIST_START)))

    def close_list(self) -> None:
        """The innermost list ends."""
        self.flush()
        if self._lists:
            self._lists.pop()

    def close_item(self) -> None:
        """The open item ends, and the next one has the next number."""
        self.flush()
        if self._lists and self._lists[-1].item:
            self._lists[-1].item = None
            self._lists[-1].number += 1

    def open_quote(self) -> None:
        """What follows is quoted."""
        self.flush()
        self._quotes += 1

    def close_quote(self) -> None:
        """The innermost quote ends."""
        self.flush()
        self._quotes = max(self._quotes - 1, 0)

    # Tables

    def open_table(self) -> None:
        """A table begins; one in a cell becomes lines of that cell."""
        if not self._in_cell:
            self.flush()
        self._tables.append(_Table())

    def open_row(self) -> None:
        """A row of the open table begins."""
        self.flush()
        if len(self._tables) == 1:
            self._tables[0].rows.append([])

    def open_cell(self) -> None:
        """A cell of the open row begins."""
        self.flush()
        if len(self._tables) == 1:
            self._tables[0].cell = []

    def close_cell(self) -> None:
        """The open cell ends."""
        self.flush()
        if len(self._tables) != 1 or self._tables[0].cell is None:
            return
        table = self._tables[0]
        table.rows = table.rows or [[]]
        table.rows[-1].append(lines(table.cell or ()))
        table.cell = None
        table.cells += 1
        if table.cells > MAX_CELLS:
            raise RichTextError.single(f"A table has more than {MAX_CELLS} cells: split it")

    def close_table(self) -> None:
        """The innermost table ends."""
        self.flush()
        if not self._tables:
            return
        table = self._tables.pop()
        rows = [row for row in table.rows if row]
        if not self._tables and any(cell for row in rows for cell in row):
            self._append(_table_of(rows))

    # The end

    def flush(self) -> None:
        """The open paragraph ends; without text it leaves nothing."""
        runs = canonical(self._runs)
        self._runs = []
        if not runs:
            return
        if self._tables and self._tables[0].cell is not None:
            self._tables[0].cell.append(runs)
        elif self._lists:
            self._add_to_item(self._lists[-1], runs)
        elif not self._is_bare_embed(runs):
            quoted = self._quotes and self._style == "normal"
            self._append(_Draft("blockquote" if quoted else self._style, [runs]))

    def finish(self) -> Document:
        """The document.

        Raises:
            RichTextError: it is larger than is taken.
        """
        self.flush()
        return sealed(_block_of(draft) if isinstance(draft, _Draft) else draft for draft in self._done)

    @property
    def _in_cell(self) -> bool:
        return bool(self._tables) and self._tables[0].cell is not None

    def _append(self, block: "_Draft | Block") -> None:
        self._done.append(block)
        if len(self._done) > MAX_BLOCKS:
            raise RichTextError.single(f"The text has more than {MAX_BLOCKS} blocks: split it")

    def _add_to_item(self, into: _List, runs: tuple[Run, ...]) -> None:
        last = self._done[-1] if self._done else None
        if into.item and last is into.item:
            into.item.lines.append(runs)
        elif into.item and not (isinstance(last, _Draft) and last.list_item):
            self._append(_Draft("normal", [runs]))
        else:
            level = min(len(self._lists), MAX_LIST_LEVEL)
            into.item = _Draft("normal", [runs], into.kind, level, into.number)
            self._append(into.item)

    def _is_bare_embed(self, runs: tuple[Run, ...]) -> bool:
        """Whether the paragraph was an address alone that is embedded, the habit of WordPress."""
        if not self._embeds_bare_addresses or self._style != "normal" or self._quotes or runs[0].marks:
            return False
        found = find_embed(text_of(runs))
        if found:
            self._append(Embed(provider=found.provider, url=found.url))
        return found is not None


def _with_mark(marks: frozenset[Mark], mark: Mark) -> frozenset[Mark]:
    """`marks` and `mark`; of several targets the innermost."""
    if isinstance(mark, Target):
        marks = frozenset(other for other in marks if not isinstance(other, Target))
    return marks | {mark}


def _block_of(draft: _Draft) -> TextBlock:
    children, mark_defs = children_of(draft.lines[0] if len(draft.lines) == 1 else lines(draft.lines))
    if draft.list_item is None:
        return TextBlock(style=draft.style, children=children, mark_defs=mark_defs)
    return TextBlock(
        list_item=draft.list_item,
        level=draft.level,
        start=min(draft.number, MAX_LIST_START) if draft.list_item == "number" else UNSET,
        children=children,
        mark_defs=mark_defs,
    )


def _table_of(rows: list[list[tuple[Run, ...]]]) -> Table:
    """The table of `rows`, made rectangular with empty cells."""
    width = max(len(row) for row in rows)
    if width * len(rows) > MAX_CELLS:
        raise RichTextError.single(f"A table has more than {MAX_CELLS} cells: split it")
    return Table(rows=tuple(Row(key=f"r{y}", cells=tuple(_cells(row, width))) for y, row in enumerate(rows)))


def _cells(row: list[tuple[Run, ...]], width: int) -> Iterator[Cell]:
    for x in range(width):
        children, mark_defs = children_of(row[x]) if x < len(row) else ((), ())
        yield Cell(key=f"c{x}", children=children, mark_defs=mark_defs)
