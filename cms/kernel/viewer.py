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

    Attributes:
        scopes: what it may do beyond reading what is public.
        user_id: who is signed in; None for programs and readers.
        actor: how the event log names it: `anonymous`, `system`, `user:<uuid>`, `token:<uuid>` or `preview:<uuid>`.
        session_id: the sign-in that this is, which outlives a change of the password.
        preview_of: the article whose head a preview link shows to whoever holds it.
    """

    scopes: frozenset[Scope] = frozenset()
    user_id: UUID | None = None
    actor: str = "anonymous"
    session_id: UUID | None = None
    preview_of: UUID | None = None

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody knows who this is. Whoever holds a preview link has the budget of strangers, being one."""
        return self.actor == "anonymous" or self.preview_of is not None

    def may(self, scope: Scope | None) -> bool:
        """Whether the caller holds `scope`; what needs no scope is everybody's."""
        return scope is None or scope in self.scopes


ANONYMOUS = Viewer()

#: The publication's own hand: the seed, the importers, the command line of whoever runs the server.
SYSTEM = Viewer(scopes=frozenset(Scope), actor="system")
