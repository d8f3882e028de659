"""A file as front matter and body: YAML between lines of `---`, TOML between lines of `+++`, or a body alone.

The one thing to know: whichever it was, every value is a text as it was typed, a list or a mapping; see `yaml_text`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.yaml_text import Value, read_yaml, write_yaml

#: The largest front matter, and the largest file: a text of 1 MiB is the largest that is kept.
MAX_FRONT_BYTES: Final = 64 * 1024
MAX_FILE_BYTES: Final = 1024 * 1024 + MAX_FRONT_BYTES

_YAML: Final = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML: Final = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """A file that was read. Without front matter `fields` is None."""

    fields: Mapping[str, Value] | None
    body: str


def read_page(content: bytes) -> Page:
    """A file as front matter and body.

    Raises:
        Unreadable: it is no UTF-8, holds NUL, or its front matter cannot be read.
    """
    text = decoded(content)
    for form, read in ((_YAML, read_yaml), (_TOML, read_toml)):
        if found := form.match(text):
            if len(found[1].encode()) > MAX_FRONT_BYTES:
                raise Unreadable(f"its front matter has more than {MAX_FRONT_BYTES:,} bytes")
            return Page(read(found[1]), text[found.end() :])
    return Page(None, text)


def write_page(fields: Mapping[str, Any], body: str) -> bytes:
    """A file with YAML above its body."""
    below = f"\n{body}" if body else ""
    return f"---\n{write_yaml(fields)}---\n{below}".encode()


def decoded(content: bytes) -> str:
    r"""The text of a file, with `\n` at the ends of lines.

    Raises:
        Unreadable: it is no text.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is no UTF-8 (byte {error.start + 1:,})") from None
    if "\x00" in text:
        raise Unreadable("it holds NUL characters")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_toml(text: str) -> dict[str, Value]:
    """The keys and values of a TOML document, as `read_yaml` gives them.

    Raises:
        Unreadable: it is no TOML.
    """
    try:
        return {key: _typed(value) for key, value in tomllib.loads(text, parse_float=str).items()}
    # No TOML, a number of more digits than Python reads, or brackets in brackets.
    except (ValueError, RecursionError):
        raise Unreadable("its front matter is no TOML") from None


def _typed(value: Any) -> Value:  # noqa: ANN401 - whatever TOML holds
    """A value of TOML as it was typed."""
    if isinstance(value, dict):
        return {key: _typed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_typed(each) for each in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, (datetime, date, time)) else str(value)
