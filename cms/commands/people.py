"""Who may use the API: programs, by their tokens; and the people who work here, by their accounts."""

import json
import sys
from datetime import datetime, timedelta
from uuid import UUID

import click

from cms.accounts.events import global_id as user_global_id
from cms.accounts.models import ApiToken, Role, User
from cms.accounts.password_changes import set_password
from cms.accounts.tokens import create_token, global_id, list_tokens, revoke_token
from cms.accounts.users import UserDraft, create_user, find_user, first_password, list_users, reset_totp
from cms.commands.common import run_migrated
from cms.kernel.clock import now, to_text
from cms.kernel.database import Database
from cms.kernel.ids import NodeType, parse_global_id
from cms.kernel.settings import Settings
from cms.kernel.viewer import SYSTEM, Scope

_MOST_DAYS = 36_500
_TOKEN_HEADINGS = ("ID", "NAME", "SCOPES", "CREATED", "EXPIRES", "LAST USED", "REVOKED")
_USER_HEADINGS = ("ID", "NAME", "EMAIL", "ROLE", "ACTIVE", "CODES", "CREATED", "LAST SIGN-IN")
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
    click.echo(json.dumps(tokens) if as_json else _table(_TOKEN_HEADINGS, tokens))


@token.command()
@click.argument("token_id", metavar="ID", type=_TokenId())
@click.pass_obj
def revoke(settings: Settings, token_id: UUID) -> None:
    """Refuse a token for good."""

    async def end(database: Database) -> ApiToken:
        return await revoke_token(database, SYSTEM, token_id)

    ended = run_migrated(settings, end)
    click.echo(f"{ended.name}: revoked at {_time(ended.revoked_at)}. Running servers refuse it within seconds.")


@click.group()
def user() -> None:
    """Let people in, list them, and help those who cannot get in."""


@user.command(name="create")
@click.option("--email", required=True, help="The address they sign in with.")
@click.option("--name", required=True, help="The name colleagues know them by, up to 200 characters.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What they do here.")
@click.option("--json", "as_json", is_flag=True, help="Print the account as JSON.")
@click.pass_obj
def create_(settings: Settings, email: str, name: str, role: str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Make an account. The password is asked for twice on a terminal, and else is the first line of standard input."""
    password = _password()

    async def make(database: Database) -> User:
        hashed = await first_password(password, email=email, name=name)
        draft = UserDraft(email=email, name=name, role=Role(role), password_hash=hashed)
        return await create_user(database, SYSTEM, draft)

    made = run_migrated(settings, make)
    click.echo(json.dumps(_told_of(made)) if as_json else f"{made.name} can sign in as {made.email}.")


@user.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_people(settings: Settings, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """List everybody who works here or did."""

    async def found(_database: Database) -> list[User]:
        return await list_users(SYSTEM)

    people = [_told_of(one) for one in run_migrated(settings, found)]
    click.echo(json.dumps(people) if as_json else _table(_USER_HEADINGS, people))


@user.command(name="set-password")
@click.argument("email")
@click.pass_obj
def set_password_(settings: Settings, email: str) -> None:
    """Give somebody another password, and end their sessions. It is asked for as by `cms user create`."""
    password = _password()

    async def change(database: Database) -> User:
        found = await find_user(SYSTEM, email)
        return await set_password(database, SYSTEM, found.id, password)

    click.echo(f"{run_migrated(settings, change).name} can sign in with the new password.")


@user.command(name="reset-totp")
@click.argument("email")
@click.pass_obj
def reset_totp_(settings: Settings, email: str) -> None:
    """Ask somebody whose phone is gone for no code any more, and end their sessions."""

    async def change(database: Database) -> User:
        found = await find_user(SYSTEM, email)
        return await reset_totp(database, SYSTEM, found.id)

    click.echo(f"{run_migrated(settings, change).name} signs in without a code.")


def _password() -> str:
    """A password that somebody types unseen, twice; or the first line of what is piped in."""
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


def _told_of(one: User) -> dict[str, object]:
    """An account under the names that the API has for it."""
    return {
        "id": str(user_global_id(one)),
        "name": one.name,
        "email": one.email,
        "role": one.role.value,
        "active": one.active,
        "totp": one.totp_last_step is not None,
        "createdAt": _time(one.created_at),
        "lastSignInAt": _time(one.last_sign_in_at),
    }


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


def _table(headings: tuple[str, ...], told: list[dict[str, object]]) -> str:
    """Columns under their headings, a hyphen where there is nothing."""
    rows = [list(headings), *([_cell(value) for value in one.values()] for one in told)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(value) if isinstance(value, list) else str(value or "-")
