"""Who is asking: from the credential in a request to a viewer.

The one thing to know: an answer is kept for seconds, so that a busy program costs a statement now and then and not one
for each request. A token that is revoked is therefore refused after KEPT at the latest, everywhere.

Tokens are looked up by the hash of their secret. How long a comparison takes could tell no more than something about
hashes, which no secret can be made of, so none has to take constant time.
"""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import orjson
import structlog
from tortoise.expressions import Q

from cms.accounts.models import ApiToken
from cms.accounts.tokens import SECRET_PREFIX, hash_of
from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect
from cms.kernel.fields import TimeField
from cms.kernel.remembering import Remembered
from cms.kernel.viewer import Scope, Viewer
from cms.reading.assembling import Row
from cms.reading.reader import Runner

#: How long an answer of the database is taken for the truth.
KEPT: Final = timedelta(seconds=5)
#: How far `last_used_at` may lag behind; more often would make a write of every other read.
NOTED_EVERY: Final = timedelta(minutes=10)
MAX_KNOWN: Final = 10_000
MAX_REFUSED: Final = 10_000

# RFC 6750, section 2.1; the scheme in any case (RFC 9110, section 11.1). A secret is 32 bytes in base64url.
_BEARER = re.compile(rf"(?i:bearer) +({SECRET_PREFIX}[A-Za-z0-9_-]{{43}})")
_FIND = {
    Dialect.SQLITE: (
        "SELECT id, scopes, expires_at, last_used_at FROM api_token WHERE revoked_at IS NULL AND secret_hash = ?"
    ),
    Dialect.POSTGRES: (
        "SELECT id, scopes, expires_at, last_used_at FROM api_token WHERE revoked_at IS NULL AND secret_hash = $1"
    ),
}
_TIME = TimeField(null=True)

log = structlog.get_logger()


class BadCredential(Exception):
    """The credential is not valid now. What is wrong with it is not told: somebody who tries tokens would learn."""

    def __init__(self) -> None:
        super().__init__("The credential is not valid: send 'Bearer' and a valid token, or no credential at all.")


@dataclass(frozen=True, slots=True)
class _Token:
    """What the database said of a token that was valid when it was asked."""

    viewer: Viewer
    expires_at: datetime | None

    def viewer_at(self, at: datetime) -> Viewer | None:
        """The viewer, while the token has not expired."""
        return self.viewer if self.expires_at is None or at < self.expires_at else None


class Identities:
    """Tells who is behind a credential. One for a process; tasks share what it knows."""

    def __init__(self, database: Database, runner: Runner) -> None:
        """Ask `runner`, whose connections wait for no writer; `database` takes down when a token was used."""
        self._runner = runner
        self._statement = _FIND[database.dialect]
        self._tokens = Remembered(self._find, KEPT, most=MAX_KNOWN, most_missing=MAX_REFUSED)
        self._noting: dict[UUID, asyncio.Task[None]] = {}

    async def viewer(self, authorization: str) -> Viewer:
        """The viewer behind a credential, with one statement at most. Call it outside of any transaction.

        Args:
            authorization: the value of an `Authorization` header, or the same from a WebSocket's `connection_init`:
                `Bearer` and an API token.

        Raises:
            BadCredential: it is anything else, or the token is unknown, revoked or expired; which of them is not told.
        """
        secret = _BEARER.fullmatch(authorization)
        if secret is None:
            raise BadCredential
        at = now()
        token = await self._tokens.get(hash_of(secret[1]), at)
        viewer = token.viewer_at(at) if token else None
        if viewer is None:
            raise BadCredential
        return viewer

    async def aclose(self) -> None:
        """Wait for what is still under way."""
        await self._tokens.aclose()
        await asyncio.gather(*self._noting.values())

    async def _find(self, secret_hash: str, at: datetime) -> _Token | None:
        """The token of a secret, if it is valid at this moment."""
        rows = await self._runner.rows(self._statement, [secret_hash])
        token = _read(rows[0]) if rows else None
        if token is None or token.viewer_at(at) is None:
            return None
        self._note_use(rows[0], at)
        return token

    def _note_use(self, row: Row, at: datetime) -> None:
        """Have it written down that a token is in use, where it is not; whoever asks does not wait for it."""
        token_id, last_used_at = UUID(str(row[0])), _TIME.to_python_value(row[3])
        if token_id in self._noting or (last_used_at is not None and at - last_used_at < NOTED_EVERY):
            return
        noting = self._noting[token_id] = asyncio.create_task(_note(token_id, at))
        noting.add_done_callback(lambda _: self._noting.pop(token_id))


def _read(row: Row) -> _Token:
    """The token that a row stands for."""
    held = orjson.loads(row[1])
    # A scope that this release does not know gives nothing.
    scopes = frozenset(scope for scope in Scope if scope.value in held)
    return _Token(Viewer(scopes, actor=f"token:{row[0]}"), _TIME.to_python_value(row[2]))


async def _note(token_id: UUID, at: datetime) -> None:
    """Write down that a token was used, unless another process did."""
    long_ago = Q(last_used_at=None) | Q(last_used_at__lte=at - NOTED_EVERY)
    try:
        await ApiToken.filter(long_ago, id=token_id).update(last_used_at=at)
    except Exception:
        # The root of a task of its own: the token is as good as it was, and its next use in KEPT tries again.
        log.exception("the use of a token was not written down", token_id=str(token_id))
