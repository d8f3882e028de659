"""What the keys of front matter mean: ours, and what Jekyll, Hugo, Ghost and Obsidian call the same.

The one thing to know: nothing is decided here. A date is the text that was typed, and a topic a name or a slug; what
becomes of them is for those who know the site.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from cms.transfer.markdown.keys import NO, YES, Keys
from cms.transfer.markdown.said import ArticleKeys, AuthorKeys, ForEngines, Person, Picture, Rights, Subject, TopicKeys
from cms.transfer.markdown.yaml_text import Value

_TITLE: Final = ("title", "name")
_SLUG: Final = ("slug",)
_ADDRESS: Final = ("permalink", "url")
_STATUS: Final = ("status", "state", "visibility")
#: What keeps a text from readers, or from those who were not given its address.
_HIDING: Final = ("draft", "private", "hidden", "unlisted", "headless", "emailonly")
_DATE: Final = ("publishdate", "published", "publishedat", "datepublished", "pubdate", "date")
_BEGUN: Final = ("created", "createdat", "datecreated")
_EXPIRY: Final = ("expirydate", "expires", "expiresat", "unpublishdate", "unpublishedat")
_CHANGED: Final = ("updated", "updatedat", "dateupdated", "lastmod", "lastmodified", "lastmodifiedat", "modified")
_STANDFIRST: Final = ("standfirst", "description", "summary", "excerpt", "customexcerpt", "teaser", "subtitle")
_AUTHORS: Final = ("authors", "author", "byline", "contributors")
_TOPICS: Final = ("topics", "topic", "categories", "category", "tags", "tag", "keywords")
_SPLIT_AT_SPACES: Final = frozenset({"categories", "tags"})
_IMAGE: Final = ("image", "cover", "coverimage", "featuredimage", "featureimage", "lead", "leadimage", "thumbnail")
_BESIDE_IMAGE: Final = ("image", "cover", "coverimage", "featuredimage", "featureimage")
_FILE: Final = ("file", "src", "image", "path", "url", "relative")
_LOCALE: Final = ("locale", "lang", "language")
_ORIGINAL: Final = ("translationof",)
#: What status says that something is public.
_OUT: Final = frozenset({"publish", "published", "public", "scheduled", "future"})
#: What Hugo's `build` says of pages that are rendered, and listed.
_BUILT: Final = frozenset({"always", "local", "true"})


def article_keys(values: Mapping[str, Value]) -> ArticleKeys:
    """What the front matter of an article says."""
    keys = Keys(values)
    is_public = _is_public(keys)
    date, begun = keys.text(*_DATE), keys.text(*_BEGUN)
    return ArticleKeys(
        id=keys.text("id"),
        title=keys.text(*_TITLE),
        slug=keys.text(*_SLUG),
        address=keys.text(*_ADDRESS),
        locale=keys.text(*_LOCALE),
        date=date or (begun if is_public else None),
        begun=begun,
        expiry=keys.text(*_EXPIRY),
        is_public=is_public,
        was_changed=bool([name for name in _CHANGED if keys.text(name)]),
        people=_people(keys),
        subjects=tuple(_subjects(keys)),
        picture=_picture(keys, _IMAGE),
        original=keys.text(*_ORIGINAL),
        comments=keys.flag("comments"),
        rights=_rights(keys),
        for_engines=_for_engines(keys),
        # After search engines, whose description is another one.
        standfirst=keys.text(*_STANDFIRST),
        left_over=keys.left_over(),
    )


def author_keys(values: Mapping[str, Value]) -> AuthorKeys:
    """What the front matter of an author says."""
    keys = Keys(values)
    return AuthorKeys(
        name=keys.text("name", "title"),
        slug=keys.text(*_SLUG),
        credentials=keys.text("credentials"),
        website=keys.text("website", "homepage", "url"),
        avatar=_picture(keys, ("avatar", "image", "photo", "picture")),
        left_over=keys.left_over(),
    )


def topic_keys(values: Mapping[str, Value]) -> TopicKeys:
    """What the front matter of a topic says."""
    keys = Keys(values)
    return TopicKeys(
        name=keys.text(*_TITLE),
        slug=keys.text(*_SLUG),
        parent=keys.text("parent"),
        description=keys.text("description", "summary"),
        left_over=keys.left_over(),
    )


def _is_public(keys: Keys) -> bool | None:
    """Whether keys say so; one that hides it counts for more than others: it may be published for those who pay."""
    # `published` may be a date as well.
    flag = keys.flag("published")
    says = [] if flag is None else [flag]
    says += [word in YES for word in keys.words("publish")]
    says += [word in _OUT for name in _STATUS for word in keys.words(name)]
    hides = [word not in NO for name in _HIDING for word in keys.words(name)]
    is_built = _is_built(keys)
    if any(hides) or not (all(says) and is_built):
        return False
    return True if says else None


def _is_built(keys: Keys) -> bool:
    part = keys.part("build")
    if part is None:
        return True
    words = [word for name in ("render", "list") for word in part.words(name)]
    part.words("publishresources")
    keys.leave(part)
    return _BUILT.issuperset(words)


def _people(keys: Keys) -> tuple[Person, ...]:
    found = next((values for name in _AUTHORS if (values := keys.listed(name)) is not None), [])
    return tuple(person for value in found if (person := _person(keys, value)))


def _person(keys: Keys, value: Value) -> Person | None:
    if isinstance(value, str):
        return Person(value.strip()) if value.strip() else None
    if not isinstance(value, dict):
        return None
    part = Keys(value, "authors.")
    # Where somebody has both, the title is that of their work.
    person = Person(part.text("name", "title"), part.text(*_SLUG), part.text("role"))
    keys.leave(part)
    return person if person.name or person.slug else None


def _subjects(keys: Keys) -> Iterator[Subject]:
    """Every topic under any of its names, each once."""
    seen: set[Subject] = set()
    for name in _TOPICS:
        typed = keys.text(name)
        values = list(_split(typed, name)) if typed else keys.listed(name) or []
        for value in values:
            subject = _subject(keys, value)
            if subject is not None and subject not in seen:
                seen.add(subject)
                yield subject


def _subject(keys: Keys, value: Value) -> Subject | None:
    if isinstance(value, str):
        # Obsidian writes them with a sign in front; behind, it belongs to the name, as in C#.
        name = value.strip().lstrip("#").strip()
        return Subject(name) if name else None
    if not isinstance(value, dict):
        return None
    part = Keys(value, "topics.")
    subject = Subject(part.text(*_TITLE), part.text(*_SLUG), part.text("parent"))
    keys.leave(part)
    return subject if subject.name or subject.slug else None


def _split(text: str, name: str) -> Iterable[str]:
    """One text that stands for several topics: `ferries, tides`, and as Jekyll has it `ferries tides`."""
    return text.split() if name in _SPLIT_AT_SPACES and "," not in text else text.split(",")


def _picture(keys: Keys, names: tuple[str, ...]) -> Picture | None:
    part = keys.part(*names)
    if part is not None:
        file = part.text(*_FILE)
        told = (part.typed("alt", "alternative"), part.typed("caption", "title"), part.typed("credit"))
        keys.leave(part)
        return Picture(file, *told) if file else None
    file = keys.text(*names)
    beside = [keys.text(*(f"{name}{what}" for name in _BESIDE_IMAGE)) for what in ("alt", "caption", "credit")]
    return Picture(file, *beside) if file else None


def _rights(keys: Keys) -> Rights | None:
    part = keys.part("copyright")
    if part is None:
        return None
    rights = Rights(part.text("holder"), part.text("year"), part.text("statement"), part.text("license", "licence"))
    keys.leave(part)
    return rights


def _for_engines(keys: Keys) -> ForEngines:
    part = keys.part("seo") or Keys({})
    no_index = part.flag("noindex")
    told = ForEngines(
        part.text("title") or keys.text("seotitle", "metatitle"),
        part.text("description") or keys.text("seodescription", "metadescription"),
        part.text("canonical", "canonicalurl") or keys.text("canonical", "canonicalurl"),
        keys.flag("noindex") if no_index is None else no_index,
    )
    keys.leave(part)
    return told
