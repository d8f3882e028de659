"""What the path of a file says of it, and what files are called that are written.

The one thing to know: a name that is written is safe on every system, and holds nothing that a link would have to
escape: letters and digits of any script, hyphens, and the dot before its ending.
"""

import posixpath
import re
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

from cms.kernel.text import slugify

ARTICLES: Final = "articles"
AUTHORS: Final = "authors"
TOPICS: Final = "topics"
MEDIA: Final = "media"
SITE: Final = "site.yml"
#: What tells about a site: ours, then Jekyll's and Hugo's. The first that can be read counts.
ABOUT_SITE: Final = (SITE, "_config.yml", "hugo.toml", "hugo.yaml", "config.toml", "config.yaml")
#: What is said of a medium stands beside its file, under its name and this.
BESIDE: Final = ".yml"

_DATED: Final = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[-_](.+)")
_DATE: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
#: Files that are called after their folder.
_FOR_FOLDER: Final = frozenset({"index", "_index"})
#: Of folders that begin with `_`, the one whose files are shown.
_SHOWN: Final = "_posts"
#: Where people stand in other folders than ours; there `authors/` may be anything.
_PEOPLE: Final = ("_authors/", "content/authors/")
#: What tells about a folder, and is no article unless it says so by front matter.
_ABOUT: Final = frozenset({"readme", "license", "changelog", "contributing", "code_of_conduct", "security"})
_ENDING: Final = re.compile(r"\.[a-z0-9]{1,5}")
# Systems give 255 bytes to a name; a number or an ending may follow.
_LONGEST_NAME_BYTES: Final = 200
_LONGEST_STEM_CHARS: Final = 60
_DIGEST_CHARS: Final = 8


@dataclass(frozen=True, slots=True)
class PathFacts:
    """What a path says.

    Attributes:
        name: for the address.
        date: that stands before the name.
        begun: a date that is the whole name, as in diaries.
        locale: its language.
        is_draft: whether it or its folder has a name that generators pass over.
    """

    name: str
    date: str | None
    begun: str | None
    locale: str | None
    is_draft: bool


def facts_of(path: str, locales: Collection[str]) -> PathFacts:
    """What the path of an article says.

    Args:
        path: of its file, below the place.
        locales: the site's; no other word of a path is a language.
    """
    whole = PurePosixPath(path)
    stem, folders = whole.stem, whole.parts[:-1]
    known = {locale.casefold(): locale for locale in locales}
    before, _, after = stem.rpartition(".")
    tag = known.get(after.casefold()) if before else None
    if tag:
        stem = before
    if stem.casefold() in _FOR_FOLDER and folders:
        stem = folders[-1]
    dated = _DATED.fullmatch(stem)
    named = next((known[part.casefold()] for part in folders if part.casefold() in known), None)
    return PathFacts(
        name=dated[2] if dated else stem,
        date=dated[1] if dated else None,
        begun=stem if _DATE.fullmatch(stem) else None,
        locale=tag or named,
        is_draft=any(part.startswith("_") and part != _SHOWN for part in whole.parts),
    )


def is_about(path: str) -> bool:
    """Whether a file tells about its folder, by its name."""
    return PurePosixPath(path).stem.casefold() in _ABOUT


def is_scaffold(path: str) -> bool:
    """Whether a file of Hugo's stands for others: what new ones are made of, or the examples of a theme."""
    return path.startswith(("archetypes/", "themes/"))


def is_section(path: str) -> bool:
    """Whether a file is Hugo's page of a section, and no article."""
    return PurePosixPath(path).stem == "_index"


def is_author(path: str, *, is_ours: bool) -> bool:
    """Whether a file tells of an author; `is_ours` is a folder with a file about the site, as exports have it."""
    return path.startswith((f"{AUTHORS}/", *_PEOPLE) if is_ours else _PEOPLE)


def is_topic(path: str, *, is_ours: bool) -> bool:
    """Whether a file tells of a topic."""
    return is_ours and path.startswith(f"{TOPICS}/")


def last_part(address: str) -> str:
    """The last part of an old address, without `.html`; empty where it is made of a pattern."""
    if ":" in address.partition("://")[2] or "/:" in address:
        return ""
    path = unquote(address.partition("?")[0].partition("#")[0]).rstrip("/")
    return PurePosixPath(path).name.removesuffix(".html") if path else ""


def file_name(slug: str) -> str:
    """What the file of something with a slug is called, without its ending."""
    if len(slug.encode()) <= _LONGEST_NAME_BYTES:
        return slug
    cut = slug.encode()[: _LONGEST_NAME_BYTES - _DIGEST_CHARS - 1].decode(errors="ignore").rstrip("-")
    return f"{cut}-{sha256(slug.encode()).hexdigest()[:_DIGEST_CHARS]}"


def media_name(filename: str, mark: str) -> str:
    """What the file of a medium is called: as people called it, and a part of its digest."""
    whole = PurePosixPath(filename)
    ending = whole.suffix.lower()
    ending = ending if _ENDING.fullmatch(ending) else ""
    stem = slugify(whole.stem if ending else whole.name, fallback="file")[:_LONGEST_STEM_CHARS].strip("-")
    return f"{MEDIA}/{file_name(stem)}-{mark}{ending}"


def path_between(here: str, there: str) -> str:
    """How a link in one file leads to another."""
    return posixpath.relpath(there, posixpath.dirname(here) or ".")


def path_from(here: str, link: str) -> str:
    """Where a link in a file leads, as a path below the place; one that begins with `/` begins at the place."""
    return link if link.startswith("/") else posixpath.join(posixpath.dirname(here), link)
