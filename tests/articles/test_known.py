"""What an article names stays until it is saved: nothing is deleted from under it."""

import asyncio

import pytest

from cms.articles.actions import publish_article, restore_revision, unpublish_article, update_article
from cms.articles.drafts import ArticleChange
from cms.articles.models import Article
from cms.authors.actions import delete_author
from cms.authors.models import Author
from cms.kernel.database import Database, transaction
from cms.kernel.errors import InUse, NotFound
from cms.kernel.viewer import SYSTEM
from cms.topics.actions import delete_topic
from cms.topics.models import Topic
from tests.articles.world import (
    EDITOR,
    a_topic,
    an_article,
    an_author,
    every_row,
    found,
    signed,
    while_waited_for,
)

pytestmark = pytest.mark.asyncio


async def test_a_revision_that_names_somebody_who_is_gone_stays_in_the_past(database: Database) -> None:
    """Else the newest revision is signed by nobody, and no page can show it."""
    await found(database)
    author, topic = await an_author(database), await a_topic(database)
    article = await an_article(database, contributors=signed(author), topic_ids=(topic,))
    first = article.head_id
    change = ArticleChange(article_id=article.id, expected_version=1, contributors=(), topic_ids=())
    await update_article(database, EDITOR, change)
    await delete_author(database, SYSTEM, author)
    before = await every_row(database)

    assert first is not None
    with pytest.raises(NotFound) as refused:
        await restore_revision(database, EDITOR, first, expected_version=2)
    assert refused.value.path == ("contributors",)
    assert await every_row(database) == before

    await Author.filter(id=author).update(deleted_at=None)
    await delete_topic(database, SYSTEM, topic)
    with pytest.raises(NotFound) as refused:
        await restore_revision(database, EDITOR, first, expected_version=2)
    assert refused.value.path == ("topicIds",)


async def test_deleting_what_is_being_published_waits_its_turn(database: Database) -> None:
    """On PostgreSQL each waited for the other until one was told of a deadlock."""
    await found(database)
    author, topic = await an_author(database), await a_topic(database)
    articles = [
        await an_article(database, f"Part {number}", contributors=signed(author), topic_ids=(topic,))
        for number in range(4)
    ]
    for _ in range(3):
        done = await asyncio.gather(
            *(publish_article(database, EDITOR, each.id) for each in articles[:2]),
            *(delete_topic(database, SYSTEM, topic) for _ in range(2)),
            *(delete_author(database, SYSTEM, author) for _ in range(2)),
            *(publish_article(database, EDITOR, each.id) for each in articles[2:]),
            return_exceptions=True,
        )
        refused = [each for each in done if isinstance(each, BaseException)]
        assert [type(each) for each in refused] == [InUse] * 4
        for each in articles:
            await unpublish_article(database, EDITOR, each.id)


async def test_whoever_is_deleted_while_an_article_is_saved_is_waited_for(database: Database) -> None:
    """Else an article names somebody who was deleted a moment before it was saved, or a moment after."""
    await found(database)
    author, topic = await an_author(database), await a_topic(database)
    article = await an_article(database)

    for number in range(5):
        change = ArticleChange(
            article_id=article.id,
            expected_version=(await Article.get(id=article.id)).version,
            contributors=signed(author),
            topic_ids=(topic,),
            standfirst=str(number),
        )
        saved, gone = await asyncio.gather(
            update_article(database, EDITOR, change), delete_author(database, SYSTEM, author), return_exceptions=True
        )
        is_gone = (await Author.get(id=author)).deleted_at is not None
        assert isinstance(saved, NotFound) == is_gone
        assert isinstance(gone, InUse) != is_gone
        if is_gone:
            author = await an_author(database)
    async with transaction(database):
        assert (await Topic.get(id=topic)).deleted_at is None


async def test_an_autosave_that_goes_while_it_is_restored_is_not_there(database: Database) -> None:
    """A save removed it in the moment before; the article's head would be nothing, and the database refuses that."""
    await found(database)
    article = await an_article(database)
    typing = ArticleChange(article_id=article.id, expected_version=1, title="Typing", autosave=True)
    typed = (await update_article(database, EDITOR, typing)).head_id
    assert typed is not None

    done = ArticleChange(article_id=article.id, expected_version=2, title="Done")

    with pytest.raises(NotFound):
        await while_waited_for(
            database,
            article,
            update_article(database, EDITOR, done),
            restore_revision(database, EDITOR, typed),
        )

    assert (await Article.get(id=article.id)).version == 3
