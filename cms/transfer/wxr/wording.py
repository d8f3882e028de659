"""Titles, excerpts, names and slugs of WordPress as lines of text here.

The one thing to know: WordPress lets markup into all of them, and what readers saw was the text.
"""

import re
from contextlib import suppress
from html import unescape
from typing import Final
from urllib.parse import unquote

from cms.kernel.errors import DomainError
from cms.kernel.inputs import MAX_LINE_CHARS, MAX_TEXT_CHARS, email, web_address
from cms.kernel.text import slugify
from cms.richtext import RichTextError, excerpt, from_html, render
from cms.transfer.page.wording import UNPRINTABLE

#: A title made of a text's beginning is as long as one that somebody wrote.
_MADE_TITLE_CHARS: Final = 60
_TAG = re.compile(r"<!--[^<]*?-->|</?[A-Za-z][^<>]*>")
_SPACES = re.compile(r"\s+")
_C1 = re.compile("[\x7f-\x9f\ufdd0-\ufdef]")


def plain_line(text: str) -> str:
    """What readers saw of a text with markup, in one line; empty where that is nothing."""
    shown = unescape(_TAG.sub("", text)) if "<" in text or "&" in text else text
    return _SPACES.sub(" ", _C1.sub("", UNPRINTABLE.sub("", shown))).strip()


def shortened(text: str, most: int = MAX_LINE_CHARS) -> str:
    """The text, or as many of its words as are kept."""
    return excerpt(text, most) if text else text


def made_title(text: str, slug: str) -> str:
    """A title for what has none: how its text begins, or the words of its address."""
    beginning = _SPACES.sub(" ", text).strip()
    words = unquote(slug).replace("-", " ").strip()
    return excerpt(beginning, _MADE_TITLE_CHARS) if beginning else shortened(words.capitalize()) or "Untitled"


def standfirst_of(written: str) -> tuple[str | None, bool]:
    """An excerpt as a standfirst, and whether some of it had to be left out."""
    if not written.strip():
        return None, False
    try:
        text = UNPRINTABLE.sub("", render(from_html(written, keep_line_breaks=True)).text).strip()
    except RichTextError:
        text = plain_line(written)
    return (excerpt(text, MAX_TEXT_CHARS) or None) if text else None, len(text) > MAX_TEXT_CHARS


def wished_slug(written: str) -> str | None:
    """The last part of an old address as a slug, in its own script; `None` where that is nothing."""
    return slugify(unquote(written), fallback="") or None


def kept_email(written: str) -> str | None:
    """A mail address, where it is one."""
    with suppress(DomainError):
        return email(written)
    return None


def kept_address(written: str) -> str | None:
    """A web address, where it is one."""
    with suppress(DomainError):
        return web_address(written, ())
    return None
