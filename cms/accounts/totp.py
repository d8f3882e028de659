"""Signing in with a code besides the password: set up, confirmed by a first code, taken off again.

The one thing to know: a secret counts only once a code has been made with it. Whoever scans it and loses the phone
before that can still sign in.
"""

from dataclasses import dataclass, field

from cms.accounts.codes import new_secret, otpauth_url, step_of
from cms.accounts.errors import WrongCode, WrongPassword
from cms.accounts.events import tell, unsaid
from cms.accounts.guessing import count_guess, was_right
from cms.accounts.links import site_name
from cms.accounts.models import User
from cms.accounts.password_changes import signed_in
from cms.accounts.passwords import is_password
from cms.kernel.changing import locked, swap
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.errors import StateConflict
from cms.kernel.events import InternalEvent
from cms.kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class TotpSetup:
    """What an authenticator needs: the secret, or the URL to make a QR code of."""

    secret: str = field(repr=False)
    url: str = field(repr=False)


async def set_up_totp(database: Database, viewer: Viewer) -> TotpSetup:
    """Hand out a secret, which counts once it is confirmed. The one handed out before, unconfirmed, is void.

    Raises:
        NotSignedIn: nobody is signed in.
        StateConflict: codes are asked for already.
    """
    seen = await signed_in(viewer)
    secret = new_secret()
    async with transaction(database):
        user = await locked(User, seen.id)
        if user.totp_last_step is not None:
            raise StateConflict("Codes are asked for already: take them off first, by `disableTotp`.")
        await User.filter(id=user.id).update(totp_secret=secret)
        issuer = await site_name(database)
    return TotpSetup(secret, otpauth_url(secret, account=user.email, issuer=issuer))


async def confirm_totp(database: Database, viewer: Viewer, code: str) -> User:
    """Ask for a code at every sign-in from now on.

    Raises:
        NotSignedIn: nobody is signed in.
        StateConflict: no secret was handed out, or it is confirmed.
        WrongCode: the code was not made with it just now.
    """
    seen = await signed_in(viewer)
    async with transaction(database):
        user = await locked(User, seen.id)
        if not user.totp_secret or user.totp_last_step is not None:
            raise StateConflict("There is nothing to confirm: begin with `setUpTotp`.")
        step = step_of(user.totp_secret, code, None, now())
        if step is None:
            raise WrongCode("This is not the code that is shown now: check that the clock is right.", ("code",))
        await swap(user, {"totp_last_step": step})
        await tell(database, viewer, user, InternalEvent.USER_CHANGED, [unsaid("totp")])
    return user


async def disable_totp(database: Database, viewer: Viewer, password: str, *, address: str | None = None) -> User:
    """Ask for no code any more. Call it outside of any transaction: a wrong password is counted.

    Raises:
        NotSignedIn: nobody is signed in.
        RateLimited: there were too many wrong ones.
        WrongPassword: the password is wrong.
    """
    seen = await signed_in(viewer)
    guess = await count_guess(database, seen.email_key, address)
    if not await is_password(seen.password_hash, password):
        raise WrongPassword("This is not your password: try again.", ("password",))
    async with transaction(database):
        user = await locked(User, seen.id)
        await was_right(database, guess)
        if await swap(user, {"totp_secret": None, "totp_last_step": None}):
            await tell(database, viewer, user, InternalEvent.USER_CHANGED, [unsaid("totp")])
    return user
