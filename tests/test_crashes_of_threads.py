"""Servers that are killed while readers talk: threads keep their shape, counts are right, nothing is lost or twice.

`make crash-comments` does 10,000 things on each database.
"""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from bench.crash.comments.acts import BEHIND_A_PROXY, Act, Answer, Verb
from bench.crash.comments.breaking import BREAKS, Break
from bench.crash.comments.campaign import Plan, Report, campaign, prepare
from bench.crash.comments.memory import Memory
from bench.crash.comments.promises import CHECKS, Evidence, broken
from bench.crash.comments.speakers import keep_talking, spoken_for
from bench.crash.comments.stored import Stored, look
from bench.databases import SECRET_KEY
from cms.app import create_app
from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect, open_database, transaction
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.models import Idempotency
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.serving import listening, settings_for

pytestmark = pytest.mark.asyncio

ACTS = 260
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FAULT = '{"level": "error", "event": "planted"}'


class OneDoor:
    """A server that nobody kills."""

    def __init__(self, host: str) -> None:
        self._url = f"http://{host}"

    async def open(self) -> str:
        """Where it is asked."""
        return self._url

    def answered(self) -> None:
        """Nobody dies of it."""


async def test_servers_that_are_killed_have_kept_their_word(database_url: str, tmp_path: Path) -> None:
    """A reader's comment would be gone or there twice, hang under another one, or be counted wrongly for ever."""
    (tmp_path / "planted.log").write_text(FAULT)

    report = await campaign(database_url, tmp_path, Plan(acts=200, rounds=1, kills=1))

    # What a server took for a fault is found where nobody was told of it; nothing else is.
    assert [str(each) for each in report.broken] == [f"faults: {FAULT} (logs_are_clean)"]
    assert report.memory.sent == 200
    assert report.kills in {1, 2}
    assert len(report.memory.kept) >= 80
    assert len(report.memory.tokens) >= 20


@pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)
async def test_every_check_finds_its_broken_twin(database_url: str, tmp_path: Path) -> None:
    """A check that never finds anything proves nothing, however often servers are killed."""
    memory = Memory()
    await _talked(database_url, tmp_path, memory)

    async with open_database(database_url, MODEL_MODULES, MIGRATIONS) as database:
        unharmed = await _found(memory)
        found = {each.name: await _found_with(database, memory, each) for each in BREAKS}

    assert unharmed == set()
    assert [each.name for each in BREAKS if each.check.__name__ not in found[each.name]] == []
    assert [check for _, check in CHECKS] == [each.check for each in BREAKS]


async def test_whoever_asks_again_is_told_the_same() -> None:
    """A server that posts a comment anew for each time it is asked would be believed."""
    memory, comment = Memory(), new_id()
    act = Act(verb=Verb.FLAG, key="w0-1", variables={"id": str(GlobalId(NodeType.COMMENT, comment))})
    first = Answer(nodes=(comment,), events={"COMMENT_FLAGGED": 1}, token="once")  # noqa: S106 - of nobody
    memory.note(act, first)

    memory.compare(act, replace(first, token=None))
    memory.compare(act, replace(first, token=None, nodes=()))
    assert memory.faults == []

    memory.compare(act, first)
    memory.compare(act, replace(first, token=None, events={}))
    memory.compare(act, replace(first, token=None, code="NOT_FOUND"))
    memory.compare(act, replace(first, token=None, nodes=(new_id(),)))
    assert (len(memory.faults), memory.replayed) == (4, 6)


async def test_what_was_done_unseen_was_done_before_it_was_sent_again() -> None:
    """The campaign would boast of crashes between a commit and its answer, of which there were none."""
    report, moment = Report(), now()
    for key, resent_at in (("a", moment), ("b", moment), ("c", moment - DAY), ("d", None)):
        report.memory.note(Act(verb=Verb.DELETE, key=key, variables={}), Answer(), resent_at)
    done = [Idempotency(key=key, at=moment - HOUR) for key in "abcd"]

    report.see(Stored(articles={}, comments={}, flags=[], reactions=[], decisions=[], events={}, replays=done))

    assert report.done_unseen == 2


async def _talked(url: str, folder: Path, memory: Memory) -> None:
    """Some of everything that people do, without a crash; and their tokens find what they wrote, and others nothing."""
    room = await prepare(url, memory, seed=1)
    settings = settings_for(url, folder, secret_key=SECRET_KEY, trusted_proxies=tuple(BEHIND_A_PROXY.values()))
    async with listening(create_app(settings), settings) as host, httpx2.AsyncClient() as client:
        door = OneDoor(host)
        await keep_talking(client, door, room, "w0", ACTS)
        spoiled, token = next(iter(memory.tokens.items()))
        memory.tokens[spoiled] = f"{token[:-1]}{'0' if token[-1] != '0' else '1'}"
        await spoken_for(client, await door.open(), memory)
        assert memory.deaf == [spoiled]
        memory.tokens[spoiled] = token
        await spoken_for(client, await door.open(), memory)


async def _found_with(database: Database, memory: Memory, sabotage: Break) -> set[str]:
    """The checks that find something once something was broken; it is whole again afterwards."""
    harmed = deepcopy(memory)
    async with transaction(database) as client:
        await sabotage.act(database, harmed)
        found = await _found(harmed)
        await client.rollback()
    return found


async def _found(memory: Memory) -> set[str]:
    return {each.check for each in broken(Evidence(memory, await look()))}
