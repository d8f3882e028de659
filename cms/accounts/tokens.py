"""Tokens: a program's credential, made once, shown once, revoked for good.

The one thing to know: only the hash of a secret is kept, a plain SHA-256. 32 random bytes cannot be found by trying, so
no slow function has to protect them; and without the process's key in it, another key voids no token.
"""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from cms.accounts.errors import ExpiryPassed, NoScope, NoSuchToken, UnknownScope
from cms.accounts.forgetting import forget
from cms.accounts.models import ApiToken
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.events import InternalEvent, append_event
from cms.kernel.guards import require
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.inputs import line, moment
from cms.kernel.viewer import Scope, Viewer

_SECRET_BYTES: Final = 32
#: What follows the beginning of a secret: 32 bytes in base64url.
SECRET_CHARS: Final = 43
_MAX_NAME_CHARS: Final = 200
#: Without the right to read what it writes, a program could not even see what its own write came to.
_WITH_IT: Final = frozenset({Scope.CONTENT_WRITE, Scope.CONTENT_PUBLISH})


class SecretKind(StrEnum):
    """What a secret is good for, by how it begins: people, and programs that look for leaks, see what they found."""

    API_TOKEN = "cms_"  # noqa: S105 - the beginning of every secret of its kind, not one
    SESSION = "cms_s_"
    PREVIEW = "cms_p_"
    LINK = "cms_l_"


async def create_token(
    database: Database, viewer: Viewer, name: str, scopes: Collection[str], expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token.

    Args:
        database: where.
        viewer: must hold PEOPLE_MANAGE.
        name: what it is for, to be told apart from others; 1 to 200 characters.
        scopes: what its holder may do; at least one. Who may write or publish content may read it before it is public.
        expires_at: from when on it is refused; never when left out.

    Returns:
        The token, and its secret: `cms_` and 43 letters, digits, hyphens and underscores. Nobody can tell it again.

    Raises:
        NotAllowed: the viewer may not, or lacks a scope that is to be given.
        NoScope: no scope is given.
        UnknownScope: what is given is none.
        ExpiryPassed: `expires_at` is not in the future.
        DomainError: the name cannot be taken.
    """
    require(viewer, Scope.PEOPLE_MANAGE)
    granted = _granted(scopes)
    # Nobody hands out more than they hold: a token that manages people would be a token for everything.
    for scope in granted:
        require(viewer, Scope(scope))
    secret = new_secret(SecretKind.API_TOKEN)
    token = ApiToken(
        name=line(name, ("name",), _MAX_NAME_CHARS),
        secret_hash=hash_of(secret),
        scopes=granted,
        expires_at=_future(expires_at) if expires_at else None,
        created_by_id=viewer.user_id,
    )
    async with transaction(database):
        await token.save()
        await append_event(
            database, InternalEvent.API_TOKEN_CREATED, viewer.actor, global_id(token), payload={"scopes": granted}
        )
    return token, secret


async def revoke_token(database: Database, viewer: Viewer, token_id: UUID) -> ApiToken:
    """Refuse a token from now on; other servers that know it do within seconds (see `Identities`).

    Revoking it again changes nothing: the first time stands.

    Raises:
        NotAllowed: the viewer lacks PEOPLE_MANAGE.
        NoSuchToken: there is no such token.
    """
    require(viewer, Scope.PEOPLE_MANAGE)
    async with transaction(database):
        # The condition stands in the statement that writes: of two who revoke at once, one does, and one event tells.
        was_valid = await ApiToken.filter(id=token_id, revoked_at=None).update(revoked_at=now())
        token = await ApiToken.get_or_none(id=token_id)
        if token is None:
            raise NoSuchToken("There is no such token: look for its id in the list of tokens.", ("id",))
        if was_valid:
            await append_event(database, InternalEvent.API_TOKEN_REVOKED, viewer.actor, global_id(token))
    forget(f"token:{token_id}")
    return token


async def list_tokens(viewer: Viewer) -> list[ApiToken]:
    """Every token, those that are refused by now too, the oldest first.

    Raises:
        NotAllowed: the viewer lacks PEOPLE_MANAGE.
    """
    require(viewer, Scope.PEOPLE_MANAGE)
    return await ApiToken.all().order_by("created_at", "id")


def new_secret(kind: SecretKind) -> str:
    """A secret that nobody has seen: the beginning of its kind, and 43 letters, digits, hyphens and underscores."""
    return kind.value + secrets.token_urlsafe(_SECRET_BYTES)


def hash_of(secret: str) -> str:
    """What is kept of a secret: `sha256:` and 64 hexadecimal digits (FIPS 180-4)."""
    return "sha256:" + hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def global_id(token: ApiToken) -> GlobalId:
    """How the API and the event log name a token."""
    return GlobalId(NodeType.API_TOKEN, token.id)


def _granted(scopes: Collection[str]) -> list[str]:
    """The scopes, each once, in the order in which they are declared, and what comes with them."""
    known = [scope.value for scope in Scope]
    if not scopes:
        raise NoScope(f"Name at least one scope: {', '.join(known)}.", ("scopes",))
    if not set(scopes) <= set(known):
        raise UnknownScope(f"The scopes are {', '.join(known)}.", ("scopes",))
    held = set(scopes) | ({Scope.CONTENT_PREVIEW} if _WITH_IT & set(scopes) else set())
    return [scope for scope in known if scope in held]


def _future(expires_at: datetime) -> datetime:
    ends_at = moment(expires_at, ("expiresAt",))
    if ends_at <= now():
        raise ExpiryPassed(
            "The token would have expired already: name a moment in the future, or none.", ("expiresAt",)
        )
    return ends_at
