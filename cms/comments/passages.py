"""Finding a quoted passage in a text that may have changed since: word for word, or nearly so.

The one thing to know: the answer follows from the quote and the text alone, never from an earlier answer. So it can be
asked for again at any time, and a text that is as it was gives the answer that it gave then.

Strangers write quotes, and everything here is bounded: no step looks at more than a few places of a text.
"""

import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from itertools import islice
from types import ModuleType
from typing import Any, Final, NamedTuple

import orjson

from cms.comments.models import AnchorState

#: Equal passages that are told apart by what stands around them: so many in the block, and as many in the whole text.
_MOST_EQUALS: Final = 32
#: What stands around a passage is of a piece with what was quoted around it where half of the characters agree. As
#: much counts that a passage is in the block where it was, so that a change beside it does not send it elsewhere.
_HALF: Final = 0.5
#: A phrase that stands word for word in another block is the passage; of what is shorter so much must stand around it,
#: or, where nothing was quoted around it, it must stand there once: a “yes” is not any other “yes”.
#: Of a changed passage four fifths must be left where what stands around it is of a piece, and else nine tenths of one
#: that is longer than a phrase: a sentence that only looks like the one that was quoted is another sentence.
_WITH_CONTEXT, _ALONE, _PHRASE_CHARS = 5, 10, 32
#: A changed passage keeps pieces of this length word for word: with a fifth of it changed, one of sixteen characters
#: keeps at least one. The rarest of its pieces say where to look, and one that is everywhere says nothing.
_PIECE_CHARS, _MOST_PIECES, _MOST_PLACES, _MOST_SPOTS = 4, 32, 64, 4
_NOWHERE: Final[Sequence[int]] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage as it was quoted: in which block, the words, and what stood before and after them."""

    block_key: str
    exact: str
    prefix: str = ""
    suffix: str = ""


class Standing(NamedTuple):
    """Where a passage stands; `found_in` is the block that holds it where that is another than it was quoted from."""

    state: AnchorState
    found_in: str | None = None


ORPHANED: Final = Standing(AnchorState.ORPHANED)


class _Spot(NamedTuple):
    """From where to where in the text, and how sure it is that this is the passage."""

    start: int
    end: int
    certainty: float


class Passages:
    """A text in which passages are looked for; `blocks` is the stored JSON of it.

    Words are compared without regard to white space, which browsers change when somebody marks a passage, and in one
    form of Unicode (NFC). What is quoted across the border of two blocks is found as well.
    """

    def __init__(self, blocks: str) -> None:
        said: dict[str, str] = {block["_key"]: _folded(_said(block)) for block in orjson.loads(blocks)}
        self._keys = [key for key, words in said.items() if words]
        self._text = " ".join(said[key] for key in self._keys)
        self._starts: list[int] = []
        self._spans: dict[str, tuple[int, int]] = {}
        start = 0
        for key in self._keys:
            self._starts.append(start)
            self._spans[key] = (start, start + len(said[key]))
            start += len(said[key]) + 1

    def place(self, quote: Quote) -> Standing:
        """EXACT where its block holds the words, MOVED where the passage is elsewhere or changed, else ORPHANED."""
        asked = Quote(quote.block_key, _folded(quote.exact), _folded(quote.prefix), _folded(quote.suffix))
        if not asked.exact:
            return ORPHANED
        spot = max(self._word_for_word(asked), key=_certainty, default=None)
        if spot is not None and self._is_home(asked, spot):
            return Standing(AnchorState.EXACT)
        if spot is None or not self._is_it(asked, spot):
            spot = max(self._nearly(asked), key=_certainty, default=None)
        if spot is None:
            return ORPHANED
        key = self._block_of(spot)
        return Standing(AnchorState.MOVED, None if key == asked.block_key else key)

    def _word_for_word(self, asked: Quote) -> Iterator[_Spot]:
        """Where the words stand as they were quoted; in the block first, which wins among equals."""
        home, whole = self._spans.get(asked.block_key, (0, 0)), (0, len(self._text))
        for span in (home, whole):
            for start in islice(self._occurrences(asked.exact, *span), _MOST_EQUALS):
                spot = _Spot(start, start + len(asked.exact), 0)
                at_home = _HALF if self._is_home(asked, spot) else 0
                yield spot._replace(certainty=self._agreement(asked, spot) + at_home)

    def _occurrences(self, words: str, start: int, end: int) -> Iterator[int]:
        found = self._text.find(words, start, end)
        while found >= 0:
            yield found
            found = self._text.find(words, found + 1, end)

    def _is_it(self, asked: Quote, spot: _Spot) -> bool:
        """Whether words that stand elsewhere are the passage, and not the same few words said of something else."""
        if len(asked.exact) >= _PHRASE_CHARS or self._agreement(asked, spot) >= _HALF:
            return True
        is_alone, beside = not asked.prefix and not asked.suffix, self._text[max(0, spot.start - 1) : spot.start]
        is_word = not beside.isalnum() and not self._text[spot.end : spot.end + 1].isalnum()
        return is_alone and is_word and self._text.find(asked.exact, spot.start + 1) < 0

    def _nearly(self, asked: Quote) -> Iterator[_Spot]:
        """Where something stands that is clearly the passage, though some of its characters are others."""
        most = len(asked.exact) // _WITH_CONTEXT
        for start, end in self._likely(asked.exact, most):
            changed = _differing(asked.exact, self._text[start:end], most)
            spot = _Spot(start, end, 0)
            agreement = self._agreement(asked, spot)
            is_long = len(asked.exact) >= _PHRASE_CHARS
            if changed <= most and (agreement >= _HALF or (is_long and changed * _ALONE <= len(asked.exact))):
                yield spot._replace(certainty=agreement - changed / len(asked.exact))

    def _likely(self, words: str, most: int) -> Iterator[tuple[int, int]]:
        """From where to where something like `words` may stand, by the pieces that both have."""
        width = max(most, _PIECE_CHARS)
        hits: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for place, offset in self._shared_pieces(words):
            # Pieces that kept their distance from the beginning of the passage lie together.
            hits[(place - offset) // width].append((offset, place - offset))
        fullest = sorted(hits, key=lambda strip: len(hits[strip]), reverse=True)[:_MOST_SPOTS]
        for strip in fullest:
            near = sorted(hit for each in (strip - 1, strip, strip + 1) for hit in hits.get(each, ()))
            middle = near[len(near) // 2][1]
            # What was put in or left out shifts what follows it: the ends are told by the pieces next to them.
            for start in {near[0][1], middle}:
                for end in {near[-1][1] + len(words), middle + len(words)}:
                    yield max(start, 0), min(end, len(self._text))

    def _shared_pieces(self, words: str) -> Iterator[tuple[int, int]]:
        """Where in the text, and where in `words`, the rarest pieces stand that both have."""
        offsets = range(len(words) - _PIECE_CHARS + 1)
        known = [(self._pieces.get(words[offset : offset + _PIECE_CHARS], _NOWHERE), offset) for offset in offsets]
        telling = sorted((len(places), offset, places) for places, offset in known if 0 < len(places) <= _MOST_PLACES)
        for _, offset, places in telling[:_MOST_PIECES]:
            for place in places:
                yield place, offset

    @cached_property
    def _pieces(self) -> Mapping[str, list[int]]:
        """Where each piece of the text stands: all of its places, or one more than are looked at."""
        pieces: dict[str, list[int]] = {}
        for place in range(len(self._text) - _PIECE_CHARS + 1):
            places = pieces.setdefault(self._text[place : place + _PIECE_CHARS], [])
            if len(places) <= _MOST_PLACES:
                places.append(place)
        return pieces

    def _agreement(self, asked: Quote, spot: _Spot) -> float:
        """How much of what was quoted around the passage stands around it here, from 0 to 1; 0 where nothing was."""
        quoted = len(asked.prefix) + len(asked.suffix)
        if not quoted:
            return 0.0
        before = self._text[max(0, spot.start - len(asked.prefix) - 1) : spot.start].strip()
        after = self._text[spot.end : spot.end + len(asked.suffix) + 1].strip()
        differing = sum(
            _differing(said, here) for said, here in ((asked.prefix, before), (asked.suffix, after)) if said
        )
        return max(0.0, 1 - differing / quoted)

    def _is_home(self, asked: Quote, spot: _Spot) -> bool:
        """Whether the block from which it was quoted holds all of it."""
        start, end = self._spans.get(asked.block_key, (0, 0))
        return start <= spot.start and spot.end <= end

    def _block_of(self, spot: _Spot) -> str:
        """The block that holds most of it."""
        first = bisect_right(self._starts, spot.start) - 1
        last = bisect_right(self._starts, max(spot.start, spot.end - 1)) - 1
        return max(self._keys[first : last + 1], key=lambda key: self._held(key, spot))

    def _held(self, key: str, spot: _Spot) -> int:
        start, end = self._spans[key]
        return min(end, spot.end) - max(start, spot.start)


def _differing(one: str, other: str, most: int | None = None) -> int:
    """How many characters have to be changed, put in or left out; where that is more than `most`, some such number."""
    if one == other:
        return 0
    distance: int = _levenshtein().distance(one, other, score_cutoff=most)
    return distance


@cache
def _levenshtein() -> ModuleType:
    """Loaded once a passage is not as it was quoted: most processes never see one, and it takes 4 MB and 25 ms."""
    return import_module("rapidfuzz.distance.Levenshtein")


def _certainty(spot: _Spot) -> float:
    return spot.certainty


def _folded(words: str) -> str:
    return " ".join(unicodedata.normalize("NFC", words).split())


def _said(block: Mapping[str, Any]) -> str:
    """What readers see of a block and can mark: its text, its lines of code, its caption, the cells of its table."""
    text = "".join([span["text"] for span in block.get("children", ())])
    cells = [_said(cell) for row in block.get("rows", ()) for cell in row["cells"]]
    parts: list[str] = [text, block.get("code", ""), block.get("caption", ""), *cells]
    return " ".join(parts)
