"""Old addresses: which of them led to something that comes in, and what stands for it here.

The one thing to know: an address is compared without its scheme, `www.`, the slash at its end and the way its letters
were encoded, since old texts have them all ways.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urljoin, urlsplit

from cms.kernel.ids import GlobalId, NodeType
from cms.transfer.wxr.identity import host_of, split
from cms.transfer.wxr.parsed import number_in
from cms.transfer.wxr.plan import Head, Plan
from cms.transfer.wxr.standing import Standing

_LONGEST_PATH: Final = 1024
_LONGEST_ADDRESS: Final = 4096
_NUMBERED: Final = ("p", "page_id", "attachment_id")
# What WordPress puts before the ending of an image that it made smaller, and hosts that hand its files on.
_RESIZED = re.compile(r"-(?:\d{1,5}x\d{1,5}|scaled|e\d{10,13})(?=\.[A-Za-z0-9]{2,5}$)")
_IMAGE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp)$", re.IGNORECASE)
_RELAYED = re.compile(r"^i\d\.wp\.com/")
_DATED = re.compile(r"/\d{4}/\d{1,2}/(?:\d{1,2}/)?(?P<name>[^/]+)$")
_PATH = re.compile(r"/(?!/)[^\s\\<>\"#?]*")


class Addresses:
    """What the addresses of one export lead to.

    Args:
        plan: what comes in.
        media: the global ids of its attachments, by their ids in WordPress.
    """

    def __init__(self, plan: Plan, media: Mapping[int, str]) -> None:
        self._base = plan.channel.url
        shown = [head for head in plan.heads.values() if head.standing is not Standing.DRAFT]
        articles = {head.number: str(GlobalId(NodeType.ARTICLE, head.key)) for head in shown}
        self._articles = articles
        self._by_place = {_place(split(head.link)): articles[head.number] for head in shown if _has_path(head.link)}
        self._by_name = _by_name(shown, articles)
        self._host = host_of(split(self._base))
        self._hosts = {self._host, *(host_of(split(each.attachment_url)) for each in plan.attachments.values())} - {""}
        self._media = media
        self._uploads: dict[int, list[int]] = {}
        images = [
            each for each in plan.attachments.values() if _IMAGE.search(each.attachment_url) and each.number in media
        ]
        for each in sorted(images, key=lambda each: (each.order, each.number)):
            self._uploads.setdefault(each.parent, []).append(each.number)
        known = [(media[number], each) for number, each in plan.attachments.items() if number in media]
        # The page that WordPress makes of an image shows nothing else; whoever links there means the image.
        self._files = {_place(split(each.link)): key for key, each in known if _has_path(each.link)}
        self._files |= {_file(each.attachment_url or each.guid): key for key, each in known}

    def link(self, address: str) -> str:
        """Where an address in a text leads here: to an article that readers see, else where it led."""
        parts = _parts(address, self._base)
        if parts is None or address.startswith("#"):
            return address
        article = self._by_place.get(_place(parts)) if not parts.query else self._numbered(parts)
        article = article or self._of_another_day(parts)
        return f"article:{article}" if article else address

    def stays_behind(self, address: str) -> bool:
        """Whether an address that `link` left as it was leads to a page or a file of the old site, and not home."""
        parts = _parts(address, self._base)
        if parts is None or not address or address.startswith("#"):
            return False
        is_home = not parts.query and _place(parts) in {self._host, _place(split(self._base))}
        return self.image(address) is not None or (host_of(parts) in self._hosts and not is_home)

    def image(self, address: str) -> str | None:
        """The medium that an image's address stands for, in whatever size it was shown."""
        parts = _parts(address, self._base)
        if parts is None:
            return None
        if number := _number_in(parts, ("attachment_id",)):
            return self._media.get(number)
        name = _file(parts.geturl())
        return self._files.get(name) or self._files.get(_RESIZED.sub("", name))

    def uploaded_with(self, number: int) -> Sequence[int]:
        """The images that were uploaded with a post, in the order that its editor gave them."""
        return self._uploads.get(number, ())

    def _of_another_day(self, parts: SplitResult) -> str | None:
        """The post of that name, where the address has another date: WordPress finds it, since names are unique."""
        dated = _DATED.search(unquote(parts.path).rstrip("/"))
        return self._by_name.get(dated["name"]) if dated and host_of(parts) == self._host else None

    def _numbered(self, parts: SplitResult) -> str | None:
        if host_of(parts) != self._host:
            return None
        return self._articles.get(_number_in(parts, _NUMBERED)) or self._by_place.get(_place(parts))


def old_paths(head: Head, base: str) -> Iterator[str]:
    """The paths at which readers found a post: its permalink, and the short one by its number.

    Args:
        head: the post.
        base: the address of the old site.
    """
    parts = split(head.link)
    path = unquote(parts.path)
    if _has_path(head.link) and path.isprintable() and len(path) <= _LONGEST_PATH and _PATH.fullmatch(path):
        yield path
    folder = unquote(split(base).path).rstrip("/") + "/"
    if len(folder) < _LONGEST_PATH // 2 and _PATH.fullmatch(folder):
        yield f"{folder}?{'page_id' if head.kind == 'page' else 'p'}={head.number}"


def _by_name(shown: Sequence[Head], articles: Mapping[int, str]) -> dict[str, str]:
    """Posts by the last part of their dated addresses, without those that share theirs."""
    dated = [(found["name"], head) for head in shown if (found := _DATED.search(_place(split(head.link))))]
    shared = Counter(name for name, _ in dated)
    return {name: articles[head.number] for name, head in dated if shared[name] == 1}


def _has_path(address: str) -> bool:
    parts = split(address)
    return bool(parts.path.strip("/")) and not parts.query


def _parts(address: str, base: str) -> SplitResult | None:
    if len(address) > _LONGEST_ADDRESS:
        return None
    try:
        parts = urlsplit(urljoin(base, address.strip()))
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and parts.netloc else None


def _number_in(parts: SplitResult, names: tuple[str, ...]) -> int:
    try:
        asked = parse_qs(parts.query, max_num_fields=20)
    except ValueError:
        return 0
    return number_in(next((asked[name][0] for name in names if name in asked), ""))


def _place(parts: SplitResult) -> str:
    return f"{host_of(parts)}{unquote(parts.path).rstrip('/')}"


def _file(address: str) -> str:
    return _RELAYED.sub("", _place(split(address)))
