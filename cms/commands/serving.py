"""Serving: the server itself, the demonstration, and the schema it serves."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import uvicorn
from graphql import build_schema

from cms.app import create_app
from cms.commands.common import PORT, run
from cms.kernel.database import Database
from cms.kernel.migrating import is_empty, migrate
from cms.kernel.settings import Settings, load_settings
from schema.schema import export

_GRACE_SECONDS = 10


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=PORT, default=8000, show_default=True, help="The port to listen on.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="How many processes serve.")
@click.pass_obj
def serve(settings: Settings, host: str, port: int, workers: int) -> None:
    """Migrate if the database is empty, and serve."""
    run(settings, _migrate_if_empty)
    serve_on(settings, host, port, workers)


def serve_on(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve until told to stop."""
    if not settings.public_url:
        os.environ["CMS_PUBLIC_URL"] = f"http://{host}:{port}"
        settings = replace(settings, public_url=os.environ["CMS_PUBLIC_URL"])
    common: dict[str, Any] = {
        "host": host,
        "port": port,
        "log_level": settings.log_level.lower(),
        "access_log": False,
        "server_header": False,
        # A client that never finishes its request must not keep the process from stopping.
        "timeout_graceful_shutdown": _GRACE_SECONDS,
        "ws_max_size": 64 * 1024,
        "ws_per_message_deflate": False,
    }
    if workers > 1:
        # Each process builds its own application, from its own reading of the settings.
        uvicorn.run("cms.commands.serving:application", factory=True, workers=workers, **common)
    else:
        uvicorn.run(create_app(settings), **common)


def application() -> Any:  # noqa: ANN401 - an ASGI application, for servers that take a factory
    """The application, from the environment's settings."""
    return create_app(load_settings())


async def _migrate_if_empty(database: Database) -> None:
    if await is_empty(database):
        await migrate(database)


@click.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write to a file instead.")
def schema(out: Path | None) -> None:
    """Print the GraphQL schema."""
    text = export()
    build_schema(text)  # What is printed can be read back, or this fails.
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
