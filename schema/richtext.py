"""Rich text, in the forms that clients of different kinds can show."""

import strawberry

from cms.media.texts import RichTextInput as GivenText
from schema.descriptions import described
from schema.fields import EVERYBODY, argument, given, read
from schema.scalars import Json
from schema.shared import Node


@described
@strawberry.type
class RichText:
    """Rich text. It is stored once, as Portable Text; the other forms are derived when it is saved.

    Ask for one form: each costs what it weighs.
    """

    html: str = read(
        EVERYBODY, "Safe HTML for a page: nothing in it runs, and links have http, https or mailto addresses only."
    )
    markdown: str = read(EVERYBODY, "CommonMark, for editors and for programs that read prose.")
    text: str = read(
        EVERYBODY,
        "The words alone, for excerpts and previews.",
        arguments={
            "max_length": argument(
                EVERYBODY, int | None, "The most characters to return, cut after a whole word; all when left out."
            )
        },
    )
    blocks: Json = read(
        EVERYBODY, "The Portable Text itself, for clients that draw each block; media and articles appear by their ids."
    )
    references: list[Node] = read(
        EVERYBODY, "The media and articles that the text names, in its order, as far as the caller may see them."
    )


@described
@strawberry.input(one_of=True)
class RichTextInput:
    """Rich text to be stored: give exactly one form. What is unknown or dangerous in it is refused, or becomes text."""

    markdown: str | None = given(EVERYBODY, "CommonMark with tables.")
    html: str | None = given(EVERYBODY, "HTML, as an editor in a browser writes it.")
    blocks: Json | None = given(EVERYBODY, "Portable Text, as `RichText.blocks` gives it.")


def rich_text(sent: RichTextInput) -> GivenText:
    """A rich text as the features take it."""
    return GivenText(markdown=sent.markdown, html=sent.html, blocks=sent.blocks)
