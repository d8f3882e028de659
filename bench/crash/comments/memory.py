"""What readers and moderators remember: what they were told, and what they sent twice for want of an answer."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from bench.crash.comments.acts import Act, Answer, Verb
from bench.crash.writes import key_in


@dataclass(frozen=True, slots=True)
class Kept:
    """An act that was acknowledged.

    Attributes:
        act: what was sent.
        answer: what was told first.
        resent_at: when it was sent the last time, where an earlier time had no answer.
    """

    act: Act
    answer: Answer
    resent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a comment was put: it never moves."""

    article: UUID | None
    parent: UUID | None
    depth: int


@dataclass(slots=True)
class Memory:
    """Everybody's memory together.

    Attributes:
        kept: acknowledged acts, by key.
        refused: how often the answer was a no, by its code.
        shapes: where each comment that was acknowledged was put.
        tokens: the edit tokens that were told, by comment.
        reactions: what each reader last said of a comment; a reader acts through one client, in turn.
        versions: of each article, the newest that anybody was told.
        sent: how many acts were begun.
        unknown: how many of them had no answer the first time.
        replayed: how often one was sent again and answered.
        faults: answers that nobody should get.
        deaf: comments whose token did not find them.
    """

    kept: dict[str, Kept] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    shapes: dict[UUID, Shape] = field(default_factory=dict)
    tokens: dict[UUID, str] = field(default_factory=dict)
    reactions: dict[tuple[UUID, str], str] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    unknown: int = 0
    replayed: int = 0
    faults: list[str] = field(default_factory=list)
    deaf: list[UUID] = field(default_factory=list)

    @property
    def told(self) -> int:
        """How many acts were answered."""
        return len(self.kept) + self.refused.total()

    def of(self, *verbs: Verb) -> Iterator[Kept]:
        """The acknowledged acts of some kinds."""
        return (each for each in self.kept.values() if each.act.verb in verbs)

    def note(self, act: Act, answer: Answer, resent_at: datetime | None = None) -> None:
        """Remember what was told of an act."""
        self.replayed += resent_at is not None
        if answer.code is not None:
            self.refused[answer.code] += 1
            if answer.current_version:
                self.versions[act.given["id"]] = answer.current_version
            return
        self.kept[act.key] = Kept(act, answer, resent_at)
        if act.verb is Verb.POST:
            self._posted(act, answer)
        elif act.verb is Verb.REACT:
            self._reacted(act)
        elif act.verb is Verb.RULE:
            self.versions[act.given["id"]] = max(answer.version or 0, self.versions[act.given["id"]])

    def compare(self, act: Act, answer: Answer) -> None:
        """An acknowledged act was sent again: it must be told as it was the first time, but for the token."""
        self.replayed += 1
        first = self.kept[act.key].answer
        # What is shown is read anew: a comment that was taken away since is shown to nobody.
        told = (answer.code, answer.events, answer.nodes or first.nodes, answer.token)
        if told != (first.code, first.events, first.nodes or answer.nodes, None):
            self.faults.append(f"{act.key} was told as {first} and then as {answer}")

    def _posted(self, act: Act, answer: Answer) -> None:
        comment, parent = answer.nodes[0], key_in(act.given.get("parentId"))
        depth = self.shapes[parent].depth + 1 if parent else 0
        self.shapes[comment] = Shape(key_in(act.given["articleId"]), parent, depth)
        if answer.token:
            self.tokens[comment] = answer.token

    def _reacted(self, act: Act) -> None:
        given = act.given
        assert act.comment is not None  # noqa: S101 - for the type checker
        place, said = (act.comment, given["readerKey"]), given["reaction"]
        if not given["remove"]:
            self.reactions[place] = said
        elif self.reactions.get(place) == said:
            del self.reactions[place]
