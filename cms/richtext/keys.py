"""Keys, digests, and what a document means apart from its keys.

A key made here comes from what the block says, so the same text gives the same keys, and a paragraph put in front of
the others changes none of theirs. Keys that came with blocks are kept.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import UnsetType

from cms.richtext.blocks import (
    Block,
    Cell,
    Code,
    Divider,
    Document,
    Embed,
    Image,
    Link,
    MarkDef,
    Span,
    Table,
    TextBlock,
)
from cms.richtext.inline import Mark, Run
from cms.richtext.links import Target

_KEY_BYTES = 6
_NO_MARKS: frozenset[Mark] = frozenset()


def digest(document: Document) -> str:
    """`sha256:<hex>` of what `document` says; two documents that differ only in their keys have the same."""
    meaning = msgspec.json.encode([_meaning(block) for block in document.blocks])
    return f"sha256:{hashlib.sha256(meaning).hexdigest()}"


def keyed(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """`blocks` where each one without a key has got one from its content; equal blocks are told apart by counting."""
    found = list(blocks)
    taken = {block.key for block in found}
    seen: Counter[bytes] = Counter()
    return tuple(block if block.key else _with_key(block, seen, taken) for block in found)


def free_key(prefix: str, position: int, taken: set[str]) -> str:
    """A key such as `s0` that nothing in `taken` has; it is added there."""
    key = f"{prefix}{position}"
    while key in taken:
        key += "-"
    taken.add(key)
    return key


def runs_of(block: TextBlock | Cell) -> tuple[Run, ...]:
    """The text of `block` with its mark definitions put in the place of their keys."""
    targets = {definition.key: target_in(definition) for definition in block.mark_defs}
    return tuple(Run(span.text, _marks(span, targets), span.key) for span in block.children)


def target_in(definition: MarkDef) -> Target:
    """What a mark definition leads to."""
    if isinstance(definition, Link):
        return Target("link", definition.href)
    return Target("internalLink", definition.article)


def _marks(span: Span, targets: Mapping[str, Target]) -> frozenset[Mark]:
    return frozenset([targets.get(mark, mark) for mark in span.marks]) if span.marks else _NO_MARKS


def _with_key(block: Block, seen: Counter[bytes], taken: set[str]) -> Block:
    meaning = msgspec.json.encode(_meaning(block))
    key = ""
    while not key or key in taken:
        seen[meaning] += 1
        key = hashlib.blake2b(meaning + str(seen[meaning]).encode(), digest_size=_KEY_BYTES).hexdigest()
    taken.add(key)
    return msgspec.structs.replace(block, key=key)


def _meaning(block: Block) -> list[object]:
    match block:
        case TextBlock():
            listed = [_known(block.list_item), _known(block.level), _known(block.start)]
            return ["block", block.style, *listed, _said(block)]
        case Code():
            return ["code", block.language, block.code]
        case Image():
            return ["image", block.media, block.alt, block.caption]
        case Embed():
            return ["embed", block.provider, block.url]
        case Table():
            return ["table", [[_said(cell) for cell in row.cells] for row in block.rows]]
        case Divider():
            return ["divider"]


def _known(value: str | int | UnsetType) -> str | int | None:
    return None if isinstance(value, UnsetType) else value


def _said(block: TextBlock | Cell) -> list[list[object]]:
    return [
        [run.text, sorted(mark if isinstance(mark, str) else ":".join(mark) for mark in run.marks)]
        for run in runs_of(block)
    ]
