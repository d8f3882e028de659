"""GraphQL over HTTP and WebSocket: the same answers and the same refusals, whichever way a question comes."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import pytest
import pytest_asyncio
from strawberry.types.graphql import OperationType
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from cms.app import create_app
from cms.kernel.database import Dialect
from cms.reading.assembling import Row
from cms.reading.postgres_runner import PostgresRunner
from cms.reading.sqlite_runner import SqliteRunner
from schema.http import JSON, RESPONSE_JSON, answer_type
from tests.reading.asking import Asker
from tests.serving import (
    ASK_SITE,
    SITE,
    TRANSPORT,
    asking,
    fill,
    hear,
    listening,
    post,
    running,
    say,
    settings_for,
    subscribe,
)

pytestmark = pytest.mark.asyncio

WAYS = ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']
TWO = "query A { site { name } } query B { site { url } }"
LARGEST = 256 * 1024

on_sqlite = pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)


@pytest_asyncio.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody to ask an application that knows its site and nothing else."""
    await fill(database_url)
    async with running(settings_for(database_url, tmp_path)) as opened:
        yield opened


@pytest_asyncio.fixture
async def address(database_url: str, tmp_path: Path) -> AsyncIterator[str]:
    """Where a real server serves the same."""
    await fill(database_url)
    settings = settings_for(database_url, tmp_path, cors_origins=("https://paper.example.org",))
    async with listening(create_app(settings)) as where:
        yield where


def _connect(address: str, protocol: str = TRANSPORT, **given: Any) -> connect:  # noqa: ANN401 - options of the client
    return connect(f"ws://{address}/graphql", subprotocols=[Subprotocol(protocol)], **given)


@pytest_asyncio.fixture
async def socket(address: str) -> AsyncIterator[ClientConnection]:
    """A connection that was acknowledged."""
    async with _connect(address) as connection:
        await say(connection, {"type": "connection_init", "payload": {}})
        assert await hear(connection) == {"type": "connection_ack"}
        yield connection


def _error(message: str, code: str) -> dict[str, object]:
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


def _json(answer: httpx2.Response) -> Any:  # noqa: ANN401 - whatever was answered
    """The answer without the id that each of its errors carries, one for all of them."""
    found = answer.json()
    ids = {error["extensions"].pop("requestId") for error in found.get("errors", ())}
    assert len(ids) <= 1
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)
    return found


# The same answer


async def test_every_way_gives_the_same_bytes(client: httpx2.AsyncClient) -> None:
    """A client that writes its headers otherwise would get another answer."""
    query, variables = "query Q($n: Int) { site { name locales } articles(first: $n) { totalCount } }", {"n": 3}
    told = [await post(client, asking(query, variables, "Q"), content_type=kind) for kind in WAYS]
    parameters = {"query": query, "variables": json.dumps(variables), "operationName": "Q"}
    told.append(await client.get("/graphql", params=parameters))

    expected = b'{"data":{"site":{"name":"The Harbour Light","locales":["en","de"]},"articles":{"totalCount":0}}}'
    assert [(answer.status_code, answer.content) for answer in told] == [(200, expected)] * 4
    for answer in told:
        assert dict(answer.headers) == {
            "content-type": "application/json",
            "content-length": str(len(expected)),
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }


async def test_the_executor_and_the_reader_answer_in_one(client: httpx2.AsyncClient) -> None:
    """Tools ask the schema about itself, and some mix that with content."""
    told = await post(client, asking("{ __schema { queryType { name } } site { called: name } kind: __typename }"))

    assert told.json() == {
        "data": {
            "__schema": {"queryType": {"name": "Query"}},
            "site": {"called": "The Harbour Light"},
            "kind": "Query",
        }
    }


@pytest.mark.parametrize(
    ("name", "field", "value"), [("A", "name", "The Harbour Light"), ("B", "url", "https://harbour.example.org")]
)
@on_sqlite
async def test_the_operation_that_is_named_is_run(
    client: httpx2.AsyncClient, name: str, field: str, value: str
) -> None:
    """A client that keeps its operations in one file would get the first of them."""
    told = [
        await post(client, asking(TWO, name=name)),
        await client.get("/graphql", params={"query": TWO, "operationName": name}),
    ]

    assert [answer.json() for answer in told] == [{"data": {"site": {field: value}}}] * 2


@on_sqlite
async def test_an_empty_operation_name_is_none(client: httpx2.AsyncClient) -> None:
    """Some clients always send the field."""
    assert (await post(client, b'{"query":"{ site { name } }","operationName":""}')).json() == SITE
    assert (await client.get(f"/graphql?operationName=&variables=&query={quote(ASK_SITE)}")).json() == SITE


# What is no question


@on_sqlite
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The body is not JSON."),
        (b"nope", "The body is not JSON."),
        (b"\xff\xfe", "The body is not JSON."),
        (b'{"query":"\xff"}', "The body is not JSON."),
        (b'{"query":"\\ud800"}', "The body is not JSON."),
        (b'{"query":"{ a }"', "The body is not JSON."),
        (b'{"query":"{ a }"}{}', "The body is not JSON."),
        (b'{"query":NaN}', "The body is not JSON."),
        (b"[" * 100_000, "The body is not JSON."),
        (b"3", "Send one JSON object."),
        (b"null", "Send one JSON object."),
        (b'"{ site { name } }"', "Send one JSON object."),
        (b'[{"query":"{ site { name } }"}]', "Send one JSON object."),
        (b"{}", "Send a query."),
        (b'{"query":null}', "Send a query."),
        (b'{"query":""}', "Send a query."),
        (b'{"query":3}', "query must be a string."),
        (b'{"query":["{ site { name } }"]}', "query must be a string."),
        (b'{"query":"{a}","query":"{b}"}', "The body holds the same key twice."),
        (b'{"query":"{a}","variables":{"\\u0062":1,"b":2}}', "The body holds the same key twice."),
        (b'{"query":"{a}","variables":{"b":"\\u0000"}}', "The body holds the character U+0000."),
        (b'{"query":"{a}","variables":{"b":' + b"9" * 20 + b"}}", "The body holds a number of more than 19 digits."),
        (b'{"query":"{a}","variables":{"b":' + b"9" * 5000 + b"}}", "The body is not JSON."),
        (
            b'{"query":"{a}","variables":{"b":' + b"[" * 31 + b"]" * 31 + b"}}",
            "The body is nested deeper than 32 levels.",
        ),
        (b'{"query":"{a}","variables":{"b":' + b"[" * 99999 + b"]" * 99999 + b"}}", "The body is not JSON."),
        (b'{"query":"{ a }","variables":[1]}', "variables must be an object."),
        (b'{"query":"{ a }","variables":"{}"}', "variables must be an object."),
        (b'{"query":"{ a }","operationName":["A"]}', "operationName must be a string."),
    ],
)
async def test_a_malformed_body_is_refused(client: httpx2.AsyncClient, body: bytes, message: str) -> None:
    """Strawberry's own view answers 500 to some of these, and plain text to others."""
    told = [await post(client, body, content_type=kind) for kind in WAYS]

    assert [(answer.status_code, _json(answer)) for answer in told] == [(400, _error(message, "BAD_REQUEST"))] * 3
    assert {answer.headers["content-type"] for answer in told} == {"application/json"}


@on_sqlite
@pytest.mark.parametrize("content_type", WAYS)
async def test_a_body_may_be_256_kib_and_no_more(client: httpx2.AsyncClient, content_type: str) -> None:
    """One client could fill the memory."""

    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // 1024 + 1):
            yield b" " * 1024

    whole = await post(client, asking(ASK_SITE).ljust(LARGEST), content_type=content_type)
    longer = await post(client, asking(ASK_SITE).ljust(LARGEST + 1), content_type=content_type)
    pieces = await client.post("/graphql", content=in_pieces(), headers={"content-type": content_type})

    assert (whole.status_code, whole.json()) == (200, SITE)
    assert (longer.status_code, _json(longer)) == (413, _error("The body is larger than 262,144 bytes.", "TOO_LARGE"))
    assert (pieces.status_code, _json(pieces)) == (413, _error("The body is larger than 262,144 bytes.", "TOO_LARGE"))


@on_sqlite
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/plainapplication/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=iso-8859-1",
        "application/graphql",
        "application/jsonp",
    ],
)
async def test_another_kind_of_body_is_refused(client: httpx2.AsyncClient, content_type: str) -> None:
    """A page of another site may post forms and plain text in its visitor's name, without asking."""
    told = await post(client, asking(ASK_SITE), content_type=content_type)

    expected = _error("Send application/json, in UTF-8.", "UNSUPPORTED_MEDIA")
    assert (told.status_code, _json(told)) == (415, expected)


@on_sqlite
@pytest.mark.parametrize(
    ("query_string", "message"),
    [
        ("", "Send a query."),
        ("query=", "Send a query."),
        ("variables={}", "Send a query."),
        ("query={a}&variables=x", "variables is not JSON."),
        ("query={a}&variables=[1]", "variables must be an object."),
        ("query={a}&query={b}", "The address holds the same parameter twice."),
        ("query={a}&variables={%22a%22:1,%22a%22:2}", "variables holds the same key twice."),
        ("query={a}%00", "The address holds the character U+0000."),
        ("&".join(f"p{n}=1" for n in range(11)), "The address has more than 10 parameters."),
        ("query=%ff", "The address is not UTF-8."),
    ],
)
async def test_a_malformed_address_is_refused(client: httpx2.AsyncClient, query_string: str, message: str) -> None:
    """As for bodies."""
    told = await client.get(f"/graphql?{query_string}")

    assert (told.status_code, _json(told)) == (400, _error(message, "BAD_REQUEST"))


@on_sqlite
@pytest.mark.parametrize("query", ["mutation { nothing }", "subscription { nothing }"])
async def test_get_changes_nothing(client: httpx2.AsyncClient, query: str) -> None:
    """A link, or a browser that loads ahead, would carry out what nobody pressed."""
    told = [
        await client.get("/graphql", params={"query": query}, headers={"accept": accept})
        for accept in (JSON, RESPONSE_JSON)
    ]

    assert [answer.status_code for answer in told] == [405, 405]
    assert [_json(answer) for answer in told] == [
        _error(f"A {query.split(maxsplit=1)[0]} cannot be run this way.", "METHOD_NOT_ALLOWED")
    ] * 2


@on_sqlite
async def test_a_kind_of_operation_that_is_not_allowed_is_refused(ask: Asker) -> None:
    """A mutation by GET would pass on the short way, which no view looks after."""
    told = await ask.schema.execute(ASK_SITE, allowed_operation_types=[OperationType.MUTATION])

    assert told.data is None
    assert [error.formatted for error in told.errors or ()] == [
        {"message": "A query cannot be run this way.", "extensions": {"code": "METHOD_NOT_ALLOWED"}}
    ]
    assert ask.runner.sent == []


@on_sqlite
@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_other_methods_are_refused_and_the_right_ones_told(client: httpx2.AsyncClient, method: str) -> None:
    """Whatever lies between could take an answer to HEAD for one to GET."""
    told = await client.request(method, "/graphql", params={"query": ASK_SITE})

    assert told.status_code == 405
    assert {"GET", "POST"} <= set(told.headers["allow"].split(", "))


# What cannot run


@pytest.mark.parametrize(
    ("query", "variables", "codes"),
    [
        ("{", None, ["GRAPHQL_PARSE_FAILED"]),
        ("{ nope }", None, ["GRAPHQL_VALIDATION_FAILED"]),
        ("{ sit { name } }", None, ["GRAPHQL_VALIDATION_FAILED"]),
        ("{ " + " ".join(f"nope{n}" for n in range(9)) + " }", None, ["GRAPHQL_VALIDATION_FAILED"] * 5),
        (TWO, None, ["OPERATION_RESOLUTION_FAILURE"]),
        ("query Q($n: Int) { articles(first: $n) { totalCount } }", {"n": "x"}, ["BAD_USER_INPUT"]),
        ("query Q($n: Int!) { articles(first: $n) { totalCount } }", {}, ["BAD_USER_INPUT"]),
        ("{ articles(first: 101) { nodes { id } } }", None, ["BAD_USER_INPUT"]),
        ("{ articles { nodes { head { id } } } }", None, ["FORBIDDEN"]),
    ],
)
async def test_a_refusal_has_a_code_and_no_data(
    client: httpx2.AsyncClient, query: str, variables: object, codes: list[str]
) -> None:
    """A client could not tell its mistake from ours; GraphQL's own media type wants 400 (GraphQL over HTTP, 6.4.2)."""
    plain = await post(client, asking(query, variables))
    own = await post(client, asking(query, variables), accept=RESPONSE_JSON)

    assert (plain.status_code, plain.headers["content-type"]) == (200, JSON)
    assert (own.status_code, own.headers["content-type"]) == (400, RESPONSE_JSON)
    assert _json(plain) == _json(own)
    assert list(plain.json()) == ["errors"]
    assert [error["extensions"]["code"] for error in plain.json()["errors"]] == codes


@on_sqlite
@pytest.mark.parametrize("query", ["{ sit { name } }", "{ site { nam } }", "{ articles(frist: 1) { totalCount } }"])
async def test_no_suggestion_is_made(client: httpx2.AsyncClient, query: str) -> None:
    """Suggestions name what a caller may not know of."""
    assert "Did you mean" not in (await post(client, asking(query))).text


@on_sqlite
async def test_graphqls_own_media_type_is_given_to_those_who_want_it(client: httpx2.AsyncClient) -> None:
    """Clients that ask for it alone take nothing else."""
    told = await post(client, asking(ASK_SITE), accept=RESPONSE_JSON)
    malformed = await post(client, b"nope", accept=RESPONSE_JSON)

    assert (told.status_code, told.headers["content-type"], told.json()) == (200, RESPONSE_JSON, SITE)
    assert (malformed.status_code, malformed.headers["content-type"]) == (400, RESPONSE_JSON)


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("text/html", JSON),
        ("application/graphql-response+json", RESPONSE_JSON),
        ("Application/GraphQL-Response+JSON; charset=utf-8", RESPONSE_JSON),
        ("application/graphql-response+json, application/json;q=0.9", RESPONSE_JSON),
        ("application/json;q=0.9, application/graphql-response+json", RESPONSE_JSON),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("application/graphql-response+json;q=0", JSON),
        ("application/graphql-response+json;q=much", JSON),
        (",;=,;q", JSON),
        ("\xff", JSON),
    ],
)
async def test_the_media_type_follows_the_wish(accept: str, given: str) -> None:
    """A client that reads only one of the two would get the other."""
    assert answer_type(accept.encode("latin-1")) == given


# Faults of ours


async def _failing(*_: object, **__: object) -> None:
    raise RuntimeError("driver: relation comment_secret is locked by 10.0.0.7")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every statement fails."""
    monkeypatch.setattr(SqliteRunner, "rows", _failing)
    monkeypatch.setattr(PostgresRunner, "rows", _failing)


@pytest.mark.usefixtures("broken")
async def test_a_fault_of_ours_is_masked_and_the_log_has_it_whole(
    client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stranger would learn of the database; or nobody could find out what happened."""
    plain, own = await post(client, asking(ASK_SITE)), await post(client, asking(ASK_SITE), accept=RESPONSE_JSON)
    log = capsys.readouterr().out

    assert (plain.status_code, own.status_code) == (200, 500)
    for told in (plain, own):
        (error,) = told.json()["errors"]
        assert error["message"] == "Something went wrong on our side."
        assert error["extensions"].pop("requestId") in log
        assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
        assert list(told.json()) == ["errors"]
    assert log.count("RuntimeError: driver: relation comment_secret is locked by 10.0.0.7\n") == 2
    assert "The Harbour Light" not in log


# WebSocket


async def test_a_websocket_gives_the_same_answer(socket: ClientConnection, address: str) -> None:
    """Readers on a page that stays open would see something else."""
    query, variables = "query Q($n: Int) { site { name } articles(first: $n) { totalCount } }", {"n": 3}
    first = await subscribe(socket, query, "7", variables=variables, operationName="Q")
    second = await hear(socket)
    async with httpx2.AsyncClient(base_url=f"http://{address}") as client:
        posted = await post(client, asking(query, variables, "Q"))

    assert socket.subprotocol == TRANSPORT
    assert first == {"id": "7", "type": "next", "payload": posted.json()}
    assert second == {"id": "7", "type": "complete"}
    assert posted.json() == {"data": {"site": {"name": "The Harbour Light"}, "articles": {"totalCount": 0}}}


@on_sqlite
@pytest.mark.parametrize(
    ("query", "payload", "code"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ " + "x" * 200 + "$ }", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", {}, "GRAPHQL_VALIDATION_FAILED"),
        (TWO, {}, "OPERATION_RESOLUTION_FAILURE"),
        ("query Q($n: Int) { articles(first: $n) { totalCount } }", {"variables": {"n": "x"}}, "BAD_USER_INPUT"),
        ("{ articles { nodes { head { id } } } }", {}, "FORBIDDEN"),
    ],
)
async def test_a_refusal_ends_its_operation_and_not_the_connection(
    socket: ClientConnection, query: str, payload: dict[str, object], code: str
) -> None:
    """One mistyped query would take all others of a page with it."""
    refused = await subscribe(socket, query, "1", **payload)
    answered = await subscribe(socket, ASK_SITE, "1")

    assert (refused["id"], refused["type"]) == ("1", "error")
    assert [error["extensions"]["code"] for error in refused["payload"]] == [code]
    assert answered == {"id": "1", "type": "next", "payload": SITE}


@on_sqlite
@pytest.mark.usefixtures("broken")
async def test_a_fault_of_ours_is_masked_there_too(socket: ClientConnection) -> None:
    """A driver's text would leave by the other door."""
    told = await subscribe(socket, ASK_SITE)

    assert told["type"] == "error"
    assert [error["message"] for error in told["payload"]] == ["Something went wrong on our side."]


@on_sqlite
@pytest.mark.parametrize(
    "message",
    [
        b"not JSON",
        b"\x00",
        b"3",
        b"[]",
        b"{}",
        b'{"type":3}',
        b'{"type":"nonsense"}',
        b'{"type":"subscribe"}',
        b'{"type":"subscribe","id":"1"}',
        b'{"type":"subscribe","id":["1"],"payload":{"query":"{ site { name } }"}}',
        b'{"type":"subscribe","id":"1","payload":["{ site { name } }"]}',
        b'{"type":"subscribe","id":"1","payload":{"query":3}}',
        b'{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":[1]}}',
        b'{"type":"subscribe","id":"1","payload":{"query":"{ a }","operationName":["A"]}}',
        b'{"type":"complete","id":{}}',
        b'{"type":"complete"}',
    ],
)
async def test_a_malformed_message_closes_the_connection(
    socket: ClientConnection, message: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """The protocol wants 4400; stock Strawberry fails on some of these, and the log fills with tracebacks."""
    await socket.send(message.decode())

    with pytest.raises(ConnectionClosed):
        await hear(socket)
    assert socket.close_code == 4400
    assert "Traceback" not in "".join(capfd.readouterr())


@on_sqlite
async def test_binary_frames_are_refused(socket: ClientConnection) -> None:
    """The protocol speaks text."""
    await socket.send(b'{"type":"ping"}')

    with pytest.raises(ConnectionClosed):
        await hear(socket)
    assert socket.close_code == 4400


@on_sqlite
async def test_nothing_is_answered_before_the_connection_is_acknowledged(address: str) -> None:
    """Whoever must say who they are could ask without."""
    async with _connect(address) as connection:
        await say(connection, {"type": "subscribe", "id": "1", "payload": {"query": ASK_SITE}})
        with pytest.raises(ConnectionClosed):
            await hear(connection)

    assert connection.close_code == 4401


@on_sqlite
@pytest.mark.parametrize("protocol", ["graphql-ws", "soap"])
async def test_another_protocol_is_refused(address: str, protocol: str) -> None:
    """The older protocol of that name is no longer kept by anybody, and checks less."""
    async with _connect(address, protocol) as connection:
        with pytest.raises(ConnectionClosed):
            await hear(connection)

    assert (connection.close_code, connection.subprotocol) == (4406, None)


@on_sqlite
@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [("https://paper.example.org", True), ("https://other.example.org", False), ("null", False)],
)
async def test_pages_of_others_are_let_in_only_when_named(address: str, origin: str, is_let_in: bool) -> None:  # noqa: FBT001 - a column of the table
    """Browsers do not ask before a page opens a WebSocket anywhere: any site could act for its visitors."""
    if is_let_in:
        async with _connect(address, origin=origin) as connection:
            assert connection.subprotocol == TRANSPORT
        return
    with pytest.raises(InvalidStatus) as refused:
        async with _connect(address, origin=origin):
            pass
    assert refused.value.response.status_code == 403


@on_sqlite
async def test_twenty_operations_at_once_and_no_more(socket: ClientConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    """One connection could keep any number of statements waiting."""
    held, rows = asyncio.Event(), SqliteRunner.rows

    async def waiting(runner: SqliteRunner, sql: str, values: Sequence[object], **more: Any) -> Sequence[Row]:  # noqa: ANN401 - passed on
        await held.wait()
        return await rows(runner, sql, values, **more)

    monkeypatch.setattr(SqliteRunner, "rows", waiting)
    for number in range(20):
        await say(socket, {"type": "subscribe", "id": str(number), "payload": {"query": ASK_SITE}})

    refused = await subscribe(socket, ASK_SITE, "20")

    assert (refused["id"], refused["type"]) == ("20", "error")
    held.set()
    told = [await hear(socket) for _ in range(40)]
    assert {message["id"] for message in told if message["type"] == "next"} == {str(number) for number in range(20)}


@on_sqlite
async def test_many_addresses_of_one_query_are_one_question(client: httpx2.AsyncClient) -> None:
    """A query in an address is written in many ways; each must be read as it was meant."""
    spaced = "/graphql?" + urlencode({"query": ASK_SITE})
    percent = f"/graphql?query={quote(ASK_SITE, safe='')}"

    assert [(await client.get(way)).json() for way in (spaced, percent)] == [SITE, SITE]
