"""Sending a flood, and holding what got through against what is documented.

The one thing to know: what is counted as let through is what the answers say and what stands in the database; the two
must be the same.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Any, Final

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bench.flood.disguises import Disguise, Target, Try
from cms.kernel.waking import Alarm

_ANSWER_SECONDS: Final = 60.0
_AT_ONCE: Final = 8
#: `docs/limits.md`: five in ten minutes, twenty seconds apart.
_COMMENTS, _APART_SECONDS = 5, 20
#: Likewise: three mistakes for nothing, then a wait of one second that doubles; a hundred an hour from one block.
_FREE, _PASSWORDS = 3, 100
_LONGEST_WAIT: Final = {Target.COMMENT: 600, Target.PASSWORD: 3600}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one comment or password: let through, or refused with a code, and for how long."""

    disguise: Disguise
    target: Target
    code: str | None
    retry_after: int | None = None

    @property
    def is_through(self) -> bool:
        """Whether it was looked at. A wrong password that was looked at is answered as wrong."""
        return self.code is None or (self.target is Target.PASSWORD and self.code == "INVALID")


@dataclass(slots=True)
class Tally:
    """What came of a flood, and how long it took from the first try to the last answer."""

    outcomes: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0

    def through(self, target: Target, *disguises: Disguise) -> int:
        """How many got through; in some disguises only, if any are named."""
        some = [each for each in self.outcomes if each.target is target and each.is_through]
        return sum(not disguises or each.disguise in disguises for each in some)

    def sent(self, target: Target) -> int:
        """How many were tried."""
        return sum(each.target is target for each in self.outcomes)

    def by_disguise(self) -> Mapping[tuple[Target, Disguise], tuple[int, int]]:
        """Of each disguise how many were tried, and how many got through."""
        tried = Counter((each.target, each.disguise) for each in self.outcomes)
        through = Counter((each.target, each.disguise) for each in self.outcomes if each.is_through)
        return {each: (tried[each], through[each]) for each in tried}


def most_comments(seconds: float) -> int:
    """How many comments one block may send in so many seconds."""
    return min(_COMMENTS, 1 + int(seconds // _APART_SECONDS))


def most_guesses(seconds: float) -> int:
    """How many passwords one block may try on one account in so many seconds: waits of 1, 2, 4, ... lie between."""
    waits = 0
    while 2 ** (waits + 1) - 1 <= seconds:
        waits += 1
    return _FREE + 1 + waits


def broken(tally: Tally, stored: int | None = None) -> Iterator[str]:
    """What a flood got that nobody is promised; nothing where all is well.

    Args:
        tally: what came of it.
        stored: how many comments stand in the database because of it; not looked at when left out.
    """
    comments, passwords = tally.through(Target.COMMENT), tally.through(Target.PASSWORD)
    guesses = passwords - tally.through(Target.PASSWORD, Disguise.ACCOUNTS)
    bounds = (
        ("comments", comments, most_comments(tally.seconds)),
        ("passwords for one account", guesses, most_guesses(tally.seconds)),
        ("passwords", passwords, _PASSWORDS),
    )
    for what, got, most in bounds:
        if got > most:
            yield f"{got} {what} got through in {tally.seconds:.0f} s, and {most} may"
    if stored is not None and stored != comments:
        yield f"{comments} comments were told to be posted, and {stored} are there"
    for each in tally.outcomes:
        if not each.is_through and not _is_well_told(each):
            yield f"{each.target} with {each.disguise}: {each.code}, retryAfter {each.retry_after}"


def _is_well_told(refusal: Outcome) -> bool:
    """Whether a refusal says what it is and when to come back; a document with too many fields is refused whole."""
    if refusal.disguise is Disguise.TOO_MANY_ALIASES:
        return refusal.code == "TOO_MANY"
    waits = refusal.retry_after or 0
    return refusal.code == "RATE_LIMITED" and 1 <= waits <= _LONGEST_WAIT[refusal.target]


async def flood(servers: Sequence[str], tries: Sequence[Try], seconds: float = 0.0) -> Tally:
    """Send all of `tries`, to the servers by turns, spread over so many seconds; what came of them.

    Args:
        servers: hosts and ports.
        tries: in their order.
        seconds: how long it takes at least; at most eight tries are under way at any time.
    """
    tally, begun, nothing = Tally(), monotonic(), Alarm()
    due = iter(enumerate(tries))

    async def send(sender: "_Sender") -> None:
        for number, each in due:
            await nothing.wait(max(0.0, begun + seconds * number / len(tries) - monotonic()))
            tally.outcomes += await sender.send(each)

    async with _senders(servers) as senders:
        await asyncio.gather(*(send(each) for each in senders))
    tally.seconds = monotonic() - begun
    return tally


@dataclass(slots=True)
class _Sender:
    """One of those who send: a client, and a WebSocket of its own."""

    host: str
    client: httpx2.AsyncClient
    socket: ClientConnection
    _numbers: Iterator[int] = field(default_factory=count)

    async def send(self, each: Try) -> list[Outcome]:
        """What became of each comment or password in a try."""
        answer = await (self._over_socket(each) if each.disguise is Disguise.SOCKET else self._over_http(each))
        return list(_outcomes(each, answer))

    async def _over_http(self, each: Try) -> Any:  # noqa: ANN401 - JSON
        signed = {"authorization": f"Bearer {each.secret}"} if each.secret else {}
        headers = {"content-type": "application/json", **each.headers, **signed}
        response = await self.client.post(f"http://{self.host}/graphql", content=each.body, headers=headers)
        return response.json()

    async def _over_socket(self, each: Try) -> Any:  # noqa: ANN401 - as above
        number = str(next(self._numbers))
        await self.socket.send(json.dumps({"type": "subscribe", "id": number, "payload": json.loads(each.body)}))
        message = json.loads(await self.socket.recv())
        if message["type"] == "next":
            await self.socket.recv()  # `complete`.
            return message["payload"]
        return {"errors": message["payload"]}


def _outcomes(each: Try, answer: Any) -> Iterator[Outcome]:  # noqa: ANN401 - as above
    if answer.get("errors"):
        code = answer["errors"][0]["extensions"]["code"]
        yield from [Outcome(each.disguise, each.target, code)] * each.fields
        return
    for payload in answer["data"].values():
        problem = next(iter(payload["errors"]), {})
        yield Outcome(each.disguise, each.target, problem.get("code"), problem.get("retryAfter"))


@asynccontextmanager
async def _senders(servers: Sequence[str]) -> AsyncIterator[list[_Sender]]:
    """Eight of them, who send to the servers by turns."""
    made: list[_Sender] = []
    async with httpx2.AsyncClient(timeout=_ANSWER_SECONDS) as client:
        try:
            for number in range(_AT_ONCE):
                host = servers[number % len(servers)]
                socket = await connect(f"ws://{host}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")])
                made.append(_Sender(host, client, socket))
                await socket.send(json.dumps({"type": "connection_init"}))
                await socket.recv()
            yield made
        finally:
            for each in made:
                await each.socket.close()
