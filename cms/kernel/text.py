"""Text as it is compared: folded for sorting and searching, and cut down to slugs for addresses.

Both databases must order and match alike, and their own `lower()` and LIKE do not: folding happens here, once, when
saved.
"""

import re
import unicodedata

MAX_SLUG_CHARS = 96
_NOT_IN_A_SLUG = re.compile(r"[^\w]+", re.UNICODE)


def fold(text: str) -> str:
    """`text` as it is sorted and searched: NFKC, casefolded, white space collapsed (Unicode 16, section 3.13)."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def slugify(title: str, fallback: str = "untitled") -> str:
    """An address for `title` in its own script: lower case, NFC, words joined by `-`, at most 96 characters.

    Letters of every script stay; accents stay (an address may hold them, RFC 3987); marks and punctuation become `-`.
    """
    lowered = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", title).casefold())
    words = _NOT_IN_A_SLUG.sub("-", lowered.replace("'", "").replace("’", "")).replace("_", "-")  # noqa: RUF001 - the apostrophe that typesetters use
    slug = re.sub("-+", "-", words).strip("-")
    if len(slug) > MAX_SLUG_CHARS:
        slug = slug[: MAX_SLUG_CHARS + 1].rpartition("-")[0] or slug[:MAX_SLUG_CHARS]
    return slug or fallback


def escape_like(text: str) -> str:
    r"""`text` with the wildcards of LIKE made literal, for `LIKE ... ESCAPE '\'`."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
