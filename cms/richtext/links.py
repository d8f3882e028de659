"""Where a link may lead: an allow-list, and the one way each address is written.

Scheme-relative addresses (`//host`), backslashes, invisible and bidirectional control characters are refused, since
browsers and readers see something else in them than a parser does (URL Standard, section 4.4; UTS #55).
"""

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from cms.kernel.ids import NodeType, parse_global_id
from cms.richtext.errors import RichTextError

MAX_HREF_CHARS = 2_048
ARTICLE_PATH = "/id/"
MEDIA_PATH = "/media/id/"

ResolveLink = Callable[[str], str | None]
ResolveImage = Callable[[str, str], str | None]

_WEB = re.compile(r"https?://[^/?#@]+(?:[/?#].*)?", re.DOTALL)
_MAIL = re.compile(r"mailto:[^\s@/?]+@[^\s@/]+")
_PHONE = re.compile(r"tel:\+?[0-9().\-]+(?:;[0-9A-Za-z=.\-+]+)*")
_SITE = re.compile(r"/(?!/).*|#.*", re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z]+:")
_UNSAFE = re.compile(r'[ "<>`{}|^]')


class Target(NamedTuple):
    """What a link leads to: an address (`link`), or an article's global id (`internalLink`)."""

    kind: str
    value: str


def safe_href(url: str) -> str | None:
    """`url` as it is stored, or None when it may not be linked to.

    Allowed are http, https, mailto and tel, a path of this site (`/...`, not `//...`) and a fragment (`#...`).
    Giving the answer back gives the same answer.
    """
    url = _SCHEME.sub(lambda scheme: scheme[0].lower(), url.strip(" \t\n\r\f"), count=1) if url else ""
    if len(url) > MAX_HREF_CHARS or "\\" in url or not url.isprintable():
        return None
    url = _UNSAFE.sub(lambda char: quote(char[0]), url)
    allowed = _is_web(url) or any(form.fullmatch(url) for form in (_SITE, _MAIL, _PHONE))
    return url if allowed and len(url) <= MAX_HREF_CHARS else None


def is_external(href: str) -> bool:
    """Whether `href`, a stored address, leaves this site for another one on the web."""
    return href.startswith(("http://", "https://"))


def target_of(url: str, resolve: ResolveLink | None = None) -> Target | None:
    """What a link to `url` leads to, or None when it has to stay text.

    Args:
        url: as found; `article:art_...` and `/id/art_...` are articles of this site.
        resolve: asked for the article id of any other allowed address.
    """
    article = article_id(url.removeprefix("article:").removeprefix(ARTICLE_PATH))
    if article:
        return Target("internalLink", article)
    href = safe_href(url)
    if href is None:
        return None
    resolved = resolve(href) if resolve else None
    return Target("internalLink", _own(resolved, NodeType.ARTICLE)) if resolved else Target("link", href)


def media_of(url: str, alt: str, resolve: ResolveImage | None = None) -> str | None:
    """The media id an image's address stands for, or None when the image is not ours."""
    media = media_id(url.removeprefix("media:").removeprefix(MEDIA_PATH))
    resolved = resolve(url, alt) if resolve and not media else None
    return _own(resolved, NodeType.MEDIA) if resolved else media


def article_id(text: str) -> str | None:
    """`text` when it is the global id of an article."""
    return _of_type(text, NodeType.ARTICLE)


def media_id(text: str) -> str | None:
    """`text` when it is the global id of media."""
    return _of_type(text, NodeType.MEDIA)


def _of_type(text: str, node_type: NodeType) -> str | None:
    found = parse_global_id(text)
    return str(found) if found is not None and found.type is node_type else None


def _own(resolved: str, node_type: NodeType) -> str:
    """The id a caller's resolver answered; anything else is that caller's mistake and must not be stored."""
    found = _of_type(resolved, node_type)
    if found is None:
        raise RichTextError.single(f"{resolved[:80]!r} is not an id of the form {node_type.value}_<uuid>")
    return found


def _is_web(url: str) -> bool:
    if not _WEB.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
