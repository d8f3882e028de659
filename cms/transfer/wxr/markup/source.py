"""A post's text as WordPress stores it, cut into text, tags, comments and shortcodes.

Read once, from front to back. What is never closed is text, and every search for an end is remembered, so a text made
to be slow takes as long as any other of its length.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from html import unescape
from typing import NamedTuple


class Kind(StrEnum):
    """What a token is."""

    TEXT = "text"
    OPENING = "opening tag"
    CLOSING = "closing tag"
    COMMENT = "comment"
    SHORTCODE = "shortcode"
    END_OF_SHORTCODE = "end of a shortcode"


class Token(NamedTuple):
    """A piece of the source.

    Attributes:
        kind: what it is.
        said: text as HTML, the inside of a comment, or the name of a tag (in lower case) or of a shortcode.
        rest: the attributes, not yet taken apart.
        written: how a shortcode stands in the source, as far as it was taken.
    """

    kind: Kind
    said: str
    rest: str = ""
    written: str = ""


_SPECIAL = re.compile(r"<(?=[A-Za-z/!?])|\[(?=\[?/?[A-Za-z])")
_BRACKET = re.compile(r"\[(?=\[?/?[A-Za-z])")
_TAG = re.compile(
    r"<(?P<closes>/?)(?P<name>[A-Za-z][^\s/<>]*+)"
    r"(?P<rest>(?:[^>\"'=]++|=\s*+\"[^\"]*+\"|=\s*+'[^']*+'|[=\"'])*+)>"
)
# Where quotes never come to an end, a tag ends before the next one begins.
_PLAIN_TAG = re.compile(r"<(?P<closes>/?)(?P<name>[A-Za-z][^\s/<>]*+)(?P<rest>[^<>]*+)>")
_SHORTCODE = re.compile(
    r"\[(?P<closes>/?)(?P<name>[A-Za-z][\w\-]*+)(?=[\s=/\]])"
    r"(?P<rest>(?:[^\[\]<\"']++|\"[^\"\[\]]*+\"|'[^'\[\]]*+'|[\"'])*+)\]"
)
_END = re.compile(r"\[/([A-Za-z][\w\-]*+)\]")
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++)))?")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


class Source:
    """The tokens of a text; who reads them may move `at` on.

    Args:
        text: the content of a post.
        shortcodes: the names that are shortcodes; what has another name is text.
    """

    def __init__(self, text: str, shortcodes: frozenset[str]) -> None:
        self.text = text
        self.at = 0
        self.ends = frozenset(_END.findall(text))  # the names that stand in `[/name]` anywhere
        self._shortcodes = shortcodes
        self._next: dict[str, int] = {}
        self._special = _SPECIAL
        self._tag = _TAG
        self._escaped: set[str] = set()

    def __iter__(self) -> Iterator[Token]:
        while self.at < len(self.text):
            yield self._read()

    def find(self, pattern: str) -> int:
        """Where `pattern` stands next, in capitals or not; the end of the text when it does not."""
        known = self._next.get(pattern, -1)
        if known < self.at:
            found = re.compile(pattern, re.IGNORECASE).search(self.text, self.at)
            known = self._next[pattern] = found.start() if found else len(self.text)
        return known

    def skip_to(self, place: int) -> str:
        """The text up to `place`, from where reading goes on."""
        skipped = self.text[self.at : place]
        self.at = max(self.at, place)
        return skipped

    def _read(self) -> Token:
        special = self._special.search(self.text, self.at)
        if special is None or special.start() > self.at:
            text = self.skip_to(special.start() if special else len(self.text))
            return Token(Kind.TEXT, text.replace("<", "&lt;"))
        return self._markup() if special[0] == "<" else self._bracket()

    def _markup(self) -> Token:
        if self.find(">") == len(self.text):
            self._special = _BRACKET  # Nothing that begins with `<` has an end any more.
            return self._one_character("&lt;")
        if self.text.startswith(("<!", "<?"), self.at):
            return self._comment()
        match = self._tag.match(self.text, self.at)
        if match is None and self._tag is _TAG and self.text[self.at + 1 : self.at + 2].isalpha():
            self._tag = _PLAIN_TAG
            match = self._tag.match(self.text, self.at)
        if match is None:
            return self._one_character("&lt;")
        self.at = match.end()
        return Token(Kind.CLOSING if match["closes"] else Kind.OPENING, match["name"].lower(), match["rest"])

    def _comment(self) -> Token:
        """A comment, or anything else that a browser takes for one: it ends at the first `>`."""
        opening, closing = ("<!--", "-->") if self.text.startswith("<!--", self.at) else ("<!", ">")
        end = self.find(closing)
        if end == len(self.text):
            return self._one_character("&lt;")
        inside = self.skip_to(end)[len(opening) :]
        self.at = max(end, self.at) + len(closing)
        return Token(Kind.COMMENT, inside)

    def _bracket(self) -> Token:
        escaped = self._escape()
        if escaped:
            return escaped
        match = _SHORTCODE.match(self.text, self.at)
        if match is None or (match["closes"] and match["rest"].strip()):
            return self._one_character("[")
        if match["closes"] and match["name"] in self._escaped and self.text.startswith("]", match.end()):
            return self._literally(match, match.end() + 1)
        kind = Kind.END_OF_SHORTCODE if match["closes"] else Kind.SHORTCODE
        is_known = match["name"] in self._shortcodes
        # What is unknown stays text, and tags in it stay tags: it is taken as far as there can be none.
        written = match[0] if is_known or "<" not in match[0] else "["
        self.at += len(written)
        return Token(kind, match["name"], match["rest"], written)

    def _escape(self) -> Token | None:
        """`[[name]]` is how an author writes a shortcode that is to be read and not to be run."""
        match = _SHORTCODE.match(self.text, self.at + 1) if self.text.startswith("[[", self.at) else None
        if match is None or match["name"] not in self._shortcodes:
            return None
        if self.text.startswith("]", match.end()):
            return self._literally(match, match.end() + 1)
        if self.find(rf"\[/{re.escape(match['name'])}\]\]") < len(self.text):
            self._escaped.add(match["name"])
            return self._literally(match, match.end())
        return None

    def _literally(self, match: re.Match[str], end: int) -> Token:
        self.at = end
        return Token(Kind.TEXT, match[0].replace("<", "&lt;"))

    def _one_character(self, written: str) -> Token:
        self.at += 1
        return Token(Kind.TEXT, written)


def attributes_of(rest: str) -> dict[str, str]:
    """The attributes of a tag or a shortcode, decoded, by their names in lower case; the first of a name counts."""
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(rest):
        found.setdefault(name.lower(), decoded("".join(values)))
    return found


def decoded(html: str) -> str:
    """`html` with its character references read. Without a semicolon they are left, as `&copy=1` in an address is."""
    return _REFERENCE.sub(lambda reference: unescape(reference[0]), html) if "&" in html else html
