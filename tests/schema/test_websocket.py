"""GraphQL over WebSocket, where it differs from HTTP: who asks, what a message may be, how much is too much.

What is said to one endpoint on a real server, whose credentials are the test's own.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import Message
from starlette.types import Scope as AsgiScope
from strawberry.asgi import GraphQL
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from cms.app import open_reader
from cms.kernel.database import Database, Dialect, open_database
from cms.kernel.limits import DEFAULT_LIMITS, Limits
from cms.kernel.settings import Settings
from cms.kernel.viewer import Scope, Viewer
from cms.reading.assembling import Row
from cms.reading.sqlite_runner import SqliteRunner
from cms.tables import MIGRATIONS, MODEL_MODULES
from schema.answering import Errors
from schema.connections import Connections, block_of
from schema.edge import Edge, Question, Unacceptable
from schema.schema import MastheadSchema, Renew
from schema.websocket import Sockets
from tests.articles.world import a_public_article, an_article, found
from tests.serving import ASK_SITE, SITE, TRANSPORT, fill, hear, listening, say, subscribe

pytestmark = pytest.mark.asyncio

INIT = {"type": "connection_init"}
ACK = {"type": "connection_ack"}
PREVIEW = "Bearer of previews"
COUNT = "{ articles { totalCount } }"
LONGER = 1.4

on_sqlite = pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)


async def _world(database: Database) -> None:
    """A site with two articles, one of which readers see."""
    await found(database)
    await a_public_article(database)
    await an_article(database, "The ferry sinks")


@dataclass
class Serving:
    """An endpoint on a real server."""

    address: str
    sockets: Sockets
    known: dict[str, Viewer]

    def connect(self, protocol: str = TRANSPORT, **given: Any) -> connect:  # noqa: ANN401 - options of the client
        """A connection to it, to be entered."""
        return connect(f"ws://{self.address}/graphql", subprotocols=[Subprotocol(protocol)], **given)

    async def open(self) -> ClientConnection:
        """A connection to it that was acknowledged."""
        connection = await self.connect()
        await say(connection, INIT)
        assert await hear(connection) == ACK
        return connection

    async def close_of(self, *messages: object, **given: Any) -> tuple[int | None, str | None]:  # noqa: ANN401 - as above
        """How the server ends a connection over which these messages are sent; strings are sent as they are."""
        async with self.connect(**given) as connection:
            for message in messages:
                await connection.send(message if isinstance(message, str) else json.dumps(message))
            with suppress(ConnectionClosed):
                while True:
                    await asyncio.wait_for(connection.recv(), 5)
        return connection.close_code, connection.close_reason


@asynccontextmanager
async def _serving(url: str, limits: Limits = DEFAULT_LIMITS, kind: type[Sockets] = Sockets) -> AsyncIterator[Serving]:
    known = {PREVIEW: Viewer(frozenset({Scope.CONTENT_PREVIEW}), actor="token:preview")}

    async def identify(credential: str) -> Viewer:
        if credential not in known:
            raise Unacceptable("The credential is not valid.", 401, "UNAUTHENTICATED")
        return known[credential]

    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database, open_reader(database, "", limits) as reader:
        connections = Connections(limits.sockets)
        sockets = kind(MastheadSchema(reader), edge=Edge(limits), connections=connections, identify=identify)
        app = Starlette(routes=[WebSocketRoute("/graphql", sockets)])
        async with listening(app, Settings(limits=limits)) as address:
            yield Serving(address, sockets, known)


@pytest_asyncio.fixture
async def url(database_url: str) -> str:
    """A database with the site and its articles."""
    await fill(database_url, _world)
    return database_url


@pytest_asyncio.fixture
async def serving(url: str) -> AsyncIterator[Serving]:
    """An endpoint with the limits as they are."""
    async with _serving(url) as opened:
        yield opened


def _told(message: Any) -> Any:  # noqa: ANN401 - a message, as JSON has it
    """A message without the ids of requests."""
    for error in message["payload"] if message["type"] == "error" else ():
        error["extensions"].pop("requestId")
        error.pop("locations", None)
    return message


def _error(text: str, code: str, identifier: str = "1", **extensions: object) -> dict[str, object]:
    error = {"message": text, "extensions": {"code": code, **extensions}}
    return {"id": identifier, "type": "error", "payload": [error]}


# Who asks


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        (None, 1),
        ({}, 1),
        ({"perspective": "published"}, 1),
        ({"authorization": PREVIEW}, 1),
        ({"authorization": PREVIEW, "perspective": "PUBLISHED"}, 1),
        ({"authorization": PREVIEW, "perspective": "draft"}, 2),
        ({"authorization": PREVIEW, "perspective": "Draft"}, 2),
        ({"Authorization": PREVIEW, "Perspective": "draft"}, 2),
        ({"headers": {"Authorization": PREVIEW, "X-CMS-Perspective": "draft"}}, 2),
    ],
)
async def test_the_first_message_says_who_asks_and_for_what(
    serving: Serving, payload: dict[str, str] | None, answer: int
) -> None:
    """A preview would show what everybody sees; or everybody the drafts."""
    async with serving.connect() as connection:
        await say(connection, INIT if payload is None else {**INIT, "payload": payload})
        assert await hear(connection) == ACK
        told = await subscribe(connection, COUNT)

    assert told == {"id": "1", "type": "next", "payload": {"data": {"articles": {"totalCount": answer}}}}


@on_sqlite
async def test_the_price_is_told_to_those_who_want_it(serving: Serving) -> None:
    """What one transport tells, another would keep to itself."""
    async with serving.connect() as connection:
        await say(connection, {**INIT, "payload": {"X-CMS-Cost": "1"}})
        assert await hear(connection) == ACK
        told = await subscribe(connection, COUNT)

    assert told["payload"]["extensions"]["cost"]["estimated"]["objects"] == 2 + 86


@on_sqlite
async def test_drafts_are_not_for_everybody(serving: Serving) -> None:
    """Saying `draft` would be all it takes."""
    async with serving.connect() as connection:
        await say(connection, {**INIT, "payload": {"perspective": "draft"}})
        assert await hear(connection) == ACK
        told = await subscribe(connection, COUNT)

    assert told["type"] == "error"
    assert [error["extensions"]["code"] for error in told["payload"]] == ["FORBIDDEN"]


@on_sqlite
@pytest.mark.parametrize("credential", ["", "Bearer", "Bearer of nothing", PREVIEW.lower()])
async def test_a_bad_credential_is_not_nobody(serving: Serving, credential: str) -> None:
    """A program whose token has run out would get what strangers get, and take it for everything there is."""
    assert await serving.close_of({**INIT, "payload": {"authorization": credential}}) == (4403, "Forbidden")


@on_sqlite
async def test_a_bad_credential_is_found_wherever_clients_put_it(serving: Serving) -> None:
    """Overlooked, it would make an anonymous reader of a program that said who it is."""
    bad = "Bearer of nothing"
    for payload in ({"Authorization": bad}, {"AUTHORIZATION": bad}, {"headers": {"Authorization": bad}}):
        assert await serving.close_of({**INIT, "payload": payload}) == (4403, "Forbidden")
    with_handshake = {"additional_headers": {"Authorization": bad}}
    assert await serving.close_of(INIT, **with_handshake) == (4403, "Forbidden")


@on_sqlite
async def test_a_good_credential_may_come_with_the_handshake(serving: Serving) -> None:
    """Programs that set headers for every transport would be anonymous over this one."""
    headers = {"Authorization": PREVIEW, "X-CMS-Perspective": "draft"}
    async with serving.connect(additional_headers=headers) as connection:
        await say(connection, INIT)
        assert await hear(connection) == ACK
        told = await subscribe(connection, COUNT)

    assert told["payload"] == {"data": {"articles": {"totalCount": 2}}}


@on_sqlite
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (None, "The payload must be an object."),
        ([], "The payload must be an object."),
        ("Bearer", "The payload must be an object."),
        ({"authorization": None}, "authorization must be a string."),
        ({"authorization": 3}, "authorization must be a string."),
        ({"authorization": [PREVIEW]}, "authorization must be a string."),
        ({"perspective": None}, "The perspective is published or draft."),
        ({"perspective": ["draft"]}, "The perspective is published or draft."),
        ({"perspective": ""}, "The perspective is published or draft."),
        ({"perspective": "drafts"}, "The perspective is published or draft."),
    ],
)
async def test_an_introduction_of_another_shape_is_refused(serving: Serving, payload: object, reason: str) -> None:
    """Whoever mistypes who they are would be answered as somebody else."""
    assert await serving.close_of({**INIT, "payload": payload}) == (4400, reason)


@on_sqlite
async def test_a_credential_that_is_revoked_is_refused_on_open_sockets(serving: Serving) -> None:
    """Whoever keeps a socket open would keep what was taken from them."""
    async with serving.connect() as connection:
        await say(connection, {**INIT, "payload": {"authorization": PREVIEW, "perspective": "draft"}})
        assert await hear(connection) == ACK
        before = await subscribe(connection, COUNT)
        assert (await hear(connection))["type"] == "complete"
        serving.known.clear()
        with pytest.raises(ConnectionClosed):
            await subscribe(connection, COUNT)

    assert before["payload"] == {"data": {"articles": {"totalCount": 2}}}
    assert (connection.close_code, connection.close_reason) == (4403, "Forbidden")


# What a message may be


#: Messages that JSON's readers read differently, or that have a shape of their own; and why each is refused.
DOUBTFUL = {
    '{"type":"ping","type":"ping"}': "The message holds the same key twice.",
    '{"type":"ping","payload":{"a":1,"\\u0061":2}}': "The message holds the same key twice.",
    '{"type":"ping","payload":{"a":%s}}' % ("[" * 40 + "]" * 40): "The message is nested deeper than 32 levels.",
    '{"type":"ping","payload":{"a":%s}}' % ("9" * 20): "The message holds a number of more than 19 digits.",
    '{"type":"ping","payload":{"a":"\\u0000"}}': "The message holds the character U+0000.",
    '{"type":"ping","payload":{"a":"\\ud800"}}': "The message is not JSON.",
    '{"type":"ping","payload":{"a":NaN}}': "The message is not JSON.",
    '{"type":"ping","payload":[1]}': "The payload must be an object.",
    '{"type":"ping","payload":"a"}': "The payload must be an object.",
    '{"type":"ping","id":1}': "The id must be a string that is not empty.",
}


@on_sqlite
@pytest.mark.parametrize("message", DOUBTFUL)
async def test_a_doubtful_message_is_refused(serving: Serving, message: str) -> None:
    """What is refused over HTTP would come in by this door."""
    assert await serving.close_of(INIT, message) == (4400, DOUBTFUL[message])


@on_sqlite
async def test_strawberry_alone_takes_them_all(serving: Serving) -> None:
    """The table would show nothing."""
    stock: GraphQL[None, None] = GraphQL(serving.sockets.schema, subscription_protocols=(TRANSPORT,))
    async with (
        listening(Starlette(routes=[WebSocketRoute("/graphql", stock)])) as address,
        connect(f"ws://{address}/graphql", subprotocols=[Subprotocol(TRANSPORT)]) as connection,
    ):
        for message in DOUBTFUL:
            await connection.send(message)

        assert [json.loads(await connection.recv()) for _ in DOUBTFUL] == [{"type": "pong"}] * len(DOUBTFUL)


@on_sqlite
@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("[]", "Send messages of graphql-transport-ws."),
        ('{"type":["ping"]}', "Send messages of graphql-transport-ws."),
        ('{"type":"%s"}' % ("x" * 1000), "Send messages of graphql-transport-ws."),
        ('{"type":"complete","id":""}', "The id must be a string that is not empty."),
        ('{"type":"subscribe","id":"1","payload":{}}', "Send a query."),
        ('{"type":"subscribe","id":"","payload":{"query":"{ a }"}}', "The id must be a string that is not empty."),
        ('{"type":"subscribe","id":"1","payload":{"query":"{ a }","extensions":[]}}', "extensions must be an object."),
        ('{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":"{}"}}', "variables must be an object."),
    ],
)
async def test_a_refusal_says_why_in_words_of_ours(serving: Serving, message: str, reason: str) -> None:
    """Whoever writes a client would have to guess; and a reason longer than 123 bytes ends in a fault of ours."""
    assert await serving.close_of(INIT, message) == (4400, reason)


@on_sqlite
async def test_a_message_beyond_its_size_is_refused(url: str) -> None:
    """One client could fill the memory."""
    async with _serving(url, Limits(socket_frame_bytes=1000)) as serving:
        fits = await serving.open()
        await say(fits, {"type": "ping", "payload": {"x": "y" * 900}})
        assert await hear(fits) == {"type": "pong"}
        await fits.close()
        code, _ = await serving.close_of(INIT, {"type": "ping", "payload": {"x": "y" * 1000}})

    assert code == 1009


# The order of messages


@on_sqlite
async def test_an_introduction_comes_once(serving: Serving) -> None:
    """A page could become somebody else in the middle of its questions."""
    assert await serving.close_of(INIT, INIT) == (4429, "Too many initialisation requests")


@on_sqlite
@pytest.mark.parametrize("name", ["1", "x" * 1000])
async def test_an_id_names_one_operation(serving: Serving, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Nobody could tell whose answer comes; and with a long id Strawberry's reason ends in a fault of ours."""
    asked = {"type": "subscribe", "id": name, "payload": {"query": ASK_SITE}}

    assert await serving.close_of(INIT, asked, asked) == (4409, "There is an operation of this id already.")
    assert "Traceback" not in "".join(capfd.readouterr())


@on_sqlite
async def test_silence_ends_a_socket_before_its_introduction_and_not_after(url: str) -> None:
    """Silent sockets would be all that an address may have; or readers who wait for news would be cut off."""
    async with _serving(url, Limits(socket_init_seconds=1)) as serving, serving.connect() as silent:
        quiet = await serving.open()
        with suppress(ConnectionClosed):
            await asyncio.wait_for(silent.recv(), 5)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(quiet.recv(), LONGER - 1)
        told = await subscribe(quiet, ASK_SITE)
        await quiet.close()

    assert (silent.close_code, silent.close_reason) == (4408, "Connection initialisation timeout")
    assert told["payload"] == SITE


# Operations


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Statements wait for this."""
    event, rows = asyncio.Event(), SqliteRunner.rows

    async def waiting(runner: SqliteRunner, *given: Any, **named: Any) -> Sequence[Row]:  # noqa: ANN401 - whatever it takes
        await event.wait()
        return await rows(runner, *given, **named)

    monkeypatch.setattr(SqliteRunner, "rows", waiting)
    return event


@on_sqlite
async def test_so_many_operations_at_once_and_no_more(url: str, held: asyncio.Event) -> None:
    """One socket could keep any number of statements waiting; or one that asks too much would lose the others."""
    async with _serving(url, Limits(socket_operations=2)) as serving:
        connection = await serving.open()
        for name in "12":
            await say(connection, {"type": "subscribe", "id": name, "payload": {"query": ASK_SITE}})
        refused = _told(await subscribe(connection, ASK_SITE, "3"))
        held.set()
        told = [await hear(connection) for _ in range(4)]
        again = await subscribe(connection, ASK_SITE, "3")
        await connection.close()

    message = "Too many operations run at once; wait until some are complete."
    assert refused == _error(message, "TOO_MANY_OPERATIONS", "3")
    assert Counter((one["id"], one["type"]) for one in told) == Counter(
        [("1", "next"), ("1", "complete"), ("2", "next"), ("2", "complete")]
    )
    assert (again["type"], again["payload"]) == ("next", SITE)


@on_sqlite
async def test_an_operation_that_is_given_up_makes_room(url: str, held: asyncio.Event) -> None:
    """Whoever types ahead would wait for every answer that nobody wants any more."""
    async with _serving(url, Limits(socket_operations=1)) as serving:
        connection = await serving.open()
        await say(connection, {"type": "subscribe", "id": "1", "payload": {"query": COUNT}})
        await say(connection, {"type": "complete", "id": "1"})
        await say(connection, {"type": "subscribe", "id": "1", "payload": {"query": ASK_SITE}})
        held.set()
        told = [await hear(connection) for _ in range(2)]
        await connection.close()

    assert told == [{"id": "1", "type": "next", "payload": SITE}, {"id": "1", "type": "complete"}]


@on_sqlite
async def test_an_answer_that_is_too_large_is_not_sent(url: str) -> None:
    """What is too large over HTTP would be had here."""
    async with _serving(url, Limits(answer_bytes=40)) as serving:
        connection = await serving.open()
        small, ended = await subscribe(connection, "{ __typename }"), await hear(connection)
        large = _told(await subscribe(connection, ASK_SITE))
        await connection.close()

    assert (small["payload"], ended["type"]) == ({"data": {"__typename": "Query"}}, "complete")
    assert large == _error("The answer is larger than 40 bytes. Ask for less at once.", "ANSWER_TOO_LARGE")


class _Unprintable(Sockets):
    """An endpoint that finds what no JSON can say."""

    async def answers(self, question: Question, renew: Renew) -> AsyncGenerator[bytes | Errors, None]:
        async for _ in super().answers(question, renew):
            yield json.dumps({"data": object()}).encode()


@on_sqlite
async def test_a_fault_in_an_answer_is_masked_and_ends_its_operation_alone(
    url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nobody would ever know: the client would wait, and no log would say for what."""
    async with _serving(url, kind=_Unprintable) as serving:
        connection = await serving.open()
        told = [_told(await subscribe(connection, ASK_SITE)) for _ in range(2)]
        await connection.close()

    assert told == [_error("Something went wrong on our side.", "INTERNAL_SERVER_ERROR")] * 2
    assert "TypeError: Object of type object is not JSON serializable" in "".join(capfd.readouterr())


@on_sqlite
async def test_a_client_may_leave_at_any_time(
    serving: Serving, held: asyncio.Event, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every reader who closes a page would be a fault in the log, or a statement that nobody waits for."""
    connection = await serving.open()
    for name in "123":
        await say(connection, {"type": "subscribe", "id": name, "payload": {"query": ASK_SITE}})
    await connection.close()
    await _all_gone(serving)

    assert [task for task in asyncio.all_tasks() if "_Messages._run" in repr(task.get_coro())] == []
    held.set()
    assert "Traceback" not in "".join(capfd.readouterr())


# How many sockets


async def _all_gone(serving: Serving) -> None:
    """Until the server knows of no socket."""
    for _ in range(100):
        if not serving.sockets._connections._open:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 0.02)
    raise AssertionError(serving.sockets._connections._open)


@on_sqlite
async def test_so_many_sockets_from_an_address_and_no_more(url: str) -> None:
    """One machine could hold all that the server can open."""
    async with _serving(url, Limits(sockets=2)) as serving:
        first, second = await serving.open(), await serving.open()
        with pytest.raises(InvalidStatus) as refused:
            await serving.connect()
        elsewhere = await serving.connect(local_addr=("127.0.0.2", 0))
        await first.close()
        again = await serving.open()
        for connection in (second, elsewhere, again):
            await connection.close()
        await _all_gone(serving)

    response = refused.value.response
    (error,) = json.loads(response.body or b"")["errors"]
    assert (response.status_code, response.headers["content-type"]) == (429, "application/json")
    assert error["message"] == "Too many WebSockets and streams are open from your address."
    assert error["extensions"].pop("requestId")
    assert error["extensions"] == {"code": "TOO_MANY_CONNECTIONS"}


async def _leaves(serving: Serving) -> None:
    await (await serving.open()).close()


async def _breaks_off(serving: Serving) -> None:
    (await serving.open()).transport.abort()


async def _says_nonsense(serving: Serving) -> None:
    await serving.close_of("nonsense")


async def _speaks_another_protocol(serving: Serving) -> None:
    async with serving.connect("graphql-ws") as connection:
        await connection.wait_closed()


async def _comes_from_elsewhere(serving: Serving) -> None:
    with pytest.raises(InvalidStatus):
        await serving.connect(origin="https://other.example.org")


async def _says_nothing(serving: Serving) -> None:
    async with serving.connect() as connection:
        await connection.wait_closed()


@on_sqlite
@pytest.mark.parametrize(
    "end", [_leaves, _breaks_off, _says_nonsense, _speaks_another_protocol, _comes_from_elsewhere, _says_nothing]
)
async def test_a_socket_counts_no_longer_than_it_is_open(url: str, end: Callable[[Serving], Awaitable[None]]) -> None:
    """After some mistakes, an address would be shut out for as long as the server runs."""
    async with _serving(url, Limits(sockets=1, socket_init_seconds=1)) as serving:
        for _ in range(2):
            await end(serving)
            await _all_gone(serving)


@on_sqlite
async def test_a_server_that_cannot_say_why_refuses_all_the_same(url: str) -> None:
    """Not every server lets an application answer a handshake; uvicorn does."""
    told: list[Message] = []

    async def send(message: Message) -> None:
        told.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async with _serving(url, Limits(sockets=1)) as serving:
        connection = await serving.open()
        scope: AsgiScope = {"type": "websocket", "client": ("127.0.0.1", 1), "headers": []}
        await serving.sockets(scope, receive, send)
        await connection.close()

    assert told == [{"type": "websocket.close", "code": 1000, "reason": ""}]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (("192.0.2.7", 1), ("192.0.2.7", 2), True),
        (("192.0.2.7", 1), ("192.0.2.8", 1), False),
        (("2001:db8:1:2::1", 1), ("2001:db8:1:2:ffff:ffff:ffff:ffff", 1), True),
        (("2001:db8:1:2::1", 1), ("2001:db8:1:3::1", 1), False),
        (("::ffff:192.0.2.7", 1), ("192.0.2.7", 1), True),
        (("::ffff:192.0.2.7", 1), ("::ffff:192.0.2.8", 1), False),
        (("fe80::1%eth0", 1), ("fe80::2%eth0", 1), True),
        (("a-proxy's-word", 0), ("a-proxy's-word", 0), True),
        (("a-proxy's-word", 0), ("another", 0), False),
        (None, None, True),
    ],
)
async def test_what_counts_as_one_address(
    one: tuple[str, int] | None, other: tuple[str, int] | None, *, is_same: bool
) -> None:
    """Whoever has one IPv6 address has all of its block, and could open as many sockets as they like."""
    assert (block_of({"client": one}) == block_of({"client": other})) is is_same
