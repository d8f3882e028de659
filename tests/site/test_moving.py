"""Articles that move: readers who know the old address arrive at the new one."""

from uuid import UUID

import pytest

from cms.articles.actions import publish_article, schedule_article, unpublish_article, update_article
from cms.articles.drafts import ArticleChange
from cms.articles.models import Article
from cms.articles.planned import announce_due
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.effects import noting
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.models import Event, Tombstone
from cms.kernel.viewer import SYSTEM
from cms.site.actions import SiteChange, update_site
from cms.site.models import Redirect
from cms.site.redirects import RedirectDraft, create_redirect
from tests.articles.world import DAY, EDITOR, NOON, a_public_article, an_article, found

pytestmark = pytest.mark.asyncio


async def renamed(database: Database, article_id: UUID, slug: str) -> Article:
    """The article with another slug saved, and not published."""
    current = await Article.get(id=article_id)
    change = ArticleChange(article_id=article_id, expected_version=current.version, slug=slug)
    return await update_article(database, EDITOR, change)


async def leads() -> dict[tuple[str, str], str]:
    """Every redirect: its language, from where, to where."""
    return {(row.locale, row.from_path): row.target for row in await Redirect.all()}


async def test_an_article_moves_when_it_is_published_under_another_slug(database: Database) -> None:
    """Every link to it in the world would break; and before it is published, nothing has moved."""
    await found(database)
    article = await a_public_article(database, "The ferry")
    named = str(GlobalId(NodeType.ARTICLE, article.id))
    await renamed(database, article.id, "the-boat")
    assert await leads() == {}

    with noting() as effects:
        await publish_article(database, EDITOR, article.id)

    row = await Redirect.get()
    assert await leads() == {("en", "/articles/the-ferry"): named}
    assert (row.automatic, row.permanent, effects.redirects) == (True, True, [row.id])
    assert (await Event.get(type="REDIRECT_CHANGED")).actor == EDITOR.actor


async def test_the_second_move_makes_no_chain_and_going_back_no_circle(database: Database) -> None:
    """All old addresses lead to where the article is now, and where it stands nothing leads away."""
    await found(database)
    article = await a_public_article(database, "One")
    named = str(GlobalId(NodeType.ARTICLE, article.id))
    for slug in ("two", "three"):
        await renamed(database, article.id, slug)
        await publish_article(database, EDITOR, article.id)
    assert await leads() == dict.fromkeys([("en", "/articles/one"), ("en", "/articles/two")], named)
    first = await Redirect.get(from_path="/articles/one")

    await renamed(database, article.id, "one")
    await publish_article(database, EDITOR, article.id)

    assert await leads() == dict.fromkeys([("en", "/articles/two"), ("en", "/articles/three")], named)
    assert await Tombstone.all().values_list("node_id", "type") == [(first.id, "red")]


async def test_a_schedule_moves_the_article_when_it_begins(database: Database) -> None:
    """Not when it is made: until then readers find the article where it was."""
    await found(database)
    with clock.at(NOON):
        article = await a_public_article(database, "The ferry")
        await renamed(database, article.id, "the-boat")
        await schedule_article(database, EDITOR, article.id, publish_at=NOON + DAY)
        assert await leads() == {}

    with clock.at(NOON + DAY):
        await announce_due(database, NOON + DAY)

    assert list(await leads()) == [("en", "/articles/the-ferry")]
    assert (await Event.get(type="REDIRECT_CHANGED")).actor == "system"


async def test_an_article_that_comes_back_elsewhere_is_followed(database: Database) -> None:
    """It was taken down in between, and readers still know the old address."""
    await found(database)
    article = await a_public_article(database, "The ferry")
    await unpublish_article(database, EDITOR, article.id)
    await renamed(database, article.id, "the-boat")

    await publish_article(database, EDITOR, article.id)

    assert list(await leads()) == [("en", "/articles/the-ferry")]


async def test_nothing_leads_away_from_what_came_after(database: Database) -> None:
    """Another article stands at the old address by now: once it is taken down, its readers would land elsewhere."""
    await found(database)
    first = await a_public_article(database, "The ferry")
    await unpublish_article(database, EDITOR, first.id)
    await renamed(database, first.id, "the-boat")
    await a_public_article(database, "The ferry")

    await publish_article(database, EDITOR, first.id)

    assert await leads() == {}


async def test_an_article_takes_its_address_from_a_redirect(database: Database) -> None:
    """The redirect was there first; what is published must be found all the same, and no path mean two things."""
    await found(database)
    article = await an_article(database, "The ferry")
    other = RedirectDraft(from_path="/articles/the-ferry", to="/elsewhere")
    await create_redirect(database, SYSTEM, other)

    await publish_article(database, EDITOR, article.id)
    await publish_article(database, EDITOR, article.id)

    assert await leads() == {}


async def test_the_language_is_part_of_the_address_where_the_template_says_so(database: Database) -> None:
    """The same slug in two languages is two articles, and two addresses."""
    await found(database)
    await update_site(database, SYSTEM, SiteChange(article_path="/{locale}/{slug}"))
    english = await a_public_article(database, "Tide", slug="tide")
    german = await a_public_article(database, "Gezeiten", slug="tide", locale="de")

    for article in (english, german):
        await renamed(database, article.id, "low-tide")
        await publish_article(database, EDITOR, article.id)

    assert sorted(await leads()) == [("de", "/de/tide"), ("en", "/en/tide")]
