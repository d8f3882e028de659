"""What may be embedded: an allow-list of addresses, each reduced to an id and written again by us.

No iframe is ever made here. A front end that wants a player builds it from `provider` and the canonical address.
"""

import re
from typing import NamedTuple


class Provider(NamedTuple):
    """A site whose things may be shown in place."""

    name: str
    address: re.Pattern[str]
    canonical: str


class Found(NamedTuple):
    """What an address embeds."""

    provider: str
    url: str


def _provider(name: str, address: str, canonical: str) -> Provider:
    """A provider; `address` is what follows `https://` (and `www.` or `m.`), with the id in groups named a, b, c."""
    return Provider(name, re.compile(rf"https?://(?:www\.|m\.)?{address}/?(?:[?&#][^\s]*)?"), canonical)


_SLUG = r"[A-Za-z0-9_.\-]{1,100}"

PROVIDERS: tuple[Provider, ...] = (
    _provider(
        "youtube",
        r"(?:youtube(?:-nocookie)?\.com/(?:watch\?(?:[^\s#]*&)?v=|embed/|shorts/|live/|v/)|youtu\.be/)(?P<a>[A-Za-z0-9_\-]{11})",
        "https://www.youtube.com/watch?v={a}",
    ),
    _provider("vimeo", r"(?:player\.)?vimeo\.com/(?:video/)?(?P<a>[0-9]{1,12})", "https://vimeo.com/{a}"),
    _provider(
        "dailymotion",
        r"(?:dailymotion\.com/(?:embed/)?video|dai\.ly)/(?P<a>[A-Za-z0-9]{3,16})",
        "https://www.dailymotion.com/video/{a}",
    ),
    _provider(
        "soundcloud", rf"soundcloud\.com/(?P<a>{_SLUG})/(?P<b>(?:sets/)?{_SLUG})", "https://soundcloud.com/{a}/{b}"
    ),
    _provider(
        "spotify",
        r"open\.spotify\.com/(?:embed/)?(?P<a>track|album|playlist|artist|episode|show)/(?P<b>[A-Za-z0-9]{22})",
        "https://open.spotify.com/{a}/{b}",
    ),
    _provider("ted", rf"(?:embed\.)?ted\.com/talks/(?P<a>{_SLUG})", "https://www.ted.com/talks/{a}"),
    _provider("x", r"(?:x|twitter)\.com/(?P<a>\w{1,20})/status/(?P<b>[0-9]{1,20})", "https://x.com/{a}/status/{b}"),
    _provider(
        "bluesky",
        rf"bsky\.app/profile/(?P<a>{_SLUG})/post/(?P<b>[a-z0-9]{{5,20}})",
        "https://bsky.app/profile/{a}/post/{b}",
    ),
    _provider(
        "instagram", r"instagram\.com/(?:p|reel)/(?P<a>[A-Za-z0-9_\-]{5,20})", "https://www.instagram.com/p/{a}/"
    ),
    _provider(
        "tiktok", rf"tiktok\.com/@(?P<a>{_SLUG})/video/(?P<b>[0-9]{{5,25}})", "https://www.tiktok.com/@{a}/video/{b}"
    ),
)


def find_embed(url: str) -> Found | None:
    """What `url` embeds, or None when it is not on the allow-list.

    Any form of a provider's address gives the canonical one, and that one gives itself.
    """
    if not url.isascii() or len(url) > 500:  # noqa: PLR2004 - longer than any address of the providers
        return None
    url = f"https:{url}" if url.startswith("//") else url
    for provider in PROVIDERS:
        match = provider.address.fullmatch(url)
        if match:
            return Found(provider.name, provider.canonical.format(**match.groupdict()))
    return None
