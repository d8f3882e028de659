"""What a write sets off, noted while it happens: its events, the things that caches must forget, its redirects.

The one thing to know: whoever wants to know opens a list with `noting`; the verbs below note what they do without being
asked, and where nobody listens it is forgotten.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from cms.kernel.ids import GlobalId


@dataclass(slots=True)
class Effects:
    """What was set off so far.

    Attributes:
        events: how many of each type, by its name.
        nodes: what changed, in the order in which it was told, none of it twice.
        redirects: the keys of redirects that were made.
    """

    events: Counter[str] = field(default_factory=Counter)
    nodes: dict[GlobalId, None] = field(default_factory=dict)
    redirects: list[UUID] = field(default_factory=list)


_noted: ContextVar[Effects | None] = ContextVar("noted", default=None)


@contextmanager
def noting() -> Iterator[Effects]:
    """A list of what is set off until the end of the block, by this task and those it starts."""
    effects = Effects()
    token = _noted.set(effects)
    try:
        yield effects
    finally:
        _noted.reset(token)


def note_event(type_: str, nodes: Iterable[GlobalId]) -> None:
    """Note an event, and what it happened to."""
    effects = _noted.get()
    if effects is not None:
        effects.events[type_] += 1
        effects.nodes.update(dict.fromkeys(nodes))


def note_redirect(key: UUID) -> None:
    """Note a redirect that was made."""
    effects = _noted.get()
    if effects is not None:
        effects.redirects.append(key)
