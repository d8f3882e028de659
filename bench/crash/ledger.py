"""What the clients remember: what they were told, and what they sent without ever seeing an answer."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from bench.crash.writes import Answer, Verb, Write, key_in


@dataclass(frozen=True, slots=True)
class Kept:
    """A write that was acknowledged.

    Attributes:
        write: what was sent.
        answer: what was told first.
        at_once: whether it was told when the write was first sent. A write that is sent again is answered with the
            article as it stands by then.
    """

    write: Write
    answer: Answer
    at_once: bool

    @property
    def article(self) -> UUID | None:
        """The article it was done to, or that it made; None for topics."""
        return None if self.write.verb is Verb.PLANT else key_in(self.write.article or self.answer.node)

    @property
    def claim(self) -> int | None:
        """The version that this write, and no other, gave its article; None where the answer does not say."""
        expected, version = self.write.expected, self.answer.version
        match self.write.verb:
            case Verb.CREATE:
                return 1
            case Verb.UPDATE | Verb.SCHEDULE if expected is not None:
                return expected + 1
            case Verb.PUBLISH if self.at_once and expected is not None and version == expected + 1:
                # Publishing what is public as it is answers the version that was there, and claims none.
                return version
            case Verb.UNPUBLISH if self.at_once:
                return version
        return None


@dataclass(slots=True)
class Ledger:
    """Every client's memory.

    Attributes:
        kept: acknowledged writes, by key.
        unknown: those that may or may not have happened, by key.
        refused: how often the answer was a no, by its code.
        versions: of each article that is not deleted, the newest version that anybody was told.
        ever_unknown: how many outcomes were unknown at some time.
        replayed: how often a write was sent again and answered.
        faults: answers that nobody should get.
    """

    kept: dict[str, Kept] = field(default_factory=dict)
    unknown: dict[str, Write] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    versions: dict[str, int] = field(default_factory=dict)
    ever_unknown: int = 0
    replayed: int = 0
    faults: list[str] = field(default_factory=list)

    def lose_sight(self, write: Write) -> None:
        """Nobody knows what became of a write: its server died over it."""
        self.unknown[write.key] = write
        self.ever_unknown += 1

    def note(self, write: Write, answer: Answer, *, at_once: bool) -> None:
        """Remember what was told of a write."""
        self.unknown.pop(write.key, None)
        self.replayed += not at_once
        if answer.code is not None:
            self.refused[answer.code] += 1
            self._refused(write, answer)
        else:
            self.kept[write.key] = Kept(write, answer, at_once)
            self._done(write, answer)

    def compare(self, write: Write, answer: Answer) -> None:
        """An acknowledged write was sent again: it must be told as it was the first time."""
        self.replayed += 1
        first = self.kept[write.key].answer
        # Its version and its revision may be newer, and the article itself may be deleted by now.
        told = (answer.code, answer.events, answer.node or first.node)
        if told != (first.code, first.events, first.node or answer.node):
            self.faults.append(f"{write.key} was told as {first} and then as {answer}")

    def find(self, key: str) -> Write | None:
        """The write behind a key, if it was not refused."""
        kept = self.kept.get(key)
        return kept.write if kept else self.unknown.get(key)

    def _done(self, write: Write, answer: Answer) -> None:
        if write.verb is Verb.DELETE:
            self.versions.pop(write.article or "", None)
        elif write.verb is not Verb.PLANT and answer.node and answer.version:
            self.versions[answer.node] = max(answer.version, self.versions.get(answer.node, 0))

    def _refused(self, write: Write, answer: Answer) -> None:
        if answer.code == "NOT_FOUND":
            self.versions.pop(write.article or "", None)
        elif answer.current_version and write.article in self.versions:
            self.versions[write.article] = answer.current_version
