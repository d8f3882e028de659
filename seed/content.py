"""Reads the sample content that lies in `seed/content/`, from a checkout or an installed wheel.

An article is Markdown (CommonMark with tables) below TOML between `+++` lines; its slug is its file's name. In the body

- `![alt](media:KEY "caption")` is an image of `images.toml`, `[text](article:SLUG)` another article,
- `~sub~`, `^sup^` and `~~struck~~` are marks, and an address alone in angle brackets is an embed.

Reading is strict. An unknown key, a wrong type, or a slug that leads nowhere is an error that names the file.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import msgspec

from seed.model import Article, Author, Comment, Content, Disclaimer, Image, Policy, Site, Topic
from seed.rules import ARTICLE_LINK, BODY_IMAGE, broken_rules

T = TypeVar("T")

_NEVER = datetime.max.replace(tzinfo=UTC)
_FENCE = "+++\n"


def load_content(root: Traversable | None = None) -> Content:
    """All sample content, checked.

    Args:
        root: a folder that holds `content/` and `images/`; the package's own when left out.

    Raises:
        ValueError: a file is not as it should be; the message names it.
    """
    root = root or files("seed")
    content = _read(root / "content")
    wrong = broken_rules(content, _names(root / "images"))
    if wrong:
        raise ValueError("\n".join(wrong))
    return content


def read_image(image: Image, root: Traversable | None = None) -> bytes:
    """The bytes of an image's file."""
    return ((root or files("seed")) / "images" / image.filename).read_bytes()


def with_ids(body: str, articles: Mapping[str, str], media: Mapping[str, str]) -> str:
    """`body` with `article:SLUG` and `media:KEY` turned into `article:ID` and `media:ID`.

    Raises:
        KeyError: the body names something that has no id yet.
    """
    body = ARTICLE_LINK.sub(lambda found: f"](article:{articles[found[1]]}", body)
    return BODY_IMAGE.sub(lambda found: f"](media:{media[found[1]]}", body)


def _read(folder: Traversable) -> Content:
    """Every file of `folder`, each right by itself."""
    site = _convert(_toml(folder / "site.toml", "site.toml"), Site, "site.toml")
    return Content(
        site=site,
        images=_entries(folder, "images", Image),
        authors=_entries(folder, "authors", Author),
        topics=_entries(folder, "topics", Topic),
        disclaimers=_entries(folder, "disclaimers", Disclaimer),
        policies=_entries(folder, "policies", Policy),
        articles=_articles(folder, site.default_locale),
    )


def _entries(folder: Traversable, name: str, kind: type[T]) -> tuple[T, ...]:
    """The tables `[[name]]`, which are all that a file of this sort holds."""
    where = f"{name}.toml"
    return _tables(_toml(folder / where, where), name, kind, where)


def _articles(folder: Traversable, default_locale: str) -> tuple[Article, ...]:
    """The articles with their comments, in the order they appeared."""
    comments = {name.removesuffix(".toml"): _comments(folder, name) for name in _names(folder / "comments")}
    articles = [_article(folder, name, default_locale) for name in sorted(_names(folder / "articles"))]
    strays = comments.keys() - {article.slug for article in articles}
    if strays:
        raise ValueError(f"comments/{min(strays)}.toml: there is no article of this name")
    complete = (replace(article, comments=comments.get(article.slug, ())) for article in articles)
    return tuple(sorted(complete, key=lambda article: article.published_at or article.publish_at or _NEVER))


def _article(folder: Traversable, name: str, default_locale: str) -> Article:
    where = f"articles/{name}"
    before, *parts = (folder / "articles" / name).read_text("utf-8").split(_FENCE, 2)
    if before or len(parts) < 2:  # noqa: PLR2004 - the front matter and the body
        raise ValueError(f"{where}: it must begin with TOML between two lines of +++")
    front, body = _parse(parts[0], where), parts[1].strip()
    for key in sorted(front.keys() & {"slug", "body", "comments"}):
        raise ValueError(f"{where}: {key} does not belong in the front matter")
    return _convert({"locale": default_locale, **front, "slug": name.removesuffix(".md"), "body": body}, Article, where)


def _comments(folder: Traversable, name: str) -> tuple[Comment, ...]:
    where = f"comments/{name}"
    return _tables(_toml(folder / "comments" / name, where), "comments", Comment, where)


def _tables(data: dict[str, Any], name: str, kind: type[T], where: str) -> tuple[T, ...]:
    if data.keys() != {name}:
        raise ValueError(f"{where}: expected [[{name}]] alone, found {', '.join(data) or 'nothing'}")
    return tuple(_convert(entry, kind, where) for entry in data[name])


def _names(folder: Traversable) -> set[str]:
    return {entry.name for entry in folder.iterdir() if entry.is_file()}


def _toml(file: Traversable, where: str) -> dict[str, Any]:
    return _parse(file.read_text("utf-8"), where)


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{where}: {error}") from error


def _convert(data: object, kind: type[T], where: str) -> T:
    """`data` as a `kind`, with every key known and every value of its type."""
    try:
        made = msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {error}") from error
    _refuse_unknown(data, made, where)
    return made


def _refuse_unknown(data: object, made: object, where: str) -> None:
    """A key that a dataclass does not have is skipped by msgspec; a misspelt one must not go unseen."""
    if isinstance(data, list) and isinstance(made, tuple):
        for entry, value in zip(data, made, strict=True):
            _refuse_unknown(entry, value, where)
    if isinstance(data, dict) and is_dataclass(made):
        unknown = sorted(data.keys() - {field.name for field in fields(made)})
        if unknown:
            raise ValueError(f"{where}: unknown key {', '.join(unknown)} in {type(made).__name__}")
        for key, value in data.items():
            _refuse_unknown(value, getattr(made, key), where)
