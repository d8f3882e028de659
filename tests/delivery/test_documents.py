"""Stored documents: who may register them, what is kept, and for how long a server takes its knowledge for the truth.

`runner` counts the statements that looking up sends; it reads the same database on connections of its own.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta

import pytest
import pytest_asyncio

from cms.app import open_reader
from cms.delivery import documents
from cms.delivery.documents import (
    KEPT,
    Document,
    Documents,
    NoSuchDocument,
    add_documents,
    digest_named,
    digest_of,
    find_document,
    id_of,
    list_documents,
    remove_document,
)
from cms.delivery.models import StoredDocument
from cms.kernel import clock
from cms.kernel.database import Database, Dialect
from cms.kernel.errors import InvalidInput, NotAllowed
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from tests.articles.world import DAY, NOON
from tests.reading.asking import Counting

pytestmark = pytest.mark.asyncio

SITE = Document("{ site { name } }\n")
HOME = Document("query Home { site { url } }", "Home")
INSTANT = timedelta(microseconds=1)
#: The two documents of the appendix on persisted documents, and what it says their identifiers are.
APPENDIX = {
    "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}": (
        "sha256:7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e"
    ),
    "query($id:ID!){user(id:$id){name}}": "sha256:71f7dc5758652baac68e4a10c50be732b741c892ade2883a99358f52b555286b",
}
NO_ROOM_FOR_HOME = {
    Dialect.SQLITE: (
        "CREATE TRIGGER full BEFORE INSERT ON stored_document WHEN NEW.name = 'Home' "
        "BEGIN SELECT RAISE(ABORT, 'no room'); END"
    ),
    Dialect.POSTGRES: "ALTER TABLE stored_document ADD CONSTRAINT full_ CHECK (name <> 'Home')",
}


@pytest_asyncio.fixture
async def runner(database: Database) -> AsyncIterator[Counting]:
    """What is asked for documents."""
    async with open_reader(database, "") as reader:
        yield Counting(reader.runner)


@pytest_asyncio.fixture
async def known(database: Database, runner: Counting) -> AsyncIterator[Documents]:
    """The documents of a server that has looked for none yet."""
    async with aclosing(Documents(database, runner)) as opened:
        yield opened


async def rows() -> list[tuple[str, str, str | None, bool]]:
    """What stands in the table."""
    found = await StoredDocument.all().order_by("document")
    return [(row.digest, row.document, row.name, row.registered) for row in found]


# How a document is named


async def test_ids_are_those_of_the_specification() -> None:
    """No client's id would be known here."""
    assert {text: id_of(digest_of(text)) for text in APPENDIX} == APPENDIX


async def test_an_id_is_known_with_and_without_its_prefix_in_any_case() -> None:
    """Tools write them in several ways; or something else would be looked for in the table."""
    digest = "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e"
    malformed = [
        *("", "sha256:", digest[1:], digest + "0", f"sha256:{digest[1:]}", f"sha1:{digest}", f"SHA256:{digest}"),
        *(f" {digest}", f"{digest}\n", f"sha256:sha256:{digest}", f"x-sha256:{digest}", "g" + digest[1:], "٣" * 64),
    ]

    assert {digest_named(one) for one in (digest, digest.upper(), f"sha256:{digest}", id_of(digest.upper()))} == {
        digest
    }
    assert [digest_named(one) for one in malformed] == [None] * len(malformed)


# Registering


async def test_what_is_registered_is_kept_to_the_letter(database: Database, known: Documents) -> None:
    """A text that changed by a space would hash to something else, and never be found."""
    odd = Document("# Grüße, 世界 \U0001f40c\r\n\t{ site { name } }  \n")
    await add_documents(database, SYSTEM, [odd, HOME])

    assert [await known.text(one.digest) for one in (odd, HOME)] == [odd.text, HOME.text]
    assert await rows() == [(odd.digest, odd.text, None, True), (HOME.digest, HOME.text, "Home", True)]


async def test_adding_twice_changes_nothing(database: Database) -> None:
    """Each deployment would make its documents look new, or fail on the old ones."""
    with clock.at(NOON):
        await add_documents(database, SYSTEM, [HOME, SITE])
    with clock.at(NOON + DAY):
        await add_documents(database, SYSTEM, [HOME, SITE, HOME])

    assert [row.created_at for row in await StoredDocument.all()] == [NOON, NOON]
    assert len(await rows()) == 2


async def test_all_are_registered_or_none(database: Database) -> None:
    """Half of a frontend's release would be answered."""
    await database.connection.execute_script(NO_ROOM_FOR_HOME[database.dialect])

    with pytest.raises(Exception, match=r"no room|full_"):
        await add_documents(database, SYSTEM, [SITE, HOME])

    assert await rows() == []


async def test_a_row_that_nobody_registered_is_not_answered(database: Database, known: Documents) -> None:
    """Whatever else came into the table would be what strangers may ask."""
    await StoredDocument.create(digest=SITE.digest, document=SITE.text)

    assert await known.text(SITE.digest) is None
    assert await list_documents(SYSTEM) == []
    with pytest.raises(NoSuchDocument):
        await remove_document(database, SYSTEM, SITE.digest)
    await add_documents(database, SYSTEM, [SITE])
    assert await rows() == [(SITE.digest, SITE.text, None, True)]


async def test_a_text_that_no_request_may_hold_is_none() -> None:
    """PostgreSQL would fail on it, and SQLite keep it."""
    with pytest.raises(InvalidInput, match=r"U\+0000"):
        Document("{ site { name } } # \0")


async def test_a_long_name_is_cut(database: Database) -> None:
    """A document with many operations could not be registered for a name that only people read."""
    await add_documents(database, SYSTEM, [Document("{ a }", "x" * 500)])

    assert [row[2] for row in await rows()] == ["x" * 200]


async def test_who_may(database: Database) -> None:
    """Anybody with a token could widen what strangers may ask, or take a frontend off the air."""
    await add_documents(database, SYSTEM, [SITE])
    others = Viewer(frozenset(Scope) - {Scope.SITE_MANAGE}, actor="token:other")
    keeper = Viewer(frozenset({Scope.SITE_MANAGE}), actor="token:keeper")

    for viewer in (ANONYMOUS, others):
        with pytest.raises(NotAllowed, match="SITE_MANAGE"):
            await add_documents(database, viewer, [HOME])
        with pytest.raises(NotAllowed, match="SITE_MANAGE"):
            await remove_document(database, viewer, SITE.digest)
        with pytest.raises(NotAllowed, match="SITE_MANAGE"):
            await list_documents(viewer)
    assert [row[0] for row in await rows()] == [SITE.digest]

    await add_documents(database, keeper, [HOME])
    await remove_document(database, keeper, SITE.digest)
    assert [row.digest for row in await list_documents(keeper)] == [HOME.digest]


async def test_the_list_is_by_name(database: Database) -> None:
    """Nobody would find anything in it."""
    other = Document("query About { site { name } }", "About")
    await add_documents(database, SYSTEM, [HOME, SITE, other])

    assert [row.name for row in await list_documents(SYSTEM)] == [None, "About", "Home"]


async def test_removing_what_is_not_there_is_told(database: Database) -> None:
    """Somebody who mistypes an id would think that the document was gone."""
    await add_documents(database, SYSTEM, [SITE])

    with pytest.raises(NoSuchDocument, match="list of documents"):
        await remove_document(database, SYSTEM, HOME.digest)

    assert [row[0] for row in await rows()] == [SITE.digest]


# Looking up


async def test_finding_is_one_statement(database: Database, runner: Counting) -> None:
    """What any stranger can cause would cost more than it has to."""
    await add_documents(database, SYSTEM, [SITE])

    assert await find_document(runner, database.dialect, SITE.digest) == SITE.text
    assert await find_document(runner, database.dialect, HOME.digest) is None
    assert len(runner.sent) == 2


async def test_a_document_costs_one_statement_in_five_seconds(
    database: Database, known: Documents, runner: Counting
) -> None:
    """Each request would cost a second statement; or an unknown id would keep the database busy."""
    await add_documents(database, SYSTEM, [SITE])

    counts = []
    for moment in (NOON, NOON + KEPT - INSTANT, NOON + KEPT):
        with clock.at(moment):
            assert (await known.text(SITE.digest), await known.text(HOME.digest)) == (SITE.text, None)
        counts.append(len(runner.sent))

    assert timedelta(seconds=5) == KEPT
    assert counts == [2, 2, 4]


async def test_a_document_is_at_hand_once_it_was_looked_up(
    database: Database, known: Documents, runner: Counting
) -> None:
    """The quick way would never be taken, or would tell what is not so."""
    await add_documents(database, SYSTEM, [SITE])
    with clock.at(NOON):
        before = known.at_hand(SITE.digest)
        await known.text(SITE.digest)
        await known.text(HOME.digest)
        now = known.at_hand(SITE.digest), known.at_hand(HOME.digest)
    with clock.at(NOON + KEPT):
        later = known.at_hand(SITE.digest)

    assert (before, now, later) == (None, (SITE.text, None), None)
    assert len(runner.sent) == 2


async def test_what_another_process_registers_is_known_within_five_seconds(
    database: Database, known: Documents
) -> None:
    """A frontend's release would have to wait for every server to be started again."""
    with clock.at(NOON):
        assert await known.text(SITE.digest) is None
    await add_documents(database, SYSTEM, [SITE])

    with clock.at(NOON + KEPT):
        assert await known.text(SITE.digest) == SITE.text


async def test_what_is_removed_is_unknown_within_five_seconds(
    database: Database, known: Documents, runner: Counting
) -> None:
    """A query that was withdrawn for what it costs, or tells, would go on."""
    await add_documents(database, SYSTEM, [SITE])
    with clock.at(NOON):
        await known.text(SITE.digest)
    await remove_document(database, SYSTEM, SITE.digest)

    told = []
    for moment in (NOON + KEPT - INSTANT, NOON + KEPT):
        with clock.at(moment):
            told.append(await known.text(SITE.digest))

    assert told == [SITE.text, None]
    async with aclosing(Documents(database, runner)) as elsewhere:
        assert await elsewhere.text(SITE.digest) is None


async def test_invented_ids_push_out_no_document(
    database: Database, runner: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody could slow down everybody, or fill the memory."""
    monkeypatch.setattr(documents, "MAX_KNOWN", 1)
    monkeypatch.setattr(documents, "MAX_MISSING", 3)
    await add_documents(database, SYSTEM, [SITE, HOME])
    with clock.at(NOON):
        async with aclosing(Documents(database, runner)) as known:
            for digest in (HOME.digest, SITE.digest, *(f"{number:064x}" for number in range(50))):
                await known.text(digest)

            assert (known.at_hand(SITE.digest), known.at_hand(HOME.digest)) == (SITE.text, None)
            assert (len(known._texts.found), len(known._texts.missing)) == (1, 3)


async def test_the_limits_are_those_that_are_told() -> None:
    """The test above sets its own."""
    assert (documents.MAX_KNOWN, documents.MAX_MISSING) == (1_000, 10_000)


async def test_many_who_ask_at_once_are_told_by_one_statement(
    database: Database, known: Documents, runner: Counting
) -> None:
    """Every five seconds, a page in demand would send as many statements as it has readers."""
    await add_documents(database, SYSTEM, [SITE])

    told = await asyncio.gather(*(known.text(SITE.digest) for _ in range(50)))

    assert (set(told), len(runner.sent)) == ({SITE.text}, 1)
