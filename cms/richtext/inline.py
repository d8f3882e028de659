"""Text with marks, before it becomes spans and after it has stopped being them.

Whatever the door, a paragraph ends up in one canonical form, which is what makes every round trip exact: white space is
single and never at the end of a block, it belongs to a mark only when both its neighbours do, and neighbours with the
same marks are one.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cms.richtext.blocks import DECORATORS
from cms.richtext.links import Target

Mark = str | Target

_SPACES = re.compile("[ \t]+")
_AROUND_NEWLINE = re.compile(" ?\n ?")


class Run(NamedTuple):
    """A stretch of text with one set of marks, of which at most one is a target.

    `key` is the `_key` the span came with, empty for text that was just read.
    """

    text: str
    marks: frozenset[Mark] = frozenset()
    key: str = ""


class Leaf(NamedTuple):
    """Text inside all its marks; `is_code` is the innermost one."""

    text: str
    is_code: bool


class Group(NamedTuple):
    """Neighbours that share a mark."""

    mark: Mark
    children: tuple["Group | Leaf", ...]


Inline = Group | Leaf
NEWLINE = Run("\n")


def canonical(runs: Iterable[Run]) -> tuple[Run, ...]:
    """`runs` in the one form that is stored; giving it back gives the same. Empty when there is nothing to read."""
    found = _merged(_spaced(runs))
    if not any(run.text.strip() for run in found):
        return ()
    while (hoisted := _merged(_hoisted(found))) != found:
        found = hoisted
    return tuple(found)


def lines(parts: Iterable[tuple[Run, ...]]) -> tuple[Run, ...]:
    """Several paragraphs as one, a newline between each two."""
    joined: list[Run] = []
    for part in parts:
        joined += [NEWLINE, *part] if joined else part
    return canonical(joined)


def text_of(runs: Iterable[Run]) -> str:
    """What `runs` say, without marks."""
    return "".join(run.text for run in runs)


def nest(runs: tuple[Run, ...]) -> tuple[Inline, ...]:
    """`runs` as a tree: the mark that reaches furthest stands outside, so that the fewest are opened and closed."""
    return tuple(_nested(list(runs)))


def _nested(runs: list[Run]) -> Iterator[Inline]:
    start = 0
    while start < len(runs):
        mark, end = _furthest(runs, start)
        if mark is None:
            yield Leaf(runs[start].text, "code" in runs[start].marks)
        else:
            inner = [Run(run.text, run.marks - {mark}) for run in runs[start:end]]
            yield Group(mark, tuple(_nested(inner)))
        start = end


def _furthest(runs: list[Run], start: int) -> tuple[Mark | None, int]:
    """The mark of the run at `start` that covers most runs from there, and where it ends."""
    best: Mark | None = None
    end = start + 1
    if not runs[start].marks:
        return best, end
    for mark in sorted(runs[start].marks - {"code"}, key=_rank):
        reach = start + 1
        while reach < len(runs) and mark in runs[reach].marks:
            reach += 1
        if best is None or reach > end:
            best, end = mark, reach
    return best, end


def _rank(mark: Mark) -> int:
    """Ties: links stand outside, then the decorators in their order."""
    return -1 if isinstance(mark, Target) else DECORATORS.index(mark)


def _merged(runs: Iterable[Run]) -> list[Run]:
    """Neighbours with equal marks as one run, which keeps the first key there is."""
    merged: list[Run] = []
    for run in runs:
        if merged and merged[-1].marks == run.marks:
            last = merged[-1]
            merged[-1] = Run(last.text + run.text, run.marks, last.key or run.key)
        elif run.text:
            merged.append(run)
    return merged


def _spaced(runs: Iterable[Run]) -> list[Run]:
    """`runs` with single spaces, none beside a newline, and neither at the ends."""
    spaced: list[Run] = []
    before = "\n"
    for run in runs:
        text = _single_spaced(run)
        text = text.lstrip(" ") if before in " \n" else text
        if text.startswith("\n") and before == " ":
            _trim_end(spaced, " ")
        if not spaced:
            text = text.lstrip(" \n")
        if text:
            spaced.append(Run(text, run.marks, run.key))
            before = text[-1]
    _trim_end(spaced, " \n")
    return spaced


def _single_spaced(run: Run) -> str:
    text = _SPACES.sub(" ", run.text.replace("\n", " ") if "code" in run.marks else run.text)
    return _AROUND_NEWLINE.sub("\n", text) if "\n" in text else text


def _trim_end(runs: list[Run], chars: str) -> None:
    while runs:
        text = runs[-1].text.rstrip(chars)
        if text:
            runs[-1] = runs[-1]._replace(text=text)
            return
        runs.pop()


def _hoisted(runs: list[Run]) -> Iterator[Run]:
    """`runs` with the white space at their edges in the marks that both sides of it share."""
    none: frozenset[Mark] = frozenset()
    for position, run in enumerate(runs):
        if not run.marks or (run.text[0] not in " \n" and run.text[-1] not in " \n"):
            yield run
            continue
        before = run.marks & (runs[position - 1].marks if position else none)
        after = run.marks & (runs[position + 1].marks if position + 1 < len(runs) else none)
        yield from _split(run, before, after)


def _split(run: Run, before: frozenset[Mark], after: frozenset[Mark]) -> Iterator[Run]:
    """The white space before, the words and the white space after, as runs of their own."""
    core = run.text.strip(" \n")
    if not core:
        yield Run(run.text, before & after)
        return
    lead = len(run.text) - len(run.text.lstrip(" \n"))
    yield Run(run.text[:lead], before)
    yield Run(core, run.marks, run.key)
    yield Run(run.text[lead + len(core) :], after)
