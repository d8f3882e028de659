"""What editors do with articles."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from cms.articles.actions import (
    archive_article,
    create_article,
    delete_article,
    publish_article,
    restore_revision,
    return_article,
    schedule_article,
    submit_article,
    unpublish_article,
    unschedule_article,
    update_article,
)
from cms.articles.drafts import ArticleChange, ArticleDraft, CommentRules, Contribution, Copyright, LeadImage, Seo
from cms.articles.models import Article as ArticleRow
from cms.articles.models import ContributorRole
from cms.articles.wording import with_body_read
from cms.kernel.comment_policy import CommentField, CommentModeration
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import Scope
from schema.descriptions import described
from schema.fields import EVERYBODY, argument, given, read
from schema.problems import MutationPayload
from schema.richtext import RichTextInput, rich_text
from schema.scalars import Url
from schema.writing import (
    ID,
    VERSIONED,
    Outcome,
    Writing,
    changed,
    given_value,
    kept,
    key_of,
    keys_of,
    optional_key,
    write,
)

if TYPE_CHECKING:
    from schema.articles import Article


@described
@strawberry.input
class ContributorInput:
    """Somebody's part in an article."""

    author_id: strawberry.ID = given(EVERYBODY, "The author.")
    role: ContributorRole = given(EVERYBODY, "What they did.", default=ContributorRole.AUTHOR)
    credited_as: str | None = given(EVERYBODY, "The name to print; left out, the one the author has now.")


@described
@strawberry.input
class ArticleImageInput:
    """The picture above an article. What is left out is taken from the file as it is described now."""

    media_id: strawberry.ID = given(EVERYBODY, "The picture.")
    alt: str | None = given(EVERYBODY, "What it shows, for those who cannot see it; empty for mere decoration.")
    caption: str | None = given(EVERYBODY, "The line below it.")
    credit: str | None = given(EVERYBODY, "Whose it is.")


@described
@strawberry.input
class CopyrightInput:
    """Whose an article is."""

    holder: str = given(EVERYBODY, "Who holds the copyright.")
    year: int = given(EVERYBODY, "Since which year.")
    statement: str | None = given(EVERYBODY, "The line to print; left out, one is made of year and holder.")
    license_url: Url | None = given(EVERYBODY, "The licence's address, where there is one.")


@described
@strawberry.input
class SeoInput:
    """What search engines are told. What is left out is derived from the article."""

    title: str | None = given(EVERYBODY, "The title in results.")
    description: str | None = given(EVERYBODY, "The lines below it.")
    canonical_url: Url | None = given(EVERYBODY, "The address to be shown in its place.")
    no_index: bool | None = given(EVERYBODY, "Whether it is to be left out of results.")


@described
@strawberry.input
class CommentPolicyInput:
    """Rules for comments. For an article, what is left out is as the site says; for the site, it stays as it is."""

    open: bool | None = given(EVERYBODY, "Whether comments are taken.")
    closes_at: strawberry.Maybe[datetime | None] = given(EVERYBODY, "From when on they are not.")
    close_after_days: strawberry.Maybe[int | None] = given(
        EVERYBODY, "How many days after an article came out they are not."
    )
    moderation: CommentModeration | None = given(EVERYBODY, "When a comment is looked at.")
    max_depth: int | None = given(EVERYBODY, "How deep replies may go: 0 allows none, 1 allows replies to comments.")
    max_length: int | None = given(EVERYBODY, "How many characters a comment may have.")
    required_fields: list[CommentField] | None = given(EVERYBODY, "What a guest must tell.")


@described
@strawberry.input
class CreateArticleInput:
    """An article to be. Checks stand before publishing, not before saving: it may be as unfinished as it likes."""

    slug: str | None = given(EVERYBODY, "The last part of its address; left out, it is made from the title.")
    locale: str | None = given(EVERYBODY, "Its language, one of the site's; left out, the site's default.")
    translation_of: strawberry.ID | None = given(EVERYBODY, "An article that says the same in another language.")
    title: str = given(EVERYBODY, "The headline; one line.")
    standfirst: str | None = given(EVERYBODY, "The lines between title and text.")
    body: RichTextInput | None = given(EVERYBODY, "Its text.")
    lead_image: ArticleImageInput | None = given(EVERYBODY, "The picture above it.")
    contributors: list[ContributorInput] | None = given(EVERYBODY, "Who made it, in the order to be printed.")
    topic_ids: list[strawberry.ID] | None = given(EVERYBODY, "What it is about.")
    disclaimer_ids: list[strawberry.ID] | None = given(
        EVERYBODY, "Disclaimers it goes out under, beyond those whose scope covers it anyway."
    )
    copyright: CopyrightInput | None = given(EVERYBODY, "Whose it is.")
    seo: SeoInput | None = given(EVERYBODY, "What search engines are told.")
    comment_policy: CommentPolicyInput | None = given(EVERYBODY, "Where its rules for comments differ from the site's.")


@described
@strawberry.input
class UpdateArticleInput:
    """What changes about an article. Fields left out stay as they are; null clears."""

    id: strawberry.ID = given(EVERYBODY, "Which article.")
    expected_version: int = given(
        EVERYBODY, "The version the caller has seen; where it is another by now, nothing is overwritten."
    )
    autosave: bool = given(
        EVERYBODY,
        "Saved by the editor's program, not by the editor: it makes no event, and goes when a real save lands.",
        default=False,
    )
    slug: strawberry.Maybe[str] = given(EVERYBODY, "The last part of its address.")
    title: strawberry.Maybe[str] = given(EVERYBODY, "The headline; one line.")
    standfirst: strawberry.Maybe[str | None] = given(EVERYBODY, "The lines between title and text.")
    body: strawberry.Maybe[RichTextInput | None] = given(EVERYBODY, "Its text.")
    lead_image: strawberry.Maybe[ArticleImageInput | None] = given(EVERYBODY, "The picture above it.")
    contributors: strawberry.Maybe[list[ContributorInput] | None] = given(
        EVERYBODY, "Who made it, in the order to be printed."
    )
    topic_ids: strawberry.Maybe[list[strawberry.ID] | None] = given(EVERYBODY, "What it is about.")
    disclaimer_ids: strawberry.Maybe[list[strawberry.ID] | None] = given(
        EVERYBODY, "Disclaimers it goes out under, beyond those whose scope covers it anyway."
    )
    copyright: strawberry.Maybe[CopyrightInput | None] = given(EVERYBODY, "Whose it is.")
    seo: strawberry.Maybe[SeoInput | None] = given(EVERYBODY, "What search engines are told.")
    comment_policy: strawberry.Maybe[CommentPolicyInput | None] = given(
        EVERYBODY, "Where its rules for comments differ from the site's."
    )
    note: str | None = given(EVERYBODY, "A word to colleagues about the change.")


@described
@strawberry.type
class ArticlePayload(MutationPayload):
    """What came of doing something with an article."""

    article: Annotated["Article", strawberry.lazy("schema.articles")] | None = read(
        EVERYBODY, "The article as editors see it now; null when it did not work, and in a dry run."
    )


@described
@strawberry.type
class DeletePayload(MutationPayload):
    """What came of deleting something."""

    deleted_id: strawberry.ID | None = read(
        EVERYBODY, "The id of what is gone; null when it did not work, and in a dry run."
    )


async def _create(by: Writing, draft: ArticleDraft) -> Outcome:
    return _of(await create_article(by.database, by.viewer, draft))


async def _update(by: Writing, change: ArticleChange) -> Outcome:
    return _of(await update_article(by.database, by.viewer, change))


async def _submit(by: Writing, id: str, expected_version: int, note: str | None = None) -> Outcome:  # noqa: A002 - the API's word
    return _of(await submit_article(by.database, by.viewer, _key(id), expected_version=expected_version, note=note))


async def _return(by: Writing, id: str, expected_version: int, note: str) -> Outcome:  # noqa: A002 - as above
    return _of(await return_article(by.database, by.viewer, _key(id), expected_version=expected_version, note=note))


async def _publish(by: Writing, id: str, expected_version: int, note: str | None = None) -> Outcome:  # noqa: A002 - as above
    return _of(await publish_article(by.database, by.viewer, _key(id), expected_version=expected_version, note=note))


async def _schedule(
    by: Writing,
    id: str,  # noqa: A002 - as above
    expected_version: int,
    publish_at: datetime | None = None,
    unpublish_at: datetime | None = None,
) -> Outcome:
    planned = await schedule_article(
        by.database,
        by.viewer,
        _key(id),
        expected_version=expected_version,
        publish_at=publish_at,
        unpublish_at=unpublish_at,
    )
    return _of(planned)


async def _unschedule(by: Writing, id: str) -> Outcome:  # noqa: A002 - as above
    return _of(await unschedule_article(by.database, by.viewer, _key(id)))


async def _unpublish(by: Writing, id: str) -> Outcome:  # noqa: A002 - as above
    return _of(await unpublish_article(by.database, by.viewer, _key(id)))


async def _archive(by: Writing, id: str) -> Outcome:  # noqa: A002 - as above
    return _of(await archive_article(by.database, by.viewer, _key(id)))


async def _restore(by: Writing, id: str, expected_version: int) -> Outcome:  # noqa: A002 - as above
    revision = key_of(id, NodeType.ARTICLE_REVISION)
    return _of(await restore_revision(by.database, by.viewer, revision, expected_version=expected_version))


async def _delete(by: Writing, id: str) -> Outcome:  # noqa: A002 - as above
    article = await delete_article(by.database, by.viewer, _key(id))
    return Outcome(deleted=GlobalId(NodeType.ARTICLE, article.id))


def _of(article: ArticleRow) -> Outcome:
    return Outcome(node=GlobalId(NodeType.ARTICLE, article.id))


def _key(given_id: str) -> UUID:
    return key_of(given_id, NodeType.ARTICLE)


# Reading what was sent


def _draft(input: CreateArticleInput) -> ArticleDraft:  # noqa: A002 - the API's word
    return with_body_read(
        ArticleDraft(
            title=input.title,
            slug=input.slug,
            locale=input.locale,
            translation_of=optional_key(input.translation_of, NodeType.ARTICLE, ("translationOf",)),
            standfirst=input.standfirst,
            body=rich_text(input.body) if input.body else None,
            lead_image=_image(input.lead_image) if input.lead_image else None,
            contributors=_contributors(input.contributors),
            topic_ids=_topics(input.topic_ids),
            disclaimer_ids=_disclaimers(input.disclaimer_ids),
            copyright=_copyright(input.copyright) if input.copyright else None,
            seo=_seo(input.seo) if input.seo else None,
            comments=_rules(input.comment_policy) if input.comment_policy else None,
        )
    )


def _change(input: UpdateArticleInput) -> ArticleChange:  # noqa: A002 - as above
    return with_body_read(
        ArticleChange(
            article_id=_key(input.id),
            expected_version=input.expected_version,
            autosave=input.autosave,
            slug=kept(input.slug),
            title=kept(input.title),
            standfirst=kept(input.standfirst),
            body=changed(input.body, rich_text),
            lead_image=changed(input.lead_image, _image),
            contributors=changed(input.contributors, _contributors, ()),
            topic_ids=changed(input.topic_ids, _topics, ()),
            disclaimer_ids=changed(input.disclaimer_ids, _disclaimers, ()),
            copyright=changed(input.copyright, _copyright),
            seo=changed(input.seo, _seo),
            comments=changed(input.comment_policy, _rules),
            note=input.note,
        )
    )


def _topics(ids: list[strawberry.ID] | None) -> tuple[UUID, ...]:
    return keys_of(ids, NodeType.TOPIC, "topicIds")


def _disclaimers(ids: list[strawberry.ID] | None) -> tuple[UUID, ...]:
    return keys_of(ids, NodeType.DISCLAIMER, "disclaimerIds")


def _contributors(given_: list[ContributorInput] | None) -> tuple[Contribution, ...]:
    return tuple(
        Contribution(
            key_of(each.author_id, NodeType.AUTHOR, ("contributors", str(place), "authorId")),
            each.role,
            each.credited_as,
        )
        for place, each in enumerate(given_ or ())
    )


def _image(given_: ArticleImageInput) -> LeadImage:
    media = key_of(given_.media_id, NodeType.MEDIA, ("leadImage", "mediaId"))
    return LeadImage(media, given_.alt, given_.caption, given_.credit)


def _copyright(given_: CopyrightInput) -> Copyright:
    return Copyright(given_.holder, given_.year, given_.statement, given_.license_url)


def _seo(given_: SeoInput) -> Seo:
    return Seo(given_.title, given_.description, given_.canonical_url, given_.no_index)


def _rules(given_: CommentPolicyInput) -> CommentRules:
    fields = given_.required_fields
    return CommentRules(
        given_.open,
        given_value(given_.closes_at),
        given_value(given_.close_after_days),
        given_.moderation,
        given_.max_depth,
        given_.max_length,
        None if fields is None else tuple(fields),
    )


_TO_COLLEAGUES = {"note": argument(EVERYBODY, str | None, "A word to colleagues.")}


@strawberry.type
class ArticleMutations:
    """The verbs of articles."""

    create_article: ArticlePayload = write(
        Scope.CONTENT_WRITE,
        "Write a new article. Readers see nothing of it until it is published.",
        _create,
        arguments={"input": argument(EVERYBODY, CreateArticleInput, "What it says.")},
        unpack=_draft,
    )
    update_article: ArticlePayload = write(
        Scope.CONTENT_WRITE,
        "Save a change. Readers see it once it is published; saving what is there already changes nothing.",
        _update,
        arguments={"input": argument(EVERYBODY, UpdateArticleInput, "What changes.")},
        unpack=_change,
    )
    submit_article: ArticlePayload = write(
        Scope.CONTENT_WRITE, "Lay the newest revision before an editor.", _submit, arguments=VERSIONED | _TO_COLLEAGUES
    )
    return_article: ArticlePayload = write(
        Scope.CONTENT_PUBLISH,
        "Give a submitted article back to its writer.",
        _return,
        arguments=VERSIONED | {"note": argument(EVERYBODY, str, "What is to be done.")},
    )
    publish_article: ArticlePayload = write(
        Scope.CONTENT_PUBLISH,
        "Let readers see the newest revision, under the disclaimers in effect.",
        _publish,
        arguments=VERSIONED | _TO_COLLEAGUES,
    )
    schedule_article: ArticlePayload = write(
        Scope.CONTENT_PUBLISH,
        "Plan when the newest revision comes out, or when the article goes, or both. Later saves do not change what "
        "comes out.",
        _schedule,
        arguments=VERSIONED
        | {
            "publish_at": argument(EVERYBODY, datetime | None, "When it comes out."),
            "unpublish_at": argument(EVERYBODY, datetime | None, "When it goes."),
        },
    )
    unschedule_article: ArticlePayload = write(
        Scope.CONTENT_PUBLISH, "Call off what was planned. What readers see stays as it is.", _unschedule, arguments=ID
    )
    unpublish_article: ArticlePayload = write(
        Scope.CONTENT_PUBLISH,
        "Take an article back from readers, and call off what was planned.",
        _unpublish,
        arguments=ID,
    )
    archive_article: ArticlePayload = write(
        Scope.CONTENT_PUBLISH,
        "Put an article away: readers no longer see it, and nobody edits it until a revision is restored.",
        _archive,
        arguments=ID,
    )
    restore_revision: ArticlePayload = write(
        Scope.CONTENT_WRITE,
        "Make an earlier revision the newest again, out of the archive too. Readers see nothing new.",
        _restore,
        arguments=VERSIONED,
    )
    delete_article: DeletePayload = write(
        Scope.CONTENT_WRITE,
        "Delete an article. Where readers have seen it, its address says that it is gone.",
        _delete,
        arguments=ID,
    )
