"""Publishing: intervals that readers live in, and what repeats them."""

import asyncio
from datetime import datetime

import pytest

from cms.articles.actions import (
    archive_article,
    delete_article,
    publish_article,
    restore_revision,
    schedule_article,
    submit_article,
    unpublish_article,
    unschedule_article,
    update_article,
)
from cms.articles.counting import recount_everything
from cms.articles.drafts import ArticleChange
from cms.articles.errors import CheckFailed
from cms.articles.models import (
    Article,
    ArticleSlug,
    Publication,
    PublicationAuthor,
    PublicationTopic,
    Review,
    ReviewOutcome,
)
from cms.articles.publishing import status_of, timeline_of
from cms.articles.vocabulary import ArticleStatus
from cms.authors.models import Author
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import DomainError, InvalidInput, NotFound, Required, StateConflict, VersionConflict
from cms.kernel.events import EventType
from cms.kernel.models import Event, Tombstone
from cms.topics.models import Topic
from tests.articles.world import (
    DAY,
    EDITOR,
    NOON,
    WRITER,
    a_topic,
    an_article,
    an_author,
    count_of,
    every_row,
    found,
    intervals,
    listings_agree,
    signed,
    told,
)


async def status(article: Article, moment: datetime) -> ArticleStatus:
    """Where an article stands at a moment."""
    return status_of(await Article.get(id=article.id), await timeline_of(article.id, moment))


async def retitled(database: Database, article: Article, title: str) -> Article:
    """The article with another title saved."""
    current = await Article.get(id=article.id)
    change = ArticleChange(article_id=article.id, expected_version=current.version, title=title)
    return await update_article(database, WRITER, change)


@pytest.mark.asyncio
async def test_publishing_opens_an_interval_and_counts(database: Database) -> None:
    """Readers, lists and counters each look at another table; all must know."""
    await found(database)
    author, topic = await an_author(database), await a_topic(database)
    article = await an_article(database, contributors=signed(author), topic_ids=(topic,))

    with clock.at(NOON):
        article = await publish_article(database, EDITOR, article.id, expected_version=1, note="At last")

    row = await Publication.get(article_id=article.id)
    assert await intervals(article) == [(NOON, None)]
    assert (row.published_at, row.slug, row.title_key, row.note) == (
        NOON,
        "the-ferry-sails-again",
        "the ferry sails again",
        "At last",
    )
    assert (article.version, article.first_published_at) == (2, NOON)
    assert await PublicationAuthor.all().values_list("author_id", "published_at") == [(author, NOON)]
    assert await PublicationTopic.all().values_list("topic_id", "published_at") == [(topic, NOON)]
    assert (await count_of(author), (await Topic.get(id=topic)).article_count) == (1, 1)
    assert await status(article, NOON) is ArticleStatus.PUBLISHED


@pytest.mark.asyncio
async def test_a_correction_keeps_the_date_and_ends_the_version_before(database: Database) -> None:
    """A corrected article that moves to the top of the front page pretends to be news."""
    await found(database)
    author = await an_author(database)
    article = await an_article(database, contributors=signed(author))
    await publish_article(database, EDITOR, article.id, at=NOON - 2 * DAY)
    await retitled(database, article, "The ferry sails")

    await publish_article(database, EDITOR, article.id, at=NOON - DAY)

    first, second = await Publication.filter(article_id=article.id).order_by("starts_at")
    assert await intervals(article) == [(NOON - 2 * DAY, NOON - DAY), (NOON - DAY, None)]
    assert (first.title_key, second.title_key) == ("the ferry sails again", "the ferry sails")
    assert second.published_at == NOON - 2 * DAY
    assert await count_of(author) == 1
    assert await listings_agree()


@pytest.mark.asyncio
async def test_publishing_what_is_public_changes_nothing(database: Database) -> None:
    """A second click would announce the article twice."""
    await found(database)
    article = await an_article(database)
    await publish_article(database, EDITOR, article.id)
    before = await every_row(database)

    again = await publish_article(database, EDITOR, article.id, expected_version=2)

    assert again.version == 2
    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_of_two_who_publish_at_once_one_does(database: Database) -> None:
    """Two open intervals of one article, or two announcements of it."""
    await found(database)
    author = await an_author(database)
    article = await an_article(database, contributors=signed(author))

    async def publish() -> str:
        try:
            await publish_article(database, EDITOR, article.id, expected_version=1)
        except VersionConflict:
            return "conflict"
        return "won"

    outcomes = await asyncio.gather(*(publish() for _ in range(8)))

    assert sorted(outcomes) == ["conflict"] * 7 + ["won"]
    assert await Publication.all().count() == 1
    assert (await told())[EventType.ARTICLE_PUBLISHED] == 1
    assert await count_of(author) == 1


@pytest.mark.asyncio
async def test_articles_of_one_author_published_at_once_are_all_counted(database: Database) -> None:
    """Two who count at once, each blind to the other, are one short in the end."""
    await found(database)
    author, topic = await an_author(database), await a_topic(database)
    articles = [
        await an_article(database, f"Part {number}", contributors=signed(author), topic_ids=(topic,))
        for number in range(12)
    ]

    await asyncio.gather(*(publish_article(database, EDITOR, article.id) for article in articles))

    assert await count_of(author) == 12
    assert await recount_everything(database) == 0


@pytest.mark.asyncio
async def test_taking_down_and_publishing_again_keeps_the_history(database: Database) -> None:
    """What readers saw at a time must be told years later."""
    await found(database)
    author = await an_author(database)
    article = await an_article(database, contributors=signed(author))
    await publish_article(database, EDITOR, article.id, at=NOON - 4 * DAY)
    await unpublish_article(database, EDITOR, article.id, at=NOON - 3 * DAY)
    between = (await count_of(author), await status(article, NOON - 2 * DAY))

    article = await publish_article(database, EDITOR, article.id, at=NOON - DAY)

    assert between == (0, ArticleStatus.UNPUBLISHED)
    assert await intervals(article) == [(NOON - 4 * DAY, NOON - 3 * DAY), (NOON - DAY, None)]
    last = await Publication.filter(article_id=article.id).order_by("-starts_at").first()
    assert last is not None
    assert (last.published_at, article.first_published_at) == (NOON - DAY, NOON - 4 * DAY)
    assert await count_of(author) == 1
    assert await listings_agree()
    assert await told() == {
        "SITE_CHANGED": 1,
        "AUTHOR_CHANGED": 1,
        "ARTICLE_CREATED": 1,
        "ARTICLE_PUBLISHED": 2,
        "ARTICLE_UNPUBLISHED": 1,
    }


@pytest.mark.asyncio
async def test_the_past_is_not_rewritten(database: Database) -> None:
    """An import with a wrong date must not take away what readers have seen."""
    await found(database)
    article = await an_article(database)
    await publish_article(database, EDITOR, article.id, at=NOON - 4 * DAY)
    await unpublish_article(database, EDITOR, article.id, at=NOON - 2 * DAY)
    before = await every_row(database)

    for at in (NOON - 5 * DAY, NOON - 4 * DAY, NOON - 3 * DAY):
        with pytest.raises(StateConflict):
            await publish_article(database, EDITOR, article.id, at=at)
    with pytest.raises(StateConflict):
        await unpublish_article(database, EDITOR, article.id)

    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_a_schedule_is_an_interval_that_starts_later(database: Database) -> None:
    """What is scheduled must go out by the clock alone, as it was when it was scheduled."""
    await found(database)
    author = await an_author(database)
    article = await an_article(database, contributors=signed(author))
    with clock.at(NOON):
        await schedule_article(
            database, EDITOR, article.id, expected_version=1, publish_at=NOON + DAY, unpublish_at=NOON + 3 * DAY
        )
        scheduled = (await Publication.get(article_id=article.id)).revision_id
        await retitled(database, article, "Later")

        assert await intervals(article) == [(NOON + DAY, NOON + 3 * DAY)]
        assert (await Publication.get(article_id=article.id)).revision_id == scheduled
        assert await count_of(author) == 0
    moments = (NOON, NOON + DAY, NOON + 3 * DAY)
    assert [await status(article, moment) for moment in moments] == [
        ArticleStatus.SCHEDULED,
        ArticleStatus.PUBLISHED,
        ArticleStatus.UNPUBLISHED,
    ]
    with clock.at(NOON + 2 * DAY):
        assert await recount_everything(database) == 1
    assert await count_of(author) == 1
    assert await told() == {
        "SITE_CHANGED": 1,
        "AUTHOR_CHANGED": 1,
        "ARTICLE_CREATED": 1,
        "ARTICLE_SCHEDULED": 1,
        "ARTICLE_UPDATED": 1,
    }


@pytest.mark.asyncio
async def test_a_scheduled_correction_follows_without_a_gap(database: Database) -> None:
    """Between the version before and the one after, readers would find nothing; or two."""
    await found(database)
    article = await an_article(database)
    with clock.at(NOON):
        await publish_article(database, EDITOR, article.id)
        await retitled(database, article, "Corrected")
        await schedule_article(database, EDITOR, article.id, publish_at=NOON + DAY)
        planned = await intervals(article)

        await unschedule_article(database, EDITOR, article.id)

        assert planned == [(NOON, NOON + DAY), (NOON + DAY, None)]
        assert await intervals(article) == [(NOON, None)]
        assert await listings_agree()
        before = await every_row(database)
        await unschedule_article(database, EDITOR, article.id)
        assert await every_row(database) == before


@pytest.mark.asyncio
async def test_publishing_now_calls_off_what_waits_and_keeps_the_planned_end(database: Database) -> None:
    """An old revision that waits would undo the correction; a licence that ends on Friday ends on Friday."""
    await found(database)
    article = await an_article(database)
    with clock.at(NOON):
        await publish_article(database, EDITOR, article.id)
        await schedule_article(database, EDITOR, article.id, unpublish_at=NOON + 5 * DAY)
        await retitled(database, article, "Corrected")
        await schedule_article(database, EDITOR, article.id, publish_at=NOON + 2 * DAY)
        planned = await intervals(article)
        await retitled(database, article, "Corrected again")
    with clock.at(NOON + DAY):
        await publish_article(database, EDITOR, article.id)

    assert planned == [(NOON, NOON + 2 * DAY), (NOON + 2 * DAY, NOON + 5 * DAY)]
    assert await intervals(article) == [(NOON, NOON + DAY), (NOON + DAY, NOON + 5 * DAY)]
    assert await listings_agree()


@pytest.mark.asyncio
async def test_times_that_cannot_be_are_refused(database: Database) -> None:
    """A plan for yesterday would never be carried out, or at once."""
    await found(database)
    article = await an_article(database)
    before = await every_row(database)

    with clock.at(NOON):
        for begins, ends, error in (
            (None, None, Required),
            (NOON, None, StateConflict),
            (None, NOON - DAY, StateConflict),
            (None, NOON + DAY, StateConflict),
            (NOON + DAY, NOON + DAY, StateConflict),
            ((NOON + DAY).replace(tzinfo=None), None, InvalidInput),
        ):
            with pytest.raises(error):
                await schedule_article(database, EDITOR, article.id, publish_at=begins, unpublish_at=ends)

    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_what_was_public_for_no_time_leaves_no_trace(database: Database) -> None:
    """An interval that begins where it ends is no interval; the database refuses it."""
    await found(database)
    article = await an_article(database)
    with clock.at(NOON):
        await publish_article(database, EDITOR, article.id)
        await retitled(database, article, "At the same moment")
        await publish_article(database, EDITOR, article.id)
        twice = await intervals(article)
        article = await unpublish_article(database, EDITOR, article.id)

    assert twice == [(NOON, None)]
    assert await intervals(article) == []
    assert article.first_published_at is None
    assert await status(article, NOON) is ArticleStatus.DRAFT


@pytest.mark.asyncio
async def test_an_article_without_a_body_does_not_go_out(database: Database) -> None:
    """The checks that an editor is shown are those that publishing obeys."""
    await found(database)
    article = await an_article(database, body=None)
    before = await every_row(database)

    with pytest.raises(CheckFailed) as refused:
        await publish_article(database, EDITOR, article.id)

    assert [rule for rule, _ in refused.value.findings] == [
        "has_body",
        "has_author",
        "has_standfirst",
        "has_copyright",
    ]
    assert refused.value.path == ("body",)
    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_publishing_closes_the_review(database: Database) -> None:
    """An article that is out would stand in the queue for ever."""
    await found(database)
    article = await an_article(database)
    await submit_article(database, WRITER, article.id, expected_version=1)

    with clock.at(NOON):
        await publish_article(database, EDITOR, article.id)

    review = await Review.get(article_id=article.id)
    assert (review.outcome, review.closed_at) == (ReviewOutcome.PUBLISHED, NOON)


@pytest.mark.asyncio
async def test_the_archive_is_left_by_restoring(database: Database) -> None:
    """What is put away is neither public nor edited, and can come back."""
    await found(database)
    author = await an_author(database)
    article = await an_article(database, contributors=signed(author))
    await publish_article(database, EDITOR, article.id, at=NOON)

    archived = await archive_article(database, EDITOR, article.id)
    with pytest.raises(StateConflict):
        await publish_article(database, EDITOR, article.id)
    with pytest.raises(StateConflict):
        await retitled(database, article, "New")
    with pytest.raises(StateConflict):
        await archive_article(database, EDITOR, article.id)
    counted = await count_of(author)
    assert archived.head_id is not None
    restored = await restore_revision(database, WRITER, archived.head_id)

    assert (archived.archived_at is not None, counted) == (True, 0)
    assert restored.archived_at is None
    assert await status(article, clock.now()) is ArticleStatus.UNPUBLISHED
    assert (await told())["ARTICLE_UNPUBLISHED"] == 1


@pytest.mark.asyncio
async def test_a_deleted_article_leaves_a_tombstone_where_readers_saw_it(database: Database) -> None:
    """Readers with an old link are told that it is gone; its slug is free for another."""
    await found(database)
    author = await an_author(database)
    public = await an_article(database, "Seen", contributors=signed(author))
    await publish_article(database, EDITOR, public.id, at=NOON - DAY)
    draft = await an_article(database, "Unseen")

    with clock.at(NOON):
        await delete_article(database, EDITOR, public.id)
        await delete_article(database, WRITER, draft.id)
        with pytest.raises(NotFound):
            await delete_article(database, EDITOR, public.id)
        with pytest.raises(NotFound):
            await publish_article(database, EDITOR, public.id)

    stones = await Tombstone.all().values_list("node_id", "type", "since", "locale", "path")
    assert stones == [(public.id, "art", NOON, "en", "/articles/seen")]
    assert await intervals(public) == [(NOON - DAY, NOON)]
    assert await ArticleSlug.all().count() == 0
    assert await count_of(author) == 0
    assert (await told())["ARTICLE_DELETED"] == 2


@pytest.mark.asyncio
async def test_a_writer_deletes_drafts_alone(database: Database) -> None:
    """Whoever may not show an article to readers may not take it from them."""
    await found(database)
    article = await an_article(database)
    await publish_article(database, EDITOR, article.id)
    before = await every_row(database)

    with pytest.raises(DomainError):
        await delete_article(database, WRITER, article.id)

    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_racing_editors_settle_to_one_legal_history(database: Database) -> None:
    """In whatever order they come: intervals that do not overlap, and counts that are right."""
    await found(database)
    author, topic = await an_author(database), await a_topic(database)
    article = await an_article(database, contributors=signed(author), topic_ids=(topic,))

    async def attempt(number: int) -> None:
        try:
            match number % 4:
                case 0:
                    await publish_article(database, EDITOR, article.id)
                case 1:
                    await unpublish_article(database, EDITOR, article.id)
                case 2:
                    await schedule_article(database, EDITOR, article.id, publish_at=clock.now() + DAY)
                case 3:
                    await retitled(database, article, f"Title {number}")
        except DomainError:
            pass

    await asyncio.gather(*(attempt(number) for number in range(40)))

    spans = await intervals(article)
    ends = [end for _, end in spans[:-1]]
    assert all(end is not None and end <= start for end, (start, _) in zip(ends, spans[1:], strict=True))
    assert await listings_agree()
    assert await recount_everything(database) == 0
    events = await Event.filter(article_id=article.id).count()
    assert events == (await Article.get(id=article.id)).version


@pytest.mark.asyncio
async def test_a_wrong_count_is_found_and_put_right(database: Database) -> None:
    """The check must be able to fail."""
    await found(database)
    author = await an_author(database)
    await Author.filter(id=author).update(article_count=7)

    assert await recount_everything(database) == 1
    assert await count_of(author) == 0
    assert await recount_everything(database) == 0
