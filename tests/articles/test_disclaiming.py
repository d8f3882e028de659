"""Disclaimers and what goes out under them."""

import asyncio

import pytest

from cms.articles.actions import publish_article, schedule_article, update_article
from cms.articles.disclaiming import create_disclaimer, retire_disclaimer, revise_disclaimer
from cms.articles.drafts import ArticleChange
from cms.articles.models import Publication, PublicationDisclaimer
from cms.articles.pins import Cover, Named, Pin, pins_at
from cms.disclaimers.actions import DisclaimerDraft, DisclaimerRevision, ReviseApplies
from cms.disclaimers.chains import broken_links, chained_digest
from cms.disclaimers.models import (
    Disclaimer,
    DisclaimerAuthor,
    DisclaimerPlacement,
    DisclaimerScope,
    DisclaimerTopic,
    DisclaimerVersion,
)
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import (
    AlreadyExists,
    DomainError,
    InvalidInput,
    NotAllowed,
    NotFound,
    Required,
    StateConflict,
    VersionConflict,
)
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
    count_of,
    every_row,
    found,
    intervals,
    listings_agree,
    pinned,
    signed,
    told,
)

EVERYWHERE = ReviseApplies.EVERY_COVERED_ARTICLE


def a_revision(version: DisclaimerVersion, text: str = "Anew.", **given: object) -> DisclaimerRevision:
    """The next version of a disclaimer."""
    body = RichTextInput(markdown=text)
    return DisclaimerRevision(disclaimer_id=version.disclaimer_id, body=body, **given)  # type: ignore[arg-type]  # the revision's own fields, passed on


def a_cover(**given: object) -> Cover:
    """A disclaimer of every article, with one version that is in effect at noon."""
    whole = {
        "id": new_id(),
        "slug": "mind-the-tide",
        "scope": DisclaimerScope.EVERY_ARTICLE,
        "placement": DisclaimerPlacement.AFTER_BODY,
        "created_at": NOON,
        "retired_at": None,
        "topic_ids": frozenset(),
        "author_ids": frozenset(),
        "versions": [DisclaimerVersion(id=new_id(), effective_from=NOON)],
    }
    return Cover(**{**whole, **given})  # type: ignore[arg-type]  # the cover's own fields, passed on


def test_at_most_thirty_disclaimers_cover_an_article() -> None:
    """Readers are shown thirty; an article would go out under one that nobody can read."""
    nothing_named = Named((), (), ())
    thirty = [a_cover() for _ in range(30)]
    idle = [a_cover(retired_at=NOON), a_cover(versions=[]), a_cover(scope=DisclaimerScope.SELECTED_ARTICLES)]

    assert pins_at([*thirty, *idle], nothing_named, NOON) == [Pin(each.id, each.versions[0].id) for each in thirty]
    with pytest.raises(StateConflict) as refused:
        pins_at([*thirty, a_cover()], nothing_named, NOON)
    assert refused.value.message == "At most 30 disclaimers may cover an article; 31 would. Retire some."


@pytest.mark.asyncio
async def test_every_covering_disclaimer_is_pinned_in_its_order(database: Database) -> None:
    """A reader must see the notice before the text it warns of, and the same order every time."""
    await found(database)
    boats, nets = await a_topic(database), await a_topic(database, "Nets")
    wren, kit = await an_author(database), await an_author(database, "Kit Merrow")
    with clock.at(NOON):
        await a_disclaimer(database, "For all")
        await a_disclaimer(database, "Of boats", scope=DisclaimerScope.TOPIC, topic_ids=(boats,))
        await a_disclaimer(database, "Of nets", scope=DisclaimerScope.TOPIC, topic_ids=(nets,))
        await a_disclaimer(database, "By Kit", scope=DisclaimerScope.AUTHOR, author_ids=(kit,))
        await a_disclaimer(database, "By Wren", scope=DisclaimerScope.AUTHOR, author_ids=(wren,))
    before = DisclaimerPlacement.BEFORE_BODY
    with clock.at(NOON + DAY):
        chosen = await a_disclaimer(database, "Paid for", scope=DisclaimerScope.SELECTED_ARTICLES, placement=before)
        await a_disclaimer(database, "Unchosen", scope=DisclaimerScope.SELECTED_ARTICLES)
        await a_disclaimer(database, "Tomorrow", effective_from=NOON + 2 * DAY)

        article = await a_public_article(
            database, contributors=signed(wren), topic_ids=(boats,), disclaimer_ids=(chosen.disclaimer_id,)
        )

    assert await pinned(article) == [("Paid for", 1), ("For all", 1), ("Of boats", 1), ("By Wren", 1)]
    assert await listings_agree()


@pytest.mark.asyncio
async def test_the_version_in_effect_at_the_start_is_pinned(database: Database) -> None:
    """An article of 2013 imported today went out under the words of 2013."""
    await found(database)
    first = await a_disclaimer(database, effective_from=NOON - 10 * DAY)
    await revise_disclaimer(database, EDITOR, a_revision(first, effective_from=NOON - 5 * DAY))
    await revise_disclaimer(database, EDITOR, a_revision(first, effective_from=NOON))

    found_pins = []
    for days in (11, 10, 6, 5, 0):
        article = await an_article(database, f"{days} days ago")
        await publish_article(database, EDITOR, article.id, at=NOON - days * DAY)
        found_pins.append(await pinned(article))

    assert found_pins == [
        [],
        [("Mind the tide", 1)],
        [("Mind the tide", 1)],
        [("Mind the tide", 2)],
        [("Mind the tide", 3)],
    ]


@pytest.mark.asyncio
async def test_versions_are_chained(database: Database) -> None:
    """Somebody who changes an old version in the database must be found out."""
    await found(database)
    first = await a_disclaimer(database)
    second = (await revise_disclaimer(database, EDITOR, a_revision(first, title="Mind the tides"))).version
    await revise_disclaimer(database, EDITOR, a_revision(first, "Once more."))

    versions = await DisclaimerVersion.all().order_by("number")
    assert [(row.number, row.title, row.body_text) for row in versions] == [
        (1, "Mind the tide", "Mind the tide."),
        (2, "Mind the tides", "Anew."),
        (3, "Mind the tides", "Once more."),
    ]
    assert second.digest == chained_digest(second.title, second.body_blocks, second.effective_from, first.digest)
    assert len(second.digest) == len("sha256:") + 64
    assert broken_links(versions) == []
    versions[0].body_blocks = versions[0].body_blocks.replace("tide", "gap")
    assert broken_links(versions) == [1]
    versions[0].digest = chained_digest("Mind the tide", versions[0].body_blocks, versions[0].effective_from, None)
    assert broken_links(versions) == [2]


@pytest.mark.asyncio
async def test_a_new_version_leaves_public_articles_alone(database: Database) -> None:
    """Readers agreed to what they were shown; it is not exchanged behind their backs."""
    await found(database)
    first = await a_disclaimer(database)
    old = await a_public_article(database, "Old")

    revised = await revise_disclaimer(database, EDITOR, a_revision(first, expected_version=1))
    new = await a_public_article(database, "New")

    assert (revised.version.number, revised.moved) == (2, 0)
    assert await pinned(old) == [("Mind the tide", 1)]
    assert await pinned(new) == [("Mind the tide", 2)]
    assert (await Disclaimer.get(id=first.disclaimer_id)).version == 2


@pytest.mark.asyncio
async def test_a_version_for_every_covered_article_moves_them_at_one_moment(database: Database) -> None:
    """The text is new, the article is not: same revision, same date, and the version before is kept."""
    await found(database)
    boats, wren = await a_topic(database), await an_author(database)
    scope = DisclaimerScope.TOPIC
    with clock.at(NOON - 9 * DAY):
        for_all = await a_disclaimer(database, "For all")
        of_boats = await a_disclaimer(database, "Of boats", scope=scope, topic_ids=(boats,))
    covered = await an_article(database, "Covered", topic_ids=(boats,), contributors=signed(wren))
    await publish_article(database, EDITOR, covered.id, at=NOON - DAY)
    other = await an_article(database, "Other")
    await publish_article(database, EDITOR, other.id, at=NOON - DAY)
    with clock.at(NOON - DAY / 2):
        await revise_disclaimer(database, EDITOR, a_revision(for_all))
    before = await told()

    with clock.at(NOON):
        revised = await revise_disclaimer(database, EDITOR, a_revision(of_boats, applies=EVERYWHERE))

    assert revised.moved == 1
    assert await intervals(covered) == [(NOON - DAY, NOON), (NOON, None)]
    assert await intervals(other) == [(NOON - DAY, None)]
    assert await pinned(covered) == [("For all", 1), ("Of boats", 2)]
    first, second = await Publication.filter(article_id=covered.id).order_by("starts_at")
    assert (second.revision_id, second.published_at) == (first.revision_id, NOON - DAY)
    assert await PublicationDisclaimer.filter(publication_id=first.id).count() == 2
    assert await listings_agree()
    assert await count_of(wren) == 1
    assert await told() - before == {"DISCLAIMER_REVISED": 1, "ARTICLE_UPDATED": 1}
    event = await Event.filter(type=EventType.DISCLAIMER_REVISED).order_by("-seq").first()
    assert event is not None
    assert event.payload == {
        "version": 2,
        "number": 2,
        "digest": revised.version.digest,
        "moved": 1,
        "changed": [
            {"field": "body", "before": "Of boats.\n", "after": "Anew.\n"},
            {
                "field": "effectiveFrom",
                "before": "2024-02-24T12:00:00.000000Z",
                "after": "2024-03-04T12:00:00.000000Z",
            },
        ],
    }


@pytest.mark.asyncio
async def test_publications_that_wait_are_pinned_anew(database: Database) -> None:
    """What goes out tomorrow goes out under what is in effect tomorrow, not when it was planned."""
    await found(database)
    with clock.at(NOON):
        first = await a_disclaimer(database)
        soon, later = await an_article(database, "Soon"), await an_article(database, "Later")
        await schedule_article(database, EDITOR, soon.id, publish_at=NOON + DAY)
        await schedule_article(database, EDITOR, later.id, publish_at=NOON + 3 * DAY)

        await revise_disclaimer(database, EDITOR, a_revision(first, effective_from=NOON + 2 * DAY))
        revised = (await pinned(soon), await pinned(later))
        await a_disclaimer(database, "One more")
        added = (await pinned(soon), await pinned(later))
        await retire_disclaimer(database, EDITOR, first.disclaimer_id)

    assert revised == ([("Mind the tide", 1)], [("Mind the tide", 2)])
    assert added == (
        [("Mind the tide", 1), ("One more", 1)],
        [("Mind the tide", 2), ("One more", 1)],
    )
    assert (await pinned(soon), await pinned(later)) == ([("One more", 1)], [("One more", 1)])
    assert await listings_agree()


@pytest.mark.asyncio
async def test_a_retired_disclaimer_stays_where_it_was_shown(database: Database) -> None:
    """Retiring must not unsay what was said."""
    await found(database)
    first = await a_disclaimer(database)
    old = await a_public_article(database, "Old")

    retired = await retire_disclaimer(database, EDITOR, first.disclaimer_id)
    new = await a_public_article(database, "New")
    before = await every_row(database)
    with pytest.raises(StateConflict):
        await retire_disclaimer(database, EDITOR, first.disclaimer_id)
    with pytest.raises(StateConflict):
        await revise_disclaimer(database, EDITOR, a_revision(first))

    assert retired.retired_at is not None
    assert (await pinned(old), await pinned(new)) == ([("Mind the tide", 1)], [])
    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_republishing_takes_up_the_new_version(database: Database) -> None:
    """An editor who publishes the same words again means: under today's disclaimers."""
    await found(database)
    first = await a_disclaimer(database)
    article = await a_public_article(database)
    await revise_disclaimer(database, EDITOR, a_revision(first))

    await publish_article(database, EDITOR, article.id)

    assert await pinned(article) == [("Mind the tide", 2)]
    assert len(await intervals(article)) == 2


@pytest.mark.asyncio
async def test_nothing_goes_out_under_words_that_were_just_replaced(database: Database) -> None:
    """A publisher who read the old version a moment ago would pin it after the new one holds."""
    await found(database)
    with clock.at(NOON):
        first = await a_disclaimer(database)
        articles = [await an_article(database, f"Number {number}") for number in range(12)]

        async def schedule(number: int) -> None:
            await schedule_article(database, EDITOR, articles[number].id, publish_at=NOON + 3 * DAY)

        await asyncio.gather(
            *(schedule(number) for number in range(6)),
            revise_disclaimer(database, EDITOR, a_revision(first)),
            *(schedule(number) for number in range(6, 12)),
        )

    assert [await pinned(article) for article in articles] == [[("Mind the tide", 2)]] * 12


@pytest.mark.asyncio
async def test_targets_are_kept_as_the_scope_wants_them(database: Database) -> None:
    """A topic on a disclaimer that ignores topics would look as if it did something."""
    await found(database)
    boats, wren = await a_topic(database), await an_author(database)
    await a_disclaimer(database, "Of boats", scope=DisclaimerScope.TOPIC, topic_ids=(boats, boats))
    await a_disclaimer(database, "By Wren", scope=DisclaimerScope.AUTHOR, author_ids=(wren,))
    assert await DisclaimerTopic.all().values_list("topic_id", flat=True) == [boats]
    assert await DisclaimerAuthor.all().values_list("author_id", flat=True) == [wren]
    before = await every_row(database)
    body, every = RichTextInput(markdown="Text."), DisclaimerScope.EVERY_ARTICLE

    refused: list[tuple[DisclaimerDraft, type[DomainError]]] = [
        (DisclaimerDraft(title="A", body=body, scope=DisclaimerScope.TOPIC), Required),
        (DisclaimerDraft(title="A", body=body, scope=DisclaimerScope.AUTHOR, author_ids=(new_id(),)), NotFound),
        (DisclaimerDraft(title="A", body=body, scope=every, topic_ids=(boats,)), InvalidInput),
        (DisclaimerDraft(title="A", body=body, scope=every, slug="of-boats"), AlreadyExists),
        (DisclaimerDraft(title=" ", body=body, scope=every), Required),
        (DisclaimerDraft(title="A", body=RichTextInput(markdown=" "), scope=every), Required),
    ]
    for draft, error in refused:
        with pytest.raises(error):
            await create_disclaimer(database, EDITOR, draft)
    with pytest.raises(NotAllowed):
        await create_disclaimer(database, WRITER, DisclaimerDraft(title="A", body=body, scope=every))

    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_refused_revisions_change_nothing(database: Database) -> None:
    """A version that never takes effect, or that comes before the one before it, breaks the chain's meaning."""
    await found(database)
    first = await a_disclaimer(database)
    await a_public_article(database)
    before = await every_row(database)

    future = clock.now() + DAY
    refused: list[tuple[DisclaimerRevision, type[DomainError]]] = [
        (a_revision(first, expected_version=2), VersionConflict),
        (a_revision(first, effective_from=NOON - 1000 * DAY), InvalidInput),
        (a_revision(first, effective_from=future, applies=EVERYWHERE), StateConflict),
        (DisclaimerRevision(disclaimer_id=new_id(), body=RichTextInput(markdown="A")), NotFound),
    ]
    for revision, error in refused:
        with pytest.raises(error):
            await revise_disclaimer(database, EDITOR, revision)

    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_moving_keeps_what_was_planned(database: Database) -> None:
    """A move to a new version must neither shorten nor lengthen what an editor planned."""
    await found(database)
    with clock.at(NOON):
        first = await a_disclaimer(database)
        article = await a_public_article(database)
        change = ArticleChange(article_id=article.id, expected_version=2, title="Corrected")
        await update_article(database, EDITOR, change)
        await schedule_article(database, EDITOR, article.id, publish_at=NOON + 5 * DAY)
    with clock.at(NOON + DAY):
        await revise_disclaimer(database, EDITOR, a_revision(first, applies=EVERYWHERE))

    spans = [(NOON, NOON + DAY), (NOON + DAY, NOON + 5 * DAY), (NOON + 5 * DAY, None)]
    assert await intervals(article) == spans
    assert await pinned(article) == [("Mind the tide", 2)]
    assert await listings_agree()
