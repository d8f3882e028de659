"""Content that comes in whole, and goes out whole: bundles, Markdown, a WordPress site, somebody's saved page."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import click

from cms.checking import check_everything
from cms.commands.checking import as_records, told
from cms.commands.common import progress, run
from cms.kernel.checking import Found, Ground
from cms.kernel.clock import to_text
from cms.kernel.database import Database
from cms.kernel.errors import InvalidInput
from cms.kernel.migrating import migrate
from cms.kernel.settings import Settings
from cms.kernel.viewer import SYSTEM
from cms.transfer.archives.archive import kind_of_file
from cms.transfer.archives.parts import Kind
from cms.transfer.bundle import Exported, export_bundle, import_bundle
from cms.transfer.importing import Report
from cms.transfer.markdown import ExportedMarkdown, export_markdown, import_markdown, is_markdown
from cms.transfer.markdown import Options as MarkdownOptions
from cms.transfer.page.importing import import_page
from cms.transfer.sheets import ExportedSheets, export_sheets
from cms.transfer.wxr.importing import import_wxr
from cms.transfer.wxr.job import Options as WxrOptions
from cms.transfer.wxr.prolog import HEAD_BYTES, is_wxr


class Incoming(StrEnum):
    """What can be imported."""

    BUNDLE = "bundle"
    MARKDOWN = "markdown"
    PAGE = "page"
    WXR = "wxr"


_Bringing = Callable[[Settings, Database, Path, Mapping[str, Any]], Coroutine[Any, Any, Report]]


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice([each.value for each in Incoming]),
    default=None,
    help="A bundle, a folder or zip of Markdown, a saved web page, or a WordPress export; found out by looking at it "
    "when left out.",
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
    """Bring content in, and print a report.

    The exit status is 1 when something was refused, and when what a bundle brought is found to be wrong.
    """
    incoming = Incoming(kind) if kind else _format_of(file)

    async def brought(database: Database) -> tuple[Report, list[Found]]:
        await migrate(database)
        report = await _IMPORTERS[incoming](settings, database, file, chosen)
        # What bundles bring was not checked by any verb: their texts carry digests, and their rows lead to each other.
        is_looked_at = incoming is Incoming.BUNDLE and not chosen["dry_run"]
        found = await check_everything(Ground(database, settings), tell=progress()) if is_looked_at else []
        return report, found

    report, found = run(settings, brought)
    if as_json:
        click.echo(json.dumps({**report.to_record(), "found": as_records(found)}, indent=2))
    else:
        click.echo("\n".join([report.to_text(), *([told(found)] if found else [])]))
    sys.exit(report.failed or bool(found))


_Done = Exported | ExportedMarkdown | ExportedSheets


class Outgoing(StrEnum):
    """What can be exported."""

    BUNDLE = "bundle"
    CSV = "csv"
    MARKDOWN = "markdown"


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice([each.value for each in Outgoing]),
    default=Outgoing.BUNDLE.value,
    show_default=True,
    help="A bundle with everything, a folder or zip of Markdown, or tables for a spreadsheet.",
)
@click.option(
    "--with-credentials",
    is_flag=True,
    help="bundle: take along passwords, second factors, API tokens and webhooks; keep such a file like a key.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was exported as JSON.")
@click.pass_obj
def export(settings: Settings, file: Path, kind: str, with_credentials: bool, as_json: bool) -> None:  # noqa: FBT001 - flags
    """Put what the site says into FILE. A bundle is brought back the same by `cms import`, on either database."""
    going = _EXPORTERS[Outgoing(kind)]

    if with_credentials and going is not _export_bundle:
        raise click.UsageError("--with-credentials is for bundles: nothing else can hold them.")

    async def exported(database: Database) -> _Done:
        await migrate(database)
        return await going(settings, database, file, with_credentials)

    done = run(settings, exported)
    click.echo(json.dumps(asdict(done), default=to_text) if as_json else done.to_text())


def _format_of(file: Path) -> Incoming:
    if file.is_dir():
        return Incoming.MARKDOWN
    kind = kind_of_file(file)
    if kind is Kind.BACKUP:
        raise InvalidInput("This is a backup: `cms restore` gives it back to an empty database.", ("file",))
    if kind is Kind.BUNDLE:
        return Incoming.BUNDLE
    if is_markdown(file):
        return Incoming.MARKDOWN
    with file.open("rb") as opened:
        return Incoming.WXR if is_wxr(opened.read(HEAD_BYTES)) else Incoming.PAGE


async def _bring_bundle(settings: Settings, database: Database, file: Path, chosen: Mapping[str, Any]) -> Report:
    dry_run = chosen["dry_run"]
    return await import_bundle(database, SYSTEM, file, settings.media_folder, dry_run=dry_run, tell=progress())


async def _bring_markdown(settings: Settings, database: Database, place: Path, chosen: Mapping[str, Any]) -> Report:
    options = MarkdownOptions(store=settings.media_folder, dry_run=chosen["dry_run"], time_zone=chosen["time_zone"])
    return await import_markdown(database, SYSTEM, place, options, progress())


async def _bring_page(_settings: Settings, database: Database, file: Path, chosen: Mapping[str, Any]) -> Report:
    content = await asyncio.to_thread(file.read_bytes)
    zone, dry_run = chosen["time_zone"], chosen["dry_run"]
    return await import_page(database, SYSTEM, content, file.name, time_zone=zone, dry_run=dry_run)


async def _bring_wxr(settings: Settings, database: Database, file: Path, chosen: Mapping[str, Any]) -> Report:
    options = WxrOptions(
        pages_topic=chosen["pages_topic"],
        time_zone=chosen["time_zone"],
        dry_run=chosen["dry_run"],
        store=settings.media_folder if chosen["fetch_media"] else None,
        reaches_loopback=not settings.is_production,
    )
    return await import_wxr(database, SYSTEM, file, options, progress())


_IMPORTERS: Final[Mapping[Incoming, _Bringing]] = {
    Incoming.BUNDLE: _bring_bundle,
    Incoming.MARKDOWN: _bring_markdown,
    Incoming.PAGE: _bring_page,
    Incoming.WXR: _bring_wxr,
}


async def _export_bundle(settings: Settings, database: Database, file: Path, with_credentials: bool) -> Exported:  # noqa: FBT001 - as a flag is given
    return await export_bundle(
        database, settings.media_folder, file, with_credentials=with_credentials, tell=progress()
    )


async def _export_markdown(settings: Settings, database: Database, place: Path, _: bool) -> ExportedMarkdown:  # noqa: FBT001 - as above
    return await export_markdown(database, place, settings.media_folder, progress())


async def _export_sheets(_settings: Settings, database: Database, file: Path, _: bool) -> ExportedSheets:  # noqa: FBT001 - as above
    return await export_sheets(database, file, tell=progress())


_EXPORTERS: Final[Mapping[Outgoing, Callable[[Settings, Database, Path, bool], Coroutine[Any, Any, _Done]]]] = {
    Outgoing.BUNDLE: _export_bundle,
    Outgoing.CSV: _export_sheets,
    Outgoing.MARKDOWN: _export_markdown,
}
