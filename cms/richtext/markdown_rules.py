"""What our Markdown has beyond CommonMark and GitHub's tables and strike-through: below, above, and bare addresses.

Below and above the line are written `{~2~}` and `{^2^}`, which nest and hold spaces; `~2~` and `^2^` are read too.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from cms.richtext.limits import MAX_MARKDOWN_DEPTH

_SHORT = re.compile(r"([~^])([^\W_]{1,20}[+\-−]?)\1(?!\1)")  # noqa: RUF001 - the minus sign of ions
_ADDRESS = re.compile(r"://[^\s<>\"]+")
_TAGS: dict[str, str] = {"~": "sub", "^": "sup"}
_ENDING = frozenset(".,:;!?'*_…”’»")  # noqa: RUF001 - typographic quotes end sentences too
# The parser drops what is nested deeper; the reader refuses a text before that can happen.
MAX_NESTING = MAX_MARKDOWN_DEPTH + 2


class Parser(MarkdownIt):
    """A parser that leaves addresses as they are written: what may be linked to is decided in `links`, once."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        """`url` unchanged."""
        return url

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        """Always true: a refused link must become its text, not stay as brackets."""
        return bool(url) or True


def article_parser() -> MarkdownIt:
    """The Markdown of articles. Raw HTML is text."""
    parser = Parser("commonmark", {"html": False, "maxNesting": MAX_NESTING}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("strikethrough", "short_shift", short_shift)
    parser.inline.ruler.before("short_shift", "shift", shift)
    return parser


def comment_parser() -> MarkdownIt:
    """The Markdown of comments: emphasis, links and quotes, and addresses that stand in the text."""
    parser = Parser("zero", {"html": False, "maxNesting": MAX_NESTING})
    parser.enable(
        ["blockquote", "newline", "escape", "emphasis", "link", "autolink", "balance_pairs", "fragments_join"]
    )
    parser.inline.ruler.after("newline", "bare_address", bare_address)
    return parser


def shift(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the library's signature
    """`{~below~}` and `{^above^}`."""
    marker = state.src[state.pos + 1 : state.pos + 2]
    if state.src[state.pos] != "{" or marker not in _TAGS:
        return False
    start = state.pos
    end = _closing(state, start + 2, marker + "}")
    if end < 0:
        state.pos = start
        return False
    if not silent:
        _push(state, _TAGS[marker], start + 2, end)
    state.pos = end + 2
    return True


def short_shift(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the library's signature
    """`~2~` and `^2^`: letters and digits, perhaps a sign."""
    match = _SHORT.match(state.src, state.pos, state.posMax)
    if match is None or (state.pos and state.src[state.pos - 1] == match[1]):
        return False
    if not silent:
        _push(state, _TAGS[match[1]], match.start(2), match.end(2))
    state.pos = match.end()
    return True


def bare_address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the library's signature
    """`https://...` in the text is a link, without the punctuation that ends a sentence."""
    match = _ADDRESS.match(state.src, state.pos, state.posMax)
    scheme = re.search(r"(?<![^\W_])https?$", state.pending[-6:]) if match and state.linkLevel == 0 else None
    if match is None or scheme is None:
        return False
    rest = _without_closing_punctuation(match[0])
    if len(rest) <= len("://"):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[0])]
        _push_link(state, scheme[0] + rest)
    state.pos += len(rest)
    return True


def _closing(state: StateInline, start: int, closer: str) -> int:
    """Where `closer` stands, outside code, links and escapes; -1 when nowhere."""
    if state.src.find(closer, start, state.posMax) < 0:
        return -1
    state.pos = start
    while state.pos < state.posMax:
        if state.src.startswith(closer, state.pos):
            return state.pos if state.pos > start else -1
        state.md.inline.skipToken(state)
    return -1


def _push(state: StateInline, tag: str, start: int, end: int) -> None:
    """Tokens for what stands between `start` and `end`, in `tag`."""
    limit = state.posMax
    state.pos, state.posMax = start, end
    state.push(f"{tag}_open", tag, 1)
    state.md.inline.tokenize(state)
    state.push(f"{tag}_close", tag, -1)
    state.posMax = limit


def _push_link(state: StateInline, url: str) -> None:
    state.push("link_open", "a", 1).attrs = {"href": url}
    state.push("text", "", 0).content = url
    state.push("link_close", "a", -1)


def _without_closing_punctuation(url: str) -> str:
    """`url` without what ends a sentence; a closing bracket stays when the address opened it."""
    surplus = url.count(")") - url.count("(")
    end = len(url)
    while end and (url[end - 1] in _ENDING or (url[end - 1] == ")" and surplus > 0)):
        surplus -= url[end - 1] == ")"
        end -= 1
    return url[:end]
