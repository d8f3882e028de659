"""Where the site's paths lead: to content, elsewhere, or nowhere any more."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from schema.descriptions import described
from schema.fields import EVERYBODY, read
from schema.shared import Connection, Edge, Node, Routable


def _called(name: str, field: Any) -> Any:  # noqa: ANN401 - what `read` returns
    """A field under a name that Python keeps to itself."""
    field.graphql_name = name
    return field


@described
@strawberry.type
class ContentRoute:
    """Content stands at the path."""

    content: Routable = read(EVERYBODY, "What stands there: an article, an author or a topic.")


@described
@strawberry.type
class Redirect(Node):
    """A path of the site that leads elsewhere."""

    from_: str = _called("from", read(EVERYBODY, "The path that it leads from, like `/articles/an-old-title`."))
    to: str = read(
        EVERYBODY,
        "Where it leads: a path of the site or a full address. What has moved is followed to where it is now.",
    )
    permanent: bool = read(EVERYBODY, "Whether it is for good (answer 308 or 301), or for now (307 or 302).")
    automatic: bool = read(EVERYBODY, "Whether it was left by content that moved, and not made by hand.")
    created_at: datetime = read(EVERYBODY, "When it was made.")


@described
@strawberry.type
class RedirectEdge(Edge[Redirect]):
    """A redirect and its place in a list."""


@described
@strawberry.type
class RedirectConnection(Connection[RedirectEdge, Redirect]):
    """A page of a list of redirects."""


@described
@strawberry.type
class Gone:
    """Something stood at the path and is gone for good (answer 410)."""

    since: datetime = read(EVERYBODY, "When it went.")


Route = Annotated[
    ContentRoute | Redirect | Gone,
    strawberry.union("Route", description="What a path leads to; the first of these that is there."),
]
