"""Content that comes in whole: the sample, a large set, somebody's saved page."""

import json
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
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
from cms.transfer.importing import Report
from cms.transfer.page.importing import import_page
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


@click.command(name="import")
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

    report = run(settings, bring)
    click.echo(report.to_json() if as_json else report.to_text())
    sys.exit(1 if report.failed else 0)
