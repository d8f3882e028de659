"""The comments of a text page: a name, then a printed time, then paragraphs until something else begins.

The one thing to know: an article may list dates too, so names count only after the copyright line, the disclaimer or a
heading such as "Leave a Comment", when the page has one of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cms.transfer.page.blocks import Block
from cms.transfer.page.times import PrintedTime, read_printed_time
from cms.transfer.page.wording import (
    is_cookie_notice,
    is_disclaimer,
    is_furniture,
    is_required_note,
    is_terms_notice,
    read_byline,
    read_copyright,
)

_LONGEST_NAME = 80
_MOST_WORDS_IN_UNMARKED_NAME = 5
_SAYS = (" says:", " says", " said:", " wrote:", " writes:")


@dataclass(frozen=True, slots=True)
class FoundComment:
    """One comment by the positions of its blocks; the name stands at `start`, the time right after it."""

    start: int
    name: str
    time: PrintedTime
    texts: tuple[int, ...]
    parent: int | None


def find_comments(blocks: Sequence[Block]) -> list[FoundComment]:
    """The comments among `blocks`, in order. The first block is the page's title and never a comment."""
    starts = _starts(blocks)
    found: list[FoundComment] = []
    for start, end in pairwise([*starts, len(blocks)]):
        time = read_printed_time(blocks[start + 1].text)
        if time is not None:
            texts = _texts(blocks, start + 1, end)
            found.append(FoundComment(start, _name(blocks[start]), time, texts, _parent(blocks, found, start)))
    return found


def _starts(blocks: Sequence[Block]) -> list[int]:
    opening_at = [at for at, block in enumerate(blocks) if _is_opening(block)]
    marked = _pairs(blocks, _is_marked_start)
    if marked:
        return _after_opening(marked, opening_at) or marked
    return _after_opening(_pairs(blocks, _is_plain_start), opening_at)


def _pairs(blocks: Sequence[Block], is_start: Callable[[Block, PrintedTime], bool]) -> list[int]:
    """Where a block and the printed time after it look like the head of a comment."""
    times = [read_printed_time(block.text) for block in blocks]
    return [at for at in range(1, len(blocks) - 1) if (time := times[at + 1]) and is_start(blocks[at], time)]


def _after_opening(starts: list[int], opening_at: list[int]) -> list[int]:
    """The starts that follow the first opening that any start follows."""
    opening = next((at for at in opening_at if starts and at < starts[-1]), None)
    return [] if opening is None else [start for start in starts if start > opening]


def _is_opening(block: Block) -> bool:
    return bool(read_copyright(block.text) or is_disclaimer(block.text) or is_furniture(block.text))


def _is_marked_start(block: Block, time: PrintedTime) -> bool:  # noqa: ARG001 - same shape as _is_plain_start
    return bool(block.bullet) and _is_name(block)


def _is_plain_start(block: Block, time: PrintedTime) -> bool:
    few_words = len(block.text.split()) <= _MOST_WORDS_IN_UNMARKED_NAME
    return time.has_clock and few_words and _is_name(block) and read_byline(block.text) is None


def _is_name(block: Block) -> bool:
    return len(block.lines) == 1 and len(block.text) <= _LONGEST_NAME and not is_furniture(block.text)


def _name(block: Block) -> str:
    says = next((ending for ending in _SAYS if block.text.endswith(ending)), "")
    return block.text.removesuffix(says) or block.text


def _texts(blocks: Sequence[Block], time_at: int, end: int) -> tuple[int, ...]:
    """The blocks under a time: those indented at least as far, or where nothing is indented, up to a standing part."""
    first = time_at + 1
    indent = blocks[time_at].indent
    last = next((at for at in range(first, end) if _ends_comment(blocks[at], indent)), end)
    return tuple(range(first, last))


def _ends_comment(block: Block, indent: int) -> bool:
    return block.indent < indent or (indent == 0 and _is_standing_part(block.printed))


def _is_standing_part(text: str) -> bool:
    checks = (is_furniture, is_terms_notice, is_required_note, is_cookie_notice, read_copyright)
    return any(check(text) for check in checks)


def _parent(blocks: Sequence[Block], found: Sequence[FoundComment], start: int) -> int | None:
    """The nearest comment above that stands further left. Climbing costs the depth of a thread, not its length."""
    above: int | None = len(found) - 1 if found else None
    while above is not None and blocks[found[above].start].indent >= blocks[start].indent:
        above = found[above].parent
    return above
