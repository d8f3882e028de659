"""Digests: the same value gives the same text and the same SHA-256, on every machine and in every release.

A digest is written with its algorithm, `sha256:<64 hex digits>`, so that another may follow one day.
"""

import hashlib
from uuid import UUID

import orjson


def canonical_json(value: object) -> bytes:
    """`value` as JSON without white space, keys sorted, UUIDs as text, and times in UTC to the microsecond.

    Raises:
        TypeError: it holds what JSON cannot say.
    """
    return orjson.dumps(value, default=_as_text, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def digest_of(value: object) -> str:
    """`sha256:` and the hexadecimal SHA-256 of the canonical JSON of `value`."""
    return f"sha256:{hashlib.sha256(canonical_json(value)).hexdigest()}"


def _as_text(value: object) -> str:
    """Take the UUIDs of the PostgreSQL driver, which are of a class that orjson refuses."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is nothing that JSON can say")
