"""The stored form: Portable Text blocks, as typed structs.

Unknown fields and types are refused when a block is decoded. What the types cannot say (addresses, ids, characters) is
checked in `validation`; no other module may build a block from input without going through `assembly` or `validation`.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from cms.richtext.limits import MAX_LIST_LEVEL

Decorator = Literal["strong", "em", "code", "strike-through", "sub", "sup"]
DECORATORS: tuple[Decorator, ...] = ("strong", "em", "code", "strike-through", "sub", "sup")
Style = Literal["normal", "h2", "h3", "h4", "blockquote"]
ListKind = Literal["bullet", "number"]
MAX_LIST_START = 1_000_000

_RENAMED = {"key": "_key", "mark_defs": "markDefs", "list_item": "listItem"}


class _Node(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="_type", rename=_RENAMED):
    """What every block, span and mark definition has: `_type`, and a `_key` unique within its array."""

    key: str = ""


class Span(_Node, frozen=True, kw_only=True, tag="span"):
    """Text with one set of marks: decorators, and at most one key of a mark definition."""

    text: str
    marks: tuple[str, ...] = ()


class Link(_Node, frozen=True, kw_only=True, tag="link"):
    """A mark that leads to an address."""

    href: str


class InternalLink(_Node, frozen=True, kw_only=True, tag="internalLink"):
    """A mark that leads to an article of this site, by its global id."""

    article: str


MarkDef = Link | InternalLink


class TextBlock(_Node, frozen=True, kw_only=True, tag="block"):
    """A paragraph, a heading, a paragraph of a quote, or an item of a list.

    `start` stands on the first item of a numbered list at level 1 that does not begin at 1.
    """

    style: Style = "normal"
    list_item: ListKind | UnsetType = UNSET
    level: Annotated[int, Meta(ge=1, le=MAX_LIST_LEVEL)] | UnsetType = UNSET
    start: Annotated[int, Meta(ge=0, le=MAX_LIST_START)] | UnsetType = UNSET
    mark_defs: tuple[MarkDef, ...] = ()
    children: tuple[Span, ...]


class Code(_Node, frozen=True, kw_only=True, tag="code"):
    """Lines of code, kept to the character; `language` is empty when nobody said."""

    language: str = ""
    code: str


class Image(_Node, frozen=True, kw_only=True, tag="image"):
    """An image of this site, by the global id of its media."""

    media: str
    alt: str = ""
    caption: str = ""


class Divider(_Node, frozen=True, kw_only=True, tag="divider"):
    """A break between two parts of a text."""


class Embed(_Node, frozen=True, kw_only=True, tag="embed"):
    """Something of another site that is shown in place; `url` is its canonical address."""

    provider: str
    url: str


class Cell(_Node, frozen=True, kw_only=True, tag="cell"):
    """A cell of a table; empty ones have no children."""

    mark_defs: tuple[MarkDef, ...] = ()
    children: tuple[Span, ...] = ()


class Row(_Node, frozen=True, kw_only=True, tag="row"):
    """A row of a table."""

    cells: tuple[Cell, ...]


class Table(_Node, frozen=True, kw_only=True, tag="table"):
    """A table: its first row is the header, and all rows have as many cells."""

    rows: tuple[Row, ...]


Block = TextBlock | Code | Image | Divider | Embed | Table


@dataclass(frozen=True, slots=True)
class Document:
    """Rich text in its canonical form: made by this package's doors only, and safe to store and to render."""

    blocks: tuple[Block, ...]
