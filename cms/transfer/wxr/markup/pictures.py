"""Images with their captions, and what plays: films and sound become embeds where we have them, else links."""

import re
from html import escape

from cms.transfer.wxr.markup.conversion import Conversion
from cms.transfer.wxr.markup.source import Token, attributes_of

_WP_IMAGE = re.compile(r"\bwp-image-(\d+)")
_SOURCE = re.compile(r"<source\b[^<>]*?\ssrc\s*=\s*[\"']?([^\"'<>\s]+)", re.IGNORECASE)


def show_image(to: Conversion, tag: Token) -> None:
    """An image; a drawn smiley is the word it stands for."""
    attributes = attributes_of(tag.rest)
    names, alt = attributes.get("class", ""), attributes.get("alt", "")
    if "wp-smiley" in names or "emoji" in names.split():
        to.out.inline(escape(alt, quote=False))
    elif "wp-block-cover__image-background" not in names or not to.frames.get("cover"):
        known = _WP_IMAGE.search(names)
        _part_from_link(to)
        to.picture(attributes.get("src", "").strip(), alt, known[1] if known else attributes.get("data-id", ""))


def _part_from_link(to: Conversion) -> None:
    """An image is a block and holds no link; one to the picture itself is no loss."""
    parts = to.out.parts
    before = next((at for at in range(len(parts) - 1, -1, -1) if not parts[at].isspace()), -1)
    if before < 0 or not to.endings.get("a") or not parts[before].startswith('<a href="'):
        return
    href = attributes_of(parts[before][2:])["href"]
    parts[before] = to.endings["a"][-1] = ""
    if not to.is_picture(href):
        to.note("link around an image dropped, since images lead nowhere here")


def open_figure(to: Conversion, _tag: Token) -> None:
    """A figure begins: an image, a table, a quotation or a whole gallery."""
    to.out.end_paragraph()
    to.open_frame("figure")


def close_figure(to: Conversion) -> None:
    """A figure ends, and a caption in it that nothing ended."""
    close_caption(to)
    if to.frames.get("figure"):
        to.frames["figure"].pop()
    to.out.end_paragraph()


def open_caption(to: Conversion, _tag: Token) -> None:
    """A caption begins."""
    to.out.end_paragraph()
    to.open_frame("figcaption")


def close_caption(to: Conversion) -> None:
    """A caption belongs to the only image of its figure; that of a table, a film or several images is a paragraph."""
    captions, figures = to.frames.get("figcaption"), to.frames.get("figure")
    if not captions:
        return
    start = captions.pop().start
    if figures and figures[-1].start <= start:
        caption_image(to, figures[-1].start)
    to.out.end_paragraph()


def caption_image(to: Conversion, start: int, words: str = "") -> bool:
    """Make what stands after the only image since `start` its caption, behind `words`; False when that cannot be."""
    made_plain = to.out.caption_image(start, words)
    if made_plain and any(part.startswith("<a ") for part in made_plain):
        to.note("link in a caption dropped, its words stay")
    return made_plain is not None


def show_player(to: Conversion, tag: Token) -> None:
    """A player becomes a link to its file; what stands inside is for browsers that cannot play."""
    end = to.source.find(rf"</{tag.said}(?=[\s/>])")
    inside = to.source.skip_to(end) if end < len(to.source.text) else ""
    found = _SOURCE.search(inside)
    url = attributes_of(tag.rest).get("src") or (found[1] if found else "")
    if url:
        to.file(url, tag.said)
    else:
        to.note(f"{tag.said} without a file dropped")


def show_frame(to: Conversion, tag: Token) -> None:
    """A page or a film of another site; what stands inside is for browsers without frames."""
    end = to.source.find(r"</iframe(?=[\s/>])")
    if end < len(to.source.text):
        to.source.skip_to(end)
    to.framed(attributes_of(tag.rest).get("src", "").strip(), "frame")


def show_object(to: Conversion, tag: Token) -> None:
    """A film as it was put into pages before frames: an object, its parameters and an `embed` all name its address."""
    attributes = attributes_of(tag.rest)
    if tag.said == "param" and attributes.get("name", "").lower() not in {"movie", "src"}:
        return
    url = (attributes.get("src") or attributes.get("data") or attributes.get("value", "")).strip()
    if url and url != to.object_address:
        to.object_address = url
        to.framed(url, "object")


def close_object(to: Conversion) -> None:
    """An object ends; the next one may show the same."""
    to.object_address = ""
    to.out.end_paragraph()
