"""Many who listen: two hundred who take nothing while ten thousand things happen, and a thousand who wait.

The one thing to know: how much memory a server has and how many lines lead to it is read from /proc, where Linux tells
it, and not asked of the server.
"""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path
from statistics import quantiles
from typing import Final

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from bench.clients.driving import Clients, DidNotHappen, Kind
from bench.clients.findings import Finding, Sabotage, Trial
from bench.clients.manners import MODERATE, ask
from bench.clients.newsroom import Newsroom, prepare
from bench.clients.resuming import DOCUMENT
from bench.clients.talking import Talk, talking
from bench.crash.processes import Server, faults_in, serve
from cms.kernel.waking import Alarm

_LONG: Final = """subscription ($article: ID!, $after: String) {
  commentEvents(articleId: $article, after: $after) { cursor comment { body { html text markdown blocks } } }
}"""
_SHORT: Final = """subscription ($article: ID!, $after: String) {
  commentEvents(articleId: $article, after: $after) { cursor kind commentId }
}"""
_STALLED, _EVENTS, _EACH_SECOND = 200, 10_000, 1_000
_IDLE, _ROUNDS = 1_000, 4
#: So little fits into a stalled client that the server notices at once.
_ROOM_BYTES: Final = 4_096
_SEND_SECONDS, _ENDLESS_SECONDS = 5, 3_600
_SETTINGS: Final = {"CMS_LIMIT_SOCKETS": "2000"}
_ALL_SECONDS: Final = 90.0
_LOOKED_EVERY: Final = 0.1
#: In /proc/net/tcp.
_ESTABLISHED: Final = "01"
#: For each stalled client a server may keep what is written before it has to wait (64 KiB), and an item or two (20 KiB)
#: in each form that they pass through. All that happened would be 200 MB for each.
_KEPT_MEGABYTES: Final = _STALLED * 0.25
#: For each idle one: two tasks, a socket, a plan.
_IDLE_KILOBYTES: Final = 150.0
_LATE_SECONDS: Final = 10.0
_BEGIN_SECONDS: Final = 3.0


@dataclass(slots=True)
class _Watch:
    """A server, as the system sees it."""

    server: Server
    peak: float = 0.0
    _nothing: Alarm = field(default_factory=Alarm)

    @property
    def megabytes(self) -> float:
        """The memory that it has resident."""
        lines = Path(f"/proc/{self.server.process.pid}/status").read_text().splitlines()
        found = next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
        self.peak = max(self.peak, found)
        return found

    @property
    def lines(self) -> int:
        """How many clients are connected to it."""
        here = f":{self.server.port:04X}"
        found = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines())
        return sum(columns[1].endswith(here) and columns[3] == _ESTABLISHED for columns in found)

    async def until(self, is_so: Callable[[], bool], seconds: float) -> float:
        """Look every so often until something is so, or time is up; how many seconds that took."""
        begun = time.monotonic()
        while not is_so() and time.monotonic() < begun + seconds:
            _ = self.megabytes
            await self._nothing.wait(_LOOKED_EVERY)
        return time.monotonic() - begun


async def crowd(url: str, folder: Path, clients: Clients, trial: Trial) -> list[Finding]:
    """Both crowds, one after the other, before one server."""
    newsroom = await prepare(url)
    patience = _ENDLESS_SECONDS if trial.sabotage is Sabotage.PATIENCE else _SEND_SECONDS
    server = serve(url, folder, {**_SETTINGS, "CMS_LIMIT_SEND_SECONDS": str(patience)})
    try:
        await asyncio.to_thread(server.answers)
        watch = _Watch(server)
        findings = [
            *await _stalled(url, clients, watch, newsroom),
            *await _idle(clients, watch, newsroom),
        ]
    finally:
        server.kill()
    return [*findings, Finding("no fault in any log", "", tuple(faults_in(folder)))]


# Those who take nothing


async def _stalled(url: str, clients: Clients, watch: _Watch, newsroom: Newsroom) -> list[Finding]:
    """Two who listen hear everything while two hundred take nothing, who are let go."""
    live = {kind: f"beside the stalled {kind}" for kind in (Kind.SOCKET, Kind.STREAM)}
    for kind, name in live.items():
        clients.begin(name, kind, watch.server.url, _SHORT, variables={"article": newsroom.article})
    await clients.until(lambda: all(clients.heard(name, "connected") for name in live.values()), 10, "connecting")
    before = watch.lines
    async with _who_take_nothing(watch.server.port, newsroom.article, _STALLED):
        await watch.until(lambda: watch.lines >= before + _STALLED, 10)
        opened, watch.peak = watch.lines - before, 0.0
        memory = watch.megabytes
        begun = time.monotonic()
        async with talking(url, Talk.EDIT, newsroom.comment, _EVENTS, _EACH_SECOND) as ended:
            await watch.until(lambda: all(_number(clients, name) >= _EVENTS for name in live.values()), _ALL_SECONDS)
            took = time.monotonic() - begun
            await ended
        await watch.until(lambda: watch.lines <= before, 3 * _SEND_SECONDS)
        left = watch.lines - before
    grown = watch.peak - memory
    for name in live.values():
        clients.end(name)
    seqs = {kind: [each.seq for each in clients.heard(name, "next")] for kind, name in live.items()}
    broken = [f"{kind}: {len(each)} items" for kind, each in seqs.items() if not _is_whole(each)]
    broken += [f"{opened} were stalled"] if opened != _STALLED else []
    return [
        Finding(
            f"{_STALLED} who take nothing: memory stays flat",
            f"{memory:.0f} MB, at most {grown:+.0f} MB over {_EVENTS:,} events",
            [f"it grew by {grown:.0f} MB"] if grown > _KEPT_MEGABYTES else [],
        ),
        Finding(
            f"they are let go after CMS_LIMIT_SEND_SECONDS={_SEND_SECONDS}",
            f"{opened - left} of {opened}",
            [f"{left} are still there"] if left else [],
        ),
        Finding(f"two beside them hear all {_EVENTS:,}", f"in {took:.1f} s", broken),
    ]


def _number(clients: Clients, name: str) -> int:
    return len(clients.heard(name, "next"))


def _is_whole(seqs: Sequence[int]) -> bool:
    return len(seqs) == _EVENTS and all(later == earlier + 1 for earlier, later in pairwise(seqs))


@asynccontextmanager
async def _who_take_nothing(port: int, article: str, number: int) -> AsyncIterator[None]:
    """So many, half of them over WebSockets, half over event streams, who read nothing once their line is open."""
    payload = {"query": _LONG, "variables": {"article": article}}
    async with AsyncExitStack() as stack:
        for _ in range(number // 2):
            stream = stack.enter_context(_narrow(port))
            stream.setblocking(True)
            body = json.dumps(payload)
            stream.sendall(
                f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\n"
                f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()
            )
            protocols = [Subprotocol("graphql-transport-ws")]
            wire = await connect(
                f"ws://127.0.0.1:{port}/graphql",
                sock=_narrow(port),
                subprotocols=protocols,
                max_queue=1,
                close_timeout=0,
                ping_interval=None,
            )
            stack.callback(wire.transport.abort)
            await wire.send(json.dumps({"type": "connection_init"}))
            await wire.recv()
            await wire.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        yield


def _narrow(port: int) -> socket.socket:
    """A socket into which little fits."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM_BYTES)
    made.connect(("127.0.0.1", port))
    made.setblocking(False)
    return made


# Those to whom little happens


async def _idle(clients: Clients, watch: _Watch, newsroom: Newsroom) -> list[Finding]:
    """A thousand are told of something: each once, and how soon."""
    memory, url = watch.megabytes, watch.server.url
    names = [f"idle {number}" for number in range(_IDLE)]
    for number, name in enumerate(names):
        kind = (Kind.SOCKET, Kind.STREAM)[number % 2]
        clients.begin(name, kind, url, DOCUMENT, variables={"article": newsroom.article})
    await clients.until(lambda: all(clients.heard(name, "connected") for name in names), _ALL_SECONDS, "connecting")
    begun = await _all_follow(clients, names, url, newsroom)
    each = (watch.megabytes - memory) * 1024 / _IDLE
    delays: list[float] = []
    for number in range(begun + 1, begun + _ROUNDS):
        sent = await _shown(clients, names, url, newsroom, number)
        delays += [clients.heard(name, "next")[-1].at - sent for name in names]
    broken = [f"{each:.0f} kB each"] if each > _IDLE_KILOBYTES else []
    twice = [name for name in names if len({one.seq for one in clients.heard(name, "next")}) != _number(clients, name)]
    cut = [name for name in names if any(clients.heard(name, what) for what in ("closed", "failed", "complete"))]
    for name in names:
        clients.end(name)
    middle, late = quantiles(delays, n=100)[49], quantiles(delays, n=100)[98]
    return [
        Finding(f"{_IDLE:,} who wait", f"{memory:.0f} MB, and {each:.0f} kB for each", broken),
        Finding(
            f"one event to all {_IDLE:,}, once each",
            f"p50 {middle * 1_000:,.0f} ms, p99 {late * 1_000:,.0f} ms after it was sent",
            [
                *([f"p99 {late:.1f} s"] if late > _LATE_SECONDS else []),
                *([f"{len(twice)} heard twice"] if twice else []),
                *([f"{len(cut)} were cut"] if cut else []),
            ],
        ),
    ]


async def _all_follow(clients: Clients, names: Sequence[str], url: str, newsroom: Newsroom) -> int:
    """Tell of something until everybody has heard of something; how often it took.

    Who is connected may not follow yet, and what they are not told then they are not owed.
    """
    for number in count():
        await _decide(url, newsroom, number)
        with suppress(DidNotHappen):
            await clients.until(lambda: all(_number(clients, name) for name in names), _BEGIN_SECONDS, "following")
            break
    return number


async def _decide(url: str, newsroom: Newsroom, number: int) -> None:
    """Show a comment, or take it back, by turns."""
    action = ("APPROVE", "HOLD")[number % 2]
    await ask(url, MODERATE, newsroom.authorization, ids=[newsroom.waiting[0]], action=action)


async def _shown(clients: Clients, names: Sequence[str], url: str, newsroom: Newsroom, number: int) -> float:
    """Show a comment, or take it back, and wait until everybody was told; when it was sent."""
    wanted: Mapping[str, int] = {name: _number(clients, name) + 1 for name in names}
    sent = time.time()
    await _decide(url, newsroom, number)
    await clients.until(lambda: all(_number(clients, name) >= wanted[name] for name in names), _ALL_SECONDS, "telling")
    return sent
