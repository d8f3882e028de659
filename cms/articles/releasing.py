"""The verbs that readers notice: publish, schedule, take down, put away, delete."""

from datetime import datetime
from uuid import UUID

from cms.articles.announcing import announce, published
from cms.articles.models import Article, Publication, ReviewOutcome
from cms.articles.moving import leave_old_address
from cms.articles.opening import close_review, opened
from cms.articles.publishing import begin, call_off, end, plan_end
from cms.articles.slugs import release_slugs
from cms.articles.vocabulary import ArticleAction, ArticleStatus
from cms.kernel.changing import swap
from cms.kernel.clock import now, to_text
from cms.kernel.database import Database
from cms.kernel.errors import Required, StateConflict
from cms.kernel.events import EventType
from cms.kernel.ids import NodeType
from cms.kernel.inputs import moment, optional_text
from cms.kernel.models import Tombstone
from cms.kernel.viewer import Viewer
from cms.site.actions import the_site


async def publish_article(
    database: Database,
    viewer: Viewer,
    article_id: UUID,
    *,
    expected_version: int | None = None,
    at: datetime | None = None,
    note: str | None = None,
) -> Article:
    """Let readers see the head, under the disclaimers in effect. Publishing what is public as it is changes nothing.

    A correction keeps `published_at`; what was scheduled is called off, and a planned end stays planned.

    Args:
        database: where.
        viewer: must hold CONTENT_PUBLISH.
        article_id: what to publish.
        expected_version: the version the editor saw; None takes any.
        at: when it went out, for imports, or will (then it is scheduled); now when left out.
        note: why, for colleagues.

    Raises:
        NotAllowed: the viewer may not.
        NotFound: there is no such article.
        VersionConflict: somebody changed it since.
        StateConflict: it is in the archive, or `at` is before something that readers have seen.
        CheckFailed: a check found what keeps it from going out.
    """
    starts_at = moment(at, ("at",)) if at else None
    if starts_at is not None and starts_at > now():
        return await schedule_article(
            database, viewer, article_id, expected_version=expected_version, publish_at=starts_at
        )
    note = optional_text(note, ("note",))
    async with opened(database, viewer, ArticleAction.PUBLISH, article_id, expected_version) as found:
        article = found.article
        begun = await begin(
            database,
            article,
            found.timeline,
            starts_at=starts_at or found.moment,
            by=viewer.user_id,
            note=note,
        )
        if begun is not None:
            await close_review(viewer, article, ReviewOutcome.PUBLISHED)
            await swap(article, {}, force=True, at=starts_at)
            await release_slugs(article)
            await leave_old_address(database, article, begun, viewer.actor)
            await announce(database, viewer.actor, EventType.ARTICLE_PUBLISHED, article, published(begun))
    return article


async def schedule_article(
    database: Database,
    viewer: Viewer,
    article_id: UUID,
    *,
    expected_version: int | None = None,
    publish_at: datetime | None = None,
    unpublish_at: datetime | None = None,
) -> Article:
    """Plan when the head goes out, or when the article is taken down, or both. Later saves do not change what goes out.

    When the time comes the clock alone lets readers see it; whoever notices first announces it (see `planned`).

    Raises:
        NotAllowed: the viewer lacks CONTENT_PUBLISH.
        NotFound: there is no such article.
        VersionConflict: somebody changed it since.
        Required: neither time is given.
        StateConflict: a time is not to come, the end is before the beginning, or it is in the archive.
        CheckFailed: a check found what keeps it from going out.
    """
    if publish_at is None and unpublish_at is None:
        raise Required("Say when to publish, when to unpublish, or both.", ("publishAt",))
    starts_at = moment(publish_at, ("publishAt",)) if publish_at else None
    ends_at = moment(unpublish_at, ("unpublishAt",)) if unpublish_at else None
    if starts_at and ends_at and ends_at <= starts_at:
        raise StateConflict("It would end before it begins.", ("unpublishAt",))
    async with opened(database, viewer, ArticleAction.SCHEDULE, article_id, expected_version) as found:
        article = found.article
        _refuse_past(starts_at, found.moment, "publishAt")
        _refuse_past(ends_at, found.moment, "unpublishAt")
        if starts_at is not None:
            await begin(
                database,
                article,
                found.timeline,
                starts_at=starts_at,
                ends_at=ends_at,
                by=viewer.user_id,
            )
            await close_review(viewer, article, ReviewOutcome.PUBLISHED)
        elif ends_at is not None:
            await plan_end(found.timeline, ends_at)
        await swap(article, {}, force=True)
        await release_slugs(article)
        plan = {"publishAt": starts_at and to_text(starts_at), "unpublishAt": ends_at and to_text(ends_at)}
        await announce(database, viewer.actor, EventType.ARTICLE_SCHEDULED, article, plan)
    return article


async def unschedule_article(database: Database, viewer: Viewer, article_id: UUID) -> Article:
    """Call off what was planned. What is public stays so; with nothing planned nothing changes.

    Raises:
        NotAllowed: the viewer lacks CONTENT_PUBLISH.
        NotFound: there is no such article.
    """
    async with opened(database, viewer, ArticleAction.SCHEDULE, article_id) as found:
        if await call_off(database, found.article, found.timeline):
            await swap(found.article, {}, force=True)
            await release_slugs(found.article)
            await announce(database, viewer.actor, EventType.ARTICLE_UPDATED, found.article, {"publishAt": None})
    return found.article


async def unpublish_article(
    database: Database, viewer: Viewer, article_id: UUID, *, at: datetime | None = None
) -> Article:
    """Take an article down, and call off what was planned. Its history stays.

    Args:
        database: where.
        viewer: must hold CONTENT_PUBLISH.
        article_id: what to take down.
        at: when it was taken down, for imports, or will be (then that is planned); now when left out.

    Raises:
        NotAllowed: the viewer may not.
        NotFound: there is no such article.
        StateConflict: it is not public, or was published after `at`.
    """
    ends_at = moment(at, ("at",)) if at else None
    if ends_at is not None and ends_at > now():
        return await schedule_article(database, viewer, article_id, unpublish_at=ends_at)
    async with opened(database, viewer, ArticleAction.UNPUBLISH, article_id) as found:
        await end(database, found.article, found.timeline, ends_at or found.moment)
        await swap(found.article, {}, force=True, at=ends_at)
        await release_slugs(found.article)
        await announce(database, viewer.actor, EventType.ARTICLE_UNPUBLISHED, found.article)
    return found.article


async def archive_article(database: Database, viewer: Viewer, article_id: UUID) -> Article:
    """Put an article away: readers no longer see it, and nobody edits it until a revision is restored.

    Raises:
        NotAllowed: the viewer lacks CONTENT_PUBLISH.
        NotFound: there is no such article.
        StateConflict: it is there already.
    """
    async with opened(database, viewer, ArticleAction.ARCHIVE, article_id) as found:
        article = found.article
        await end(database, article, found.timeline, found.moment)
        await close_review(viewer, article, ReviewOutcome.SUPERSEDED)
        await swap(article, {"archived_at": now()})
        await release_slugs(article)
        public = found.standing.status is ArticleStatus.PUBLISHED
        event = EventType.ARTICLE_UNPUBLISHED if public else EventType.ARTICLE_UPDATED
        await announce(database, viewer.actor, event, article, {"archived": True})
    return article


async def delete_article(database: Database, viewer: Viewer, article_id: UUID) -> Article:
    """Delete an article. Its rows stay, out of sight; where readers have seen it, a tombstone says so.

    Raises:
        NotAllowed: the viewer lacks CONTENT_WRITE, or CONTENT_PUBLISH for what was ever public or is to be.
        NotFound: there is no such article.
    """
    async with opened(database, viewer, ArticleAction.DELETE, article_id) as found:
        article = found.article
        await end(database, article, found.timeline, found.moment)
        await close_review(viewer, article, ReviewOutcome.SUPERSEDED)
        await swap(article, {"deleted_at": now()})
        await release_slugs(article)
        if article.first_published_at is not None:
            await _bury(article)
        await announce(database, viewer.actor, EventType.ARTICLE_DELETED, article)
    return article


def _refuse_past(at: datetime | None, moment_: datetime, name: str) -> None:
    """Asked once the article is locked: what is to come may have passed while one waited for the lock."""
    if at is not None and at <= moment_:
        raise StateConflict("That is not in the future.", (name,))


async def _bury(article: Article) -> None:
    """Say at the address where readers saw it last that it is gone."""
    last = await Publication.filter(article_id=article.id).order_by("-starts_at").first()
    template = (await the_site()).article_path
    path = template.replace("{locale}", article.locale).replace("{slug}", last.slug) if last else None
    await Tombstone.create(
        node_id=article.id, type=NodeType.ARTICLE.value, since=now(), locale=article.locale, path=path
    )
