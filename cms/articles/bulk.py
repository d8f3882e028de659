"""Many articles with their history at once, for imports and the seed: each checked as one is, written in batches."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from uuid import UUID

from cms.articles.counting import recount
from cms.articles.drafts import ArticleDraft, BulkArticle
from cms.articles.gate import Surroundings, examine, look_around, refuse
from cms.articles.known import Known, look_up
from cms.articles.models import Article, ArticleSlug
from cms.articles.pins import Cover, hold_disclaimers, load_covers, named_in, pins_at
from cms.articles.publications import Issue, PublicationRows, Span, insert_publications
from cms.articles.publications import rows_of as publication_rows
from cms.articles.revisions import RevisionRows, Written, insert_revisions
from cms.articles.revisions import rows_of as revision_rows
from cms.articles.saving import comment_columns, locale_of
from cms.articles.shelf import Shelf, load_shelf
from cms.articles.wording import settle, with_body_read
from cms.kernel.changing import source_columns, unless_taken
from cms.kernel.clock import now, to_text
from cms.kernel.database import Database, transaction
from cms.kernel.errors import DomainError, InvalidInput
from cms.kernel.events import EventType, NewEvent, append_events
from cms.kernel.guards import require
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.inputs import moment
from cms.kernel.viewer import Scope, Viewer
from cms.media.texts import Body
from cms.site.actions import the_site
from cms.site.models import Site

# Every article that is being added has one revision, and no article lacks a head once a transaction is over.
_SET_HEADS = (
    "UPDATE article SET head_id = (SELECT r.id FROM article_revision AS r WHERE r.article_id = article.id) "
    "WHERE head_id IS NULL"
)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every row is checked against."""

    viewer: Viewer
    site: Site
    known: Known
    shelf: Shelf
    covers: Sequence[Cover]
    around: Surroundings
    moment: datetime


@dataclass(frozen=True, slots=True)
class _Made:
    """The rows of one article."""

    article: Article
    revision: RevisionRows
    publication: PublicationRows | None


async def add_articles(database: Database, viewer: Viewer, rows: Sequence[BulkArticle]) -> list[UUID]:
    """Add articles with their history, all of them or none.

    Each row is checked as `create_article` and `publish_article` check one, unless it comes in `as_it_was`, and leaves
    the same rows and events behind, except that the version is 1. A translation names an article that was there before.

    Returns:
        The articles' keys, in the order of `rows`.

    Raises:
        NotAllowed: the viewer lacks CONTENT_WRITE, or CONTENT_PUBLISH when a row is published.
        DomainError: a row cannot be taken; the path begins with its place in `rows`.
    """
    require(viewer, Scope.CONTENT_WRITE)
    if any(row.published_at for row in rows):
        require(viewer, Scope.CONTENT_PUBLISH)
    rows = [_read(place, row) for place, row in enumerate(rows)]
    async with transaction(database):
        await hold_disclaimers(database)
        drafts = [row.draft for row in rows]
        known, shelf = await look_up(drafts), await load_shelf(drafts)
        covers = await load_covers()
        around = await look_around(_bodies(drafts), covers)
        ground = _Ground(viewer, await the_site(), known, shelf, covers, around, now())
        made = [_make(ground, place, row) for place, row in enumerate(rows)]
        with unless_taken("A slug or a source", ()):
            await _insert(database, made)
        await append_events(database, viewer.actor, list(chain.from_iterable(map(_events, made))))
    return [each.article.id for each in made]


async def _insert(database: Database, made: Sequence[_Made]) -> None:
    await Article.bulk_create([each.article for each in made], batch_size=500)
    await ArticleSlug.bulk_create([_slug(each) for each in made], batch_size=500)
    await insert_revisions([each.revision for each in made])
    await database.connection.execute_query(_SET_HEADS)
    publications = [each.publication for each in made if each.publication]
    await insert_publications(publications)
    authors = {row.author_id for each in publications for row in each.authors}
    topics = {row.topic_id for each in publications for row in each.topics}
    await recount(database, authors, topics)


def _bodies(drafts: Iterable[ArticleDraft]) -> Iterator[str]:
    return (draft.body.rendered.blocks for draft in drafts if isinstance(draft.body, Body))


def _read(place: int, row: BulkArticle) -> BulkArticle:
    with _placed(place):
        return replace(row, draft=with_body_read(row.draft))


def _make(ground: _Ground, place: int, row: BulkArticle) -> _Made:
    with _placed(place):
        return _rows(ground, row)


@contextmanager
def _placed(place: int) -> Iterator[None]:
    """Say of a mistake in which row it is."""
    try:
        yield
    except DomainError as error:
        error.path = (str(place), *error.path)
        raise


def _rows(ground: _Ground, row: BulkArticle) -> _Made:
    draft = row.draft
    made_at = moment(row.created_at, ("createdAt",)) if row.created_at else ground.moment
    span = _span(row)
    wording = settle(draft, ground.known)
    tag = locale_of(draft, ground.site)
    wording = replace(wording, slug=ground.shelf.take_slug(tag, draft.slug, wording.title))
    article = _article(ground, row, tag, made_at, span)
    written = Written(article_id=article.id, number=1, version=1, at=made_at, by=ground.viewer.user_id, note=draft.note)
    revision = revision_rows(wording, written)
    if span is None:
        return _Made(article, revision, None)
    named = named_in(wording)
    examined = examine(revision.revision, named, ground.around, span.starts_at)
    is_history = span.starts_at < ground.moment
    if not (row.as_it_was and is_history):
        refuse(examined, is_history=is_history)
    issue = Issue(article, revision.revision, named, pins_at(ground.covers, named, span.starts_at))
    return _Made(article, revision, publication_rows(issue, span, at=ground.moment, by=ground.viewer.user_id))


def _article(ground: _Ground, row: BulkArticle, tag: str, made_at: datetime, span: Span | None) -> Article:
    draft = row.draft
    source = source_columns(draft.source, draft.source_id)
    ground.shelf.take_source(source["source"], source["source_id"])
    out = span is not None and span.starts_at <= ground.moment
    return Article(
        id=row.id or new_id(),
        created_at=made_at,
        updated_at=max(made_at, span.starts_at) if span and out else made_at,
        locale=tag,
        translation_group_id=ground.shelf.take_group(draft.translation_of, tag),
        first_published_at=span.starts_at if span else None,
        **comment_columns(draft.comments),
        **source,
    )


def _span(row: BulkArticle) -> Span | None:
    ends_at = moment(row.unpublished_at, ("unpublishedAt",)) if row.unpublished_at else None
    if row.published_at is None:
        if ends_at:
            raise InvalidInput("What never came out cannot be taken down.", ("unpublishedAt",))
        return None
    starts_at = moment(row.published_at, ("publishedAt",))
    if ends_at and ends_at <= starts_at:
        raise InvalidInput("It was taken down before it came out.", ("unpublishedAt",))
    return Span(starts_at=starts_at, ends_at=ends_at, published_at=starts_at)


def _slug(made: _Made) -> ArticleSlug:
    article = made.article
    return ArticleSlug(
        id=new_id(),
        created_at=article.created_at,
        article_id=article.id,
        locale=article.locale,
        slug=made.revision.revision.slug,
    )


def _events(made: _Made) -> Iterable[NewEvent]:
    node = GlobalId(NodeType.ARTICLE, made.article.id)
    yield NewEvent(EventType.ARTICLE_CREATED, node, payload={"version": 1})
    if made.publication is None:
        return
    public = made.publication.publication
    # What is left to the clock is told by it, though its time may have come while the rows were written.
    if public.starts_by_clock:
        plan = {"publishAt": to_text(public.starts_at), "unpublishAt": public.ends_at and to_text(public.ends_at)}
        yield NewEvent(EventType.ARTICLE_SCHEDULED, node, payload={"version": 1, **plan})
        return
    revision = str(GlobalId(NodeType.ARTICLE_REVISION, public.revision_id))
    details = {"version": 1, "publishedAt": to_text(public.published_at), "revision": revision}
    yield NewEvent(EventType.ARTICLE_PUBLISHED, node, payload=details)
    if public.ends_at is not None and not public.ends_by_clock:
        yield NewEvent(EventType.ARTICLE_UNPUBLISHED, node, payload={"version": 1})
