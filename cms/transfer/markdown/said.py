"""What front matter says of articles, authors and topics, as it was typed; `meanings` tells by which keys."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is named, with the name to print; by name, by slug, or by both."""

    name: str | None
    slug: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic that is named, by name, by slug, or by both; `parent` is a name or slug."""

    name: str | None
    slug: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """An image by the path of its file; what nobody said is None, and what was left empty on purpose is empty."""

    file: str
    alt: str | None = None
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Rights:
    """Whose a text is, as it was typed."""

    holder: str | None
    year: str | None
    statement: str | None
    license: str | None


@dataclass(frozen=True, slots=True)
class ForEngines:
    """What search engines are told."""

    title: str | None
    description: str | None
    canonical: str | None
    no_index: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleKeys:
    """The front matter of an article, as it was typed.

    Attributes:
        address: where it was found before.
        begun: when it was begun, which is no word of when anybody else may read it.
        is_public: whether keys say so; False where any of them hides it, be it in words that nobody knows.
        was_changed: whether a key says when; there is no place for that.
        left_over: the keys that nobody took.
    """

    id: str | None
    title: str | None
    slug: str | None
    address: str | None
    locale: str | None
    date: str | None
    begun: str | None
    expiry: str | None
    is_public: bool | None
    was_changed: bool
    standfirst: str | None
    people: tuple[Person, ...]
    subjects: tuple[Subject, ...]
    picture: Picture | None
    original: str | None
    comments: bool | None
    rights: Rights | None
    for_engines: ForEngines
    left_over: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorKeys:
    """The front matter of an author."""

    name: str | None
    slug: str | None
    credentials: str | None
    website: str | None
    avatar: Picture | None
    left_over: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicKeys:
    """The front matter of a topic."""

    name: str | None
    slug: str | None
    parent: str | None
    description: str | None
    left_over: tuple[str, ...]
