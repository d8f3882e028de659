"""Signing in and out. A session's token is opaque, and only its hash is kept.

The one thing to know: a session carries the epoch of its user and is refused when they differ. So whatever raises the
epoch, a new password, another role, an account that is switched off, ends every session at once without looking for it.
"""

from dataclasses import dataclass, field
from datetime import datetime

from cms.accounts.addresses import key_of
from cms.accounts.codes import step_of
from cms.accounts.errors import NotSignedIn, SignInFailed, WrongCode
from cms.accounts.forgetting import forget
from cms.accounts.guessing import Guess, count_guess, was_no_guess, was_right
from cms.accounts.identity import SESSION_LASTS
from cms.accounts.models import Session, User
from cms.accounts.passwords import hash_password, is_outgrown, is_password
from cms.accounts.tokens import SecretKind, hash_of, new_secret
from cms.kernel.changing import locked
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.events import InternalEvent, append_event
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody signed in, or with `is_code_missing` would be if they gave a code as well.

    Attributes:
        user: who; None while the code is missing.
        token: `cms_s_` and 43 letters, digits, hyphens and underscores; nobody can tell it again.
        expires_at: until when it is good, unless it is used, which moves this.
        is_code_missing: whether address and password are right, and the account wants a code from an authenticator.
    """

    user: User | None = None
    token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    is_code_missing: bool = False


async def sign_in(
    database: Database, email: str, password: str, code: str | None = None, *, address: str | None = None
) -> SignedIn:
    """Sign somebody in. Call it outside of any transaction: what fails is counted all the same.

    Args:
        database: where.
        email: the address of the account, in any case.
        password: as it was typed.
        code: what the authenticator shows, for an account that has one.
        address: where the request comes from, as the transport knows it.

    Raises:
        RateLimited: there were too many wrong ones (see `cms.accounts.guessing`).
        SignInFailed: address and password do not belong together, or the account is switched off. It takes as long
            whatever the reason.
        WrongCode: the code is wrong, or was used; address and password are right.
    """
    email_key = key_of(email)
    guess = await count_guess(database, email_key, address)
    user = await User.get_or_none(email_key=email_key)
    is_right = await is_password(user.password_hash if user else None, password)
    if user is None or not is_right or not user.active:
        raise SignInFailed
    if user.totp_last_step is not None and not (code or "").strip():
        await was_no_guess(database, guess)
        return SignedIn(is_code_missing=True)
    return await _signed_in(database, user, await _anew(user, password), code, guess)


async def sign_out(database: Database, viewer: Viewer) -> None:
    """End the session by which the viewer asks; others of the same person go on.

    Raises:
        NotSignedIn: the viewer asks by something else.
    """
    if viewer.session_id is None or viewer.user_id is None:
        raise NotSignedIn
    async with transaction(database):
        if await Session.filter(id=viewer.session_id).delete():
            await append_event(
                database, InternalEvent.SIGNED_OUT, viewer.actor, GlobalId(NodeType.USER, viewer.user_id)
            )
    forget(viewer.actor)


async def _anew(user: User, password: str) -> dict[str, str]:
    """The column of the password, where it has to be hashed with more effort than it was."""
    assert user.password_hash is not None, "it was verified"  # noqa: S101 - for the type checker
    return {"password_hash": await hash_password(password)} if is_outgrown(user.password_hash) else {}


async def _signed_in(
    database: Database, seen: User, rehashed: dict[str, str], code: str | None, guess: Guess
) -> SignedIn:
    at = now()
    token, expires_at = new_secret(SecretKind.SESSION), at + SESSION_LASTS
    async with transaction(database):
        user = await locked(User, seen.id)
        # While the password was looked at, the account was switched off or given another.
        if (user.epoch, user.active, user.password_hash) != (seen.epoch, seen.active, seen.password_hash):
            raise SignInFailed
        changes: dict[str, object] = {"last_sign_in_at": at, **rehashed, **_code_used(user, code, at)}
        await User.filter(id=user.id).update(**changes)
        await Session.create(
            user_id=user.id, token_hash=hash_of(token), epoch=user.epoch, expires_at=expires_at, created_at=at
        )
        await was_right(database, guess)
        node = GlobalId(NodeType.USER, user.id)
        await append_event(database, InternalEvent.SIGNED_IN, f"user:{user.id}", node)
    return SignedIn(user, token, expires_at)


def _code_used(user: User, code: str | None, at: datetime) -> dict[str, int]:
    """The column of the code's step, where the account wants a code."""
    if user.totp_last_step is None:
        return {}
    step = step_of(user.totp_secret, code or "", user.totp_last_step, at)
    if step is None:
        raise WrongCode("This is not the code that is shown now, or it was used: wait for the next one.", ("totp",))
    return {"totp_last_step": step}
