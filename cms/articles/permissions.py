"""Who may do what with an article, in one table. The actions enforce it, and `viewerCan` shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cms.articles.vocabulary import ArticleAction, ArticleStatus
from cms.kernel.errors import NotAllowed, StateConflict
from cms.kernel.viewer import Scope, Viewer
from cms.reading.entity import ReadContext

_EVERY = frozenset(ArticleStatus)
_OPEN = _EVERY - {ArticleStatus.ARCHIVED}
_SEEN = frozenset({ArticleStatus.PUBLISHED, ArticleStatus.UNPUBLISHED, ArticleStatus.ARCHIVED})


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do something, and with articles that stand where.

    Attributes:
        scope: what the viewer must hold, given where the article stands.
        statuses: where the article may stand.
        in_review: whether a review must be open (True) or must not (False); None where it makes no difference.
    """

    scope: Callable[[ArticleStatus], Scope]
    statuses: frozenset[ArticleStatus]
    in_review: bool | None = None

    def allows(self, status: ArticleStatus, *, in_review: bool) -> bool:
        """Whether an article that stands so can be treated so, by whomever."""
        return status in self.statuses and self.in_review in {None, in_review}


def _write(_status: ArticleStatus) -> Scope:
    return Scope.CONTENT_WRITE


def _publish(_status: ArticleStatus) -> Scope:
    return Scope.CONTENT_PUBLISH


def _delete(status: ArticleStatus) -> Scope:
    """What readers have seen is taken away only by those who could show it to them."""
    return Scope.CONTENT_PUBLISH if status in _SEEN or status is ArticleStatus.SCHEDULED else Scope.CONTENT_WRITE


RULES: Mapping[ArticleAction, Rule] = {
    ArticleAction.EDIT: Rule(_write, _OPEN),
    ArticleAction.SUBMIT: Rule(_write, _OPEN, in_review=False),
    ArticleAction.RETURN: Rule(_publish, _OPEN, in_review=True),
    ArticleAction.PUBLISH: Rule(_publish, _OPEN),
    ArticleAction.SCHEDULE: Rule(_publish, _OPEN),
    ArticleAction.UNPUBLISH: Rule(_publish, frozenset({ArticleStatus.PUBLISHED})),
    ArticleAction.ARCHIVE: Rule(_publish, _OPEN),
    # Making an old revision the head is also the way out of the archive.
    ArticleAction.RESTORE: Rule(_write, _EVERY),
    ArticleAction.DELETE: Rule(_delete, _EVERY),
}


def article_actions(viewer: Viewer, status: ArticleStatus, *, in_review: bool) -> list[ArticleAction]:
    """What `viewer` may do with an article as it stands now, in the order of the table."""
    return [
        action
        for action, rule in RULES.items()
        if rule.allows(status, in_review=in_review) and viewer.may(rule.scope(status))
    ]


def viewer_can(context: ReadContext, _arguments: object, status: str, in_review: bool) -> list[str]:  # noqa: FBT001 - a column
    """The same, as `Article.viewerCan` shows it."""
    found = article_actions(context.viewer, ArticleStatus(status), in_review=in_review)
    return [action.value for action in found]


def may_ever(viewer: Viewer, action: ArticleAction) -> None:
    """Let pass who may do this with some article, before anything is looked up.

    Raises:
        NotAllowed: the viewer may do it with none, wherever it stands.
    """
    scopes = sorted({RULES[action].scope(status) for status in RULES[action].statuses})
    if not any(viewer.may(scope) for scope in scopes):
        raise NotAllowed(f"This needs the scope {scopes[-1].value}.")


def demand(viewer: Viewer, action: ArticleAction, status: ArticleStatus, *, in_review: bool) -> None:
    """Let pass who may do this with an article that stands so.

    Raises:
        NotAllowed: the viewer lacks the scope.
        StateConflict: nobody can, as the article stands.
    """
    rule = RULES[action]
    if not viewer.may(rule.scope(status)):
        raise NotAllowed(f"This needs the scope {rule.scope(status).value}.")
    if not rule.allows(status, in_review=in_review):
        review = " in review" if in_review else ""
        raise StateConflict(f"The article is {status.value}{review}: {action.value} is not possible now.")
