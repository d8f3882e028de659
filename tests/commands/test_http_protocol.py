"""The server's patience: clients that do not go on are let go, and nobody else is.

Everything is said over plain sockets to a real server, whose limits of time are a second each. What uvicorn alone would
do is held beside it: a check that it passes too would prove nothing.
"""

import asyncio
import json
import pickle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from cms.commands.http_protocol import MOST_HEAD_BYTES
from cms.commands.serving import server_options
from cms.kernel.limits import Limits
from cms.kernel.settings import Settings
from tests.commands.patience import LONGER, MUCH_LONGER, SETTINGS, get, let_pass
from tests.serving import listening

pytestmark = pytest.mark.asyncio

# The application


async def _hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


async def _echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


async def _long(request: Request) -> Response:
    """Takes longer than any client may, to answer what it has read."""
    await request.body()
    await let_pass(LONGER)
    return PlainTextResponse("at last")


async def _very_long(request: Request) -> Response:
    """Takes longer than two parts of a request may."""
    await request.body()
    await let_pass(MUCH_LONGER)
    return PlainTextResponse("at very last")


async def _late_reader(request: Request) -> Response:
    """Has something else to do before it reads."""
    await let_pass(LONGER)
    return PlainTextResponse(f"{len(await request.body())} bytes")


async def _hasty(_request: Request) -> Response:
    """Answers without reading."""
    return PlainTextResponse("too much", 413)


async def _stream(_request: Request) -> Response:
    """Begins its answer, and does not end it in time."""

    async def parts() -> AsyncIterator[str]:
        yield "first"
        await let_pass(MUCH_LONGER)
        yield "second"

    return StreamingResponse(parts())


async def _headers(request: Request) -> Response:
    await request.body()
    return JSONResponse([name for name, _ in request.headers.items()])


async def _client(request: Request) -> Response:
    return PlainTextResponse(request.client.host if request.client else "nobody")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(await socket.receive_text())


async def _turned_away(socket: WebSocket) -> None:
    await socket.send_denial_response(PlainTextResponse("too many", 429))


ROUTES = {
    "/hello": _hello,
    "/echo": _echo,
    "/long": _long,
    "/very-long": _very_long,
    "/late-reader": _late_reader,
    "/hasty": _hasty,
    "/stream": _stream,
    "/headers": _headers,
    "/client": _client,
}
APP = Starlette(
    routes=[
        *(Route(path, answer, methods=["GET", "POST"]) for path, answer in ROUTES.items()),
        WebSocketRoute("/socket", _socket),
        WebSocketRoute("/turned-away", _turned_away),
    ]
)


@pytest_asyncio.fixture
async def address() -> AsyncIterator[str]:
    """Where our server listens."""
    async with listening(APP, SETTINGS) as where:
        yield where


@pytest_asyncio.fixture
async def stock() -> AsyncIterator[str]:
    """Where uvicorn listens with its own protocol."""
    async with listening(APP, SETTINGS, http=HttpToolsProtocol) as where:
        yield where


# The client


def _post(path: str, size: int) -> bytes:
    """The head of a POST."""
    return b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % (path.encode(), size)


def _post_chunks(path: str) -> bytes:
    return b"POST %s HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" % path.encode()


def _expecting(head: bytes) -> bytes:
    """The same, by a client that waits to be told before it sends the body."""
    return head.replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n\r\n")


def _head_of(size: int, method: str = "GET", path: str = "/hello") -> bytes:
    """A request whose address and headers have so many bytes together; a POST is to have a body of five."""
    lines = b"content-length: 5\r\nx: " if method == "POST" else b"x: "
    rest = b"y" * (size - len(path) - len(lines) - len(b"\r\n"))
    return b"%s %s HTTP/1.1\r\n%s%s\r\n\r\n" % (method.encode(), path.encode(), lines, rest)


@asynccontextmanager
async def _connected(address: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> str:
    """The next answer: its status, and its text or the code of its error."""
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode().lower()
    status, *lines = head.splitlines()
    headers = dict(line.split(": ", 1) for line in lines if line)
    body = await asyncio.wait_for(reader.readexactly(int(headers.get("content-length", 0))), 5)
    text = body.decode() if headers.get("content-type") != "application/json" else _code(body)
    return f"{status.split()[1]} {text}".rstrip()


def _code(body: bytes) -> str:
    (error,) = json.loads(body)["errors"]
    code: str = error["extensions"]["code"]
    return code


async def _answers(reader: asyncio.StreamReader) -> list[str]:
    """All answers until the server closes the connection."""
    told = []
    with suppress(asyncio.IncompleteReadError):
        while True:
            told.append(await _answer(reader))
    return told


async def _until_let_go(address: str, first: bytes, more: bytes) -> list[str] | None:
    """What a client is told who says something first, and something more ten times a second; None if it may stay."""
    async with _connected(address) as (reader, writer):
        writer.write(first)
        told = asyncio.ensure_future(_answers(reader))
        for _ in range(int(MUCH_LONGER * 10)):
            done, _ = await asyncio.wait([told], timeout=0.1)
            if done:
                return told.result()
            writer.write(more)
        told.cancel()
        return None


async def _told(address: str, said: bytes) -> list[str]:
    """What a client is told until the server closes the connection."""
    async with _connected(address) as (reader, writer):
        writer.write(said)
        return await _answers(reader)


# Clients that do not go on

UPGRADE = b"GET /socket HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
#: What a client says first and then again and again, and what it is told.
SLOW: dict[str, tuple[bytes, bytes, list[str]]] = {
    "nothing": (b"", b"", []),
    "empty lines": (b"\r\n", b"\r\n", []),
    "half a request line": (b"GE", b"", ["408 REQUEST_TIMEOUT"]),
    "a head without an end": (b"GET / HTTP/1.1\r\n", b"a: b\r\n", ["408 REQUEST_TIMEOUT"]),
    "the head of a WebSocket": (UPGRADE, b"a: b\r\n", ["408 REQUEST_TIMEOUT"]),
    "no body": (_post("/echo", 10), b"", ["408 REQUEST_TIMEOUT"]),
    "no body when told to go on": (_expecting(_post("/echo", 10)), b"", ["100", "408 REQUEST_TIMEOUT"]),
    "a body in drops": (_post("/echo", 1000), b"x", ["408 REQUEST_TIMEOUT"]),
    "chunks in drops": (_post_chunks("/echo"), b"1\r\nx\r\n", ["408 REQUEST_TIMEOUT"]),
    "empty lines after an answer": (get("/hello"), b"\r\n", ["200 hello"]),
    "a head after an answer": (get("/hello") + b"GET", b"", ["200 hello", "408 REQUEST_TIMEOUT"]),
    "a body after its answer": (_post("/hasty", 1000), b"x", ["413 too much"]),
}


async def test_a_client_that_does_not_go_on_is_let_go(address: str) -> None:
    """A few thousand connections, which cost an attacker nothing, would be all that the server can hold."""
    told = await asyncio.gather(*(_until_let_go(address, first, more) for first, more, _ in SLOW.values()))

    assert dict(zip(SLOW, told, strict=True)) == {name: expected for name, (_, _, expected) in SLOW.items()}


async def test_a_client_that_no_longer_goes_on_is_let_go(address: str) -> None:
    """One good request would buy a connection for ever."""

    async def told(begun: bytes) -> list[str]:
        async with _connected(address) as (reader, writer):
            writer.write(get("/hello"))
            await let_pass(LONGER)
            writer.write(begun)
            return await asyncio.wait_for(_answers(reader), MUCH_LONGER)

    heads, lines = await asyncio.gather(told(b"GET"), told(b"\r\n"))
    assert (heads, lines) == (["200 hello", "408 REQUEST_TIMEOUT"], ["200 hello"])


async def test_uvicorn_alone_would_wait_for_all_of_them(stock: str) -> None:
    """The table would show nothing."""
    told = await asyncio.gather(*(_until_let_go(stock, first, more) for first, more, _ in SLOW.values()))

    assert told == [None] * len(SLOW)


async def test_an_answered_client_is_not_forgotten_when_the_rest_of_its_body_comes(address: str) -> None:
    """The wait for a next request begins with an answer, and would end for ever with whatever comes after it."""
    async with _connected(address) as (reader, writer):
        writer.write(_post("/hasty", 10))
        assert await _answer(reader) == "413 too much"
        writer.write(b"0123456789")

        assert await asyncio.wait_for(reader.read(), MUCH_LONGER) == b""


async def test_the_application_hears_that_nobody_waits_any_more() -> None:
    """It would wait for the rest of a body for ever; each such request is a task, and what it has read."""
    gone = asyncio.Event()

    async def reading(request: Request) -> Response:
        with suppress(ClientDisconnect):
            await request.body()
        gone.set()
        return PlainTextResponse("to nobody")

    async with listening(Starlette(routes=[Route("/", reading, methods=["POST"])]), SETTINGS) as address:
        told = await _told(address, _post("/", 10) + b"01234")
        await asyncio.wait_for(gone.wait(), 5)

    assert told == ["408 REQUEST_TIMEOUT"]


async def test_an_answer_that_has_begun_is_not_mixed_with_another(address: str) -> None:
    """A client would take the refusal for a part of what it was being sent."""
    async with _connected(address) as (reader, writer):
        writer.write(_post("/stream", 10))
        heard = await asyncio.wait_for(reader.read(), MUCH_LONGER)

    assert heard.startswith(b"HTTP/1.1 200 OK\r\n")
    assert heard.endswith(b"\r\n\r\n5\r\nfirst\r\n")


# Everybody else


async def test_a_client_may_take_its_time_within_the_limits(address: str) -> None:
    """Telephones on a train would be cut off."""

    async def told(*pieces: bytes) -> list[str]:
        async with _connected(address) as (reader, writer):
            answers = []
            for _ in range(2):
                for piece in pieces:
                    writer.write(piece)
                    await let_pass(0.4)
                answers.append(await _answer(reader))
            return answers

    reading, writing = await asyncio.gather(
        told(b"GET /hello HT", b"TP/1.1\r\nhost: x\r\n\r\n"),
        told(b"POST /echo HTTP/1.1\r\n", b"content-length: 4\r\n\r\n", b"01", b"23"),
    )

    assert (reading, writing) == (["200 hello"] * 2, ["200 0123"] * 2)


async def test_a_part_that_has_little_time_is_timed_by_itself() -> None:
    """A body would have as long as the head before it."""
    settings = Settings(limits=Limits(header_seconds=4, body_seconds=1))
    async with listening(APP, settings) as address, _connected(address) as (reader, writer):
        writer.write(b"POST /echo HTTP/1.1\r\n")
        await let_pass(1.2)
        writer.write(b"content-length: 10\r\n\r\n")

        assert await asyncio.wait_for(_answer(reader), 1.5) == "408 REQUEST_TIMEOUT"


async def test_an_application_may_take_longer_than_a_client(address: str) -> None:
    """Slow answers would be cut off; or uploads, because the application does not read as fast as they come."""

    async def answer(path: str, size: int) -> str:
        async with _connected(address) as (reader, writer):
            writer.write(_post(path, size) + b"x" * size)
            return await _answer(reader)

    sizes = (0, 10, 1_000_000)
    told = await asyncio.gather(*(answer(path, size) for path in ("/long", "/late-reader") for size in sizes))

    assert told == ["200 at last"] * 3 + ["200 0 bytes", "200 10 bytes", "200 1000000 bytes"]


async def test_a_client_that_waits_to_be_told_to_go_on_is_not_late(address: str) -> None:
    """It is for us to speak; `curl` does so before each larger upload."""
    async with _connected(address) as (reader, writer):
        writer.write(_expecting(_post("/late-reader", 10)))
        assert await _answer(reader) == "100"
        await let_pass(0.5)
        writer.write(b"0123456789")

        assert await _answer(reader) == "200 10 bytes"


async def test_a_connection_is_kept_for_many_requests(address: str) -> None:
    """Each request would cost a connection; or a connection could live no longer than a request may."""
    async with _connected(address) as (reader, writer):
        for _ in range(4):
            for _ in range(100):
                writer.write(_post("/echo", 10) + b"0123456789")
                assert await _answer(reader) == "200 0123456789"
            await let_pass(0.5)


async def test_requests_are_answered_in_order_however_they_come(address: str) -> None:
    """Whoever sends requests ahead would be cut off while an earlier one is being answered."""

    async def told(begun: bytes, rest: bytes) -> list[str]:
        async with _connected(address) as (reader, writer):
            writer.write(get("/long") + get("/hello") + get("/very-long") + begun)
            answers = [await _answer(reader) for _ in range(3)]
            await let_pass(0.5)
            writer.write(rest + get("/hello"))
            return [*answers, await _answer(reader), await _answer(reader)]

    with_head, with_body = await asyncio.gather(
        told(b"GET /hel", b"lo HTTP/1.1\r\n\r\n"), told(_post("/echo", 5) + b"01", b"234")
    )

    before = ["200 at last", "200 hello", "200 at very last"]
    assert (with_head, with_body) == ([*before, "200 hello", "200 hello"], [*before, "200 01234", "200 hello"])


async def test_a_websocket_is_nobodys_request(address: str) -> None:
    """It would be closed a moment after it was opened."""
    async with connect(f"ws://{address}/socket") as socket:
        await let_pass(LONGER)
        await socket.send("still here")

        assert await asyncio.wait_for(socket.recv(), 5) == "still here"


@pytest.mark.parametrize(("given", "is_quiet"), [({}, True), ({"ws": "auto"}, False)], ids=["ours", "uvicorn"])
async def test_the_log_does_not_say_who_opened_a_websocket(
    capfd: pytest.CaptureFixture[str], given: dict[str, str], *, is_quiet: bool
) -> None:
    """Addresses of readers are kept nowhere; uvicorn alone writes them down, and an error for each one turned away."""
    async with listening(APP, SETTINGS, **{"log_level": "info", **given}) as address:
        async with connect(f"ws://{address}/socket") as socket:
            await socket.send("x")
            await socket.recv()
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{address}/turned-away")

    said = "".join(capfd.readouterr())
    assert refused.value.response.status_code == 429
    assert "Started server process" in said
    assert [sign in said for sign in ("127.0.0.1", "connection", "ERROR")] == [not is_quiet] * 3


# Heads


async def test_a_head_may_have_32_kib_and_no_more(address: str, stock: str) -> None:
    """Large cookies would be refused; or somebody could fill the memory, as with uvicorn alone."""
    async with _connected(address) as (reader, writer):
        writer.write(_head_of(MOST_HEAD_BYTES))
        assert await _answer(reader) == "200 hello"
        writer.write(_head_of(MOST_HEAD_BYTES, "POST", "/echo"))
        await let_pass(0.1)
        writer.write(b"01234")
        assert await _answer(reader) == "200 01234"
    async with _connected(stock) as (reader, writer):
        writer.write(_head_of(1_000_000))
        assert await _answer(reader) == "200 hello"

    assert await _told(address, _head_of(MOST_HEAD_BYTES + 1)) == ["431 TOO_LARGE"]


ENDLESS = {
    "an address": (b"GET /", b"y"),
    "a name": (b"GET / HTTP/1.1\r\n", b"y"),
    "a value": (b"GET / HTTP/1.1\r\nhost: x\r\nx: ", b"y"),
    "headers": (b"GET / HTTP/1.1\r\nhost: x\r\n", b"a: b\r\n"),
    "the extension of a chunk": (_post_chunks("/echo") + b"1;", b"y"),
    "a trailer": (_post_chunks("/echo") + b"1\r\nx\r\n0\r\nx: ", b"y"),
    "trailers": (_post_chunks("/echo") + b"1\r\nx\r\n0\r\n", b"a: b\r\n"),
}
LOTS = 500_000


async def _endless(address: str, first: bytes, more: bytes) -> tuple[list[str], bool]:
    """What a client is told that comes to no end, and whether it could send lots of it."""
    piece = more * (4096 // len(more))
    async with _connected(address) as (reader, writer):
        writer.write(first)
        told = asyncio.ensure_future(_answers(reader))
        for _ in range(LOTS // len(piece)):
            writer.write(piece)
            if (await asyncio.wait([told], timeout=0.01))[0]:
                return told.result(), False
        told.cancel()
        return [], True


async def test_what_does_not_end_is_refused_while_it_arrives(address: str, stock: str) -> None:
    """Within its time a client could send as much as its line carries, and all of it is kept, as with uvicorn alone."""
    told = await asyncio.gather(*(_endless(address, *client) for client in ENDLESS.values()))
    alone = await asyncio.gather(*(_endless(stock, *client) for client in ENDLESS.values()))

    assert dict(zip(ENDLESS, told, strict=True)) == dict.fromkeys(ENDLESS, (["431 TOO_LARGE"], False))
    assert alone == [([], True)] * len(ENDLESS)


async def test_large_bodies_and_many_requests_at_once_are_no_large_heads(address: str) -> None:
    """Uploads would be refused, or clients that send requests ahead: only what is of no use is counted."""
    body, chunk = b"x" * 200_000, b"x" * 0x10000
    async with _connected(address) as (reader, writer):
        writer.write(_post("/echo", len(body)) + body + get("/hello") * 2000)
        writer.write(_post_chunks("/echo") + b"10000\r\n%s\r\n" % chunk * 4 + b"0\r\n\r\n" + _head_of(MOST_HEAD_BYTES))

        assert await _answer(reader) == f"200 {body.decode()}"
        assert [await _answer(reader) for _ in range(2000)] == ["200 hello"] * 2000
        assert await _answer(reader) == f"200 {chunk.decode() * 4}"
        assert await _answer(reader) == "200 hello"
        for said in (_post_chunks("/echo"), b"0\r\n", b"x: %s\r\n\r\n" % (b"y" * 30_000), _head_of(20_000)[:15_000]):
            writer.write(said)
            await let_pass(0.1)
        writer.write(_head_of(20_000)[15_000:])
        assert [await _answer(reader) for _ in range(2)] == ["200", "200 hello"]


async def test_what_follows_a_body_does_not_become_a_header(address: str, stock: str) -> None:
    """A proxy that takes `authorization` out of what it passes on does not look there; uvicorn alone adds it."""
    said = _post_chunks("/headers") + b"1\r\nx\r\n0\r\nauthorization: Bearer x\r\n\r\n"
    names = []
    for where in (address, stock):
        async with _connected(where) as (reader, writer):
            writer.write(said)
            await reader.readuntil(b"\r\n\r\n")
            names.append(await reader.readuntil(b"]"))

    assert names == [b'["host","transfer-encoding"]', b'["host","transfer-encoding","authorization"]']


# What is no HTTP

GARBAGE = {
    "words": b"how do you do?\r\n\r\n",
    "bytes": bytes(range(256)) * 200,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a header without a colon": b"GET /hello HTTP/1.1\r\nhost\r\n\r\n",
    "a header with a control character": b"GET /hello HTTP/1.1\r\nhost: a\x00b\r\n\r\n",
    "two lengths": b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
    "a length and chunks": b"POST / HTTP/1.1\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    "a chunk without a size": _post_chunks("/echo") + b"zz\r\nx\r\n",
    "no address": b"GET http://[ HTTP/1.1\r\nhost: x\r\n\r\n",
    "another version": b"GET /hello HTTP/3.7\r\nhost: x\r\n\r\n",
    "a tunnel": b"CONNECT example.org:443 HTTP/1.1\r\nhost: x\r\n\r\n",
}


async def test_what_is_no_http_is_refused(address: str) -> None:
    """Clients that read JSON would not find the error, or an application would be asked what nobody meant."""
    told = {name: await _told(address, said) for name, said in GARBAGE.items()}

    assert told == {name: ["400 BAD_REQUEST"] for name in GARBAGE}


@pytest.mark.parametrize(
    ("said", "status", "code", "message"),
    [
        (GARBAGE["words"], b"400 Bad Request", "BAD_REQUEST", "The request is not HTTP."),
        (b"GET", b"408 Request Timeout", "REQUEST_TIMEOUT", "The request did not arrive in time."),
        (
            _head_of(MOST_HEAD_BYTES + 1),
            b"431 Request Header Fields Too Large",
            "TOO_LARGE",
            "The headers are too large.",
        ),
    ],
)
async def test_a_refusal_looks_like_any_other_error(
    address: str, said: bytes, status: bytes, code: str, message: str
) -> None:
    """Clients of GraphQL read JSON; and what exactly was wrong helps nobody but those who try what else might be."""
    async with _connected(address) as (reader, writer):
        writer.write(said)
        head, _, body = (await asyncio.wait_for(reader.read(), 5)).partition(b"\r\n\r\n")

    assert json.loads(body) == {"errors": [{"message": message, "extensions": {"code": code}}]}
    first, date, *others = head.split(b"\r\n")
    assert (first, date[:6]) == (b"HTTP/1.1 " + status, b"date: ")
    assert others == [
        b"content-type: application/json",
        b"cache-control: no-store",
        b"connection: close",
        b"content-length: %d" % len(body),
    ]


async def test_uvicorn_alone_would_say_it_in_words_of_its_own(stock: str) -> None:
    """The check would show nothing."""
    assert await _told(stock, GARBAGE["words"]) == ["400 Invalid HTTP request received."]


async def test_what_was_asked_before_is_answered_first(address: str, stock: str) -> None:
    """A client would take the refusal for the answer to an earlier request, as it has to with uvicorn alone."""
    asked = get("/long") + get("/hello")
    told = await asyncio.gather(
        _told(address, asked + GARBAGE["words"]),
        _told(address, get("/long") + _head_of(MOST_HEAD_BYTES + 1)),
        _told(address, asked + _post_chunks("/echo") + b"zz\r\n"),
        _told(stock, asked + GARBAGE["words"]),
    )

    expected = [["200 at last", "200 hello"], ["200 at last"], [], ["400 Invalid HTTP request received."]]
    assert list(told) == expected


# How it is set up


async def test_the_limits_find_their_way_to_other_processes() -> None:
    """With several workers each server is made in a process of its own, of what can be sent there."""
    sent = pickle.loads(pickle.dumps(server_options(SETTINGS)))["http"]  # noqa: S301 - our own

    async with listening(APP, http=sent) as address:
        assert await _until_let_go(address, b"GET", b"") == ["408 REQUEST_TIMEOUT"]


@pytest.mark.parametrize(
    ("proxies", "client"),
    [((), "127.0.0.1"), (("10.0.0.1",), "127.0.0.1"), (("127.0.0.1",), "192.0.2.7"), (("*",), "192.0.2.7")],
)
async def test_only_a_trusted_proxy_says_where_a_request_comes_from(proxies: tuple[str, ...], client: str) -> None:
    """Whoever names another address with each request would pass every limit that counts by address."""
    async with listening(APP, Settings(trusted_proxies=proxies)) as where, _connected(where) as (reader, writer):
        writer.write(b"GET /client HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 192.0.2.7\r\n\r\n")

        assert await _answer(reader) == f"200 {client}"
