"""The command line, `cms`. Every command is a thin shell around a function that others can call."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

import click
import uvicorn
from graphql import build_schema

from cms.app import create_app
from cms.kernel.database import Database, DatabaseUnavailable, UnsupportedDatabaseUrl, open_database
from cms.kernel.errors import DomainError
from cms.kernel.migrating import MigrationFailed, is_empty, make_migrations, migrate, pending
from cms.kernel.secrecy import use_secret
from cms.kernel.settings import Settings, SettingsError, load_settings, secret_of
from cms.kernel.viewer import SYSTEM
from cms.tables import MIGRATIONS, MODEL_MODULES
from cms.transfer.importing import Report
from cms.transfer.page.importing import import_page
from schema.schema import export
from seed.large import LargeSet, load_large
from seed.loader import Loaded, load_sample

Result = TypeVar("Result")
_EXPECTED = (DatabaseUnavailable, UnsupportedDatabaseUrl, SettingsError, MigrationFailed, DomainError)
_PORT = click.IntRange(1, 65535)
_GRACE_SECONDS = 10


class _Group(click.Group):
    """Commands whose expected failures are one line on standard error, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        try:
            return super().invoke(ctx)
        except _EXPECTED as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="masthead-cms")
@click.pass_context
def main(context: click.Context) -> None:
    """Masthead: a headless CMS for publications."""
    context.obj = load_settings()


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=_PORT, default=8000, show_default=True, help="The port to listen on.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="How many processes serve.")
@click.pass_obj
def serve(settings: Settings, host: str, port: int, workers: int) -> None:
    """Migrate if the database is empty, and serve."""
    _run(settings, _migrate_if_empty)
    _serve(settings, host, port, workers)


def _serve(settings: Settings, host: str, port: int, workers: int) -> None:
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
        uvicorn.run("cms.cli:application", factory=True, workers=workers, **common)
    else:
        uvicorn.run(create_app(settings), **common)


def application() -> Any:  # noqa: ANN401 - an ASGI application, for servers that take a factory
    """The application, from the environment's settings."""
    return create_app(load_settings())


@main.command(name="migrate")
@click.option("--plan", is_flag=True, help="Only list what would be applied.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def migrate_(settings: Settings, plan: bool, as_json: bool) -> None:  # noqa: FBT001 - click's options
    """Bring the database to this version's tables."""
    names = _run(settings, pending if plan else migrate)
    if as_json:
        click.echo(json.dumps({"planned" if plan else "applied": names}))
    else:
        click.echo("\n".join(names) or "Nothing to do.")


@main.command()
@click.option("--name", default=None, help="What the migration is called.")
@click.pass_obj
def makemigrations(settings: Settings, name: str | None) -> None:
    """Write a migration for what changed in the models."""

    async def make(database: Database) -> list[Path]:
        return await make_migrations(database, name)

    for path in _run(settings, make):
        click.echo(path.name)


@main.command()
@click.option(
    "--articles", type=click.IntRange(0), default=None, help="Make a large set with so many articles instead."
)
@click.option("--comments", type=click.IntRange(0), default=None, help="How many comments the large set holds.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def seed(settings: Settings, articles: int | None, comments: int | None, as_json: bool) -> None:  # noqa: FBT001 - as above
    """Fill the database with sample content."""

    async def fill(database: Database) -> Loaded | LargeSet:
        await migrate(database)
        if articles is None and comments is None:
            return await load_sample(database, settings.media_folder)
        return await load_large(database, articles or 0, comments or 0, _progress())

    loaded = asdict(_run(settings, fill))
    lines = (f"{name.replace('_', ' ')}: {value}" for name, value in loaded.items())
    click.echo(json.dumps(loaded) if as_json else "\n".join(lines))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=_PORT, default=8000, show_default=True)
@click.pass_obj
def demo(settings: Settings, host: str, port: int) -> None:
    """Migrate, load the sample content, serve it, and say what to open."""

    async def prepare(database: Database) -> object:
        await migrate(database)
        return await load_sample(database, settings.media_folder)

    _run(settings, prepare)
    address = f"http://{host}:{port}"
    click.echo(f"Masthead is on {address}/graphql - open it in a browser, and run the query that stands there.")
    click.echo(f"The schema: {address}/schema.graphql   Press Ctrl+C to stop.")
    _serve(settings, host, port, 1)


@main.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "kind", type=click.Choice(["page"]), default="page", show_default=True)
@click.option("--time-zone", default="UTC", show_default=True, help="Where the clock of a page without a site stood.")
@click.option("--dry-run", is_flag=True, help="Report what would happen, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_obj
def import_(
    settings: Settings,
    file: Path,
    kind: str,  # noqa: ARG001 - one format so far, named for those to come
    time_zone: str,
    dry_run: bool,  # noqa: FBT001 - a flag
    as_json: bool,  # noqa: FBT001 - a flag
) -> None:
    """Bring content in, and print a report. The exit status is 1 when something was refused."""
    content = file.read_bytes()

    async def bring(database: Database) -> Report:
        await migrate(database)
        return await import_page(database, SYSTEM, content, file.name, time_zone=time_zone, dry_run=dry_run)

    report = _run(settings, bring)
    click.echo(report.to_json() if as_json else report.to_text())
    sys.exit(1 if report.failed else 0)


@main.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write to a file instead.")
def schema(out: Path | None) -> None:
    """Print the GraphQL schema."""
    text = export()
    build_schema(text)  # What is printed can be read back, or this fails.
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


# What the commands share


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    key, is_new = secret_of(settings)
    if is_new:
        click.echo("A secret key was made and is kept in .cms-secret; set CMS_SECRET_KEY in production.", err=True)
    use_secret(key)
    async with open_database(settings.database_url, MODEL_MODULES, MIGRATIONS) as database:
        yield database


def _run(settings: Settings, work: Callable[[Database], Coroutine[Any, Any, Result]]) -> Result:
    async def opened() -> Result:
        async with _opened(settings) as database:
            return await work(database)

    return asyncio.run(opened())


async def _migrate_if_empty(database: Database) -> None:
    if await is_empty(database):
        await migrate(database)


def _progress() -> Callable[[int, int, str], None]:
    """Shows how far long work has come, on a terminal; in a pipe, nothing."""
    if not sys.stderr.isatty():
        return lambda _done, _total, _what: None

    def show(done: int, total: int, what: str) -> None:
        click.echo(f"\r{what}: {done} of {total}", nl=done >= total, err=True)

    return show
