"""What callers write, checked and brought into one form: lines, texts, slugs, addresses, locales.

Every function takes the path of the input it looks at and names it in what it raises. Nothing is ever cut to fit. The
importers call these as the API does, so nothing here counts on what an outer edge has refused already.
"""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from cms.kernel.errors import InvalidInput, Required, TooLong
from cms.kernel.text import MAX_SLUG_CHARS, slugify

Path = tuple[str, ...]

MAX_LINE_CHARS: Final = 300
MAX_TEXT_CHARS: Final = 2000
MAX_URL_CHARS: Final = 2048
MAX_EMAIL_CHARS: Final = 254  # RFC 5321, section 4.5.3.1.3

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_SPACES = re.compile(r"\s+")
_UNSAFE_IN_URL = re.compile(r"[\s\\<>\"]")
# Not `=?`, by which an encoded word begins (RFC 2047): whoever writes a header decodes it, line breaks and all.
_EMAIL = re.compile(r"(?!.*=\?)[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"]+\.[^\s@<>()\[\]\\,;:\".]+")
# BCP 47 (RFC 5646, section 2.1) as far as publications use it: language, script, region, variants.
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?((?:[-_][A-Za-z0-9]{5,8})*)")


def line(value: str, path: Path, max_chars: int = MAX_LINE_CHARS) -> str:
    """One line of text: NFC, white space collapsed, not empty.

    Raises:
        Required: nothing is left of it.
        TooLong: it has more than `max_chars` characters.
        InvalidInput: it holds control characters or half of a surrogate pair.
    """
    cleaned = _SPACES.sub(" ", _printable(value, path)).strip()
    if not cleaned:
        raise Required("Write something here.", path)
    return _fitting(cleaned, path, max_chars)


def optional_line(value: str | None, path: Path, max_chars: int = MAX_LINE_CHARS) -> str | None:
    """As `line`; None and blank text are None."""
    return line(value, path, max_chars) if value is not None and value.strip() else None


def text(value: str, path: Path, max_chars: int = MAX_TEXT_CHARS) -> str:
    """Text that may have several lines, NFC, without white space at its ends; may be empty.

    Raises:
        TooLong: it has more than `max_chars` characters.
        InvalidInput: it holds control characters or half of a surrogate pair.
    """
    lines = _printable(value, path).replace("\r\n", "\n").replace("\r", "\n")
    return _fitting(lines.strip(), path, max_chars)


def optional_text(value: str | None, path: Path, max_chars: int = MAX_TEXT_CHARS) -> str | None:
    """As `text`; None and blank text are None."""
    return (text(value, path, max_chars) or None) if value is not None else None


def slug(value: str, path: Path = ("slug",)) -> str:
    """A slug that somebody chose.

    Raises:
        Required: it is empty.
        TooLong: it has more than MAX_SLUG_CHARS characters.
        InvalidInput: it is not as slugs are; the message proposes one that is.
    """
    given = line(value, path, MAX_SLUG_CHARS)
    made = slugify(given, fallback="")
    if given != made:
        proposal = f", for instance {made}" if made else ""
        raise InvalidInput(f"A slug has lower-case letters, digits and single hyphens{proposal}.", path)
    return given


def web_address(value: str | None, path: Path) -> str | None:
    """An absolute http or https address, or None.

    Raises:
        TooLong: it has more than MAX_URL_CHARS characters.
        InvalidInput: it is relative, of another scheme, or holds what no address may.
    """
    given = optional_line(value, path, MAX_URL_CHARS)
    if given is not None and (_UNSAFE_IN_URL.search(given) or not _is_web(given)):
        raise InvalidInput("Write an absolute address that begins with https:// or http://.", path)
    return given


def email(value: str | None, path: Path = ("email",)) -> str | None:
    """A mail address, or None. Whether anybody reads it only a letter can tell.

    Raises:
        TooLong: it has more than MAX_EMAIL_CHARS characters.
        InvalidInput: it is no address.
    """
    given = optional_line(value, path, MAX_EMAIL_CHARS)
    if given is not None and not _EMAIL.fullmatch(given):
        raise InvalidInput("Write a mail address, like somebody@example.org.", path)
    return given


def locale(value: str, path: Path = ("locale",)) -> str:
    """A language tag in its canonical case: `en`, `de-CH`, `zh-Hant-TW` (BCP 47).

    Raises:
        InvalidInput: it is none.
    """
    found = _LOCALE.fullmatch(value)
    if found is None:
        raise InvalidInput("Write a language tag, like en, de-CH or zh-Hant.", path)
    language, script, region, variants = found.groups()
    parts = [language.lower(), (script or "").title(), (region or "").upper(), *re.split("[-_]", variants.lower())]
    return "-".join(part for part in parts if part)


def moment(value: datetime, path: Path) -> datetime:
    """A moment in UTC.

    Raises:
        InvalidInput: it has no time zone.
    """
    if value.utcoffset() is None:
        raise InvalidInput("A time needs its offset, like 2013-04-02T06:59:00Z.", path)
    return value.astimezone(UTC)


def _printable(value: str, path: Path) -> str:
    found = _UNPRINTABLE.search(value)
    if found:
        raise InvalidInput(f"The text holds U+{ord(found[0]):04X}, which is no character to write: remove it.", path)
    return unicodedata.normalize("NFC", value)


def _fitting(value: str, path: Path, max_chars: int) -> str:
    if len(value) > max_chars:
        raise TooLong(f"The text has {len(value)} characters, and {max_chars} are kept: shorten it.", path)
    return value


def _is_web(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
