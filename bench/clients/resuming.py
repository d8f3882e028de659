"""A thousand comments arrive in order, none missing and none twice, while lines are cut and servers are restarted.

The one thing to know: the clients reach the servers through a proxy that cuts their lines, and that leads whoever comes
back to the next server that lives. What each was told is held against the event log.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from bench.clients.cutting import Cutter, cutting
from bench.clients.driving import Clients, Heard, Kind
from bench.clients.findings import Finding, Sabotage, Trial
from bench.clients.newsroom import prepare, told_of
from bench.clients.talking import Talk, talking
from bench.crash.processes import Server, faults_in, serve
from cms.kernel.database import Dialect
from cms.kernel.waking import Alarm

DOCUMENT: Final = """subscription ($article: ID!, $after: String) {
  commentEvents(articleId: $article, after: $after) { cursor kind commentId comment { body { text } } }
}"""
COMMENTS: Final = 1_000
_EACH_SECOND: Final = 90
_OF_EACH_KIND: Final = 2
_BEGUN_SECONDS: Final = 10.0
_ALL_SECONDS: Final = 60.0
#: How long lines last, in seconds: between these.
_LASTS: Final = (0.2, 1.0)
#: Servers are stopped, or killed, when so many comments have come.
_STOPPED_AT, _KILLED_AT = 250, 550


@dataclass(slots=True)
class _Servers:
    """The servers of one database, and the proxy before them."""

    url: str
    folder: Path
    cutter: Cutter
    running: list[Server]

    def lead(self) -> None:
        """Hand on clients to all of them."""
        self.cutter.lead_to([each.port for each in self.running])

    async def replace(self, *, is_killed: bool) -> None:
        """End the first, as a service manager does or as `kill -9`; start another, which comes last."""
        ended = self.running.pop(0)
        self.lead()
        await asyncio.to_thread(ended.kill if is_killed else ended.stop)
        started = serve(self.url, self.folder)
        self.running.append(started)
        await asyncio.to_thread(started.answers)
        self.lead()


@asynccontextmanager
async def _serving(url: str, folder: Path, number: int, cutter: Cutter) -> AsyncIterator[_Servers]:
    servers = _Servers(url, folder, cutter, [serve(url, folder) for _ in range(number)])
    try:
        for each in servers.running:
            await asyncio.to_thread(each.answers)
        servers.lead()
        yield servers
    finally:
        for each in servers.running:
            each.kill()


async def resume(url: str, folder: Path, clients: Clients, trial: Trial) -> Finding:
    """Have every kind of client listen to a thousand comments over lines that break."""
    newsroom = await prepare(url)
    names = {f"resume {kind} {number}": kind for kind in Kind for number in range(_OF_EACH_KIND)}
    variables = {"article": newsroom.article, "after": newsroom.cursor}
    random = Random(trial.seed)  # noqa: S311 - to repeat a run
    # One process serves an SQLite file; on PostgreSQL whoever comes back finds the other.
    servers = 2 if trial.dialect is Dialect.POSTGRES else 1
    given = {"variables": variables, "returns": True, "forgets": trial.sabotage is Sabotage.FORGET}
    async with cutting(random) as cutter, _serving(url, folder, servers, cutter) as running:
        for name, kind in names.items():
            clients.begin(name, kind, cutter.url, DOCUMENT, **given)
        await clients.until(
            lambda: all(clients.heard(name, "connected") for name in names), _BEGUN_SECONDS, "connecting"
        )
        async with talking(url, Talk.POST, newsroom.article, COMMENTS, _EACH_SECOND) as ended:
            await asyncio.gather(_break(running, random, ended), _restart(clients, names, running))
        expected = await told_of(url, newsroom.article)
        await clients.until(lambda: all(_reached(clients, name, expected) for name in names), _ALL_SECONDS, "the end")
        for name in names:
            clients.end(name)
    return Finding(
        f"{COMMENTS:,} comments, in order, none missing, none twice",
        _figures(clients, names, cutter.cuts),
        (*_wrong(clients, names, expected), *faults_in(folder)),
    )


async def _break(running: _Servers, random: Random, ended: "asyncio.Task[int]") -> None:
    """Cut lines for as long as somebody talks."""
    nothing = Alarm()
    while not ended.done():
        await nothing.wait(random.uniform(*_LASTS))
        running.cutter.cut()


async def _restart(clients: Clients, names: Mapping[str, Kind], running: _Servers) -> None:
    """Stop a server, and later kill one."""
    for heard, is_killed in ((_STOPPED_AT, False), (_KILLED_AT, True)):
        await _any_heard(clients, names, heard)
        await running.replace(is_killed=is_killed)


async def _any_heard(clients: Clients, names: Iterable[str], number: int) -> None:
    """Wait until one of them was told of so many comments."""
    await clients.until(
        lambda: any(len(clients.heard(name, "next")) >= number for name in names), _ALL_SECONDS, f"{number} comments"
    )


def _reached(clients: Clients, name: str, expected: Sequence[tuple[int, str]]) -> bool:
    """Whether a client was told the last that there is to tell."""
    told = clients.heard(name, "next")
    return bool(told) and told[-1].item is not None and told[-1].seq >= expected[-1][0]


def _wrong(clients: Clients, names: Mapping[str, Kind], expected: Sequence[tuple[int, str]]) -> Iterator[str]:
    """What is wrong with what clients were told."""
    if len(expected) != COMMENTS:
        yield f"{len(expected)} comments were shown"
    for name in names:
        told = [_told(each) for each in clients.heard(name, "next")]
        if told != list(expected):
            missing, twice = set(expected) - set(told), [one for one, times in Counter(told).items() if times > 1]
            yield f"{name}: {len(told)} items, {len(missing)} missing, {len(twice)} twice, or out of order"


def _told(heard: Heard) -> tuple[int, str]:
    return (heard.seq, heard.item["commentId"]) if heard.item else (0, str(heard.codes))


def _figures(clients: Clients, names: Mapping[str, Kind], cuts: int) -> str:
    lines = Counter[Kind]()
    for name, kind in names.items():
        lines[kind] += len(clients.heard(name, "connected"))
    told = ", ".join(f"{number} of {kind}" for kind, number in lines.items())
    return f"{len(names)} clients; {cuts} cuts, SIGTERM, kill -9; lines: {told}"
