"""Rich text as actions take it and tables keep it: one input, five columns, and the references that it makes.

Every feature with a text uses this. The forms are rendered once, when a text is saved; nothing edits them afterwards.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from cms.kernel.errors import InvalidInput
from cms.kernel.ids import NodeType, parse_global_id
from cms.kernel.inputs import Path
from cms.kernel.models import TextReference
from cms.richtext import (
    ARTICLE_LINK_REL,
    Document,
    Rendered,
    RichTextError,
    digest,
    from_blocks,
    from_html,
    from_markdown,
    render,
)

#: A revision's lead image is kept beside the mentions of its text, so that one index tells where a medium is used.
LEAD_IMAGE_POSITION = -1
_MAX_PROBLEM_CHARS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RichTextInput:
    """Rich text in one of three forms; exactly one is given. `blocks` is decoded JSON."""

    markdown: str | None = None
    html: str | None = None
    blocks: object = None


@dataclass(frozen=True, slots=True)
class Body:
    """A rich text in all its forms. `digest` covers what it says, and not the keys of its blocks."""

    rendered: Rendered
    digest: str


def read_body(given: RichTextInput, path: Path = ("body",), *, link_rel: str = ARTICLE_LINK_REL) -> Body:
    """The text that was given, in every form.

    Raises:
        InvalidInput: none or several forms are given, or the text is refused; the message says why.
    """
    try:
        return body_of(_document(given, path), link_rel=link_rel)
    except RichTextError as error:
        raise InvalidInput(str(error)[:_MAX_PROBLEM_CHARS], path) from None


def body_of(document: Document, *, link_rel: str = ARTICLE_LINK_REL) -> Body:
    """A document that is there already, in every form."""
    return Body(render(document, link_rel=link_rel), digest(document))


def stored_body(blocks: str) -> Body:
    """The text of a row, from its column of blocks, rendered anew."""
    return body_of(from_blocks(orjson.loads(blocks)))


EMPTY = body_of(Document(()))


def columns(body: Body, prefix: str = "body") -> dict[str, Any]:
    """The five columns of a text, as models name them."""
    made = body.rendered
    return {
        f"{prefix}_blocks": made.blocks,
        f"{prefix}_html": made.html,
        f"{prefix}_markdown": made.markdown,
        f"{prefix}_text": made.text,
        f"{prefix}_renderer": made.renderer,
    }


def references(owner_id: UUID, body: Body, lead_image_id: UUID | None = None) -> list[TextReference]:
    """The rows of what a text names, in its order from 0, and of the lead image before them."""
    named = [(LEAD_IMAGE_POSITION, NodeType.MEDIA, lead_image_id)] if lead_image_id else []
    named += [(position, *node) for position, node in enumerate(_named(body.rendered.references))]
    return [
        TextReference(owner_id=owner_id, position=position, target_type=node_type.value, target_id=key)
        for position, node_type, key in named
    ]


async def store_references(owner_id: UUID, body: Body | None) -> None:
    """Make what the text of `owner_id` names be what `body` names, where it was something else before."""
    await TextReference.filter(owner_id=owner_id).delete()
    await TextReference.bulk_create(references(owner_id, body) if body else [])


def _document(given: RichTextInput, path: Path) -> Document:
    forms = [given.markdown is not None, given.html is not None, given.blocks is not None]
    if sum(forms) != 1:
        raise InvalidInput("Give the text in exactly one form: markdown, html or blocks.", path)
    if given.markdown is not None:
        return from_markdown(given.markdown)
    if given.html is not None:
        return from_html(given.html)
    return from_blocks(given.blocks)


def _named(ids: Iterable[str]) -> Iterator[tuple[NodeType, UUID]]:
    for text in ids:
        node = parse_global_id(text)
        if node is not None:
            yield node.type, node.key
