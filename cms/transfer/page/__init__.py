"""Saved web pages. Bytes go in, a frozen `ParsedPage` comes out; nothing is stored, fetched or invented here.

The one thing to know: every visible line of a text page ends up in a part of the result or in `unrecognised`.
"""

from pathlib import PurePath

from cms.transfer.page.decoding import decode_page
from cms.transfer.page.document import parse_document
from cms.transfer.page.parsed import PageError, ParsedComment, ParsedCopyright, ParsedImage, ParsedPage
from cms.transfer.page.text import parse_text
from cms.transfer.page.times import localise

__all__ = [
    "MAX_PAGE_BYTES",
    "PageError",
    "ParsedComment",
    "ParsedCopyright",
    "ParsedImage",
    "ParsedPage",
    "localise",
    "parse_page",
]

MAX_PAGE_BYTES = 5 * 1024 * 1024

REFUSED_SUFFIXES = frozenset({".mht", ".mhtml", ".webarchive", ".pdf", ".doc", ".docx", ".odt", ".rtf", ".zip"})


def parse_page(data: bytes, filename: str) -> ParsedPage:
    """The parts of one saved page, read as HTML when the content is HTML and as plain text otherwise.

    Args:
        data: The file as saved, at most `MAX_PAGE_BYTES`.
        filename: Only its ending is looked at, and where content and ending disagree the content wins.

    Raises:
        PageError: The file is too large, is not text, holds no title, or needs the "import" extra.
    """
    suffix = PurePath(filename).suffix.lower()
    _refuse_what_is_no_page(data, suffix)
    source = decode_page(data, suffix)
    page = parse_document(source.text) if source.is_html else parse_text(source.text)
    return page.with_notes(source.notes)


def _refuse_what_is_no_page(data: bytes, suffix: str) -> None:
    if len(data) > MAX_PAGE_BYTES:
        raise PageError(f"The file has {len(data)} bytes; a page may have {MAX_PAGE_BYTES}.")
    if suffix in REFUSED_SUFFIXES:
        raise PageError(f"A {suffix} file cannot be read. Save the page as .html or .txt and import that.")
