"""What a page says about itself to machines: JSON-LD (schema.org) and `meta` elements. Broken JSON is skipped."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lxml.html import HtmlElement

from cms.transfer.page.markup import elements
from cms.transfer.page.wording import tidy

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Node: TypeAlias = "dict[str, Json]"

_LONGEST_SCRIPT = 1024 * 1024
_DEEPEST = 20
_ARTICLE_TYPES = ("article", "posting", "newsarticle", "report")


@dataclass(frozen=True, slots=True)
class ClaimedComment:
    """A comment in JSON-LD, as strings; `parent` is an index into the same list."""

    name: str
    time: str
    text: str
    url: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class Claims:
    """The first article that the page's JSON-LD describes, and its `meta` elements. What is not said is ""."""

    article: Node
    meta: dict[str, str]

    def text(self, *names: str) -> str:
        """The first property of the article, of these, that is text; lists and objects give their name or address."""
        return next(filter(None, (_text(self.article.get(name)) for name in names)), "")

    def said(self, *names: str) -> str:
        """The first of these `meta` elements that has content."""
        return next(filter(None, (self.meta.get(name, "") for name in names)), "")

    def comments(self) -> list[ClaimedComment]:
        """The comments of the article and the answers inside them, each after the one it answers."""
        found: list[ClaimedComment] = []
        _collect(self.article.get("comment"), None, found, _DEEPEST)
        return found


def read_claims(root: HtmlElement) -> Claims:
    """The claims of a page; without any, an empty one."""
    nodes = (node for script in elements(root, ".//script[@type]") for node in _nodes(script))
    article = next((node for node in nodes if _is_article(node)), {})
    return Claims(article, _meta(root))


def _meta(root: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in elements(root, ".//meta[@content]"):
        name = element.get("property") or element.get("name") or element.get("http-equiv") or ""
        found.setdefault(name.strip().lower(), tidy(element.get("content") or ""))
    return found


def _nodes(script: HtmlElement) -> Iterator[Node]:
    text = script.text or ""
    if (script.get("type") or "").strip().lower() == "application/ld+json" and len(text) <= _LONGEST_SCRIPT:
        yield from _walk(_load(text), _DEEPEST)


def _load(text: str) -> Json:
    try:
        loaded: Json = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return loaded


def _walk(value: Json, depth: int) -> Iterator[Node]:
    """The objects at the top, in lists, and in `@graph`: where a page describes itself, not what it mentions."""
    if depth == 0:
        return
    if isinstance(value, dict):
        yield value
        yield from _walk(value.get("@graph"), depth - 1)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item, depth - 1)


def _is_article(node: Node) -> bool:
    kinds = node.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(name, str) and name.lower().endswith(_ARTICLE_TYPES) for name in names)


def _text(value: Json, depth: int = 3) -> str:
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, dict) and depth:
        return next(filter(None, (_text(value.get(name), depth - 1) for name in ("name", "url", "@value", "@id"))), "")
    if isinstance(value, list) and depth:
        return ", ".join(filter(None, (_text(item, depth - 1) for item in value)))
    return ""


def image_address(claims: Claims) -> str:
    """The first image of the article, or the one that the page shows where it is shared."""
    image = claims.article.get("image")
    first_image = image[0] if isinstance(image, list) and image else image
    if isinstance(first_image, dict):
        first_image = first_image.get("url") or first_image.get("contentUrl")
    return _text(first_image) or claims.said("og:image", "og:image:url", "twitter:image")


def _collect(value: Json, parent: int | None, found: list[ClaimedComment], depth: int) -> None:
    items = value if isinstance(value, list) else [value]
    for item in items if depth else ():
        if isinstance(item, dict):
            found.append(_comment(item, parent))
            _collect(item.get("comment"), len(found) - 1, found, depth - 1)


def _comment(item: Node, parent: int | None) -> ClaimedComment:
    return ClaimedComment(
        name=_text(item.get("author") or item.get("creator")),
        time=_text(item.get("dateCreated") or item.get("datePublished")),
        text=text if isinstance(text := item.get("text"), str) else "",
        url=_text(item.get("url") or item.get("@id")),
        parent=parent,
    )
