"""What editors are told before an article goes out, and what keeps it from going out."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from cms.app import open_reader
from cms.articles.actions import create_article, publish_article, schedule_article, unpublish_article, update_article
from cms.articles.bulk import add_articles
from cms.articles.checks import Checked, blocks_of, findings
from cms.articles.disclaiming import retire_disclaimer
from cms.articles.drafts import ArticleChange, BulkArticle, Copyright, LeadImage, Seo
from cms.articles.errors import CheckFailed
from cms.articles.gate import checked
from cms.articles.models import Article, ArticleRevision
from cms.disclaimers.models import DisclaimerScope
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.ids import new_id
from cms.kernel.viewer import SYSTEM
from cms.media.actions import MediaDraft, register_media
from cms.media.texts import RichTextInput, read_body
from cms.richtext.blocks import Block, Link, Span, TextBlock
from cms.topics.actions import TopicDraft, create_topic
from tests.articles.world import (
    DAY,
    EDITOR,
    NOON,
    a_disclaimer,
    a_draft,
    a_public_article,
    a_topic,
    an_article,
    an_author,
    every_row,
    found,
    signed,
)
from tests.reading.asking import MEDIA_URL, Asker, asker

OTHER = "art_01890a5d-ac96-774b-bcce-b302099a8057"
PICTURE = "med_01890a5d-ac96-774b-bcce-b302099a8057"
Told = list[tuple[str, str, tuple[str, ...]]]


def an_article_of(markdown: str = "After a long winter.", **given: object) -> Checked:
    """What the rules look at; nothing is wrong with it unless it is given."""
    blocks: tuple[Block, ...] = read_document(markdown)
    whole = {
        "title": "The ferry sails again",
        "standfirst": "Twice a day.",
        "body_text": "Text.",
        "blocks": blocks,
        "has_author": True,
        "lead_image_alt": None,
        "copyright_holder": "Harbour Press",
        "seo_title": None,
        "dead_links": (),
        "missing_disclaimer": None,
    }
    return Checked(**{**whole, **given})  # type: ignore[arg-type]  # its own fields, passed on


def read_document(markdown: str) -> tuple[Block, ...]:
    """The blocks of a text, as they are stored."""
    return blocks_of(read_body(RichTextInput(markdown=markdown)).rendered.blocks)


def told_of(article: Checked) -> Told:
    """Rule, severity and path of each finding."""
    return [(rule, finding.severity.value, finding.path) for rule, finding in findings(article)]


def at(place: int, *rest: str) -> tuple[str, ...]:
    """The path of a block of the body."""
    return ("body", "blocks", str(place), *rest)


CASES: Mapping[str, tuple[Checked, Told]] = {
    "nothing is wrong": (an_article_of("## Boats\n\nSee [the timetable](https://example.org/ferry).\n\n### Nets"), []),
    "no title": (an_article_of(title=" "), [("has_title", "ERROR", ("title",))]),
    "no body": (an_article_of(body_text="\n"), [("has_body", "ERROR", ("body",))]),
    "a lead image without words": (
        an_article_of(lead_image_alt=" "),
        [("images_are_described", "ERROR", ("leadImage", "alt"))],
    ),
    "images of the body without words": (
        an_article_of(f"![A ferry](media:{PICTURE})\n\n![](media:{PICTURE})\n\nText.\n\n![](media:{PICTURE})"),
        [
            ("images_are_described", "ERROR", at(1, "alt")),
            ("images_are_described", "ERROR", at(3, "alt")),
        ],
    ),
    "a link that is no longer safe": (
        an_article_of(
            blocks=(
                TextBlock(
                    mark_defs=(Link(key="m0", href="javascript:alert(1)"),),
                    children=(Span(text="Press", marks=("m0",)), Span(text=" this", marks=("em", "m0"))),
                ),
            )
        ),
        [("links_are_safe", "ERROR", at(0))],
    ),
    "a link to what readers cannot see": (
        an_article_of(f"Text.\n\nSee [the *old* harbour](article:{OTHER}).", dead_links={OTHER}),
        [("links_lead_somewhere", "ERROR", at(1))],
    ),
    "the same in a table": (
        an_article_of(f"| Where |\n| --- |\n| [There](article:{OTHER}) |", dead_links={OTHER}),
        [("links_lead_somewhere", "ERROR", at(0))],
    ),
    "a link to what readers can see": (an_article_of(f"See [the harbour](article:{OTHER})."), []),
    "links that say nothing": (
        an_article_of("[→](https://example.org/a)\n\n[here](#)"),
        [("links_have_names", "WARNING", at(0)), ("links_have_names", "WARNING", at(1))],
    ),
    "bare addresses": (
        an_article_of("<https://example.org/ferry>\n\n[www.example.org](https://example.org/)"),
        [("links_have_names", "WARNING", at(0)), ("links_have_names", "WARNING", at(1))],
    ),
    "a mail address is a name": (an_article_of("[office@example.org](mailto:office@example.org)"), []),
    "headings that begin too low": (
        an_article_of("### Nets"),
        [("headings_go_down_by_one", "WARNING", at(0))],
    ),
    "headings that leave one out": (
        an_article_of("## Boats\n\nText.\n\n#### Small\n\n#### Large\n\n## Nets\n\n### Fine"),
        [("headings_go_down_by_one", "WARNING", at(2))],
    ),
    "no byline": (an_article_of(has_author=False), [("has_author", "WARNING", ("contributors",))]),
    "a topic's disclaimer is missing": (
        an_article_of(missing_disclaimer="no-medical-advice"),
        [("has_the_disclaimer_of_its_topic", "WARNING", ("disclaimers",))],
    ),
    "a title that search engines cut": (
        an_article_of(title="t" * 61),
        [("seo_title_is_short", "WARNING", ("seo", "title"))],
    ),
    "a title that fits": (an_article_of(title="t" * 60), []),
    "a long title with a short one beside it": (an_article_of(title="t" * 61, seo_title="Ferries"), []),
    "a long title for search engines": (
        an_article_of(seo_title="t" * 61),
        [("seo_title_is_short", "WARNING", ("seo", "title"))],
    ),
    "no standfirst": (an_article_of(standfirst=None), [("has_standfirst", "INFO", ("standfirst",))]),
    "nobody's copyright": (an_article_of(copyright_holder=None), [("has_copyright", "INFO", ("copyright",))]),
}


@pytest.mark.parametrize("name", CASES)
def test_each_rule_finds_what_it_is_for(name: str) -> None:
    """A rule that finds nothing protects nobody; one that finds what is right is soon not read any more."""
    article, expected = CASES[name]
    assert told_of(article) == expected


def test_of_each_rule_five_places_are_told() -> None:
    """A page of articles is charged for every finding: their number must have an end."""
    article = an_article_of("\n\n".join("<https://example.org/>" for _ in range(9)))
    assert told_of(article) == [("links_have_names", "WARNING", at(place)) for place in range(5)]


def test_a_link_that_is_partly_marked_is_one() -> None:
    """A word in italics would make of one link three, two of them without a name."""
    article = an_article_of(f"[*→* the **old** harbour](article:{OTHER})", dead_links={OTHER})
    (_, finding), *others = findings(article)
    assert others == []
    assert finding.message.startswith("“→ the old harbour” leads to")


@pytest_asyncio.fixture
async def ask(database: Database) -> AsyncIterator[Asker]:
    """Somebody to ask of the test's own database."""
    async with open_reader(database, MEDIA_URL) as reader:
        yield asker(reader)


_CHECKS = """query($id: ID!) { nodes(ids: [$id], perspective: DRAFT) { ... on Article {
  checks { rule severity message path } } } }"""


async def shown(ask: Asker, article: Article, moment: datetime = NOON) -> list[dict[str, Any]]:
    """What `Article.checks` shows at a moment."""
    answer = await ask(_CHECKS, viewer=EDITOR, at=moment, id=f"art_{article.id}")
    checks: list[dict[str, Any]] = answer["nodes"][0]["checks"]
    return checks


async def gated(article: Article, moment: datetime = NOON) -> list[dict[str, Any]]:
    """The same, as the gate finds it."""
    head = await ArticleRevision.get(id=(await Article.get(id=article.id)).head_id)
    return [
        {"rule": rule, "severity": found.severity.value, "message": found.message, "path": list(found.path)}
        for rule, found in findings(await checked(head, moment))
    ]


def rules(found: list[dict[str, Any]]) -> list[str]:
    """The names of the rules that found something."""
    return [each["rule"] for each in found]


async def an_image(database: Database, alt: str = "") -> UUID:
    """The key of a medium."""
    draft = MediaDraft(
        filename="ferry.jpg",
        content_type="image/jpeg",
        bytes=1,
        digest=f"sha256:{64 * '0'}",
        storage_key="00/ferry.jpg",
        width=1,
        height=1,
        alt=alt,
    )
    return (await register_media(database, SYSTEM, draft)).id


@pytest.mark.asyncio
async def test_editors_are_shown_what_the_gate_finds(database: Database, ask: Asker) -> None:
    """Two opinions of one article: an editor mends all that is shown, and is refused all the same."""
    await found(database)
    with clock.at(NOON):
        health, author = await a_topic(database, "Health"), await an_author(database)
        sleep = (await create_topic(database, SYSTEM, TopicDraft(name="Sleep", parent_id=health))).id
        await a_disclaimer(database, "No advice", scope=DisclaimerScope.TOPIC, topic_ids=(health,))
        image, draft = await an_image(database), await an_article(database, "A draft")
        public, gone = await a_public_article(database, "Public"), await a_public_article(database, "Gone")
        soon = await an_article(database, "Soon")
        await schedule_article(database, EDITOR, soon.id, publish_at=NOON + DAY)
    with clock.at(NOON + DAY / 2):
        await unpublish_article(database, EDITOR, gone.id)
    named = {"draft": draft.id, "public": public.id, "gone": gone.id, "soon": soon.id, "nothing": new_id()}
    linked = " ".join(f"[{name}](article:art_{key})" for name, key in named.items())
    faulty = a_draft(
        "t" * 70,
        body=RichTextInput(markdown=f"### Low\n\n{linked} [?](#)"),
        lead_image=LeadImage(image),
        topic_ids=(sleep,),
    )
    perfect = a_draft(
        body=RichTextInput(markdown="## Fine\n\nText."),
        standfirst="Twice a day.",
        contributors=signed(author),
        topic_ids=(sleep, health),
        copyright=Copyright("Harbour Press", 2024),
        seo=Seo(title="Ferries"),
    )
    articles = [await create_article(database, EDITOR, each) for each in (faulty, perfect)]

    for article in articles:
        for moment in (NOON, NOON + DAY / 2, NOON + DAY):
            assert await shown(ask, article, moment) == await gated(article, moment)
    assert rules(await shown(ask, articles[0], NOON)) == [
        "images_are_described",
        *["links_lead_somewhere"] * 3,  # to the draft, to what is to come, and to nothing
        "links_have_names",
        "headings_go_down_by_one",
        "has_author",
        "has_the_disclaimer_of_its_topic",
        "seo_title_is_short",
        "has_standfirst",
        "has_copyright",
    ]
    dead = {moment: await _dead(ask, articles[0], moment) for moment in (NOON, NOON + DAY / 2, NOON + DAY)}
    assert dead == {
        NOON: ["draft", "soon", "nothing"],
        NOON + DAY / 2: ["draft", "gone", "soon", "nothing"],
        NOON + DAY: ["draft", "gone", "nothing"],
    }
    assert await shown(ask, articles[1]) == []


async def _dead(ask: Asker, article: Article, moment: datetime) -> list[str]:
    """The texts of links that lead nowhere."""
    told = [each["message"] for each in await shown(ask, article, moment) if each["rule"] == "links_lead_somewhere"]
    return [message[1 : message.index("”")] for message in told]


@pytest.mark.asyncio
async def test_a_disclaimer_of_a_topic_above_is_missed(database: Database, ask: Asker) -> None:
    """It covers the topics it names and not those below: advice on sleep would go out without the words on health."""
    await found(database)
    with clock.at(NOON - DAY):
        health = await a_topic(database, "Health")
        rest = (await create_topic(database, SYSTEM, TopicDraft(name="Rest", parent_id=health))).id
        sleep = (await create_topic(database, SYSTEM, TopicDraft(name="Sleep", parent_id=rest))).id
        scope = DisclaimerScope.TOPIC
        advice = await a_disclaimer(database, "No advice", scope=scope, topic_ids=(health,))
        later = await a_disclaimer(database, "Tomorrow", scope=scope, topic_ids=(rest,), effective_from=NOON + DAY)
        over = await a_disclaimer(database, "Over", scope=scope, topic_ids=(rest,))
        await retire_disclaimer(database, EDITOR, over.disclaimer_id)
        chosen = (advice.disclaimer_id, later.disclaimer_id)
        about = [
            await an_article(database, "Sleep", topic_ids=(sleep,)),
            await an_article(database, "Both", topic_ids=(sleep, health)),
            await an_article(database, "Chosen", topic_ids=(sleep,), disclaimer_ids=chosen),
            await an_article(database, "Neither"),
        ]

    async def missed(article: Article, moment: datetime) -> str | None:
        """The beginning of what is told of a disclaimer."""
        assert await shown(ask, article, moment) == await gated(article, moment)
        told = (each["message"] for each in await shown(ask, article, moment) if each["path"] == ["disclaimers"])
        return next((message.split(" names ")[0] for message in told), None)

    assert [await missed(each, NOON) for each in about] == ["The disclaimer no-advice", None, None, None]
    assert [await missed(each, NOON + DAY) for each in about] == [
        "The disclaimer no-advice",
        "The disclaimer tomorrow",
        None,
        None,
    ]


@pytest.mark.asyncio
async def test_errors_keep_an_article_from_going_out(database: Database) -> None:
    """Readers would stand before a link that leads nowhere, and somebody would have to look for it again."""
    await found(database)
    draft = await an_article(database, "A draft")
    linking = await an_article(database, "Linking", body=RichTextInput(markdown=f"[See](article:art_{draft.id})"))
    before = await every_row(database)

    with pytest.raises(CheckFailed) as refused:
        await publish_article(database, EDITOR, linking.id)
    assert await every_row(database) == before
    await publish_article(database, EDITOR, draft.id)
    await publish_article(database, EDITOR, linking.id)

    assert refused.value.path == at(0)
    assert refused.value.message.startswith("“See” leads to what readers cannot see")


@pytest.mark.asyncio
async def test_an_article_may_link_to_itself(database: Database, ask: Asker) -> None:
    """It is public as soon as the link is."""
    await found(database)
    article = await an_article(database)
    body = RichTextInput(markdown=f"[Above](article:art_{article.id})")
    await update_article(database, EDITOR, ArticleChange(article_id=article.id, expected_version=1, body=body))

    assert rules(await shown(ask, article)) == ["has_author", "has_standfirst", "has_copyright"]
    await publish_article(database, EDITOR, article.id)


@pytest.mark.asyncio
async def test_what_goes_out_tomorrow_may_link_to_what_is_public_then(database: Database) -> None:
    """Two articles that are planned for one morning may name each other's neighbour, and none what is gone by then."""
    await found(database)
    with clock.at(NOON):
        first, fleeting = await an_article(database, "First"), await a_public_article(database, "Fleeting")
        await schedule_article(database, EDITOR, first.id, publish_at=NOON + DAY)
        await schedule_article(database, EDITOR, fleeting.id, unpublish_at=NOON + DAY)
        second, third = [
            await an_article(database, f"After {each.id}", body=RichTextInput(markdown=f"[See](article:art_{each.id})"))
            for each in (first, fleeting)
        ]

        await schedule_article(database, EDITOR, second.id, publish_at=NOON + DAY)
        for too_early in (NOON + DAY / 2, None):
            with pytest.raises(CheckFailed):
                await publish_article(database, EDITOR, second.id, at=too_early)
        with pytest.raises(CheckFailed):
            await schedule_article(database, EDITOR, third.id, publish_at=NOON + DAY)
        await schedule_article(database, EDITOR, third.id, publish_at=NOON + DAY / 2)


@pytest.mark.asyncio
async def test_many_at_once_pass_the_same_gate(database: Database) -> None:
    """An import is no side door for what is still to come."""
    await found(database)
    draft = await an_article(database, "A draft")
    fine, dead = a_draft("Fine"), a_draft("Dead", body=RichTextInput(markdown=f"[See](article:art_{draft.id})"))
    rows = [BulkArticle(draft=each, published_at=NOON + DAY) for each in (fine, dead)]
    before = await every_row(database)

    with clock.at(NOON), pytest.raises(CheckFailed) as refused:
        await add_articles(database, EDITOR, rows)

    assert refused.value.path == ("1", *at(0))
    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_what_went_out_long_ago_comes_in_as_it_was(database: Database, ask: Asker) -> None:
    """Of two old articles that name each other none could come first; and a rule of today mends no page of 2013."""
    await found(database)
    draft = await an_article(database, "To come")
    old = a_draft("Old", body=RichTextInput(markdown=f"### Low\n\n[See](article:art_{draft.id})"))
    empty = a_draft("Empty", body=None)
    with clock.at(NOON):
        (key,) = await add_articles(database, EDITOR, [BulkArticle(draft=old, published_at=NOON - DAY)])
        one = await create_article(database, EDITOR, a_draft("Another", body=old.body))
        await publish_article(database, EDITOR, one.id, at=NOON - DAY)
        with pytest.raises(CheckFailed):
            await add_articles(database, EDITOR, [BulkArticle(draft=empty, published_at=NOON - DAY)])
        again = ArticleChange(article_id=one.id, expected_version=2, title="Another one")
        await update_article(database, EDITOR, again)
        with pytest.raises(CheckFailed) as refused:
            await publish_article(database, EDITOR, one.id)

    assert refused.value.path == at(1)
    assert rules(await shown(ask, await Article.get(id=key)))[0] == "links_lead_somewhere"
