"""By what the things of an export are known here: names for `source_id`, and the keys of articles.

The one thing to know: an article's key follows from where it came from and when it was written. So a text can link to
an article that is brought in later, by this run or by the next one after this was killed.
"""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

#: What `source` says of everything that came from WordPress.
SOURCE: Final = "wordpress"

_LONGEST_BLOG: Final = 200
_UNIX: Final = datetime(1970, 1, 1, tzinfo=UTC)


def split(address: str) -> SplitResult:
    """The parts of an address; of what is none, no part."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def host_of(parts: SplitResult) -> str:
    """Where an address leads, so that `www.` makes no difference."""
    return parts.netloc.lower().removeprefix("www.")


def blog_of(url: str) -> str:
    """The name of an exported site: its host and path, so that http or https make no difference."""
    parts = split(url)
    name = f"{host_of(parts)}{parts.path}".rstrip("/")
    return name if len(name) <= _LONGEST_BLOG else sha256(name.encode()).hexdigest()


def source_id(blog: str, kind: str, number: int | str) -> str:
    """What a thing is known by: `blog.example.org#post-12`."""
    return f"{blog}#{kind}-{number}"


def article_key(known_as: str, written_at: datetime | None) -> UUID:
    """The key of an article: a UUIDv7 (RFC 9562, section 5.7) of its date, the other bits a digest of its name."""
    since = max(int(((written_at or _UNIX) - _UNIX).total_seconds() * 1000), 0)
    digest = int.from_bytes(sha256(f"{SOURCE} {known_as}".encode()).digest()[:10], "big")
    middle, tail = digest & 0xFFF, (digest >> 12) & ((1 << 62) - 1)
    return UUID(int=(since << 80) | (7 << 76) | (middle << 64) | (0b10 << 62) | tail)
