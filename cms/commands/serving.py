"""Serving: the server itself, the demonstration, and the schema it serves."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import uvicorn
from graphql import build_schema

from cms.app import create_app
from cms.commands.common import PORT, migrate_if_empty, run
from cms.commands.http_protocol import protocol_class, socket_protocol_class
from cms.kernel.settings import Settings, load_settings
from schema.schema import export

_GRACE_SECONDS = 10


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=PORT, default=8000, show_default=True, help="The port to listen on.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="How many processes serve.")
@click.option("--no-worker", is_flag=True, help="Leave what follows changes to `cms worker`.")
@click.pass_obj
def serve(settings: Settings, host: str, port: int, workers: int, no_worker: bool) -> None:  # noqa: FBT001 - a flag
    """Migrate if the database is empty, and serve; whatever follows changes is done inside."""
    run(settings, migrate_if_empty)
    serve_on(settings, host, port, workers, with_worker=not no_worker)


def serve_on(settings: Settings, host: str, port: int, workers: int, *, with_worker: bool = True) -> None:
    """Serve until told to stop."""
    if not settings.public_url:
        os.environ["CMS_PUBLIC_URL"] = f"http://{host}:{port}"
        settings = replace(settings, public_url=os.environ["CMS_PUBLIC_URL"])
    options = server_options(settings)
    if workers > 1:
        # Each process builds its own application, from its own reading of the settings.
        place = application if with_worker else application_without_worker
        uvicorn.run(
            f"{place.__module__}:{place.__name__}", factory=True, host=host, port=port, workers=workers, **options
        )
    else:
        # The number is given, or uvicorn would take it from an environment variable of its own.
        uvicorn.run(create_app(settings, with_worker=with_worker), host=host, port=port, workers=1, **options)


def server_options(settings: Settings) -> dict[str, Any]:
    """How uvicorn is to serve, in whatever process. All of it can be handed to another one."""
    return {
        "http": protocol_class(settings.limits),
        "ws": socket_protocol_class(settings.limits),
        "ws_max_size": settings.limits.socket_frame_bytes,
        "ws_per_message_deflate": False,
        # Without a proxy, anybody could say in a header where they come from.
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": list(settings.trusted_proxies),
        "log_level": settings.log_level.lower(),
        "access_log": False,
        "server_header": False,
        # A client that never reads its answer must not keep the process from stopping.
        "timeout_graceful_shutdown": _GRACE_SECONDS,
    }


def application() -> Any:  # noqa: ANN401 - an ASGI application, for servers that take a factory
    """The application, from the environment's settings; it also follows changes and does what is due."""
    return create_app(load_settings(), with_worker=True)


def application_without_worker() -> Any:  # noqa: ANN401 - as above
    """The application, from the environment's settings, which only answers."""
    return create_app(load_settings())


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
