"""Nobody learns what is not theirs: every path of the API, asked by everybody, over HTTP, with a canary in every value.

The one thing to know: what is asked is made from the schema (`matrix`), and whose each canary is from the rows
(`whose`). Each check has a twin: the same check of a server that was broken on purpose, which it must find out.
"""

import shutil
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from cms.entities import ENTITIES
from cms.kernel import clock
from cms.kernel.database import Dialect
from cms.kernel.viewer import ANONYMOUS, Viewer
from cms.reading.assembling import Row
from cms.reading.entity import Column, Entity, FlagFilter
from cms.reading.postgres_runner import PostgresRunner
from cms.reading.sqlite_runner import SqliteRunner
from cms.reading.vocabulary import Perspective
from schema.audience import needs_of
from schema.errors import refusal
from tests.databases import name_of, postgres_database
from tests.reading.rows import NOW
from tests.schema.canaries import texts_of
from tests.schema.checking import (
    admitted,
    differences,
    documents,
    found_out,
    leaks,
    misread,
    seen,
    traces,
    unrefused,
)
from tests.schema.covering import coordinates, covered
from tests.schema.served import CALLERS, Served, broken, perspectives, serving
from tests.schema.whose import NOBODY
from tests.serving import TRANSPORT, hear, listening, say

pytestmark = pytest.mark.asyncio(loop_scope="module")

everybody = pytest.mark.parametrize("who", CALLERS)
#: Twins try the checks, which are the same on either database.
on_sqlite = pytest.mark.parametrize("served", [Dialect.SQLITE], indirect=True, ids=str)


@contextmanager
def _copied_file(url: str) -> Iterator[str]:
    path = url.removeprefix("sqlite://")
    yield f"sqlite://{shutil.copyfile(path, f'{path}.copy')}"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=list(Dialect), ids=str)
async def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """The dyed world, served from a copy of the world's database. Nobody writes to it."""
    folder = tmp_path_factory.mktemp("canaries")
    world = request.getfixturevalue(f"{request.param.value}_world")
    if request.param is Dialect.SQLITE:
        path = shutil.copyfile(world.removeprefix("sqlite://"), folder / "world.db")
        async with serving(f"sqlite://{path}", folder, _copied_file) as opened:
            yield opened
        return
    server = request.getfixturevalue("postgres_url")
    with postgres_database(server, name_of(world)) as url:
        async with serving(url, folder, lambda of: postgres_database(server, name_of(of))) as opened:
            yield opened


# The ground of it


async def test_every_text_has_a_canary(served: Served) -> None:
    """A column without one could be shown to anybody, and nothing here would notice."""
    held = {canary.where for canary in served.dyed.canaries.values()}
    models = served.app.state.database.apps["cms"].values()

    texts = {f"{model._meta.db_table}.{name}" for model in models for name in texts_of(model)}
    # A key of a block in the article's own text, in the place of `anchor_block_key`, which has a canary.
    assert held == texts - {"comment.anchor_found_in"}


async def test_something_is_hidden_from_everybody(served: Served) -> None:
    """A check that asks for nothing hidden would find nothing."""
    hidden = {who: len(served.dyed.canaries) - len(served.dyed.shown_to(scopes)) for who, scopes in CALLERS.items()}
    nobodys = [canary for canary in served.dyed.canaries.values() if canary.audience == NOBODY]

    assert min(hidden.values()) == hidden["everything"] >= len(nobodys) > 0
    assert max(hidden.values()) == hidden["anonymous"]


@on_sqlite
@everybody
async def test_everything_is_asked_for(served: Served, who: str) -> None:
    """A field, argument, filter or order key that was added is asked for without anybody thinking of it."""
    assert coordinates() - covered(documents(served, who)) == set()


@on_sqlite
async def test_what_is_not_asked_for_is_found(served: Served) -> None:
    """The twin of the test above: nobody asks for comments, for their filters, or by their orders."""
    missing = coordinates() - covered(one for one in documents(served, "everything") if "omment" not in one)

    assert {"Query.comments", "Comment.flags", "CommentFilter.text", "CommentOrder.OLDEST_FIRST"} <= missing
    assert "Query.articles" not in missing


# What is shown


@everybody
async def test_everybody_sees_what_is_theirs_and_nothing_else(served: Served, who: str) -> None:
    """One field without its condition would show drafts, addresses or moderators' notes to whoever asks for it."""
    found, shown = await seen(served, who), served.dyed.shown_to(CALLERS[who])

    assert served.dyed.where(found - shown) == []
    assert served.dyed.where(shown - found) == []


def _everybody(*_: object) -> str:
    return ""


def _open(name: str) -> Entity:
    """An entity that everybody sees all rows of."""
    return replace(ENTITIES[name], visible=_everybody, anchor=_everybody)


def _unkept(name: str) -> Entity:
    """An entity whose rows are there even if they were thrown away, or are not there yet."""
    sources = {perspective: replace(source, when="") for perspective, source in ENTITIES[name].sources.items()}
    return replace(ENTITIES[name], sources=sources)


@on_sqlite
@pytest.mark.parametrize(
    ("entity", "shown"),
    [
        (_open("Comment"), "comment.author_name"),
        (_open("Disclaimer"), "disclaimer.slug"),
        (_open("DisclaimerVersion"), "disclaimer_version.title"),
        (_open("PolicyVersion"), "policy_version.acceptance_text"),
        (_open("User"), "user_account.name"),
        (_open("AuditEntry"), "event.actor"),
        (_open("ArticleRevision"), "article_revision.title"),
        (_unkept("Article"), "article_revision.title"),
        (_unkept("Author"), "author.name"),
        (_unkept("Topic"), "topic.name"),
        (_unkept("Media"), "media.alt"),
    ],
    ids=lambda value: value.name if isinstance(value, Entity) else "",
)
async def test_an_entity_that_lost_its_condition_is_found(served: Served, entity: Entity, shown: str) -> None:
    """A twin of the test above: it would pass whatever the reader's conditions were."""
    with broken(served, **{entity.name: entity}):
        assert shown in await leaks(served, "anonymous")


@on_sqlite
async def test_a_field_that_lost_its_scope_is_found(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another twin: declared for everybody by mistake, and answered to everybody, it would be in order everywhere."""

    def needs(found: Any) -> Any:  # noqa: ANN401 - as `needs_of`
        is_email = getattr(found.extensions.get("strawberry-definition"), "python_name", "") == "author_email"
        return None if is_email else needs_of(found)

    comment = ENTITIES["Comment"]
    fields = {**comment.fields, "author_email": Column("{c}.author_email")}
    for module in ("schema.audience", "schema.pairing", "tests.reading.everything"):
        monkeypatch.setattr(f"{module}.needs_of", needs)
    with broken(served, Comment=replace(comment, fields=fields)):
        assert await leaks(served, "anonymous") == ["comment.author_email"]


# What can be told of it


@everybody
async def test_nothing_given_tells_what_is_hidden_from_what_never_was(served: Served, who: str) -> None:
    """Filters, orders, cursors and ids would answer questions about what the answer does not show."""
    assert await differences(served, who) == []


@on_sqlite
@pytest.mark.parametrize(
    ("entity", "place"),
    [
        (_unkept("Author"), "Query.articles(filter:)"),
        (_unkept("Author"), "Query.author(by:)"),
        (_unkept("Article"), "Query.article(by:)"),
        (_open("Disclaimer"), "Query.disclaimer(by:)"),
        (_open("Comment"), "Query.comments(after:)"),
        (_open("Comment"), "Query.comment(id:)"),
    ],
    ids=lambda value: value.name if isinstance(value, Entity) else value,
)
async def test_an_argument_that_tells_is_found(served: Served, entity: Entity, place: str) -> None:
    """The twin of the test above."""
    with broken(served, **{entity.name: entity}):
        assert place in await differences(served, "anonymous", place)


async def test_readers_are_answered_as_if_nothing_hidden_had_ever_been(served: Served) -> None:
    """A count, an order or the end of a page would tell of drafts, though nothing of them is shown."""
    assert await traces(served) == []


@on_sqlite
@pytest.mark.parametrize(
    ("entity", "place"),
    [
        (_unkept("Author"), "Query.authors(first:)"),
        (_unkept("Topic"), "Query.topics(first:)"),
        (_open("Comment"), "Article.comments(last:)"),
    ],
    ids=lambda value: value.name if isinstance(value, Entity) else value,
)
async def test_a_trace_of_what_is_hidden_is_found(served: Served, entity: Entity, place: str) -> None:
    """The twin of the test above."""
    with broken(served, **{entity.name: entity}):
        assert place in await traces(served, place)


@everybody
async def test_what_is_hidden_is_answered_as_what_never_was(served: Served, who: str) -> None:
    """By id, slug and path, by POST and GET: a status, a header or a length would tell that something is there."""
    assert await found_out(served, who) == []


@on_sqlite
@pytest.mark.parametrize("name", ["Topic", "Author", "Media"])
async def test_hidden_things_that_are_there_are_found(served: Served, name: str) -> None:
    """The twin of the test above."""
    with broken(served, **{name: _unkept(name)}):
        assert await found_out(served, "anonymous") != []


# What is refused


@everybody
async def test_what_needs_a_scope_is_refused_by_its_name(served: Served, who: str) -> None:
    """A filter that is dropped in silence shows everything; and a refusal that says nothing helps nobody."""
    assert await unrefused(served, who) == []


def _ignoring() -> Mapping[str, Entity]:
    """Entities whose forbidden field and filter are for everybody, and the filter filters nothing."""
    site, comment = ENTITIES["Site"], ENTITIES["Comment"]
    fields = {**site.fields, "preview_url": Column("{s}.preview_url")}
    filters = {**comment.filters, "flagged": FlagFilter("1 = 1")}
    return {"Site": replace(site, fields=fields), "Comment": replace(comment, filters=filters)}


@on_sqlite
async def test_what_runs_without_its_scope_is_found(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above: of a document nothing is refused beforehand, and two things run."""
    monkeypatch.setattr("schema.preparing.demands", lambda *_: ())
    with broken(served, **_ignoring()):
        found = await unrefused(served, "anonymous")

    assert {"Site.previewUrl for want of CONTENT_PREVIEW", "CommentFilter.flagged for want of COMMENTS_MODERATE"} <= {
        *found
    }
    assert "Article.head for want of CONTENT_PREVIEW" not in found


@everybody
@pytest.mark.parametrize("perspective", [one.value for one in Perspective])
async def test_drafts_are_for_those_who_may_preview(served: Served, who: str, perspective: str) -> None:
    """A header would open what no field does."""
    asked = Perspective(perspective)
    served.sent.clear()
    answer = await served.ask(who, "{ articles { nodes { title } } }", asked)

    if asked in perspectives(who):
        assert answer.codes == set()
        return
    assert [(error["message"], error["extensions"]["scope"]) for error in answer.errors] == [
        ("The DRAFT perspective needs the scope CONTENT_PREVIEW.", "CONTENT_PREVIEW")
    ]
    assert (answer.codes, served.sent, "data" in answer.found) == ({"FORBIDDEN"}, [], False)


@everybody
async def test_what_is_not_in_the_schema_is_refused(served: Served, who: str) -> None:
    """A mistyped filter would filter nothing, and orders that the reader uses for itself would be everybody's."""
    assert await misread(served, who) == []


@on_sqlite
async def test_what_is_not_in_the_schema_and_runs_is_found(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above: nothing is validated."""
    monkeypatch.setattr("schema.preparing.validate", lambda *_, **__: [])
    with broken(served):
        assert any("nonsense: 1" in mistake for mistake in await misread(served, "anonymous"))


# Faults of ours


async def _spoken(served: Served, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The canaries in what anybody is told when every statement fails and its driver says all that it knows."""

    async def failing(*_: object, **__: object) -> Sequence[Row]:
        raise RuntimeError(f"DETAIL: the row holds ({', '.join(served.dyed.canaries)})")

    found: set[str] = set()
    with monkeypatch.context() as patch:
        for runner in (SqliteRunner, PostgresRunner):
            patch.setattr(runner, "rows", failing)
        for who in CALLERS:
            for query in ("{ site { name } }", "{ __schema { queryType { name } } site { name } }"):
                answer = await served.ask(who, query)
                assert answer.codes == {"INTERNAL_SERVER_ERROR"}
                found |= answer.canaries
    return found


async def test_a_failure_tells_nobody_anything(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drivers put the row, or the value that it stumbled on, into their messages."""
    await _know_tokens(served)

    assert await _spoken(served, monkeypatch) == set()


@on_sqlite
async def test_a_failure_that_echoes_is_found(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above: what was raised is told."""
    await _know_tokens(served)

    def echoing(request_id: str) -> object:
        return refusal(str(sys.exception()), "INTERNAL_SERVER_ERROR", requestId=request_id)

    monkeypatch.setattr("schema.schema.masked", echoing)
    assert await _spoken(served, monkeypatch) == set(served.dyed.canaries)


async def _know_tokens(served: Served) -> None:
    """Have every token looked up, which takes a statement."""
    for who in CALLERS:
        assert (await served.ask(who, "{ site { name } }")).codes == set()


# Bad credentials


async def test_a_bad_credential_is_nobodys_and_not_anonymous(served: Served) -> None:
    """A program whose token ran out would read what readers get, and take it for all there is."""
    assert await admitted(served) == []


@on_sqlite
async def test_a_bad_credential_that_is_let_in_is_found(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above: who is not known is anonymous."""
    monkeypatch.setattr(served.view, "_identify", _anybody)

    ways_in = len(served.matrix("anonymous").bare("Query"))
    assert len(await admitted(served)) == ways_in * len(served.bad_credentials) * 2


async def _anybody(_authorization: str) -> Viewer:
    return ANONYMOUS


async def _close_codes(served: Served, credentials: Mapping[str, str]) -> dict[str, int | None]:
    """How WebSockets end whose clients introduce themselves with such credentials; None where they go on."""
    with clock.at(NOW):
        # The application is up already.
        async with listening(served.app, lifespan="off") as address:
            return {kind: await _close_code(address, credential) for kind, credential in credentials.items()}


async def _close_code(address: str, credential: str) -> int | None:
    async with connect(f"ws://{address}/graphql", subprotocols=[Subprotocol(TRANSPORT)]) as socket:
        await say(socket, {"type": "connection_init", "payload": {"authorization": credential}})
        try:
            assert await hear(socket) == {"type": "connection_ack"}
        except ConnectionClosed:
            return socket.close_code
    return None


async def test_a_websocket_closes_on_a_bad_credential(served: Served) -> None:
    """As over HTTP; the protocol wants 4403."""
    good = {who: f"Bearer {token}" for who, token in served.tokens.items()}

    assert await _close_codes(served, served.bad_credentials) == dict.fromkeys(served.bad_credentials, 4403)
    assert await _close_codes(served, good) == dict.fromkeys(good)


@on_sqlite
async def test_a_websocket_that_goes_on_is_found(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above."""
    monkeypatch.setattr(served.view._sockets, "_identify", _anybody)

    assert await _close_codes(served, served.bad_credentials) == dict.fromkeys(served.bad_credentials)
