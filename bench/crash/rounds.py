"""Rounds of a server being killed while clients write to it, and what is found broken after each.

The one thing to know: a round begins by sending again what had no answer in the last one, and the server may be killed
over that as well. The last round is not killed: there everything is answered, announced and delivered.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from time import monotonic
from typing import Final

import httpx2
from tortoise.expressions import Q

from bench.crash.breaking import Break
from bench.crash.ledger import Ledger
from bench.crash.listening import Notebook, catch_up
from bench.crash.processes import Process, Server, faults_in, follow, serve
from bench.crash.promises import Broken, Evidence, Found, Promise, broken
from bench.crash.stored import look
from bench.crash.writers import Desk, keep_writing, resend
from cms.accounts.tokens import create_token
from cms.articles.models import Publication
from cms.commands.common import migrate_if_empty
from cms.kernel.database import Database, open_database
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import SYSTEM, Scope
from cms.kernel.waking import Alarm
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.articles.world import a_topic, an_author, found

_SCOPES: Final = (Scope.CONTENT_WRITE, Scope.CONTENT_PUBLISH, Scope.CONTENT_PREVIEW)
_ANSWER_SECONDS: Final = 60.0
#: The farthest plan ends two and a half seconds after it was made; the rest is for a busy machine.
_ANNOUNCED_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long to go on, and how hard.

    Attributes:
        rounds: how often the server is killed.
        writers: how many clients write at once.
        seconds: how long the server lives once it answers, at least and at most.
        seed: of everything that is left to chance.
        sabotage: what is broken behind the server's back before the last look, for a twin that must be caught.
    """

    rounds: int
    writers: int = 8
    seconds: tuple[float, float] = (0.05, 2.5)
    seed: int = 1
    sabotage: Break | None = None


@dataclass(slots=True)
class Report(Found):
    """What was done, and what of it was found broken.

    Attributes:
        rounds: how often the server was killed.
        ledger: what the clients remember.
        done_unseen: the keys of writes that were done and never answered: their server died in between.
        events: how long the log is.
        starts: how many seconds each server took from its start to its first answer.
    """

    rounds: int = 0
    ledger: Ledger = field(default_factory=Ledger)
    done_unseen: set[str] = field(default_factory=set)
    events: int = 0
    starts: list[float] = field(default_factory=list)

    @property
    def restart_seconds(self) -> float:
        """From the start of a process, on a database whose last one was killed, to its first answer: the median."""
        return median(self.starts[1:] or self.starts)


async def prepare(url: str, ledger: Ledger, seed: int) -> tuple[Desk, str]:
    """A site, and what every article names; and the secret of a token that may write and publish."""
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        await migrate_if_empty(database)
        await found(database)
        author = GlobalId(NodeType.AUTHOR, await an_author(database))
        topic = GlobalId(NodeType.TOPIC, await a_topic(database))
        _, secret = await create_token(database, SYSTEM, "writers", [scope.value for scope in _SCOPES])
    random = Random(seed)  # noqa: S311 - to repeat a run, not to hide one
    return Desk(ledger, random, str(author), str(topic)), secret


async def crash(url: str, folder: Path, plan: Plan) -> Report:
    """Kill the server over and over while clients write; a report of what was found.

    Args:
        url: a database without content.
        folder: for logs and notes; empty.
        plan: see there.
    """
    report, notebook = Report(), folder / "told.txt"
    desk, secret = await prepare(url, report.ledger, plan.seed)
    for number in range(plan.rounds):
        server, follower = serve(url, folder), follow(url, notebook)
        try:
            report.starts.append(server.answers())
            lives = desk.random.uniform(*plan.seconds)
            asyncio.get_running_loop().call_later(lives, _kill, server, follower)
            async with client_of(server, secret) as client:
                await _write(client, desk, [f"r{number}w{writer}" for writer in range(plan.writers)])
        finally:
            _kill(server, follower)
        report.rounds += 1
        report.note(await _judged(url, report, Notebook(notebook)))
    await _settle(url, folder, secret, desk)
    report.note(await _judged(url, report, Notebook(notebook), plan.sabotage, is_final=True))
    report.note(Broken(Promise.FAULT, "logs_are_clean", line) for line in faults_in(folder))
    return report


def _kill(*processes: Process) -> None:
    for each in processes:
        each.kill()


async def _write(client: httpx2.AsyncClient, desk: Desk, names: Sequence[str]) -> None:
    """Send again what had no answer, and then write, until the server is gone."""
    await resend(client, desk.ledger)
    await asyncio.gather(*(keep_writing(client, desk, name) for name in names))


def client_of(server: Server, secret: str) -> httpx2.AsyncClient:
    """A client with a token."""
    headers = {"authorization": f"Bearer {secret}", "content-type": "application/json"}
    return httpx2.AsyncClient(base_url=server.url, headers=headers, timeout=_ANSWER_SECONDS)


async def _settle(url: str, folder: Path, secret: str, desk: Desk) -> None:
    """Let a server that lives answer what has no answer, and announce what has come to pass."""
    server = serve(url, folder)
    try:
        server.answers()
        async with client_of(server, secret) as client:
            await resend(client, desk.ledger)
        async with open_database(url, MODEL_MODULES, MIGRATIONS):
            await _announced()
    finally:
        server.stop()


async def _announced() -> None:
    """Wait until nothing planned is left, while somebody serves; what is never announced is found by the checks."""
    until, nothing = monotonic() + _ANNOUNCED_SECONDS, Alarm()
    while await Publication.filter(Q(starts_by_clock=True) | Q(ends_by_clock=True)).exists() and monotonic() < until:
        await nothing.wait(0.2)


async def _judged(
    url: str, report: Report, notebook: Notebook, sabotage: Break | None = None, *, is_final: bool = False
) -> list[Broken]:
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        if is_final:
            await catch_up(database, notebook)
        if sabotage is not None:
            await sabotage.act(report.ledger)
        return await _judge(database, report, notebook, is_final=is_final)


async def _judge(database: Database, report: Report, notebook: Notebook, *, is_final: bool) -> list[Broken]:
    """Every promise that does not hold now."""
    stored = await look(database)
    report.events = len(stored.events)
    report.done_unseen |= report.ledger.unknown.keys() & {each.key for each in stored.replays}
    return broken(Evidence(report.ledger, stored, notebook.read(), is_final))
