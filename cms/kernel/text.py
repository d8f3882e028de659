"""Text as it is compared: folded for sorting and searching, and cut down to slugs for addresses.

Both databases must order and match alike, and their own `lower()` and LIKE do not: folding happens here, once, when
saved.
"""

import re
import unicodedata
from collections.abc import Iterator

MAX_SLUG_CHARS = 96
#: None of these ends a word: what joins or styles letters without being seen (soft hyphen, zero-width joiner, variation
#: selectors), and apostrophes, also the typesetters' one.
_UNSEEN = dict.fromkeys([0xAD, 0x200D, *range(0xFE00, 0xFE10), ord("'"), 0x2019])


def fold(text: str) -> str:
    """`text` as it is sorted and searched: NFKC, casefolded, white space collapsed (Unicode 16, section 3.13)."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def fold_address(address: str) -> str:
    """A mail address as it is told from others: NFC and small letters, and no more.

    `fold` would make one address of `ines@groß.example` and `ines@gross.example`, which may be two people's.
    """
    return unicodedata.normalize("NFC", address).lower()


def slugify(title: str, fallback: str = "untitled") -> str:
    """An address for `title` in its own script: lower case, NFC, words joined by `-`, at most 96 characters.

    Letters and digits of every script stay, with their accents and vowel signs (an address may hold them, RFC 3987);
    everything else becomes `-`.
    """
    # Casefolding writes the Turkish capital İ as an i with a second dot above it.
    lowered = unicodedata.normalize("NFKC", title).casefold().translate(_UNSEEN).replace("i\u0307", "i")
    words = "".join(_slug_characters(unicodedata.normalize("NFC", lowered)))
    slug = re.sub("-+", "-", words).strip("-")
    if len(slug) > MAX_SLUG_CHARS:
        slug = slug[: MAX_SLUG_CHARS + 1].rpartition("-")[0] or slug[:MAX_SLUG_CHARS]
    return slug or fallback


def _slug_characters(text: str) -> Iterator[str]:
    """Each character as it stands in a slug; a mark stays where it has a letter to stand on."""
    is_in_word = False
    for character in text:
        is_mark = unicodedata.category(character) in {"Mn", "Mc"}
        is_in_word = character.isalnum() or (is_mark and is_in_word)
        yield character if is_in_word else "-"


def printable(text: str) -> str:
    """`text` without what terminals obey, for somebody else's words in a sentence of ours."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def escape_like(text: str) -> str:
    r"""`text` with the wildcards of LIKE made literal, for `LIKE ... ESCAPE '\'`."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
