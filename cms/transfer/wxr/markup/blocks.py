"""The comments that the block editor writes around HTML: `<!-- wp:image {"id":7} -->`, and the older `<!--more-->`.

What a block shows stands in its HTML, so most comments only go. The exceptions are the blocks that WordPress fills
when it is read (they are dropped and reported) and those that keep something in their settings alone.
"""

import re
from collections.abc import Mapping

import msgspec

from cms.transfer.wxr.markup.conversion import Conversion

_BLOCK = re.compile(r"\s*(?P<closes>/?)wp:(?P<name>[a-z][\w/\-]{0,99}+)(?P<settings>.*)", re.DOTALL)
_SHOWING = frozenset({"image", "cover", "media-text", "gallery", "audio", "video", "file"})
# Blocks that say nothing when nothing stands between their comments.
_EMPTY = frozenset({"paragraph", "heading", "spacer", "separator", "group", "column", "columns", "list", "html"})


def has_blocks(text: str) -> bool:
    """Whether a post was written with the block editor, which says itself where paragraphs are."""
    return "<!-- wp:" in text


def convert_comment(to: Conversion, comment: str) -> None:
    """A comment of any kind, by what stands inside it."""
    match = _BLOCK.fullmatch(comment)
    if match is None:
        _pass(to, comment.strip())
    elif match["closes"]:
        _close_block(to, match["name"])
    else:
        settings = match["settings"].strip()
        _open_block(to, match["name"], _read(settings.removesuffix("/")), is_whole=settings.endswith("/"))


def _pass(to: Conversion, comment: str) -> None:
    if comment.startswith("nextpage"):
        to.note("pages of the post joined into one")
        to.out.end_paragraph()
    elif comment.startswith("more"):
        to.out.end_paragraph()


def _open_block(to: Conversion, name: str, settings: Mapping[str, object], *, is_whole: bool) -> None:
    url = str(settings.get("url") or "")
    if name in _SHOWING:
        ids = settings.get("ids")
        to.shows(settings.get("id"), settings.get("mediaId"), *(ids if isinstance(ids, list) else ()))
    if name == "cover" and url and settings.get("backgroundType") != "video":
        _show_cover(to, url, str(settings.get("alt") or ""), str(settings.get("id") or ""))
    elif is_whole and url and name.partition("/")[0] in {"embed", "core-embed"}:
        to.framed(url, "embed")
    elif is_whole and name not in _EMPTY:
        to.note(f"block [{name}] dropped, since WordPress filled it for every reader")


def _show_cover(to: Conversion, url: str, alt: str, attachment: str) -> None:
    """The picture behind a text stands before it."""
    to.out.end_paragraph()
    to.picture(url, alt, attachment)
    to.out.end_paragraph()
    to.open_frame("cover")


def _close_block(to: Conversion, name: str) -> None:
    if name == "cover" and to.frames.get("cover"):
        to.frames["cover"].pop()


def _read(settings: str) -> Mapping[str, object]:
    """The settings of a block; none when they cannot be read."""
    try:
        found: object = msgspec.json.decode(settings) if settings else {}
    # It is no JSON, it is nested without end, or a part of a character is in it.
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return {}
    return found if isinstance(found, dict) else {}
