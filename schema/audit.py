"""The audit trail: who did what, and when."""

from datetime import datetime

import strawberry

from schema.descriptions import described
from schema.fields import EVERYBODY, PAGE, argument, read
from schema.scalars import Json
from schema.shared import Connection, Edge, Node


@described
@strawberry.type
class AuditEntry(Node):
    """Something that was done here. Entries are only ever added, together with what they tell of."""

    at: datetime = read(EVERYBODY, "When it was done.")
    actor: str = read(
        EVERYBODY,
        "Who did it: `user:` or `token:` and a key, `preview:` and a key for whoever held that link, `anonymous` for a "
        "reader, `system` for the server itself.",
    )
    action: str = read(
        EVERYBODY,
        "What was done, like `ARTICLE_PUBLISHED`. New kinds are added: keep a branch for those you do not know.",
    )
    node_id: strawberry.ID | None = read(
        EVERYBODY, "The id of what it was done to, which may be gone by now: then `node` brings nothing back."
    )
    detail: Json | None = read(
        EVERYBODY, "What else is kept of it, by kind; of a change, what each field said before and after."
    )


@described
@strawberry.type
class AuditEdge(Edge[AuditEntry]):
    """An entry and its place in the trail."""


@described
@strawberry.type
class AuditConnection(Connection[AuditEdge, AuditEntry]):
    """A page of the audit trail."""


#: The arguments of the audit trail.
AUDIT_PAGE = PAGE | {
    "node_id": argument(
        EVERYBODY,
        strawberry.ID | None,
        "Return only what was done to this; for an article, also what was done to its comments and whatever else "
        "stands under it.",
    )
}
