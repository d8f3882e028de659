"""How the people who work here are read. Readers see nothing of them; each person sees themselves."""

from cms.accounts.models import ApiToken, User
from cms.kernel.ids import NodeType
from cms.kernel.viewer import Scope, Viewer
from cms.reading.entity import (
    Column,
    Computed,
    Embedded,
    Entity,
    Kind,
    Many,
    OrderKey,
    ReadContext,
    Source,
    ToOne,
    both,
    column,
    columns,
)
from cms.reading.root import QUERY
from cms.reading.vocabulary import Perspective


def _visible(viewer: Viewer, _perspective: Perspective) -> str:
    colleague = viewer.may(Scope.CONTENT_PREVIEW) or viewer.may(Scope.PEOPLE_MANAGE)
    return "" if colleague or viewer.may(Scope.COMMENTS_MODERATE) else "{w}.id = {viewer}"


def _manages_people(viewer: Viewer, _perspective: Perspective) -> str:
    return "" if viewer.may(Scope.PEOPLE_MANAGE) else "1 = 0"


def _held(_context: ReadContext, _arguments: object, held: list[str]) -> list[str]:
    """The scopes of a token; one that this release does not know gives nothing."""
    return [scope.value for scope in Scope if scope.value in held]


USER = Entity(
    "User",
    NodeType.USER,
    both(Source("user_account", "w", key="{w}.id")),
    visible=_visible,
    orders={"NAME": (OrderKey("{w}.name_key", Kind.TEXT),)},
)
USER.add(
    id=Column("{w}.id", Kind.KEY, nullable=False, prefix=NodeType.USER),
    **columns(User, "w", "name", "role", "active", "created_at"),
    email=column(User, "email", "w", needs=Scope.PEOPLE_MANAGE),
    author=ToOne("Author", "{w}.author_id"),
)

API_TOKEN = Entity(
    "ApiToken",
    NodeType.API_TOKEN,
    both(Source("api_token", "k", key="{k}.id", when="{k}.revoked_at IS NULL")),
    visible=_manages_people,
    orders={"CREATED_AT": (OrderKey("{k}.created_at", Kind.TIME),)},
)
API_TOKEN.add(
    id=Column("{k}.id", Kind.KEY, nullable=False, prefix=NodeType.API_TOKEN),
    **columns(ApiToken, "k", "name", "created_at", "expires_at", "last_used_at"),
    scopes=Computed((Column("{k}.scopes", Kind.LIST, nullable=False),), _held),
)


def _scopes(context: ReadContext, _arguments: object) -> list[str]:
    return [scope.value for scope in Scope if context.viewer.may(scope)]


QUERY.add(
    viewer=Embedded({"user": ToOne("User", "{viewer}"), "scopes": Computed((), _scopes)}),
    users=Many("User", connection=True, order="NAME", needs=Scope.PEOPLE_MANAGE),
    api_tokens=Many("ApiToken", connection=True, order="CREATED_AT", needs=Scope.PEOPLE_MANAGE),
)
