"""How a rich text is read: its stored forms, and the media and articles it names."""

from collections.abc import Mapping

from cms.kernel.excerpts import excerpt
from cms.kernel.ids import NodeType
from cms.reading.entity import (
    Column,
    Computed,
    Embedded,
    Entity,
    Kind,
    ReadContext,
    References,
    Source,
    both,
)
from cms.reading.request import ReadRefused

#: The mentions of a text in their order. A lead image is kept beside them at position -1 and is no mention.
TEXT_REFERENCE = Entity(
    "TextReference",
    None,
    both(Source("text_reference", "x", key="{x}.id", when="{x}.position >= 0")),
)


def _text(_context: ReadContext, arguments: Mapping[str, object], text: str) -> str:
    longest = arguments.get("maxLength")
    if not isinstance(longest, int):
        return text
    if longest < 1:
        raise ReadRefused("maxLength is 1 or more.")
    return excerpt(text, longest)


def _mentioned(node_type: NodeType) -> str:
    return f"CASE WHEN {{x}}.target_type = '{node_type.value}' THEN {{x}}.target_id END"


def rich_text(prefix: str, owner: str, *, present: Column | None = None, weight: int = 8 * 1024) -> Embedded:
    """A rich text whose forms stand in columns `<prefix>_html`, ... (`{r}.body`), in the row with the key `owner`.

    `weight` is what one form is charged at, in bytes.
    """
    return Embedded(
        {
            "html": Column(f"{prefix}_html", nullable=False, weight=weight),
            "markdown": Column(f"{prefix}_markdown", nullable=False, weight=weight),
            "text": Computed((Column(f"{prefix}_text", nullable=False),), _text, weight=weight),
            "blocks": Column(f"{prefix}_blocks", Kind.JSON, nullable=False, weight=2 * weight),
            "references": References(
                "TextReference",
                parent=owner,
                child="{x}.owner_id",
                position="{x}.position",
                targets={"Media": _mentioned(NodeType.MEDIA), "Article": _mentioned(NodeType.ARTICLE)},
            ),
        },
        present=present,
    )
