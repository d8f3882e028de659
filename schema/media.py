"""Images and files, as pages show them."""

from datetime import datetime
from enum import StrEnum

import strawberry

from cms.kernel.viewer import Scope
from schema.article_lists import ArticleConnection
from schema.descriptions import describe_enum, described
from schema.fields import EVERYBODY, PAGE, argument, read
from schema.scalars import Url
from schema.shared import Node


class ImageFit(StrEnum):
    """How an image is brought to the size asked for."""

    COVER = "COVER"
    CONTAIN = "CONTAIN"


class ImageFormat(StrEnum):
    """What an image can be encoded as."""

    AVIF = "AVIF"
    WEBP = "WEBP"
    JPEG = "JPEG"
    PNG = "PNG"


describe_enum(
    ImageFit,
    "How an image is brought to the size asked for.",
    COVER="Fill the whole size and cut off what sticks out, keeping the focal point in view.",
    CONTAIN="Show the whole image within the size; one side may come out shorter.",
)
describe_enum(
    ImageFormat,
    "What an image can be encoded as.",
    AVIF="The smallest files; known to browsers since about 2021.",
    WEBP="Small files, known to every browser in use.",
    JPEG="For photographs in mail and old programs.",
    PNG="Without loss and with transparency; large for photographs.",
)

_RENDITION = {
    "width": argument(
        EVERYBODY,
        int | None,
        "The width in pixels, of the sizes that the site allows; left out, it follows from the height.",
    ),
    "height": argument(
        EVERYBODY,
        int | None,
        "The height in pixels, of the sizes that the site allows; left out, it follows from the width.",
    ),
    "fit": argument(
        EVERYBODY, ImageFit, "What to do when the image has another shape than the size.", default=ImageFit.COVER
    ),
    "format": argument(EVERYBODY, ImageFormat | None, "What to encode it as; left out, as it was uploaded."),
}


@described
@strawberry.type
class FocalPoint:
    """The point of an image that must stay in view when it is cropped."""

    x: float = read(EVERYBODY, "From the left edge, 0, to the right, 1.")
    y: float = read(EVERYBODY, "From the upper edge, 0, to the lower, 1.")


@described
@strawberry.type
class Media(Node):
    """An image or another file, with what is said about it wherever it is used."""

    version: int = read(EVERYBODY, "Grows with every change; give it as `expectedVersion` when changing this.")
    filename: str = read(EVERYBODY, "The name it was uploaded under, to show to people; it is no part of the address.")
    content_type: str = read(EVERYBODY, "What kind of file it is, found from its content, like `image/jpeg`.")
    bytes: int = read(EVERYBODY, "The size of the original file in bytes.")
    width: int | None = read(EVERYBODY, "The original's width in pixels; null when it is no image.")
    height: int | None = read(EVERYBODY, "The original's height in pixels; null when it is no image.")
    alt: str = read(EVERYBODY, "What the image shows, for those who cannot see it; empty when it is decoration.")
    caption: str | None = read(EVERYBODY, "The words under the image.")
    credit: str | None = read(EVERYBODY, "Who made it or holds the rights, as it must be printed.")
    focal_point: FocalPoint | None = read(EVERYBODY, "The point that cropping keeps in view; the middle when null.")
    placeholder: str | None = read(
        EVERYBODY, "A tiny blurred stand-in to show while the image loads: a ThumbHash in base64."
    )
    url: Url = read(
        EVERYBODY,
        "Where the file or a resized copy of it is; it never changes, so keep it as long as you like.",
        arguments=_RENDITION,
    )
    used_by: ArticleConnection = read(
        Scope.CONTENT_PREVIEW, "The articles that show it, drafts among them.", arguments=PAGE
    )
    created_at: datetime = read(EVERYBODY, "When it was uploaded.")
