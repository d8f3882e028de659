"""Content that comes in whole: the sample, a large set, somebody's saved page, a WordPress site."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

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
from cms.transfer.wxr.importing import import_wxr
from cms.transfer.wxr.job import Options
from cms.transfer.wxr.prolog import HEAD_BYTES, is_wxr
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


class _Format(StrEnum):
    """What can be imported."""

    PAGE = "page"
    WXR = "wxr"


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice([each.value for each in _Format]),
    default=None,
    help="A saved web page, or a WordPress export; found out by looking at it when left out.",
)
@click.option("--time-zone", default="UTC", show_default=True, help="Where the clock of what has no site stood.")
@click.option("--pages-topic", default="Pages", show_default=True, help="wxr: the topic that pages become articles of.")
@click.option("--fetch-media", is_flag=True, help="wxr: fetch the files of attachments from where they were.")
@click.option("--dry-run", is_flag=True, help="Report what would happen, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_obj
def import_(
    settings: Settings,
    /,
    file: Path,
    kind: str | None,
    as_json: bool,  # noqa: FBT001 - a flag
    **chosen: Any,  # noqa: ANN401 - what importers may be told; each takes what concerns it
) -> None:
    """Bring content in, and print a report. The exit status is 1 when something was refused."""
    bring = _IMPORTERS[_Format(kind) if kind else _format_of(file)]

    async def brought(database: Database) -> Report:
        await migrate(database)
        return await bring(settings, database, file, chosen)

    report = run(settings, brought)
    click.echo(report.to_json() if as_json else report.to_text())
    sys.exit(1 if report.failed else 0)


def _format_of(file: Path) -> _Format:
    with file.open("rb") as opened:
        return _Format.WXR if is_wxr(opened.read(HEAD_BYTES)) else _Format.PAGE


async def _bring_page(_settings: Settings, database: Database, file: Path, chosen: Mapping[str, Any]) -> Report:
    content = await asyncio.to_thread(file.read_bytes)
    zone, dry_run = chosen["time_zone"], chosen["dry_run"]
    return await import_page(database, SYSTEM, content, file.name, time_zone=zone, dry_run=dry_run)


async def _bring_wxr(settings: Settings, database: Database, file: Path, chosen: Mapping[str, Any]) -> Report:
    options = Options(
        pages_topic=chosen["pages_topic"],
        time_zone=chosen["time_zone"],
        dry_run=chosen["dry_run"],
        store=settings.media_folder if chosen["fetch_media"] else None,
        reaches_loopback=not settings.is_production,
    )
    return await import_wxr(database, SYSTEM, file, options, progress())


_IMPORTERS: Final = {_Format.PAGE: _bring_page, _Format.WXR: _bring_wxr}
