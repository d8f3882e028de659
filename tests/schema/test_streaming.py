"""Event streams, said to a real server as clients of that protocol and browsers say it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2
import orjson
import pytest
import pytest_asyncio
from starlette.types import Message
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from cms.accounts.identity import KEPT
from cms.accounts.tokens import create_token
from cms.app import create_app, open_reader
from cms.comments.actions import post_comment
from cms.comments.drafts import CommentDraft, Guest
from cms.kernel.comment_policy import CommentModeration
from cms.kernel.database import Database, Dialect
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.limits import Limits
from cms.kernel.secrecy import use_secret
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope
from cms.site.models import Site
from schema import streaming
from schema.edge import asked
from schema.http import JSON, RESPONSE_JSON, accepts
from schema.live import RENEWED_SECONDS
from schema.schema import ANYBODY, Asking, MastheadSchema
from schema.streaming import EventStream
from tests.articles.world import a_public_article, found
from tests.schema.verbs import literal
from tests.seed.sample import SECRET
from tests.serving import ASK_SITE, SITE, TRANSPORT, fill, hear, listening, settings_for, subscribe

pytestmark = pytest.mark.asyncio

on_sqlite = pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)
MODERATE = 'mutation { moderateComments(ids: ["%s"], action: %s) { errors { message } } }'
REVOKE = "mutation { revokeApiToken(id: %s) { deletedId errors { message } } }"
NAMED = "text/event-stream"
Event = dict[str, str]


@dataclass
class World:
    """A comment below an article, and two programs: one that runs the place, one that moderates."""

    article_id: str = ""
    comment_id: str = ""
    program: str = ""
    moderator: str = ""
    moderator_id: str = ""

    async def make(self, database: Database) -> None:
        """Put it into an empty database."""
        use_secret(SECRET)
        await found(database)
        await Site.all().update(comments_moderation=CommentModeration.AFTER_PUBLICATION)
        article = await a_public_article(database)
        draft = CommentDraft(article_id=article.id, body="Well said.", guest=Guest("Ines", "ines@mail.example.org"))
        comment = (await post_comment(database, ANONYMOUS, draft)).comment
        self.article_id = str(GlobalId(NodeType.ARTICLE, article.id))
        self.comment_id = str(GlobalId(NodeType.COMMENT, comment.id))
        _, self.program = await create_token(database, SYSTEM, "program", list(Scope))
        token, self.moderator = await create_token(database, SYSTEM, "moderator", [Scope.COMMENTS_MODERATE])
        self.moderator_id = str(GlobalId(NodeType.API_TOKEN, token.id))

    @property
    def below(self) -> str:
        """A subscription to the comments of the article."""
        return (
            f"subscription {{ commentEvents(articleId: {literal(self.article_id)}) {{ kind comment {{ status }} }} }}"
        )


QUEUE = "subscription { moderationQueue { kind } }"


@dataclass
class Server:
    """A real server over that world."""

    world: World
    address: str
    client: httpx2.AsyncClient

    async def ask(self, query: str, **headers: str) -> httpx2.Response:
        """The answer to a POST."""
        return await self.client.post("/graphql", json={"query": query}, headers=_headers(headers))

    async def run(self, query: str) -> Any:  # noqa: ANN401 - JSON
        """What the program that runs the place is answered; nothing may be wrong with it."""
        answer = (await self.ask(query, authorization=f"Bearer {self.world.program}")).json()
        assert "errors" not in answer
        return answer["data"]

    async def decide(self, *actions: str) -> None:
        """Decide about the comment, several times over."""
        for action in actions:
            await self.run(MODERATE % (self.world.comment_id, action))

    @asynccontextmanager
    async def stream(self, query: str, **headers: str) -> AsyncIterator["Stream"]:
        """A stream of answers, begun."""
        given = {"accept": NAMED, **_headers(headers)}
        async with self.client.stream("POST", "/graphql", json={"query": query}, headers=given) as response:
            yield Stream(response)


def _headers(given: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in given.items()}


class Stream:
    """What a server sends, event by event."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def event(self) -> Event | None:
        """The next event, by its fields (a comment under an empty name); None at the end."""
        found: Event = {}
        with suppress(StopAsyncIteration):
            while line := await asyncio.wait_for(anext(self._lines), 5):
                name, _, value = line.partition(":")
                found[name] = value.strip()
            return found
        return None

    async def told(self, count: int) -> list[Any]:
        """The data of the next so many events that have any."""
        data: list[Any] = []
        while len(data) < count:
            event = await self.event()
            assert event is not None
            if event.get("data"):
                data.append(orjson.loads(event["data"]))
        return data


@asynccontextmanager
async def serving(url: str, world: World, folder: Path, **given: Any) -> AsyncIterator[Server]:  # noqa: ANN401 - settings
    """A server over a world that stands in the database already."""
    settings = settings_for(url, folder, **given)
    async with (
        listening(create_app(settings), settings) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=20) as client,
    ):
        yield Server(world, address, client)


@pytest_asyncio.fixture
async def world(database_url: str) -> World:
    """The world, in the database."""
    made = World()
    await fill(database_url, made.make)
    return made


@pytest_asyncio.fixture
async def server(database_url: str, world: World, tmp_path: Path) -> AsyncIterator[Server]:
    """A server with the limits as they are."""
    async with serving(database_url, world, tmp_path) as opened:
        yield opened


# What is sent


async def test_a_subscriber_is_told_as_things_happen(server: Server) -> None:
    """Readers would see comments when they load the page anew."""
    async with server.stream(server.world.below) as stream:
        begun = await stream.event()
        await server.decide("REJECT")
        removed = await stream.event()
        await server.decide("APPROVE")
        added = await stream.event()

    assert (stream.response.status_code, stream.response.headers["content-type"]) == (200, f"{NAMED}; charset=utf-8")
    assert (stream.response.headers["cache-control"], stream.response.headers["x-accel-buffering"]) == (
        "no-store",
        "no",
    )
    assert begun is not None
    assert removed is not None
    assert added is not None
    assert begun.keys() == {"id"}
    assert len({begun["id"], removed.pop("id"), added.pop("id")}) == 3
    assert removed == {"event": "next", "data": '{"data":{"commentEvents":{"kind":"REMOVED","comment":null}}}'}
    assert added == {
        "event": "next",
        "data": '{"data":{"commentEvents":{"kind":"ADDED","comment":{"status":"APPROVED"}}}}',
    }


@on_sqlite
async def test_a_browser_comes_back_to_where_it_was(server: Server) -> None:
    """`EventSource` sends GET, and the last id when its line was cut: it would miss what was said meanwhile."""
    address = httpx2.URL("/graphql", params={"query": server.world.below})
    async with server.client.stream("GET", address, headers={"accept": NAMED}) as response:
        begun = await Stream(response).event()
    await server.decide("REJECT", "APPROVE")
    last = {"accept": NAMED, "last-event-id": (begun or {})["id"]}
    async with server.client.stream("GET", address, headers=last) as response:
        told = await Stream(response).told(2)

    assert [each["data"]["commentEvents"]["kind"] for each in told] == ["REMOVED", "ADDED"]


@on_sqlite
async def test_other_operations_have_one_answer_and_an_end(server: Server) -> None:
    """A client that has one way for everything could not tell that there is nothing more."""
    async with server.stream(ASK_SITE) as stream:
        events = [await stream.event() for _ in range(3)]
    async with server.stream(QUEUE) as refused:
        (told,) = await refused.told(1)
        end = await refused.event()

    assert events[0] is not None
    assert orjson.loads(events[0].pop("data")) == SITE
    assert events == [{"event": "next"}, {"event": "complete", "data": ""}, None]
    assert ([error["extensions"]["code"] for error in told["errors"]], end) == (["FORBIDDEN"], events[1])


@on_sqlite
async def test_a_quiet_stream_is_kept_alive(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would cut it after half a minute, and the client come back for nothing, over and over."""
    monkeypatch.setattr(streaming, "_BREATH_SECONDS", 0.02)
    async with server.stream(server.world.below) as stream:
        events = [await stream.event() for _ in range(5)]
        await server.decide("REJECT")
        told = await stream.told(1)

    # A server that is busy breathes before it begins.
    assert sorted("".join(event or "nothing") for event in events) == ["", "", "", "", "id"]
    assert told[0]["data"]["commentEvents"]["kind"] == "REMOVED"


# Who gets one


@on_sqlite
async def test_a_stream_is_for_those_who_ask_for_one(server: Server) -> None:
    """Clients that accept everything would get a stream for a query, or nothing they can read for a subscription."""
    many = f"{RESPONSE_JSON}, {JSON}, {NAMED}"
    query, plain = await server.ask(ASK_SITE, accept=many), await server.ask(server.world.below)
    endless = await server.ask(server.world.below, accept=f"{',' * 1024}{NAMED}")
    async with server.stream(server.world.below, accept=many.upper()) as stream:
        begun = await stream.event()
    change = MODERATE % (server.world.comment_id, "REJECT")
    address = httpx2.URL("/graphql", params={"query": change})
    got = await server.client.get(address, headers={"accept": NAMED, "authorization": f"Bearer {server.world.program}"})
    bad = await server.ask(server.world.below, accept=NAMED, authorization="Bearer nobody")

    assert (query.headers["content-type"], query.json()) == (RESPONSE_JSON, SITE)
    assert (plain.status_code, plain.json()["errors"][0]["extensions"]["code"]) == (406, "NOT_ACCEPTABLE")
    # Nobody reads 32 KiB of commas; a browser's own wishes take 130 bytes.
    assert endless.status_code == 406
    assert stream.response.headers["content-type"].startswith(NAMED)
    assert begun is not None
    assert "A mutation cannot be run this way." in got.text
    assert (bad.status_code, bad.headers["content-type"]) == (401, JSON)


@pytest.mark.parametrize(
    ("accept", "kinds", "answer"),
    [
        ("text/event-stream", (NAMED,), True),
        ("text/event-stream", (JSON,), False),
        ("*/*", (NAMED,), True),
        ("text/*", (NAMED,), True),
        ("text/*", (JSON,), False),
        ("application/json, text/event-stream;q=0", (NAMED,), False),
        ("text/event-stream, application/*;q=0.1", (JSON, RESPONSE_JSON), True),
        ("*/*;q=0, text/event-stream", (JSON, NAMED), True),
        ("*/*;q=0, text/event-stream", (JSON,), False),
        ("", (NAMED,), False),
        ("nonsense;q=x", (NAMED,), False),
    ],
)
async def test_what_a_client_accepts(accept: str, kinds: tuple[str, ...], *, answer: bool) -> None:
    """A media range counts for what is in it, the most specific first."""
    assert accepts(accept.encode(), *kinds) is answer


@on_sqlite
async def test_streams_and_sockets_of_an_address_count_together(
    database_url: str, world: World, tmp_path: Path
) -> None:
    """One machine could hold twice as many lines as may be, and so many more as there are ways."""
    async with serving(database_url, world, tmp_path, limits=Limits(sockets=1)) as server:
        async with server.stream(world.below) as first:
            await first.event()
            refused = await server.ask(world.below, accept=NAMED)
        again = None
        async with asyncio.timeout(5):
            while again is None or again.status_code == 429:
                async with server.client.stream(
                    "POST", "/graphql", json={"query": ASK_SITE}, headers={"accept": NAMED}
                ) as again:
                    await again.aread()

    assert refused.status_code == 429
    assert refused.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_CONNECTIONS"
    assert again.status_code == 200


# How they end


@on_sqlite
async def test_a_stopping_server_lets_go_at_once_and_claims_no_end(
    database_url: str, world: World, tmp_path: Path
) -> None:
    """Every deployment would take ten seconds longer; and told that it is complete, no phone would come back."""
    async with AsyncExitStack() as outliving:
        client = await outliving.enter_async_context(httpx2.AsyncClient(timeout=20))
        async with serving(database_url, world, tmp_path) as server:
            asking = client.stream(
                "POST", f"http://{server.address}/graphql", json={"query": world.below}, headers={"accept": NAMED}
            )
            stream = Stream(await outliving.enter_async_context(asking))
            begun, since = await stream.event(), monotonic()
        took, rest = monotonic() - since, await stream.event()

    assert begun is not None
    assert rest is None
    assert took < 5


@on_sqlite
async def test_a_client_that_leaves_while_nothing_can_be_sent_leaves_nothing_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever listens would stay in memory, and the log be watched for nobody: a quiet line is being breathed on."""
    monkeypatch.setattr(streaming, "_BREATH_SECONDS", 0.02)
    world = World()
    await world.make(database)
    blocked, leaving = asyncio.Event(), asyncio.Event()

    async def receive() -> Message:
        await leaving.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message.get("body") == streaming._BREATH:
            blocked.set()
            await asyncio.Event().wait()

    async with open_reader(database, "") as reader, aclosing(MastheadSchema(reader, database=database)) as schema:
        stream = EventStream(schema, asked({"query": world.below}), _nobody_in_particular)
        answering = asyncio.create_task(stream({"type": "http"}, receive, send))
        await asyncio.wait_for(blocked.wait(), 5)
        assert schema._streams is not None
        listeners = schema._streams.tail._listeners
        leaving.set()
        await asyncio.wait_for(answering, 5)
        left = [task.get_name() for task in asyncio.all_tasks() - {asyncio.current_task()}]

        assert (listeners, schema._streams.tail._listeners) == (1, 0)
        assert left == []


@on_sqlite
async def test_a_fault_is_masked_and_written_down(database: Database, capfd: pytest.CaptureFixture[str]) -> None:
    """The stream would end without a word, to its client and in the log, and the client come back for ever."""
    said: list[bytes] = []

    async def send(message: Message) -> None:
        said.append(message.get("body", b""))

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def fails() -> Asking:
        raise LookupError("who is this?")

    async with open_reader(database, "") as reader:
        schema = MastheadSchema(reader, database=database)
        await EventStream(schema, asked({"query": ASK_SITE}), fails)({"type": "http"}, receive, send)

    answer, *rest = [body for body in said if body]
    (error,) = orjson.loads(answer.removeprefix(b"event: next\ndata: "))["errors"]
    assert (error["message"], rest) == ("Something went wrong on our side.", [streaming._COMPLETE])
    assert "LookupError: who is this?" in "".join(capfd.readouterr())


async def _nobody_in_particular() -> Asking:
    return ANYBODY


@on_sqlite
async def test_a_revoked_token_ends_its_subscriptions_within_five_seconds(server: Server) -> None:
    """Whoever stole a token would go on reading what it opens."""
    assert timedelta(seconds=RENEWED_SECONDS) + KEPT <= timedelta(seconds=4)
    credential = {"authorization": f"Bearer {server.world.moderator}"}
    async with (
        server.stream(QUEUE, **credential) as stream,
        connect(f"ws://{server.address}/graphql", subprotocols=[Subprotocol(TRANSPORT)]) as socket,
    ):
        await stream.event()
        await socket.send(orjson.dumps({"type": "connection_init", "payload": credential}).decode())
        await hear(socket)
        asking = asyncio.create_task(subscribe(socket, QUEUE))
        since = monotonic()
        await server.run(REVOKE % literal(server.world.moderator_id))
        (told,) = await stream.told(1)
        with pytest.raises(ConnectionClosed) as closed:
            await asking
        took = monotonic() - since

    assert told["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
    assert took < 5
