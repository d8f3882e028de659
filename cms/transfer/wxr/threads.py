"""The shape of a conversation without its words: which comment answers which, some thirty bytes for each.

The one thing to know: a comment can be stored only after the one it answers, and nothing keeps an export in that
order. So each comment has a round: the file is read once for each, and almost always there is one.
"""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from cms.richtext import RichTextError
from cms.transfer.wxr.parsed import ParsedComment
from cms.transfer.wxr.remarks import as_remark

#: The kinds of comments that people write; the others are left by programs.
_WRITTEN_BY_PEOPLE: Final = frozenset({"", "comment"})
_PINGS: Final = frozenset({"pingback", "trackback"})
#: Twice as long is still no longer than most sites let comments be.
_SHORT: Final = 1_000


def is_by_person(comment: ParsedComment) -> bool:
    """Whether somebody wrote it, and not another site's software."""
    return comment.kind in _WRITTEN_BY_PEOPLE


def is_ping(comment: ParsedComment) -> bool:
    """Whether another site announced itself."""
    return comment.kind in _PINGS


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment goes: what it answers (0 for the article itself), and in which round."""

    parent: int
    round: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A conversation with every comment in its place.

    Attributes:
        places: by the ids of the comments.
        moved: the comments that answer something else than they did, and why.
        deepest: how deep the deepest stands.
    """

    places: Mapping[int, Place]
    moved: Mapping[int, str]
    deepest: int

    @property
    def rounds(self) -> int:
        """How often the file has to be read for it."""
        return max((place.round for place in self.places.values()), default=-1) + 1


@dataclass(slots=True)
class Thread:
    """The comments under one item, in the order of the file; `longest` is how many characters the longest has here."""

    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    parents: "array[int]" = field(default_factory=lambda: array("q"))
    longest: int = 0

    def add(self, comment: ParsedComment) -> None:
        """Keep what matters of a comment."""
        self.numbers.append(comment.number)
        self.parents.append(comment.parent)
        self.longest = max(self.longest, _typed_chars(comment.content, self.longest))

    def settle(self, deepest: int) -> Settled:
        """Put every comment in its place, none deeper than `deepest`.

        What answers a comment that is not there, or itself, answers the article; what would stand too deep answers the
        comment above the one it answered.
        """
        return _Settling(self, deepest).done()


def _typed_chars(content: str, known: int) -> int:
    """How long it will be as it is typed here. Only what may be the longest is read for it, and no short one is."""
    if len(content) < _SHORT or 2 * len(content) <= known:
        return len(content)
    try:
        return len(as_remark(content))
    except RichTextError:
        return 0


class _Settling:
    """Comments settled one after the other, each after the one it answers."""

    def __init__(self, thread: Thread, deepest: int) -> None:
        self._order = {number: place for place, number in enumerate(thread.numbers)}
        self._said = dict(zip(thread.numbers, thread.parents, strict=True))
        self._most = deepest
        self._places: dict[int, Place] = {}
        self._depths: dict[int, int] = {}
        self._moved: dict[int, str] = {}

    def done(self) -> Settled:
        for number in self._said:
            for each in self._unsettled_above(number):
                self._settle(each)
        return Settled(self._places, self._moved, max(self._depths.values(), default=0))

    def _unsettled_above(self, number: int) -> Iterator[int]:
        """A comment and those above it that have no place yet, the highest first."""
        line: dict[int, None] = {}
        while number in self._said and number not in self._places and number not in line:
            line[number] = None
            number = self._said[number]
        return reversed(line)

    def _settle(self, number: int) -> None:
        parent = self._said[number]
        if parent and parent not in self._places:
            self._moved[number] = "what it answered is not here"
            parent = 0
        if parent and self._depths[parent] >= self._most:
            self._moved[number] = "replies do not stand as deep here"
            parent = self._places[parent].parent
        above = self._places[parent].round if parent else 0
        comes_later = bool(parent) and self._order[parent] > self._order[number]
        self._places[number] = Place(parent, above + comes_later)
        self._depths[number] = self._depths[parent] + 1 if parent else 0
