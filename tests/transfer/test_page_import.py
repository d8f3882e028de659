"""Saved pages as articles: every part arrives, a second import changes nothing, and a refusal leaves nothing."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from cms.articles.actions import delete_article
from cms.articles.models import Article, ArticleRevision, Publication, RevisionContributor
from cms.authors.models import Author
from cms.entities import ENTITIES
from cms.kernel.database import Database, Dialect
from cms.kernel.errors import NotAllowed
from cms.kernel.viewer import SYSTEM, Scope, Viewer
from cms.media.models import Media
from cms.reading.postgres import PostgresDialect
from cms.reading.postgres_runner import postgres_runner
from cms.reading.reader import Reader
from cms.reading.sqlite import SqliteDialect
from cms.reading.sqlite_runner import sqlite_runner
from cms.transfer.importing import Count
from cms.transfer.page.importing import import_page
from schema.schema import MastheadSchema
from tests.articles.world import every_row
from tests.transfer.world import (
    FERRY,
    MOON,
    OVEN,
    OVEN_ALT,
    OVEN_HTML,
    PAGES,
    a_site,
    bring,
    bring_lines,
    comments,
    the_head,
)


@pytest.mark.asyncio
async def test_a_text_page_becomes_a_public_article(database: Database) -> None:
    """Without this, the title, the paragraphs or the copyright of an old page would be lost or changed."""
    report = await bring(database)

    article, head = await Article.get(), await the_head()
    assert head.title == "What a Village Oven Teaches About Waiting"
    assert head.slug == "what-a-village-oven-teaches-about-waiting"
    assert head.body_html.count("<p>") == 3
    assert head.body_text.split("\n\n")[2].startswith("“You learn to wait,” says one of the neighbours,")
    assert (head.copyright_holder, head.copyright_year) == ("Fennmark Gazette", 2016)
    assert head.copyright_statement == "© Copyright 2016 Fennmark Gazette. All rights reserved."
    assert (article.source, article.comment_count, article.head_id) == ("page", 3, head.id)
    assert article.source_id is not None
    assert article.source_id.startswith("sha256:")
    made = {"sites": 1, "disclaimers": 1, "media": 1, "articles": 1, "comments": 3}
    assert report.counts == {kind: Count(created=number) for kind, number in made.items()}
    assert not report.failed


@pytest.mark.parametrize("name", [OVEN, OVEN_HTML, FERRY, MOON, "json-ld.html", "microdata.html"])
@pytest.mark.asyncio
async def test_the_same_page_again_changes_nothing(database: Database, name: str) -> None:
    """Somebody will import a folder twice; no row may move, not even a version or an event."""
    first = await bring(database, name)
    before = await every_row(database)

    second = await bring(database, name)

    assert await every_row(database) == before
    count = first.counts["comments"].created
    assert second.counts == {"articles": Count(unchanged=1), "comments": Count(unchanged=count)}
    assert "articles: 1 unchanged" in second.to_text()


@pytest.mark.parametrize("name", [OVEN, OVEN_HTML])
@pytest.mark.asyncio
async def test_a_rehearsal_tells_the_same_and_stores_nothing(database: Database, name: str) -> None:
    """A report that differed from the import's would be no use, and one that stored would be a lie."""
    before = await every_row(database)

    rehearsal = await bring(database, name, dry_run=True)

    assert await every_row(database) == before
    assert rehearsal == await bring(database, name)
    assert rehearsal.created > 0


@pytest.mark.asyncio
async def test_an_html_page_brings_its_author_and_its_own_times(database: Database) -> None:
    """A byline, a date with an offset, headings and an address are there to be used."""
    report = await bring(database, OVEN_HTML)

    article, head, author = await Article.get(), await the_head(), await Author.get()
    assert (author.name, author.slug, author.article_count) == ("Runa Teasel", "runa-teasel", 1)
    assert (await RevisionContributor.get()).credited_as == "Runa Teasel"
    assert article.first_published_at == datetime(2016, 5, 2, 7, 30, tzinfo=UTC)
    assert (article.source_id, article.locale) == ("https://gazette.example/2016/05/village-oven/", "en-GB")
    assert "<h2>The shed</h2>" in head.body_html
    assert '<a href="https://gazette.example/patience"' in head.body_html
    assert (await Media.get()).filename == "loaves.jpg"
    assert any("It was at https://gazette.example/img/loaves.jpg." in note for note in report.notes)
    assert report.not_understood == ("Nobody signed this one.", "Pingback: Ten ovens")
    first = (await comments())[0]
    assert first.source_id == "https://gazette.example/2016/05/village-oven/#comment-41"
    assert first.body_text == "We had one of these.\nIn a lane.\n\n© 1950 Grandmother. All rights reserved."


@pytest.mark.asyncio
async def test_a_date_on_the_page_is_its_publication(database: Database) -> None:
    """The day of the first comment is only for pages that print none."""
    await a_site(database)

    report = await bring(database, FERRY, zone="America/Los_Angeles")

    article = await Article.get()
    assert article.first_published_at == article.created_at == datetime(2019, 3, 13, 23, tzinfo=UTC)
    assert "sites" not in report.counts
    assert not any("prints no date" in note for note in report.notes)
    assert report.not_understood == ("Related: Eleven Bridges", "Printed by the Quayside press room")


@pytest.mark.parametrize(
    ("locales", "taken"), [(("de", "en"), "en"), (("de", "en-GB", "en"), "en-GB"), (("de", "fr"), "de")]
)
@pytest.mark.asyncio
async def test_the_language_is_one_of_the_site(database: Database, locales: tuple[str, ...], taken: str) -> None:
    """A page in British English belongs to the site's English, and a refusal for that would help nobody."""
    await a_site(database, default_locale="de", locales=locales)

    report = await bring(database, OVEN_HTML)

    assert (await Article.get()).locale == taken
    noted = f"The page is in en-GB, which the site does not have; {taken} was taken." in report.notes
    assert noted is (taken != "en-GB")


@pytest.mark.asyncio
async def test_a_page_saved_later_brings_only_what_is_new(database: Database) -> None:
    """Comments go on after the first import; what editors did to the article since must stay."""
    text = (PAGES / OVEN).read_text()
    shorter = text[: text.index("  • Tamsel B.")]
    await bring_lines(database, shorter)
    before = await ArticleRevision.all().values()

    report = await bring_lines(database, text)

    assert report.counts == {"articles": Count(unchanged=1), "comments": Count(created=2, unchanged=1)}
    assert [comment.author_name for comment in await comments()] == ["odda", "Tamsel B.", "R. Quillon"]
    assert await ArticleRevision.all().values() == before
    assert (await Article.get()).comment_count == 3


@pytest.mark.asyncio
async def test_a_deleted_article_is_not_brought_back(database: Database) -> None:
    """Somebody decided to delete it."""
    await bring(database)
    await delete_article(database, SYSTEM, (await Article.get()).id)
    before = await every_row(database)

    report = await bring(database)

    assert await every_row(database) == before
    assert "Its article was deleted here, and is not brought back." in report.notes


@pytest.mark.asyncio
async def test_a_page_without_any_date_is_a_draft(database: Database) -> None:
    """No day of publication is invented."""
    report = await bring_lines(database, "Fog", "", "There was fog.", "", "© Harbour Press. All rights reserved.")

    article = await Article.get()
    assert article.first_published_at is None
    assert await Publication.all().count() == 0
    assert (await the_head()).copyright_holder is None
    assert any(note.endswith("it is a draft, for you to publish.") for note in report.notes)
    assert any(note.startswith("The copyright line names no year, and nothing else does") for note in report.notes)


@pytest.mark.asyncio
async def test_a_date_to_come_is_not_believed(database: Database) -> None:
    """A saved page was public already; scheduling it would hide it."""
    report = await bring_lines(
        database, "Fog", "", "1 May 2190", "", "There was fog.", "", "© 2020 Harbour Press", "", "Reply", "",
        "Bo", "", "2 May 2020 at 9:00", "", "Still.",
    )  # fmt: skip

    assert (await Article.get()).first_published_at == datetime(2020, 5, 2, tzinfo=UTC)
    assert "The page's date, 2190-05-01 00:00, is still to come and was not used." in report.notes


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b"anything", "page.pdf", "A .pdf file cannot be read."),
        (b"\n\n", "page.txt", "The file is empty."),
        (b"Leave a comment\n", "page.txt", "The page has no title."),
        (b"Fog\n\n14 March 2019\n", "page.txt", "body: Write the body."),
        (b"F" * 301 + b"\n\nFog.\n", "page.txt", "title: The text has 301 characters"),
    ],
)
@pytest.mark.asyncio
async def test_a_page_that_cannot_be_taken_leaves_nothing(database: Database, data: bytes, name: str, why: str) -> None:
    """A mistake in a file is an answer to whoever imports it, and no row."""
    before = await every_row(database)

    report = await import_page(database, SYSTEM, data, name)

    assert report.failed
    assert await every_row(database) == before
    assert report.refusals[0].startswith(why)


@pytest.mark.parametrize(
    "missing", [Scope.CONTENT_WRITE, Scope.CONTENT_PUBLISH, Scope.COMMENTS_MODERATE, Scope.SITE_MANAGE]
)
@pytest.mark.asyncio
async def test_who_may_not_write_imports_nothing(database: Database, missing: Scope) -> None:
    """An import is all of the editors' verbs at once, and needs what each of them needs."""
    before = await every_row(database)

    with pytest.raises(NotAllowed):
        await bring(database, viewer=Viewer(frozenset(Scope) - {missing}, actor="token:importer"))

    assert await every_row(database) == before


QUERY = """
query Page($slug: String!) {
  article(by: {slug: $slug}) {
    title publishedAt author { name }
    leadImage { alt }
    copyright { holder year statement }
    disclaimers { title body { text } }
    body { text }
    comments(first: 20) { totalCount nodes { authorName createdAt depth status body { text } } }
  }
}
"""


@pytest.mark.asyncio
async def test_an_imported_page_is_read_in_one_query(database: Database) -> None:
    """What an import is for: everything that stood on the page, in one answer."""
    await bring(database)

    article = (await _asked(database, QUERY, {"slug": "what-a-village-oven-teaches-about-waiting"}))["article"]

    comments_found = article.pop("comments")
    disclaimer = article.pop("disclaimers")
    assert article.pop("body")["text"].startswith("Most of us meet bread when it is finished, wrapped and priced. Few")
    assert article == {
        "title": "What a Village Oven Teaches About Waiting",
        "publishedAt": "2016-05-02T23:00:00Z",
        "author": None,
        "leadImage": {"alt": OVEN_ALT},
        "copyright": {
            "holder": "Fennmark Gazette",
            "year": 2016,
            "statement": "© Copyright 2016 Fennmark Gazette. All rights reserved.",
        },
    }
    assert [each["title"] for each in disclaimer] == ["Disclaimer of Fennmark Gazette"]
    assert comments_found["totalCount"] == 3
    assert comments_found["nodes"][1] == {
        "authorName": "Tamsel B.",
        "createdAt": "2016-05-03T11:40:00Z",
        "depth": 0,
        "status": "APPROVED",
        "body": {"text": "Forty loaves! How do you keep the far corner from scorching?"},
    }


async def _asked(database: Database, query: str, variables: dict[str, object]) -> dict[str, Any]:
    if database.dialect is Dialect.SQLITE:
        async with sqlite_runner(database.path) as runner:
            return await _answer(Reader(ENTITIES, SqliteDialect(), runner), query, variables)
    async with postgres_runner(database.settings) as pool:
        return await _answer(Reader(ENTITIES, PostgresDialect(), pool), query, variables)


async def _answer(reader: Reader, query: str, variables: dict[str, object]) -> dict[str, Any]:
    result = await MastheadSchema(reader).execute(query, variables)
    assert result.errors is None
    answer: dict[str, Any] = orjson.loads(orjson.dumps(result.data, option=orjson.OPT_UTC_Z))
    return answer


@pytest.mark.asyncio
async def test_two_who_import_one_page_at_once_import_it_once(database: Database) -> None:
    """The second must find what the first made, and not fail at the database's own hurdles."""
    reports = await asyncio.gather(bring(database), bring(database))

    assert sorted(report.created for report in reports) == [0, 7]
    assert [report.refusals for report in reports] == [(), ()]
    assert await Article.all().count() == 1
