"""What the report says of an export, gathered while it comes in: each finding once, with the ids that it concerns.

Of 20,000 posts with the same shortcode a reader wants one line. The ids are WordPress's own, by which a post is found
again where it came from.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_MOST_NAMED: Final = 10
_MOST_KINDS: Final = 500
_LONGEST: Final = 300
# Findings quote the file, and are shown on terminals, which obey some of these.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f]")


@dataclass(slots=True)
class _Found:
    count: int = 0
    named: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Findings:
    """Sentences without their ends, and what each was found in, in the order in which they were first found."""

    _found: dict[str, _Found] = field(default_factory=dict)
    _others: int = 0

    def add(self, what: str, where: str) -> None:
        """Note something about a thing of the export, such as `post 12`."""
        phrase = _UNPRINTABLE.sub("", what)[:_LONGEST]
        if phrase not in self._found and len(self._found) >= _MOST_KINDS:
            self._others += 1
            return
        found = self._found.setdefault(phrase, _Found())
        found.count += 1
        if len(found.named) < _MOST_NAMED:
            found.named.append(where)

    def sentences(self) -> Iterator[str]:
        """Each finding with how often it was made, and where first."""
        for phrase, found in self._found.items():
            named = ", ".join(found.named)
            more = f" and {found.count - len(found.named)} more" if found.count > len(found.named) else ""
            yield f"{phrase}: {named}{more}."
        if self._others:
            yield f"{self._others} further findings are not listed."
