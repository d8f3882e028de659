"""Stored documents in questions: the same over POST, GET and WebSocket, on a real server.

`ask` sends one question by one of them and brings the answer, without the ids that errors carry.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from cms.app import create_app
from cms.delivery.documents import KEPT, Document, Documents, add_documents, id_of, remove_document
from cms.delivery.models import StoredDocument
from cms.entities import ENTITIES
from cms.kernel import clock
from cms.kernel.database import Database, Dialect, open_database
from cms.kernel.viewer import SYSTEM
from cms.reading.reader import Reader
from cms.reading.sqlite import SqliteDialect
from cms.reading.sqlite_runner import sqlite_runner
from cms.tables import MIGRATIONS, MODEL_MODULES
from schema import stored
from schema.edge import asked
from schema.errors import Refused
from schema.http import RESPONSE_JSON
from schema.schema import ANYBODY, MastheadSchema
from schema.stored import StoredDocuments, operation_names
from tests.articles.world import NOON, found
from tests.reading.asking import Counting
from tests.serving import SITE, TRANSPORT, fill, hear, listening, post, running, say, settings_for

pytestmark = pytest.mark.asyncio

NAME = Document("query Name { site { name } }", "Name")
TWO = Document("query A { site { name } } query B($n: Int!) { articles(first: $n) { totalCount } }", "A, B")
SCHEMA = Document("{ __schema { queryType { name } } }")
#: Can be asked of an empty database as well.
COUNT = Document("{ articles { totalCount } }")
UNKNOWN = Document("query Other { site { url } }")
URL = {"data": {"site": {"url": "https://harbour.example.org"}}}
WAYS = ["POST", "GET", "WebSocket"]

Ask = Callable[[Mapping[str, object]], Awaitable[Any]]

on_sqlite = pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)


async def _world(database: Database) -> None:
    """A site, and what its frontend may ask."""
    await found(database)
    await add_documents(database, SYSTEM, [NAME, TWO, SCHEMA])


def apollo(document: Document, **also: object) -> dict[str, object]:
    """A document's name, as Apollo's clients send it."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": document.digest}}, **also}


def by_id(document: Document, **also: object) -> dict[str, object]:
    """A document's name, as the specification has it."""
    return {"documentId": id_of(document.digest), **also}


def error(message: str, code: str) -> dict[str, object]:
    """An answer that is one refusal."""
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


NOT_FOUND = error("No document is registered under this documentId.", "PERSISTED_DOCUMENT_NOT_FOUND")
MALFORMED = error("documentId must be sha256: and 64 hexadecimal digits.", "BAD_REQUEST")
APOLLO_NOT_FOUND = error("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
APOLLO_NOT_SUPPORTED = error("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
ONLY = error("Only registered documents are answered here. Send the documentId of one.", "STORED_DOCUMENTS_ONLY")


def told(answer: Any) -> Any:  # noqa: ANN401 - whatever was answered
    """The answer without the ids and places that its errors carry."""
    for one in answer.get("errors", ()):
        del one["extensions"]["requestId"]
        one.pop("locations", None)
    return answer


def _client() -> httpx2.AsyncClient:
    """A client that leaves the machine's certificates unread, which takes 25 ms: nothing is encrypted here."""
    return httpx2.AsyncClient(verify=False)


async def _post(address: str, question: Mapping[str, object]) -> Any:  # noqa: ANN401 - as above
    async with _client() as client:
        return (await client.post(f"http://{address}/graphql", json=question)).json()


async def _get(address: str, question: Mapping[str, object]) -> Any:  # noqa: ANN401 - as above
    sent = {name: value if isinstance(value, str) else json.dumps(value) for name, value in question.items()}
    async with _client() as client:
        return (await client.get(f"http://{address}/graphql", params=sent)).json()


async def _subscribe(address: str, question: Mapping[str, object]) -> Any:  # noqa: ANN401 - as above
    async with connect(f"ws://{address}/graphql", subprotocols=[Subprotocol(TRANSPORT)]) as connection:
        await say(connection, {"type": "connection_init"})
        await hear(connection)
        await say(connection, {"type": "subscribe", "id": "1", "payload": question})
        message = await hear(connection)
    return {"errors": message["payload"]} if message["type"] == "error" else message["payload"]


_ASKING = dict(zip(WAYS, (_post, _get, _subscribe), strict=True))


@asynccontextmanager
async def _asking(way: str, url: str, folder: Path, *, only: bool) -> AsyncIterator[Ask]:
    await fill(url, _world)
    async with listening(create_app(settings_for(url, folder, stored_documents_only=only))) as address:

        async def answer(question: Mapping[str, object]) -> object:
            return told(await _ASKING[way](address, question))

        yield answer


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Each transport in turn."""
    chosen: str = request.param
    return chosen


@pytest_asyncio.fixture
async def ask(way: str, database_url: str, tmp_path: Path) -> AsyncIterator[Ask]:
    """Asks a server that answers everybody."""
    async with _asking(way, database_url, tmp_path, only=False) as opened:
        yield opened


@pytest_asyncio.fixture
async def ask_only(way: str, database_url: str, tmp_path: Path) -> AsyncIterator[Ask]:
    """Asks a server that answers nothing but what is registered."""
    async with _asking(way, database_url, tmp_path, only=True) as opened:
        yield opened


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two automatic documents are kept, of a hundred characters together."""
    monkeypatch.setattr(stored, "_MOST_AUTOMATIC", 2)
    monkeypatch.setattr(stored, "_MOST_AUTOMATIC_CHARS", 100)


@pytest_asyncio.fixture
async def schema(sqlite_template: Path) -> AsyncIterator[MastheadSchema]:
    """The schema over an empty database, without registered documents."""
    async with sqlite_runner(sqlite_template) as runner:
        yield MastheadSchema(Reader(ENTITIES, SqliteDialect(), runner))


async def _codes(schema: MastheadSchema, question: Mapping[str, Any]) -> list[str]:
    """The codes of the refusals; empty when the question was answered."""
    result = await schema.ask(asked(dict(question)), ANYBODY)
    return [str((one.extensions or {})["code"]) for one in result.errors or ()]


# Registered documents


async def test_a_registered_document_is_run_by_its_name(ask: Ask) -> None:
    """A frontend would have to send the text, and a cache in front of us would see as many addresses as texts."""
    names = [id_of(NAME.digest), NAME.digest, NAME.digest.upper(), f"sha256:{NAME.digest.upper()}"]

    assert [await ask({"documentId": name}) for name in names * 2] == [SITE] * 8
    assert await ask(by_id(TWO, operationName="B", variables={"n": 3})) == {"data": {"articles": {"totalCount": 0}}}
    assert await ask(by_id(SCHEMA)) == {"data": {"__schema": {"queryType": {"name": "Query"}}}}


async def test_names_of_nothing_are_refused(ask: Ask) -> None:
    """A client could not tell its own mistake from a document that was not registered yet."""
    malformed = ["x", NAME.digest[1:], f"sha1:{NAME.digest}", f"sha256:{NAME.digest[1:]}", f"sha256:{NAME.digest}0"]

    assert [await ask(by_id(UNKNOWN)) for _ in range(2)] == [NOT_FOUND] * 2
    assert [await ask({"documentId": name}) for name in malformed] == [MALFORMED] * 5
    assert await ask({"documentId": "", "query": NAME.text}) == MALFORMED


async def test_a_document_is_named_once(ask: Ask) -> None:
    """It would be for us to guess which of two names was meant."""
    twice = error("Name the document once: by documentId, or by persistedQuery.", "BAD_REQUEST")

    # What was looked up already is found by a shorter way.
    assert await ask(by_id(NAME)) == SITE
    assert await ask(by_id(NAME, **apollo(NAME))) == twice
    assert await ask(by_id(NAME, **apollo(UNKNOWN))) == twice


async def test_a_text_beside_a_name_is_the_named_one(ask: Ask) -> None:
    """Whoever reads the log, or a cache, by the names would take one operation for another."""
    other = error("The query is not the document that documentId names. Send one of them.", "BAD_REQUEST")

    # What was looked up already is found by a shorter way.
    assert await ask(by_id(NAME)) == SITE
    assert await ask(by_id(NAME, query=NAME.text)) == SITE
    assert await ask(by_id(NAME, query=UNKNOWN.text)) == other
    assert await ask(by_id(NAME, query=NAME.text + " ")) == other
    # The name is right, whether or not anybody registered it; but a name in a question registers nothing.
    assert await ask(by_id(UNKNOWN, query=UNKNOWN.text)) == URL
    assert await ask(by_id(UNKNOWN)) == NOT_FOUND


async def test_a_registered_document_is_known_to_apollos_clients(ask: Ask) -> None:
    """Their manifests could be registered, but not used."""
    assert await ask(apollo(NAME)) == SITE
    assert await ask(apollo(TWO, operationName="A")) == SITE


@on_sqlite
async def test_an_unknown_document_is_status_400_where_statuses_tell(database_url: str, tmp_path: Path) -> None:
    """A cache or a monitor that goes by the status would take a refusal for an answer."""
    await fill(database_url, _world)
    body = json.dumps(by_id(UNKNOWN)).encode()
    async with running(settings_for(database_url, tmp_path)) as client:
        answers = [await post(client, body, accept=kind) for kind in (RESPONSE_JSON, "application/json")]

    assert [(answer.status_code, answer.headers["content-type"]) for answer in answers] == [
        (400, RESPONSE_JSON),
        (200, "application/json"),
    ]
    assert [told(answer.json()) for answer in answers] == [NOT_FOUND] * 2


# Automatic documents


async def test_a_document_is_run_by_its_hash_once_it_was_sent(ask: Ask) -> None:
    """Apollo's clients would send every text every time."""
    known = [await ask(apollo(UNKNOWN)), await ask(apollo(UNKNOWN, query=UNKNOWN.text)), await ask(apollo(UNKNOWN))]

    assert known == [APOLLO_NOT_FOUND, URL, URL]
    # It is no registered one for that.
    assert await ask(by_id(UNKNOWN)) == NOT_FOUND


async def test_automatic_documents_stay_out_of_the_table(way: str, database_url: str, tmp_path: Path) -> None:
    """Strangers could fill it."""
    async with _asking(way, database_url, tmp_path, only=False) as ask:
        assert await ask(apollo(UNKNOWN, query=UNKNOWN.text)) == URL

    async with open_database(database_url, MODEL_MODULES, MIGRATIONS):
        assert {row.digest for row in await StoredDocument.all()} == {NAME.digest, TWO.digest, SCHEMA.digest}
    # After a restart it is unknown, and the client sends it again.
    async with listening(create_app(settings_for(database_url, tmp_path))) as address:
        assert told(await _ASKING[way](address, apollo(UNKNOWN))) == APOLLO_NOT_FOUND


async def test_a_hash_of_something_else_is_refused(ask: Ask) -> None:
    """Whoever comes first would decide what everybody else's hash stands for."""
    mismatch = error("The query has another SHA-256 than sha256Hash.", "PERSISTED_QUERY_HASH_MISMATCH")

    assert await ask(apollo(UNKNOWN, query=NAME.text)) == mismatch
    assert await ask(apollo(NAME, query=UNKNOWN.text)) == mismatch
    assert [await ask(apollo(UNKNOWN)), await ask(apollo(NAME))] == [APOLLO_NOT_FOUND, SITE]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"version": 2}, "persistedQuery must be of version 1."),
        ({"version": True}, "persistedQuery must be of version 1."),
        ({"version": "1"}, "persistedQuery must be of version 1."),
        ({"version": None}, "persistedQuery must be of version 1."),
        ({"sha256Hash": "x"}, "sha256Hash must be 64 hexadecimal digits."),
        ({"sha256Hash": ""}, "sha256Hash must be 64 hexadecimal digits."),
        ({"sha256Hash": 1}, "persistedQuery must hold version and sha256Hash."),
        ({"sha256Hash": None}, "persistedQuery must hold version and sha256Hash."),
    ],
)
@on_sqlite
async def test_what_apollo_would_not_send_is_refused(ask: Ask, given: dict[str, object], message: str) -> None:
    """It would be taken for what it is not, or fail as a fault of ours."""
    entry = {"version": 1, "sha256Hash": NAME.digest, **given}

    assert await ask({"extensions": {"persistedQuery": entry}}) == error(message, "BAD_REQUEST")
    assert await ask({"extensions": {"persistedQuery": entry}, "query": NAME.text}) == error(message, "BAD_REQUEST")


async def test_extensions_of_another_kind_are_nothing_to_us(schema: MastheadSchema) -> None:
    """A client that sends its own would be refused."""
    for extensions in ({}, {"trace": {"id": 1}}, {"persistedQuery": None}):
        assert await _codes(schema, {"query": COUNT.text, "extensions": extensions}) == []
    odd: tuple[object, ...] = ("x", 1, [], {}, [COUNT.digest])
    for entry in odd:
        assert await _codes(schema, {"query": COUNT.text, "extensions": {"persistedQuery": entry}}) == ["BAD_REQUEST"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{ site { name }", "GRAPHQL_PARSE_FAILED"),
        ("{ site { password } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ site { name } } # " + "x" * 16 * 1024, "DOCUMENT_TOO_LARGE"),
        ("{ site { " + " ".join(f"a{number}: name" for number in range(31)) + " } }", "DOCUMENT_TOO_LARGE"),
        (TWO.text, "OPERATION_RESOLUTION_FAILURE"),
    ],
)
async def test_a_document_that_cannot_run_is_not_kept(schema: MastheadSchema, text: str, code: str) -> None:
    """The memory would be filled with what is of no use to anybody."""
    bad = Document(text)

    assert await _codes(schema, apollo(bad, query=text)) == [code]
    assert await _codes(schema, apollo(bad)) == ["PERSISTED_QUERY_NOT_FOUND"]


@pytest.mark.usefixtures("few")
async def test_as_many_are_kept_as_were_used_last(sqlite_template: Path) -> None:
    """Memory would grow with every document that was ever sent."""
    short = [Document(f"{{ a{number}: articles {{ totalCount }} }}") for number in range(3)]
    long = Document(COUNT.text + " # " + "x" * 60)
    async with sqlite_runner(sqlite_template) as runner:
        schema = MastheadSchema(Reader(ENTITIES, SqliteDialect(), runner))

        async def kept() -> list[bool]:
            return [not await _codes(schema, apollo(one)) for one in (*short, long)]

        for one in (short[0], short[1]):
            await _codes(schema, apollo(one, query=one.text))
        await _codes(schema, apollo(short[0]))
        await _codes(schema, apollo(short[2], query=short[2].text))
        by_number = await kept()
        await _codes(schema, apollo(long, query=long.text))
        by_weight = await kept()

    assert by_number == [True, False, True, False]
    assert by_weight == [False, False, False, True]


async def test_the_bounds_are_those_that_are_told() -> None:
    """The test above sets its own."""
    assert (stored._MOST_AUTOMATIC, stored._MOST_AUTOMATIC_CHARS) == (1_000, 1024 * 1024)


# Where nothing else is answered


async def test_only_what_is_registered_is_answered(ask_only: Ask) -> None:
    """Strangers could ask what no frontend asks; or the frontends would be refused as well."""
    assert await ask_only(by_id(NAME)) == SITE
    assert await ask_only(apollo(NAME)) == SITE
    assert await ask_only({"query": NAME.text}) == SITE
    assert await ask_only(apollo(NAME, query=NAME.text)) == SITE
    assert await ask_only(by_id(NAME, query=NAME.text)) == SITE

    assert await ask_only({"query": UNKNOWN.text}) == ONLY
    assert await ask_only({"query": NAME.text + " "}) == ONLY
    assert await ask_only({"query": "{ no such"}) == ONLY
    assert await ask_only(by_id(UNKNOWN)) == NOT_FOUND
    assert await ask_only(by_id(UNKNOWN, query=UNKNOWN.text)) == NOT_FOUND


async def test_automatic_documents_are_not_taken_there(ask_only: Ask) -> None:
    """A stranger would register what they like; or Apollo's clients would ask for ever."""
    assert await ask_only(apollo(UNKNOWN)) == APOLLO_NOT_SUPPORTED
    assert await ask_only(apollo(UNKNOWN, query=UNKNOWN.text)) == APOLLO_NOT_SUPPORTED
    assert await ask_only(apollo(UNKNOWN)) == APOLLO_NOT_SUPPORTED


@on_sqlite
async def test_introspection_is_answered_there_if_it_is_registered(ask_only: Ask) -> None:
    """The schema would be told to everybody, or tools that need it could not be let in."""
    assert await ask_only({"query": "{ __schema { types { name } } }"}) == ONLY
    assert await ask_only({"query": "{ __typename }"}) == ONLY
    assert await ask_only({"query": SCHEMA.text}) == {"data": {"__schema": {"queryType": {"name": "Query"}}}}


@on_sqlite
async def test_there_is_no_page_to_try_queries_on_there(database_url: str, tmp_path: Path) -> None:
    """Whoever opens it would see one error after another."""
    await fill(database_url, _world)
    statuses = []
    for only in (False, True):
        async with running(settings_for(database_url, tmp_path, stored_documents_only=only)) as client:
            statuses.append((await client.get("/graphql", headers={"accept": "text/html"})).status_code)

    assert statuses == [200, 400]


async def test_without_a_table_nothing_is_answered_there(sqlite_template: Path) -> None:
    """A mistake in the wiring would open what should be closed."""
    async with sqlite_runner(sqlite_template) as runner:
        reader = Reader(ENTITIES, SqliteDialect(), runner)
        schema = MastheadSchema(reader, stored=StoredDocuments(only=True))

        assert await _codes(schema, {"query": NAME.text}) == ["STORED_DOCUMENTS_ONLY"]
        assert await _codes(schema, by_id(NAME)) == ["PERSISTED_DOCUMENT_NOT_FOUND"]
        assert await _codes(schema, apollo(NAME, query=NAME.text)) == ["PERSISTED_QUERY_NOT_SUPPORTED"]


# What it costs


@asynccontextmanager
async def _counted(database: Database, *, only: bool = False) -> AsyncIterator[tuple[MastheadSchema, Counting]]:
    """A schema over the world, and what looking up its documents sends."""
    await _world(database)
    async with sqlite_runner(database.path) as runner:
        counting = Counting(runner)
        async with aclosing(Documents(database, counting)) as documents:
            reader = Reader(ENTITIES, SqliteDialect(), runner)
            yield MastheadSchema(reader, stored=StoredDocuments(documents, only=only)), counting


@on_sqlite
async def test_looking_up_costs_a_statement_at_most(database: Database) -> None:
    """A name would cost more than the text that it saves."""
    async with _counted(database) as (schema, counting):
        counts = []
        batches: list[list[dict[str, object]]] = [
            [{"query": NAME.text}, {"query": NAME.text, "extensions": {"trace": 1}}, {"documentId": "malformed"}],
            [by_id(NAME), by_id(NAME), {"documentId": NAME.digest.upper()}, apollo(NAME)],
            [by_id(NAME, query=NAME.text), by_id(UNKNOWN, query=NAME.text), apollo(UNKNOWN, query=NAME.text)],
            [by_id(UNKNOWN), by_id(UNKNOWN), apollo(UNKNOWN)],
            [apollo(UNKNOWN, query=UNKNOWN.text), apollo(UNKNOWN)],
        ]
        for questions in batches:
            for question in questions:
                await _codes(schema, question)
            counts.append(len(counting.sent))

    assert counts == [0, 1, 1, 2, 2]


@on_sqlite
async def test_a_removed_document_is_refused_within_five_seconds(database: Database) -> None:
    """A query that was withdrawn would be answered for as long as somebody asks it."""
    async with _counted(database, only=True) as (schema, _):
        with clock.at(NOON):
            before = [await _codes(schema, one) for one in (by_id(NAME), {"query": NAME.text}, apollo(NAME))]
        await remove_document(database, SYSTEM, NAME.digest)
        with clock.at(NOON + KEPT):
            after = [await _codes(schema, one) for one in (by_id(NAME), {"query": NAME.text}, apollo(NAME))]

    assert before == [[], [], []]
    assert after == [["PERSISTED_DOCUMENT_NOT_FOUND"], ["STORED_DOCUMENTS_ONLY"], ["PERSISTED_QUERY_NOT_SUPPORTED"]]


# Documents that are to be registered


async def test_the_operations_of_a_document_are_told(schema: MastheadSchema) -> None:
    """People would have to know their documents by hashes alone."""
    told = [operation_names(one.text, schema.preparer) for one in (NAME, TWO, SCHEMA)]

    assert told == [["Name"], ["A", "B"], [None]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{ site { name }", "GRAPHQL_PARSE_FAILED"),
        ("", "BAD_REQUEST"),
        ("{ site " * 100_000, "DOCUMENT_TOO_LARGE"),
        ("{ a " * 2_500, "GRAPHQL_PARSE_FAILED"),
        ("query A { site { name } } query B { site { password } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { site { name } } query A { site { url } }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment F on Site { url }", "GRAPHQL_VALIDATION_FAILED"),
        ("type Site { url: String }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_document_with_a_part_that_cannot_run_is_refused(schema: MastheadSchema, text: str, code: str) -> None:
    """It would be registered, and fail when a reader comes."""
    with pytest.raises(Refused) as refused:
        operation_names(text, schema.preparer)

    assert [(one.extensions or {})["code"] for one in refused.value.errors][:1] == [code]
