"""A table being read: cells that span others are followed by empty ones, so that columns stay under their heads."""

from dataclasses import dataclass, field

MAX_SPAN = 50
MAX_COLUMNS = 100
MAX_ADDED = 2_000
"""Cells. A table made of spans alone must not grow past what its source could have said."""


@dataclass(slots=True)
class Grid:
    """A table that is open, its rows and cells in order."""

    taken: dict[int, int] = field(default_factory=dict)  # for how many more rows a cell above stands in each column
    column: int = 0
    name: str = "td"
    width: int = 1  # columns of the open cell
    added: int = 0
    rows: int = 0
    heads: int = 0  # head cells in the first row, less those that are none
    says_head: bool = False  # whether a `thead` was there
    in_row: bool = False
    in_cell: bool = False

    def open_row(self) -> str:
        """The HTML that begins a row, and ends the one before."""
        ended = self.close_row()
        self.in_row = True
        self.rows += 1
        return f"{ended}<tr>"

    def close_row(self) -> str:
        """The HTML that ends the open row."""
        ended = self.close_cell()
        if self.in_row:
            ended += self._pass_taken(last=max(self.taken, default=-1)) + "</tr>"
        self.in_row = False
        self.column = 0
        return ended

    def open_cell(self, name: str, columns: str, rows: str) -> str:
        """The HTML that begins a cell, `td` or `th`, with its `colspan` and `rowspan` as they were written."""
        begun = self.close_cell() if self.in_row else self.open_row()
        begun += self._pass_taken()
        self.name, self.width, self.in_cell = name, _span(columns), True
        if self.rows == 1:
            self.heads += 1 if name == "th" else -1
        if _span(rows) > 1:
            reached = range(self.column, min(self.column + self.width, MAX_COLUMNS))
            self.taken.update(dict.fromkeys(reached, _span(rows) - 1))
        return f"{begun}<{name}>{'<strong>' if self._heads_row else ''}"

    def close_cell(self) -> str:
        """The HTML that ends the open cell, and stands for the other columns it spans."""
        if not self.in_cell:
            return ""
        self.in_cell = False
        self.column += self.width
        return f"{'</strong>' if self._heads_row else ''}</{self.name}>{self._empty(self.width - 1)}"

    @property
    def has_head(self) -> bool:
        """Whether the first row is one of heads; where a table has them at its side, one stands in that row too."""
        return self.says_head or self.heads > 0

    @property
    def _heads_row(self) -> bool:
        """Whether the open cell is the head of a row: here heads are those of columns, so that it is emphasised."""
        return self.name == "th" and self.rows > 1

    @property
    def is_merged(self) -> bool:
        """Whether any cell of the table spans another."""
        return self.added > 0

    def _pass_taken(self, last: int = -1) -> str:
        """Empty cells where one from a row above reaches down, and wherever there is none up to column `last`."""
        start = self.column
        while self.column in self.taken or self.column <= last:
            self._use(self.column)
            self.column += 1
        return self._empty(self.column - start)

    def _use(self, column: int) -> None:
        left = self.taken.pop(column, 1) - 1
        if left:
            self.taken[column] = left

    def _empty(self, count: int) -> str:
        count = min(count, MAX_ADDED - self.added)
        self.added += count
        return "<td></td>" * count


def _span(text: str) -> int:
    return min(max(int(text), 1), MAX_SPAN) if text.isdecimal() and len(text) < 6 else 1  # noqa: PLR2004 - digits
