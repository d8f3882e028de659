"""The baseline as an ASGI application. `BENCH_DATABASE_URL` says which database it reads."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache
from tortoise import Tortoise

from bench.baseline.loaders import Loaders
from bench.baseline.types import Query
from cms.kernel.database import connection_settings


class View(GraphQL[dict[str, Any], None]):
    """Strawberry's own view, with new loaders for each request."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> dict[str, Any]:
        """What resolvers find in `info.context`."""
        return {"request": request, "response": response, "loaders": Loaders()}


def _config() -> dict[str, Any]:
    dialect, settings = connection_settings(os.environ["BENCH_DATABASE_URL"])
    engine = {"sqlite": "tortoise.backends.sqlite", "postgres": "tortoise.backends.asyncpg"}[dialect.value]
    return {
        "connections": {"default": {"engine": engine, "credentials": dict(settings)}},
        "apps": {"baseline": {"models": ["bench.baseline.models"], "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }


@asynccontextmanager
async def _lifespan(_app: Starlette) -> AsyncIterator[None]:
    await Tortoise.init(config=_config(), _enable_global_fallback=True)
    try:
        yield
    finally:
        await Tortoise.close_connections()


_schema = strawberry.Schema(query=Query, extensions=[ParserCache, ValidationCache])
app = Starlette(routes=[Route("/graphql", View(_schema, graphql_ide=None))], lifespan=_lifespan)
