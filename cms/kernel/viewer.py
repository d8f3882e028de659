"""Who asks. The anonymous reader is an object without permissions, never `None`."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Scope(StrEnum):
    """What a caller may do beyond reading what is public."""

    CONTENT_PREVIEW = "CONTENT_PREVIEW"
    CONTENT_WRITE = "CONTENT_WRITE"
    CONTENT_PUBLISH = "CONTENT_PUBLISH"
    COMMENTS_MODERATE = "COMMENTS_MODERATE"
    PEOPLE_MANAGE = "PEOPLE_MANAGE"
    SITE_MANAGE = "SITE_MANAGE"
    PERSONAL_DATA = "PERSONAL_DATA"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A caller: the scopes it holds, and the person behind it where there is one.

    `actor` is how the event log names it: `anonymous`, `system`, `user:<uuid>` or `token:<uuid>`.
    """

    scopes: frozenset[Scope] = frozenset()
    user_id: UUID | None = None
    actor: str = "anonymous"

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody knows who this is."""
        return self.actor == "anonymous"

    def may(self, scope: Scope | None) -> bool:
        """Whether the caller holds `scope`; what needs no scope is everybody's."""
        return scope is None or scope in self.scopes


ANONYMOUS = Viewer()

#: The publication's own hand: the seed, the importers, the command line of whoever runs the server.
SYSTEM = Viewer(scopes=frozenset(Scope), actor="system")
