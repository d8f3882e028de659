"""Backing up: the whole site into one file, and back."""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click

from cms.checking import check_everything
from cms.commands.checking import as_records, told
from cms.commands.common import progress, run
from cms.kernel.checking import Found, Ground
from cms.kernel.clock import to_text
from cms.kernel.database import Database, open_database
from cms.kernel.secrecy import use_secret
from cms.kernel.settings import Settings, secret_of
from cms.tables import MIGRATIONS, MODEL_MODULES
from cms.transfer.backup import Restored, Taken, back_up
from cms.transfer.backup import restore as give_back


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--no-pg-dump", is_flag=True, help="On PostgreSQL: copy the tables without its own program.")
@click.option("--json", "as_json", is_flag=True, help="Print what was backed up as JSON.")
@click.pass_obj
def backup(settings: Settings, file: Path, no_pg_dump: bool, as_json: bool) -> None:  # noqa: FBT001 - flags
    """Put the database, as it stands at one moment, and its files into FILE. Nobody has to stop writing."""
    _use_secret(settings)
    taking = back_up(settings.database_url, settings.media_folder, file, with_pg_dump=not no_pg_dump, tell=progress())
    taken = asyncio.run(taking)
    click.echo(_json(asdict(taken)) if as_json else "\n".join(_lines_of_taken(taken)))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was restored, and what is wrong with it, as JSON.")
@click.pass_obj
def restore(settings: Settings, file: Path, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Give back what `cms backup` put into FILE, to an empty database, and check it.

    The exit status is 1 when it was refused, and when the check finds something wrong.
    """
    _use_secret(settings)
    opening = partial(open_database, models=MODEL_MODULES, migrations=MIGRATIONS)
    giving = give_back(
        file, settings.database_url, settings.media_folder, opening=opening, migrations=MIGRATIONS, tell=progress()
    )
    restored = asyncio.run(giving)

    async def look(database: Database) -> list[Found]:
        return await check_everything(Ground(database, settings), tell=progress())

    found = run(settings, look)
    if as_json:
        click.echo(_json({**asdict(restored), "found": as_records(found)}))
    else:
        click.echo("\n".join([*_lines_of_restored(restored), told(found)]))
    sys.exit(bool(found))


def _use_secret(settings: Settings) -> None:
    use_secret(secret_of(settings)[0])


def _lines_of_taken(taken: Taken) -> Iterator[str]:
    held = f"{taken.rows:,} rows and {taken.media:,} files as of {to_text(taken.taken_at)}"
    yield f"{taken.file}: {held}, {taken.bytes:,} bytes."
    yield from (f"The file {key} was not there." for key in taken.missing)
    yield from (f"The file {key} is not what was put there." for key in taken.altered)
    yield "CMS_SECRET_KEY is not in it: keep that too, in another place."


def _lines_of_restored(restored: Restored) -> Iterator[str]:
    yield f"Restored {restored.rows:,} rows and {restored.media:,} files as of {to_text(restored.taken_at)}."
    yield from (f"The file {key} was not there when the backup was taken." for key in restored.missing)
    if restored.migrated:
        yield f"Migrated since: {', '.join(restored.migrated)}."
    if not restored.has_same_secret:
        yield "It was taken under another CMS_SECRET_KEY: sessions, tokens and links of that time do not work here."


def _json(said: dict[str, Any]) -> str:
    return json.dumps(said, default=to_text)
