"""Text in every script: compared alike on both databases, and readable in an address."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.kernel.text import MAX_SLUG_CHARS, escape_like, fold, printable, slugify


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        ("Fähre", "fähre"),
        ("FÄHRE", "fähre"),
        ("Fa\u0308hre", "fähre"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("ẞ", "ss"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
        ("οδυσσευς", "οδυσσευσ"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("ısı", "ısı"),
        ("İ", "i\u0307"),
        ("ﬁn", "fin"),
        ("Ａｂｃ", "abc"),
        ("Å", "å"),
        ("МОСКВА", "москва"),
        ("سلام", "سلام"),
        ("你好", "你好"),
        ("  a\t b\u00a0c\r\n", "a b c"),
        ("\u3000全角\u3000空白", "全角 空白"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    """A reader who writes a word in another case, or on another keyboard, would not find it."""
    assert fold(text) == folded


@given(st.text())
def test_folded_text_stays_as_it_is(text: str) -> None:
    """What is stored folded is compared with what is folded now: a second folding must change nothing."""
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(text)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("The Long Way Home", "the-long-way-home"),
        ("  -- Tides & Times! --  ", "tides-times"),
        ("a_b__c", "a-b-c"),
        ("C++ vs. C#", "c-vs-c"),
        ("Don't stop", "dont-stop"),
        ("Don’t stop", "dont-stop"),
        ("2024: a year", "2024-a-year"),
        ("½ cup", "1-2-cup"),
        ("Straße & Fähre", "strasse-fähre"),
        ("e\u0301te\u0301", "été"),
        ("Zei\u00adtung", "zeitung"),
        ("İstanbul'da Kış", "istanbulda-kış"),
        ("ISPARTA ısı", "isparta-ısı"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
        ("Οδυσσεύς", "οδυσσεύσ"),
        ("Москва — река", "москва-река"),
        ("سلام دنیا", "سلام-دنیا"),
        ("مَرْحَبًا", "مَرْحَبًا"),
        ("עִבְרִית", "עִבְרִית"),
        ("你好，世界", "你好-世界"),
        ("日本語・テスト", "日本語-テスト"),
        ("ガ", "ガ"),
        ("हिन्दी में समाचार", "हिन्दी-में-समाचार"),
        ("ก็ไทย", "ก็ไทย"),
        ("한글 소식", "한글-소식"),
        ("5\ufe0f\u20e3 things ❤\ufe0f", "5-things"),
    ],
)
def test_slugs(title: str, slug: str) -> None:
    """A title outside ASCII would have an address that nobody can read: marks are letters' own in most scripts."""
    assert slugify(title) == slug


@pytest.mark.parametrize("title", ["", "   ", "🎉🎉", "❤\ufe0f", "!?", "---", "\u0301", "_", "\u200d\u00ad"])
def test_a_title_without_letters_has_the_fallback(title: str) -> None:
    """An address would be empty."""
    assert slugify(title) == "untitled"
    assert slugify(title, fallback="article") == "article"


@pytest.mark.parametrize(
    ("title", "length"),
    [
        ("x" * 96, 96),
        ("x" * 97, 96),
        ("word " * 40, 94),  # 19 words of 4 letters and 18 hyphens; a twentieth would not fit
        ("x" * 90 + " tides", 96),
        ("x" * 90 + " tidess", 90),
        ("é" * 200, 96),
    ],
)
def test_long_titles_are_cut_between_words(title: str, length: int) -> None:
    """Addresses would not fit their column, or end within a word."""
    slug = slugify(title)

    assert len(slug) == length
    assert not slug.endswith("-")


@given(st.text())
def test_a_slug_is_its_own_slug(title: str) -> None:
    """An editor could not save again the slug that was proposed."""
    slug = slugify(title)

    assert slugify(slug) == slug
    assert 0 < len(slug) <= MAX_SLUG_CHARS
    assert not set(slug) & set(" /?#%&'\"<>\\_\x00")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("", ""), ("50%", r"50\%"), ("a_b", r"a\_b"), ("\\", "\\\\"), (r"\%", r"\\\%"), ("tide", "tide")],
)
def test_wildcards_are_made_literal(text: str, escaped: str) -> None:
    """A search for `50%` would find everything that begins with 50."""
    assert escape_like(text) == escaped


def test_what_terminals_obey_is_not_printed() -> None:
    """A name in a file that somebody handed in would clear the screen, or write another line of the report."""
    assert printable("a\x1b[2Jb\nc\u202ed é🦭") == "a\ufffd[2Jb\ufffdc\ufffdd é🦭"
