"""Whether all is well: with the settings, and with what is stored."""

import json
import sys

import click

from cms.checking import check_everything
from cms.commands.common import progress, run
from cms.kernel.checking import Found, Ground
from cms.kernel.database import Database
from cms.kernel.settings import Settings


@click.command()
@click.option("--fix", is_flag=True, help="Make right what can be worked out again from what people wrote.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_obj
def check(settings: Settings, fix: bool, as_json: bool) -> None:  # noqa: FBT001 - flags
    """Look for what is wrong with the settings and the data. The exit status is 1 while something is."""

    async def look(database: Database) -> list[Found]:
        return await check_everything(Ground(database, settings), mend=fix, tell=progress())

    found = run(settings, look)
    click.echo(json.dumps(as_records(found)) if as_json else told(found))
    sys.exit(any(not each.is_mended for each in found))


def as_records(found: list[Found]) -> list[dict[str, object]]:
    """What was found, for JSON."""
    return [{"check": each.check, "what": each.what, "mended": each.is_mended} for each in found]


def told(found: list[Found]) -> str:
    """What was found, a line each."""
    lines = [f"{each.check}: {each.what}{' Mended.' if each.is_mended else ''}" for each in found]
    return "\n".join(lines) or "All is well."
