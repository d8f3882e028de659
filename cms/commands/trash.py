"""The trash: what lies in it, and emptying it for good."""

import json
from datetime import timedelta

import click

from cms.articles.trash import Trashed, empty_trash, list_trash
from cms.commands.common import run_migrated
from cms.comments.clearing import clear_comments
from cms.kernel.clock import now, to_text
from cms.kernel.database import Database
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.settings import Settings

_MOST_DAYS = 36_500


@click.group()
def trash() -> None:
    """Look through deleted articles, and remove them for good."""


@trash.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """What lies in the trash, what was thrown away last first."""
    found = run_migrated(settings, list_trash)
    if as_json:
        click.echo(json.dumps([_told(each) for each in found]))
        return
    for each in found:
        seen = "readers saw it" if each.was_public else "never public"
        click.echo(f"{_id(each)}  {to_text(each.deleted_at)}  {seen}  {each.title}")


@trash.command()
@click.option(
    "--older-than-days",
    type=click.IntRange(0, _MOST_DAYS),
    default=30,
    show_default=True,
    help="Leave what was thrown away since.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def empty(settings: Settings, older_than_days: int, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Remove deleted articles for good, with their revisions and comments. Nothing brings them back."""

    async def emptied(database: Database) -> int:
        return await empty_trash(database, now() - timedelta(days=older_than_days), (clear_comments,))

    removed = run_migrated(settings, emptied)
    click.echo(json.dumps({"removed": removed}) if as_json else f"Removed for good: {removed}.")


def _id(trashed: Trashed) -> str:
    return str(GlobalId(NodeType.ARTICLE, trashed.id))


def _told(trashed: Trashed) -> dict[str, object]:
    return {
        "id": _id(trashed),
        "title": trashed.title,
        "deletedAt": to_text(trashed.deleted_at),
        "wasPublic": trashed.was_public,
    }
