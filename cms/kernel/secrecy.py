"""Keyed hashes: what lets us recognise an address or a token without keeping it.

The one thing to know: the key is the process's, given once by whoever starts it. With another key every stored hash and
every token handed out is worthless.
"""

import hashlib
import hmac
from collections.abc import Iterable

from cms.kernel.text import fold_address

MIN_KEY_BYTES = 16


class NoSecret(RuntimeError):
    """A keyed hash was asked for before the process was given its key."""


class _Holder:
    key: bytes | None = None


_holder = _Holder()


def use_secret(key: bytes) -> None:
    """Let `key` be the key of this process from now on.

    Raises:
        ValueError: It is shorter than 16 bytes.
    """
    if len(key) < MIN_KEY_BYTES:
        raise ValueError(f"The secret key has at least {MIN_KEY_BYTES} bytes")
    _holder.key = key


def keyed_hash(purpose: str, value: str) -> str:
    """HMAC-SHA256 of `value`, as `hmac-sha256:` and 64 hexadecimal digits (RFC 2104, FIPS 180-4).

    Args:
        purpose: what the hash is for; the same value under another purpose gives another hash.
        value: what is recognised again.

    Raises:
        NoSecret: `use_secret` was not called.
    """
    if _holder.key is None:
        raise NoSecret("The process has no secret key yet: call use_secret when it starts")
    message = f"{purpose}\0{value}".encode()
    return "hmac-sha256:" + hmac.new(_holder.key, message, hashlib.sha256).hexdigest()


def keyed_numbers(purpose: str, values: Iterable[str], bits: int) -> list[int]:
    """A number for each value, the same for the same value: for counting many without keeping them.

    A number has so few bits that several values share it, and none can be told from it even by whoever holds the key.

    Args:
        purpose: what they are for; the same value under another purpose gives another number.
        values: what is counted.
        bits: at most 32.

    Raises:
        NoSecret: `use_secret` was not called.
    """
    # BLAKE2 has the key built in (RFC 7693), and takes a third of the time of an HMAC: 0.5 µs for a word.
    key = bytes.fromhex(keyed_hash(purpose, "").rpartition(":")[2])
    digests = (hashlib.blake2b(value.encode(), key=key, digest_size=4).digest() for value in values)
    return [int.from_bytes(digest) >> (32 - bits) for digest in digests]


def email_key_of(address: str) -> str:
    """The keyed hash by which a mail address is recognised again, whatever its case."""
    return keyed_hash("email", fold_address(address))


def is_same(given: str, expected: str) -> bool:
    """Whether two hashes are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(), expected.encode())
