"""What a comment can be told by when it is compared with others: its words, its names, its hosts, its shape.

The one thing to know: a trait is text that a moderator can read, since traits are what explains a score; what is kept
of one is a number that says nothing (see `scoring`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from cms.comments import signs
from cms.kernel.text import fold

#: Whoever has more to say than this has been understood by then; and reading costs what it does at most.
MAX_READ_CHARS: Final = 2_000
_LINKS_SHOWN: Final = 5
_MANY_EXCLAMATIONS: Final = 2

_WORD: Final = re.compile(r"[^\W\d_]{2,24}")
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_SHAPES: Final = (
    ("exclamation mark", re.compile("!")),
    ("question mark", re.compile(r"[?\u00bf]")),
    ("percentage", re.compile(r"\d ?%")),
    ("large number", re.compile(r"\d[.,\u00a0\u202f ]?\d{3}")),
    ("number", re.compile(r"\d")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A comment as far as its traits go.

    Attributes:
        text: its plain text.
        links: where its links lead.
        name: of its writer; `url` and `email` are what they gave with it.
    """

    text: str
    name: str
    links: tuple[str, ...] = ()
    url: str | None = None
    email: str | None = None


def traits_of(remark: Remark) -> frozenset[str]:
    """The traits of a comment, each once: a word as it is folded, and anything else after what it is (`name: ...`)."""
    return frozenset(_traits(remark))


def _traits(remark: Remark) -> Iterator[str]:
    text = signs.without_unseen(remark.text[:MAX_READ_CHARS])
    yield from _words(_ADDRESS.sub(" ", text))
    yield from (f"name: {word}" for word in _words(remark.name))
    yield from (f"sign: {shape}" for shape in _shape(text, remark))
    yield from (f"link: {host}" for host in _hosts(remark.links[:_LINKS_SHOWN]))
    yield from (f"site: {host}" for host in _hosts([remark.url] if remark.url else []))
    if remark.email:
        yield f"mail: {fold(remark.email).rpartition('@')[2]}"


def _words(text: str) -> Iterator[str]:
    """Folded words of 2 to 24 letters."""
    return (found[0] for found in _WORD.finditer(fold(text)))


def _shape(text: str, remark: Remark) -> Iterator[str]:
    """What somebody would see who cannot read."""
    yield from (name for name, pattern in _SHAPES if pattern.search(text))
    if text.count("!") >= _MANY_EXCLAMATIONS:
        yield "exclamation marks"
    if signs.shouts(text):
        yield "capitals"
    if remark.links or signs.bare_addresses(text):
        yield "link"
    if remark.url:
        yield "address of a site"
    if any(map(str.isdigit, remark.name)):
        yield "number in the name"


def _hosts(addresses: Iterable[str]) -> Iterator[str]:
    for address in addresses:
        try:
            host = urlsplit(address).hostname
        except ValueError:
            continue
        if host:
            yield fold(host).removeprefix("www.")
