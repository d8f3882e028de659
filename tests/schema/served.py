"""The dyed world behind the real application, and everybody who asks it.

The one thing to know: it is asked at the moment of the world, over HTTP; `broken` puts something else in the place of
the endpoint for a while, for the twins of the checks.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from starlette.applications import Starlette

from cms.accounts.tokens import create_token, revoke_token
from cms.app import GraphQLEndpoint
from cms.kernel import clock
from cms.kernel.database import Database, Dialect, connection_settings, open_database
from cms.kernel.limits import Limits
from cms.kernel.viewer import SYSTEM, Scope
from cms.reading.assembling import Row
from cms.reading.entity import Entity
from cms.reading.postgres_runner import PostgresRunner, postgres_runner
from cms.reading.reader import Reader, Runner
from cms.reading.sqlite_runner import SqliteRunner, sqlite_runner
from cms.reading.vocabulary import Perspective
from cms.tables import MIGRATIONS, MODEL_MODULES
from schema.http import GraphQLView
from schema.schema import MastheadSchema
from tests.reading.rows import HOUR, NOW
from tests.schema.canaries import Dyed, canaries_in, dye
from tests.schema.forgetting import forget
from tests.schema.matrix import Matrix, written
from tests.schema.operands import Operands
from tests.serving import running, settings_for

SCHEMA = MastheadSchema()._schema
#: With these comes the right to read what is written.
_EDITING = frozenset({Scope.CONTENT_WRITE, Scope.CONTENT_PUBLISH})
CALLERS: Mapping[str, frozenset[Scope]] = {
    "anonymous": frozenset(),
    **{scope.value: frozenset({scope, Scope.CONTENT_PREVIEW} if scope in _EDITING else {scope}) for scope in Scope},
    "everything": frozenset(Scope),
}
_ENOUGH = 2**29
#: What is asked here is meant to reach everything; the limits have tests of their own.
_AMPLE = Limits(
    document_bytes=_ENOUGH,
    document_tokens=_ENOUGH,
    aliases=_ENOUGH,
    fields=_ENOUGH,
    repeats=_ENOUGH,
    objects=2**60,
    token_objects=2**60,
    cost_bytes=2**60,
    token_cost_bytes=2**60,
    seconds=60,
    token_seconds=60,
    answer_bytes=_ENOUGH,
)


@dataclass(frozen=True)
class Answer:
    """An answer as it came: two are the same when nobody could tell them apart."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @cached_property
    def found(self) -> Any:  # noqa: ANN401 - whatever was answered
        """The body, read."""
        return orjson.loads(self.body)

    @property
    def errors(self) -> list[dict[str, Any]]:
        """What was refused or failed."""
        errors: list[dict[str, Any]] = self.found.get("errors", [])
        return errors

    @property
    def codes(self) -> set[str]:
        """The codes of the errors."""
        return {error["extensions"]["code"] for error in self.errors}

    @property
    def canaries(self) -> set[str]:
        """The canaries in all of it."""
        return canaries_in(self.body, *(part for header in self.headers for part in header))


@dataclass
class Served:
    """A running application over the dyed world, and the credentials of its callers."""

    app: Starlette
    client: httpx2.AsyncClient
    dyed: Dyed
    tokens: Mapping[str, str]
    bad_credentials: Mapping[str, str]
    forgetful: Runner
    sent: list[str] = field(default_factory=list)
    cursors: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    _matrices: dict[tuple[str, Perspective], Matrix] = field(default_factory=dict)

    @property
    def endpoint(self) -> GraphQLEndpoint:
        """What the view stands in."""
        found = (part for one in self.app.user_middleware for part in one.kwargs.values())
        return next(part for part in found if isinstance(part, GraphQLEndpoint))

    @property
    def view(self) -> GraphQLView:
        """What answers at present."""
        assert self.endpoint.view is not None
        return self.endpoint.view

    @property
    def reader(self) -> Reader:
        """What reads for the view."""
        return self.view._schema.preparer.reader

    async def ask(
        self,
        who: str,
        query: str,
        perspective: Perspective = Perspective.PUBLISHED,
        variables: Mapping[str, object] | None = None,
        *,
        method: str = "POST",
    ) -> Answer:
        """What a caller is answered."""
        credential = f"Bearer {self.tokens[who]}" if who in self.tokens else None
        return await self.request(query, perspective, variables, credential=credential, method=method)

    async def request(
        self,
        query: str,
        perspective: Perspective = Perspective.PUBLISHED,
        variables: Mapping[str, object] | None = None,
        *,
        credential: str | None = None,
        method: str = "POST",
    ) -> Answer:
        """What is answered to a credential, or to none."""
        headers = {"x-cms-perspective": perspective.value}
        if credential is not None:
            headers["authorization"] = credential
        asked: dict[str, Any] = {"query": query, "variables": variables or {}}
        if method == "POST":
            given: dict[str, Any] = {"json": asked}
        else:
            given = {"params": asked | {"variables": orjson.dumps(asked["variables"]).decode()}}
        with clock.at(NOW):
            answer = await self.client.request(method, "/graphql", headers=headers, **given)
        return Answer(answer.status_code, tuple(answer.headers.raw), answer.content)

    def matrix(self, who: str, perspective: Perspective = Perspective.PUBLISHED) -> Matrix:
        """Everything that a caller can ask for; made once."""
        if (who, perspective) not in self._matrices:
            operands = Operands(self.dyed, CALLERS[who], perspective, self.cursors)
            self._matrices[who, perspective] = Matrix(SCHEMA, operands)
        return self._matrices[who, perspective]


def perspectives(who: str) -> list[Perspective]:
    """Those that a caller may ask in."""
    return list(Perspective) if Scope.CONTENT_PREVIEW in CALLERS[who] else [Perspective.PUBLISHED]


@asynccontextmanager
async def serving(url: str, folder: Path, copy: Callable[[str], AbstractContextManager[str]]) -> AsyncIterator[Served]:
    """Dye the world in the database at `url`, and serve it; `copy` copies a database that nobody has open."""
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        with clock.at(NOW - HOUR):
            tokens = {name: await _token(database, name, scopes) for name, scopes in CALLERS.items() if scopes}
            bad = await _bad_credentials(database, tokens["everything"])
            dyed = await dye(database)
    settings = settings_for(url, folder, limits=_AMPLE, log_level="ERROR")
    with pytest.MonkeyPatch.context() as patch, copy(url) as other_url:
        await forget(other_url, dyed)
        async with running(settings) as client, _runner(other_url) as forgetful:
            app = client._transport.app  # type: ignore[attr-defined] # the application behind the client
            served = Served(app, client, dyed, tokens, bad, forgetful, _sent(patch))
            await _collect_cursors(served)
            yield served


def _runner(url: str) -> AbstractAsyncContextManager[Runner]:
    """What reads a database, beside the one that is open."""
    dialect, settings = connection_settings(url)
    if dialect is Dialect.SQLITE:
        return sqlite_runner(Path(str(settings["file_path"])), _ENOUGH)
    return postgres_runner(settings, _ENOUGH)


async def _token(database: Database, name: str, scopes: Iterable[Scope], **given: datetime) -> str:
    _, secret = await create_token(database, SYSTEM, name, [scope.value for scope in scopes], **given)
    return secret


async def _bad_credentials(database: Database, good: str) -> dict[str, str]:
    """Values of an `Authorization` header that stand for nobody, by what is wrong with them."""
    expired = await _token(database, "expired", Scope, expires_at=NOW - HOUR / 2)
    token, revoked = await create_token(database, SYSTEM, "revoked", list(Scope))
    await revoke_token(database, SYSTEM, token.id)
    return {
        "empty": "",
        "without a scheme": good,
        "of another scheme": f"Basic {good}",
        "without a token": "Bearer",
        "cut short": f"Bearer {good[:-1]}",
        "too long": f"Bearer {good}A",
        "unknown": f"Bearer cms_{'A' * 43}",
        "two at once": f"Bearer {good}, Bearer {good}",
        "expired": f"Bearer {expired}",
        "revoked": f"Bearer {revoked}",
    }


def _sent(patch: pytest.MonkeyPatch) -> list[str]:
    """The statements that read content, from now on."""
    sent: list[str] = []

    def noting(rows: Any) -> Any:  # noqa: ANN401 - either runner's method
        async def noted(runner: object, sql: str, values: Sequence[object], **more: Any) -> Sequence[Row]:  # noqa: ANN401 - passed on
            if "FROM api_token" not in sql:
                sent.append(sql)
            found: Sequence[Row] = await rows(runner, sql, values, **more)
            return found

        return noted

    for runner in (SqliteRunner, PostgresRunner):
        patch.setattr(runner, "rows", noting(runner.rows))
    return sent


async def _collect_cursors(served: Served) -> None:
    """Keep the cursors of everything, in every list and order, as whoever may see most gets them."""
    matrix = served.matrix("everything")
    for type_ in matrix.types:
        for name, one in type_.fields.items():
            where = f"{type_.name}.{name}"
            for order in matrix.orders(where, one) if "after" in one.args else ():
                asked = f"{name}(first: 100, {written(order)}) {{ edges {{ cursor node {{ id }} }} }}"
                answer = await served.ask("everything", matrix.document(type_.name, asked), Perspective.DRAFT)
                edges = [(edge["node"]["id"], edge["cursor"]) for edge in _edges(answer.found)]
                served.cursors[where, written(order)] = edges


def _edges(found: object) -> Iterator[dict[str, Any]]:
    if isinstance(found, dict) and "cursor" in found:
        yield found
    elif isinstance(found, dict | list):
        for inner in found.values() if isinstance(found, dict) else found:
            yield from _edges(inner)


@contextmanager
def broken(served: Served, **entities: Entity) -> Iterator[None]:
    """The same application with other entities, for as long as the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        # The schema would refuse entities for another audience than it declares.
        patch.setattr("schema.schema.check_pairs", lambda *_: None)
        reader = served.reader
        _answer_with(served, patch, replace(reader, entities={**reader.entities, **entities}))
        yield


@contextmanager
def forgetting(served: Served) -> Iterator[None]:
    """The same application over the world in which nothing hidden ever was, for as long as the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        _answer_with(served, patch, replace(served.reader, runner=served.forgetful))
        yield


def _answer_with(served: Served, patch: pytest.MonkeyPatch, reader: Reader) -> None:
    view = GraphQLView(MastheadSchema(reader), identify=served.view._identify, graphiql=False)
    patch.setattr(served.endpoint, "view", view)
