"""What was planned comes to pass by the clock, and is announced once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cms.articles.actions import (
    archive_article,
    delete_article,
    publish_article,
    schedule_article,
    submit_article,
    unpublish_article,
    unschedule_article,
    update_article,
)
from cms.articles.bulk import add_articles
from cms.articles.counting import recount_everything
from cms.articles.drafts import ArticleChange, BulkArticle
from cms.articles.models import Article, ArticleSlug, Publication
from cms.articles.planned import announce_due
from cms.kernel import clock
from cms.kernel.database import Database, Dialect, open_database, transaction
from cms.kernel.errors import StateConflict, VersionConflict
from cms.kernel.events import EventType
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.models import Event
from cms.kernel.viewer import SYSTEM
from cms.site.models import Redirect
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.articles.world import (
    DAY,
    EDITOR,
    NOON,
    WRITER,
    a_draft,
    a_topic,
    an_article,
    an_author,
    count_of,
    every_row,
    found,
    listings_agree,
    signed,
)

pytestmark = pytest.mark.asyncio
_QUIET = {EventType.SITE_CHANGED, EventType.AUTHOR_CHANGED, EventType.TOPIC_CHANGED, EventType.ARTICLE_CREATED}


async def history() -> list[tuple[str, bool]]:
    """The events of articles in their order, and whether each was the clock's doing."""
    events = await Event.all().order_by("seq")
    return [(each.type, each.payload.get("planned", False)) for each in events if EventType(each.type) not in _QUIET]


async def retitled(database: Database, article: Article, title: str, **given: Any) -> Article:  # noqa: ANN401 - fields of every type
    """The article with another title saved."""
    version = (await Article.get(id=article.id)).version
    change = ArticleChange(article_id=article.id, expected_version=version, title=title, **given)
    return await update_article(database, WRITER, change)


async def test_a_planned_start_and_end_are_announced_once_each(database: Database) -> None:
    """Subscribers who are told twice send two newsletters; those who are never told send none."""
    await found(database)
    author, topic = await an_author(database), await a_topic(database)
    article = await an_article(database, contributors=signed(author), topic_ids=(topic,))
    starts, ends = NOON + DAY, NOON + 2 * DAY
    with clock.at(NOON):
        article = await schedule_article(database, EDITOR, article.id, publish_at=starts, unpublish_at=ends)
        before = await every_row(database)
        due = [await announce_due(database, NOON)]
        assert await every_row(database) == before

    counts = []
    for at in (starts, starts, ends - timedelta(microseconds=1), ends, ends, ends + DAY):
        with clock.at(at):
            due.append(await announce_due(database, at))
            counts.append(await count_of(author))

    assert due == [starts, ends, ends, ends, None, None, None]
    assert counts == [1, 1, 1, 0, 0, 0]
    assert await history() == [
        ("ARTICLE_SCHEDULED", False),
        ("ARTICLE_PUBLISHED", True),
        ("ARTICLE_UNPUBLISHED", True),
    ]
    began, ended = await Event.filter(payload__contains="planned").order_by("seq")
    assert began.payload == {
        "version": 2,
        "publishedAt": clock.to_text(starts),
        "revision": str(GlobalId(NodeType.ARTICLE_REVISION, article.head_id or article.id)),
        "planned": True,
    }
    assert (began.actor, began.node_id, began.at) == ("system", article.id, starts)
    assert (ended.payload, ended.actor) == ({"version": 2, "planned": True}, "system")


async def test_the_clock_changes_no_version(database: Database) -> None:
    """An editor who has planned something would meet a conflict because time has passed."""
    await found(database)
    article = await an_article(database)
    with clock.at(NOON):
        article = await schedule_article(database, EDITOR, article.id, publish_at=NOON + DAY)
    with clock.at(NOON + DAY):
        await announce_due(database, NOON + DAY)
        stored = await Article.get(id=article.id)
        assert (stored.version, stored.updated_at) == (2, NOON)
        change = ArticleChange(article_id=article.id, expected_version=2, title="Later")
        assert (await update_article(database, WRITER, change)).version == 3


async def test_a_planned_correction_is_no_end(database: Database) -> None:
    """Between two publications that follow without a gap nothing was taken down."""
    await found(database)
    article = await an_article(database)
    with clock.at(NOON):
        await publish_article(database, EDITOR, article.id)
        await schedule_article(database, EDITOR, article.id, unpublish_at=NOON + 3 * DAY)
        await retitled(database, article, "Corrected", slug="corrected")
        await schedule_article(database, EDITOR, article.id, publish_at=NOON + DAY)
    with clock.at(NOON + DAY):
        due = await announce_due(database, NOON + DAY)
        slugs = {str(slug) for slug in await ArticleSlug.all().values_list("slug", flat=True)}
    with clock.at(NOON + 3 * DAY):
        await announce_due(database, NOON + 3 * DAY)

    told = [each for each in await history() if each[0] in {"ARTICLE_PUBLISHED", "ARTICLE_UNPUBLISHED"}]
    assert told == [("ARTICLE_PUBLISHED", False), ("ARTICLE_PUBLISHED", True), ("ARTICLE_UNPUBLISHED", True)]
    assert due == NOON + 3 * DAY
    assert slugs == {"corrected"}
    left = await Redirect.get()
    assert (left.from_path, left.target) == ("/articles/the-ferry-sails-again", f"art_{article.id}")
    assert await listings_agree()


async def test_a_planned_correction_counts_for_whom_it_no_longer_names(database: Database) -> None:
    """Their page would promise an article more than it shows, until something else of theirs is published."""
    await found(database)
    first, second = await an_author(database), await an_author(database, "Kit Merrow")
    with clock.at(NOON):
        article = await an_article(database, contributors=signed(first))
        await publish_article(database, EDITOR, article.id)
        await retitled(database, article, "Corrected", contributors=signed(second))
        await schedule_article(database, EDITOR, article.id, publish_at=NOON + DAY)

    with clock.at(NOON + DAY):
        await announce_due(database, NOON + DAY)

    assert (await count_of(first), await count_of(second)) == (0, 1)


async def test_publishing_by_hand_leaves_the_old_address_too(database: Database) -> None:
    """Every link to a corrected article would be dead."""
    await found(database)
    article = await an_article(database)
    with clock.at(NOON):
        await publish_article(database, EDITOR, article.id)
    with clock.at(NOON + DAY):
        await retitled(database, article, "Corrected", slug="corrected")
        assert await Redirect.all().count() == 0
        await publish_article(database, EDITOR, article.id)

    left = await Redirect.get()
    assert (left.from_path, left.target) == ("/articles/the-ferry-sails-again", f"art_{article.id}")


async def test_whoever_comes_first_announces(database: Database) -> None:
    """An editor is quicker than the worker: the log would tell the end of what it never told the beginning of."""
    await found(database)
    author = await an_author(database)
    article = await an_article(database, contributors=signed(author))
    with clock.at(NOON):
        await schedule_article(database, EDITOR, article.id, publish_at=NOON + DAY, unpublish_at=NOON + 5 * DAY)
    with clock.at(NOON + 2 * DAY):
        await retitled(database, article, "Two", contributors=())
        assert await count_of(author) == 1
        await publish_article(database, EDITOR, article.id)
        await announce_due(database, NOON + 2 * DAY)
    with clock.at(NOON + 5 * DAY):
        await submit_article(database, WRITER, article.id, expected_version=4)
        await announce_due(database, NOON + 5 * DAY)

    assert await history() == [
        ("ARTICLE_SCHEDULED", False),
        ("ARTICLE_PUBLISHED", True),
        ("ARTICLE_UPDATED", False),
        ("ARTICLE_PUBLISHED", False),
        ("ARTICLE_UNPUBLISHED", True),
        ("ARTICLE_SUBMITTED", False),
    ]
    assert await count_of(author) == 0
    with clock.at(NOON + 5 * DAY):
        assert await recount_everything(database) == 0


async def test_a_refused_verb_announces_nothing(database: Database) -> None:
    """What is refused changes nothing; it is announced when somebody comes next."""
    await found(database)
    article = await an_article(database)
    with clock.at(NOON):
        await schedule_article(database, EDITOR, article.id, publish_at=NOON + DAY)
    before = await every_row(database)

    with clock.at(NOON + DAY):
        with pytest.raises(VersionConflict):
            await update_article(database, WRITER, ArticleChange(article_id=article.id, expected_version=9, title="No"))
        assert await every_row(database) == before
        await announce_due(database, NOON + DAY)

    assert await history() == [("ARTICLE_SCHEDULED", False), ("ARTICLE_PUBLISHED", True)]


@pytest.mark.parametrize("verb", ["unschedule", "unpublish", "archive", "delete", "publish"])
async def test_what_was_called_off_is_not_announced(database: Database, verb: str) -> None:
    """A plan that nobody has any more would be told as if it had come to pass."""
    await found(database)
    article = await an_article(database)
    with clock.at(NOON):
        await publish_article(database, EDITOR, article.id)
        await schedule_article(database, EDITOR, article.id, unpublish_at=NOON + 5 * DAY)
        await retitled(database, article, "Corrected")
        await schedule_article(database, EDITOR, article.id, publish_at=NOON + 2 * DAY)
    with clock.at(NOON + DAY):
        match verb:
            case "unschedule":
                await unschedule_article(database, EDITOR, article.id)
            case "unpublish":
                await unpublish_article(database, EDITOR, article.id)
            case "archive":
                await archive_article(database, EDITOR, article.id)
            case "delete":
                await delete_article(database, EDITOR, article.id)
            case "publish":
                await publish_article(database, EDITOR, article.id)
        due = await announce_due(database, NOON + DAY)
        before = await history()
    with clock.at(NOON + 9 * DAY):
        await announce_due(database, NOON + 9 * DAY)

    # Publishing by hand calls off what waits, and a planned end stays planned.
    kept = verb == "publish"
    assert due == (NOON + 5 * DAY if kept else None)
    assert await history() == [*before, *([("ARTICLE_UNPUBLISHED", True)] if kept else [])]
    waiting = Publication.filter(starts_at__gt=NOON + DAY)
    assert await waiting.count() == 0


async def test_a_clock_that_steps_announces_once(database: Database) -> None:
    """Clocks are set: after a step back the same moment comes a second time."""
    await found(database)
    article = await an_article(database)
    with clock.at(NOON):
        await schedule_article(database, EDITOR, article.id, publish_at=NOON + DAY, unpublish_at=NOON + 2 * DAY)

    for hours in (0, 23, 24, 23, 24, 25, 47, 48, 24, 47, 49, 0, 100):
        at = NOON + timedelta(hours=hours)
        with clock.at(at):
            await announce_due(database, at)

    assert (await history())[1:] == [("ARTICLE_PUBLISHED", True), ("ARTICLE_UNPUBLISHED", True)]


async def test_what_came_due_while_nobody_ran_is_announced_in_order(database: Database, database_url: str) -> None:
    """A restart must lose nothing, and a worker that was down for a day tells the day as it was."""
    await found(database)
    article = await an_article(database)
    with clock.at(NOON):
        await schedule_article(database, EDITOR, article.id, publish_at=NOON + DAY, unpublish_at=NOON + 2 * DAY)
    await database.context.close_connections()

    async def restarted() -> None:
        async with open_database(database_url, MODEL_MODULES, MIGRATIONS) as reopened:
            with clock.at(NOON + 9 * DAY):
                assert await announce_due(reopened, NOON + 9 * DAY) is None
            assert (await history())[1:] == [("ARTICLE_PUBLISHED", True), ("ARTICLE_UNPUBLISHED", True)]

    await restarted()


@pytest.mark.parametrize("fold", [0, 1])
async def test_a_local_time_is_a_moment(database: Database, fold: int) -> None:
    """At the end of summer 01:30 comes twice in London: the offset that was given says which."""
    await found(database)
    article = await an_article(database)
    local = datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/London"), fold=fold)
    moment = datetime(2026, 10, 25, fold, 30, tzinfo=UTC)
    with clock.at(NOON):
        offset = datetime.fromisoformat(local.isoformat())
        await schedule_article(database, EDITOR, article.id, publish_at=offset)
        assert await announce_due(database, NOON) == moment

    with clock.at(moment - timedelta(microseconds=1)):
        await announce_due(database, clock.now())
        assert len(await history()) == 1
    with clock.at(moment):
        await announce_due(database, clock.now())
    assert (await history())[1:] == [("ARTICLE_PUBLISHED", True)]


async def test_what_passed_while_one_waited_is_refused(database: Database) -> None:
    """A start that is past once the article is locked would be a schedule that nobody ever announces."""
    await found(database)
    article = await an_article(database)
    before = await every_row(database)

    with clock.at(NOON), pytest.raises(StateConflict):
        await schedule_article(database, EDITOR, article.id, publish_at=NOON)

    assert await every_row(database) == before


async def test_imports_plan_like_everybody(database: Database) -> None:
    """An imported schedule that the clock does not know of is announced by nobody."""
    await found(database)
    with clock.at(NOON):
        await add_articles(
            database,
            SYSTEM,
            [
                BulkArticle(draft=a_draft("To come"), published_at=NOON + DAY),
                BulkArticle(draft=a_draft("To go"), published_at=NOON - DAY, unpublished_at=NOON + DAY),
                BulkArticle(draft=a_draft("Gone"), published_at=NOON - 2 * DAY, unpublished_at=NOON - DAY),
            ],
        )
        before = await history()
    with clock.at(NOON + DAY):
        assert await announce_due(database, NOON + DAY) is None

    assert sorted((await history())[len(before) :]) == [("ARTICLE_PUBLISHED", True), ("ARTICLE_UNPUBLISHED", True)]


async def test_what_comes_due_while_it_is_imported_is_announced_once(database: Database) -> None:
    """A large import takes seconds: what began meanwhile was told by the import, and then by the clock."""
    await found(database)
    times = [NOON + timedelta(seconds=number) for number in range(12)]
    rows = [
        BulkArticle(draft=a_draft(f"Part {number}"), published_at=each, unpublished_at=each + timedelta(seconds=2))
        for number, each in enumerate(times)
    ]
    with clock.at(NOON, passing=timedelta(seconds=1) / len(rows)):
        await add_articles(database, SYSTEM, rows)
    with clock.at(NOON + DAY):
        await announce_due(database, NOON + DAY)

    events = [kind for kind, _ in await history()]
    assert events.count("ARTICLE_PUBLISHED") == events.count("ARTICLE_UNPUBLISHED") == len(rows)


async def test_one_that_cannot_be_announced_does_not_silence_the_others(database: Database) -> None:
    """A single broken row, and nothing that is planned would ever be told or counted again."""
    await found(database)
    with clock.at(NOON):
        broken, whole = [await an_article(database, title) for title in ("Broken", "Whole")]
        for each in (broken, whole):
            await schedule_article(database, EDITOR, each.id, publish_at=NOON + DAY)
    await Article.filter(id=broken.id).update(head_id=None)

    with clock.at(NOON + DAY), pytest.raises(ExceptionGroup) as failed:
        await announce_due(database, NOON + DAY)

    assert len(failed.value.exceptions) == 1
    events = await Event.filter(type=EventType.ARTICLE_PUBLISHED)
    assert [event.node_id for event in events] == [whole.id]


async def test_of_many_who_notice_at_once_one_announces(database: Database) -> None:
    """Every process runs a worker, and each wakes at the same moment."""
    await found(database)
    author = await an_author(database)
    with clock.at(NOON):
        for number in range(5):
            article = await an_article(database, f"Part {number}", contributors=signed(author))
            await schedule_article(database, EDITOR, article.id, publish_at=NOON + DAY, unpublish_at=NOON + 2 * DAY)

    for at in (NOON + DAY, NOON + 2 * DAY):
        with clock.at(at):
            await asyncio.gather(*(announce_due(database, at) for _ in range(8)))

    assert await Event.filter(type=EventType.ARTICLE_PUBLISHED).count() == 5
    assert await Event.filter(type=EventType.ARTICLE_UNPUBLISHED).count() == 5
    assert await count_of(author) == 0


async def test_looking_for_what_is_due_walks_no_table(database: Database) -> None:
    """Every process looks once a second: through all that was ever published, it would do little else."""
    async with transaction(database) as client:
        if database.dialect is Dialect.POSTGRES:
            await client.execute_script("SET LOCAL enable_seqscan = off")  # else it walks what is empty
        explain = "EXPLAIN" if database.dialect is Dialect.POSTGRES else "EXPLAIN QUERY PLAN"
        for statement in (
            "SELECT article_id FROM publication WHERE starts_by_clock AND starts_at <= '2024-03-04T12:00:00.000000Z'",
            "SELECT article_id FROM publication WHERE ends_by_clock AND ends_at <= '2024-03-04T12:00:00.000000Z'",
            "SELECT min(starts_at) FROM publication WHERE starts_by_clock",
            "SELECT min(ends_at) FROM publication WHERE ends_by_clock",
        ):
            plan = await client.execute_query_dict(f"{explain} {statement}")
            assert "idx_publication_to_" in repr(plan), plan
