"""What a WordPress export holds, as it stands there: text, numbers and names of statuses, nothing interpreted.

Ids are WordPress's own numbers. What is missing is an empty text, or 0 for a number; no id of WordPress is 0.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NUMBER = re.compile(r"[0-9]{1,18}")


class WxrError(Exception):
    """The file cannot be read as a WordPress export; the message says why, and what to do."""


def number_in(text: str) -> int:
    """The id that a text is; 0 where it is none."""
    return int(text) if _NUMBER.fullmatch(text) else 0


@dataclass(frozen=True, slots=True)
class Channel:
    """The site that was exported. `url` is where it was read; `version` that of the format."""

    title: str = ""
    url: str = ""
    description: str = ""
    language: str = ""
    version: str = ""
    exported: str = ""


@dataclass(frozen=True, slots=True)
class ParsedAuthor:
    """An account that wrote something. Old exports list none; then there are only logins on the items."""

    login: str
    number: int = 0
    email: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ParsedTerm:
    """A category or a tag; `taxonomy` is `category`, `post_tag` or the name of what a plugin made."""

    taxonomy: str
    slug: str
    name: str
    parent: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedItem:
    """A post, a page, an attachment or whatever else is kept as a post.

    Attributes:
        place: which item of the file it is, from 0.
        order: among the attachments of one post.
        moments: the texts of its dates by the names of their elements.
        terms: as named on the item; a slug is empty where an old export names a term by its name alone.
        meta: those of its custom fields that mean something here.
        fields: the names of those that an editor made and that mean nothing here.
    """

    place: int
    number: int = 0
    kind: str = ""
    status: str = ""
    title: str = ""
    link: str = ""
    guid: str = ""
    slug: str = ""
    creator: str = ""
    content: str = ""
    excerpt: str = ""
    has_password: bool = False
    takes_comments: bool = True
    is_sticky: bool = False
    parent: int = 0
    order: int = 0
    attachment_url: str = ""
    moments: Mapping[str, str] = field(default_factory=dict)
    terms: tuple[ParsedTerm, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedComment:
    """A comment of the item at `place`; it stands before its item, which is known only when it ends."""

    place: int
    number: int = 0
    parent: int = 0
    kind: str = ""
    approved: str = ""
    name: str = ""
    email: str = ""
    url: str = ""
    user: int = 0
    content: str = ""
    moments: Mapping[str, str] = field(default_factory=dict)


Record = Channel | ParsedAuthor | ParsedTerm | ParsedItem | ParsedComment
