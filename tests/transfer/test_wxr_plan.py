"""What becomes of what an export holds, before anything is stored: standing, dates, threads, names, old addresses."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cms.comments.bodies import read_body
from cms.richtext import RichTextError
from cms.transfer.wxr.addresses import Addresses, old_paths
from cms.transfer.wxr.findings import Findings
from cms.transfer.wxr.identity import article_key, blog_of
from cms.transfer.wxr.moments import moment_of
from cms.transfer.wxr.parsed import ParsedComment, ParsedItem
from cms.transfer.wxr.remarks import MAX_REMARK_CHARS, PLAIN, as_remark
from cms.transfer.wxr.standing import Standing, judge
from cms.transfer.wxr.threads import Place, Thread
from cms.transfer.wxr.wording import made_title, plain_line, shortened, standfirst_of, wished_slug
from tests.transfer.exports import BLOG, NEVER, NOW, attachment, comment, filed, item, items_of, plan_of, tag, written

PAST, FUTURE = datetime(2012, 3, 4, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "password", "at", "standing", "why"),
    [
        ("publish", "", PAST, Standing.PUBLIC, ""),
        ("publish", "", FUTURE, Standing.SCHEDULED, "still to come"),
        ("publish", "", None, Standing.DRAFT, "without any date"),
        ("publish", "open", PAST, Standing.DRAFT, "password"),
        ("future", "", FUTURE, Standing.SCHEDULED, ""),
        ("future", "", PAST, Standing.DRAFT, "has passed"),
        ("future", "", None, Standing.DRAFT, "has passed"),
        ("future", "open", FUTURE, Standing.DRAFT, "password"),
        ("private", "", PAST, Standing.DRAFT, "Private"),
        ("draft", "", PAST, Standing.DRAFT, ""),
        ("pending", "", None, Standing.DRAFT, ""),
        ("in-review", "", PAST, Standing.DRAFT, "“in-review”"),
        ("trash", "", PAST, Standing.LEFT_OUT, "trash"),
        ("auto-draft", "", PAST, Standing.LEFT_OUT, "by itself"),
    ],
)
def test_what_readers_could_not_see_stays_unseen(
    status: str,
    password: str,
    at: datetime | None,
    standing: Standing,
    why: str,
) -> None:
    """The one mistake of an importer that cannot be taken back: to show what was hidden."""
    verdict = judge(ParsedItem(place=0, status=status, has_password=bool(password)), at, NOW)

    assert verdict.standing is standing
    assert why in verdict.why
    assert bool(why) == bool(verdict.why)


def test_dates_are_read_from_the_surest_place() -> None:
    """GMT is what happened; a local time needs the site's clock, and `0000-00-00` is no time at all."""
    zone = ZoneInfo("Europe/Berlin")
    local = {"post_date": "2012-07-01 08:00:00"}
    assert moment_of({"post_date_gmt": "2012-07-01 06:00:01", **local}, zone) == datetime(
        2012, 7, 1, 6, 0, 1, tzinfo=UTC
    )
    assert moment_of({"post_date_gmt": NEVER, **local}, zone) == datetime(2012, 7, 1, 6, tzinfo=UTC)
    rss = {"pubDate": "Sun, 01 Jul 2012 06:00:00 +0000"}
    assert moment_of({"post_date_gmt": NEVER, "post_date": NEVER, **rss}, zone) == datetime(2012, 7, 1, 6, tzinfo=UTC)
    for text in ("", "Mon, 30 Nov -0001 00:00:00 +0000", "Mon, 16 Jun 20081 21:47:17 +0000", "yesterday"):
        assert moment_of({"post_date_gmt": NEVER, "pubDate": text}, zone) is None


def _thread(*comments: tuple[int, int]) -> Thread:
    thread = Thread()
    for number, parent in comments:
        thread.add(ParsedComment(place=0, number=number, parent=parent))
    return thread


def test_replies_keep_what_they_answer() -> None:
    """A thread whose shape changed puts words into the wrong conversation."""
    settled = _thread((1, 0), (2, 1), (3, 2), (4, 1)).settle(4)

    assert settled.places == {1: Place(0, 0), 2: Place(1, 0), 3: Place(2, 0), 4: Place(1, 0)}
    assert (settled.moved, settled.deepest, settled.rounds) == ({}, 2, 1)


def test_replies_to_nothing_and_too_deep_ones_move_up() -> None:
    """Neither may be lost, and a circle must not hang the import."""
    settled = _thread((1, 99), (2, 1), (3, 2), (4, 3), (5, 4), (7, 8), (8, 7), (9, 9)).settle(2)

    assert {number: place.parent for number, place in settled.places.items()} == {
        1: 0,
        2: 1,
        3: 2,
        4: 2,
        5: 2,
        8: 0,
        7: 8,
        9: 0,
    }
    assert sorted(settled.moved) == [1, 4, 5, 8, 9]
    assert settled.deepest == 2


def test_a_reply_before_what_it_answers_waits_for_another_reading() -> None:
    """Nothing promises an order, and to keep comments in memory until theirs comes would fill it."""
    settled = _thread((3, 2), (2, 1), (1, 0), (4, 3)).settle(16)

    assert {number: place.round for number, place in settled.places.items()} == {1: 0, 2: 1, 3: 2, 4: 2}
    assert settled.rounds == 3
    long = _thread(*((number, number - 1) for number in range(1, 50_001))).settle(16)
    assert (long.deepest, long.rounds, len(long.moved)) == (16, 1, 50_000 - 17)


@pytest.mark.parametrize(
    ("content", "typed", "shown"),
    [
        ("Well *said*, [really].", r"Well \*said\*, \[really\].", "Well *said*, [really]."),
        ("One.\n\nTwo,\nthree.", "One.\n\nTwo,\nthree.", "One.\n\nTwo,\nthree."),
        ("So <strong>bold</strong> &amp; <em>fine</em>.", "So **bold** & *fine*.", "So bold & fine."),
        ("un<strong>believ</strong>able", "unbelievable", "unbelievable"),
        (
            'See <a href="https://a.example/x">this</a> or https://b.example/y',
            "See [this](https://a.example/x) or https://b.example/y",
            "See this or https://b.example/y",
        ),
        ("<blockquote>He said\nthat.</blockquote>No.", "> He said\n> that.\n\nNo.", "He said\nthat.\n\nNo."),
        ("<ul><li>a<ol><li>b</li><li>c</li></ol></li></ul>d", "• a\n1. b\n2. c\n\nd", "• a\n1. b\n2. c\n\nd"),
        ("<h1>Head</h1><script>alert(1)</script>text", "Head\n\ntext", "Head\n\ntext"),
        ("1 &lt; 2 and <b>*</b>", r"1 \< 2 and **\***", "1 < 2 and *"),
        ('<a href="javascript:alert(1)">click</a>', "click", "click"),
        ("<b>Do <code>go</code> <i>now</i> </b>then", "**Do go now** then", "Do go now then"),
        ("<b>Read <a href='https://a.example/x'>it</a></b>", "**Read** [it](https://a.example/x)", "Read it"),
        ("He said <q>go</q>.", "He said “go”.", "He said “go”."),
        ("E=mc<sup>2</sup> H<sub>2</sub>O the 4<sup>th</sup>", "E=mc² H₂O the 4th", "E=mc² H₂O the 4th"),
        ("Try <code>a {\n  b\n}</code> now", "Try\n\na {\n  b\n}\n\nnow", "Try\n\na {\nb\n}\n\nnow"),
        ("<pre><code>a\n b</code></pre>now", "a\n b\n\nnow", "a\nb\n\nnow"),
        (" \n&nbsp;<br><p></p>", "", ""),
        ("\u200b", "", ""),
    ],
)
def test_a_comment_says_here_what_it_said(content: str, typed: str, shown: str) -> None:
    """Comments are typed here: what WordPress kept as HTML has to be written so that it reads the same."""
    assert as_remark(content) == typed
    assert read_body(typed, 1000).rendered.text == shown


@pytest.mark.parametrize(
    ("content", "became_plain"),
    [
        ("Plain.", False),
        ("<b>So</b> <i>be</i> <a href='https://a.example'>it</a>.<blockquote>No.</blockquote><q>So.</q>", False),
        ("I <del>hate</del> love it.", True),
        ("<ul><li>a</li></ul>", True),
        ("Run <code>it</code>.", True),
        ("<table><tr><td>a</td></tr></table>", True),
        ("<table><tr><td><s>a</s></td></tr></table>", True),
        ("<h2>a</h2>", True),
        ("<img src='https://a.example/b.png'>", False),
    ],
)
def test_what_comments_have_no_form_for_is_told(content: str, became_plain: bool) -> None:  # noqa: FBT001 - the case
    """Words that were struck out read as if they were meant; an editor has to know where to look."""
    told: list[str] = []

    as_remark(content, told.append)

    assert told == ([PLAIN] if became_plain else [])


def test_a_hostile_comment_takes_no_time() -> None:
    """Every reader of the old site could write one."""
    for content in (
        *("<b>" * 60_000, "&" * 200_000, "<" * 200_000, '<a href="' * 20_000, "* " * 50_000),
        *("<code>\n" * 30_000, "<q>\n" * 40_000, "<b>a</b> " * 20_000),
    ):
        assert len(as_remark(content)) <= 2 * len(content)
    with pytest.raises(RichTextError, match="characters"):
        as_remark("a" * (MAX_REMARK_CHARS + 1))


def test_titles_are_what_readers_saw() -> None:
    """A title is a line of text here; tags in it were never meant to be read."""
    assert plain_line("Tides <em>and</em> <b>Mark<sup>up</sup></b>") == "Tides and Markup"
    assert plain_line("a < b &amp;&amp; c > d &#8211; <3") == "a < b && c > d – <3"
    assert plain_line("<!-- x -->\x92 two\n lines \x00") == "two lines"
    assert (
        made_title("First words of it. " * 20, "edge-case")
        == "First words of it. First words of it. First words of it.…"
    )
    assert made_title("", "edge-case") == "Edge case"
    assert made_title("", "") == "Untitled"
    assert shortened("word " * 100) == ("word " * 59 + "word").removesuffix(" ") + "…"
    assert standfirst_of("It <em>should</em>\nbe read.\n\nTwice.") == ("It should\nbe read.\n\nTwice.", False)
    assert standfirst_of("  ") == (None, False)
    assert standfirst_of("w " * 3000)[1]
    assert [wished_slug(each) for each in ("a-b", "%ce%b5%cf%80-2", "Ünder_score", "")] == [
        "a-b",
        "επ-2",
        "ünder-score",
        None,
    ]


def test_findings_are_told_once_with_their_ids() -> None:
    """Of ten thousand posts with the same shortcode a reader wants one line."""
    findings = Findings()
    for number in range(12):
        findings.add("Shortcode [x] kept as text", f"post {number}")
    findings.add("Private, now a draft", "post 3")

    first = ", ".join(f"post {number}" for number in range(10))
    assert list(findings.sentences()) == [
        f"Shortcode [x] kept as text: {first} and 2 more.",
        "Private, now a draft: post 3.",
    ]


def test_findings_stay_few_and_short_and_obey_no_file() -> None:
    """A file can be made of oddities alone; and what it says is shown on a terminal, which obeys some characters."""
    findings = Findings()
    for number in range(600):
        findings.add(f"\x1b[31mOddity {number:03} \x9b{'x' * 1_000}", f"post {number}")
    findings.add(f"[31mOddity 000 {'x' * 1_000}", "post 600")

    *told, last = findings.sentences()
    assert (len(told), last) == (500, "100 further findings are not listed.")
    assert told[0] == f"[31mOddity 000 {'x' * 285}: post 0, post 600."


def test_a_plan_keeps_no_texts(tmp_path: Path) -> None:
    """A site with 50,000 pictures has as many descriptions, which nothing reads twice."""
    text = "A description. " * 1_000
    path = written(tmp_path, item(1, "One", text), item(4, "Lamp", text, kind="attachment", status="inherit"))

    plan = plan_of(path)

    assert [post.content for post in items_of(path)] == [text, text]
    assert (len(plan.heads), plan.attachments[4].title) == (1, "Lamp")
    assert text not in str(plan)


def test_an_article_has_the_same_key_in_every_run() -> None:
    """A text may link to what a killed run never came to; the next run has to bring it under that very key."""
    key = article_key("old.example#post-1", PAST)

    assert key == article_key("old.example#post-1", PAST)
    assert key.version == 7
    assert key.int >> 80 == int(PAST.timestamp() * 1000)
    assert len({key, article_key("old.example#post-2", PAST), article_key("old.example#post-1", None)}) == 3
    assert blog_of("https://www.Old.example/blog/") == blog_of("http://old.example/blog") == "old.example/blog"


def test_old_addresses_lead_to_what_comes_in(tmp_path: Path) -> None:
    """A link that still leads to the old site is dead on the day that one is switched off."""
    upload = "https://old.example/files/lamp.jpg"
    plan = plan_of(
        written(
            tmp_path,
            item(1, slug="first"),
            item(2, slug="%c3%bcber", kind="page"),
            item(3, status="draft", link=f"{BLOG}/?p=3"),
            attachment(4, upload, parent="1"),
        )
    )
    addresses = Addresses(plan, {4: "med_4"})
    first, second, draft = (f"article:art_{head.key}" for head in plan.heads.values())

    for address in ("http://www.old.example/blog/first", "/blog/first/", f"{BLOG}/first/#more", f"{BLOG}/?p=1", "?p=1"):
        assert addresses.link(address) == first, address
    assert addresses.link(f"{BLOG}/über/") == addresses.link(f"{BLOG}/%C3%BCber?utm_source=x") == second
    unchanged = (
        f"{BLOG}/?p=3",
        f"{BLOG}/third/",
        "https://new.example/?p=1",
        "#first",
        "mailto:a@b.example",
        "http://[",
        "",
    )
    assert draft not in map(addresses.link, unchanged)
    assert [addresses.link(address) for address in unchanged] == list(unchanged)
    for shown in (
        upload,
        upload.replace(".jpg", "-300x200.jpg"),
        f"{upload}?w=604",
        "//i0.wp.com/old.example/files/lamp.jpg",
    ):
        assert addresses.image(shown) == "med_4", shown
    assert addresses.image("?attachment_id=4") == "med_4"
    assert [addresses.image(each) for each in ("?attachment_id=5", "/files/other.jpg", "data:image/png;base64,x")] == [
        None
    ] * 3
    assert addresses.uploaded_with(1) == [4]
    assert [list(old_paths(head, BLOG)) for head in plan.heads.values()][:2] == [
        ["/blog/first/", "/blog/?p=1"],
        ["/blog/über/", "/blog/?page_id=2"],
    ]


def test_an_address_of_another_day_leads_to_the_post_of_that_name(tmp_path: Path) -> None:
    """Dates of posts get changed; WordPress finds a post by its name then, and links of that kind worked."""
    post, twice = f"{BLOG}/2012/03/04/ferry/", f"{BLOG}/2012/03/tide/"
    plan = plan_of(
        written(
            tmp_path,
            item(1, link=post),
            item(2, link=f"{BLOG}/about/", kind="page"),
            item(3, link=twice),
            item(4, link=twice.replace("03", "04")),
        )
    )
    addresses = Addresses(plan, {})
    [ferry] = (f"article:art_{head.key}" for head in plan.heads.values() if head.number == 1)

    for address in (f"{BLOG}/2012/03/05/ferry/", "/blog/2011/12/ferry", f"{BLOG}/2012/03/05/ferry/?a=b#more"):
        assert addresses.link(address) == ferry, address
    for address in (
        f"{BLOG}/ferry/",
        f"{BLOG}/2012/03/05/about/",
        f"{BLOG}/2013/01/tide/",
        f"{BLOG}/2012/03/05/ferry/lamp/",
        "https://new.example/2012/03/05/ferry/",
    ):
        assert addresses.link(address) == address, address


def test_what_stays_on_the_old_site_is_known(tmp_path: Path) -> None:
    """Files, lists and drafts of the old site are gone on the day it is switched off; that has to be told before."""
    lamp, page = "https://cdn.example/files/lamp.pdf", f"{BLOG}/first/lamp/"
    plan = plan_of(written(tmp_path, item(1, slug="first"), attachment(4, lamp, link=page)))
    addresses = Addresses(plan, {4: "med_4"})

    stays = (
        lamp,
        f"{lamp}?x=1",
        "https://cdn.example/other.pdf",
        page,
        f"{BLOG}/category/boats/",
        f"{BLOG}/?p=9",
        "/blog/feed/",
    )
    assert [each for each in stays if not addresses.stays_behind(each)] == []
    for address in (BLOG, "https://old.example/", "/", "#first", "https://new.example/blog/", "mailto:a@b.example", ""):
        assert not addresses.stays_behind(address), address
    assert addresses.image(page) == "med_4"


def test_a_plan_counts_what_does_not_come_in(tmp_path: Path) -> None:
    """What is silently left out is found missing years later."""
    plan = plan_of(
        written(
            tmp_path,
            tag("boats", "Boats"),
            item(
                1,
                "One",
                "Text",
                filed("boats", "Boats", "post_tag"),
                comment(1),
                comment(2, kind="pingback"),
                comment(1),
            ),
            item(1, "Twice"),
            item(2, kind="product"),
            item(3, "Three", "", comment(3, kind="order_note"), status="trash"),
            item(0, "Without an id"),
            attachment(5, "https://old.example/a.jpg", comment(4)),
        )
    )

    assert [head.number for head in plan.heads.values()] == [1]
    assert (plan.comments, plan.pings, list(plan.attachments)) == (1, 1, [5])
    assert list(plan.findings.sentences()) == [
        "Twice in the file, and taken once: comment 1, post 1.",
        "In WordPress's trash, left out: post 3.",
        "It has no id and was left out: item 5 of the file.",
        "Its comments did not come in with it: attachment 5.",
        "Things of the kind “comment of the type order_note” have no place here and were left out: 1.",
        "Things of the kind “product” have no place here and were left out: 1.",
    ]
    assert replace(plan.heads[0], place=0) == plan.heads[0]
