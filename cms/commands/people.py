"""Who may use the API: programs, by their tokens."""

import json
from datetime import datetime, timedelta
from uuid import UUID

import click

from cms.accounts.models import ApiToken
from cms.accounts.tokens import create_token, global_id, list_tokens, revoke_token
from cms.commands.common import run_migrated
from cms.kernel.clock import now, to_text
from cms.kernel.database import Database
from cms.kernel.ids import NodeType, parse_global_id
from cms.kernel.settings import Settings
from cms.kernel.viewer import SYSTEM, Scope

_MOST_DAYS = 36_500
_HEADINGS = ("ID", "NAME", "SCOPES", "CREATED", "EXPIRES", "LAST USED", "REVOKED")
_SHOWN_ONCE = "The secret of the token {name}, shown this once and kept nowhere: store it where the program finds it."


class _TokenId(click.ParamType[UUID]):
    """The id of a token, as `cms token list` shows it."""

    name = "id"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        found = parse_global_id(value)
        if found is None or found.type is not NodeType.API_TOKEN:
            self.fail("Name a token by its id, as `cms token list` shows it: tok_ and 36 characters.", param, ctx)
        return found.key


@click.group()
def token() -> None:
    """Make, list and revoke the tokens by which programs use the API."""


@token.command()
@click.option("--name", required=True, help="What the token is for, up to 200 characters.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    required=True,
    help="What its holder may do; once for each scope.",
)
@click.option(
    "--expires-in-days", type=click.IntRange(1, _MOST_DAYS), default=None, help="Refuse it after so many days."
)
@click.option("--json", "as_json", is_flag=True, help="Print the token and its secret as JSON.")
@click.pass_obj
def create(settings: Settings, name: str, scopes: tuple[str, ...], expires_in_days: int | None, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Make a token, and print its secret once.

    The secret stands alone on standard output, so that a script can catch it; the words about it do not.
    """
    expires_at = now() + timedelta(days=expires_in_days) if expires_in_days else None

    async def make(database: Database) -> tuple[ApiToken, str]:
        return await create_token(database, SYSTEM, name, scopes, expires_at)

    made, secret = run_migrated(settings, make)
    if as_json:
        click.echo(json.dumps({**_told(made), "secret": secret}))
        return
    click.echo(_SHOWN_ONCE.format(name=made.name), err=True)
    click.echo(secret)


@token.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """List every token, without its secret."""

    async def found(_database: Database) -> list[ApiToken]:
        return await list_tokens(SYSTEM)

    tokens = [_told(one) for one in run_migrated(settings, found)]
    click.echo(json.dumps(tokens) if as_json else _table(tokens))


@token.command()
@click.argument("token_id", metavar="ID", type=_TokenId())
@click.pass_obj
def revoke(settings: Settings, token_id: UUID) -> None:
    """Refuse a token for good."""

    async def end(database: Database) -> ApiToken:
        return await revoke_token(database, SYSTEM, token_id)

    ended = run_migrated(settings, end)
    click.echo(f"{ended.name}: revoked at {_time(ended.revoked_at)}. Running servers refuse it within seconds.")


def _told(one: ApiToken) -> dict[str, object]:
    """A token under the names that the API has for it."""
    return {
        "id": str(global_id(one)),
        "name": one.name,
        "scopes": one.scopes,
        "createdAt": _time(one.created_at),
        "expiresAt": _time(one.expires_at),
        "lastUsedAt": _time(one.last_used_at),
        "revokedAt": _time(one.revoked_at),
    }


def _time(moment: datetime | None) -> str | None:
    return to_text(moment) if moment else None


def _table(tokens: list[dict[str, object]]) -> str:
    """Columns under their headings, a hyphen where there is nothing."""
    rows = [list(_HEADINGS), *([_cell(value) for value in one.values()] for one in tokens)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _cell(value: object) -> str:
    return ",".join(value) if isinstance(value, list) else str(value or "-")
