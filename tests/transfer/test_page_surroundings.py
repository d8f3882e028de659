"""What stands around an imported article: the site, its author, its disclaimer, its image."""

from datetime import UTC, datetime

import pytest

from cms.articles.models import Publication, PublicationDisclaimer, RevisionContributor, RevisionDisclaimer
from cms.authors.actions import AuthorDraft, create_author
from cms.authors.models import Author
from cms.disclaimers.models import Disclaimer, DisclaimerScope, DisclaimerVersion
from cms.kernel.database import Database
from cms.kernel.viewer import SYSTEM
from cms.media.models import Media
from cms.site.models import Site
from cms.transfer.importing import Count
from tests.transfer.world import (
    FERRY,
    OVEN,
    OVEN_ALT,
    OVEN_HTML,
    PAGES,
    a_site,
    bring,
    bring_lines,
    the_head,
)


@pytest.mark.asyncio
async def test_no_author_is_invented(database: Database) -> None:
    """The page's disclaimer speaks of an author named above, and there is none."""
    report = await bring(database)

    assert (await the_head()).author_id is None
    assert await Author.all().count() == await RevisionContributor.all().count() == 0
    assert "The page names no author; none was invented." in report.notes


@pytest.mark.asyncio
async def test_the_lead_image_keeps_its_text_without_a_file(database: Database) -> None:
    """The text for those who cannot see is all that a text page has; no file may be made up for it."""
    report = await bring(database)

    head, medium = await the_head(), await Media.get()
    assert (head.lead_image_id, head.lead_image_alt) == (medium.id, OVEN_ALT)
    assert (medium.alt, medium.bytes, medium.content_type) == (OVEN_ALT, 0, "application/octet-stream")
    assert medium.filename == "missing-image"
    assert medium.width is None
    assert medium.storage_key.startswith("missing/")
    note = f"The file of the lead image is missing: upload it. Its text, “{OVEN_ALT}”, is kept."
    assert note in report.notes


@pytest.mark.asyncio
async def test_the_disclaimer_is_pinned_to_the_publication(database: Database) -> None:
    """A legal text that is stored but not shown under its article would be as good as lost."""
    await bring(database)

    publication, disclaimer, version = await Publication.get(), await Disclaimer.get(), await DisclaimerVersion.get()
    pin = await PublicationDisclaimer.get()
    assert (disclaimer.slug, disclaimer.scope) == ("disclaimer-of-fennmark-gazette", DisclaimerScope.SELECTED_ARTICLES)
    assert version.body_text.startswith("The preceding article was solely written by the author named above. Any")
    assert version.body_text.endswith("can be directed to the author or posted as a comment below.")
    assert version.effective_from == publication.starts_at == datetime(2016, 5, 2, 23, tzinfo=UTC)
    assert (pin.publication_id, pin.disclaimer_id, pin.version_id) == (publication.id, disclaimer.id, version.id)
    assert (await RevisionDisclaimer.get()).disclaimer_id == disclaimer.id


@pytest.mark.asyncio
async def test_an_image_keeps_its_caption(database: Database) -> None:
    """A caption is the publication's own sentence."""
    await bring(database, "microdata.html")

    head = await the_head()
    assert (head.lead_image_alt, head.lead_image_caption) == ("a stamp with a heron", "The last of the series")


@pytest.mark.asyncio
async def test_an_author_is_known_by_name(database: Database) -> None:
    """Otherwise every page of an old hand would bring another author of the same name."""
    author = await create_author(database, SYSTEM, AuthorDraft(name="Ilse VARROW"))
    await a_site(database)

    report = await bring(database, FERRY)

    assert report.counts["authors"] == Count(unchanged=1)
    assert (await the_head()).author_id == author.id
    assert (await RevisionContributor.get()).credited_as == "Ilse Varrow"


@pytest.mark.asyncio
async def test_a_site_is_founded_from_the_page(database: Database) -> None:
    """So that the first import works on an empty database, and says what it took for granted."""
    report = await bring(database, OVEN_HTML, zone="Europe/Oslo")

    site = await Site.get()
    assert (site.name, site.copyright_holder, site.url) == ("Fennmark Gazette",) * 2 + ("https://gazette.example",)
    assert (site.time_zone, site.default_locale, site.locales) == ("Europe/Oslo", "en-GB", ["en-GB"])
    assert any(note.startswith("There was no site, so “Fennmark Gazette” was founded") for note in report.notes)


@pytest.mark.asyncio
async def test_pages_under_one_disclaimer_share_it(database: Database) -> None:
    """A thousand pages with one legal text must not make a thousand disclaimers."""
    await bring(database, OVEN_HTML)
    text = (PAGES / OVEN).read_text().replace("What a Village Oven Teaches", "More")

    report = await bring_lines(database, text)

    assert report.counts["disclaimers"] == Count(unchanged=1)
    assert await Disclaimer.all().count() == await DisclaimerVersion.all().count() == 1
    assert await PublicationDisclaimer.all().count() == 2


@pytest.mark.asyncio
async def test_an_earlier_page_goes_out_under_a_disclaimer_too(database: Database) -> None:
    """One that takes effect later would not be pinned, and the page would stand without its legal text."""
    await bring(database)
    text = (PAGES / OVEN).read_text().replace("What a Village Oven Teaches", "Less").replace("2016", "2011")

    report = await bring_lines(database, text)

    assert report.counts["disclaimers"] == Count(created=1)
    assert await PublicationDisclaimer.all().count() == 2
    assert any("is not in effect at the page's time" in note for note in report.notes)
