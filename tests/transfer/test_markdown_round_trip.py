"""What was exported comes into an empty site, and goes out of there byte for byte as before, on both databases."""

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from cms.articles.bulk import add_articles
from cms.articles.drafts import ArticleDraft, BulkArticle, CommentRules, Contribution, Copyright, Seo
from cms.articles.models import ContributorRole
from cms.authors.actions import AuthorDraft, create_author
from cms.kernel.database import Database, open_database
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import SYSTEM
from cms.media.models import Media
from cms.media.texts import RichTextInput
from cms.tables import MIGRATIONS, MODEL_MODULES
from cms.topics.actions import TopicDraft, create_topic
from cms.transfer.importing import Count
from cms.transfer.markdown import export_markdown
from cms.transfer.markdown.opening import opened
from tests.articles.world import every_row
from tests.databases import run
from tests.seed.sample import load
from tests.transfer.markdowns import bring, tree
from tests.transfer.test_markdown_yaml import NASTY

pytestmark = pytest.mark.asyncio


@dataclass(frozen=True, slots=True)
class Source:
    """The sample, with nasty articles beside it, and what it exports."""

    url: str
    store: Path
    folder: Path


BODIES = (
    "---\n\ntext\n\n***\n\n+++\n",
    "| a | b \\| c |\n| --- | --- |\n| `x|y` | <https://x.org> |\n",
    "1. one\n   - two\n     - three\n   - `[[four]]`\n2. five\n\n   six\n",
    "> quote\n>\n> more\n\n```python\n![x](../a.png)\n---\n```\n",
    "`` a`b `` [](x.md) \\[x\\](y.md) &amp; &#42; <b>no</b>\n",
    "<https://www.youtube.com/watch?v=abc-_fghijk>\n\nH{~2~}O x{^2^} ~~gone~~\n",
    "50 %% a %% and {/* b */} {% comment %}c{% endcomment %} \\<!-- d -->\n",
    "First.\n\n***\n\n*Footer: all rights reserved.*\n",
)


async def _nasty(database: Database) -> None:
    """Articles whose every text means something to YAML, Markdown or a file system."""
    author = (await create_author(database, SYSTEM, AuthorDraft(name="No", slug="no", credentials="- x"))).id
    above = await create_topic(database, SYSTEM, TopicDraft(name="12:30", slug="2012-03-01", description="a: b\n\n- c"))
    topic = await create_topic(database, SYSTEM, TopicDraft(name="C++", slug="c", parent_id=above.id))
    sharp = await create_topic(database, SYSTEM, TopicDraft(name="C#", slug="c-2"))
    texts = [text for text in NASTY if text.strip() and len(text) < 300 and "\u2028" not in text]
    at = datetime(2012, 3, 1, 12, 30, 0, 120, tzinfo=UTC)
    rows = [
        BulkArticle(
            draft=ArticleDraft(
                title=text,
                slug=("2012-03-01-index", "index", "readme", "\u6c49" * 96)[place] if place < 4 else None,
                standfirst=text,
                body=RichTextInput(markdown=BODIES[place % len(BODIES)]),
                contributors=(Contribution(author, ContributorRole.EDITOR, text), Contribution(author)),
                topic_ids=(topic.id, sharp.id),
                copyright=Copyright(text, 2012, text, None),
                seo=Seo(text, text, "https://x.example/?a=b#c", no_index=False),
                comments=CommentRules(open=place % 2 == 0),
            ),
            as_it_was=True,
            created_at=at,
            published_at=at + timedelta(days=30_000 if place == 4 else place) if place % 3 else None,
        )
        for place, text in enumerate(texts)
    ]
    first, *others = await add_articles(database, SYSTEM, rows[:1])
    assert not others
    media = await Media.all().order_by("filename").first()
    assert media is not None
    ids = GlobalId(NodeType.ARTICLE, first), GlobalId(NodeType.MEDIA, media.id)
    linking = '[a *b*](article:{}) ![q](media:{} "c")'.format(*ids)
    rows[1] = replace(rows[1], draft=replace(rows[1].draft, body=RichTextInput(markdown=linking)))
    await add_articles(database, SYSTEM, rows[1:])


@pytest.fixture(scope="module")
def source(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The sample on SQLite, exported once."""
    folder = tmp_path_factory.mktemp("source")
    made = Source(f"sqlite://{shutil.copyfile(sqlite_template, folder / 'cms.db')}", folder / "media", folder / "one")

    async def make() -> None:
        await load(made.url, made.store)
        async with open_database(made.url, MODEL_MODULES, MIGRATIONS) as database:
            await _nasty(database)
            await export_markdown(database, made.folder, made.store)

    run(make())
    return made


async def test_an_export_comes_in_and_goes_out_as_it_was(source: Source, database: Database, tmp_path: Path) -> None:
    """Nobody stays where they cannot leave, and a folder that changes on every way through hides what did change."""
    store = tmp_path / "media"
    rehearsed = await bring(database, source.folder, store, dry_run=True)
    assert not store.exists()
    report = await bring(database, source.folder, store)
    rows = await every_row(database)
    again = await bring(database, source.folder, store)
    exported = await export_markdown(database, tmp_path / "two", store)
    one, two = tree(source.folder), tree(tmp_path / "two")

    assert rehearsed == report
    assert report.refusals == report.not_understood == ()
    assert {kind: count.created for kind, count in report.counts.items()} == {
        "sites": 1,
        "media": 6,
        "authors": 9,
        "topics": 12,
        "articles": exported.articles,
    }
    assert again.counts["articles"] == Count(unchanged=exported.articles)
    assert await every_row(database) == rows
    assert sorted(one) == sorted(two)
    assert [name for name in one if one[name] != two[name]] == []
    assert exported.articles > 40


async def test_an_export_changes_nothing_where_it_came_from(source: Source, tmp_path: Path) -> None:
    """Whoever imports yesterday's folder again by mistake must not have everything twice."""
    async with open_database(source.url, MODEL_MODULES, MIGRATIONS) as database:
        before = await every_row(database)
        report = await bring(database, source.folder, source.store)
        after = await every_row(database)
        await export_markdown(database, tmp_path / "one.zip", source.store)
        await export_markdown(database, tmp_path / "two.zip", source.store)
        from_zip = await bring(database, tmp_path / "one.zip", source.store)

    assert (report.created, report.refusals) == (0, ())
    assert after == before
    assert from_zip == report
    with ZipFile(tmp_path / "one.zip") as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with opened(tmp_path / "one.zip") as found:
        assert {name: found.read(name, 2**20) for name in found.sizes} == tree(source.folder)
