"""Tokens that name a row and prove that we handed them out: its key, a dot, and a keyed hash of it.

The one thing to know: nothing is stored. A token works for as long as the row is there and whoever takes it agrees, and
one for another purpose is none.
"""

from typing import Final
from uuid import UUID

from cms.kernel.secrecy import is_same, keyed_hash

_KEY_DIGITS: Final = 32


def signed(purpose: str, key: UUID) -> str:
    """The token of a key for a purpose: 32 hexadecimal digits of the key, a dot, and 64 of the hash."""
    return f"{key.hex}.{keyed_hash(purpose, str(key)).rpartition(':')[2]}"


def key_signed(purpose: str, token: str) -> UUID | None:
    """The key that a token was made of for this purpose, or None when it is none of ours."""
    digits = token.partition(".")[0]
    try:
        key = UUID(digits) if len(digits) == _KEY_DIGITS else None
    except ValueError:
        return None
    return key if key and is_same(token, signed(purpose, key)) else None
