"""Closing the comments under an article, and opening them again: a moderator's part in the article's comment policy."""

from uuid import UUID

from cms.articles.announcing import announce
from cms.articles.models import Article
from cms.comments.counting import lock_articles
from cms.comments.places import live_publication, the_site
from cms.comments.policy import policy_of
from cms.kernel.changing import swap
from cms.kernel.clock import now, to_minute
from cms.kernel.database import Database, transaction
from cms.kernel.errors import NotFound, StateConflict
from cms.kernel.events import EventType
from cms.kernel.guards import require
from cms.kernel.viewer import Scope, Viewer


async def set_comments_open(database: Database, viewer: Viewer, article_id: UUID, *, is_open: bool) -> Article:
    """Say in an article's own policy whether comments are taken. Saying what holds already changes nothing.

    Like every change of the policy it raises the article's version.

    Raises:
        NotAllowed: the viewer is no moderator.
        NotFound: there is no such article, or none that the viewer may see.
        StateConflict: they cannot be opened so, because their closing time has passed.
    """
    require(viewer, Scope.COMMENTS_MODERATE)
    async with transaction(database):
        article = (await lock_articles([article_id])).get(article_id)
        moment = now()
        publication = await live_publication(article_id, moment)
        is_hidden = publication is None and not viewer.may(Scope.CONTENT_PREVIEW)
        if article is None or article.deleted_at is not None or is_hidden:
            raise NotFound("There is no such article.", ("articleId",))
        policy = policy_of(await the_site(), article, publication.published_at if publication else moment, None)
        if is_open and policy.closes_at is not None and policy.closes_at <= moment:
            raise StateConflict(
                f"Comments closed on {to_minute(policy.closes_at)} UTC: an editor has to change that time.",
                ("open",),
            )
        if policy.open is not is_open and await swap(article, {"comments_open": is_open}):
            await announce(database, viewer.actor, EventType.ARTICLE_UPDATED, article, {"commentsOpen": is_open})
    return article
