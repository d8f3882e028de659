"""Two servers on one database: who asks the one and who asks the other get in each other's way as if there were one."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from shutil import copyfile
from typing import Any

import httpx2
import pytest

from bench.crash.histories import missteps, overlaps, untold, versions_told
from bench.crash.ledger import Ledger
from bench.crash.processes import Server, faults_in, serve
from bench.crash.rounds import client_of, prepare
from bench.crash.stored import ArticleRows, articles_of
from bench.crash.writes import TOLD, Answer, Verb, Write, answer_of, key_in, text_of
from cms.kernel.clock import now, to_text
from cms.kernel.database import Dialect, open_database
from cms.kernel.models import Event
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.databases import postgres_database, run

pytestmark = pytest.mark.asyncio

SOON = timedelta(milliseconds=150)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two servers, the database that they share, and a token that both take."""

    servers: Sequence[Server]
    database_url: str
    secret: str
    folder: Path

    @asynccontextmanager
    async def clients(self) -> AsyncIterator[Iterator[httpx2.AsyncClient]]:
        """Clients of the one and the other server, by turns, for as long as one asks."""
        async with AsyncExitStack() as stack:
            opened = [await stack.enter_async_context(client_of(each, self.secret)) for each in self.servers]
            yield cycle(opened)

    async def stored(self, article: str) -> ArticleRows:
        """An article as it stands in the database."""
        async with open_database(self.database_url, MODEL_MODULES, MIGRATIONS):
            key = key_in(article)
            assert key is not None
            return (await articles_of(await Event.filter(node_id=key).order_by("seq")))[key]


@pytest.fixture(scope="module", params=list(Dialect), ids=str)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two servers for the tests of this module, which each write articles of their own."""
    folder = tmp_path_factory.mktemp("pair")
    if request.param is Dialect.SQLITE:
        yield from _served(
            f"sqlite://{copyfile(request.getfixturevalue('sqlite_template'), folder / 'cms.db')}", folder
        )
        return
    server, template = request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_template")
    with postgres_database(server, template) as url:
        yield from _served(url, folder)


def _served(url: str, folder: Path) -> Iterator[Pair]:
    _, secret = run(prepare(url, Ledger(), seed=1))
    servers = [serve(url, folder) for _ in range(2)]
    try:
        for each in servers:
            each.answers()
        yield Pair(servers, url, secret, folder)
    finally:
        for each in servers:
            each.stop()


async def test_of_a_hundred_saves_of_one_version_one_succeeds(pair: Pair) -> None:
    """The last to save would win without a word, and 99 people's work would be gone."""
    async with pair.clients() as clients:
        article = await _an_article(next(clients), "many-hands")
        saves = [_save(article, f"hand-{number}") for number in range(100)]
        answers = await asyncio.gather(*(_sent(next(clients), save) for save in saves))

    stored = await pair.stored(article)
    won = [save.key for save, answer in zip(saves, answers, strict=True) if answer.code is None]
    assert Counter(answer.code for answer in answers) == {None: 1, "VERSION_CONFLICT": 99}
    assert {answer.current_version for answer in answers if answer.code} == {2}
    assert [(each.number, each.title) for each in stored.revisions] == [(1, "many-hands"), (2, *won)]
    assert (stored.article.version, versions_told(stored.events)) == (2, [1, 2])
    assert faults_in(pair.folder) == []


async def test_of_ten_who_want_one_slug_one_gets_it(pair: Pair) -> None:
    """Two articles would stand at one address; or a title that is used twice would be refused."""
    async with pair.clients() as clients:
        given = [_creation(f"given-{number}", slug="the-ferry") for number in range(10)]
        told = await asyncio.gather(*(_sent(next(clients), each) for each in given))
        made = [_creation(f"made-{number}", title="The harbour") for number in range(10)]
        answers = await asyncio.gather(*(_sent(next(clients), each) for each in made))
        stored = [await pair.stored(answer.node) for answer in (*told, *answers) if answer.node]

    assert Counter(answer.code for answer in told) == {None: 1, "ALREADY_EXISTS": 9}
    assert [answer.code for answer in answers] == [None] * 10
    expected = {"the-ferry", "the-harbour", *(f"the-harbour-{number}" for number in range(2, 11))}
    assert Counter(slug for rows in stored for slug in rows.slugs) == Counter(expected)
    assert [rows.revisions[-1].slug for rows in stored] == [slug for rows in stored for slug in rows.slugs]
    assert faults_in(pair.folder) == []


async def test_a_race_of_fifty_settles_to_one_legal_history(pair: Pair) -> None:
    """Readers would see two revisions at once, or what was taken down; or be told of what did not happen."""
    async with pair.clients() as clients:
        article = await _an_article(next(clients), "contested")
        race = _Race(article, asyncio.Event())
        verbs = [Verb.PUBLISH, Verb.SCHEDULE, Verb.UNPUBLISH] * 16 + [Verb.DELETE] * 2
        answers = await asyncio.gather(
            *(race.run(next(clients), verb, f"racer-{number}") for number, verb in enumerate(verbs))
        )

    stored = await pair.stored(article)
    done = Counter(verb for verb, answer in zip(verbs, answers, strict=True) if answer.code is None)
    told = Counter(event.type for event in stored.events if not event.payload.get("planned"))
    assert {answer.code for answer in answers} <= {None, "STATE_CONFLICT", "NOT_FOUND"}
    assert done[Verb.DELETE] == 1
    assert [*missteps(stored), *overlaps(stored), *untold(stored)] == []
    assert versions_told(stored.events) == list(range(1, stored.article.version + 1))
    # Whoever published what was public already was told so, and changed nothing.
    assert told[TOLD[Verb.PUBLISH]] <= done[Verb.PUBLISH]
    assert {verb: told[TOLD[verb]] for verb in (Verb.SCHEDULE, Verb.UNPUBLISH, Verb.DELETE)} == {
        verb: done[verb] for verb in (Verb.SCHEDULE, Verb.UNPUBLISH, Verb.DELETE)
    }
    assert stored.slugs == frozenset()
    assert faults_in(pair.folder) == []


class _Race:
    """Those who do something with one article, until they are told something else than that they were too late."""

    def __init__(self, article: str, is_late: asyncio.Event) -> None:
        self._article = article
        self._is_late = is_late
        self._version = 1
        self._answered = 0

    async def run(self, client: httpx2.AsyncClient, verb: Verb, key: str) -> Answer:
        """What one of them is told in the end. Those who delete come when most have had their turn."""
        if verb is Verb.DELETE:
            await asyncio.wait_for(self._is_late.wait(), 30)
        attempt = 0
        while True:
            attempt += 1
            answer = await _sent(client, self._write(verb, f"{key}-{attempt}"))
            self._version = max(self._version, answer.version or answer.current_version or 0)
            if answer.code != "VERSION_CONFLICT":
                break
        self._answered += 1
        if self._answered == 36:
            self._is_late.set()
        return answer

    def _write(self, verb: Verb, key: str) -> Write:
        given: dict[str, Any] = {"id": self._article}
        if verb in {Verb.PUBLISH, Verb.SCHEDULE}:
            given |= {"expectedVersion": self._version}
        if verb is Verb.SCHEDULE:
            given |= {"publishAt": to_text(now() + SOON), "unpublishAt": to_text(now() + 2 * SOON)}
        return Write(verb=verb, key=key, variables=given)


async def _an_article(client: httpx2.AsyncClient, title: str) -> str:
    answer = await _sent(client, _creation(title))
    assert answer.node is not None
    return answer.node


def _creation(key: str, **given: str) -> Write:
    return Write(
        verb=Verb.CREATE, key=key, variables={"input": {"title": key, "body": {"markdown": text_of(key)}, **given}}
    )


def _save(article: str, key: str) -> Write:
    given: Mapping[str, object] = {
        "id": article,
        "expectedVersion": 1,
        "title": key,
        "body": {"markdown": text_of(key)},
    }
    return Write(verb=Verb.UPDATE, key=key, variables={"input": given})


async def _sent(client: httpx2.AsyncClient, write: Write) -> Answer:
    """What is told; a fault of the server fails the test, by being no answer (`Unanswered`)."""
    response = await client.post("/graphql", content=write.body)
    assert b"locked" not in response.content
    return answer_of(response.status_code, response.content)
