"""Saving: what changes what an article says makes a revision, which becomes the head. Readers see nothing of it.

Each function expects to be called in the transaction of the verb it belongs to.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import UNSET

from cms.articles.drafts import ArticleChange, ArticleDraft, CommentRules
from cms.articles.known import hold, look_up
from cms.articles.models import Article, ArticleRevision, Publication, Review
from cms.articles.revisions import Written, insert_revisions, rows_of, wording_of
from cms.articles.slugs import release_slugs, reserve_slug
from cms.articles.wording import Wording, revise, settle
from cms.kernel.changing import checked_source, swap
from cms.kernel.database import Database
from cms.kernel.errors import AlreadyExists, InvalidInput, NotFound, StateConflict
from cms.kernel.ids import new_id
from cms.kernel.inputs import locale, moment
from cms.kernel.models import TextReference
from cms.kernel.viewer import Viewer
from cms.site.actions import MAX_CLOSE_DAYS, MAX_COMMENT_CHARS, MAX_COMMENT_DEPTH, the_site, within
from cms.site.models import Site

#: `Article.translations` is a plain list in the API.
MAX_TRANSLATIONS: Final = 100


async def write_article(database: Database, viewer: Viewer, draft: ArticleDraft, made_at: datetime) -> Article:
    """Write an article with its first revision.

    Raises:
        AlreadyExists: the slug or the source is taken, or the group has a translation into this language.
        NotFound: something it names is not there.
        DomainError: a value cannot be taken; see the path.
    """
    wording = settle(draft, await look_up([draft]))
    tag = locale_of(draft, await the_site())
    columns = comment_columns(draft.comments) | await checked_source(Article, draft.source, draft.source_id)
    article = Article(
        id=new_id(),
        created_at=made_at,
        updated_at=made_at,
        locale=tag,
        translation_group_id=await _group(draft.translation_of, tag),
        **columns,
    )
    await article.save(force_create=True)
    slug = await reserve_slug(database, article.id, tag, draft.slug, wording.title, at=made_at)
    written = Written(article_id=article.id, number=1, version=1, at=made_at, by=viewer.user_id, note=draft.note)
    made = rows_of(replace(wording, slug=slug), written)
    await _hold_named(database, wording)
    await insert_revisions([made])
    await Article.filter(id=article.id).update(head_id=made.revision.id)
    article.head_id = made.revision.id
    return article


async def write_change(
    database: Database, viewer: Viewer, article: Article, change: ArticleChange, made_at: datetime
) -> bool:
    """Write what `change` changes about a locked article: a revision, its comment rules, or nothing at all.

    A real save of what an autosave kept makes a revision of its own; the autosaves before it go.

    Returns:
        Whether anything was written.
    """
    head = await ArticleRevision.get(id=article.head_id)
    before = await wording_of(head)
    wording = revise(before, change, await look_up([change]))
    columns = {} if change.comments is UNSET else comment_columns(change.comments)
    if change.slug is not UNSET and change.slug != before.slug:
        wording = replace(wording, slug=await reserve_slug(database, article.id, article.locale, change.slug, ""))
    kept_by_autosave = head.autosave and not change.autosave
    if wording.content_hash != head.content_hash or kept_by_autosave:
        columns["head_id"] = await _write_revision(database, viewer, article, wording, change, made_at)
    written = await swap(article, columns, at=made_at)
    if written and not change.autosave:
        await _prune_autosaves(article)
    if written:
        await release_slugs(article)
    return written


async def make_head(database: Database, article: Article, revision: ArticleRevision) -> None:
    """Make an earlier revision the head of its locked article.

    Raises:
        AlreadyExists: its slug belongs to another article by now.
        NotFound: an author or a topic that it names was deleted since.
    """
    await _hold_named(database, await wording_of(revision))
    await reserve_slug(database, article.id, article.locale, revision.slug, revision.title)
    await swap(article, {"head_id": revision.id, "archived_at": None})
    await release_slugs(article)


def locale_of(draft: ArticleDraft, site: Site) -> str:
    """The language of a draft.

    Raises:
        InvalidInput: it is no language of the site.
    """
    tag = locale(draft.locale) if draft.locale is not None else site.default_locale
    if tag not in site.locales:
        raise InvalidInput(f"{tag} is not one of the site's locales.", ("locale",))
    return tag


def comment_columns(rules: CommentRules | None) -> dict[str, Any]:
    """The columns of an article's own rules for comments; all None where the site's hold.

    Raises:
        InvalidInput: a number is out of its range.
    """
    given, where = rules or CommentRules(), "comments"
    fields = given.required_fields

    def number(value: int | None, most: int, name: str, least: int = 1) -> int | None:
        return None if value is None else within(value, most, (where, name), least=least)

    return {
        "comments_open": given.open,
        "comments_close_at": moment(given.closes_at, (where, "closesAt")) if given.closes_at else None,
        "comments_close_after_days": number(given.close_after_days, MAX_CLOSE_DAYS, "closeAfterDays"),
        "comments_moderation": given.moderation,
        "comments_max_depth": number(given.max_depth, MAX_COMMENT_DEPTH, "maxDepth", least=0),
        "comments_max_length": number(given.max_length, MAX_COMMENT_CHARS, "maxLength"),
        "comments_required_fields": None if fields is None else [each.value for each in dict.fromkeys(fields)],
    }


async def _group(translation_of: UUID | None, tag: str) -> UUID:
    """The translation group of a new article; that of the article it translates, locked, or one of its own."""
    if translation_of is None:
        return new_id()
    original = await Article.filter(id=translation_of, deleted_at=None).select_for_update(no_key=True).get_or_none()
    if original is None:
        raise NotFound("There is no such article.", ("translationOf",))
    group = Article.filter(translation_group_id=original.translation_group_id, deleted_at=None)
    if await group.filter(locale=tag).exists():
        raise AlreadyExists(f"There is a version in {tag} already.", ("translationOf",))
    if await group.count() >= MAX_TRANSLATIONS:
        raise StateConflict(f"An article has at most {MAX_TRANSLATIONS} translations.", ("translationOf",))
    return original.translation_group_id


async def _write_revision(
    database: Database, viewer: Viewer, article: Article, wording: Wording, change: ArticleChange, made_at: datetime
) -> UUID:
    last = await ArticleRevision.filter(article_id=article.id).order_by("-number").only("id", "number").first()
    written = Written(
        article_id=article.id,
        number=last.number + 1 if last else 1,
        version=article.version + 1,
        at=made_at,
        by=viewer.user_id,
        autosave=change.autosave,
        note=change.note,
    )
    made = rows_of(wording, written)
    await _hold_named(database, wording)
    await insert_revisions([made])
    return made.revision.id


async def _hold_named(database: Database, wording: Wording) -> None:
    """Keep the authors and topics that a wording names from being deleted before it is saved."""
    await hold(database, [each.author_id for each in wording.contributors], wording.topic_ids)


async def _prune_autosaves(article: Article) -> None:
    """Remove the autosaves that a real save has made needless: not those that went out or lie before an editor."""
    autosaves = await ArticleRevision.filter(article_id=article.id, autosave=True).only("id")
    keys = {row.id for row in autosaves} - {article.head_id}
    if keys:
        keys -= {row.revision_id for row in await Publication.filter(revision_id__in=list(keys))}
        keys -= {row.revision_id for row in await Review.filter(revision_id__in=list(keys))}
        await TextReference.filter(owner_id__in=list(keys)).delete()
        await ArticleRevision.filter(id__in=list(keys)).delete()
