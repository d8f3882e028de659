"""The clients of `clients.mjs`: they are told what to follow, and what happens to them is kept.

The one thing to know: everything is said with the moment at which the client had it, by this machine's clock, so that
what comes late here was not late there.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from cms.kernel.log_cursors import seq_of
from cms.kernel.waking import Alarm

_HERE: Final = Path(__file__).parent
_LONGEST_LINE: Final = 4 * 1024 * 1024


class Kind(StrEnum):
    """Who listens: graphql-ws, graphql-sse, and what browsers have for event streams."""

    SOCKET = "ws"
    STREAM = "sse"
    EVENT_SOURCE = "eventsource"


class DidNotHappen(Exception):
    """What was waited for did not come in time. The message is what the clients said last."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that happened to a client.

    Attributes:
        what: `connected`, `next`, `refused`, `complete`, `failed` or `closed`.
        at: when, in seconds of the clock that `time.time` has.
        told: what else the client knows of it.
    """

    what: str
    at: float
    told: Mapping[str, Any]

    @property
    def item(self) -> Mapping[str, Any] | None:
        """The item that came, where one did."""
        data = self.told.get("result", {}).get("data")
        found: Mapping[str, Any] | None = next(iter(data.values())) if data else None
        return found

    @property
    def seq(self) -> int:
        """Where the item stands in the log."""
        return seq_of((self.item or {})["cursor"])

    @property
    def codes(self) -> list[str]:
        """Of the errors that came."""
        errors = self.told.get("errors") or self.told.get("result", {}).get("errors", [])
        return [error["extensions"]["code"] for error in errors]


class Clients:
    """Clients that follow, by their names."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._heard: dict[str, list[Heard]] = defaultdict(list)
        self._news = Alarm()

    def begin(self, name: str, kind: Kind, url: str, query: str, **given: object) -> None:
        """Have a client run an operation.

        Args:
            name: of the client, here.
            kind: which library.
            url: the server's address, without a path.
            query: the operation's text.
            given: `variables`; `authorization`; `returns`: whether it comes back when its line is cut; `forgets`:
                whether it then begins where it began at first, as a bad app would.
        """
        self._say({"do": "begin", "name": name, "kind": kind.value, "url": url, "query": query, **given})

    def end(self, name: str) -> None:
        """Have a client stop listening."""
        self._say({"do": "end", "name": name})

    def heard(self, name: str, what: str | None = None) -> list[Heard]:
        """What happened to a client so far; of one sort only, where one is named."""
        return [each for each in self._heard[name] if what in {None, each.what}]

    async def until(self, is_so: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait until something is so, by what the clients heard.

        Raises:
            DidNotHappen: it is not, after so many seconds.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        while not is_so():
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                behind = sorted(self._heard.items(), key=lambda one: len(one[1]))[:10]
                last = {name: f"{len(said)}, last {said[-1].what}" for name, said in behind}
                raise DidNotHappen(f"{what} did not happen in {seconds:g} s: {last}")
            self._news.quiet()
            await self._news.wait(min(left, 1.0))

    async def listen(self) -> None:
        """Take down what the clients say, until they are gone."""
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        async for line in self._process.stdout:
            said = json.loads(line)
            self._heard[said.pop("name")].append(Heard(said.pop("what"), said.pop("at"), said))
            self._news.ring()

    def _say(self, order: Mapping[str, object]) -> None:
        assert self._process.stdin is not None  # noqa: S101 - likewise
        self._process.stdin.write(json.dumps(order).encode() + b"\n")


@asynccontextmanager
async def real_clients() -> AsyncIterator[Clients]:
    """A process full of clients, gone at the end."""
    process = await asyncio.create_subprocess_exec(
        "node", str(_HERE / "clients.mjs"), stdin=PIPE, stdout=PIPE, stderr=sys.stderr, limit=_LONGEST_LINE
    )
    clients = Clients(process)
    listening = asyncio.create_task(clients.listen())
    try:
        yield clients
    finally:
        process.kill()
        await process.wait()
        await listening
