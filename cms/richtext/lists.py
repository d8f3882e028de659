"""What the flat items of lists leave unsaid: each one's number, and how far Markdown indents it."""

from collections.abc import Iterable, Iterator

from msgspec import UnsetType

from cms.richtext.blocks import Block, TextBlock

_BULLET_WIDTH = 2


def numbered(blocks: Iterable[Block]) -> Iterator[tuple[Block, int, int]]:
    """Each block with its number in its list and its indentation in characters; 0 and 0 outside lists."""
    open_lists: list[tuple[str, int]] = []  # the kind of each open list, and the number of its last item
    for block in blocks:
        if not isinstance(block, TextBlock) or isinstance(block.list_item, UnsetType):
            open_lists = []
            yield block, 0, 0
            continue
        open_lists = _with_item(open_lists, block)
        yield block, open_lists[-1][1], sum(_width(*outer) for outer in open_lists[:-1])


def _with_item(open_lists: list[tuple[str, int]], block: TextBlock) -> list[tuple[str, int]]:
    level = 1 if isinstance(block.level, UnsetType) else block.level
    kept = open_lists[:level]
    if len(kept) == level and kept[-1][0] == block.list_item:
        return [*kept[:-1], (kept[-1][0], kept[-1][1] + 1)]
    first = 1 if isinstance(block.start, UnsetType) else block.start
    return [*kept[: level - 1], (str(block.list_item), first)]


def _width(kind: str, number: int) -> int:
    return _BULLET_WIDTH if kind == "bullet" else len(f"{number}. ")
