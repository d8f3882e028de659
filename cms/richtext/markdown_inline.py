"""Marks as Markdown. The hard part: a delimiter counts only between the right neighbours.

CommonMark (0.31, section 6.2) lets `**` open or close by the characters on both sides of it. Where a neighbour is of
the wrong class it is written as a numeric character reference, which is punctuation to the rule and itself to the
reader; every CommonMark parser reads it. `_` stands for emphasis where `*` would touch `**`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from markdown_it.common.utils import isPunctChar, isWhiteSpace

from cms.richtext.inline import Group, Inline, Run, nest
from cms.richtext.links import Target

Side = Literal["open", "close"]

_ESCAPED = re.compile(r"[\\`*_\[\]~^]|<(?=\S)|<$|&(?=#?[0-9A-Za-z]{1,40};)")
_BACKTICKS = re.compile("`+")
_DELIMITERS = {"strong": "**", "em": "*", "strike-through": "~~"}
_FIXED = {"sub": ("{~", "~}"), "sup": ("{^", "^}")}


@dataclass(slots=True)
class _Piece:
    """A part of the line: plain text, whose ends may have to be written as references, or something written as is."""

    text: str
    side: Side | None = None  # which end of a mark it is, for delimiters that depend on their neighbours
    is_plain: bool = False
    hides_first: bool = False
    hides_last: bool = False
    mate: "_Piece | None" = None  # what a closing delimiter closes

    @property
    def first(self) -> str:
        return "&" if self.hides_first else self.text[0]

    @property
    def last(self) -> str:
        return ";" if self.hides_last else self.text[-1]

    def written(self) -> str:
        if not self.is_plain:
            return self.text
        if self.hides_first and len(self.text) == 1:
            return _reference(self.text)
        start, end = int(self.hides_first), len(self.text) - int(self.hides_last)
        first = _reference(self.text[0]) if self.hides_first else ""
        last = _reference(self.text[-1]) if self.hides_last else ""
        return first + escaped(self.text[start:end]).replace("\n", "\\\n") + last


def inline_markdown(runs: tuple[Run, ...]) -> str:
    r"""Canonical `runs` as Markdown; a line break is `\` and a newline."""
    pieces = list(_pieces(nest(runs)))
    _keep_stars_apart(pieces)
    while _hide_neighbours(pieces):
        pass
    _hide_ends(pieces)
    return "".join(piece.written() for piece in pieces)


def escaped(text: str) -> str:
    """`text` with a backslash before what Markdown would read as more than text inside a line."""
    return _ESCAPED.sub(r"\\\g<0>", text)


def _pieces(nodes: tuple[Inline, ...]) -> Iterator[_Piece]:
    for node in nodes:
        if isinstance(node, Group):
            yield from _group(node)
        elif node.is_code:
            yield _Piece(_code(node.text))
        else:
            yield _Piece(node.text, is_plain=True)


def _group(group: Group) -> Iterator[_Piece]:
    inner = _pieces(group.children)
    if isinstance(group.mark, Target):
        yield from (_Piece("["), *inner, _Piece(f"]({_destination(group.mark)})"))
    elif group.mark in _FIXED:
        opener, closer = _FIXED[group.mark]
        yield from (_Piece(opener), *inner, _Piece(closer))
    else:
        opening = _Piece(_DELIMITERS[group.mark], "open")
        yield from (opening, *inner, _Piece(opening.text, "close", mate=opening))


def _keep_stars_apart(pieces: list[_Piece]) -> None:
    """`*` beside `**` would be read as one run of three; such emphasis is written with `_`."""
    beside = {id(one) for one, other in pairwise(pieces) if (one.text, other.text) == ("*", "**") and one.side}
    beside |= {id(other) for one, other in pairwise(pieces) if (one.text, other.text) == ("**", "*") and other.side}
    for piece in pieces:
        if piece.mate and (id(piece) in beside or id(piece.mate) in beside):
            piece.text = piece.mate.text = "_"


def _destination(target: Target) -> str:
    if target.kind == "internalLink":
        return f"article:{target.value}"
    href = re.sub(r"&(?=#?[0-9A-Za-z]{1,40};)", r"\\&", target.value)
    return f"<{href}>" if "(" in href or ")" in href else href


def _code(text: str) -> str:
    """A code span; its fence is longer than any run of backticks in it."""
    fence = "`" * (max((len(run) for run in _BACKTICKS.findall(text)), default=0) + 1)
    padding = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def _hide_neighbours(pieces: list[_Piece]) -> bool:
    """Hides what keeps a delimiter from working; whether anything changed, since one change may call for another."""
    changed = False
    for position, piece in enumerate(pieces):
        if piece.side == "open":
            inside, outside = pieces[position + 1], pieces[position - 1] if position else None
            changed |= _hide(piece, inside.first, outside.last if outside else " ", inside, outside)
        elif piece.side == "close":
            inside, outside = pieces[position - 1], pieces[position + 1] if position + 1 < len(pieces) else None
            changed |= _hide(piece, inside.last, outside.first if outside else " ", inside, outside)
    return changed


def _hide(piece: _Piece, near: str, far: str, inside: _Piece, outside: _Piece | None) -> bool:
    if isWhiteSpace(ord(near)):
        return _hide_end(inside, first=piece.side == "open")
    clings = isPunctChar(near) or piece.text == "_"
    if outside is not None and clings and not isWhiteSpace(ord(far)) and not isPunctChar(far):
        return _hide_end(outside, first=piece.side == "close")
    return False


def _hide_end(piece: _Piece, *, first: bool) -> bool:
    if not piece.is_plain:
        return False
    both = len(piece.text) == 1
    changed = not (piece.hides_first if first else piece.hides_last)
    piece.hides_first |= first or both
    piece.hides_last |= both or not first
    return changed


def _hide_ends(pieces: list[_Piece]) -> None:
    """White space that a parser would trim from the ends of the line, such as an ideographic space, is hidden."""
    if pieces and pieces[0].first.isspace():
        _hide_end(pieces[0], first=True)
    if pieces and pieces[-1].last.isspace():
        _hide_end(pieces[-1], first=False)
    for piece, following in pairwise(pieces):
        if piece.is_plain and piece.last == "!" and following.text == "[":  # It would be an image.
            _hide_end(piece, first=False)


def _reference(char: str) -> str:
    return f"&#{ord(char)};"
