"""Names in addresses: slugs, and the paths that they make by a template such as `/{locale}/articles/{slug}`.

A slug is the one that somebody gave, or one made of a name, with -2, -3, ... where that is taken.
"""

from collections.abc import Awaitable, Callable, Iterator
from itertools import islice

from cms.kernel.errors import AlreadyExists, StateConflict
from cms.kernel.inputs import slug
from cms.kernel.text import MAX_SLUG_CHARS, slugify

Taken = Callable[[list[str]], Awaitable[set[str]]]

_BATCHES = (8, 64, 512)
_SLUG, _LOCALE = "{slug}", "{locale}"


def path_at(template: str, slug: str, locale: str = "") -> str:
    """The path that a template makes of a slug and a locale; the reader's SQL says the same."""
    return template.replace(_SLUG, slug).replace(_LOCALE, locale)


def names_in(template: str, path: str) -> tuple[str, str] | None:
    """The slug and the locale that a path holds, the locale empty where the template has none; None for other paths."""
    wanted, found = template.split("/"), path.split("/")
    if len(wanted) != len(found):
        return None
    held = {name: part for name, part in zip(wanted, found, strict=True) if name in {_SLUG, _LOCALE}}
    names = (held.get(_SLUG, ""), held.get(_LOCALE, ""))
    return names if all(held.values()) and path_at(template, *names) == path else None


def candidates(name: str) -> Iterator[str]:
    """Slugs for `name`, best first, without end: `winter`, `winter-2`, `winter-3`, ...; each of a legal length."""
    base = slugify(name)
    yield base
    number = 2
    while True:
        ending = f"-{number}"
        yield base[: MAX_SLUG_CHARS - len(ending)].rstrip("-") + ending
        number += 1


async def choose_slug(given: str | None, name: str, taken: Taken) -> str:
    """A slug that nobody has.

    Args:
        given: what the caller asks for; None has one made.
        name: what one is made of.
        taken: answers which of some slugs are taken.

    Raises:
        AlreadyExists: the slug that was asked for is taken.
        StateConflict: so are hundreds that were made; somebody should choose.
    """
    if given is not None:
        wanted = slug(given)
        if await taken([wanted]):
            raise AlreadyExists(f"The slug {wanted} is taken.", ("slug",))
        return wanted
    ideas = candidates(name)
    for size in _BATCHES:
        batch = list(islice(ideas, size))
        used = await taken(batch)
        for idea in batch:
            if idea not in used:
                return idea
    raise StateConflict("Hundreds of slugs like this are taken: give one.", ("slug",))
