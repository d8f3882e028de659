"""Folders of other programs come in: what they say is understood, what cannot be read is refused by name."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cms.articles.actions import delete_article
from cms.articles.models import Article, ArticleRevision, Publication, RevisionContributor, RevisionTopic
from cms.articles.trash import empty_trash
from cms.authors.actions import AuthorDraft, create_author, delete_author
from cms.authors.models import Author
from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.errors import InvalidInput, NotAllowed
from cms.kernel.viewer import SYSTEM, Scope, Viewer
from cms.media.models import Media
from cms.site.models import Site
from cms.topics.actions import delete_topic
from cms.topics.models import Topic
from cms.transfer.importing import Count
from cms.transfer.markdown import Options, import_markdown
from tests.articles.world import every_row
from tests.transfer.markdowns import PNG, Files, bring, written, zipped
from tests.transfer.world import a_site

pytestmark = pytest.mark.asyncio

JEKYLL: Files = {
    "_config.yml": (
        "title: Slack Water\nurl: https://slack.example\nlang: en-GB\ntimezone: Europe/London\nplugins: [feed]\n"
    ),
    "_posts/2012-07-01-the-ferry.md": (
        '---\nlayout: post\ntitle: "The ferry: a timetable"\ncategories: boats tides\nauthor: Wren Ashdown\n'
        "image: /assets/lamp.png\nexcerpt: It sails twice.\n---\n\n"
        "Read [the lamp]({% post_url 2012-07-02-the-lamp %}).\n\n"
        "![A lamp](/assets/lamp.png)\n"
    ),
    "_posts/2012-07-02-the-lamp.md": (
        "---\ntitle: The lamp\ndate: 2012-07-02 08:30:00 +0200\npermalink: /lamps/the-lamp.html\ntags: [boats]\n---\n"
        "Back to [the ferry](2012-07-01-the-ferry.md).\n"
    ),
    "_drafts/tomorrow.md": "---\ntitle: Tomorrow\ndate: 2012-07-03\n---\nNot yet.\n",
    "about.md": (
        "---\nlayout: page\ntitle: About\n---\n<p>Two people and <a href='/lamps/the-lamp.html'>a lamp</a>.</p>\n"
    ),
    "README.md": "# How to build this\n",
    "assets/lamp.png": PNG,
    "assets/unused.png": PNG + b"1",
    "_site/index.html": "<p>",
}
FOUNDED = (
    "There was no site, so “Slack Water” was founded at https://slack.example, in en-GB, in the zone Europe/London."
)
HUGO: Files = {
    "hugo.toml": 'title = "Low Tide"\nbaseURL = "https://tide.example/"\nlanguageCode = "en"\n',
    "content/_index.md": "+++\ntitle = 'Home'\n+++\n",
    "content/authors/wren/_index.md": "+++\nname = 'Wren Ashdown'\n+++\nKeeps *lamps*.\n",
    "content/posts/mussels/index.md": (
        "+++\ntitle = 'Mussels'\ndate = 2012-07-01T10:00:00Z\nlastmod = 2012-08-01\nexpiryDate = 2013-07-01\n"
        "tags = ['shore', {name = 'Food', parent = 'shore'}]\nauthors = ['wren']\nweight = 3\n"
        "[cover]\nimage = 'shell.png'\nalt = 'A shell'\n+++\nSee [limpets]({{< ref \"limpets.md\" >}}).\n"
    ),
    "content/posts/mussels/shell.png": PNG,
    "content/posts/limpets.md": "+++\ntitle = 'Limpets'\ndate = 2012-06-01\ndraft = true\n+++\nThey hold.\n",
    "content/posts/whelks.md": "+++\ntitle = 'Whelks'\npublishDate = 2090-01-01\n+++\nLater.\n",
    "content/posts/kelp.md": "+++\ntitle = 'Kelp'\ndate = 2090-01-01\n+++\nOn [limpets](limpets.md).\n",
}


async def _titles() -> dict[str, bool]:
    """Every title, and whether it was ever public or will be."""
    public = set(await Publication.all().values_list("article_id", flat=True))
    return {row.title: row.article_id in public for row in await ArticleRevision.all().order_by("title")}


async def test_a_folder_of_jekyll_comes_in(database: Database, tmp_path: Path) -> None:
    """Most people who keep texts in files keep them for Jekyll."""
    folder = written(tmp_path / "blog", JEKYLL)
    store = tmp_path / "media"

    rehearsed = await bring(database, folder, store, dry_run=True)
    assert not store.exists()
    report = await bring(database, folder, store)

    assert rehearsed == report
    assert report.counts == {
        "sites": Count(created=1),
        "articles": Count(created=4, skipped=1),
        "media": Count(created=1),
        "topics": Count(created=2),
        "authors": Count(created=1),
    }
    assert report.notes == (
        FOUNDED,
        "Its name, or that of a folder, begins with “_”, and it is a draft: _drafts/tomorrow.md.",
        "It has no date of publication, and is a draft: about.md.",
        "Its body is HTML, and was read as such: about.md.",
    )
    assert report.not_understood == ("layout: 2 files, the first is _posts/2012-07-01-the-ferry.md",)
    assert await _titles() == {"About": False, "The ferry: a timetable": True, "The lamp": True, "Tomorrow": False}
    ferry = await ArticleRevision.get(title="The ferry: a timetable")
    lamp = await ArticleRevision.get(title="The lamp")
    about = await ArticleRevision.get(title="About")
    picture = await Media.get()
    assert (ferry.slug, lamp.slug, ferry.standfirst) == ("the-ferry", "the-lamp", "It sails twice.")
    assert ferry.body_markdown == (
        f"Read [the lamp](article:art_{lamp.article_id}).\n\n![A lamp](media:med_{picture.id})\n"
    )
    assert about.body_markdown == f"Two people and [a lamp](article:art_{lamp.article_id}).\n"
    assert (ferry.lead_image_id, picture.alt, picture.content_type) == (picture.id, "A lamp", "image/png")
    assert (store / picture.storage_key).read_bytes() == PNG
    moments = {row.slug: row.published_at for row in await Publication.all()}
    assert moments == {
        "the-ferry": datetime(2012, 6, 30, 23, tzinfo=UTC),
        "the-lamp": datetime(2012, 7, 2, 6, 30, tzinfo=UTC),
    }
    assert (await RevisionContributor.get(revision_id=ferry.id)).credited_as == "Wren Ashdown"
    rows = await every_row(database)
    packed = zipped(tmp_path / "blog.zip", {f"blog-main/{name}": content for name, content in JEKYLL.items()})
    again = await bring(database, packed, store)
    assert (again.counts["articles"], await every_row(database)) == (Count(unchanged=4, skipped=1), rows)


async def test_a_folder_of_hugo_comes_in(database: Database, tmp_path: Path) -> None:
    """Bundles keep their pictures beside them, drafts and dates to come stay out of sight."""
    report = await bring(database, written(tmp_path / "tide", HUGO), tmp_path / "media")

    assert report.counts == {
        "sites": Count(created=1),
        "articles": Count(created=4, skipped=1),
        "authors": Count(created=1),
        "media": Count(created=1),
        "topics": Count(created=2),
    }
    assert report.not_understood == ("weight: 1 file, the first is content/posts/mussels/index.md",)
    assert "When it was last changed is not kept: content/posts/mussels/index.md." in report.notes
    assert await _titles() == {"Kelp": False, "Limpets": False, "Mussels": True, "Whelks": True}
    (why,) = [note for note in report.notes if "kelp" in note]
    assert why.startswith("It cannot go out as it is, now a draft (“limpets” leads to what readers cannot see: ")
    assert (await Site.get()).url == "https://tide.example"
    mussels = await ArticleRevision.get(title="Mussels")
    limpets = await ArticleRevision.get(title="Limpets")
    whelks = await Publication.get(slug="whelks")
    author = await Author.get()
    topics = {row.id: row for row in await Topic.all()}
    shore = next(row for row in topics.values() if row.name == "shore")
    assert mussels.body_markdown == f"See [limpets](article:art_{limpets.article_id}).\n"
    assert (mussels.slug, mussels.lead_image_alt, mussels.author_id) == ("mussels", "A shell", author.id)
    assert (author.slug, author.bio_markdown) == ("wren", "Keeps *lamps*.\n")
    assert [topics[row.topic_id].name for row in await RevisionTopic.filter(revision_id=mussels.id)] == [
        "shore",
        "Food",
    ]
    assert {row.parent_id for row in topics.values()} == {None, shore.id}
    out = await Publication.get(slug="mussels")
    assert (out.starts_at, out.ends_at) == (datetime(2012, 7, 1, 10, tzinfo=UTC), datetime(2013, 7, 1, tzinfo=UTC))
    assert (whelks.starts_at, whelks.starts_by_clock) == (datetime(2090, 1, 1, tzinfo=UTC), True)


async def test_what_cannot_be_read_keeps_nothing_else_out(database: Database, tmp_path: Path) -> None:
    """One damaged file among thousands is named; a whole folder that is refused for it helps nobody."""
    await a_site(database)
    (tmp_path / "secret.png").write_bytes(PNG)
    circle = "---\nname: {}\nparent: {}\n---\n"
    folder = written(
        tmp_path / "folder",
        {
            "site.yml": "name: Another\n",
            "a.md": (
                "---\ntitle: Fine\ndate: 2012-03-01\nlocale: fr\n---\n"
                "![s](../secret.png) ![t](text.png) ![n](none.png)\n"
            ),
            "aliases.md": "---\na: &a [1]\nb: [*a, *a]\n---\n",
            "bytes.md": b"---\ntitle: A\n---\ncaf\xe9",
            "control.md": '---\ntitle: "a\\0b"\ndate: 2012-03-01\n---\n',
            "date.md": '---\ndate: "\\e[2Jsoon"\n---\n',
            "large.md": b"x" * 1_200_000,
            "deep.md": "---\ndate: 2012-03-01\n---\n" + ">" * 60 + " x\n",
            "same-1.md": "---\nid: art_01890a5d-ac96-774b-bcce-b302099a8057\n---\nOne",
            "same-2.md": "---\nid: art_01890a5d-ac96-774b-bcce-b302099a8057\n---\nTwo",
            "names.md": '---\nauthor: "a\\0b"\ntags: ["\\0", {name: "\\e[2J", parent: "x\\0"}]\n---\n',
            "ends.md": "---\ndate: 2012-03-01\nexpiryDate: 2011-03-01\n---\nx",
            "text.png": b"no picture",
            "topics/a.md": circle.format("A", "b"),
            "topics/b.md": circle.format("B", "c"),
            "topics/c.md": circle.format("C", "a"),
            "authors/odd.md": (
                "---\nname: Odd\nwebsite: javascript:x\navatar: ../../secret.png\nemail: o@x.example\n---\n"
            ),
        },
    )

    report = await bring(database, folder, tmp_path / "media")

    assert report.refusals == (
        "aliases.md: its front matter holds an anchor or an alias.",
        "bytes.md: it is no UTF-8 (byte 21).",
        "date.md: “\ufffd[2Jsoon” is no date like 2012-03-01 or 2012-03-01T12:30:00Z.",
        "large.md: it has more than 1,114,112 bytes.",
        "same-2.md: it has the id of same-1.md.",
        "deep.md: Quotes or lists are nested too deeply: take some levels away.",
        "names.md: one of its authors: The text holds U+0000, which is no character to write: remove it.",
        "names.md: one of its topics: The text holds U+0000, which is no character to write: remove it.",
        "names.md: one of its topics: The text holds U+001B, which is no character to write: remove it.",
        "control.md: title: The text holds U+0000, which is no character to write: remove it.",
        "ends.md: unpublishedAt: It was taken down before it came out.",
    )
    assert report.counts == {
        "sites": Count(unchanged=1),
        "authors": Count(created=1, refused=1),
        "topics": Count(created=3, refused=2),
        "articles": Count(created=3, refused=8),
    }
    assert await _titles() == {"Fine": True, "Names": False, "Same 1": False}
    assert (await ArticleRevision.get(title="Fine")).body_markdown == "s t n\n"
    assert [(row.name, row.parent_id is None) for row in await Topic.all().order_by("name")] == [
        ("A", False),
        ("B", False),
        ("C", True),
    ]
    assert await Media.all().count() == 0
    assert report.notes == (
        "The site has no language fr; its own was taken: a.md.",
        "Its picture is not in the folder, and was left out: authors/odd.md.",
        "A web address that is none was left out: authors/odd.md.",
        "The topic above it stands below it; it stands at the top: topics/c.md.",
        "Files of a type that is not taken stay where they are: text.png.",
        "An image whose file is not here, or is of no type that is taken, became its words: a.md.",
        "It has no date of publication, and is a draft: names.md, same-1.md.",
    )
    assert report.not_understood == ("email: 1 file, the first is authors/odd.md",)


async def test_what_is_here_is_used_and_what_was_deleted_stays_so(database: Database, tmp_path: Path) -> None:
    """An editor's decisions count for more than a file that is older than they are."""
    await a_site(database)
    here = await create_author(database, SYSTEM, AuthorDraft(name="Wren Ashdown", slug="wren"))
    files: Files = {
        "one.md": (
            "---\ntitle: One\ndate: 2012-03-01\ntopics: [Sea, C++, 'C#']\n"
            "authors: [wren, {name: W. A., slug: wren, role: editor}, Bo]\n---\n"
        ),
        "two.md": "---\ntitle: Two\ndate: 2012-03-02\ntags: sea\n---\n[one](one.md) ![lamp](lamp.png)\n",
        "lamp.png": PNG,
    }
    folder, store = written(tmp_path / "folder", files), tmp_path / "media"
    first = await bring(database, folder, store)
    one = await ArticleRevision.get(title="One")
    bo = await Author.get(name="Bo")
    people = [
        (row.author_id, row.role.value, row.credited_as) for row in await RevisionContributor.all().order_by("position")
    ]
    await delete_article(database, SYSTEM, one.article_id)
    trashed = await bring(database, folder, store)
    await empty_trash(database, now())
    topics = [(row.name, row.slug) for row in await Topic.all().order_by("name")]
    await delete_topic(database, SYSTEM, (await Topic.get(name="C#")).id)
    await delete_author(database, SYSTEM, bo.id)
    await Media.all().update(deleted_at=now())
    body = "[one](one.md) [two](two.md) ![lamp](lamp.png)\n"
    written(folder, {"three.md": f"---\ntitle: Three\ndate: 2012-03-03\nauthor: Bo\ntags: ['C#']\n---\n{body}"})
    after = await bring(database, folder, store)

    assert first.counts["authors"] == Count(created=1, unchanged=1)
    assert first.counts["topics"] == Count(created=3)
    assert topics == [("C#", "c-2"), ("C++", "c"), ("Sea", "sea")]
    assert people == [(here.id, "AUTHOR", "Wren Ashdown"), (here.id, "EDITOR", "W. A."), (bo.id, "AUTHOR", "Bo")]
    assert trashed.counts == {"articles": Count(unchanged=2)}
    assert after.counts == {"articles": Count(created=1, unchanged=2)}
    assert await _titles() == {"Three": True, "Two": True}
    two, three = await ArticleRevision.get(title="Two"), await ArticleRevision.get(title="Three")
    assert three.body_markdown == f"one [two](article:art_{two.article_id}) lamp\n"
    assert three.author_id is None
    assert trashed.notes == (
        "Articles that are here already stay as they are, whatever their files say: 1.",
        "Deleted here, and not brought back: one.md.",
    )
    assert after.notes == (
        "Articles that are here already stay as they are, whatever their files say: 1.",
        "Deleted here, and not brought back: one.md, lamp.png.",
        "A link to a file that is not here became its words: three.md.",
        "An image whose file is not here, or is of no type that is taken, became its words: three.md.",
        "Its author was deleted here, and is not brought back: three.md.",
        "A topic of it was deleted here, and is not brought back: three.md.",
    )


async def test_what_its_writer_held_back_goes_nowhere(database: Database, tmp_path: Path) -> None:
    """A diary, a page for those who pay, a theme's examples or a remark to a colleague stands before everybody."""
    await a_site(database)
    dated = "---\ntitle: {}\ndate: 2012-03-01\n{}\n---\n"
    files = {
        "content/out.md": dated.format("Out", "") + "Words.\n\n<!--more-->\n\nMore <!-- ask Bo --> `<!-- shown -->`\n",
        "content/paid.md": dated.format("Paid", "status: published\nvisibility: paid"),
        "content/unlisted.md": dated.format("Unlisted", "unlisted: true"),
        "content/unsure.md": dated.format("Unsure", "draft: nearly"),
        "content/never.md": dated.format("Never", "build: {render: never}"),
        "content/_later/part.md": dated.format("Later", ""),
        "diary/2012-03-01.md": "Knee.\n",
        "diary/2012-03-02.md": "---\npublish: true\n---\nOars.\n",
        "2012-03-01-oars.md": "# Oars <!-- or Sculls? -->\n\nLong.\n",
        "note.md": "---\ncreated: 2012-03-01\n---\nMine.\n",
        "meant.md": "---\ncreated: 2012-03-01\npublish: true\n---\nOurs.\n",
        "null.md": "---\npublished_at: null\ncreated_at: 2012-03-01\n---\nMine too.\n",
        "archetypes/default.md": "---\ndate: {{ .Date }}\n---\n",
        "themes/plain/exampleSite/content/lorem.md": dated.format("Lorem", ""),
    }

    report = await bring(database, written(tmp_path / "folder", files), tmp_path / "media")

    assert await _titles() == {
        "2012-03-01": False,
        "2012-03-02": True,
        "Later": False,
        "Meant": True,
        "Never": False,
        "Note": False,
        "Oars": True,
        "Null": False,
        "Out": True,
        "Paid": False,
        "Unlisted": False,
        "Unsure": False,
    }
    out = await ArticleRevision.get(title="Out")
    assert out.body_markdown == "Words.\n\nMore `<!-- shown -->`\n"
    begun = await Article.get(id=(await ArticleRevision.get(title="Note")).article_id)
    assert begun.created_at == datetime(2012, 2, 29, 23, tzinfo=UTC)
    assert report.counts["articles"] == Count(created=12, skipped=2)
    assert report.notes == (
        "Its name, or that of a folder, begins with “_”, and it is a draft: content/_later/part.md.",
        "Words that its writer hid from readers were left out: content/out.md.",
        "It has no date of publication, and is a draft: diary/2012-03-01.md, note.md, null.md.",
    )


async def test_of_a_vault_only_what_says_so_goes_out(database: Database, tmp_path: Path) -> None:
    """A vault is somebody's desk: most of its notes have a date, and none of them was written for readers."""
    await a_site(database)
    note = "---\ndate: 2012-03-01\n{}\n---\n"
    vault = {".obsidian/app.json": "{}", "knee.md": note.format(""), "oars.md": note.format("publish: true")}
    blog = {".obsidian/app.json": "{}", "_config.yml": "title: Blog\n", "ropes.md": note.format("")}

    report = await bring(database, written(tmp_path / "vault", vault), tmp_path / "media")
    zipped_report = await bring(
        database, zipped(tmp_path / "vault.zip", {f"v/{n}": c for n, c in vault.items()}), tmp_path
    )
    await bring(database, written(tmp_path / "blog", blog), tmp_path / "media")

    assert await _titles() == {"Knee": False, "Oars": True, "Ropes": True}
    assert report.notes == ("A note of Obsidian that does not say “publish: true” is a draft: knee.md.",)
    assert zipped_report.counts == {"articles": Count(unchanged=2)}


async def test_translations_find_each_other_wherever_they_stand(database: Database, tmp_path: Path) -> None:
    """A translation may stand before its original, and translate another translation."""
    await a_site(database, locales=("en", "de", "fr"))
    files = {
        "a.de.md": "---\ntitle: Eins\ndate: 2012-03-01\ntranslationOf: z.md\n---\n",
        "b.fr.md": "---\ntitle: Un\ndate: 2012-03-01\ntranslationOf: a.de.md\n---\n",
        "z.md": "---\ntitle: One\ndate: 2090-03-01\n---\nx\n",
        "ring.md": "---\ntitle: Ring\ndate: 2012-03-01\ntranslationOf: ring.de.md\n---\n",
        "ring.de.md": "---\ntitle: Reif\ndate: 2012-03-01\ntranslationOf: ring.md\n---\n",
        "lost.md": "---\ntitle: Lost\ndate: 2012-03-01\ntranslationOf: nothing\n---\n",
    }

    report = await bring(database, written(tmp_path / "folder", files), tmp_path / "media")

    groups = {row.id: (row.translation_group_id, row.locale) for row in await Article.all()}
    said = {row.title: groups[row.article_id] for row in await ArticleRevision.all()}
    assert len({said[title][0] for title in ("Eins", "Un", "One")}) == 1
    assert [said[title][1] for title in ("Eins", "Un", "One", "Reif")] == ["de", "fr", "en", "de"]
    assert len({said[title][0] for title in ("Ring", "Reif", "Lost", "One")}) == 4
    assert report.refusals == ()
    assert report.notes == ("What it translates is not in the folder, or translates it: lost.md, ring.de.md, ring.md.",)


async def test_only_those_who_may_bring_things_in(database: Database, tmp_path: Path) -> None:
    """An import publishes, so that a writer may not; and a folder that is none is said to be none."""
    writer = Viewer(frozenset({Scope.CONTENT_WRITE, Scope.CONTENT_PUBLISH}), actor="user:writer")
    folder = written(tmp_path / "folder", {"a.md": "A"})
    with pytest.raises(NotAllowed):
        await bring(database, folder, tmp_path, viewer=writer)
    with pytest.raises(InvalidInput):
        await bring(database, folder, tmp_path, zone="Mars/Olympus")
    none = await bring(database, tmp_path / "none", tmp_path)
    assert await Site.all().count() == 0
    odd = {
        "site.yml": (
            'name: "a\\0b"\nurl: javascript:x\ntimeZone: ../x\nlocales: [en, "?"]\ndefaultLocale: de\narticlePath: /x\n'
        )
    }
    await bring(database, written(folder, odd), tmp_path)

    with pytest.raises(NotAllowed):
        await bring(database, folder, tmp_path, viewer=writer)
    assert none.refusals == ("none: it is neither a folder nor a zip.",)
    site = await Site.get()
    assert (site.name, site.url, site.time_zone) == ("folder", "http://127.0.0.1:8000", "UTC")
    assert (site.default_locale, site.locales, site.article_path) == ("de", ["de", "en"], "/articles/{slug}")


async def test_many_files_come_in_by_batches(database: Database, tmp_path: Path) -> None:
    """Files of one name get addresses of their own, and everybody is told how far it has come."""
    await a_site(database)
    files = {f"{place:03}/note.md": f"---\ntitle: Note {place}\ndate: 2012-03-01\n---\n" for place in range(230)}
    told: list[tuple[int, int, str]] = []

    report = await import_markdown(
        database,
        SYSTEM,
        written(tmp_path / "folder", files),
        Options(store=tmp_path),
        lambda *how_far: told.append(how_far),
    )

    assert report.counts == {"articles": Count(created=230)}
    assert {row.slug for row in await ArticleRevision.all()} >= {"note", "note-2", "note-230"}
    assert [each for each in told if each[2] == "articles"] == [
        (100, 230, "articles"),
        (200, 230, "articles"),
        (230, 230, "articles"),
    ]
