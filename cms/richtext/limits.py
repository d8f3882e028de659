"""How much rich text is taken, and which characters may stand in it.

Every door of this package calls `checked` (or `problem_with`, for blocks) before anything else looks at the text.
"""

import re

from cms.richtext.errors import RichTextError

MAX_INPUT_BYTES = 1024 * 1024
MAX_BLOCKS = 5_000
MAX_SPANS = 50_000
MAX_CELLS = 10_000
MAX_LIST_LEVEL = 10
# A list takes two levels of Markdown's block tree, a quote one: eleven lists or two dozen quotes, one in another.
MAX_MARKDOWN_DEPTH = 24
MAX_LINE_CHARS = 2_000  # an image's alt text or caption

# Control characters but tab and newline, and the code points Unicode reserves for never being text.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?")
_SPACES = re.compile("[ \t\n\f\r]+")


def checked(text: str) -> str:
    r"""`text` ready to be parsed: newlines are `\n`, control characters and a byte order mark are gone.

    Raises:
        RichTextError: it is larger than MAX_INPUT_BYTES, or holds a NUL or a lone surrogate.
    """
    if len(text) > MAX_INPUT_BYTES or _size(text) > MAX_INPUT_BYTES:
        raise RichTextError.single(f"The text is larger than {MAX_INPUT_BYTES} bytes: split it")
    if "\x00" in text:
        raise RichTextError.single("The text holds a NUL character: remove it")
    return clean(text.removeprefix("\ufeff"))


def clean(text: str) -> str:
    r"""`text` with newlines as `\n` and without control characters; tabs stay."""
    return _FORBIDDEN.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str) -> str:
    """`text` cleaned, with runs of ordinary white space as one space and none at the ends; no-break spaces stay."""
    return _SPACES.sub(" ", clean(text)).strip(" ")


def problem_with(text: str) -> str | None:
    """What is wrong with the characters of `text` given as stored text, or None."""
    found = _FORBIDDEN.search(_LINE_ENDS.sub("\n", text))
    if found:
        return f"holds the control character U+{ord(found[0]):04X}"
    return "holds half of a surrogate pair" if _has_surrogate(text) else None


def _size(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise RichTextError.single("The text holds half of a surrogate pair: it was cut or decoded wrongly") from None


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text) if not text.isascii() else False
