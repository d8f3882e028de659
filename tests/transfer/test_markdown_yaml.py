"""YAML of front matter: read as it was typed, written so that it reads the same, and nothing in it multiplies."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms.transfer.markdown.errors import Unreadable
from cms.transfer.markdown.yaml_text import read_yaml, write_yaml

NASTY = (
    "no",
    "yes",
    "Null",
    "~",
    "12:30",
    "1.10",
    "0o14",
    "1e3",
    "2012-03-01",
    "- x",
    "? x",
    '"',
    "it's",
    "a: b",
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "%a",
    "@a",
    "`a",
    "---",
    "...",
    "|",
    ">",
    "[a]",
    "{a}",
    "=",
    "<<",
    "👩\u200d👧 soup",
    " both ends ",
    "two\nlines\n\n  and more\n",
    "\n",
    "tab\there",
    "no\u00a0break",
    "line\u2028separator",
    "x" * 500,
    "",
)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("no", "no"),
        ("12:30", "12:30"),
        ("1.10", "1.10"),
        ("2012", "2012"),
        ("2012-03-01", "2012-03-01"),
        ("0777", "0777"),
        ("'null'", "null"),
        ("null", None),
        ("~", None),
        ("", None),
        ("[a, no, [b]]", ["a", "no", ["b"]]),
        ("{a: 1}", {"a": "1"}),
        (">\n  folded\n  lines", "folded lines\n"),
    ],
)
def test_values_are_read_as_they_were_typed(typed: str, read: object) -> None:
    """A country called no, or a recipe called 12:30, must not become false or 750."""
    assert read_yaml(f"title: {typed}\n") == {"title": read}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: &x [1]\nb: *x\n", "its front matter holds an anchor or an alias"),
        ("a: &x [1]\n", "its front matter holds an anchor or an alias"),
        ("a: *x\n", "its front matter holds an anchor or an alias"),
        ("&x a: 1\n", "a key of its front matter is no plain text"),
        ("a: 1\nb: 2\na: 3\n", "its front matter says a twice"),
        ("a: {b: 1, b: 2}\n", "its front matter says b twice"),
        ("a: !!python/object/apply:os.system [x]\n", "its front matter holds a tag"),
        ("? [a]\n: 1\n", "a key of its front matter is no plain text"),
        ("a: " + "[" * 60_000, "its front matter is nested too deeply"),
        ("a: [1\n", "its front matter is no YAML (line 2)"),
        ("a\tb: : c: d\n", "its front matter is no YAML (line 1)"),
        ("- a\n", "its front matter is no list of keys"),
        ("words\n", "its front matter is no list of keys"),
        ("a: 1\n...\n---\nb: 2\n", "its front matter holds several documents"),
        ("a: \x01\n", "its front matter holds characters that YAML does not allow"),
    ],
)
def test_what_could_do_harm_is_refused(text: str, why: str) -> None:
    """Aliases multiply, tags make objects, and of two equal keys each reader takes another one."""
    with pytest.raises(Unreadable) as refused:
        read_yaml(text)
    assert str(refused.value) == why


def test_nothing_is_nothing() -> None:
    """Front matter may be empty."""
    assert read_yaml("") == read_yaml("# only a remark\n") == read_yaml("~\n") == {}


@pytest.mark.parametrize("text", NASTY)
def test_texts_come_back_as_they_were(text: str) -> None:
    """A title that another reader takes for a number, or for nothing, is lost."""
    assert read_yaml(write_yaml({"title": text, "list": [text, {"in": text}]})) == {
        "title": text,
        "list": [text, {"in": text}],
    }


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    """What an editor can type, an export can hold."""
    assert read_yaml(write_yaml({"title": text})) == {"title": text}


def test_what_is_written_reads_well() -> None:
    """Quotes stand where they must, lists a step to the right, and dates are dates to every generator."""
    at = datetime(2012, 3, 1, 13, 30, tzinfo=timezone(timedelta(hours=1)))
    told = {
        "title": "Soup",
        "time": "12:30",
        "like": "1e3",
        "date": at,
        "exact": at.astimezone(UTC).replace(microsecond=120),
        "draft": True,
        "year": 2012,
        "topics": ["kitchen"],
        "seo": {"noindex": False},
        "said": "one\ntwo\n",
    }
    assert write_yaml(told) == (
        "title: Soup\n"
        "time: '12:30'\n"
        "like: '1e3'\n"
        "date: 2012-03-01T12:30:00Z\n"
        "exact: 2012-03-01T12:30:00.000120Z\n"
        "draft: true\n"
        "year: 2012\n"
        "topics:\n"
        "  - kitchen\n"
        "seo:\n"
        "  noindex: false\n"
        "said: |\n"
        "  one\n"
        "  two\n"
    )
