"""What a comment says: read from what was typed, in every form that is stored, searched and screened."""

import re
from dataclasses import dataclass
from typing import Any

import orjson

from cms.kernel.errors import InvalidInput
from cms.kernel.text import fold
from cms.richtext import (
    COMMENT_LINK_REL,
    Document,
    Rendered,
    RichTextError,
    from_blocks,
    from_comment,
    from_plain_text,
    render,
)
from cms.richtext.blocks import Link, TextBlock

PATH = ("body",)
# Whatever can make the Markdown of comments differ from plain text. (A test holds the two against each other.)
_MARKUP = re.compile(r"[\\*_\[\]<>\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|[^\S \n]|://| \s|\n ")


@dataclass(frozen=True, slots=True)
class Body:
    r"""A comment's text.

    Attributes:
        typed: as handed in, with newlines as `\n` and without white space at its ends.
        key: folded, for searching and for telling whether two say the same.
        links: where its links lead, in order; one address linked twice stands here twice.
    """

    typed: str
    rendered: Rendered
    key: str
    links: tuple[str, ...]


def read_body(typed: str, max_chars: int) -> Body:
    """The text as it will be stored.

    No more than may be stored is ever parsed: what is longer is refused by its rule, which counts all of `typed`.

    Raises:
        InvalidInput: it holds a NUL or half of a surrogate pair, or its quotes are nested too deeply.
    """
    lines = typed.replace("\r\n", "\n").replace("\r", "\n").strip()
    try:
        document = _document(lines[:max_chars])
    except RichTextError as error:
        raise InvalidInput(str(error), PATH) from None
    rendered = render(document, link_rel=COMMENT_LINK_REL)
    return Body(lines, rendered, fold(rendered.text), _links(document))


def stored_forms(blocks: str) -> dict[str, Any]:
    """Everything that is made of a comment's text, as its columns, from its column of blocks.

    The number of the renderer is not among them: it says nothing of what was made.

    Raises:
        ValueError: the blocks cannot be read.
    """
    made = render(from_blocks(orjson.loads(blocks)), link_rel=COMMENT_LINK_REL)
    return {
        "body_html": made.html,
        "body_markdown": made.markdown,
        "body_text": made.text,
        "body_key": fold(made.text),
    }


def _document(lines: str) -> Document:
    """Most comments are a paragraph without any markup, and reading that as Markdown takes twice as long."""
    return from_comment(lines) if _MARKUP.search(lines) else from_plain_text(lines)


def _links(document: Document) -> tuple[str, ...]:
    marks = (mark for block in document.blocks if isinstance(block, TextBlock) for mark in block.mark_defs)
    return tuple(mark.href for mark in marks if isinstance(mark, Link))
