"""The people who work here, and the caller."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from cms.accounts.models import Role
from cms.kernel.viewer import Scope
from schema.descriptions import describe_enum, described
from schema.fields import read
from schema.shared import Node

if TYPE_CHECKING:
    from schema.authors import Author

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

    name: str = read("The name colleagues know them by.")
    email: str = read("The address they sign in with.", needs=Scope.PEOPLE_MANAGE)
    role: Role = read("What they do here.")
    author: Annotated["Author", strawberry.lazy("schema.authors")] | None = read(
        "The author they write as; null when they sign nothing."
    )
    active: bool = read("Whether they can sign in.")
    created_at: datetime = read("When the account was made.")


@described
@strawberry.type
class Viewer:
    """Whoever is asking, as the credentials of this request say."""

    user: User | None = read("The person signed in; null for anonymous readers and API tokens.")
    scopes: list[Scope] = read("What the caller may do beyond reading what is public; empty for anonymous readers.")
