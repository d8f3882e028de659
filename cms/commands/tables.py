"""The database's tables: bringing them up to date, and writing down how."""

import json
from pathlib import Path

import click

from cms.commands.common import run
from cms.kernel.database import Database
from cms.kernel.migrating import make_migrations, migrate, pending
from cms.kernel.settings import Settings


@click.command(name="migrate")
@click.option("--plan", is_flag=True, help="Only list what would be applied.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def migrate_(settings: Settings, plan: bool, as_json: bool) -> None:  # noqa: FBT001 - click's options
    """Bring the database to this version's tables."""
    names = run(settings, pending if plan else migrate)
    if as_json:
        click.echo(json.dumps({"planned" if plan else "applied": names}))
    else:
        click.echo("\n".join(names) or "Nothing to do.")


@click.command()
@click.option("--name", default=None, help="What the migration is called.")
@click.pass_obj
def makemigrations(settings: Settings, name: str | None) -> None:
    """Write a migration for what changed in the models."""

    async def make(database: Database) -> list[Path]:
        return await make_migrations(database, name)

    for path in run(settings, make):
        click.echo(path.name)
