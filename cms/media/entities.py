"""How media are read."""

from cms.kernel.ids import NodeType
from cms.media.models import Media
from cms.reading.entity import (
    Column,
    Computed,
    Embedded,
    Entity,
    Kind,
    Lookup,
    LookupBy,
    OrderKey,
    ReadContext,
    Source,
    both,
    column,
    columns,
)
from cms.reading.root import QUERY

MEDIA = Entity(
    "Media",
    NodeType.MEDIA,
    both(Source("media", "m", key="{m}.id", when="{m}.deleted_at IS NULL")),
    orders={"CREATED_AT": (OrderKey("{m}.created_at", Kind.TIME, descending=True),)},
)


def media_url(context: ReadContext, _arguments: object, storage_key: str) -> str:
    """Where the file itself is served."""
    return f"{context.media_url}/{storage_key}"


MEDIA.add(
    id=Column("{m}.id", Kind.KEY, nullable=False, prefix=NodeType.MEDIA),
    **columns(
        Media, "m", "version", "filename", "content_type", "bytes", "width", "height", "alt", "caption", "credit"
    ),
    **columns(Media, "m", "placeholder", "created_at"),
    focal_point=Embedded(
        {"x": column(Media, "focal_x", "m"), "y": column(Media, "focal_y", "m")}, present=column(Media, "focal_x", "m")
    ),
    url=Computed((column(Media, "storage_key", "m"),), media_url),
)

QUERY.add(media=Lookup("Media", by={"id": LookupBy("{key}", prefix=NodeType.MEDIA)}))
