"""Plain text cut into blocks. Blank lines part them, and so do list marks, printed times and furniture."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cms.transfer.page.times import read_printed_time
from cms.transfer.page.wording import is_furniture, tidy

_BULLET = re.compile(r"(?P<mark>[•◦▪‣∙*+o-])\s+(?=\S)")
_TAB_COLUMNS = 8
_WRAPPED_FROM = 50
"""Columns. Lines that all fill this much were broken by a program; shorter ones by their writer (verse, addresses)."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines. `indent` is the first line's, in columns; `bullet` its list mark, or empty."""

    lines: tuple[str, ...]
    indent: int
    bullet: str = ""

    @property
    def text(self) -> str:
        """The lines without the list mark; lines that a program broke are joined."""
        wrapped = all(len(line) >= _WRAPPED_FROM for line in self.lines[:-1])
        return (" " if wrapped else "\n").join(self.lines)

    @property
    def printed(self) -> str:
        """The text with its list mark."""
        return f"{self.bullet} {self.text}" if self.bullet else self.text


def split_blocks(text: str) -> list[Block]:
    """The blocks of a page, in order. No line is lost but those that show nothing."""
    return [_block(lines) for lines in _groups(text)]


def _groups(text: str) -> Iterator[list[str]]:
    group: list[str] = []
    for line in text.splitlines():
        if group and (not tidy(line) or _starts_block(line, group[-1])):
            yield group
            group = []
        if tidy(line):
            group.append(line)
    if group:
        yield group


def _starts_block(line: str, before: str) -> bool:
    return bool(_BULLET.match(line.lstrip())) or _stands_alone(tidy(line)) or _stands_alone(tidy(before))


def _stands_alone(line: str) -> bool:
    return read_printed_time(line) is not None or is_furniture(line)


def _block(lines: list[str]) -> Block:
    first = lines[0].expandtabs(_TAB_COLUMNS)
    bullet = _BULLET.match(first.lstrip())
    texts = [tidy(line) for line in lines]
    if bullet:
        texts[0] = tidy(first.lstrip()[bullet.end() :])
    return Block(tuple(texts), len(first) - len(first.lstrip()), bullet["mark"] if bullet else "")
