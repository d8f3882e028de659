"""The people who work here, and the caller."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from cms.accounts.models import Role
from cms.kernel.viewer import Scope
from schema.descriptions import describe_enum, described
from schema.fields import EVERYBODY, read
from schema.shared import Connection, Edge, Node

if TYPE_CHECKING:
    from schema.authors import Author

describe_enum(
    Scope,
    "What a caller may do beyond reading what is public. Roles and API tokens are made of these.",
    CONTENT_PREVIEW="Read drafts, revisions, schedules and the other things that only editors see.",
    CONTENT_WRITE="Write and change articles and media. Nothing becomes public by it.",
    CONTENT_PUBLISH="Decide what readers see: publish and take down articles, change authors, topics and disclaimers.",
    COMMENTS_MODERATE="See comments that wait or were turned down, with their writers' addresses, and decide on them.",
    PEOPLE_MANAGE="Manage the people who work here: their roles, their e-mail addresses and API tokens.",
    SITE_MANAGE="Change the site's settings, redirects and webhooks, and read the audit log.",
    PERSONAL_DATA="See what readers agreed to, and export or erase what is held about somebody.",
)
describe_enum(
    Role,
    "What somebody does here, and by that what they may do.",
    ADMIN="Runs the site: everything, people and settings included.",
    EDITOR="Decides what is published and what stands under it.",
    WRITER="Writes and submits; somebody else publishes.",
    MODERATOR="Looks after the comments.",
)


@described
@strawberry.type
class User(Node):
    """Somebody who works here and can sign in. A byline is an `Author`, who may or may not be a user."""

    name: str = read(EVERYBODY, "The name colleagues know them by.")
    email: str = read(Scope.PEOPLE_MANAGE, "The address they sign in with.")
    role: Role = read(EVERYBODY, "What they do here.")
    author: Annotated["Author", strawberry.lazy("schema.authors")] | None = read(
        EVERYBODY, "The author they write as; null when they sign nothing."
    )
    active: bool = read(EVERYBODY, "Whether they can sign in.")
    created_at: datetime = read(EVERYBODY, "When the account was made.")


@described
@strawberry.type
class UserEdge(Edge[User]):
    """Somebody who works here and the place in a list."""


@described
@strawberry.type
class UserConnection(Connection[UserEdge, User]):
    """A page of a list of people who work here."""


@described
@strawberry.type
class ApiToken(Node):
    """A program's credential. Its secret was shown when it was made, and nobody can tell it again."""

    name: str = read(EVERYBODY, "What it is for.")
    scopes: list[Scope] = read(EVERYBODY, "What its holder may do beyond reading what is public.")
    created_at: datetime = read(EVERYBODY, "When it was made.")
    expires_at: datetime | None = read(EVERYBODY, "From when on it is refused; null when it does not expire.")
    last_used_at: datetime | None = read(EVERYBODY, "When it was last used, to ten minutes; null when it never was.")


@described
@strawberry.type
class ApiTokenEdge(Edge[ApiToken]):
    """A token and the place in a list."""


@described
@strawberry.type
class ApiTokenConnection(Connection[ApiTokenEdge, ApiToken]):
    """A page of a list of tokens."""


@described
@strawberry.type
class Viewer:
    """Whoever is asking, as the credentials of this request say."""

    user: User | None = read(EVERYBODY, "The person signed in; null for anonymous readers and API tokens.")
    scopes: list[Scope] = read(
        EVERYBODY, "What the caller may do beyond reading what is public; empty for anonymous readers."
    )
