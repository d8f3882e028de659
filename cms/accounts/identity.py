"""Who is asking: from the credential in a request to a viewer.

The one thing to know: an answer is kept for seconds, so that a busy program costs a statement now and then and not one
for each request. What is revoked, signed out or switched off is therefore refused after KEPT at the latest, everywhere;
and at once in the process that did it (see `forgetting`).

Secrets are looked up by their hash. How long a comparison takes could tell no more than something about hashes, which
no secret can be made of, so none has to take constant time.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import orjson
import structlog
from tortoise.expressions import Q

from cms.accounts.forgetting import KEEPERS
from cms.accounts.models import ApiToken, Role, Session
from cms.accounts.roles import SCOPES_OF
from cms.accounts.tokens import SECRET_CHARS, SecretKind, hash_of
from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect
from cms.kernel.fields import TimeField
from cms.kernel.remembering import Remembered
from cms.kernel.viewer import Scope, Viewer
from cms.reading.assembling import Row
from cms.reading.reader import Runner

#: How long an answer of the database is taken for the truth. Subscriptions ask every two seconds, and end within five.
KEPT: Final = timedelta(seconds=2)
#: How far `last_used_at` and `last_seen_at` may lag behind; more often would make a write of every other read.
NOTED_EVERY: Final = timedelta(minutes=10)
#: How long a session lasts after it was used last.
SESSION_LASTS: Final = timedelta(days=14)
#: How long nothing is kept of somebody of whom something changed: longer than a write takes to be committed.
_DOUBTED_FOR: Final = timedelta(seconds=30)
MAX_KNOWN: Final = 10_000
MAX_REFUSED: Final = 10_000

_KNOWN_KINDS: Final = (SecretKind.SESSION, SecretKind.PREVIEW, SecretKind.API_TOKEN)
# RFC 6750, section 2.1; the scheme in any case (RFC 9110, section 11.1). A kind is known by how long a secret is, too:
# the random part of a program's token may begin as the other kinds do.
_BEARER: Final = re.compile(rf"(?i:bearer) +(({'|'.join(_KNOWN_KINDS)})[A-Za-z0-9_-]{{{SECRET_CHARS}}})")
_TIME: Final = TimeField(null=True)

log = structlog.get_logger()


class BadCredential(Exception):
    """The credential is not valid now. What is wrong with it is not told: somebody who tries tokens would learn."""

    def __init__(self) -> None:
        super().__init__("The credential is not valid: send 'Bearer' and a valid token, or no credential at all.")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database said of a secret that was valid when it was asked."""

    viewer: Viewer
    expires_at: datetime | None

    def viewer_at(self, at: datetime) -> Viewer | None:
        """The viewer, while the secret has not expired."""
        return self.viewer if self.expires_at is None or at < self.expires_at else None


@dataclass(frozen=True, slots=True)
class _Credential:
    """One kind of credential.

    Attributes:
        find: the statement that finds one by the hash of its secret: its key, when it expires, when it was used last,
            and what `viewer` is made of.
        viewer: who a row stands for.
        note: writes down that one is in use, unless another process did; None where nobody wants to know.
    """

    find: str
    viewer: Callable[[Row], Viewer]
    note: Callable[[UUID, datetime], Awaitable[object]] | None = None


def _program(row: Row) -> Viewer:
    held = orjson.loads(row[3])
    # A scope that this release does not know gives nothing.
    return Viewer(frozenset(scope for scope in Scope if scope.value in held), actor=f"token:{row[0]}")


def _person(row: Row) -> Viewer:
    user_id = UUID(str(row[3]))
    return Viewer(SCOPES_OF[Role(row[4])], user_id, f"user:{user_id}", session_id=UUID(str(row[0])))


def _holder_of_link(row: Row) -> Viewer:
    return Viewer(actor=f"preview:{row[0]}", preview_of=UUID(str(row[3])))


async def _note_token(token_id: UUID, at: datetime) -> None:
    long_ago = Q(last_used_at=None) | Q(last_used_at__lte=at - NOTED_EVERY)
    await ApiToken.filter(long_ago, id=token_id).update(last_used_at=at)


async def _note_session(session_id: UUID, at: datetime) -> None:
    long_ago = Q(last_seen_at=None) | Q(last_seen_at__lte=at - NOTED_EVERY)
    # Whoever comes back within two weeks stays signed in.
    await Session.filter(long_ago, id=session_id).update(last_seen_at=at, expires_at=at + SESSION_LASTS)


_CREDENTIALS: Final[Mapping[SecretKind, _Credential]] = {
    SecretKind.API_TOKEN: _Credential(
        "SELECT id, expires_at, last_used_at, scopes FROM api_token WHERE revoked_at IS NULL AND secret_hash = ",
        _program,
        _note_token,
    ),
    SecretKind.SESSION: _Credential(
        "SELECT s.id, s.expires_at, s.last_seen_at, w.id, w.role FROM session AS s "
        "JOIN user_account AS w ON w.id = s.user_id AND w.epoch = s.epoch AND w.active WHERE s.token_hash = ",
        _person,
        _note_session,
    ),
    SecretKind.PREVIEW: _Credential(
        "SELECT id, expires_at, NULL, article_id FROM preview_link WHERE token_hash = ", _holder_of_link
    ),
}
_PLACEHOLDER: Final = {Dialect.SQLITE: "?", Dialect.POSTGRES: "$1"}


class Identities:
    """Tells who is behind a credential. One for a process; tasks share what it knows."""

    def __init__(self, database: Database, runner: Runner) -> None:
        """Ask `runner`, whose connections wait for no writer; `database` takes down when something was used."""
        self._runner = runner
        self._placeholder = _PLACEHOLDER[database.dialect]
        self._tokens = Remembered(self._find, KEPT, most=MAX_KNOWN, most_missing=MAX_REFUSED)
        self._noting: dict[UUID, asyncio.Task[None]] = {}
        self._doubted: dict[str, datetime] = {}
        KEEPERS.add(self)

    async def viewer(self, authorization: str) -> Viewer:
        """The viewer behind a credential, with one statement at most. Call it outside of any transaction.

        Args:
            authorization: the value of an `Authorization` header, or the same from a WebSocket's `connection_init`:
                `Bearer` and an API token, the token of a session, or that of a preview link.

        Raises:
            BadCredential: it is anything else, or unknown, revoked or expired; which of them is not told.
        """
        secret = _BEARER.fullmatch(authorization)
        if secret is None:
            raise BadCredential
        at = now()
        known = await self._known(secret[2] + hash_of(secret[1]), at)
        viewer = known.viewer_at(at) if known else None
        if viewer is None:
            raise BadCredential
        return viewer

    def forget(self, actor: str) -> None:
        """Ask again about everything that stands for `actor`, and keep no answer for a while.

        What changed may not be committed yet: an answer from before the commit must not outlive it.
        """
        at = now()
        self._doubted = {one: since for one, since in self._doubted.items() if _is_doubted(since, at)} | {actor: at}

    async def aclose(self) -> None:
        """Wait for what is still under way."""
        KEEPERS.discard(self)
        await self._tokens.aclose()
        await asyncio.gather(*self._noting.values())

    async def _known(self, name: str, at: datetime) -> _Known | None:
        """What stands behind a name, which is how a secret begins and its hash."""
        known = self._tokens.at_hand(name, at)
        if known is not None and self._doubted and self._is_in_doubt(known.viewer.actor, at):
            self._tokens.found.forget(name)
            known = None
        return known or await self._tokens.get(name, at)

    def _is_in_doubt(self, actor: str, at: datetime) -> bool:
        since = self._doubted.get(actor)
        return since is not None and _is_doubted(since, at)

    async def _find(self, name: str, at: datetime) -> _Known | None:
        """What a secret stands for, if it is valid at this moment."""
        kind, scheme, digest = name.partition("sha256:")
        credential = _CREDENTIALS[SecretKind(kind)]
        rows = await self._runner.rows(credential.find + self._placeholder, [scheme + digest])
        known = _Known(credential.viewer(rows[0]), _TIME.to_python_value(rows[0][1])) if rows else None
        if known is None or known.viewer_at(at) is None:
            return None
        self._note_use(credential, rows[0], known.viewer.actor, at)
        return known

    def _note_use(self, credential: _Credential, row: Row, actor: str, at: datetime) -> None:
        """Have it written down that something is in use, where it is not; whoever asks does not wait for it."""
        key, last_used_at = UUID(str(row[0])), _TIME.to_python_value(row[2])
        if credential.note is None or key in self._noting:
            return
        if last_used_at is not None and at - last_used_at < NOTED_EVERY:
            return
        noting = self._noting[key] = asyncio.create_task(_noted(credential.note(key, at), actor))
        noting.add_done_callback(lambda _: self._noting.pop(key))


def _is_doubted(since: datetime, at: datetime) -> bool:
    return abs(at - since) < _DOUBTED_FOR


async def _noted(writing: Awaitable[object], actor: str) -> None:
    try:
        await writing
    except Exception:
        # The root of a task of its own: the credential is as good as it was, and its next use in KEPT tries again.
        log.exception("the use of a credential was not written down", actor=actor)
