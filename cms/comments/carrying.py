"""Letters that wait, or could never be delivered, and carry something of somebody: to them, from them, or about them.

The one thing to know: a job does not say whom it is about, so all of them are looked at. Those that wait are few, and
what could not be delivered goes after a month.
"""

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from cms.comments.persons import Person
from cms.kernel.models import Job
from cms.kernel.text import fold

_BATCH: Final = 500
#: As much of a text as a letter that quotes it holds at least, unless it is shorter.
_QUOTED_CHARS: Final = 40
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_QUOTE: Final = re.compile(r"(?m)^> ?")
# What may stand in an address stands neither before it nor after it: else a letter to `jo@a.example` would be found
# for `o@a.example`.
_WITHIN: Final = r"[\w.!#$%&'*+/=?^`{|}~-]"


@dataclass(frozen=True, slots=True)
class Traces:
    """What tells that a letter carries something of somebody.

    Attributes:
        person: whose address is looked for.
        ids: of their comments and messages, which letters link to.
        quotable: beginnings of what they wrote, folded, by the name above it.
    """

    person: Person
    ids: Collection[UUID] = frozenset()
    quotable: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def remember(self, name: str, text: str) -> None:
        """Look for a text under a name, too. Whoever gave none is somebody, in letters."""
        if beginning := _plain(text)[:_QUOTED_CHARS].strip():
            self.quotable[fold(name) or "somebody"].add(beginning)

    def are_in(self, payload: dict[str, Any]) -> bool:
        """Whether a job's payload carries any."""
        return any(self._are_in(text) for text in _strings(payload))

    def _are_in(self, text: str) -> bool:
        if text == self.person.key or self._names_address(text):
            return True
        if any(UUID(found) in self.ids for found in _UUID.findall(text)):
            return True
        plain = _plain(text)
        return any(name in plain and any(one in plain for one in said) for name, said in self.quotable.items())

    def _names_address(self, text: str) -> bool:
        address = re.escape(self.person.email.lower())
        return re.search(rf"(?<!{_WITHIN}){address}(?![\w-]|\.\w)", text.lower()) is not None


async def jobs_with(traces: Traces) -> AsyncIterator[Job]:
    """The jobs that carry any of these, dead ones too."""
    after: dict[str, UUID] = {}
    while jobs := await Job.filter(**after).order_by("id").limit(_BATCH):
        for job in jobs:
            if traces.are_in(job.payload):
                yield job
        after = {"id__gt": jobs[-1].id}


def _plain(text: str) -> str:
    """A text as it reads aloud: folded, without the marks by which a letter quotes."""
    return fold(_QUOTE.sub("", text))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _all_strings(value.values())
    elif isinstance(value, list):
        yield from _all_strings(value)


def _all_strings(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        yield from _strings(value)
