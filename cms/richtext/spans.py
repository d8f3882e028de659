"""Runs written as the children and mark definitions of a block, and blocks sealed into a document.

The rules that hold for every document, whichever door it came through, are applied here.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from cms.richtext.blocks import DECORATORS, Block, Document, InternalLink, Link, MarkDef, Span, Table, TextBlock
from cms.richtext.errors import RichTextError
from cms.richtext.inline import Run
from cms.richtext.keys import free_key, keyed
from cms.richtext.limits import MAX_BLOCKS, MAX_CELLS, MAX_LIST_LEVEL, MAX_SPANS
from cms.richtext.links import Target


def children_of(
    runs: tuple[Run, ...], given: Mapping[Target, str] | None = None
) -> tuple[tuple[Span, ...], tuple[MarkDef, ...]]:
    """The spans and the mark definitions of canonical `runs`; one definition for each target.

    Args:
        runs: in canonical form.
        given: the keys that definitions came with.
    """
    given = given or {}
    taken = set(given.values()) | set(DECORATORS)
    targets = dict.fromkeys(mark for run in runs for mark in run.marks if isinstance(mark, Target))
    keys = {target: given.get(target) or free_key("m", position, taken) for position, target in enumerate(targets)}
    taken_spans = {run.key for run in runs}
    spans = tuple(
        Span(key=run.key or free_key("s", position, taken_spans), text=run.text, marks=_marks(run, keys))
        for position, run in enumerate(runs)
    )
    return spans, tuple(_definition(target, key) for target, key in keys.items())


def sealed(blocks: Iterable[Block]) -> Document:
    """The document of `blocks`: list levels go one deeper at a time, and every block has a key.

    Raises:
        RichTextError: there are more blocks, spans or cells than is taken.
    """
    found = keyed(_with_lists_in_order(tuple(blocks)))
    _refuse_too_many("blocks", len(found), MAX_BLOCKS)
    cells = [cell for block in found if isinstance(block, Table) for row in block.rows for cell in row.cells]
    _refuse_too_many("table cells", len(cells), MAX_CELLS)
    spans = sum(len(block.children) for block in found if isinstance(block, TextBlock))
    _refuse_too_many("spans", spans + sum(len(cell.children) for cell in cells), MAX_SPANS)
    return Document(found)


def _refuse_too_many(what: str, count: int, limit: int) -> None:
    if count > limit:
        raise RichTextError.single(f"The text has {count} {what}, the limit is {limit}: split it")


def _marks(run: Run, keys: Mapping[Target, str]) -> tuple[str, ...]:
    if not run.marks:
        return ()
    decorators = [decorator for decorator in DECORATORS if decorator in run.marks]
    return (*decorators, *(keys[mark] for mark in run.marks if isinstance(mark, Target)))


def _definition(target: Target, key: str) -> MarkDef:
    if target.kind == "link":
        return Link(key=key, href=target.value)
    return InternalLink(key=key, article=target.value)


def _with_lists_in_order(blocks: tuple[Block, ...]) -> Iterator[Block]:
    level, kind = 0, ""
    for block in blocks:
        listed = _in_list(block, level, kind)
        level = _level(listed)
        kind = _kind_at_top(listed, kind)
        yield listed


def _in_list(block: Block, level_before: int, kind_before: str) -> Block:
    if not isinstance(block, TextBlock) or not block.list_item:
        return block
    level = min(_level(block), level_before + 1, MAX_LIST_LEVEL)
    return replace(block, level=level, start=_start(block, level, kind_before))


def _start(block: TextBlock, level: int, kind_before: str) -> int | UnsetType:
    """Where the numbering begins, when `block` begins a list of its own that does not begin at 1."""
    begins = level == 1 and block.list_item == "number" and kind_before != "number"
    return block.start if begins and block.start != 1 else UNSET


def _level(block: Block) -> int:
    """How deep `block` stands in a list; 0 outside lists."""
    if not isinstance(block, TextBlock) or isinstance(block.list_item, UnsetType):
        return 0
    return 1 if isinstance(block.level, UnsetType) else block.level


def _kind_at_top(block: Block, before: str) -> str:
    """The kind of the outermost list that `block` stands in; empty outside lists."""
    if _level(block) == 0 or not isinstance(block, TextBlock):
        return ""
    return block.list_item if _level(block) == 1 and not isinstance(block.list_item, UnsetType) else before
