"""That a slip in the sample content is refused, with the name of the file it is in."""

import shutil
from pathlib import Path

import pytest

from seed.content import load_content

SEED = Path(__file__).parents[2] / "seed"


@pytest.fixture(name="copy")
def _copy(tmp_path: Path) -> Path:
    """A copy of the sample content that a test may break."""
    for folder in ("content", "images"):
        shutil.copytree(SEED / folder, tmp_path / folder)
    return tmp_path


def test_a_copy_reads_the_same(copy: Path) -> None:
    """Content read from a folder differs from the package's own, so the refusals below would prove nothing."""
    assert load_content(copy) == load_content()


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("site.toml", "max_depth", "max_deep", r"site\.toml: .*`max_depth`"),
        ("site.toml", '"the-long-way-home"', '"nowhere"', r"site\.toml: there is no published article 'nowhere'"),
        ("site.toml", "name =", "nick = 'x'\nname =", r"site\.toml: unknown key nick in Site"),
        ("site.toml", "name =", "name", r"site\.toml: Expected '='"),
        ("images.toml", "evening-path.jpg", "gone.jpg", r"images\.toml: there is no file 'gone\.jpg'"),
        ("images.toml", "focal_x = 0.59", "focal_x = 59", r"images\.toml: Expected `float` <= 1\.0"),
        ("authors.toml", "[[authors]]", "[[writers]]", r"authors\.toml: expected \[\[authors\]\] alone"),
        ("authors.toml", 'email = "peg@groundfloor.example.org"', "", r"authors\.toml: peg-ansty accepts messages"),
        ("topics.toml", 'parent = "mind"', 'parent = "mood"', r"topics\.toml: there is no topic above it 'mood'"),
        ("topics.toml", 'slug = "work"', 'slug = "kitchen"', r"topics\.toml: 'kitchen' stands there 2 times"),
        ("disclaimers.toml", '"sleep"', '"rest"', r"disclaimers\.toml: there is no topic 'rest'"),
        ("disclaimers.toml", 'scope = "TOPIC"', 'scope = "AUTHOR"', r"disclaimers\.toml: not-medical-advice must name"),
        ("disclaimers.toml", "2019-05-01", "2011-05-01", r"disclaimers\.toml: the versions of views-of-the-author"),
        ("policies.toml", "2021-03-01T00", "2012-01-01T00", r"policies\.toml: TERMS needs versions, oldest first"),
        ("policies.toml", "2018-05-25T00:00:00Z", "2018-05-25", r"policies\.toml: Expected `datetime`"),
        ("articles/brot-vom-vortag.md", '"kitchen"', '"oven"', r"brot-vom-vortag\.md: there is no topic 'oven'"),
        ("articles/brot-vom-vortag.md", '"jonas-reuther"', '"nemo"', r"brot-vom-vortag\.md: there is no author 'nemo'"),
        ("articles/brot-vom-vortag.md", 'role = "AUTHOR"', 'role = "BAKER"', r"brot-vom-vortag\.md: .*'BAKER'"),
        ("articles/brot-vom-vortag.md", 'locale = "de"', 'locale = "da"', r"vortag\.md: there is no locale 'da'"),
        ("articles/brot-vom-vortag.md", "year = 2023", "year = 2023\nyears = 1", r"unknown key years in Copyright"),
        ("articles/brot-vom-vortag.md", "+++\ntitle", "title", r"brot-vom-vortag\.md: it must begin with TOML"),
        ("articles/brot-vom-vortag.md", "+++\ntitle", "+++\nslug = 'x'\ntitle", r"slug does not belong"),
        ("articles/der-lange-heimweg.md", 'locale = "de"\n', "", r"heimweg\.md: a translation must be in another"),
        (
            "articles/the-long-way-home.md",
            "article:the-hour-before-sleep",
            "article:brot-vom-vortag",
            r"no earlier art",
        ),
        ("articles/lane-four-at-seven.md", "media:lido", "media:pond", r"seven\.md: there is no image 'pond'"),
        (
            "articles/a-census-of-doorbells.md",
            "publish_at",
            "published_at",
            r"its times do not fit the state scheduled",
        ),
        (
            "articles/getting-across-while-the-bridge-is-shut.md",
            "unpublished_at = 2024",
            "unpublished_at = 2022",
            r"it was unpublished before it was published",
        ),
        (
            "articles/window-boxes-for-forgetful-people.md",
            '"supported-by-a-supplier"',
            '"not-medical-advice"',
            r"there is no disclaimer for selected articles 'not-medical-advice'",
        ),
        ("comments/the-long-way-home.toml", '"pace-yourself"\nname = "F', '"nobody"\nname = "F', r"comment 'nobody'"),
        ("comments/the-long-way-home.toml", "2013-05-14T08", "2012-05-14T08", r"two-stops was written before the art"),
        ("comments/the-long-way-home.toml", "2020-04-19", "2014-04-19", r"one-walk-a-day is older than the one before"),
        ("comments/the-long-way-home.toml", 'expect = "held"', 'expect = "hold"', r"long-way-home\.toml: .*'hold'"),
        ("comments/brot-vom-vortag.toml", '"jonas-reuther"', '"peg-ansty"', r"there is no contributor 'peg-ansty'"),
    ],
)
def test_what_is_wrong_is_refused_by_name(copy: Path, file: str, old: str, new: str, message: str) -> None:
    """A slip of the pen in the sample is loaded, or refused without saying where."""
    path = copy / "content" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")

    with pytest.raises(ValueError, match=message):
        load_content(copy)


def test_comments_without_an_article_are_refused(copy: Path) -> None:
    """Comments whose article was renamed vanish without a word."""
    (copy / "content" / "articles" / "brot-vom-vortag.md").unlink()

    with pytest.raises(ValueError, match=r"^comments/brot-vom-vortag\.toml: there is no article of this name$"):
        load_content(copy)


def test_a_stray_picture_is_refused(copy: Path) -> None:
    """A file that nobody describes is shipped in every wheel."""
    (copy / "images" / "stray.png").write_bytes(b"")

    with pytest.raises(ValueError, match=r"^images\.toml: the file stray\.png is not named$"):
        load_content(copy)
