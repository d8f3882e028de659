"""Mutations under a key of the client's: sent again, they are told again, and happen once."""

import asyncio

import pytest

from cms.articles.models import Article
from cms.kernel.clock import now
from cms.kernel.errors import RateLimited
from cms.kernel.models import Idempotency
from schema.writing import Outcome
from tests.articles.world import every_row
from tests.schema.desk import WROTE, Desk, replace_act
from tests.schema.verbs import article_id, draft

pytestmark = pytest.mark.asyncio


async def test_a_key_belongs_to_whoever_made_it(desk: Desk) -> None:
    """Else somebody is given another's answer, or a key for one verb stands in the way of another."""
    options = 'options: {idempotencyKey: "k"}'
    document = f'createArticle(input: {{title: "Low water"}}, {options})'

    mine = await desk.do(desk.people["editor"], document, WROTE)
    theirs = await desk.do(desk.people["colleague"], document, WROTE)
    again = await desk.do(desk.people["editor"], document, WROTE)

    assert mine["article"]["id"] != theirs["article"]["id"]
    assert again == mine
    assert await Article.all().count() == 2


async def test_a_key_with_another_input_is_refused(desk: Desk) -> None:
    """Else a client that mixes up its keys is told that something was saved which was not."""
    options = 'options: {idempotencyKey: "k"}'
    await desk.do(desk.people["editor"], f'createArticle(input: {{title: "One"}}, {options})', WROTE)
    before = await every_row(desk.database)

    payload = await desk.do(desk.people["editor"], f'createArticle(input: {{title: "Two"}}, {options})', WROTE)

    assert [(error["code"], error["path"]) for error in payload["errors"]] == [
        ("IDEMPOTENCY_MISMATCH", ["idempotencyKey"])
    ]
    assert await every_row(desk.database) == before


async def test_of_ten_with_one_key_one_writes(desk: Desk) -> None:
    """Else a client that asks again too soon does it twice."""
    document = 'createArticle(input: {title: "Low water"}, options: {idempotencyKey: "k"})'

    payloads = await asyncio.gather(*[desk.do(desk.people["editor"], document, WROTE) for _ in range(10)])

    assert {payload["article"]["id"] for payload in payloads} == {payloads[0]["article"]["id"]}
    assert await Article.all().count() == 1


async def test_a_refusal_is_repeated_and_a_wait_is_not(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a refused write is carried out behind the client's back, or one that has to wait waits for ever."""
    made = await draft(desk, desk.people["editor"])
    stale = f'publishArticle(id: {article_id(made)}, expectedVersion: 9, options: {{idempotencyKey: "k"}})'

    first = await desk.do(desk.people["editor"], stale, "errors { code message }")
    again = await desk.do(desk.people["editor"], stale, "errors { code message }")
    assert first == again
    assert first["errors"][0]["code"] == "VERSION_CONFLICT"
    replace_act(desk, monkeypatch, "createArticle", _too_soon)
    waiting = 'createArticle(input: {title: "Low water"}, options: {idempotencyKey: "k"})'
    told = await desk.do(
        desk.people["editor"], waiting, "errors { code ... on RateLimited { retryAfter } } article { id }"
    )

    assert told == {"errors": [{"code": "RATE_LIMITED", "retryAfter": 7}], "article": None}
    assert await Idempotency.filter(mutation="createArticle").count() == 0


async def test_refusals_of_strangers_are_not_kept(desk: Desk) -> None:
    """Else anybody fills the database with a row for each request, by keys that they make up."""
    stale = 'publishArticle(id: "art_x", expectedVersion: 1, options: {idempotencyKey: "k"})'
    unknown = 'contactAuthor(input: {authorId: "aut_01890a5d-ac96-774b-bcce-b302099a8057", name: "I", '
    unknown += 'email: "i@mail.example.org", message: "Hello."}, options: {idempotencyKey: "k"})'

    refused = await desk.do(desk.people["anonymous"], unknown, "errors { code }")
    assert refused == {"errors": [{"code": "NOT_FOUND"}]}
    assert await Idempotency.all().count() == 0

    await desk.do(desk.people["writer"], unknown, "errors { code }")
    await desk.do(desk.people["anonymous"], stale, "errors { code }")
    assert [kept.mutation for kept in await Idempotency.all()] == ["contactAuthor"]


async def test_a_key_is_forgotten_after_a_day(desk: Desk) -> None:
    """Else keys fill the database, or a key is good for something that nobody remembers."""
    document = 'createArticle(input: {title: "Low water"}, options: {idempotencyKey: "k"})'
    await desk.do(desk.people["editor"], document, WROTE)
    await Idempotency.all().update(expires_at=now())

    await desk.do(desk.people["editor"], document, WROTE)

    assert await Article.all().count() == 2


async def _too_soon(*_: object, **__: object) -> Outcome:
    raise RateLimited("Wait a little.", 7)
