"""The verbs that readers do not notice: write, save, restore, submit for review, return."""

from datetime import datetime
from uuid import UUID

from cms.articles.announcing import announce, revision_name
from cms.articles.drafts import ArticleChange, ArticleDraft
from cms.articles.models import Article, ArticleRevision, Review, ReviewOutcome
from cms.articles.opening import close_review, opened
from cms.articles.permissions import may_ever
from cms.articles.saving import make_head, write_article, write_change
from cms.articles.vocabulary import ArticleAction
from cms.articles.wording import with_body_read
from cms.kernel.changing import swap
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.errors import NotFound, Required
from cms.kernel.events import EventType
from cms.kernel.guards import require
from cms.kernel.inputs import moment, optional_text
from cms.kernel.inputs import text as checked_text
from cms.kernel.viewer import Scope, Viewer


async def create_article(
    database: Database, viewer: Viewer, draft: ArticleDraft, *, at: datetime | None = None
) -> Article:
    """Write a new article; readers see nothing of it until it is published.

    Args:
        database: where.
        viewer: must hold CONTENT_WRITE.
        draft: what it says.
        at: when it was written, for imports; now when left out.

    Raises:
        NotAllowed: the viewer may not.
        AlreadyExists: the slug or the source is taken, or there is such a translation.
        NotFound: something it names is not there.
        DomainError: a value cannot be taken; see the path.
    """
    require(viewer, Scope.CONTENT_WRITE)
    made_at = moment(at, ("createdAt",)) if at else now()
    draft = with_body_read(draft)
    async with transaction(database):
        article = await write_article(database, viewer, draft, made_at)
        await announce(database, viewer.actor, EventType.ARTICLE_CREATED, article)
    return article


async def update_article(
    database: Database, viewer: Viewer, change: ArticleChange, *, at: datetime | None = None
) -> Article:
    """Save a change. Readers see it once it is published; saving what is there already changes nothing.

    Args:
        database: where.
        viewer: must hold CONTENT_WRITE.
        change: what changes; what is UNSET stays.
        at: when it was written, for imports; now when left out.

    Raises:
        NotAllowed: the viewer may not.
        NotFound: there is no such article, or something it names is not there.
        VersionConflict: somebody changed it since.
        StateConflict: it is in the archive.
        DomainError: a value cannot be taken; see the path.
    """
    may_ever(viewer, ArticleAction.EDIT)
    made_at = moment(at, ("updatedAt",)) if at else now()
    change = with_body_read(change)
    async with opened(database, viewer, ArticleAction.EDIT, change.article_id, change.expected_version) as found:
        if await write_change(database, viewer, found.article, change, made_at) and not change.autosave:
            await announce(database, viewer.actor, EventType.ARTICLE_UPDATED, found.article)
    return found.article


async def restore_revision(
    database: Database, viewer: Viewer, revision_id: UUID, *, expected_version: int | None = None
) -> Article:
    """Make an earlier revision the head again; readers see nothing new. This also brings back from the archive.

    Raises:
        NotAllowed: the viewer lacks CONTENT_WRITE.
        NotFound: there is no such revision, or an author or a topic that it names was deleted since.
        VersionConflict: somebody changed the article since.
        AlreadyExists: the revision's slug is another article's by now.
    """
    may_ever(viewer, ArticleAction.RESTORE)
    async with transaction(database):
        revision = await ArticleRevision.get_or_none(id=revision_id)
        if revision is None:
            raise _no_such_revision()
        async with opened(database, viewer, ArticleAction.RESTORE, revision.article_id, expected_version) as found:
            article = found.article
            # Asked again: an autosave may have been pruned by a save that this waited for.
            if not await ArticleRevision.exists(id=revision_id):
                raise _no_such_revision()
            if article.head_id != revision.id or article.archived_at is not None:
                await make_head(database, article, revision)
                await announce(
                    database, viewer.actor, EventType.ARTICLE_UPDATED, article, {"restored": revision_name(revision.id)}
                )
    return article


async def submit_article(
    database: Database, viewer: Viewer, article_id: UUID, *, expected_version: int, note: str | None = None
) -> Article:
    """Lay the head before an editor.

    Raises:
        NotAllowed: the viewer lacks CONTENT_WRITE.
        NotFound: there is no such article.
        VersionConflict: somebody changed it since.
        StateConflict: a review is open already, or it is in the archive.
    """
    note = optional_text(note, ("note",))
    async with opened(database, viewer, ArticleAction.SUBMIT, article_id, expected_version) as found:
        article = found.article
        await Review.create(
            article_id=article.id, revision_id=article.head_id, submitted_by_id=viewer.user_id, note=note
        )
        await swap(article, {}, force=True)
        await announce(database, viewer.actor, EventType.ARTICLE_SUBMITTED, article, {"note": note})
    return article


async def return_article(
    database: Database, viewer: Viewer, article_id: UUID, *, expected_version: int, note: str
) -> Article:
    """Give an article back to its writer, with a word on what to do.

    Raises:
        NotAllowed: the viewer lacks CONTENT_PUBLISH.
        NotFound: there is no such article.
        VersionConflict: somebody changed it since.
        Required: the note is empty.
        StateConflict: no review is open.
    """
    note = checked_text(note, ("note",))
    if not note:
        raise Required("Say what to do.", ("note",))
    async with opened(database, viewer, ArticleAction.RETURN, article_id, expected_version) as found:
        await close_review(viewer, found.article, ReviewOutcome.RETURNED, note)
        await swap(found.article, {}, force=True)
        await announce(database, viewer.actor, EventType.ARTICLE_RETURNED, found.article, {"note": note})
    return found.article


def _no_such_revision() -> NotFound:
    return NotFound("There is no such revision, or it is not yours to see.", ("id",))
