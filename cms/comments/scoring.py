"""How much a comment is like what moderators called spam, as a number: 0 is neither way, and more is more so.

The one thing to know: a score is a sum. Each trait adds the logarithm of how much oftener it stands in spam than in
other comments (naive Bayes), so that what a moderator is told of a score is what it is made of.
"""

import math
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Final

import orjson

from cms.kernel.secrecy import keyed_numbers

#: How many lessons of each kind there have to be before anything is said.
FEWEST_LESSONS: Final = 20
#: Numbers have 19 bits: with 50,000 traits one in eleven shares its number with another, and counting takes 2 MB.
_BITS: Final = 19
#: The traits that most comments have are kept; what few people say tells little, and most about them.
_MOST_TRAITS: Final = 8_000
#: The strongest count, so that a long comment cannot gather a verdict out of nothing in particular.
_MOST_WEIGHED: Final = 30
_MOST_REASONS: Final = 5
_MOST_COUNTED: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Score:
    """What is made of a comment; `reasons` are the traits that add most to it, the strongest first."""

    value: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned: how many comments of each kind there were, and in how many of them each trait stood.

    Attributes:
        spam: how many were spam, and `real` how many were not.
        counts: for the number of a trait, in how many of the one kind and of the other.
    """

    spam: int
    real: int
    counts: Mapping[int, tuple[int, int]] = field(repr=False)

    def score(self, traits: Iterable[str]) -> Score | None:
        """The score of a comment with these traits; None while too little was learned."""
        if min(self.spam, self.real) < FEWEST_LESSONS:
            return None
        named = sorted(set(traits))
        weights = {
            trait: self._weight(*self.counts[number])
            for trait, number in zip(named, _numbers(named), strict=True)
            if number in self.counts
        }
        weighed = nlargest(_MOST_WEIGHED, weights, key=lambda trait: abs(weights[trait]))
        reasons = nlargest(_MOST_REASONS, weighed, key=weights.__getitem__)
        return Score(math.fsum(map(weights.__getitem__, weighed)), tuple(each for each in reasons if weights[each] > 0))

    def _weight(self, in_spam: int, in_real: int) -> float:
        """What a trait adds: more than nothing where it stands in more spam, were there as much of it as of the rest.

        The more frequent kind is scaled down, never the rarer one up, and one more of each is counted than there was: a
        trait that was seen once adds 0.7 at most.
        """
        fewer = min(self.spam, self.real)
        return math.log((in_spam * fewer / self.spam + 1) / (in_real * fewer / self.real + 1))

    def to_json(self) -> str:
        """As it is stored."""
        counts = [[number, *both] for number, both in self.counts.items()]
        return orjson.dumps({"spam": self.spam, "real": self.real, "counts": counts}).decode()

    @classmethod
    def from_json(cls, stored: str) -> "Model":
        """The model that was stored."""
        read = orjson.loads(stored)
        return cls(read["spam"], read["real"], {number: (spam, real) for number, spam, real in read["counts"]})


class Counting:
    """Lessons while they are counted: so many bytes whatever is in them."""

    def __init__(self) -> None:
        self._counts = {is_spam: array("H", [0]) * (1 << _BITS) for is_spam in (True, False)}
        self._lessons = {True: 0, False: 0}

    def add(self, traits: Iterable[str], *, is_spam: bool) -> None:
        """Count one lesson."""
        counts = self._counts[is_spam]
        self._lessons[is_spam] += 1
        for number in set(_numbers(traits)):
            counts[number] = min(counts[number] + 1, _MOST_COUNTED)

    def model(self) -> Model:
        """What was learned from them."""
        spam, real = self._counts[True], self._counts[False]
        seen = (number for number in range(1 << _BITS) if spam[number] or real[number])
        most = nlargest(_MOST_TRAITS, seen, key=lambda number: spam[number] + real[number])
        counts = {number: (spam[number], real[number]) for number in most}
        return Model(self._lessons[True], self._lessons[False], counts)


def _numbers(traits: Iterable[str]) -> list[int]:
    return keyed_numbers("trait of a comment", traits, _BITS)
