"""Personal data on the command line: told or erased for a mail address, however much there is of it."""

from typing import Any

import click

from cms.commands.common import run_migrated
from cms.comments.erasing import Erased
from cms.comments.privacy import erase_personal_data, export_personal_data
from cms.kernel.database import Database
from cms.kernel.digests import canonical_json
from cms.kernel.settings import Settings
from cms.kernel.viewer import SYSTEM


@click.group()
def privacy() -> None:
    """Tell somebody what is held about them, or erase it, by their mail address."""


@privacy.command()
@click.argument("email")
@click.pass_obj
def export(settings: Settings, email: str) -> None:
    """Print all that is held about a mail address, as JSON. It is asked of nobody whether the address is theirs."""

    async def told(database: Database) -> dict[str, Any]:
        return await export_personal_data(database, SYSTEM, email)

    click.echo(canonical_json(run_migrated(settings, told)).decode())


@privacy.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Ask no more whether it is meant.")
@click.pass_obj
def erase(settings: Settings, email: str, yes: bool) -> None:  # noqa: FBT001 - a flag
    """Erase what was written with a mail address, and print how much it was, as JSON. Nobody can undo it.

    A server or worker that runs beside it clears the traces from an SQLite file.
    """
    if not yes:
        click.confirm("Erase it for good?", abort=True, err=True)

    async def gone(database: Database) -> Erased:
        return await erase_personal_data(database, SYSTEM, email)

    erased = run_migrated(settings, gone)
    counts = {"erasedComments": erased.comments, "erasedMessages": erased.messages}
    click.echo(canonical_json({**counts, "keepsAccount": erased.keeps_account}).decode())
