"""What goes out: of what readers see their words, of all else the newest, and nothing that was not asked for."""

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import pytest

from cms.articles.actions import archive_article, delete_article, publish_article, unpublish_article, update_article
from cms.articles.drafts import ArticleChange, CommentRules, LeadImage
from cms.articles.models import Article
from cms.authors.actions import AuthorDraft, create_author
from cms.kernel.clock import at
from cms.kernel.database import Database
from cms.kernel.viewer import SYSTEM
from cms.media.actions import MediaDraft, register_media
from cms.media.models import Media
from cms.media.texts import RichTextInput
from cms.topics.models import Topic
from cms.transfer.archives.errors import CannotPack
from cms.transfer.markdown import export_markdown
from cms.transfer.markdown.front import read_page
from tests.articles.world import DAY, NOON, a_disclaimer, a_public_article, a_topic, an_article, signed
from tests.transfer.markdowns import PNG, bring, tree, written
from tests.transfer.sheets import run_elsewhere
from tests.transfer.world import a_site

pytestmark = pytest.mark.asyncio


async def _retitled(database: Database, article: Article, title: str) -> None:
    """Write newer words, which nobody sees yet."""
    stored = await Article.get(id=article.id)
    change = ArticleChange(article_id=stored.id, expected_version=stored.version, title=title)
    await update_article(database, SYSTEM, change)


async def _a_medium(database: Database, store: Path, name: str, content: bytes, **said: str) -> Media:
    """A file in the store, made known."""
    digest = sha256(content).hexdigest()
    key = f"{name}/{digest}.png"
    written(store, {key: content})
    draft = MediaDraft(
        filename=name,
        content_type="image/png",
        bytes=len(content),
        digest=f"sha256:{digest}",
        storage_key=key,
        alt=said.get("alt", ""),
        caption=said.get("caption"),
    )
    return await register_media(database, SYSTEM, draft)


async def test_the_words_that_readers_see_go_out(database: Database, tmp_path: Path) -> None:
    """A folder that is put on the web must not show what an editor has not let out."""
    with at(NOON):
        await a_site(database)
        public = await a_public_article(database, "Public", slug="public")
        ending = await a_public_article(database, "Ending", slug="ending")
        over = await a_public_article(database, "Over", slug="over")
        rewritten = await a_public_article(database, "Taken down", slug="taken-down")
        corrected = await a_public_article(database, "Corected", slug="corrected")
        gone = [await a_public_article(database, "Old"), await an_article(database, "Trash")]
    with at(NOON + DAY):
        await _retitled(database, public, "Secret")
        await unpublish_article(database, SYSTEM, ending.id, at=NOON + 9 * DAY)
        await unpublish_article(database, SYSTEM, over.id)
        await unpublish_article(database, SYSTEM, rewritten.id)
        await _retitled(database, rewritten, "Written anew")
        await _retitled(database, corrected, "Corrected")
        await publish_article(database, SYSTEM, corrected.id, at=NOON + 3 * DAY)
        await archive_article(database, SYSTEM, gone[0].id)
        await delete_article(database, SYSTEM, gone[1].id)
        await an_article(database, "Draft", slug="draft", comments=CommentRules(open=False, max_depth=1))
        coming = await an_article(database, "Coming", slug="coming")
        await publish_article(database, SYSTEM, coming.id, at=NOON + 5 * DAY)
    with at(NOON + 2 * DAY):
        exported = await export_markdown(database, tmp_path / "out", tmp_path)

    pages = {
        path.stem: dict(read_page(path.read_bytes()).fields or {}) for path in (tmp_path / "out/articles").rglob("*.md")
    }
    kept = ("title", "date", "expiryDate", "draft", "comments")
    assert {name: {key: page[key] for key in kept if key in page} for name, page in pages.items()} == {
        "public": {"title": "Public", "date": "2024-03-04T12:00:00Z"},
        "ending": {"title": "Ending", "date": "2024-03-04T12:00:00Z", "expiryDate": "2024-03-13T12:00:00Z"},
        "over": {"title": "Over", "date": "2024-03-04T12:00:00Z", "expiryDate": "2024-03-05T12:00:00Z"},
        "taken-down": {"title": "Written anew", "date": "2024-03-04T12:00:00Z", "draft": "true"},
        "corrected": {"title": "Corected", "date": "2024-03-04T12:00:00Z"},
        "draft": {"title": "Draft", "date": "2024-03-05T12:00:00Z", "draft": "true", "comments": "false"},
        "coming": {"title": "Coming", "date": "2024-03-09T12:00:00Z"},
    }
    assert (exported.articles, exported.drafts) == (7, 2)
    assert exported.left_out == {"archived": 1, "in the trash": 1}
    assert exported.behind == ("articles/en/corrected.md", "articles/en/public.md")
    assert exported.notes[1:] == ("Articles with rules for comments of which only open or closed is kept: 1.",)
    assert b"Secret" not in b"".join(tree(tmp_path / "out").values())
    assert "Articles left out since they are archived: 1." in exported.to_text()
    assert json.loads(json.dumps(asdict(exported)))["behind"] == list(exported.behind)


async def test_people_topics_and_pictures_go_out(database: Database, tmp_path: Path) -> None:
    """Each file lies there once, under a name that people know, and nobody learns how to reach an author."""
    store = tmp_path / "media"
    await a_site(database, locales=("en",))
    lamp = await _a_medium(database, store, "Lamp (old).PNG", PNG, alt="A lamp", caption="Lit")
    twin = await _a_medium(database, store, "twin.png", PNG)
    lost = await _a_medium(database, store, "lost.png", PNG + b"1")
    other = await _a_medium(database, store, "other.png", PNG + b"2")
    (store / lost.storage_key).unlink()
    out = await _a_medium(database, store, "out.png", PNG + b"4")
    (store / out.storage_key).rename(tmp_path / "out.png")
    await Media.filter(id=out.id).update(storage_key="../out.png")
    (store / other.storage_key).write_bytes(PNG + b"3")
    author = AuthorDraft(name="Wren", email="wren@x.example", bio=RichTextInput(markdown="*Rows*."), avatar_id=twin.id)
    wren = await create_author(database, SYSTEM, author)
    topic = await a_topic(database)
    await a_disclaimer(database)
    body = RichTextInput(markdown=f'![Lost](media:med_{lost.id})\n\n![O](media:med_{other.id} "C")')
    await a_public_article(
        database,
        slug="ferry",
        body=body,
        lead_image=LeadImage(lamp.id, alt="Here", caption=""),
        contributors=signed(wren.id),
        topic_ids=(topic,),
    )

    exported = await export_markdown(database, tmp_path / "out", store)

    marks = {
        name: sha256(content).hexdigest()[:8]
        for name, content in (("a", PNG), ("b", PNG + b"1"), ("c", PNG + b"2"), ("d", PNG + b"4"))
    }
    lamp_file, lost_file, other_file = f"lamp-old-{marks['a']}.png", f"lost-{marks['b']}.png", f"other-{marks['c']}.png"
    out_file = f"out-{marks['d']}.png"
    files = tree(tmp_path / "out")
    assert sorted(files) == sorted(
        [
            "articles/ferry.md",
            "authors/wren.md",
            f"media/{lamp_file}",
            f"media/{lamp_file}.yml",
            f"media/{lost_file}.yml",
            f"media/{other_file}",
            f"media/{other_file}.yml",
            f"media/{out_file}.yml",
            "site.yml",
            "topics/boats.md",
        ]
    )
    assert files["authors/wren.md"].decode() == (
        f"---\nname: Wren\nslug: wren\navatar: ../media/{lamp_file}\n---\n\n*Rows*.\n"
    )
    assert files[f"media/{lamp_file}.yml"] == b"filename: Lamp (old).PNG\nalt: A lamp\ncaption: Lit\n"
    page = read_page(files["articles/ferry.md"])
    assert page.fields is not None
    assert page.fields["image"] == {"file": f"../media/{lamp_file}", "alt": "Here", "caption": ""}
    assert (page.fields["topics"], page.fields["authors"]) == (["boats"], [{"name": "Wren", "slug": "wren"}])
    assert page.body == f'\n![Lost](../media/{lost_file})\n\n![O](../media/{other_file} "C")\n'
    assert "locale" not in page.fields
    assert (exported.media, exported.missing, exported.altered) == (
        2,
        (f"media/{lost_file}", f"media/{out_file}"),
        (f"media/{other_file}",),
    )
    assert b"wren@x.example" not in b"".join(files.values())
    assert all(b"\r" not in content for name, content in files.items() if not name.endswith(".png"))


async def test_an_export_is_one_moment(database: Database, tmp_path: Path) -> None:
    """An article names a topic that is called otherwise in its own file, or is in no file."""
    await a_site(database)
    topic = await a_topic(database)
    await a_public_article(database, slug="ferry", topic_ids=(topic,))

    def write(_done: int, _total: int, what: str) -> None:
        if what == "articles":
            run_elsewhere(database, "UPDATE topic SET name = 'Bread'")

    await export_markdown(database, tmp_path / "out", tmp_path, write)

    assert read_page((tmp_path / "out/topics/boats.md").read_bytes()).fields == {"name": "Boats", "slug": "boats"}
    assert (await Topic.get()).name == "Bread"


async def test_nothing_is_written_over(database: Database, tmp_path: Path) -> None:
    """An export into the wrong folder must not mix with what lies there; a zip is whole or is not there."""
    empty, full = tmp_path / "empty", written(tmp_path / "full", {"a.md": "A"})
    empty.mkdir()
    (tmp_path / "old.zip").write_bytes(b"old")
    with pytest.raises(CannotPack, match="There is no site yet"):
        await export_markdown(database, tmp_path / "old.zip", tmp_path)
    assert (tmp_path / "old.zip").read_bytes() == b"old"
    await a_site(database)
    for target in (full, full / "a.md", full / "a.md" / "b", tmp_path / "none" / "a.zip"):
        with pytest.raises(CannotPack):
            await export_markdown(database, target, tmp_path)
    await export_markdown(database, tmp_path / "old.zip", tmp_path)
    await export_markdown(database, empty, tmp_path)

    assert tree(full) == {"a.md": b"A"}
    assert tree(empty).keys() == {"site.yml"}
    assert [name for name in tree(tmp_path) if "partial" in name] == []
    assert (await bring(database, tmp_path / "old.zip", tmp_path)).counts["sites"].unchanged == 1
