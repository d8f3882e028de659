"""Bytes to text. A page that is not UTF-8 is read as what it declares, then as Windows-1252, and a note says so."""

import codecs
import re
from dataclasses import dataclass

from cms.transfer.page.parsed import PageError

# A closed list: Python also has text codecs (idna, punycode) whose cost grows with the square of the input.
_CHARSET = re.compile(
    rb"charset\s*=\s*[\"']?\s*(utf-?8|us-ascii|windows-125\d|iso-8859-\d{1,2}|koi8-[ru]"
    rb"|shift_jis|euc-jp|euc-kr|gbk|gb2312|gb18030|big5)\b",
    re.IGNORECASE,
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HTML_START = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_TAG = re.compile(r"<[a-z!/]", re.IGNORECASE)
_START_CHARS = 4096
_HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})


@dataclass(frozen=True, slots=True)
class PageSource:
    """A page's text, whether it is HTML, and what the report should say about how that was decided."""

    text: str
    is_html: bool
    notes: tuple[str, ...]


def decode_page(data: bytes, suffix: str) -> PageSource:
    """The text of a saved page; `suffix` is the file's ending in lower case, with its dot.

    Raises:
        PageError: The file is empty, or is not text.
    """
    text, encoding_notes = _decode(data)
    if "\0" in text:
        raise PageError("The file holds NUL characters, so it is no text. Save the page as .html or .txt.")
    if not text.strip():
        raise PageError("The file is empty.")
    is_html = _is_html(text, suffix)
    return PageSource(text, is_html, encoding_notes + _disagreement(suffix, is_html=is_html))


def _decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    for encoding in _likely_encodings(data):
        try:
            return data.decode(encoding), _encoding_notes(encoding)
        except UnicodeError:
            continue
    raise PageError("The file's characters cannot be read. Save the page as UTF-8.")


def _likely_encodings(data: bytes) -> tuple[str, ...]:
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    if marked:
        return (marked,)
    declared = _CHARSET.search(data, 0, _START_CHARS)
    # UTF-8 goes first: text that is valid UTF-8 by accident is rare, and a wrong declaration is common.
    return ("utf-8", *([declared[1].decode("ascii")] if declared else []), "windows-1252")


def _encoding_notes(encoding: str) -> tuple[str, ...]:
    if encoding.startswith("utf-"):
        return ()
    return (f"The file is not UTF-8 and was read as {encoding}; look at its quotes and accents.",)


def _is_html(text: str, suffix: str) -> bool:
    start = text[:_START_CHARS].lstrip("\ufeff \t\r\n\f")
    if start.startswith("<") and _HTML_START.search(start):
        return True
    return suffix in _HTML_SUFFIXES and _TAG.search(text) is not None


def _disagreement(suffix: str, *, is_html: bool) -> tuple[str, ...]:
    if is_html and suffix == ".txt":
        return ("The file is named .txt and holds HTML; it was read as HTML.",)
    if not is_html and suffix in _HTML_SUFFIXES:
        return (f"The file is named {suffix} and holds no markup; it was read as plain text.",)
    return ()
