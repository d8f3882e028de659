"""From settings to a Starlette application. The only place that wires things together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from importlib import import_module

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from cms.accounts.identity import BadCredential, Identities
from cms.comments.akismet import use_akismet
from cms.delivery.documents import Documents
from cms.delivery.letter_pages import LETTER_ROUTES
from cms.entities import ENTITIES
from cms.kernel.database import Database, Dialect, open_database
from cms.kernel.limits import DEFAULT_LIMITS, Limits
from cms.kernel.logs import configure_logs
from cms.kernel.migrating import pending
from cms.kernel.secrecy import use_secret
from cms.kernel.settings import Settings, secret_of
from cms.kernel.viewer import Viewer
from cms.reading.dialect import Dialect as ReadingDialect
from cms.reading.postgres import PostgresDialect
from cms.reading.reader import Reader, Runner
from cms.reading.sqlite import SqliteDialect
from cms.reading.sqlite_runner import sqlite_runner
from cms.tables import MIGRATIONS, MODEL_MODULES
from cms.worker import hearing, working
from schema.answering import Identify
from schema.edge import Unacceptable
from schema.http import GraphQLView
from schema.schema import MastheadSchema, export
from schema.stored import StoredDocuments
from schema.streaming import STOPPING

log = structlog.get_logger()


@asynccontextmanager
async def open_reader(database: Database, media_url: str, limits: Limits = DEFAULT_LIMITS) -> AsyncIterator[Reader]:
    """A reader of the database on connections of its own, closed at the end."""
    async with AsyncExitStack() as stack:
        runner: Runner
        dialect: ReadingDialect
        if database.dialect is Dialect.SQLITE:
            opening = sqlite_runner(database.path, limits.answer_bytes)
            runner, dialect = await stack.enter_async_context(opening), SqliteDialect()
        else:
            # PostgreSQL's driver is an extra, which an installation on SQLite need not have, nor load.
            open_runner = import_module("cms.reading.postgres_runner").postgres_runner
            runner = await stack.enter_async_context(open_runner(database.settings, limits.answer_bytes))
            dialect = PostgresDialect()
        yield Reader(ENTITIES, dialect, runner, media_url, limits)


class GraphQLEndpoint:
    """The GraphQL view, which exists while the database is open."""

    def __init__(self) -> None:
        self.view: GraphQLView | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the view.

        Raises:
            RuntimeError: the application has not been started.
        """
        if self.view is None:
            raise RuntimeError("The application is not started: its server must send lifespan events")
        await self.view(scope, receive, send)


def create_app(settings: Settings, *, with_worker: bool = False) -> Starlette:
    """The application. The database is opened when the server starts it, and closed when it stops.

    Args:
        settings: how it is to be.
        with_worker: whether it also follows changes and does what is due, beside answering.
    """
    configure_logs(settings.log_level, as_json=settings.is_production)
    endpoint = GraphQLEndpoint()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, asyncio.Event]]:
        use_secret(secret_of(settings)[0])
        use_akismet(is_on=bool(settings.akismet_key))
        async with (
            open_database(settings.database_url, MODEL_MODULES, MIGRATIONS) as database,
            open_reader(database, f"{settings.public_url}/media", settings.limits) as reader,
            aclosing(Identities(database, reader.runner)) as identities,
            aclosing(Documents(database, reader.runner)) as documents,
            aclosing(_schema(settings, database, reader, documents)) as schema,
            working(database, settings) if with_worker else hearing(database),
        ):
            app.state.database = database
            # Where only stored documents are answered, the page could not even ask for the schema.
            is_open = not settings.is_production and not settings.stored_documents_only
            endpoint.view = GraphQLView(
                schema, identify=_identify(identities), graphiql=is_open, origins=settings.cors_origins
            )
            # The server says by it that it is about to stop; see `http_protocol`.
            yield {STOPPING: asyncio.Event()}
            endpoint.view = None

    return Starlette(routes=_routes(settings), middleware=_middleware(settings, endpoint), lifespan=lifespan)


def _schema(settings: Settings, database: Database, reader: Reader, documents: Documents) -> MastheadSchema:
    stored = StoredDocuments(documents, only=settings.stored_documents_only)
    return MastheadSchema(reader, database=database, stored=stored)


def _identify(identities: Identities) -> Identify:
    async def identify(authorization: str) -> Viewer:
        try:
            return await identities.viewer(authorization)
        except BadCredential as error:
            raise Unacceptable(str(error), 401, "UNAUTHENTICATED") from None

    return identify


class _GraphQLFirst:
    """Hands `/graphql` to its endpoint before routes are looked at, which takes as long as finding a row."""

    def __init__(self, app: ASGIApp, endpoint: GraphQLEndpoint) -> None:
        self._app = app
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and scope["path"] == "/graphql":
            await self._endpoint(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _routes(settings: Settings) -> list[BaseRoute]:
    return [
        Route("/schema.graphql", _schema_text),
        Route("/healthz", _alive),
        Route("/readyz", _ready),
        *LETTER_ROUTES,
        Mount("/media", _Media(directory=settings.media_folder, check_dir=False)),
    ]


def _middleware(settings: Settings, endpoint: GraphQLEndpoint) -> list[Middleware]:
    graphql = Middleware(_GraphQLFirst, endpoint=endpoint)
    if not settings.cors_origins:
        return [graphql]
    cors = Middleware(
        CORSMiddleware,
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "last-event-id", "x-cms-cost", "x-cms-perspective"],
    )
    return [cors, graphql]


class _Media(StaticFiles):
    """Files of the media store, named after their content: a copy never grows stale, and none is run as a page."""

    async def check_config(self) -> None:
        """The folder is made by the first upload; before it, no file is there (Starlette would fail instead)."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        response.headers["x-content-type-options"] = "nosniff"
        response.headers["content-security-policy"] = "default-src 'none'; sandbox"
        return response


async def _schema_text(_request: Request) -> Response:
    return PlainTextResponse(export())


async def _alive(_request: Request) -> Response:
    return JSONResponse({"alive": True})


async def _ready(request: Request) -> Response:
    """Whether requests can be served: the database answers, and is migrated."""
    try:
        waiting = await pending(request.app.state.database)
    except Exception:
        # Not only what drivers raise: whatever keeps this from being answered keeps everything else from it.
        log.exception("the database does not answer")
        return JSONResponse({"ready": False, "reason": "the database does not answer"}, status_code=503)
    if waiting:
        return JSONResponse({"ready": False, "reason": "migrations are pending"}, status_code=503)
    return JSONResponse({"ready": True})
