"""Changing passwords: one's own, a forgotten one, the first one, and somebody's by whoever runs the server.

The one thing to know: none of these is called inside a transaction. Hashing would hold everybody up, and what is
counted against guessing would be undone by the refusal that it leads to. Each opens its own when all is known.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from cms.accounts.addresses import key_of
from cms.accounts.errors import LinkIsVoid, NoSuchUser, NotSignedIn, WrongPassword
from cms.accounts.events import tell
from cms.accounts.forgetting import forget
from cms.accounts.guessing import count_guess, forgive_account, was_right
from cms.accounts.links import find_link, mail_link, use_link, void_links
from cms.accounts.models import AccountLink, LinkPurpose, Session, User
from cms.accounts.passwords import check_password, hash_password, is_password
from cms.accounts.permissions import require_over
from cms.kernel.changing import locked, swap
from cms.kernel.database import Database, transaction
from cms.kernel.events import InternalEvent
from cms.kernel.guards import require
from cms.kernel.secrecy import keyed_hash
from cms.kernel.throttling import Quota, block_of, throttled_by
from cms.kernel.viewer import Scope, Viewer

#: How often one block of addresses may have letters sent, and how often one account is sent one.
_ASKED_BY_PLACE: Final = Quota(most=10, period=timedelta(hours=1))
_ASKED_FOR_ACCOUNT: Final = Quota(most=3, period=timedelta(hours=1))


async def change_password(
    database: Database, viewer: Viewer, current: str, new: str, *, address: str | None = None
) -> User:
    """Give oneself another password. The session that asks goes on, every other one ends.

    Raises:
        NotSignedIn: nobody is signed in.
        RateLimited: there were too many wrong ones.
        WrongPassword: `current` is not the password.
        DomainError: `new` cannot be taken; see `check_password`.
    """
    seen = await signed_in(viewer)
    check_password(new, ("new",), email=seen.email, name=seen.name)
    guess = await count_guess(database, seen.email_key, address)
    if not await is_password(seen.password_hash, current):
        raise WrongPassword("This is not your password: try again.", ("current",))
    hashed = await hash_password(new)
    async with transaction(database):
        user = await locked(User, seen.id)
        if (user.epoch, user.active, user.password_hash) != (seen.epoch, seen.active, seen.password_hash):
            raise WrongPassword("The password was changed just now: sign in again.", ("current",))
        await _replace(database, viewer, user, hashed, keeping=viewer.session_id)
        await was_right(database, guess)
    forget(viewer.actor)
    return user


async def accept_invitation(database: Database, token: str, password: str) -> User:
    """Choose the first password, by what the invitation brought.

    Raises:
        LinkIsVoid: the token is unknown, used or too old.
        DomainError: the password cannot be taken.
    """
    return await _by_link(database, LinkPurpose.INVITATION, token, password)


async def reset_password(database: Database, token: str, password: str) -> User:
    """Choose another password, by what was mailed. Every session ends, and mistakes made before are forgotten.

    Raises:
        LinkIsVoid: the token is unknown, used or too old.
        DomainError: the password cannot be taken.
    """
    return await _by_link(database, LinkPurpose.PASSWORD_RESET, token, password)


async def request_password_reset(database: Database, email: str, *, address: str | None = None) -> None:
    """Mail whoever has an account by this address what lets them choose another password.

    Nobody learns whether there is one: the answer is the same, and both counts go up either way. A letter takes twice
    as long as none, though: whoever answers strangers evens that out.

    Raises:
        RateLimited: too many were asked for, from here or for this address.
    """
    email_key = key_of(email)
    place, account = f"reset-place:{block_of(address)}", f"reset-account:{keyed_hash('password reset', email_key)}"
    await throttled_by(database, {place: _ASKED_BY_PLACE, account: _ASKED_FOR_ACCOUNT})
    async with transaction(database):
        user = await User.get_or_none(email_key=email_key, active=True)
        if user is not None:
            await mail_link(database, await locked(User, user.id), LinkPurpose.PASSWORD_RESET)


async def set_password(database: Database, viewer: Viewer, user_id: UUID, password: str) -> User:
    """Give somebody else a password, for the command line of whoever runs the server. Every session of theirs ends.

    Raises:
        NotAllowed: the viewer lacks PEOPLE_MANAGE, or a scope that the person has.
        NoSuchUser: there is nobody by that id.
        DomainError: the password cannot be taken.
    """
    require(viewer, Scope.PEOPLE_MANAGE)
    seen = await User.get_or_none(id=user_id)
    if seen is None:
        raise NoSuchUser("There is nobody by this id.", ("id",))
    check_password(password, ("password",), email=seen.email, name=seen.name)
    hashed = await hash_password(password)
    async with transaction(database):
        user = await locked(User, user_id)
        require_over(viewer, user.role)
        await _replace(database, viewer, user, hashed)
        await forgive_account(database, user.email_key)
    forget(f"user:{user.id}")
    return user


async def signed_in(viewer: Viewer) -> User:
    """The person who asks.

    Raises:
        NotSignedIn: nobody, or a program.
    """
    user = await User.get_or_none(id=viewer.user_id) if viewer.user_id else None
    if user is None or not user.active:
        raise NotSignedIn
    return user


async def _by_link(database: Database, purpose: LinkPurpose, token: str, password: str) -> User:
    link = await find_link(token, purpose)
    seen = await _owner(link)
    check_password(password, ("password",), email=seen.email, name=seen.name)
    hashed = await hash_password(password)
    async with transaction(database):
        user = await locked(User, seen.id)
        await use_link(link)
        if not user.active:
            raise LinkIsVoid
        # Nobody is signed in yet, and it is they who do it.
        await _replace(database, Viewer(actor=f"user:{user.id}"), user, hashed)
        await forgive_account(database, user.email_key)
    forget(f"user:{user.id}")
    return user


async def _owner(link: AccountLink) -> User:
    user = await User.get(id=link.user_id)
    if not user.active:
        raise LinkIsVoid
    return user


async def _replace(database: Database, viewer: Viewer, user: User, hashed: str, *, keeping: UUID | None = None) -> None:
    """Write a new password down, and end every session but one."""
    await swap(user, {"password_hash": hashed, "epoch": user.epoch + 1})
    await Session.filter(user_id=user.id).exclude(id=keeping).delete()
    await Session.filter(user_id=user.id).update(epoch=user.epoch)
    await void_links(user)
    await tell(database, viewer, user, InternalEvent.PASSWORD_CHANGED)
