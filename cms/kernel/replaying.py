"""Writes that are sent again: a client that never saw the answer repeats the key, and nothing happens twice.

The one thing to know: what was answered is written down in the transaction of the write itself, so that a key is known
if and only if its write was committed. Ids, errors and effects are kept, and never a secret.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from cms.kernel.changing import one_at_a_time
from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.errors import DomainError, ErrorCode
from cms.kernel.inputs import line
from cms.kernel.models import Idempotency
from cms.kernel.secrecy import is_same, keyed_hash

#: How long an answer is kept for whoever asks again.
KEPT: Final = timedelta(hours=24)
MAX_KEY_CHARS: Final = 128


class IdempotencyMismatch(DomainError):
    """The key was used for another input."""

    code = ErrorCode.IDEMPOTENCY_MISMATCH


@dataclass(frozen=True, slots=True)
class Replay:
    """One write that may be sent again.

    Attributes:
        scope: whose key it is, as `Viewer.actor` says: nobody is given somebody else's answer.
        mutation: what is done.
        key: made by the client.
        digest: of the input, keyed: inputs hold passwords and mail addresses.
    """

    scope: str
    mutation: str
    key: str
    digest: str

    async def recall(self, database: Database) -> Mapping[str, Any] | None:
        """The first answer, or None when this is the first time. In a transaction; the second of two at once waits.

        Raises:
            IdempotencyMismatch: the key was used for another input.
        """
        await one_at_a_time(database, self._lock)
        kept = await Idempotency.get_or_none(scope=self.scope, mutation=self.mutation, key=self.key)
        if kept is None:
            return None
        if kept.expires_at <= now():
            await kept.delete()
            return None
        if not is_same(self.digest, kept.input_digest):
            raise IdempotencyMismatch("This key was used for another input: make a new one.", ("idempotencyKey",))
        result: Mapping[str, Any] = kept.result
        return result

    async def remember(self, result: Mapping[str, Any]) -> None:
        """Keep the answer, in the transaction of the write."""
        moment = now()
        await Idempotency.create(
            scope=self.scope,
            mutation=self.mutation,
            key=self.key,
            input_digest=self.digest,
            result=dict(result),
            at=moment,
            expires_at=moment + KEPT,
        )

    @property
    def _lock(self) -> int:
        """A number for the lock of this key: 63 bits, so that others hardly ever wait for it."""
        name = f"{self.scope}\0{self.mutation}\0{self.key}"
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) >> 1


def replay_of(scope: str, mutation: str, key: str, given: bytes) -> Replay:
    """The write that a key stands for, done with what is given: the same bytes for the same input.

    Raises:
        DomainError: the key is empty, longer than MAX_KEY_CHARS, or no line of text.
    """
    checked = line(key, ("idempotencyKey",), MAX_KEY_CHARS)
    return Replay(scope, mutation, checked, keyed_hash("idempotency", given.decode()))
