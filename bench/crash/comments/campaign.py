"""Readers and moderators talk through two servers on one database, while one or both are killed and started again.

The one thing to know: whoever has no answer asks the server that lives. After each round everybody has an answer, and
everything is compared with what stands in the database.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import httpx2

from bench.crash.comments.acts import BEHIND_A_PROXY
from bench.crash.comments.breaking import Break
from bench.crash.comments.memory import Memory
from bench.crash.comments.promises import Evidence, broken
from bench.crash.comments.speakers import Room, keep_talking, spoken_for
from bench.crash.comments.stored import Stored, look
from bench.crash.processes import Server, faults_in, serve
from bench.crash.promises import Broken, Found, Promise
from bench.newsroom import founded, manager_of
from cms.kernel.database import open_database
from cms.kernel.ids import GlobalId, NodeType
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.articles.world import a_public_article

_ARTICLES: Final = 6
_ANSWER_SECONDS: Final = 60.0
#: Of ten times that somebody has to die, how often both servers do.
_BOTH: Final = 0.2
#: How long after an answer a server dies, at most: in the middle of others.
_LATEST_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long to go on, and how hard.

    Attributes:
        acts: how many things are done in all.
        rounds: in how many parts; after each everything is looked at.
        kills: how often a server is killed, or both are, in each round.
        speakers: how many do something at once.
        seed: of everything that is left to chance.
        sabotage: what is broken behind the servers' backs before the last look, for a twin that must be caught.
    """

    acts: int = 10_000
    rounds: int = 20
    kills: int = 3
    speakers: int = 8
    seed: int = 1
    sabotage: Break | None = None


@dataclass(slots=True)
class Report(Found):
    """What was done, and what of it was found broken.

    Attributes:
        memory: what everybody remembers.
        kills: how many servers were killed.
        done_unseen: how many acts were done and never answered at first: their server died in between.
        comments: how many comments there are.
        deepest: how deep replies go.
    """

    memory: Memory = field(default_factory=Memory)
    kills: int = 0
    done_unseen: int = 0
    comments: int = 0
    deepest: int = 0

    def see(self, stored: Stored) -> None:
        """Take the figures from what stands there."""
        done_at = {each.key: each.at for each in stored.replays}
        resent = [each for each in self.memory.kept.values() if each.resent_at is not None]
        self.done_unseen = sum(done_at[each.act.key] < each.resent_at for each in resent if each.resent_at)
        self.comments = len(stored.comments)
        self.deepest = max((each.depth for each in stored.comments.values()), default=0)


class Pair:
    """Two servers on one database. At given numbers of answers one is killed, or both, and started again."""

    def __init__(self, url: str, folder: Path, random: Random) -> None:
        self._url, self._folder, self._random = url, folder, random
        self._servers = [self._start(), self._start()]
        self._living: set[int] = set()
        self._is_open = asyncio.Event()
        self._deaths: list[int] = []
        self._answers = 0
        self._restarts: set[asyncio.Task[None]] = set()
        self.kills = 0

    def plan_deaths(self, answers: Iterable[int]) -> None:
        """Have somebody die after each of these numbers of further answers."""
        self._answers, self._deaths = 0, sorted(answers, reverse=True)

    async def open(self) -> str:
        """The address of a server that lives; waits until there is one."""
        await self._is_open.wait()
        return self._servers[self._random.choice(sorted(self._living))].url

    def answered(self) -> None:
        """Somebody was answered."""
        self._answers += 1
        if self._deaths and self._answers >= self._deaths[-1]:
            self._deaths.pop()
            doomed = [0, 1] if self._random.random() < _BOTH else [self._random.randrange(2)]
            for index in doomed:
                loop = asyncio.get_running_loop()
                loop.call_later(self._random.uniform(0, _LATEST_SECONDS), self._kill, index)

    async def revived(self) -> None:
        """Wait until both live."""
        while self._restarts:
            await asyncio.gather(*self._restarts)
        for index in {0, 1} - self._living:
            await self._revive(index)

    def stop(self) -> None:
        """End both as a service manager does."""
        for each in self._servers:
            each.stop()

    def _start(self) -> Server:
        return serve(self._url, self._folder, BEHIND_A_PROXY)

    def _kill(self, index: int) -> None:
        """Kill a server, if it lives, and start another in its place. Nobody is told that it is gone."""
        if index not in self._living:
            return
        self._servers[index].kill()
        self.kills += 1
        self._living.discard(index)
        if not self._living:
            self._is_open.clear()
        self._servers[index] = self._start()
        task = asyncio.create_task(self._revive(index))
        self._restarts.add(task)
        task.add_done_callback(self._restarts.discard)

    async def _revive(self, index: int) -> None:
        await asyncio.to_thread(self._servers[index].answers)
        self._living.add(index)
        self._is_open.set()


async def prepare(url: str, memory: Memory, seed: int) -> Room:
    """Articles that readers see and talk about, and a moderator who is signed in."""
    async with founded(url) as database:
        articles = [await a_public_article(database, f"Talked about {number}") for number in range(_ARTICLES)]
        secret = await manager_of(database)
    names = {str(GlobalId(NodeType.ARTICLE, each.id)): each.version for each in articles}
    memory.versions |= names
    # The seed repeats a run; it hides none.
    return Room(memory, Random(seed), list(names), secret)  # noqa: S311 - to repeat a run, not to hide one


async def campaign(url: str, folder: Path, plan: Plan) -> Report:
    """Let people talk while servers die; a report of what was found.

    Args:
        url: a database without content.
        folder: for logs; empty.
        plan: see there.
    """
    report = Report()
    room = await prepare(url, report.memory, plan.seed)
    pair = Pair(url, folder, room.random)
    try:
        await pair.revived()
        async with httpx2.AsyncClient(timeout=_ANSWER_SECONDS) as client:
            for number in range(1, plan.rounds + 1):
                is_last = number == plan.rounds
                await _round(client, pair, room, plan, plan.acts * number // plan.rounds)
                if is_last:
                    await spoken_for(client, await pair.open(), report.memory)
                report.note(await _judged(url, report, plan.sabotage if is_last else None))
    finally:
        pair.stop()
        report.kills = pair.kills
    report.note(Broken(Promise.FAULT, "logs_are_clean", line) for line in faults_in(folder))
    return report


async def _round(client: httpx2.AsyncClient, pair: Pair, room: Room, plan: Plan, until: int) -> None:
    """Go on until so many acts were begun and all are answered, and both servers live."""
    share = until - room.memory.sent
    pair.plan_deaths(room.random.randint(1, max(1, share * 9 // 10)) for _ in range(plan.kills))
    speakers = (keep_talking(client, pair, room, f"w{each}", until) for each in range(plan.speakers))
    await asyncio.gather(*speakers)
    await pair.revived()


async def _judged(url: str, report: Report, sabotage: Break | None) -> list[Broken]:
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        if sabotage is not None:
            await sabotage.act(database, report.memory)
        stored = await look()
        report.see(stored)
        return broken(Evidence(report.memory, stored))
