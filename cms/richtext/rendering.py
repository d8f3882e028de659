"""Everything that is stored beside the blocks, made once, on saving: HTML, Markdown, text, references, a word count."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from cms.richtext.blocks import Block, Document, Image, InternalLink, MarkDef, Table, TextBlock
from cms.richtext.html_writer import to_html
from cms.richtext.markdown_writer import to_markdown
from cms.richtext.plain_text import to_text

RENDERER_VERSION = 1
ARTICLE_LINK_REL = "noopener"
COMMENT_LINK_REL = "nofollow ugc noopener"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document in every form it is read in.

    Attributes:
        blocks: its canonical JSON, without white space; `from_blocks` of it gives the document back.
        html: safe to show as it is.
        markdown: `from_markdown` of it gives the document back, but for keys.
        text: plain, blocks separated by blank lines.
        references: global ids of its media and articles, in order, each once.
        word_count: words of `text` that hold a letter or a digit.
        renderer: the RENDERER_VERSION that made this; another one calls for rendering again.
    """

    blocks: str
    html: str
    markdown: str
    text: str
    references: tuple[str, ...]
    word_count: int
    renderer: int


def render(document: Document, *, link_rel: str = ARTICLE_LINK_REL) -> Rendered:
    """Every form of `document`.

    Args:
        document: what to render.
        link_rel: the `rel` of links that leave this site; COMMENT_LINK_REL for what readers wrote.
    """
    text = to_text(document)
    return Rendered(
        blocks=msgspec.json.encode(document.blocks).decode(),
        html=to_html(document, link_rel),
        markdown=to_markdown(document),
        text=text,
        references=tuple(dict.fromkeys(_references(document))),
        word_count=count_words(text),
        renderer=RENDERER_VERSION,
    )


def count_words(text: str) -> int:
    """How many words `text` has: what stands between white space and holds a letter or a digit."""
    return sum(any(char.isalnum() for char in word) for word in text.split())


def _references(document: Document) -> Iterator[str]:
    for block in document.blocks:
        if isinstance(block, Image):
            yield block.media
        yield from _linked(block)


def _linked(block: Block) -> Iterator[str]:
    for definition in _definitions(block):
        if isinstance(definition, InternalLink):
            yield definition.article


def _definitions(block: Block) -> Iterator[MarkDef]:
    if isinstance(block, TextBlock):
        yield from block.mark_defs
    elif isinstance(block, Table):
        yield from (definition for row in block.rows for cell in row.cells for definition in cell.mark_defs)
