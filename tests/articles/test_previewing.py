"""Making preview links."""

from datetime import timedelta

import pytest

from cms.accounts.identity import BadCredential, Identities
from cms.accounts.tokens import hash_of
from cms.app import open_reader
from cms.articles.actions import delete_article, update_article
from cms.articles.drafts import ArticleChange
from cms.articles.models import PreviewLink
from cms.articles.previewing import create_preview_link
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import DomainError, InvalidInput, NotAllowed, NotFound
from cms.kernel.ids import new_id
from cms.kernel.models import Event
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from cms.site.actions import SiteChange, update_site
from tests.articles.world import DAY, NOON, WRITER, an_article, every_row, found

pytestmark = pytest.mark.asyncio
MINUTE = timedelta(minutes=1)


async def test_a_link_is_a_secret_of_which_the_hash_is_kept(database: Database) -> None:
    """Whoever reads a backup of the database would read every draft that was ever shown to somebody."""
    await found(database)
    article = await an_article(database)

    with clock.at(NOON):
        made = await create_preview_link(database, WRITER, article.id, timedelta(hours=2))

    link = await PreviewLink.get()
    assert (made.token[:6], len(made.token)) == ("cms_p_", 6 + 43)
    assert (link.article_id, link.token_hash) == (article.id, hash_of(made.token))
    assert (link.expires_at, made.link.expires_at) == (NOON + timedelta(hours=2), NOON + timedelta(hours=2))
    assert made.token not in repr([await every_row(database), made])
    event = await Event.get(type="PREVIEW_LINK_CREATED")
    assert (event.node_id, event.payload) == (article.id, {"expiresAt": clock.to_text(link.expires_at)})


async def test_where_the_link_leads(database: Database) -> None:
    """An editor copies the address and sends it: it has to open the preview of the site's own front end."""
    await found(database)
    article = await an_article(database, slug="fähre")
    own = await create_preview_link(database, WRITER, article.id)

    for template, expected in (
        ("https://next.example.org/preview?path={path}&key={token}", "https://next.example.org/preview?path={}&key={}"),
        ("https://next.example.org{path}#{token}", "https://next.example.org{}#{}"),
    ):
        await update_site(database, SYSTEM, SiteChange(preview_url=template))
        made = await create_preview_link(database, WRITER, article.id)
        assert made.url == expected.format("/articles/f%C3%A4hre", made.token)

    assert own.url == "https://harbour.example.org/articles/fähre"


async def test_the_holder_is_known_until_it_expires(database: Database) -> None:
    """A link that was sent around must come to an end by itself."""
    await found(database)
    article = await an_article(database)
    with clock.at(NOON):
        made = await create_preview_link(database, WRITER, article.id, MINUTE)

    async with open_reader(database, "") as reader:
        with clock.at(NOON + MINUTE - timedelta(microseconds=1)):
            holder = await Identities(database, reader.runner).viewer(f"Bearer {made.token}")
        with clock.at(NOON + MINUTE), pytest.raises(BadCredential):
            await Identities(database, reader.runner).viewer(f"Bearer {made.token}")

    assert (holder.preview_of, holder.scopes, holder.user_id) == (article.id, frozenset(), None)
    assert holder.is_anonymous


async def test_who_may_not_and_what_cannot_be(database: Database) -> None:
    """A refusal leaves no link behind."""
    await found(database)
    article, gone = await an_article(database), await an_article(database, "Gone")
    await delete_article(database, SYSTEM, gone.id)
    moderator = Viewer(frozenset({Scope.COMMENTS_MODERATE, Scope.CONTENT_WRITE}))
    before = await every_row(database)

    refusals: list[tuple[Viewer, object, timedelta, type[DomainError]]] = [
        (ANONYMOUS, article.id, MINUTE, NotAllowed),
        (moderator, article.id, MINUTE, NotAllowed),
        (WRITER, gone.id, MINUTE, NotFound),
        (WRITER, new_id(), MINUTE, NotFound),
        (WRITER, article.id, MINUTE - timedelta(seconds=1), InvalidInput),
        (WRITER, article.id, 30 * DAY + timedelta(seconds=1), InvalidInput),
    ]
    for viewer, key, lasts, error in refusals:
        with pytest.raises(error):
            await create_preview_link(database, viewer, key, lasts)  # type: ignore[arg-type]  # keys of either kind

    assert await every_row(database) == before
    for lasts in (MINUTE, 30 * DAY):
        await create_preview_link(database, WRITER, article.id, lasts)


async def test_saving_goes_on(database: Database) -> None:
    """A link is no lock: whoever edits meets no conflict because a colleague has shown the article to somebody."""
    await found(database)
    article = await an_article(database)
    await create_preview_link(database, WRITER, article.id)

    saved = await update_article(
        database, WRITER, ArticleChange(article_id=article.id, expected_version=1, title="More")
    )

    assert saved.version == 2
