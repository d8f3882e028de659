"""What stands in a body and was never shown: remarks of its writer, and signs for the program that read it.

The one thing to know: here they would be words like any others, and before readers. In code they are what is shown.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final
from uuid import uuid4

from cms.richtext import Document, from_markdown
from cms.richtext.blocks import Code, Span, Table, TextBlock

#: How a remark begins, by the name of its kind. An export writes `\<!--` where an article says that.
_BEGINS: Final = re.compile(
    r"""
    (?P<html> (?<!\\) <!-- )
  | (?P<obsidian> %% )
  | (?P<mdx> \{/\* )
  | (?P<template> \{\{-?[ ]?/\* )
  | (?P<shortcode> \{\{[<%][ ]{0,9}comment[ ]{0,9}[%>]\}\} )
  | (?P<liquid> \{%-?[ ]{0,9}comment[ ]{0,9}-?%\} )
    """,
    re.VERBOSE,
)
_ENDS: Final[Mapping[str, re.Pattern[str]]] = {
    "html": re.compile("-->"),
    "obsidian": re.compile("%%"),
    "mdx": re.compile(r"\*/\}"),
    "template": re.compile(r"\*/[ ]?-?\}\}"),
    "shortcode": re.compile(r"\{\{[<%][ ]{0,9}/comment[ ]{0,9}[%>]\}\}"),
    "liquid": re.compile(r"\{%-?[ ]{0,9}endcomment[ ]{0,9}-?%\}"),
}
#: Where a list of articles breaks off, which is nobody's remark.
_BREAK: Final = re.compile(r"(?:<!--|\{/\*)\s*(?:more|truncate|excerpt)\s*(?:-->|\*/\})", re.IGNORECASE)


def without_hidden(text: str, *, is_ours: bool) -> tuple[str, bool]:
    """A body without what was hidden in it, and whether any of that was more than a sign.

    Args:
        text: Markdown, or HTML.
        is_ours: whether an export wrote it, of which all but the remarks of HTML is shown.

    Raises:
        RichTextError: it is refused.
    """
    places = list(_places(text, {"html"} if is_ours else _ENDS.keys()))
    if not places:
        return text, False
    seed = uuid4().hex
    form = re.compile(rf"hidden{seed}n(\d+)e")
    signed = _with(text, places, [f"hidden{seed}n{number}e" for number in range(len(places))])
    code = {int(found[1]) for each in _code(from_markdown(signed)) for found in form.finditer(each)}
    words = [text[place] for place in places]
    kept = _with(text, places, [each if number in code else "" for number, each in enumerate(words)])
    return kept, any(number not in code and not _BREAK.fullmatch(each) for number, each in enumerate(words))


def _places(text: str, kinds: Collection[str]) -> Iterator[slice]:
    """Where something may be hidden; what has no end is none, and is looked for once."""
    at, endless = 0, set[str]()
    while found := _BEGINS.search(text, at):
        at, kind = found.end(), found.lastgroup or ""
        if kind not in kinds or kind in endless:
            continue
        if end := _ENDS[kind].search(text, at):
            at = end.end()
            yield slice(found.start(), at)
        else:
            endless.add(kind)


def _with(text: str, places: list[slice], others: list[str]) -> str:
    """The text with others in these places."""
    at, parts = 0, list[str]()
    for place, other in zip(places, others, strict=True):
        parts += [text[at : place.start], other]
        at = place.stop
    return "".join([*parts, text[at:]])


def _code(document: Document) -> Iterator[str]:
    """Every text of a document that is code."""
    for block in document.blocks:
        match block:
            case Code(code=code):
                yield code
            case TextBlock(children=spans):
                yield from _spans(spans)
            case Table(rows=rows):
                yield from (text for row in rows for cell in row.cells for text in _spans(cell.children))
            case _:
                pass


def _spans(spans: tuple[Span, ...]) -> Iterator[str]:
    return (span.text for span in spans if "code" in span.marks)
