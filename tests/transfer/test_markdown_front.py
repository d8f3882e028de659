"""Files as front matter and body: where one ends and the other begins, and what is no text at all."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.front import MAX_FRONT_BYTES, Page, read_page, write_page
from cms.transfer.markdown.meanings import article_keys, author_keys, topic_keys
from cms.transfer.markdown.said import ForEngines, Person, Picture, Rights, Subject
from cms.transfer.markdown.times import read_moment
from cms.transfer.markdown.yaml_text import Value

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("content", "page"),
    [
        (b"---\ntitle: A\n---\nB\n", Page({"title": "A"}, "B\n")),
        (b"\xef\xbb\xbf---\r\ntitle: A\r\n---\r\nB", Page({"title": "A"}, "B")),
        (b"--- \ntitle: A\n...\nB", Page({"title": "A"}, "B")),
        (b"---\n---\nB", Page({}, "B")),
        (b"---\ntitle: A\n---", Page({"title": "A"}, "")),
        (b"---\ntext: |\n  ---\n  x\n---\nB", Page({"text": "---\nx\n"}, "B")),
        (b"---\ntitle: A\n---\n\n---\n\nB\n", Page({"title": "A"}, "\n---\n\nB\n")),
        (b"---\nno end", Page(None, "---\nno end")),
        (b"----\nB", Page(None, "----\nB")),
        (b"B\n---\nC\n---\n", Page(None, "B\n---\nC\n---\n")),
        (b"", Page(None, "")),
    ],
)
def test_front_matter_ends_where_it_ends(content: bytes, page: Page) -> None:
    """A line of dashes in a body is a line of dashes, and one in a text of the front matter is a text."""
    assert read_page(content) == page


def test_toml_is_read_as_it_was_typed() -> None:
    """Hugo's front matter means the same as YAML's."""
    toml = (
        b'+++\ntitle = "no"\nyear = 2012\nweight = 1.10\ndraft = true\ndate = 2012-03-01T12:30:00+01:00\n'
        b'day = 2012-03-01\ntags = ["a", "b"]\n[seo]\nnoindex = false\n+++\nB'
    )
    assert read_page(toml) == Page(
        {
            "title": "no",
            "year": "2012",
            "weight": "1.10",
            "draft": "true",
            "date": "2012-03-01T12:30:00+01:00",
            "day": "2012-03-01",
            "tags": ["a", "b"],
            "seo": {"noindex": "false"},
        },
        "B",
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"caf\xe9", "it is no UTF-8 (byte 4)"),
        (b"a\x00b", "it holds NUL characters"),
        (b"\xff\xfea\x00", "it is no UTF-8 (byte 1)"),
        (b"---\na: " + b"x" * MAX_FRONT_BYTES + b"\n---\n", "its front matter has more than 65,536 bytes"),
        (b"+++\na = 1\na = 2\n+++\n", "its front matter is no TOML"),
        (b"+++\na = " + b"[" * 20_000 + b"\n+++\n", "its front matter is no TOML"),
        (b"+++\na = " + b"9" * 20_000 + b"\n+++\n", "its front matter is no TOML"),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, why: str) -> None:
    """Bytes that were decoded wrongly would be stored for ever."""
    with pytest.raises(Unreadable) as refused:
        read_page(content)
    assert str(refused.value) == why


def test_a_page_that_is_written_is_read() -> None:
    """The body follows after an empty line, and where there is none nothing does."""
    assert write_page({"title": "A"}, "B\n") == b"---\ntitle: A\n---\n\nB\n"
    assert write_page({"title": "A"}, "") == b"---\ntitle: A\n---\n"


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2012-03-01", datetime(2012, 3, 1, tzinfo=UTC)),
        ("2012-7-1", datetime(2012, 6, 30, 23, tzinfo=UTC)),
        ("2012-07-01 12:30", datetime(2012, 7, 1, 11, 30, tzinfo=UTC)),
        ("2012-07-01 12:30:15 +0200", datetime(2012, 7, 1, 10, 30, 15, tzinfo=UTC)),
        ("2012-07-01T12:30:15.25-05:30", datetime(2012, 7, 1, 18, 0, 15, 250_000, tzinfo=UTC)),
        ("2012-07-01t12:30:15z", datetime(2012, 7, 1, 12, 30, 15, tzinfo=UTC)),
        ("2012-07-01 12:30 UTC", datetime(2012, 7, 1, 12, 30, tzinfo=UTC)),
        (" 2012-07-01 12:30:15.1234567 +2 ", datetime(2012, 7, 1, 10, 30, 15, 123_456, tzinfo=UTC)),
    ],
)
def test_dates_are_read_from_the_clock_they_were_read_from(typed: str, moment: datetime) -> None:
    """An hour's mistake shows an article a day too late."""
    assert read_moment(typed, LONDON) == moment


@pytest.mark.parametrize("typed", ["soon", "2012", "2012-13-01", "2012-02-30", "1/3/2012", "0001-01-01 00:00 +14:00"])
def test_what_is_no_date_is_refused(typed: str) -> None:
    """A date that is guessed brings a draft before readers."""
    with pytest.raises(Unreadable, match=typed[:4]):
        read_moment(typed, UTC)


def test_our_own_keys_are_understood() -> None:
    """What an export writes comes in whole."""
    keys = article_keys(
        {
            "title": "A",
            "slug": "a",
            "locale": "de",
            "date": "2012-03-01",
            "expiryDate": "2013-03-01",
            "draft": "true",
            "description": "Said.",
            "authors": [{"name": "Wren", "slug": "wren", "role": "editor"}, "Bo", {"title": "Cook", "name": "Ola"}],
            "topics": ["sleep", {"name": "City", "slug": "city", "parent": "places"}],
            "image": {"file": "a.png", "alt": "", "caption": "C", "credit": ""},
            "translationOf": "b.md",
            "comments": "false",
            "copyright": {"holder": "H", "year": "2012", "statement": "S", "license": "L"},
            "seo": {"title": "T", "description": "D", "canonical": "C", "noindex": "true"},
            "id": "art_x",
        }
    )
    assert (keys.title, keys.slug, keys.locale, keys.date, keys.expiry) == ("A", "a", "de", "2012-03-01", "2013-03-01")
    assert (keys.begun, keys.is_public, keys.standfirst, keys.original, keys.comments, keys.id) == (
        None,
        False,
        "Said.",
        "b.md",
        False,
        "art_x",
    )
    assert keys.people == (Person("Wren", "wren", "editor"), Person("Bo"), Person("Ola"))
    assert keys.subjects == (Subject("sleep"), Subject("City", "city", "places"))
    assert keys.picture == Picture("a.png", "", "C", "")
    assert keys.rights == Rights("H", "2012", "S", "L")
    assert keys.for_engines == ForEngines("T", "D", "C", no_index=True)
    assert keys.left_over == ("authors.title",)


def test_keys_of_other_programs_are_understood() -> None:
    """Jekyll, Hugo, Ghost and Obsidian call the same things by other names."""
    jekyll = article_keys(
        {"published": "false", "categories": "life city", "tags": "a, b c", "permalink": "/x/", "layout": "post"}
    )
    hugo = article_keys({"publishDate": "2012-03-01", "Featured_Image": "a.png", "lastmod": "x", "summary": "S"})
    ghost = article_keys(
        {
            "status": "published",
            "published_at": "2012-03-01",
            "feature_image": "a.png",
            "feature_image_alt": "A",
            "meta_title": "T",
            "custom_excerpt": "S",
        }
    )
    hidden = article_keys(
        {"status": "members only", "tags": ["#boats", "", "boats"], "lang": "de", "cover": {"image": "c"}}
    )

    assert (jekyll.is_public, jekyll.address, jekyll.left_over) == (False, "/x/", ("layout",))
    assert [each.name for each in jekyll.subjects] == ["life", "city", "a", "b c"]
    assert (hugo.date, hugo.picture, hugo.was_changed, hugo.standfirst) == ("2012-03-01", Picture("a.png"), True, "S")
    assert (ghost.is_public, ghost.date, ghost.picture) == (True, "2012-03-01", Picture("a.png", "A"))
    assert (ghost.for_engines.title, ghost.standfirst, ghost.left_over) == ("T", "S", ())
    assert (hidden.is_public, hidden.subjects, hidden.locale, hidden.picture) == (
        False,
        (Subject("boats"),),
        "de",
        Picture("c"),
    )


@pytest.mark.parametrize(
    "held",
    [
        {"draft": "true"},
        {"draft": "not yet"},
        {"draft": ["wip"]},
        {"published": "false"},
        {"publish": "soon"},
        {"status": "published", "visibility": "paid"},
        {"status": ["public", "members"]},
        {"draft": "false", "private": "yes"},
        {"hidden": "true"},
        {"unlisted": "true"},
        {"headless": "true"},
        {"email_only": "true"},
        {"_build": {"render": "never"}},
        {"build": {"list": "false"}},
        {"publish": "true", "build": {"render": "link"}},
    ],
)
def test_one_key_that_hides_is_enough(held: dict[str, Value]) -> None:
    """A page for those who pay is published too, and a word that nobody knows may mean never."""
    keys = article_keys({"date": "2012-03-01", **held})
    assert (keys.is_public, keys.date, keys.left_over) == (False, "2012-03-01", ())


def test_when_it_was_begun_is_no_date_of_publication() -> None:
    """A note says when it was begun, and a draft of Ghost has nothing else."""

    def said(**values: Value) -> tuple[str | None, str | None, bool | None]:
        keys = article_keys(values)
        return keys.date, keys.begun, keys.is_public

    assert said(created="2012-03-01") == (None, "2012-03-01", None)
    assert said(created_at="2012-03-01", published_at=None, draft="") == (None, "2012-03-01", None)
    assert said(created="2012-03-01", publish="true") == ("2012-03-01", "2012-03-01", True)
    assert said(created="2012-03-01", status="published", visibility="public") == ("2012-03-01", "2012-03-01", True)
    assert said(created="2012-03-01", status="published", hidden="true") == (None, "2012-03-01", False)
    assert said(created="2012-03-01", date="2013-03-01", draft="no", build={"render": "always", "list": "local"}) == (
        "2013-03-01",
        "2012-03-01",
        None,
    )


def test_what_nobody_took_is_left_over() -> None:
    """A key that was misspelt, or typed as something else than it means, must not go unseen."""
    keys = article_keys(
        {
            "titel": "A",
            "title": ["A"],
            "Date": "2012-03-01",
            "date": "2013-03-01",
            "authors": [{"name": "Wren", "phone": "1"}, ["x"]],
            "seo": {"robots": "x"},
            "copyright": "mine",
            "comments": "perhaps",
        }
    )
    assert keys.left_over == (
        "date",
        "authors.phone",
        "seo.robots",
        "titel",
        "title",
        "copyright",
        "comments",
    )
    assert (keys.date, keys.title, keys.rights) == ("2012-03-01", None, None)


def test_authors_and_topics_have_keys_of_their_own() -> None:
    """A mail address in a file is nobody's to import."""
    author = author_keys({"name": "Wren", "credentials": "PhD", "website": "w", "avatar": "a.png", "email": "x"})
    topic = topic_keys({"title": "Sleep", "parent": "mind", "description": "D", "weight": "1"})

    assert (author.name, author.credentials, author.website, author.avatar) == ("Wren", "PhD", "w", Picture("a.png"))
    assert author.left_over == ("email",)
    assert (topic.name, topic.parent, topic.description, topic.left_over) == ("Sleep", "mind", "D", ("weight",))
