"""Passwords: which are taken, and how they are kept.

The one thing to know: a wrong password, and one for an account that is not there, take as long as a right one. Hashing
takes a processor for tens of milliseconds and 19 MiB, so it runs on two threads and no more, beside the event loop;
never call it inside a transaction, where everybody who writes would wait for it.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from cms.kernel.errors import InvalidInput, TooLong
from cms.kernel.inputs import Path
from cms.kernel.text import fold

Result = TypeVar("Result")

MIN_PASSWORD_CHARS: Final = 12
MAX_PASSWORD_CHARS: Final = 200


class PasswordTooShort(InvalidInput):
    """It could be guessed by trying."""


class PasswordIsKnown(InvalidInput):
    """It is what everybody knows of the person."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What hashing costs: passes, memory and lanes of Argon2id.

    The defaults are what OWASP's Password Storage Cheat Sheet asks for at least where memory is scarce.
    """

    passes: int = 2
    memory_kib: int = 19 * 1024
    lanes: int = 1

    @property
    def hasher(self) -> PasswordHasher:
        """What hashes and verifies at this effort; any hash can be verified, whatever it cost."""
        return PasswordHasher(
            time_cost=self.passes, memory_cost=self.memory_kib, parallelism=self.lanes, type=Type.ID, hash_len=32
        )


class _Holder:
    hasher = Effort().hasher


_holder = _Holder()
# Two at a time: whoever tries passwords takes neither the memory nor the threads that others wait for.
_threads = ThreadPoolExecutor(2, thread_name_prefix="passwords")


def use_effort(effort: Effort) -> None:
    """Let hashing cost this much from now on, in this process. Tests use it, whose passwords protect nothing.

    Passwords that were hashed with less are hashed anew when their owners sign in.
    """
    _holder.hasher = effort.hasher


def check_password(password: str, path: Path, *, email: str, name: str) -> None:
    """Let a new password pass. Its length is what counts (NIST SP 800-63B, section 3.1.1.2), so nothing else is asked.

    Args:
        password: as it was given; nothing is taken off it.
        path: the input it belongs to.
        email: the address of the person; it is no password, nor is the part before the @.
        name: their name, which is none either.

    Raises:
        PasswordTooShort: it has fewer than MIN_PASSWORD_CHARS characters.
        TooLong: it has more than MAX_PASSWORD_CHARS.
        PasswordIsKnown: it is the address or the name.
    """
    if len(password) < MIN_PASSWORD_CHARS:
        raise PasswordTooShort(f"Choose a password of {MIN_PASSWORD_CHARS} characters or more.", path)
    if len(password) > MAX_PASSWORD_CHARS:
        raise TooLong(f"Choose a password of at most {MAX_PASSWORD_CHARS} characters.", path)
    if fold(password) in {fold(email), fold(email.partition("@")[0]), fold(name)}:
        raise PasswordIsKnown("Choose a password that is neither the name nor the mail address.", path)


async def hash_password(password: str) -> str:
    """What is kept of a password: Argon2id with a salt of its own, in the usual text form (`$argon2id$v=19$...`)."""
    return await _beside(lambda: _holder.hasher.hash(_bytes(password)))


async def is_password(stored: str | None, password: str) -> bool:
    """Whether a password is the one that was kept. Without one that was kept it takes as long to say no."""
    return await _beside(lambda: _is_password(stored, password))


def is_outgrown(stored: str) -> bool:
    """Whether a password was hashed with less effort than is made now."""
    kept, hasher = extract_parameters(stored), _holder.hasher
    return kept.type is not Type.ID or kept.time_cost < hasher.time_cost or kept.memory_cost < hasher.memory_cost


def _is_password(stored: str | None, password: str) -> bool:
    if stored is None or len(password) > MAX_PASSWORD_CHARS:
        _holder.hasher.hash(_bytes(password[:MAX_PASSWORD_CHARS]))
        return False
    try:
        return _holder.hasher.verify(stored, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    """The password as it is hashed: NFKC, since keyboards differ in how they send a letter (SP 800-63B, 3.1.1.2)."""
    # Half of a surrogate pair has no UTF-8; as something that was typed wrongly it is not to end in a fault of ours.
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")


async def _beside(work: Callable[[], Result]) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)
