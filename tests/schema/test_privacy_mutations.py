"""Personal data over GraphQL: asked for by a reader of a running server, and by those who answer for it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from cms.app import create_app
from cms.comments.actions import post_comment
from cms.comments.drafts import CommentDraft, Guest
from cms.kernel.database import Database, Dialect
from cms.kernel.mail import MAIL
from cms.kernel.models import Idempotency, Job
from cms.kernel.settings import Settings
from cms.kernel.viewer import ANONYMOUS
from tests.articles.world import a_public_article
from tests.comments.lives import EMAIL, WORDS, found_in, live, tables_of
from tests.schema.desk import Desk
from tests.serving import asking, fill, listening, post, settings_for
from tests.test_worker import until

pytestmark = pytest.mark.asyncio

ERRORS = "errors { __typename code path ... on RateLimited { retryAfter } }"
ERASED = f"erasedComments erasedMessages keepsAccount {ERRORS}"
INES = "Ines.Quill@mail.example.org"


async def _do(client: httpx2.AsyncClient, field: str, payload: str) -> Any:  # noqa: ANN401 - JSON
    answer = await post(client, asking(f"mutation {{ it: {field} {{ {payload} }} }}"))
    return answer.json()["data"]["it"]


@asynccontextmanager
async def _served(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a real server that works off its jobs."""
    app = create_app(settings, with_worker=True)
    async with listening(app, settings) as host, httpx2.AsyncClient(base_url=f"http://{host}") as client:
        yield client


async def _lived(database: Database) -> None:
    """A life, of which the letter with an older code was handed over long ago."""
    await live(database)
    await Job.filter(kind=MAIL, payload__contains="cms_l_").delete()


def _letters(outbox: Path) -> dict[str, str]:
    """The letters that were handed over, by their names."""
    return {path.name: path.read_text() for path in outbox.glob("*.eml")}


async def _code(client: httpx2.AsyncClient, outbox: Path, email: str, purpose: str) -> str:
    """What is mailed to whoever asks for it."""
    begins = {"EXPORT": "Subject: What Ground Floor holds", "ERASE": "Subject: Erasing what Ground Floor"}[purpose]
    before, found = _letters(outbox).keys(), list[str]()

    async def has_come() -> bool:
        new = [text for name, text in _letters(outbox).items() if name not in before]
        found.extend(text for text in new if begins in text)
        return bool(found)

    asked = await _do(client, f'requestPersonalData(email: "{email}", purpose: {purpose})', ERRORS)
    await until(has_come)
    assert asked == {"errors": []}
    return str(re.findall(r"cms_l_\S+", found[0])[0])


def _file(path: Path) -> bytes:
    """An SQLite database, its log and what is kept about that, in small letters."""
    parts = (path.with_name(path.name + end) for end in ("", "-wal", "-shm"))
    return b"".join(part.read_bytes() for part in parts if part.exists()).lower()


async def test_a_reader_reads_it_and_has_it_erased(
    database_url: str, dialect: Dialect, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever has no account could neither know what is kept of them nor end it; or their file would still tell."""
    await fill(database_url, _lived)
    settings = settings_for(database_url, tmp_path, outbox=tmp_path / "outbox")

    async def is_gone() -> bool:
        return found_in(_file(tmp_path / "cms.db")) == []

    async with _served(settings) as client:
        to_read = await _code(client, settings.outbox, EMAIL, "EXPORT")
        read = await _do(client, f'claimPersonalData(token: "{to_read}")', f"data {ERRORS}")
        read_again = await _do(client, f'claimPersonalData(token: "{to_read}")', f"data {ERRORS}")
        to_erase = await _code(client, settings.outbox, EMAIL.upper(), "ERASE")
        erased = await _do(client, f'claimErasure(token: "{to_erase}")', ERASED)
        if dialect is Dialect.SQLITE:
            await until(is_gone)
            assert _file(tmp_path / "cms.db").startswith(b"sqlite format 3")

    assert found_in(orjson.dumps(read["data"]).lower()) == [each for each in WORDS if each != "what it said before"]
    assert read_again == {"data": None, "errors": [{"__typename": "InputError", "code": "INVALID", "path": ["token"]}]}
    assert erased == {"erasedComments": 5, "erasedMessages": 1, "keepsAccount": False, "errors": []}
    told = capfd.readouterr()
    assert "mail handed over" in told.out
    assert found_in((told.out + told.err).lower().encode()) == []

    async def look(database: Database) -> None:
        assert found_in(await tables_of(database)) == []

    await fill(database_url, look)


async def test_an_answer_that_is_kept_holds_none_of_it(desk: Desk) -> None:
    """What was erased, or told to one person, would lie in a table for a day for whoever repeats a key."""
    admin, article = desk.people["admin"], await a_public_article(desk.database)
    await post_comment(desk.database, ANONYMOUS, CommentDraft(article.id, "Marmalade.", guest=Guest("Ines", INES)))

    told, tried, again, refused = [
        await desk.do(
            admin, f'{verb}PersonalData(email: "{email}", options: {{{options}}})', f"{shows} errors {{ message }}"
        )
        for verb, email, options, shows in (
            ("export", INES, 'idempotencyKey: "1"', "data"),
            ("export", INES, "dryRun: true", "data"),
            ("export", INES, 'idempotencyKey: "1"', "data"),
            ("export", f"{INES}, me", 'idempotencyKey: "2"', "data"),
        )
    ]
    erased = [
        await desk.do(
            admin,
            f'erasePersonalData(email: "{INES}", options: {{idempotencyKey: "3"}})',
            "erasedComments keepsAccount",
        )
        for _ in range(2)
    ]
    kept = repr([row.result for row in await Idempotency.all()]).lower()

    assert told["data"]["comments"][0]["text"] == "Marmalade."
    assert (tried["data"], again["data"], refused["data"]) == (None, None, None)
    assert erased == [{"erasedComments": 1, "keepsAccount": False}] * 2
    assert await Idempotency.all().count() == 4 - 1
    assert [word for word in ("ines", "marmalade", "mail.example") if word in kept] == []
    assert [word for word in ("ines", "marmalade") if word in refused["errors"][0]["message"].lower()] == []


async def test_strangers_are_told_the_same_whatever_is_held(desk: Desk) -> None:
    """Whoever asks for an address would learn whether its owner reads here."""
    article = await a_public_article(desk.database)
    await post_comment(desk.database, ANONYMOUS, CommentDraft(article.id, "Marmalade.", guest=Guest("Ines", INES)))

    answers = [
        await desk.do(ANONYMOUS, f'requestPersonalData(email: "{email}", purpose: ERASE)', ERRORS)
        for email in (INES, "nobody@mail.example.org") * 3 + (INES, "nobody@mail.example.org")
    ]

    too_often = {"__typename": "RateLimited", "code": "RATE_LIMITED", "path": None}
    assert answers[:6] == [{"errors": []}] * 6
    assert [{**each["errors"][0], "retryAfter": 0} for each in answers[6:]] == [{**too_often, "retryAfter": 0}] * 2
