"""HTML as it grows, with paragraphs made from white space the way WordPress makes them.

In a classic post a blank line ends a paragraph and a single newline ends a line, except beside a tag that begins or
ends a block, where both mean nothing. A post of blocks says `<p>` itself, and there newlines are white space.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from cms.richtext.html_tags import MARKS
from cms.richtext.limits import MAX_LINE_CHARS

# The one boundary that an HTML parser closes nothing for: no `p`, no `li` and no mark ends with it.
BREAK = "<section></section>"
MAX_CAPTION_PARTS = 400
"""What follows an image and is longer is the text of the post, in a figure that nobody closed."""

_TAG = re.compile("<([a-z0-9]+|/[a-z0-9]+)[^<>]*>")
_SPACES = re.compile(r"[ \t\n]+")
_INDENT = re.compile(r"^[ \t]+")
_SPACING = frozenset({"br", "section", "p"})
_FLAT = frozenset({*MARKS, *_SPACING, "a"})


class Paragraphs:
    """What was written so far. `parts` are whole tags or stretches of text, each one valid HTML.

    Args:
        breaks_lines: whether newlines mean something, as in classic posts.
    """

    def __init__(self, *, breaks_lines: bool) -> None:
        self.parts: list[str] = []
        self.images: list[int] = []  # where in `parts` each image stands
        self.is_fresh = True  # a block has begun, and nothing stands in it
        self.verbatim = 0  # how many elements are open that keep white space
        self.verses = 0  # how many elements are open that keep lines
        self._breaks_lines = breaks_lines
        self._newlines = 0
        self._line_breaks = 0

    def html(self) -> str:
        """Everything that was written."""
        return "".join(self.parts)

    @property
    def begins_line(self) -> bool:
        """Whether what comes next stands at the beginning of a line."""
        return self.is_fresh or self._newlines > 0 or self._line_breaks > 0

    def text(self, text: str) -> None:
        """Text of the source, as HTML."""
        if self.verbatim:
            self.parts.append(text)
        elif self._breaks_lines or self.verses:
            self._lines(text)
        elif text.isspace():
            self.parts.append(text)
        else:
            self.inline(text)

    def inline(self, html: str) -> None:
        """Something inside a line: the line breaks before it have come to mean something."""
        if self._newlines or self._line_breaks:
            self._break()
        self.parts.append(html)
        self.is_fresh = False

    def block(self, html: str) -> None:
        """The beginning or the end of a block: the line breaks before it mean nothing."""
        self._newlines = self._line_breaks = 0
        self.parts.append(html)
        self.is_fresh = True

    def end_paragraph(self) -> None:
        """What follows is a paragraph of its own."""
        if not self.is_fresh:
            self.block("\n" if self.verbatim else BREAK)

    def line_break(self) -> None:
        """A `br`: two of them are what authors used for a paragraph."""
        if self.verbatim or not self._breaks_lines:
            self.parts.append("<br>")
        else:
            self._line_breaks += 1

    def image(self, html: str) -> None:
        """An image; one beside another is a word of its own, should both become links."""
        self.inline(" ")
        self.images.append(len(self.parts))
        self.parts += [html, " "]

    def caption_image(self, start: int, words: str = "") -> list[str] | None:
        """Make what stands after the only image since `start` its caption, behind `words`.

        An image is asked about once: what stands around one that has a caption, or cannot have one, is no caption.

        Returns:
            The parts that are one plain line now; None when there is no image, or many, or more than a caption.
        """
        if len(self.images) - bisect_left(self.images, start) != 1:
            return None
        place = self.images.pop()
        if len(self.parts) - place > MAX_CAPTION_PARTS:
            return None
        after = self.parts[place + 1 :]
        line = plain_line(f"{words} {''.join(after)}")
        if line:
            caption = f"<figcaption>{line}</figcaption>"
            self.parts[place:] = [f"<figure>{self.parts[place]}{caption}</figure>", *_endings(after)]
            self.block(BREAK)
        return None if line is None else after

    def _lines(self, text: str) -> None:
        for place, line in enumerate(text.split("\n")):
            self._newlines += place > 0
            if line and not line.isspace():
                self.inline(self._indented(line) if self.verses else line)
            elif line and not self.is_fresh and not self._newlines:
                self.parts.append(" ")

    def _indented(self, line: str) -> str:
        """A line of verse, whose first spaces are where its writer put them; others would be taken for one."""
        if not self.begins_line and self.parts[-1] != "<br>":
            return line
        return _INDENT.sub(lambda spaces: "\N{NO-BREAK SPACE}" * len(spaces[0].expandtabs(4)), line)

    def _break(self) -> None:
        ends_paragraph = self._newlines > 1 or self._line_breaks > 1
        self._newlines = self._line_breaks = 0
        if not self.is_fresh:
            self.parts.append(BREAK if ends_paragraph else "<br>")


def plain_line(html: str) -> str | None:
    """`html`, of our own making, as one line without tags; None when it holds a block, or more than a caption may."""
    if any(name.removeprefix("/") not in _FLAT for name in _TAG.findall(html)):
        return None
    line = _TAG.sub(lambda tag: " " if tag[1].removeprefix("/") in _SPACING else "", html)
    line = _SPACES.sub(" ", line).strip(" ")
    return line if len(line) <= MAX_LINE_CHARS else None


def _endings(parts: list[str]) -> Iterator[str]:
    """The tags in `parts` that end what began before them, which goes on existing without its end otherwise."""
    begun: Counter[str] = Counter()
    for tag in (found[1] for part in parts for found in _TAG.finditer(part)):
        begun[tag.removeprefix("/")] += -1 if tag.startswith("/") else 1
        if begun[tag.removeprefix("/")] < 0:
            begun[tag.removeprefix("/")] = 0
            yield f"<{tag}>"
