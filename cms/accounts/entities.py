"""How the people who work here are read. Readers see nothing of them; each person sees themselves."""

from cms.accounts.models import User
from cms.kernel.ids import NodeType
from cms.kernel.viewer import Scope, Viewer
from cms.reading.entity import (
    Column,
    Computed,
    Embedded,
    Entity,
    Kind,
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


USER = Entity("User", NodeType.USER, both(Source("user_account", "w", key="{w}.id")), visible=_visible)
USER.add(
    id=Column("{w}.id", Kind.KEY, nullable=False, prefix=NodeType.USER),
    **columns(User, "w", "name", "role", "active", "created_at"),
    email=column(User, "email", "w", needs=Scope.PEOPLE_MANAGE),
    author=ToOne("Author", "{w}.author_id"),
)


def _scopes(context: ReadContext, _arguments: object) -> list[str]:
    return [scope.value for scope in Scope if context.viewer.may(scope)]


QUERY.add(viewer=Embedded({"user": ToOne("User", "{viewer}"), "scopes": Computed((), _scopes)}))
