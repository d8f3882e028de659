"""What people do with accounts: sign in, look after their own, and manage those of others and of programs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import strawberry

from cms.accounts.events import global_id
from cms.accounts.models import Role
from cms.accounts.password_changes import accept_invitation, change_password, request_password_reset, reset_password
from cms.accounts.sessions import sign_in, sign_out
from cms.accounts.tokens import create_token, revoke_token
from cms.accounts.tokens import global_id as token_id
from cms.accounts.totp import confirm_totp, disable_totp, set_up_totp
from cms.accounts.users import UserChange, UserDraft, create_user, first_password, update_user
from cms.kernel.ids import NodeType
from cms.kernel.viewer import Scope
from schema.article_mutations import DeletePayload
from schema.descriptions import described
from schema.fields import EVERYBODY, argument, given, read
from schema.problems import MutationPayload
from schema.writing import ID, Outcome, Writing, changed, kept, key_of, optional_key, write

if TYPE_CHECKING:
    from schema.accounts import ApiToken, User

#: Writing a letter takes milliseconds, by which a clock would tell addresses that have an account from all others.
RESET_TAKES: Final = timedelta(milliseconds=250)


@described
@strawberry.input
class CreateUserInput:
    """Somebody who is to work here."""

    name: str = given(EVERYBODY, "The name colleagues know them by; up to 200 characters.")
    email: str = given(EVERYBODY, "The address they sign in with.")
    password: str | None = given(
        EVERYBODY, "Their first password, 12 to 200 characters; left out, they are invited by mail to choose one."
    )
    role: Role = given(EVERYBODY, "What they do here.")
    author_id: strawberry.ID | None = given(EVERYBODY, "The author they write as.")


@described
@strawberry.input
class UpdateUserInput:
    """What is to change about somebody; what is left out stays."""

    id: strawberry.ID = given(EVERYBODY, "Who.")
    name: strawberry.Maybe[str] = given(EVERYBODY, "The name colleagues know them by.")
    email: strawberry.Maybe[str] = given(
        EVERYBODY, "The address they sign in with. What was mailed to the old one works no more."
    )
    role: strawberry.Maybe[Role] = given(EVERYBODY, "What they do here. Another one ends their sessions.")
    active: strawberry.Maybe[bool] = given(
        EVERYBODY, "Whether they can sign in. Switching an account off ends its sessions."
    )
    author_id: strawberry.Maybe[strawberry.ID | None] = given(
        EVERYBODY, "The author they write as; null when they sign nothing."
    )


@described
@strawberry.input
class CreateApiTokenInput:
    """A token for a program."""

    name: str = given(EVERYBODY, "What it is for, to be told apart from others; up to 200 characters.")
    scopes: list[Scope] = given(
        EVERYBODY, "What its holder may do: nothing that the caller may not. Who may write may read drafts as well."
    )
    expires_at: datetime | None = given(EVERYBODY, "From when on it is refused; never when left out.")


@described
@strawberry.type
class SignInPayload(MutationPayload):
    """What came of signing in."""

    token: str | None = read(
        EVERYBODY, "Send it as `Authorization: Bearer <token>`; shown this once, and null when a code is wanted."
    )
    expires_at: datetime | None = read(EVERYBODY, "Until when the token is good. Each use moves this two weeks ahead.")
    user: Annotated["User", strawberry.lazy("schema.accounts")] | None = read(EVERYBODY, "Who signed in.")
    totp_required: bool = read(
        EVERYBODY, "Whether address and password are right, and the account wants a code as well: ask again with it."
    )


@described
@strawberry.type
class SignOutPayload(MutationPayload):
    """What came of signing out."""


@described
@strawberry.type
class RequestPasswordResetPayload(MutationPayload):
    """What came of asking for a new password: never whether there is an account."""


@described
@strawberry.type
class TotpPayload(MutationPayload):
    """What an authenticator needs; shown this once."""

    secret: str | None = read(EVERYBODY, "The secret, for those who type it.")
    otpauth_url: str | None = read(EVERYBODY, "The same as a URL, to be shown as a QR code.")


@described
@strawberry.type
class UserPayload(MutationPayload):
    """What came of a write to an account."""

    user: Annotated["User", strawberry.lazy("schema.accounts")] | None = read(EVERYBODY, "Whose account it is.")


@described
@strawberry.type
class ApiTokenPayload(MutationPayload):
    """What came of making a token."""

    api_token: Annotated["ApiToken", strawberry.lazy("schema.accounts")] | None = read(EVERYBODY, "The token.")
    secret: str | None = read(EVERYBODY, "What the program sends; shown this once, and kept nowhere.")


async def _sign_in(by: Writing, email: str, password: str, totp: str | None = None) -> Outcome:
    done = await sign_in(by.database, email, password, totp, address=by.address)
    if done.user is None:
        return Outcome(values={"totp_required": True})
    return Outcome(
        node=global_id(done.user),
        values={"totp_required": False, "expires_at": done.expires_at},
        secrets={"token": done.token},
        viewer_id=done.user.id,
    )


async def _sign_out(by: Writing) -> Outcome:
    await sign_out(by.database, by.viewer)
    return Outcome()


async def _change_password(by: Writing, current: str, new: str) -> Outcome:
    return Outcome(node=global_id(await change_password(by.database, by.viewer, current, new, address=by.address)))


async def _accept_invitation(by: Writing, token: str, password: str) -> Outcome:
    user = await accept_invitation(by.database, token, password)
    return Outcome(node=global_id(user), viewer_id=user.id)


async def _request_password_reset(by: Writing, email: str) -> Outcome:
    async with _at_least(RESET_TAKES):
        await request_password_reset(by.database, email, address=by.address)
    return Outcome()


@asynccontextmanager
async def _at_least(time: timedelta) -> AsyncIterator[None]:
    """Have what is done in it take this long, however quickly it is done; not what is refused."""
    clock = asyncio.get_running_loop().time
    until = clock() + time.total_seconds()
    yield
    await asyncio.sleep(until - clock())  # noqa: TID251 - the time it takes is the point


async def _reset_password(by: Writing, token: str, password: str) -> Outcome:
    user = await reset_password(by.database, token, password)
    return Outcome(node=global_id(user), viewer_id=user.id)


async def _set_up_totp(by: Writing) -> Outcome:
    made = await set_up_totp(by.database, by.viewer)
    return Outcome(secrets={"secret": made.secret, "otpauth_url": made.url})


async def _confirm_totp(by: Writing, code: str) -> Outcome:
    return Outcome(node=global_id(await confirm_totp(by.database, by.viewer, code)))


async def _disable_totp(by: Writing, password: str) -> Outcome:
    return Outcome(node=global_id(await disable_totp(by.database, by.viewer, password, address=by.address)))


async def _draft(input: CreateUserInput) -> UserDraft:  # noqa: A002 - the argument's name in the API
    hashed = None
    if input.password is not None:
        hashed = await first_password(input.password, email=input.email, name=input.name)
    author_id = optional_key(input.author_id, NodeType.AUTHOR, ("authorId",))
    return UserDraft(name=input.name, email=input.email, role=input.role, password_hash=hashed, author_id=author_id)


async def _create_user(by: Writing, draft: UserDraft) -> Outcome:
    return Outcome(node=global_id(await create_user(by.database, by.viewer, draft)))


def _change(input: UpdateUserInput) -> UserChange:  # noqa: A002 - the argument's name in the API
    return UserChange(
        user_id=key_of(input.id, NodeType.USER),
        name=kept(input.name),
        email=kept(input.email),
        role=kept(input.role),
        active=kept(input.active),
        author_id=changed(input.author_id, lambda found: key_of(found, NodeType.AUTHOR, ("authorId",))),
    )


async def _update_user(by: Writing, change: UserChange) -> Outcome:
    return Outcome(node=global_id(await update_user(by.database, by.viewer, change)))


async def _create_api_token(by: Writing, input: CreateApiTokenInput) -> Outcome:  # noqa: A002 - as above
    made, secret = await create_token(by.database, by.viewer, input.name, input.scopes, input.expires_at)
    return Outcome(node=token_id(made), secrets={"secret": secret})


async def _revoke_api_token(by: Writing, id: str) -> Outcome:  # noqa: A002 - as above
    revoked = await revoke_token(by.database, by.viewer, key_of(id, NodeType.API_TOKEN))
    return Outcome(deleted=token_id(revoked))


_PASSWORD = {"password": argument(EVERYBODY, str, "The new password: 12 to 200 characters, and nothing else is asked.")}
_LINK = {"token": argument(EVERYBODY, str, "What was mailed; it works once.")}


@strawberry.type
class AccountMutations:
    """The fields of Mutation that have to do with accounts."""

    sign_in: SignInPayload = write(
        EVERYBODY,
        "Sign in. Too many mistakes make it wait, and it never tells which addresses have an account.",
        _sign_in,
        arguments={
            "email": argument(EVERYBODY, str, "The address of the account."),
            "password": argument(EVERYBODY, str, "What only its holder knows."),
            "totp": argument(EVERYBODY, str | None, "What the authenticator shows, for an account that wants a code."),
        },
        options=False,
        transaction=False,
    )
    sign_out: SignOutPayload = write(
        EVERYBODY, "End the session whose token this request brings.", _sign_out, options=False, transaction=False
    )
    change_password: UserPayload = write(
        EVERYBODY,
        "Give oneself another password. Every other session ends.",
        _change_password,
        arguments={
            "current": argument(EVERYBODY, str, "The password until now."),
            "new": argument(EVERYBODY, str, "The new one: 12 to 200 characters, and nothing else is asked."),
        },
        options=False,
        transaction=False,
    )
    accept_invitation: UserPayload = write(
        EVERYBODY,
        "Choose the first password, by what the invitation brought. Sign in with it afterwards.",
        _accept_invitation,
        arguments=_LINK | _PASSWORD,
        options=False,
        transaction=False,
    )
    request_password_reset: RequestPasswordResetPayload = write(
        EVERYBODY,
        "Have what lets one choose another password mailed to the address of an account, if there is one.",
        _request_password_reset,
        arguments={"email": argument(EVERYBODY, str, "The address of the account.")},
        options=False,
        transaction=False,
    )
    reset_password: UserPayload = write(
        EVERYBODY,
        "Choose another password, by what was mailed. Every session ends; sign in with it afterwards.",
        _reset_password,
        arguments=_LINK | _PASSWORD,
        options=False,
        transaction=False,
    )
    set_up_totp: TotpPayload = write(
        EVERYBODY,
        "Get a secret for an authenticator. It counts once `confirmTotp` was given a code made with it.",
        _set_up_totp,
        options=False,
        transaction=False,
    )
    confirm_totp: UserPayload = write(
        EVERYBODY,
        "Have a code asked for at every sign-in from now on.",
        _confirm_totp,
        arguments={"code": argument(EVERYBODY, str, "What the authenticator shows now.")},
        options=False,
        transaction=False,
    )
    disable_totp: UserPayload = write(
        EVERYBODY,
        "Have no code asked for any more.",
        _disable_totp,
        arguments={"password": argument(EVERYBODY, str, "One's password.")},
        options=False,
        transaction=False,
    )
    create_user: UserPayload = write(
        Scope.PEOPLE_MANAGE,
        "Let somebody in. Nobody gives a role that may do more than they.",
        _create_user,
        arguments={"input": argument(EVERYBODY, CreateUserInput, "Who.")},
        unpack=_draft,
    )
    update_user: UserPayload = write(
        Scope.PEOPLE_MANAGE,
        "Change what is known of somebody, what they may do, or whether they can sign in.",
        _update_user,
        arguments={"input": argument(EVERYBODY, UpdateUserInput, "Who, and what changes.")},
        unpack=_change,
    )
    create_api_token: ApiTokenPayload = write(
        Scope.PEOPLE_MANAGE,
        "Make a token for a program.",
        _create_api_token,
        arguments={"input": argument(EVERYBODY, CreateApiTokenInput, "What for, and what it may do.")},
    )
    revoke_api_token: DeletePayload = write(
        Scope.PEOPLE_MANAGE, "Refuse a token from now on, for good.", _revoke_api_token, arguments=ID
    )
