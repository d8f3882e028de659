"""Publications that come under other disclaimers, or other versions of them: by a new aim, and by one act for many."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from cms.articles.actions import publish_article, schedule_article, unpublish_article
from cms.articles.disclaiming import (
    apply_disclaimer_version,
    retire_disclaimer,
    revise_disclaimer,
    update_disclaimer,
)
from cms.articles.models import Article, Publication
from cms.articles.planned import announce_due
from cms.disclaimers.actions import DisclaimerChange, DisclaimerRevision, ReviseApplies
from cms.disclaimers.models import Disclaimer, DisclaimerPlacement, DisclaimerScope, DisclaimerVersion
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import DomainError, InvalidInput, NotAllowed, NotFound, Required, StateConflict, VersionConflict
from cms.kernel.events import EventType
from cms.kernel.ids import new_id
from cms.kernel.models import Event
from cms.media.texts import RichTextInput
from tests.articles.world import (
    DAY,
    EDITOR,
    NOON,
    WRITER,
    a_disclaimer,
    a_public_article,
    a_topic,
    an_article,
    an_author,
    every_row,
    found,
    intervals,
    listings_agree,
    pinned,
    signed,
    told,
    while_waited_for,
)

pytestmark = pytest.mark.asyncio

HOUR = DAY / 24
OF_TOPICS, OF_AUTHORS = DisclaimerScope.TOPIC, DisclaimerScope.AUTHOR


def change(version: DisclaimerVersion, **given: object) -> DisclaimerChange:
    """A change of the disclaimer that this is a version of."""
    return DisclaimerChange(disclaimer_id=version.disclaimer_id, **given)  # type: ignore[arg-type]  # the change's own fields, passed on


def the_next(version: DisclaimerVersion, **given: object) -> DisclaimerRevision:
    """The next version of a disclaimer."""
    body = RichTextInput(markdown="Anew.")
    return DisclaimerRevision(disclaimer_id=version.disclaimer_id, body=body, **given)  # type: ignore[arg-type]  # the revision's own fields, passed on


async def last_payload(type_: EventType) -> dict[str, object]:
    """What the last event of a type tells."""
    event = await Event.filter(type=type_).order_by("-seq").first()
    assert event is not None
    payload: dict[str, object] = event.payload
    return payload


async def test_another_scope_holds_for_what_goes_out_next(database: Database) -> None:
    """Readers keep what they were shown; what waits and what comes follows the new scope."""
    await found(database)
    boats = await a_topic(database)
    with clock.at(NOON):
        notice = await a_disclaimer(database)
        public = await a_public_article(database, "Public")
        plain, about_boats = (
            await an_article(database, "Plain"),
            await an_article(database, "Ferry", topic_ids=(boats,)),
        )
        for waiting in (plain, about_boats):
            await schedule_article(database, EDITOR, waiting.id, publish_at=NOON + DAY)
        before = await told()

        aimed = await update_disclaimer(database, EDITOR, change(notice, scope=OF_TOPICS, topic_ids=(boats,)))
        new = await a_public_article(database, "New")

    assert (aimed.version, aimed.scope) == (2, OF_TOPICS)
    assert [await pinned(each) for each in (public, plain, about_boats, new)] == [
        [("Mind the tide", 1)],
        [],
        [("Mind the tide", 1)],
        [],
    ]
    assert await intervals(public) == [(NOON, None)]
    assert (await told() - before)["DISCLAIMER_REVISED"] == 1
    assert await last_payload(EventType.DISCLAIMER_REVISED) == {
        "version": 2,
        "changed": [
            {"field": "scope", "before": "EVERY_ARTICLE", "after": "TOPIC"},
            {"field": "topicIds", "before": [], "after": [f"top_{boats}"]},
        ],
    }
    assert await listings_agree()


async def test_another_scope_forgets_what_the_one_before_named(database: Database) -> None:
    """Topics of a scope that is over would come back with it, unseen, or be taken for the new one's."""
    await found(database)
    boats, nets, wren = await a_topic(database), await a_topic(database, "Nets"), await an_author(database)
    notice = await a_disclaimer(database, scope=OF_TOPICS, topic_ids=(boats,))

    await update_disclaimer(database, EDITOR, change(notice, topic_ids=(nets, boats)))
    await update_disclaimer(database, EDITOR, change(notice, scope=OF_AUTHORS, author_ids=(wren,)))
    with pytest.raises(Required) as refused:
        await update_disclaimer(database, EDITOR, change(notice, scope=OF_TOPICS))
    by_wren = await a_public_article(database, contributors=signed(wren), topic_ids=(nets,))

    assert refused.value.path == ("topicIds",)
    assert await pinned(by_wren) == [("Mind the tide", 1)]
    assert (await Disclaimer.get(id=notice.disclaimer_id)).version == 3


async def test_a_notice_that_moves_up_is_shown_first(database: Database) -> None:
    """What warns of a text must be read before it."""
    await found(database)
    with clock.at(NOON):
        await a_disclaimer(database, "First")
        second = await a_disclaimer(database, "Second")
        article = await an_article(database)
        await schedule_article(database, EDITOR, article.id, publish_at=NOON + DAY)
        await update_disclaimer(database, EDITOR, change(second, placement=DisclaimerPlacement.BEFORE_BODY))

    assert await pinned(article) == [("Second", 1), ("First", 1)]


async def test_saying_what_is_so_changes_nothing(database: Database) -> None:
    """An editor who presses Save twice would make colleagues look for what changed."""
    await found(database)
    boats = await a_topic(database)
    notice = await a_disclaimer(database, scope=OF_TOPICS, topic_ids=(boats,))
    before = await every_row(database)

    same = change(notice, scope=OF_TOPICS, topic_ids=(boats, boats), placement=DisclaimerPlacement.AFTER_BODY)
    await update_disclaimer(database, EDITOR, same)

    assert await every_row(database) == before


async def test_refused_updates_change_nothing(database: Database) -> None:
    """A disclaimer that names what is not there covers nobody, and says that it does."""
    await found(database)
    boats, wren = await a_topic(database), await an_author(database)
    notice, over = (
        await a_disclaimer(database, scope=OF_TOPICS, topic_ids=(boats,)),
        await a_disclaimer(database, "Over"),
    )
    await retire_disclaimer(database, EDITOR, over.disclaimer_id)
    before = await every_row(database)

    refused: list[tuple[DisclaimerChange, type[DomainError], tuple[str, ...]]] = [
        (change(notice, expected_version=2), VersionConflict, ("expectedVersion",)),
        (change(notice, topic_ids=(boats, new_id())), NotFound, ("topicIds", "1")),
        (change(notice, scope=OF_AUTHORS, author_ids=(new_id(),)), NotFound, ("authorIds", "0")),
        (change(notice, topic_ids=()), Required, ("topicIds",)),
        (change(notice, author_ids=(wren,)), InvalidInput, ("authorIds",)),
        (change(over, placement=DisclaimerPlacement.BEFORE_BODY), StateConflict, ("id",)),
        (DisclaimerChange(disclaimer_id=new_id()), NotFound, ("id",)),
    ]
    for given, error, path in refused:
        with pytest.raises(error) as caught:
            await update_disclaimer(database, EDITOR, given)
        assert caught.value.path == path
    with pytest.raises(NotAllowed):
        await update_disclaimer(database, WRITER, change(notice, topic_ids=()))

    assert await every_row(database) == before


async def test_a_stale_update_is_told_what_the_others_changed(database: Database) -> None:
    """Two lawyers at one notice: the second must learn that the text is another by now."""
    await found(database)
    notice = await a_disclaimer(database)
    await revise_disclaimer(database, EDITOR, the_next(notice, title="Mind the tides"))

    with pytest.raises(VersionConflict) as stale:
        await update_disclaimer(
            database, EDITOR, change(notice, expected_version=1, placement=DisclaimerPlacement.BEFORE_BODY)
        )

    theirs = {each["field"]: (each["before"], each["after"]) for each in stale.value.theirs}
    assert (theirs["title"], theirs["body"]) == (("Mind the tide", "Mind the tides"), ("Mind the tide.\n", "Anew.\n"))
    assert str(stale.value.current) == f"dis_{notice.disclaimer_id}"


async def moved(database: Database, version: DisclaimerVersion, articles: Sequence[Article]) -> int:
    """How many of these articles were moved."""
    return await apply_disclaimer_version(database, EDITOR, version.id, [article.id for article in articles])


async def test_a_version_is_applied_later_to_all_it_covers(database: Database) -> None:
    """The lawyers say so a week after the revision: one act, and the log has it as one."""
    await found(database)
    with clock.at(NOON):
        first = await a_disclaimer(database)
        old, ended = await a_public_article(database, "Old"), await a_public_article(database, "Ended")
        await unpublish_article(database, EDITOR, ended.id)
    with clock.at(NOON + DAY):
        second = (await revise_disclaimer(database, EDITOR, the_next(first))).version
        new = await a_public_article(database, "New")
    before = await told()

    with clock.at(NOON + 7 * DAY):
        count = await apply_disclaimer_version(database, EDITOR, second.id)
        told_then = await told()
        again = await apply_disclaimer_version(database, EDITOR, second.id)

    assert (count, again) == (1, 0)
    assert [await pinned(each) for each in (old, new)] == [[("Mind the tide", 2)]] * 2
    assert await intervals(old) == [(NOON, NOON + 7 * DAY), (NOON + 7 * DAY, None)]
    assert (await intervals(new), await intervals(ended)) == ([(NOON + DAY, None)], [])
    assert told_then - before == {"DISCLAIMER_REVISED": 1, "ARTICLE_UPDATED": 1}
    assert await told() == told_then
    assert await last_payload(EventType.DISCLAIMER_REVISED) == {
        "version": 2,
        "applied": True,
        "number": 2,
        "digest": second.digest,
        "moved": 1,
    }
    assert await listings_agree()


async def test_a_version_is_applied_to_those_that_are_named(database: Database) -> None:
    """And to no other, however often one is named."""
    await found(database)
    first = await a_disclaimer(database)
    one, two, three = [await a_public_article(database, title) for title in ("One", "Two", "Three")]
    second = (await revise_disclaimer(database, EDITOR, the_next(first))).version

    assert await moved(database, second, (one, three, one)) == 2

    assert [await pinned(each) for each in (one, two, three)] == [
        [("Mind the tide", 2)],
        [("Mind the tide", 1)],
        [("Mind the tide", 2)],
    ]


async def test_a_version_reaches_what_a_new_scope_covers(database: Database) -> None:
    """The scope alone changes nothing that is public; whoever wants that says so, and gets it."""
    await found(database)
    boats, wren = await a_topic(database), await an_author(database)
    notice = await a_disclaimer(database, scope=OF_AUTHORS, author_ids=(wren,))
    ferry = await a_public_article(database, topic_ids=(boats,))
    await update_disclaimer(database, EDITOR, change(notice, scope=OF_TOPICS, topic_ids=(boats,)))
    assert await pinned(ferry) == []

    assert await moved(database, notice, (ferry,)) == 1

    assert await pinned(ferry) == [("Mind the tide", 1)]


async def test_what_cannot_be_moved_is_named_and_nothing_is(database: Database) -> None:
    """Half of an audited act is no act: the record would say one thing and the articles another."""
    await found(database)
    boats = await a_topic(database)
    with clock.at(NOON):
        first = await a_disclaimer(database, scope=OF_TOPICS, topic_ids=(boats,))
        retired = await a_disclaimer(database, "Over")
        await retire_disclaimer(database, EDITOR, retired.disclaimer_id)
        covered, plain = await a_public_article(database, topic_ids=(boats,)), await a_public_article(database, "Plain")
        draft, waiting = await an_article(database, "Draft", topic_ids=(boats,)), await an_article(database, "Soon")
        await schedule_article(database, EDITOR, waiting.id, publish_at=NOON + 2 * DAY)
    with clock.at(NOON + DAY):
        second = (await revise_disclaimer(database, EDITOR, the_next(first))).version
        third = (await revise_disclaimer(database, EDITOR, the_next(first, effective_from=NOON + 9 * DAY))).version
        before = await every_row(database)

        refused: list[tuple[UUID, list[UUID] | None, type[DomainError], tuple[str, ...]]] = [
            (second.id, [covered.id, new_id()], NotFound, ("articleIds", "1")),
            (second.id, [covered.id, covered.id, draft.id], StateConflict, ("articleIds", "2")),
            (second.id, [waiting.id], StateConflict, ("articleIds", "0")),
            (second.id, [plain.id, covered.id], StateConflict, ("articleIds", "0")),
            (first.id, None, StateConflict, ("versionId",)),
            (third.id, None, StateConflict, ("versionId",)),
            (retired.id, None, StateConflict, ("versionId",)),
            (new_id(), None, NotFound, ("versionId",)),
        ]
        for version, articles, error, path in refused:
            with pytest.raises(error) as caught:
                await apply_disclaimer_version(database, EDITOR, version, articles)
            assert caught.value.path == path
        with pytest.raises(NotAllowed):
            await apply_disclaimer_version(database, WRITER, second.id)

    assert await every_row(database) == before


async def test_a_thirty_first_disclaimer_is_not_slipped_in(database: Database) -> None:
    """Readers are shown thirty; the one that was applied last would be the one that nobody can read."""
    await found(database)
    boats = await a_topic(database)
    with clock.at(NOON):
        extra = await a_disclaimer(database, "Extra", scope=OF_TOPICS, topic_ids=(boats,))
        covering = [await a_disclaimer(database, f"Number {number}") for number in range(29)]
        article = await a_public_article(database, topic_ids=(boats,))
        await update_disclaimer(database, EDITOR, change(extra, scope=DisclaimerScope.SELECTED_ARTICLES))
        late = await a_disclaimer(database, "Late", scope=OF_TOPICS, topic_ids=(boats,))
        before = await every_row(database)
        with pytest.raises(StateConflict, match="At most 30"):
            await apply_disclaimer_version(database, EDITOR, late.id)

    assert len(covering) == 29
    assert len(await pinned(article)) == 30
    assert await every_row(database) == before


async def flags(article: Article) -> list[tuple[datetime, datetime | None, bool | None, bool | None]]:
    """An article's publications, and what of each is still to be announced."""
    rows = await Publication.filter(article_id=article.id).order_by("starts_at")
    return [(row.starts_at, row.ends_at, row.starts_by_clock, row.ends_by_clock) for row in rows]


async def test_a_planned_end_goes_along(database: Database) -> None:
    """An end that is announced for the publication that was replaced, or not at all: readers' copies stay for ever."""
    await found(database)
    with clock.at(NOON):
        first = await a_disclaimer(database)
        article = await a_public_article(database)
        await schedule_article(database, EDITOR, article.id, unpublish_at=NOON + 2 * DAY)
    with clock.at(NOON + DAY):
        applies = ReviseApplies.EVERY_COVERED_ARTICLE
        await revise_disclaimer(database, EDITOR, the_next(first, applies=applies))
    planned = await flags(article)
    before = await told()
    with clock.at(NOON + 3 * DAY):
        await announce_due(database, clock.now())
        await announce_due(database, clock.now())

    assert planned == [(NOON, NOON + DAY, None, None), (NOON + DAY, NOON + 2 * DAY, None, True)]
    assert await told() - before == {"ARTICLE_UNPUBLISHED": 1}


async def test_a_start_that_was_just_due_is_told_before_the_move(database: Database) -> None:
    """Whoever follows the log would hear of a change to an article that never came out."""
    await found(database)
    with clock.at(NOON):
        first = await a_disclaimer(database)
        article = await an_article(database)
        await schedule_article(database, EDITOR, article.id, publish_at=NOON + HOUR)
    # Once in the very moment in which it begins, so that nobody has seen the publication that is replaced.
    for moment, number in ((NOON + HOUR, 2), (NOON + 2 * HOUR, 3)):
        with clock.at(moment):
            applies = ReviseApplies.EVERY_COVERED_ARTICLE
            assert (await revise_disclaimer(database, EDITOR, the_next(first, applies=applies))).moved == 1
        assert await pinned(article) == [("Mind the tide", number)]

    with clock.at(NOON + DAY):
        await announce_due(database, clock.now())
    assert await flags(article) == [(NOON + HOUR, NOON + 2 * HOUR, None, None), (NOON + 2 * HOUR, None, None, None)]
    events = await Event.filter(article_id=article.id).order_by("seq")
    assert [event.type for event in events][-3:] == ["ARTICLE_PUBLISHED", "ARTICLE_UPDATED", "ARTICLE_UPDATED"]


async def test_what_ends_while_the_move_waits_is_not_moved(database: Database) -> None:
    """What readers saw until then would be rewritten, by a publication that nobody saw."""
    await found(database)
    with clock.at(NOON, passing=timedelta(seconds=1)):
        first = await a_disclaimer(database)
        article = await a_public_article(database)
        applies = ReviseApplies.EVERY_COVERED_ARTICLE

        await while_waited_for(
            database,
            article,
            unpublish_article(database, EDITOR, article.id),
            revise_disclaimer(database, EDITOR, the_next(first, applies=applies)),
        )

    assert len(await intervals(article)) == 1
    assert await pinned(article) == [("Mind the tide", 1)]
    assert (await last_payload(EventType.DISCLAIMER_REVISED))["moved"] == 0


async def test_what_begins_while_a_revision_waits_keeps_its_pins(database: Database) -> None:
    """Readers have seen it under the version before: that is what it says for ever."""
    await found(database)

    async def time_passes() -> None:
        while clock.now() < NOON + HOUR:
            pass

    with clock.at(NOON, passing=timedelta(seconds=1)):
        first = await a_disclaimer(database)
        article = await an_article(database)
        await schedule_article(database, EDITOR, article.id, publish_at=NOON + HOUR)

        await while_waited_for(database, article, time_passes(), revise_disclaimer(database, EDITOR, the_next(first)))

    assert await pinned(article) == [("Mind the tide", 1)]


async def test_publishing_again_follows_the_new_scope(database: Database) -> None:
    """The same words, published again: under what covers them today."""
    await found(database)
    notice = await a_disclaimer(database)
    article = await a_public_article(database)
    await update_disclaimer(database, EDITOR, change(notice, scope=DisclaimerScope.SELECTED_ARTICLES))

    await publish_article(database, EDITOR, article.id)

    assert await pinned(article) == []
    assert len(await intervals(article)) == 2
