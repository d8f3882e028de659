"""The tags of tables: each table is a grid, which keeps its columns under their heads."""

from cms.transfer.wxr.markup.conversion import Conversion
from cms.transfer.wxr.markup.grid import Grid
from cms.transfer.wxr.markup.source import Token, attributes_of


def open_table(to: Conversion, _tag: Token) -> None:
    """A table begins."""
    to.begin("table", "<table>", "</table>", to.out.block)
    to.grids.append(Grid())


def open_head(to: Conversion, _tag: Token) -> None:
    """The head of a table begins, which is its first row here."""
    to.out.end_paragraph()
    if to.grids and not to.grids[-1].rows:
        to.grids[-1].says_head = True


def close_table(to: Conversion) -> None:
    """The innermost table ends."""
    if not to.grids:
        return
    grid = to.grids.pop()
    if grid.is_merged:
        to.note("merged cells of a table parted")
    if grid.rows and not grid.has_head:
        to.note("first row of a table became its head")
    to.out.block(grid.close_row() + to.endings["table"].pop())


def open_row(to: Conversion, _tag: Token) -> None:
    """A row begins."""
    if to.grids:
        to.out.block(to.grids[-1].open_row())


def close_row(to: Conversion) -> None:
    """A row ends."""
    if to.grids:
        to.out.block(to.grids[-1].close_row())


def open_cell(to: Conversion, tag: Token) -> None:
    """A cell begins; outside any table it is a paragraph."""
    if not to.grids:
        to.out.end_paragraph()
        return
    attributes = attributes_of(tag.rest)
    columns, rows = attributes.get("colspan", ""), attributes.get("rowspan", "")
    to.out.block(to.grids[-1].open_cell(tag.said, columns, rows))


def close_cell(to: Conversion) -> None:
    """A cell ends."""
    if to.grids:
        to.out.block(to.grids[-1].close_cell())
    else:
        to.out.end_paragraph()
