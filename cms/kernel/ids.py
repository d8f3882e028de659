"""Identity: UUIDv7 keys made by us, and the opaque global ids that the API shows for them.

A global id is a type's three letters, `_`, and the key: `art_01890a5d-ac96-774b-bcce-b302099a8057`. It is parsed and
checked here before any statement is sent, since one malformed key fails a whole PostgreSQL statement.
"""

import re
import secrets
import threading
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from cms.kernel import clock

_RANDOM_BITS = 74
_GLOBAL_ID = re.compile(r"([a-z]{3})_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")


class NodeType(StrEnum):
    """The prefix in a global id that tells what it names."""

    ARTICLE = "art"
    ARTICLE_REVISION = "rev"
    AUTHOR = "aut"
    TOPIC = "top"
    DISCLAIMER = "dis"
    DISCLAIMER_VERSION = "dvn"
    POLICY_VERSION = "pol"
    SITE = "sit"
    COMMENT = "com"
    MEDIA = "med"
    USER = "usr"
    API_TOKEN = "tok"  # noqa: S105 - a prefix of ids, not a secret
    REDIRECT = "red"
    WEBHOOK = "whk"
    DELIVERY = "dlv"
    AUDIT_ENTRY = "aud"


_PREFIXES = frozenset(node_type.value for node_type in NodeType)


@dataclass(frozen=True, slots=True)
class GlobalId:
    """What a global id names: a type and a key."""

    type: NodeType
    key: UUID

    def __str__(self) -> str:
        return f"{self.type.value}_{self.key}"


class _Uuid7:
    """UUIDv7 (RFC 9562, section 5.7), growing within this process even when the clock stands still or steps back."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> UUID:
        milliseconds = int(clock.now().timestamp() * 1000)
        candidate = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        with self._lock:
            # A step of a random size keeps ids of one millisecond in order and still not guessable one from another.
            self._last = candidate if candidate > self._last else self._last + 1 + secrets.randbits(32)
            value = self._last
        head, tail = value >> 62, value & ((1 << 62) - 1)
        stamp, middle = head >> 12, head & 0xFFF
        return UUID(int=(stamp << 80) | (7 << 76) | (middle << 64) | (0b10 << 62) | tail)


_maker = _Uuid7()


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return _maker.next()


def parse_global_id(text: str) -> GlobalId | None:
    """What `text` names, or None when it is no global id of ours."""
    match = _GLOBAL_ID.fullmatch(text)
    if match is None or match[1] not in _PREFIXES:
        return None
    return GlobalId(NodeType(match[1]), UUID(match[2]))
