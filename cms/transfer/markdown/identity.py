"""By what texts are known here, so that the same folder again changes nothing.

The one thing to know: an export says `id`, and that id is the article's wherever it comes in. A file without one is
known by its path below the folder, from which its key follows.
"""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from cms.kernel.ids import NodeType, parse_global_id

#: What `source` says of everything that came from Markdown.
SOURCE: Final = "markdown"

_LONGEST: Final = 400
_UNIX: Final = datetime(1970, 1, 1, tzinfo=UTC)


def known_as(kind: str, name: str) -> str:
    """The `source_id` of an author or a topic by its slug, or of an article by the path of its file."""
    plain = f"{kind}/{name}"
    # What white space would be made one, or is too long to be kept, is known by its digest.
    is_kept = len(plain) <= _LONGEST and plain == " ".join(plain.split())
    return plain if is_kept else f"{kind}/sha256:{sha256(name.encode()).hexdigest()}"


def key_in(written: str | None) -> UUID | None:
    """The key that an article's own id tells; none where it is another system's."""
    node = parse_global_id(written) if written else None
    return node.key if node is not None and node.type is NodeType.ARTICLE else None


def key_of(source_id: str, written_at: datetime | None) -> UUID:
    """The key of an article: a UUIDv7 (RFC 9562, section 5.7) of its date, the other bits a digest of its name."""
    since = max(int(((written_at or _UNIX) - _UNIX).total_seconds() * 1000), 0)
    digest = int.from_bytes(sha256(f"{SOURCE} {source_id}".encode()).digest()[:10], "big")
    middle, tail = digest & 0xFFF, (digest >> 12) & ((1 << 62) - 1)
    return UUID(int=(since << 80) | (7 << 76) | (middle << 64) | (0b10 << 62) | tail)
