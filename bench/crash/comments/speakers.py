"""Readers and moderators who keep talking, each through the one or the other server, whichever lives.

The one thing to know: nobody goes on to the next thing before the last was answered. What had no answer is sent again
under its key, to whoever serves then, and its server may be killed over that too.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, Final, Protocol

import httpx2

from bench.crash.comments.acts import Act, Verb, answer_of, text_of
from bench.crash.comments.memory import Memory
from bench.crash.writes import Unanswered
from cms.comments.models import FlagReason, ModerationAction, Reaction
from cms.kernel.clock import now
from cms.kernel.ids import GlobalId, NodeType

#: How often each is done, in a hundred.
_OFTEN: Final = {
    Verb.POST: 44,
    Verb.EDIT: 10,
    Verb.DELETE: 4,
    Verb.FLAG: 8,
    Verb.REACT: 22,
    Verb.MODERATE: 9,
    Verb.RULE: 3,
}
_REPLIES, _SIGNED_IN, _RUDE, _OPEN, _TAKEN_BACK, _AGAIN = 0.75, 0.15, 0.1, 0.7, 0.25, 0.04
_NEWEST: Final = 60
_READERS: Final = 5
_MOST_MODERATED: Final = 6


class Doors(Protocol):
    """The servers, of which one may be dead."""

    async def open(self) -> str:
        """The address of one that lives; waits until there is one."""

    def answered(self) -> None:
        """Somebody was answered: a moment at which a server may have to die."""


@dataclass(slots=True)
class Room:
    """What all who talk share.

    Attributes:
        memory: what they remember.
        random: decides what is done, so that a run can be repeated as far as timing allows.
        articles: the global ids of those that are talked about.
        secret: of the moderator's session.
    """

    memory: Memory
    random: Random
    articles: Sequence[str]
    secret: str = field(repr=False)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def next_act(self, name: str) -> Act:
        """Something to do, for somebody of that name."""
        verb = self.random.choices(list(_OFTEN), list(_OFTEN.values()))[0]
        if not self.memory.shapes and verb is not Verb.RULE:
            verb = Verb.POST
        number = next(self._numbers)
        key = f"{name}-{number}"
        variables, is_signed = _ACTS[verb](self, key)
        return Act(verb=verb, key=key, variables=variables, place=number, secret=self.secret if is_signed else None)

    def post(self, key: str) -> tuple[Mapping[str, Any], bool]:
        """A comment, on the article or below another one; a guest's, or a colleague's."""
        given: dict[str, Any] = {"articleId": self.random.choice(self.articles)}
        if self.memory.shapes and self.random.random() < _REPLIES:
            given = self._below()
        is_signed = self.random.random() < _SIGNED_IN
        given["body"] = text_of(key, is_rude=self.random.random() < _RUDE)
        return {"input": given if is_signed else {**given, "guest": {"name": f"Guest of {key}"}}}, is_signed

    def edit(self, key: str) -> tuple[Mapping[str, Any], bool]:
        """Another text, now and then one that has to wait."""
        text = text_of(key, is_rude=self.random.random() < _RUDE)
        return {"input": {**self._own(), "body": text}}, False

    def delete(self, _key: str) -> tuple[Mapping[str, Any], bool]:
        """A comment taken back by its writer."""
        return self._own(), False

    def flag(self, key: str) -> tuple[Mapping[str, Any], bool]:
        """A report."""
        return {"id": self._some(), "reason": self.random.choice(list(FlagReason)), "detail": key}, False

    def react(self, key: str) -> tuple[Mapping[str, Any], bool]:
        """A reaction by one of the readers who share a client, or one taken back."""
        reader = f"{key.partition('-')[0]}, reader number {self.random.randrange(_READERS)}"
        said = {"reaction": self.random.choice(list(Reaction)), "remove": self.random.random() < _TAKEN_BACK}
        return {"id": self._some(), "readerKey": reader, **said}, False

    def moderate(self, key: str) -> tuple[Mapping[str, Any], bool]:
        """A decision about some; most often it brings out what was held."""
        ids = dict.fromkeys(self._some() for _ in range(self.random.randint(1, _MOST_MODERATED)))
        actions = [*ModerationAction, ModerationAction.APPROVE, ModerationAction.APPROVE]
        return {"ids": list(ids), "action": self.random.choice(actions), "reason": key}, True

    def rule(self, _key: str) -> tuple[Mapping[str, Any], bool]:
        """Comments under an article closed, or opened again."""
        article = self.random.choice(self.articles)
        policy = {"open": self.random.random() < _OPEN}
        given = {"id": article, "expectedVersion": self.memory.versions[article], "commentPolicy": policy}
        return {"input": given}, True

    def _below(self) -> dict[str, Any]:
        comment = self.random.choice(list(self.memory.shapes)[-_NEWEST:])
        shape = self.memory.shapes[comment]
        assert shape.article is not None  # noqa: S101 - for the type checker
        return {
            "articleId": str(GlobalId(NodeType.ARTICLE, shape.article)),
            "parentId": str(GlobalId(NodeType.COMMENT, comment)),
        }

    def _some(self) -> str:
        return str(GlobalId(NodeType.COMMENT, self.random.choice(list(self.memory.shapes)[-_NEWEST:])))

    def _own(self) -> dict[str, Any]:
        """A comment and its token; a wrong one where nobody was told a token yet."""
        tokens = list(self.memory.tokens.items())[-_NEWEST:]
        if not tokens:
            return {"id": self._some(), "editToken": "none"}
        comment, token = self.random.choice(tokens)
        return {"id": str(GlobalId(NodeType.COMMENT, comment)), "editToken": token}


_ACTS: Mapping[Verb, Callable[[Room, str], tuple[Mapping[str, Any], bool]]] = {
    Verb.POST: Room.post,
    Verb.EDIT: Room.edit,
    Verb.DELETE: Room.delete,
    Verb.FLAG: Room.flag,
    Verb.REACT: Room.react,
    Verb.MODERATE: Room.moderate,
    Verb.RULE: Room.rule,
}


async def keep_talking(client: httpx2.AsyncClient, doors: Doors, room: Room, name: str, until: int) -> None:
    """Do one thing after the other, until all together have begun so many."""
    memory = room.memory
    while memory.sent < until:
        memory.sent += 1
        if memory.kept and room.random.random() < _AGAIN:
            act = room.random.choice(list(memory.kept.values())[-100:]).act
            await _carry_out(client, doors, room, act, is_known=True)
        else:
            await _carry_out(client, doors, room, room.next_act(name))


async def _carry_out(client: httpx2.AsyncClient, doors: Doors, room: Room, act: Act, *, is_known: bool = False) -> None:
    """Send an act until there is an answer."""
    memory, resent_at = room.memory, None
    while True:
        address = await doors.open()
        try:
            response = await client.post(f"{address}/graphql", content=act.body, headers=act.headers)
            answer = answer_of(response.status_code, response.content)
        except httpx2.ConnectError:
            continue  # Nobody was there to take it.
        except httpx2.TransportError:
            memory.unknown += resent_at is None
            resent_at = now()
            continue
        except Unanswered as fault:
            memory.faults.append(f"{act.key} was answered with {fault}")
            break
        if is_known:
            memory.compare(act, answer)
        else:
            memory.note(act, answer, resent_at)
        break
    doors.answered()


async def spoken_for(client: httpx2.AsyncClient, address: str, memory: Memory) -> None:
    """Ask for every comment by its token, and note those that are not found by it."""
    query = "query($tokens: [String!]!) { found: commentsByEditToken(editTokens: $tokens) { id } }"
    pairs = list(memory.tokens.items())
    parts = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    bodies = [{"query": query, "variables": {"tokens": [token for _, token in part]}} for part in parts]
    answers = await asyncio.gather(*(client.post(f"{address}/graphql", json=body) for body in bodies))
    memory.deaf.clear()
    for part, answer in zip(parts, answers, strict=True):
        found = answer.json()["data"]["found"]
        expected = [str(GlobalId(NodeType.COMMENT, comment)) for comment, _ in part]
        told = [each and each["id"] for each in found]
        memory.deaf += [comment for (comment, _), is_, was in zip(part, told, expected, strict=True) if is_ != was]
