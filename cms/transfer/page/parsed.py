"""What a saved page turns into. Frozen values only; a part that the page does not have is `None` or empty."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime


class PageError(ValueError):
    """A saved page that cannot be imported. The message says why and what to do next."""

    code = "page_unreadable"


@dataclass(frozen=True, slots=True)
class ParsedImage:
    """The image an article opens with. `alt` is as printed; `url` is absolute http(s), or `None` when unknown."""

    alt: str
    url: str | None = None
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedCopyright:
    """A copyright line. `year` is the latest one printed; `statement` is the whole line as printed."""

    holder: str | None
    year: int | None
    statement: str


@dataclass(frozen=True, slots=True)
class ParsedComment:
    """One comment.

    `posted_at` is naive when the page prints a wall-clock time without a zone (see `localise`), else aware. `url` is
    the comment's permalink, never its writer's own site. `source_id` is unique within the page and the same on every
    reading. `parent` is the index of the comment this one answers, always smaller than its own.
    """

    name: str
    posted_at: datetime
    paragraphs: tuple[str, ...]
    source_id: str
    url: str | None = None
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """All that was understood of a page, and what was not.

    A text page fills `paragraphs`, an HTML page `body_html` (to be read by a rich-text parser that sanitises; it is
    not safe to print). `byline` is never guessed. `source_id` is the canonical address, or a digest of the title and
    the first paragraph. `furniture` holds lines that were understood and are not content ("Leave a Comment");
    `unrecognised` those that were not understood; `notes` are full sentences for the import report.
    """

    title: str
    source_id: str
    lead_image: ParsedImage | None = None
    body_html: str | None = None
    paragraphs: tuple[str, ...] = ()
    byline: str | None = None
    published: datetime | None = None
    copyright: ParsedCopyright | None = None
    disclaimer: str | None = None
    contact_invitation: str | None = None
    comments: tuple[ParsedComment, ...] = ()
    terms_notice: str | None = None
    required_note: str | None = None
    cookie_notice: str | None = None
    language: str | None = None
    canonical_url: str | None = None
    furniture: tuple[str, ...] = ()
    unrecognised: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def with_notes(self, notes: tuple[str, ...]) -> "ParsedPage":
        """The same page with `notes` before its own."""
        return replace(self, notes=notes + self.notes)


def digest(*parts: str) -> str:
    """`sha256:` and 64 hexadecimal digits over the parts, which are kept apart by NUL (no text of a page holds one)."""
    return "sha256:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()
