"""What a writer who comes too late is told of what the others changed."""

from collections.abc import Awaitable
from typing import Any

import pytest

from cms.articles.actions import (
    archive_article,
    create_article,
    publish_article,
    restore_revision,
    submit_article,
    update_article,
)
from cms.articles.drafts import ArticleChange, Contribution, Copyright, LeadImage, Seo
from cms.articles.models import Article, ArticleRevision, ContributorRole
from cms.kernel.database import Database
from cms.kernel.errors import FieldChange, VersionConflict
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.viewer import SYSTEM, Scope, Viewer
from cms.media.actions import MediaDraft, register_media
from cms.media.texts import RichTextInput
from tests.articles.world import EDITOR, WRITER, a_draft, a_topic, an_article, an_author, every_row, found

pytestmark = pytest.mark.asyncio
#: Writes, and may not read what is not public.
BLIND = Viewer(frozenset({Scope.CONTENT_WRITE}), actor="token:blind")


async def save(database: Database, article: Article, **given: Any) -> Article:  # noqa: ANN401 - fields of every type
    """The article with a change saved by somebody else."""
    version = (await Article.get(id=article.id)).version
    return await update_article(
        database, WRITER, ArticleChange(article_id=article.id, expected_version=version, **given)
    )


async def conflict(doing: Awaitable[object]) -> VersionConflict:
    """The conflict that this meets."""
    with pytest.raises(VersionConflict) as met:
        await doing
    return met.value


async def told_to(database: Database, article: Article, expected: int) -> list[FieldChange]:
    """What somebody is told who saves with the version they saw."""
    change = ArticleChange(article_id=article.id, expected_version=expected, title="Mine")
    return list((await conflict(update_article(database, WRITER, change))).theirs)


async def test_a_late_save_is_told_what_the_other_changed(database: Database) -> None:
    """Without it a writer can only throw away one of two texts unread."""
    await found(database)
    article = await create_article(database, WRITER, a_draft(standfirst="At last."))
    await save(database, article, title="The ferry is back", body=RichTextInput(markdown="After **weeks**."))
    await save(database, article, standfirst=None)
    before = await every_row(database)

    met = await conflict(
        update_article(database, WRITER, ArticleChange(article_id=article.id, expected_version=1, title="Mine"))
    )

    assert (met.current_version, met.current) == (3, GlobalId(NodeType.ARTICLE, article.id))
    assert met.path == ("expectedVersion",)
    assert met.theirs == (
        {"field": "title", "before": "The ferry sails again", "after": "The ferry is back"},
        {"field": "standfirst", "before": "At last.", "after": None},
        {"field": "body", "before": "After a *long* winter.\n", "after": "After **weeks**.\n"},
    )
    assert await told_to(database, article, 2) == [{"field": "standfirst", "before": "At last.", "after": None}]
    assert await every_row(database) == before


async def test_every_field_is_told(database: Database) -> None:
    """A field that is left out is overwritten by whoever trusts the list."""
    await found(database)
    author, topic = await an_author(database), await a_topic(database)
    media = MediaDraft(
        filename="ferry.jpg",
        content_type="image/jpeg",
        bytes=1000,
        digest="sha256:" + "0" * 64,
        storage_key=f"{new_id()}.jpg",
        alt="A ferry",
    )
    picture = (await register_media(database, SYSTEM, media)).id
    article = await an_article(database)
    await save(
        database,
        article,
        slug="ferry",
        contributors=(Contribution(author, ContributorRole.EDITOR),),
        topic_ids=(topic,),
        lead_image=LeadImage(picture, caption="At dawn"),
        copyright=Copyright("Harbour Press", 2026, license_url="https://example.org/licence"),
        seo=Seo(title="Ferry", no_index=True),
    )

    theirs = {each["field"]: (each["before"], each["after"]) for each in await told_to(database, article, 1)}

    credit = {"authorId": f"aut_{author}", "role": "EDITOR", "creditedAs": "Wren Ashdown"}
    assert theirs == {
        "slug": ("the-ferry-sails-again", "ferry"),
        "contributors": ([], [credit]),
        "topicIds": ([], [f"top_{topic}"]),
        "leadImage.mediaId": (None, f"med_{picture}"),
        "leadImage.alt": (None, "A ferry"),
        "leadImage.caption": (None, "At dawn"),
        "copyright.holder": (None, "Harbour Press"),
        "copyright.year": (None, 2026),
        "copyright.licenseUrl": (None, "https://example.org/licence"),
        "seo.title": (None, "Ferry"),
        "seo.noIndex": (None, True),
    }


async def test_what_was_the_head_is_known_through_everything_that_raises_the_version(database: Database) -> None:
    """Reviews, publishing and restoring raise the version too: told from the wrong revision, the list is a lie."""
    await found(database)
    article = await an_article(database, "One")
    first = article.head_id
    assert first is not None
    await submit_article(database, WRITER, article.id, expected_version=1)
    await save(database, article, title="Two")
    await publish_article(database, EDITOR, article.id)
    await restore_revision(database, WRITER, first, expected_version=4)
    await save(database, article, title="Three")

    told = [await told_to(database, article, version) for version in range(1, 6)]

    titles = [[(each["before"], each["after"]) for each in theirs] for theirs in told]
    assert titles == [
        [("One", "Three")],
        [("One", "Three")],
        [("Two", "Three")],
        [("Two", "Three")],
        [("One", "Three")],
    ]


async def test_an_autosave_that_is_gone_is_stood_in_for(database: Database) -> None:
    """The program saved for a writer, and then somebody else saved in earnest: what the writer saw is pruned."""
    await found(database)
    article = await an_article(database, "One")
    await save(database, article, title="Typing", autosave=True)
    await save(database, article, title="Typing more", autosave=True)
    while_kept = await told_to(database, article, 2)
    await save(database, article, title="Done")

    assert while_kept == [{"field": "title", "before": "Typing", "after": "Typing more"}]
    assert await ArticleRevision.filter(article_id=article.id, autosave=True).count() == 0
    assert await told_to(database, article, 2) == [{"field": "title", "before": "One", "after": "Done"}]
    assert await told_to(database, article, 3) == [{"field": "title", "before": "One", "after": "Done"}]


async def test_what_raised_the_version_alone_is_a_conflict_without_changes(database: Database) -> None:
    """Published meanwhile, or a version nobody has seen yet: still a conflict, and nothing to merge."""
    await found(database)
    article = await an_article(database)
    await publish_article(database, EDITOR, article.id)

    assert await told_to(database, article, 1) == []
    assert await told_to(database, article, 9) == []


async def test_drafts_are_told_to_those_who_may_read_them(database: Database) -> None:
    """A conflict would be a way to read what is not public."""
    await found(database)
    article = await an_article(database)
    await save(database, article, title="Secret")

    met = await conflict(
        update_article(database, BLIND, ArticleChange(article_id=article.id, expected_version=1, title="Mine"))
    )

    assert (met.current_version, met.theirs) == (2, ())


async def test_every_verb_that_names_a_version_tells(database: Database) -> None:
    """An editor who publishes what changed under the cursor must see what."""
    await found(database)
    article = await an_article(database)
    head = article.head_id
    assert head is not None
    await save(database, article, title="Another")
    expected = ({"field": "title", "before": "The ferry sails again", "after": "Another"},)

    for doing in (
        publish_article(database, EDITOR, article.id, expected_version=1),
        submit_article(database, WRITER, article.id, expected_version=1),
        restore_revision(database, WRITER, head, expected_version=1),
    ):
        assert (await conflict(doing)).theirs == expected
    # Where it stands matters less than that it changed: whoever is late learns of that first.
    await archive_article(database, EDITOR, article.id)
    assert await told_to(database, article, 1) == list(expected)
