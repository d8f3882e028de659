"""Who may do what with an article, in one table. The actions enforce it, and `viewerCan` shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cms.articles.models import Article
from cms.articles.vocabulary import ArticleAction, ArticleStatus
from cms.kernel.database import Database, Dialect
from cms.kernel.errors import NotAllowed, StateConflict
from cms.kernel.viewer import Scope, Viewer
from cms.reading.entity import ReadContext

_EVERY = frozenset(ArticleStatus)
_OPEN = _EVERY - {ArticleStatus.ARCHIVED}
_SEEN = frozenset({ArticleStatus.PUBLISHED, ArticleStatus.UNPUBLISHED, ArticleStatus.ARCHIVED})

#: Whether an article is the viewer's own: written first by them, or now credited to the author they write as. `{a}` is
#: the article's row. What is shown and what is enforced ask with this same text.
IS_OWN: Final = (
    "(EXISTS (SELECT 1 FROM article_revision AS z WHERE z.article_id = {a}.id AND z.number = 1 "
    "AND z.created_by_id = {viewer}) "
    "OR EXISTS (SELECT 1 FROM revision_contributor AS z JOIN user_account AS y ON y.author_id = z.author_id "
    "WHERE z.revision_id = {a}.head_id AND y.id = {viewer}))"
)
_PLACES = {Dialect.SQLITE: ("?1", "?2"), Dialect.POSTGRES: ("$1::uuid", "$2::uuid")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What about an article decides who may do what with it.

    Attributes:
        status: where it stands.
        in_review: whether a review is open.
        is_own: whether it is the viewer's own.
    """

    status: ArticleStatus
    in_review: bool = False
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do something, and with articles that stand where.

    Attributes:
        scope: what the viewer must hold, given where the article stands.
        statuses: where the article may stand.
        in_review: whether a review must be open (True) or must not (False); None where it makes no difference.
        others: what a person must hold to do it with an article that is not their own.
    """

    scope: Callable[[ArticleStatus], Scope]
    statuses: frozenset[ArticleStatus]
    in_review: bool | None = None
    others: Scope = Scope.CONTENT_PUBLISH

    def lacking(self, viewer: Viewer, standing: Standing) -> Scope | None:
        """The scope that the viewer would need besides; None where nothing is lacking."""
        wanted = [self.scope(standing.status)]
        # A program has no articles of its own: it may treat all of them as whoever gave it its scopes allowed.
        if viewer.user_id is not None and not standing.is_own:
            wanted.append(self.others)
        return next((scope for scope in wanted if not viewer.may(scope)), None)

    def fits(self, standing: Standing) -> bool:
        """Whether an article that stands so can be treated so, by whomever."""
        return standing.status in self.statuses and self.in_review in {None, standing.in_review}


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


def article_actions(viewer: Viewer, standing: Standing) -> list[ArticleAction]:
    """What `viewer` may do with an article as it stands now, in the order of the table."""
    return [action for action, rule in RULES.items() if rule.fits(standing) and rule.lacking(viewer, standing) is None]


def viewer_can(context: ReadContext, _arguments: object, status: str, in_review: bool, is_own: bool) -> list[str]:  # noqa: FBT001 - columns
    """The same, as `Article.viewerCan` shows it."""
    standing = Standing(status=ArticleStatus(status), in_review=in_review, is_own=is_own)
    return [action.value for action in article_actions(context.viewer, standing)]


async def is_own(database: Database, viewer: Viewer, article: Article) -> bool:
    """Whether an article is the viewer's own; of what belongs to nobody, or is asked by a program, it is not."""
    if viewer.user_id is None:
        return False
    article_place, viewer_place = _PLACES[database.dialect]
    condition = IS_OWN.replace("{a}", "a").replace("{viewer}", viewer_place)
    statement = f"SELECT {condition} AS found FROM article AS a WHERE a.id = {article_place}"  # noqa: S608 - constants only
    rows = await database.connection.execute_query_dict(statement, [article.id, viewer.user_id])
    return any(row["found"] for row in rows)


def may_ever(viewer: Viewer, action: ArticleAction) -> None:
    """Let pass who may do this with some article, before anything is looked up.

    Raises:
        NotAllowed: the viewer may do it with none, wherever it stands and whosever it is.
    """
    scopes = sorted({RULES[action].scope(status) for status in RULES[action].statuses})
    if not any(viewer.may(scope) for scope in scopes):
        raise NotAllowed(f"This needs the scope {scopes[-1].value}.")


def demand_right(viewer: Viewer, action: ArticleAction, standing: Standing) -> None:
    """Let pass who may do this with an article that stands so.

    Raises:
        NotAllowed: the viewer lacks a scope.
    """
    lacking = RULES[action].lacking(viewer, standing)
    if lacking is not None:
        held = viewer.may(RULES[action].scope(standing.status))
        why = "This is somebody else's article. To do this you need" if held else "This needs"
        raise NotAllowed(f"{why} the scope {lacking.value}.")


def demand_state(action: ArticleAction, standing: Standing) -> None:
    """Let pass what can be done with an article that stands so.

    Raises:
        StateConflict: nobody can.
    """
    if not RULES[action].fits(standing):
        review = " in review" if standing.in_review else ""
        raise StateConflict(f"The article is {standing.status.value}{review}: {action.value} is not possible now.")
