"""The comments of an imported page: whole, at their own times, in their threads, and never markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.articles.models import Article
from cms.comments.models import Comment, CommentStatus, Consent
from cms.kernel.database import Database
from cms.kernel.viewer import SYSTEM
from cms.richtext import from_comment, from_plain_text, render
from cms.site.actions import CommentPolicy
from cms.transfer.importing import Count
from cms.transfer.page.commenting import as_typed
from cms.transfer.page.importing import import_page
from tests.articles.world import every_row
from tests.transfer.world import MOON, PAGES, a_site, bring, bring_lines, comments, the_head


@pytest.mark.parametrize(
    ("zone", "first", "last", "published"),
    [
        # Summer time in May and none in February.
        ("Europe/London", "2016-05-02T23:05", "2020-02-29T21:07", "2016-05-02T23:00"),
        ("America/Los_Angeles", "2016-05-03T07:05", "2020-03-01T05:07", "2016-05-03T07:00"),
        ("UTC", "2016-05-03T00:05", "2020-02-29T21:07", "2016-05-03T00:00"),
    ],
)
@pytest.mark.asyncio
async def test_printed_times_are_read_in_the_zone_of_the_site(
    database: Database, zone: str, first: str, last: str, published: str
) -> None:
    """A page prints the clock on the publisher's wall; read as UTC, every comment would move by hours."""
    report = await bring(database, zone=zone)

    times = [f"{comment.created_at:%Y-%m-%dT%H:%M}" for comment in await comments()]
    assert (times[0], times[-1]) == (first, last)
    article = await Article.get()
    assert f"{article.first_published_at:%Y-%m-%dT%H:%M}" == published
    note = "The page prints no date; the day of its first comment, 2016-05-03, was taken as its own."
    assert note in report.notes


@pytest.mark.asyncio
async def test_comments_arrive_whole_and_approved(database: Database) -> None:
    """Names, paragraphs and their public state belong to those who wrote them; consent they never gave us."""
    await bring(database)

    found = await comments()
    assert [comment.author_name for comment in found] == ["odda", "Tamsel B.", "R. Quillon"]
    assert {(comment.status, comment.is_listed, comment.depth) for comment in found} == {
        (CommentStatus.APPROVED, True, 0)
    }
    assert found[0].body_text.split("\n\n")[1] == "The smell went up the hill and came in at the school windows."
    assert found[2].body_text == "• turn the tins twice\n\n• leave the door alone"
    assert all(comment.source == "page" for comment in found)
    assert len({comment.source_id for comment in found}) == 3
    assert await Consent.all().count() == 0


@pytest.mark.asyncio
async def test_a_thread_keeps_its_shape(database: Database) -> None:
    """Without this, answers would stand beside what they answer."""
    await bring(database, MOON)

    found = await comments()
    keys = [comment.id for comment in found]
    above = [comment.parent_id and keys.index(comment.parent_id) for comment in found]
    assert [comment.author_name for comment in found] == ["Wren", "Oskar", "Wren", "Ida Lund", "Mo"]
    assert above == [None, 0, 1, 0, None]
    assert [comment.depth for comment in found] == [0, 1, 2, 1, 0]


@pytest.mark.asyncio
async def test_deep_threads_and_long_comments_are_allowed_for(database: Database) -> None:
    """The rules for new comments must not cut off old ones; the article gets its own."""
    await a_site(database, comment_policy=CommentPolicy(max_depth=1, max_length=10))

    await bring(database, MOON)

    article = await Article.get()
    assert (article.comments_max_depth, article.comments_max_length) == (2, len("Mine came up either way."))
    assert [comment.depth for comment in await comments()] == [0, 1, 2, 1, 0]


@pytest.mark.asyncio
async def test_replies_deeper_than_any_site_allows_move_up(database: Database) -> None:
    """A thread of twenty levels loses two of them, and no comment."""
    lines = [text for level in range(20) for text in _reply(level)]

    report = await bring_lines(database, "Deep", "", "A well.", "", "© 2020 Harbour Press", "", *lines)

    assert [comment.depth for comment in await comments()] == [*range(17), 16, 16, 16]
    note = "Replies that answer a comment further up than before, for want of depth or text: 3."
    assert note in report.notes


@pytest.mark.asyncio
async def test_a_comment_without_text_is_told_of_and_its_answers_stay(database: Database) -> None:
    """An empty comment can be neither stored nor dropped in silence."""
    empty = ["  • Nobody", "", "    May 3, 2020 at 9:00 AM", "", *_reply(1)]

    report = await bring_lines(database, "Fog", "", "There was fog.", "", "© 2020 Harbour Press", "", *empty)

    assert [(comment.author_name, comment.depth) for comment in await comments()] == [("Level 1", 0)]
    assert "The comment by Nobody was left out, since nothing of it can be seen." in report.notes
    assert not report.failed


def _reply(level: int) -> list[str]:
    indent = "  " * (2 * level + 1)
    return [f"{indent}• Level {level}", "", f"{indent}  May 3, 2020 at 9:{level:02} AM", "", f"{indent}  Further.", ""]


@pytest.mark.asyncio
async def test_what_readers_typed_stays_text(database: Database) -> None:
    """On the old page an asterisk was an asterisk; here it would turn words around it slanted."""
    said = "*Not* [this](https://harbour.example/a_b_c), <b>5 > 3</b> \\o/ __but__ https://harbour.example/*."
    quoted = "> No *tide*, no __boat__."

    await bring_lines(
        database, "Fog", "", "There was *fog*.", "", "© 2020 Harbour Press", "", "  • Bo", "",
        "    May 3, 2020 at 9:00 AM", "", f"    {said}", "", f"    {quoted}",
    )  # fmt: skip

    comment = await Comment.get()
    assert comment.body_text == f"{said}\n\n{quoted}"
    assert comment.body_html.count("<p>") == 2
    assert "<em>" not in comment.body_html
    assert (await the_head()).body_html == "<p>There was *fog*.</p>"


@given(st.text(alphabet="ab *_[]()<>\\`~!#&;:/.-'\"\n1https://x.y", min_size=1, max_size=60))
def test_any_paragraph_reads_as_it_was_printed(paragraph: str) -> None:
    """Whatever readers write, no character of it may become markup or be swallowed by an address."""
    printed = "\n".join(" ".join(line.split()) for line in paragraph.splitlines() if line.split())

    assert render(from_comment(as_typed(printed))).text == render(from_plain_text(printed)).text


@pytest.mark.parametrize(
    ("old", "new", "who"),
    [("The second.", "word " * 10_001, "Postmaster"), ("Postmaster", "x" * 101, "x" * 101)],
    ids=["text", "name"],
)
@pytest.mark.asyncio
async def test_a_refused_comment_leaves_nothing(database: Database, old: str, new: str, who: str) -> None:
    """Half a page would look whole; so all of it waits until somebody has looked at what was refused."""
    before = await every_row(database)
    page = (PAGES / "microdata.html").read_text().replace(old, new)

    report = await import_page(database, SYSTEM, page.encode(), "page.html")

    assert await every_row(database) == before
    assert report.failed
    assert report.counts == {"pages": Count(refused=1)}
    assert report.refusals[0].startswith(f"The comment by {who} of 2015-11-21 11:30: ")
    assert report.refusals[0].endswith(" Nothing of the page was stored.")
