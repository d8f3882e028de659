"""WordPress exports in a database: everything arrives once, nothing that was hidden is shown, and a kill is no harm."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cms.articles.actions import delete_article
from cms.articles.models import Article, Publication
from cms.articles.trash import empty_trash
from cms.authors.actions import AuthorDraft, create_author
from cms.authors.models import Author
from cms.comments.models import Comment, CommentStatus
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.errors import NotAllowed
from cms.kernel.secrecy import use_secret
from cms.kernel.viewer import SYSTEM, Scope, Viewer
from cms.media.models import Media
from cms.site.models import Redirect, Site
from cms.site.redirects import RedirectDraft, create_redirect
from cms.topics.models import Topic
from cms.transfer.importing import Count
from cms.transfer.wxr.importing import import_wxr
from cms.transfer.wxr.job import Options
from tests.articles.world import every_row
from tests.transfer.exports import (
    BLOG,
    NEVER,
    attachment,
    author,
    bring,
    category,
    comment,
    export,
    filed,
    heads,
    item,
    line_of,
    list_of,
    meaning,
    meta,
    tag,
    written,
)
from tests.transfer.theme_export import THEME_EXPORT, on_theme_export
from tests.transfer.world import a_site

pytestmark = pytest.mark.asyncio

UPLOAD = "https://old.example/files/lamp.jpg"
FUTURE = "2090-01-01 00:00:00"

#: Everything that an export can hold, once.
WHOLE = (
    author("wren", "Wren Ashdown", 7, "wren@old.example"),
    author("bo", "Bo Larch", 8, "no address"),
    category("rowing", "Rowing", "boats"),
    category("boats", "Boats", said="All that <em>floats</em>."),
    category("a-ring", "A ring", "b-ring"),
    category("b-ring", "B ring", "a-ring"),
    tag("boats", "Boats"),
    tag("tides", "Tides"),
    item(
        1,
        "The ferry &amp; <em>the</em> tide",
        f'Read <a href="{BLOG}/post-2/">the page</a>, <a href="?p=3">a draft</a>, '
        '<a href="/blog/feed/">all</a>.\n\n[gallery]',
        filed("rowing", "Rowing") + filed("boats", "Boats", "post_tag") + filed("new", "Only here", "post_tag"),
        meta("_thumbnail_id", "20"),
        comment(101, "First, *she* said.", email="bad@", url="elsewhere", gmt=NEVER),
        comment(102, "<del>Waits.</del>", 101, approved="0"),
        comment(103, "<b>Answers</b> what waits.", 102),
        comment(104, "Ping", kind="pingback"),
        comment(105, "From me.", user="7", email="wren@old.example"),
        comment(106, "Buy!", approved="spam"),
        comment(107, "Gone.", approved="trash"),
        comment(108, " \u200b ", 101),
        comment(109, "Answers nothing.", 108),
        excerpt="What the <b>tide</b> does.",
    ),
    item(2, "About", "<p>Us.</p>", kind="page", comments="closed", parent="8"),
    item(3, "Unfinished", gmt=NEVER, local=NEVER, status="draft", link=f"{BLOG}/?p=3"),
    item(4, "For friends", "Hush.", comment(201), status="private"),
    item(5, "Locked", "Hush.", lock="open", link=f"{BLOG}/locked/"),
    item(6, "Soon", "Wait.", gmt=FUTURE, status="future"),
    item(7, "", "No title, but words.", slug="no-title"),
    item(8, "Nothing in it", "", creator="stranger"),
    item(9, "Same address", slug="post-1"),
    item(10, "Thrown away", status="trash"),
    attachment(20, UPLOAD, meta("_wp_attachment_image_alt", "A lamp"), parent="1", excerpt="Lit."),
)


@pytest.fixture(autouse=True)
def _secret() -> None:
    use_secret(b"a key for tests, thirty-two bytes")


async def test_an_export_becomes_a_publication(database: Database, tmp_path: Path) -> None:
    """Ten years of somebody's work come over once; what is wrong then is wrong for good."""
    report = await bring(database, written(tmp_path, *WHOLE))

    assert report.counts == {
        "sites": Count(created=1),
        "authors": Count(created=3),
        "topics": Count(created=7, unchanged=1),
        "media": Count(created=1),
        "articles": Count(created=9),
        "redirects": Count(created=9),
        "pingbacks and trackbacks": Count(skipped=1),
        "comments": Count(created=8, refused=1),
        "files": Count(skipped=1),
    }
    assert report.refusals == ("comment 108: Nothing of it can be seen.",)
    await _expect_articles()
    await _expect_surroundings()
    await _expect_comments()
    assert "Private, now a draft: post 4." in report.notes
    assert "Protected by a password, now a draft: post 5." in report.notes
    assert "In WordPress's trash, left out: post 10." in report.notes
    assert "It had no title, and got one of its first words: post 7." in report.notes
    assert "A category and a tag of the same name are one topic: boats." in report.notes
    assert "It links to the old site still (to a file, a list, or what is not public here): post 1." in report.notes
    assert "It stood below another page; here pages stand side by side: page 2." in report.notes
    assert "Its headings, lists, tables, code or struck-out words became plain text: comment 102." in report.notes
    assert "A mail address that is none was left out: author bo, comment 101." in report.notes, list_of(report.notes)


async def _expect_articles() -> None:
    says = await heads()
    assert says[1].title == "The ferry & the tide"
    assert says[1].standfirst == "What the tide does."
    media, page = await Media.get(), await Article.get(source_id="old.example/blog#page-2")
    assert f'<a href="/id/art_{page.id}">the page</a>' in says[1].body_html
    assert '<a href="?p=3"' not in says[1].body_html
    gallery = f'<figure><img src="/media/id/med_{media.id}" alt="A lamp"><figcaption>Lit.</figcaption></figure>'
    assert gallery in says[1].body_html
    assert (says[1].lead_image_id, says[1].lead_image_alt, says[1].lead_image_caption) == (media.id, "A lamp", "Lit.")
    assert (says[7].title, says[7].slug) == ("No title, but words.", "no-title")
    assert (says[9].slug, says[8].body_text) == ("post-1-2", "")
    public = {row.slug: row for row in await Publication.all()}
    assert sorted(public) == ["no-title", "post-1", "post-1-2", "post-2", "post-6", "post-8"]
    assert public["post-1"].starts_at == datetime(2012, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert public["post-6"].starts_by_clock
    assert (page.comments_open, page.first_published_at) == (False, public["post-2"].starts_at)


async def _expect_surroundings() -> None:
    site = await Site.get()
    assert (site.name, site.url, site.default_locale) == ("The Old Lamp", BLOG, "en-GB")
    authors = {row.name: (row.email, row.article_count) for row in await Author.all()}
    assert authors == {"Wren Ashdown": ("wren@old.example", 4), "Bo Larch": (None, 0), "stranger": (None, 1)}
    topics = {row.slug: row for row in await Topic.all()}
    assert sorted(topics) == ["a-ring", "b-ring", "boats", "new", "pages", "rowing", "tides"]
    assert topics["rowing"].parent_id == topics["boats"].id
    assert topics["boats"].description == "All that floats."
    assert (topics["b-ring"].parent_id, topics["a-ring"].parent_id) == (None, topics["b-ring"].id)
    assert {slug for slug, row in topics.items() if row.article_count} == {"rowing", "boats", "new", "pages"}
    redirects = {row.from_path: row.target for row in await Redirect.all()}
    first = await Article.get(source_id="old.example/blog#post-1")
    assert redirects["/blog/post-1/"] == redirects["/blog/?p=1"] == f"art_{first.id}"
    assert {"/blog/?page_id=2", "/blog/no-title/"} < redirects.keys()
    assert not {"/blog/?p=3", "/blog/?p=4", "/blog/?p=5", "/blog/locked/", "/blog/?p=6"} & redirects.keys()


async def _expect_comments() -> None:
    said = {int(str(row.source_id).rpartition("-")[2]): row for row in await Comment.all()}
    assert Counter(row.status for row in said.values()) == {
        CommentStatus.APPROVED: 5,
        CommentStatus.PENDING: 1,
        CommentStatus.SPAM: 1,
        CommentStatus.REJECTED: 1,
    }
    first, waits, answers = said[101], said[102], said[103]
    assert (first.body_text, first.author_name) == ("First, *she* said.", "Ines")
    assert not first.author_email
    assert not first.author_url
    assert first.created_at == datetime(2012, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert (waits.parent_id, answers.parent_id, answers.depth) == (first.id, waits.id, 2)
    assert (waits.is_listed, waits.reply_count, answers.body_html) == (
        True,
        1,
        "<p><strong>Answers</strong> what waits.</p>",
    )
    # What it answered was refused, and that answered the first.
    assert (said[105].by_contributor, said[103].by_contributor, said[109].parent_id) == (True, False, first.id)
    assert (await Article.get(source_id="old.example/blog#post-1")).comment_count == 4


async def test_the_same_export_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    """Somebody will run it twice, and somebody will run it again after a month of editing here."""
    path = written(tmp_path, *WHOLE)
    first = await bring(database, path)
    deleted = await Article.get(source_id="old.example/blog#post-9")
    await delete_article(database, SYSTEM, deleted.id)
    assert await empty_trash(database, now() + timedelta(seconds=1)) == 1
    before = await every_row(database)

    second = await bring(database, path)

    assert await every_row(database) == before
    assert second.created == 0
    assert second.refusals == first.refusals
    assert second.counts["articles"] == Count(unchanged=9)
    assert second.counts["comments"] == Count(unchanged=8, refused=1)


async def test_a_rehearsal_tells_the_same_and_stores_nothing(database: Database, tmp_path: Path) -> None:
    """A report that differed from the import's would be no use, and one that stored would be a lie."""
    path = written(tmp_path, *WHOLE)
    before = await every_row(database)

    rehearsal = await bring(database, path, Options(dry_run=True))

    assert await every_row(database) == before
    assert rehearsal == await bring(database, path)
    assert rehearsal.created > 0


class _Killed(Exception):
    """Stands for the end of the process."""


def _dying(after: int) -> Callable[[int, int, str], None]:
    """Ends the import when it has told so often how far it has come."""
    left = [after]

    def progress(_done: int, _total: int, _what: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise _Killed

    return progress


async def test_killed_anywhere_and_run_again_it_ends_the_same(database: Database, tmp_path: Path) -> None:
    """A large import is many transactions; a restart in between must find its place, links to the unborn included."""
    path = written(tmp_path, *WHOLE)
    uninterrupted: object = None
    with suppress(_Killed):
        async with transaction(database):
            await bring(database, path)
            uninterrupted = await meaning(database)
            raise _Killed
    places = []
    for after in (1, 1, 2, 3, 99):
        try:
            await bring(database, path, progress=_dying(after))
        except _Killed:
            places.append((await Article.all().count(), await Redirect.all().count(), await Comment.all().count()))

    assert places == [(0, 0, 0), (9, 0, 0), (9, 9, 0), (9, 9, 8)]
    assert await meaning(database) == uninterrupted


async def test_what_is_here_is_used_and_never_changed(database: Database, tmp_path: Path) -> None:
    """An import into a site that has content joins it; whoever is here keeps name, address and place."""
    await a_site(database)
    await create_redirect(database, SYSTEM, RedirectDraft(from_path="/blog/post-1/", to="/moved"))
    await create_author(database, SYSTEM, AuthorDraft(name="Wren ashdown", slug="w"))
    path = written(
        tmp_path,
        author("wren", "Wren Ashdown"),
        item(1, "Deep", "Text", comment(1), *(comment(number, "Re", number - 1) for number in range(2, 20))),
        item(2, "Long", "Text", comment(50, "word " * 1_200)),
        item(3, "x" * 400, "Text", "".join(filed(f"t{number}", f"T{number}", "post_tag") for number in range(40))),
        item(4, "Big", "a" * 1_100_000),
        item(5, "Soon", f'After <a href="{BLOG}/?p=7">the last</a>.', gmt=FUTURE, status="future"),
        item(6, "Soon, undescribed", f'<img src="{UPLOAD}">', gmt=FUTURE, status="future"),
        item(
            7, "Last", "Words.", meta("mood", "calm") + "<wp:is_sticky>1</wp:is_sticky>", link="http://[", slug="a/../b"
        ),
        item(8, "Eight", link="https://old.example/articles/eight", slug="eight"),
        attachment(20, UPLOAD),
        attachment(21, "https://old.example/run.html"),
    )
    report = await bring(database, path)

    site = await Site.get()
    assert (site.name, report.counts["articles"]) == ("Harbour Light", Count(created=7, refused=1))
    assert report.refusals[0].startswith("post 4: The text is larger than")
    deep, long = [await Article.get(source_id=f"old.example/blog#post-{number}") for number in (1, 2)]
    assert (deep.locale, deep.comments_max_depth, deep.comment_count) == ("en", 16, 19)
    assert max([row.depth for row in await Comment.filter(article_id=deep.id)]) == 16
    assert (long.comments_max_length, long.comment_count) == (5999, 1)
    says = await heads()
    assert says[3].title == "x" * 299 + "…"
    assert await Topic.filter(article_count=1).count() == 30
    assert line_of(report, "Of its topics").endswith("post 3.")
    assert line_of(report, "It cannot go out as it is, now a draft").endswith("post 6.")
    assert report.counts["redirects"] == Count(created=7, unchanged=2)
    assert (await Redirect.get(from_path="/blog/post-1/")).target == "/moved"
    assert [(row.slug, row.source) for row in await Author.all()] == [("w", None)]
    assert "The custom field “mood” was left out: post 7." in report.notes
    assert '<a href="/id/art_' in says[5].body_html
    assert says[7].slug == "a-b"
    assert [Path(row.storage_key).suffix for row in await Media.all().order_by("source_id")] == [".jpg", ""]
    assert (await Publication.filter(starts_by_clock=True).count(), now().year < 2090) == (1, True)


async def test_a_torn_export_brings_what_is_whole_and_fails(database: Database, tmp_path: Path) -> None:
    """Exit status 1 tells whoever scripts this that something is missing; what came is not lost for that."""
    path = tmp_path / "torn.xml"
    path.write_text(export(item(1, "One", "Text", comment(1)), item(2)).partition("<wp:post_id>2")[0], encoding="utf-8")

    report = await bring(database, path)

    assert (await Article.all().count(), await Comment.all().count()) == (1, 1)
    assert report.failed
    assert report.refusals[0].startswith("The file breaks off or is damaged at line 6: Premature end")
    path.write_text("<rss><channel><title>A feed</title></channel></rss>", encoding="utf-8")
    refused = await bring(database, path)
    assert refused.refusals == ("The file is no WordPress export. Export under Tools: Export, and import that.",)


async def test_replies_before_what_they_answer_find_it(database: Database, tmp_path: Path) -> None:
    """Exports sorted the other way round exist, and their threads are as good as any."""
    said = [comment(number, "Re", number - 1 if number > 1 else 0) for number in (3, 2, 1)]

    await bring(database, written(tmp_path, item(1, "One", "Text", *said)))

    rows = {str(row.source_id).rpartition("-")[2]: row for row in await Comment.all()}
    assert [rows[number].depth for number in "123"] == [0, 1, 2]
    assert rows["3"].parent_id == rows["2"].id


async def test_a_comment_that_a_file_holds_twice_comes_once(database: Database, tmp_path: Path) -> None:
    """Exports that were joined by hand hold some twice; a refusal of the second would look like a loss."""
    report = await bring(database, written(tmp_path, item(1, "One", "Text", comment(1), comment(2), comment(1))))

    assert report.counts["comments"] == Count(created=2)
    assert not report.failed


async def test_only_whoever_wrote_an_article_answers_as_its_author(database: Database, tmp_path: Path) -> None:
    """Another account's words, or those of somebody who knows an address, would stand under the author's sign."""
    accounts = author("wren", "Wren", 7, "wren@old.example"), author("bo", "Bo", 8, "bo@old.example")
    said = comment(1, user="7"), comment(2, user="8"), comment(3, email="wren@old.example")

    await bring(database, written(tmp_path, *accounts, item(1, "One", "Text", *said)))

    found = {str(row.source_id).rpartition("-")[2]: row.by_contributor for row in await Comment.all()}
    assert found == {"1": True, "2": False, "3": False}


async def test_long_texts_do_not_wait_for_many_others(database: Database, tmp_path: Path) -> None:
    """A hundred articles, or a thousand comments, of the longest kind would fill the memory of a small machine."""
    post, remark, told = "a" * 1_100_000, "a" * 300_000, list[tuple[int, int, str]]()
    said = [comment(number, remark) for number in range(1, 6)]
    path = written(tmp_path, item(1, "One", "Text", *said), item(2, "Two", post), item(3, "Three", post), item(4))

    report = await bring(database, path, progress=lambda *how_far: told.append(how_far))

    assert (report.counts["articles"], report.counts["comments"]) == (Count(created=2, refused=2), Count(refused=5))
    assert [how_far for how_far in told if how_far[2] == "articles"] == [(3, 4, "articles"), (4, 4, "articles")]
    assert [how_far for how_far in told if how_far[2] == "comments"] == [(4, 5, "comments"), (5, 5, "comments")]


async def test_only_whoever_may_do_all_of_it_imports(database: Database, tmp_path: Path) -> None:
    """An import publishes, moderates and redirects; each of these alone is somebody's right or not."""
    needed = {Scope.CONTENT_WRITE, Scope.CONTENT_PUBLISH, Scope.COMMENTS_MODERATE, Scope.SITE_MANAGE}
    before = await every_row(database)

    for missing in needed:
        with pytest.raises(NotAllowed, match=missing.value):
            await import_wxr(database, Viewer(frozenset(needed - {missing}), actor="user:x"), written(tmp_path, *WHOLE))

    assert await every_row(database) == before


@on_theme_export
async def test_a_real_export_of_every_oddity_comes_over(database: Database) -> None:
    """It was made to break themes: what it breaks here would break on somebody's site."""
    report = await bring(database, THEME_EXPORT)
    again = await bring(database, THEME_EXPORT)

    assert not report.failed, list_of(report.refusals)
    assert again.created == 0
    public = await Publication.filter(starts_at__lte=now()).count()
    kinds = Counter(
        str(row.source_id).rpartition("#")[2].partition("-")[0] for row in await Article.all() if row.first_published_at
    )
    assert (await Author.all().count(), public, kinds) == (2, 69, {"post": 49, "page": 21})
    assert report.counts["pingbacks and trackbacks"] == Count(skipped=4)
    assert Counter([row.status for row in await Comment.all()]) == {
        CommentStatus.APPROVED: 25,
        CommentStatus.PENDING: 3,
    }
    says = await heads()
    assert says[1173].title == "Markup: Title With Markup"
    assert says[1169].slug == "edge-case-no-title"
    # A link whose date is not its post's, captions that only the attachments have, and a poem's indents.
    button = (await Article.get(source_id="wpthemetestdata.wordpress.com#post-1747")).id
    assert f'<a href="/id/art_{button}">another button</a>' in says[1734].body_html
    assert [says[555].body_html.count(f"<{tag}>") for tag in ("figure", "figcaption")] == [240, 200]
    assert "<br>\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}Why not?<br>" in says[1732].body_html
    hidden = {number for number, head in says.items() if not await Publication.exists(article_id=head.article_id)}
    assert hidden == {1164, 1168}
    assert sorted([row.depth for row in await Comment.filter(article_id=says[1148].article_id)])[-10:] == [
        0,
        *range(1, 10),
    ]
