"""Letters that wait, or could never be delivered, and carry something of somebody: to them, from them, or about them.

The one thing to know: a letter says which comments and messages it repeats, by their keys, and is found by those and by
addresses; never by words, or whoever wrote “a” could have everybody's letters taken back. All jobs are looked at: those
that wait are few, and what could not be delivered goes after a month.
"""

import re
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from cms.comments.persons import Person
from cms.kernel.models import Job
from cms.kernel.text import fold_address

_BATCH: Final = 500
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
# What may stand in an address stands neither before it nor after it: else a letter to `jo@a.example` would be found
# for `o@a.example`.
_WITHIN: Final = r"[\w.!#$%&'*+/=?^`{|}~-]"


@dataclass(frozen=True, slots=True)
class Traces:
    """What tells that a letter carries something of somebody.

    Attributes:
        person: whose address is looked for.
        ids: of their comments and messages.
    """

    person: Person
    ids: Collection[UUID] = frozenset()

    def are_in(self, payload: dict[str, Any]) -> bool:
        """Whether a job's payload carries any."""
        return any(self._are_in(text) for text in _strings(payload))

    def _are_in(self, text: str) -> bool:
        if text == self.person.key or self._names_address(text):
            return True
        return any(UUID(found) in self.ids for found in _UUID.findall(text))

    def _names_address(self, text: str) -> bool:
        address = re.escape(fold_address(self.person.email))
        return re.search(rf"(?<!{_WITHIN}){address}(?![\w-]|\.\w)", fold_address(text)) is not None


async def jobs_with(traces: Traces) -> AsyncIterator[Job]:
    """The jobs that carry any of these, dead ones too."""
    after: dict[str, UUID] = {}
    while jobs := await Job.filter(**after).order_by("id").limit(_BATCH):
        for job in jobs:
            if traces.are_in(job.payload):
                yield job
        after = {"id__gt": jobs[-1].id}


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
