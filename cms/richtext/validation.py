"""Blocks that somebody else made, checked one by one so that every problem is told at once.

Types and fields are checked by msgspec from the structs; what they cannot say is checked here: characters, addresses,
ids, keys, and marks that name nothing.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from cms.richtext.blocks import (
    DECORATORS,
    Block,
    Cell,
    Code,
    Document,
    Embed,
    Image,
    InternalLink,
    Link,
    MarkDef,
    Row,
    Span,
    Table,
    TextBlock,
)
from cms.richtext.embeds import find_embed
from cms.richtext.errors import Problem, RichTextError
from cms.richtext.inline import canonical
from cms.richtext.keys import free_key, runs_of, target_in
from cms.richtext.languages import is_language, language_of
from cms.richtext.limits import MAX_BLOCKS, MAX_INPUT_BYTES, MAX_LINE_CHARS, clean, one_line, problem_with
from cms.richtext.links import Target, article_id, media_id, safe_href, target_of
from cms.richtext.spans import children_of, sealed

MAX_PROBLEMS = 50
_KEY = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_AT = re.compile(r"(?s)(.*) - at `\$(.*)`")


def from_blocks(value: object) -> Document:
    """The document of `value`, blocks as decoded JSON, brought into canonical form.

    Keys are kept, and made where they are missing. Blocks without text are dropped; neighbouring spans with the same
    marks become one, as do definitions of the same target.

    Raises:
        RichTextError: with every problem and its path, up to MAX_PROBLEMS.
    """
    if not isinstance(value, (list, tuple)):
        raise RichTextError.single("Rich text is a list of blocks")
    if len(value) > MAX_BLOCKS:
        raise RichTextError.single(f"The text has {len(value)} blocks, the limit is {MAX_BLOCKS}: split it")
    blocks, problems = _decoded(value)
    problems += [Problem(f"blocks{path}", message) for path, message in _repeated(blocks.values())]
    if problems:
        raise RichTextError(tuple(problems[:MAX_PROBLEMS]))
    return sealed(found for block in blocks.values() if (found := _canonical(block)) is not None)


def _decoded(values: Iterable[object]) -> tuple[dict[int, Block], list[Problem]]:
    """The blocks that could be decoded, by their place, and what is wrong with them and the others."""
    blocks: dict[int, Block] = {}
    problems: list[Problem] = []
    size = 0
    for place, value in enumerate(values):
        try:
            blocks[place] = msgspec.convert(value, Block)
        except (msgspec.ValidationError, RecursionError) as error:
            problems.append(_told(place, str(error)))
            continue
        problems += [Problem(f"blocks[{place}]{path}", message) for path, message in _problems(blocks[place])]
        size += _size(blocks[place])
    if size > MAX_INPUT_BYTES:
        problems.append(Problem("blocks", f"the text is larger than {MAX_INPUT_BYTES} bytes: split it"))
    return blocks, problems


def _told(place: int, message: str) -> Problem:
    match = _AT.fullmatch(message)
    path, reason = (match[2], match[1]) if match else ("", message)
    return Problem(f"blocks[{place}]{path}", reason)


def _size(block: Block) -> int:
    """An upper bound for the bytes of text in `block`."""
    match block:
        case Code():
            return len(block.code.encode(errors="replace"))
        case TextBlock():
            return sum(len(span.text.encode(errors="replace")) for span in block.children)
        case Table():
            return sum(len(span.text) * 4 for row in block.rows for cell in row.cells for span in cell.children)
        case _:
            return 0


Problems = Iterator[tuple[str, str]]  # where in the block, and what


def _problems(block: Block) -> Problems:
    match block:
        case TextBlock():
            yield from _list_problems(block)
            yield from _text_problems(block)
        case Code():
            yield from _code_problems(block)
        case Image():
            yield from _image_problems(block)
        case Embed():
            if find_embed(block.url) is None:
                yield ".url", "is not an address of a site that may be embedded"
            elif find_embed(block.url) != (block.provider, block.url):
                yield ".url", f"belongs to {find_embed(block.url)}: write provider and address so"
        case Table():
            yield from _table_problems(block)


def _list_problems(block: TextBlock) -> Problems:
    if block.list_item and block.style != "normal":
        yield ".style", "an item of a list has the style `normal`"
    if block.level and not block.list_item:
        yield ".level", "only an item of a list has a level"
    if block.start is not msgspec.UNSET and block.list_item != "number":
        yield ".start", "only an item of a numbered list has a start"


def _code_problems(block: Code) -> Problems:
    if problem := problem_with(block.code):
        yield ".code", problem
    if block.language and not is_language(block.language):
        yield ".language", "a language is 1 to 40 letters, digits and `+#.-_`"


def _image_problems(block: Image) -> Problems:
    if media_id(block.media) is None:
        yield ".media", "is not an id of the form med_<uuid>"
    for name, text in (("alt", block.alt), ("caption", block.caption)):
        if problem := problem_with(text):
            yield f".{name}", problem
        if len(text) > MAX_LINE_CHARS:
            yield f".{name}", f"is longer than {MAX_LINE_CHARS} characters"


def _table_problems(block: Table) -> Problems:
    if not block.rows or not block.rows[0].cells:
        yield ".rows", "a table has a header row with at least one cell"
        return
    width = len(block.rows[0].cells)
    yield from ((f".rows{path}", message) for path, message in _repeated(block.rows))
    for y, row in enumerate(block.rows):
        if len(row.cells) != width:
            yield f".rows[{y}].cells", f"has {len(row.cells)} cells, the header has {width}"
        yield from ((f".rows[{y}].cells{path}", message) for path, message in _repeated(row.cells))
        for x, cell in enumerate(row.cells):
            yield from ((f".rows[{y}].cells[{x}]{path}", message) for path, message in _text_problems(cell))


def _text_problems(block: TextBlock | Cell) -> Problems:
    yield from ((f".markDefs{path}", message) for path, message in _repeated(block.mark_defs))
    yield from ((f".children{path}", message) for path, message in _repeated(block.children))
    for place, definition in enumerate(block.mark_defs):
        yield from ((f".markDefs[{place}]{path}", message) for path, message in _definition_problems(definition))
    known = {definition.key for definition in block.mark_defs}
    for place, span in enumerate(block.children):
        yield from ((f".children[{place}]{path}", message) for path, message in _span_problems(span, known))


def _definition_problems(definition: MarkDef) -> Problems:
    if not definition.key or definition.key in DECORATORS:
        yield "._key", "a mark definition has a key, which is not the name of a decorator"
    if isinstance(definition, InternalLink):
        if article_id(definition.article) is None:
            yield ".article", "is not an id of the form art_<uuid>"
    elif safe_href(definition.href) is None:
        yield ".href", "is not an address that may be linked to: http, https, mailto, tel, `/path` or `#fragment`"
    elif _is_article(definition):
        yield ".href", "is an article of this site: use an internalLink"


def _is_article(definition: Link) -> bool:
    target = target_of(definition.href)
    return target is not None and target.kind == "internalLink"


def _span_problems(span: Span, known: set[str]) -> Problems:
    if problem := problem_with(span.text):
        yield ".text", problem
    for place, mark in enumerate(span.marks):
        if mark not in DECORATORS and mark not in known:
            yield f".marks[{place}]", "is neither a decorator nor the key of a mark definition"
    if len({mark for mark in span.marks if mark in known}) > 1:
        yield ".marks", "a span has at most one link"


def _repeated(nodes: Iterable[Block | Row | Cell | Span | MarkDef]) -> Problems:
    """Keys of `nodes` that are malformed, and keys that two of them share."""
    seen: Counter[str] = Counter()
    for place, node in enumerate(nodes):
        seen[node.key] += 1
        if node.key and seen[node.key] > 1:
            yield f"[{place}]._key", "another one beside it has the same key"
        if node.key and not _KEY.fullmatch(node.key):
            yield f"[{place}]._key", "a key is 1 to 64 letters, digits, `-` and `_`"


def _canonical(block: Block) -> Block | None:
    """`block` in canonical form; None when it says nothing."""
    match block:
        case TextBlock():
            children, mark_defs = _canonical_text(block)
            level = (block.level or 1) if block.list_item else msgspec.UNSET
            return replace(block, children=children, mark_defs=mark_defs, level=level) if children else None
        case Code():
            code = replace(block, code=clean(block.code), language=language_of(block.language))
            return code if code.code.strip() else None
        case Image():
            return replace(block, alt=one_line(block.alt), caption=one_line(block.caption))
        case Table():
            taken = {row.key for row in block.rows}
            rows = tuple(_canonical_row(row, y, taken) for y, row in enumerate(block.rows))
            return replace(block, rows=rows) if any(cell.children for row in rows for cell in row.cells) else None
        case _:
            return block


def _canonical_row(row: Row, y: int, taken: set[str]) -> Row:
    inside = {cell.key for cell in row.cells}
    cells = tuple(_canonical_cell(cell, x, inside) for x, cell in enumerate(row.cells))
    return replace(row, key=row.key or free_key("r", y, taken), cells=cells)


def _canonical_cell(cell: Cell, x: int, taken: set[str]) -> Cell:
    children, mark_defs = _canonical_text(cell)
    return replace(cell, key=cell.key or free_key("c", x, taken), children=children, mark_defs=mark_defs)


def _canonical_text(block: TextBlock | Cell) -> tuple[tuple[Span, ...], tuple[MarkDef, ...]]:
    hrefs = tuple(_canonical_definition(definition) for definition in block.mark_defs)
    block = replace(block, mark_defs=hrefs, children=tuple(_clean_span(span) for span in block.children))
    given: dict[Target, str] = {}
    for definition in hrefs:
        given.setdefault(target_in(definition), definition.key)
    return children_of(canonical(runs_of(block)), given)


def _canonical_definition(definition: MarkDef) -> MarkDef:
    if isinstance(definition, Link):
        return replace(definition, href=safe_href(definition.href) or "#")
    return definition


def _clean_span(span: Span) -> Span:
    return replace(span, text=clean(span.text))
