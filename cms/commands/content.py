"""Content to begin with: the sample, to look at and to play with, and a large set, to measure."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Final

import click

from cms.accounts.tokens import create_token
from cms.commands.common import PORT, progress, run
from cms.commands.serving import serve_on
from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.migrating import migrate
from cms.kernel.settings import Settings
from cms.kernel.viewer import SYSTEM, Scope
from seed.large import LargeSet, load_large
from seed.loader import Loaded, load_sample

#: What the demonstration's token may do, and for how long: everything with content, nothing with people.
_DEMO_SCOPES: Final = (Scope.CONTENT_PREVIEW, Scope.CONTENT_WRITE, Scope.CONTENT_PUBLISH, Scope.COMMENTS_MODERATE)
_DEMO_TIME: Final = timedelta(days=1)


@click.command()
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
        return await load_large(database, articles or 0, comments or 0, progress())

    loaded = asdict(run(settings, fill))
    lines = (f"{name.replace('_', ' ')}: {value}" for name, value in loaded.items())
    click.echo(json.dumps(loaded) if as_json else "\n".join(lines))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=PORT, default=8000, show_default=True)
@click.pass_obj
def demo(settings: Settings, host: str, port: int) -> None:
    """Migrate, load the sample content, serve it, and say what to open."""

    async def prepare(database: Database) -> str:
        await migrate(database)
        await load_sample(database, settings.media_folder)
        _, secret = await create_token(database, SYSTEM, "demonstration", _DEMO_SCOPES, now() + _DEMO_TIME)
        return secret

    secret = run(settings, prepare)
    address = f"http://{host}:{port}"
    click.echo(f"Masthead is on {address}/graphql - open it in a browser, and run the query that stands there.")
    click.echo(f"To see drafts and to write, send this header, good for a day:   authorization: Bearer {secret}")
    click.echo(f"The schema: {address}/schema.graphql   Press Ctrl+C to stop.")
    serve_on(settings, host, port, 1)
