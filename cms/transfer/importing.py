"""What every importer shares: one transaction for all of it, and the report of what it did.

The one thing to know: a report holds no key and no time of ours, so a rehearsal gives the very report that the import
will give.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field, replace

from cms.kernel.database import Database, transaction


@dataclass(frozen=True, slots=True)
class Count:
    """How many things of one kind were made, were here already, could not be taken, or are nothing to be taken."""

    created: int = 0
    unchanged: int = 0
    refused: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an import did.

    Attributes:
        counts: by kind, such as "articles", in the order in which they were first counted.
        notes: full sentences about what was decided on the way and what somebody should look at.
        not_understood: texts of the source that went nowhere, as they stood there.
        refusals: full sentences, one for each thing that was refused.
    """

    counts: Mapping[str, Count]
    notes: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether anything was refused."""
        return bool(self.refusals)

    @property
    def created(self) -> int:
        """How many things were made, of whatever kind."""
        return sum(count.created for count in self.counts.values())

    def to_record(self) -> dict[str, object]:
        """The report for programs, as JSON can say it: `failed`, `counts`, `notes`, `notUnderstood` and `refusals`."""
        return {
            "failed": self.failed,
            "counts": {kind: asdict(count) for kind, count in self.counts.items()},
            "notes": self.notes,
            "notUnderstood": self.not_understood,
            "refusals": self.refusals,
        }

    def to_text(self) -> str:
        """The report for people, without a newline at its end; parts that hold nothing are left out."""
        counted = [f"{kind}: {_counted(count)}" for kind, count in self.counts.items()]
        parts = [
            *counted,
            *_listed("Refused", self.refusals),
            *_listed("Notes", self.notes),
            *_listed("Not understood", self.not_understood),
        ]
        return "\n".join(parts) or "There was nothing to import."


@dataclass(slots=True)
class Tally:
    """A report while it is being made."""

    _counts: dict[str, Count] = field(default_factory=dict)
    _notes: list[str] = field(default_factory=list)
    _not_understood: list[str] = field(default_factory=list)
    _refusals: list[str] = field(default_factory=list)

    def created(self, kind: str, number: int = 1) -> None:
        """Count things that were made."""
        count = self._counts.get(kind, Count())
        self._counts[kind] = replace(count, created=count.created + number)

    def unchanged(self, kind: str, number: int = 1) -> None:
        """Count things that were here already and stay as they are."""
        count = self._counts.get(kind, Count())
        self._counts[kind] = replace(count, unchanged=count.unchanged + number)

    def refused(self, kind: str, why: str) -> None:
        """Count a thing that could not be taken."""
        count = self._counts.get(kind, Count())
        self._counts[kind] = replace(count, refused=count.refused + 1)
        self._refusals.append(why)

    def skipped(self, kind: str, number: int = 1) -> None:
        """Count things that are left where they came from, as it should be."""
        count = self._counts.get(kind, Count())
        self._counts[kind] = replace(count, skipped=count.skipped + number)

    def note(self, *sentences: str) -> None:
        """Tell the reader of the report something."""
        self._notes.extend(sentences)

    def not_understood(self, texts: Iterable[str]) -> None:
        """List texts of the source that go nowhere."""
        self._not_understood.extend(texts)

    def report(self) -> Report:
        """What was counted and told so far. A kind of which nothing was counted is left out."""
        counts = {kind: count for kind, count in self._counts.items() if count != Count()}
        return Report(
            counts=counts,
            notes=tuple(self._notes),
            not_understood=tuple(self._not_understood),
            refusals=tuple(self._refusals),
        )


class _Rehearsed(Exception):
    """Ends a rehearsal, so that its transaction is rolled back."""


@asynccontextmanager
async def one_import(database: Database, *, dry_run: bool) -> AsyncIterator[None]:
    """One transaction around an import: all of it is stored, or nothing where it raises or is a rehearsal."""
    with suppress(_Rehearsed):
        async with transaction(database):
            yield
            if dry_run:
                raise _Rehearsed


def _counted(count: Count) -> str:
    numbers = asdict(count)
    return ", ".join(f"{number} {what}" for what, number in numbers.items() if number)


def _listed(title: str, sentences: Iterable[str]) -> list[str]:
    lines = ["  - " + sentence.replace("\n", "\n    ") for sentence in sentences]
    return [f"{title}:", *lines] if lines else []
