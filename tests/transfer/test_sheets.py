"""Sheets show a site as its editors know it, at one moment, and nothing that is nobody's business."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from unittest.mock import ANY

import pytest
from tortoise.exceptions import BaseORMException

from cms.authors.actions import AuthorDraft, create_author
from cms.kernel.database import Database, open_database
from cms.kernel.secrecy import use_secret
from cms.kernel.viewer import SYSTEM
from cms.tables import MIGRATIONS, MODEL_MODULES
from cms.topics.actions import TopicDraft, create_topic
from cms.topics.models import Topic
from cms.transfer.archives.errors import CannotPack
from cms.transfer.moment import one_moment
from cms.transfer.sheets import ExportedSheets, export_sheets, sheet
from tests.databases import postgres_database, run
from tests.seed.sample import SECRET
from tests.transfer.sheets import (
    BYTE_ORDER_MARK,
    ERASED,
    FRONT,
    Row,
    Sheets,
    make_sheets,
    rows_of,
    run_elsewhere,
    texts_in,
)

SITE = "https://groundfloor.example.org"
HEADINGS = {
    "articles.csv": (
        *("id", "title", "slug", "locale", "status", "first published", "published", "scheduled for"),
        *("created", "updated", "unpublished changes", "authors", "other contributors", "topics"),
        *("words", "comments", "path", "url"),
    ),
    "authors.csv": (
        *("id", "name", "slug", "credentials", "website", "biography", "accepts messages", "articles"),
        *("created", "updated", "path", "url"),
    ),
    "topics.csv": (
        *("id", "name", "slug", "description", "parent id", "parent", "articles", "created", "updated"),
        *("path", "url"),
    ),
    "comments.csv": (
        *("id", "article id", "article", "answers", "status", "author name", "author url", "by contributor"),
        *("created", "edited", "erased", "passage", "text", "likes", "helpful", "thanks", "replies", "flags"),
    ),
    "redirects.csv": ("id", "from", "to", "to id", "locale", "permanent", "automatic", "created"),
    "media.csv": (
        *("id", "file name", "content type", "bytes", "width", "height", "alternative text", "caption", "credit"),
        *("created", "updated"),
    ),
    "disclaimers.csv": (
        *("id", "slug", "scope", "topics", "authors", "placement", "retired"),
        *("version id", "version", "title", "in effect from", "created", "text"),
    ),
}


@pytest.fixture(autouse=True)
def _secret() -> None:
    use_secret(SECRET)


@pytest.fixture(scope="module")
def sqlite_sheets(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Sheets:
    """The sheets of a site on SQLite."""
    folder = tmp_path_factory.mktemp("sheets")
    return run(make_sheets(f"sqlite://{copyfile(sqlite_template, folder / 'cms.db')}", folder))


@pytest.fixture(scope="module")
def postgres_sheets(
    postgres_url: str, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sheets]:
    """The sheets of a site on PostgreSQL."""
    with postgres_database(postgres_url, postgres_template) as url:
        yield run(make_sheets(url, tmp_path_factory.mktemp("sheets")))


@pytest.fixture
def sheets(dialect: str, request: pytest.FixtureRequest) -> Sheets:
    """The sheets of a site on each of the two databases in turn."""
    found: Sheets = request.getfixturevalue(f"{dialect}_sheets")
    return found


def test_every_sheet_has_its_columns_and_its_rows(sheets: Sheets) -> None:
    """A column is gone that somebody's own calculations are made with, or a table breaks off."""
    assert {name: tuple(rows_of(text)[0]) for name, text in sheets.texts.items()} == HEADINGS
    told = {name: len(rows_of(text)) for name, text in sheets.texts.items()}
    assert told == sheets.exported.rows
    assert told == {
        "articles.csv": 17,
        "authors.csv": 9,
        "topics.csv": 10,
        "comments.csv": 34,
        "redirects.csv": 2,
        "media.csv": 6,
        "disclaimers.csv": 5,
    }


def test_files_are_as_spreadsheets_read_them(sheets: Sheets) -> None:
    """Letters with accents are two odd ones each, or a comment of three lines is three rows."""
    for text in sheets.texts.values():
        assert text.startswith(f'{BYTE_ORDER_MARK}"id","')
        assert text.endswith('"\r\n')
        assert "\r" not in text.replace("\r\n", "")
        assert re.fullmatch(r'\ufeff(?:"(?:[^"]|"")*"(?:,|\r\n))+', text)


def test_an_article_is_as_readers_see_it(sheets: Sheets) -> None:
    """A title that is still being worked on goes to print; or nobody sees that it is."""
    assert sheets.row("articles", slug=FRONT) == {
        "id": sheets.ids[FRONT],
        "title": "The Long Way Home: What Walking Does for a Crowded Mind",
        "slug": FRONT,
        "locale": "en",
        "status": "PUBLISHED",
        "first published": "2013-05-14T06:30:00Z",
        "published": "2013-05-14T06:30:00Z",
        "scheduled for": "",
        "created": "2013-05-14T06:30:00Z",
        "updated": ANY,
        "unpublished changes": "yes",
        "authors": "Marian Thistlewood, PhD",
        "other contributors": "",
        "topics": "Mind",
        "words": "746",
        "comments": "6",
        "path": f"/en/{FRONT}",
        "url": f"{SITE}/en/{FRONT}",
    }
    assert Counter(row["unpublished changes"] for row in sheets.rows("articles")) == {"no": 16, "yes": 1}


def test_articles_stand_where_they_stand(sheets: Sheets) -> None:
    """A draft, what is scheduled and what was taken down are counted as published, or lack their dates."""
    assert Counter(row["status"] for row in sheets.rows("articles")) == {
        "PUBLISHED": 14,
        "DRAFT": 1,
        "SCHEDULED": 1,
        "UNPUBLISHED": 1,
    }
    dates = ("first published", "published", "scheduled for", "path")
    assert _told(sheets.row("articles", status="SCHEDULED"), *dates) == [
        *("", "", "2030-01-08T07:00:00Z", "/en/a-census-of-doorbells")
    ]
    assert _told(sheets.row("articles", status="UNPUBLISHED"), *dates) == [
        *("2023-08-15T07:00:00Z", "", "", "/en/getting-across-while-the-bridge-is-shut")
    ]
    assert _told(sheets.row("articles", status="DRAFT"), *dates) == ["", "", "", "/en/the-museum-of-small-repairs"]


def test_several_names_share_a_cell(sheets: Sheets) -> None:
    """Of four people who made an article, one is named."""
    assert _told(sheets.row("articles", slug="stairs"), "authors", "other contributors", "topics") == [
        "Leila Brandmayr, MSc; Adaeze Farrow",
        "Medical review: Dr Colm Petherick (REVIEWER); Hanne Vestby (EDITOR)",
        "Health; Everyday life",
    ]


def test_what_was_thrown_away_is_in_no_sheet(sheets: Sheets) -> None:
    """What an editor threw away comes back in a calculation, with its comments."""
    gone = sheets.ids["the-hour-before-sleep"]
    assert [name for name, text in sheets.texts.items() if gone in text] == []


def test_a_comment(sheets: Sheets) -> None:
    """It is not said what a comment answers, whose it is, or what was made of it."""
    answer = sheets.ids[f"{FRONT}/length-of-a-song"]
    assert sheets.row("comments", id=answer) == {
        "id": answer,
        "article id": sheets.ids[FRONT],
        "article": "The Long Way Home: What Walking Does for a Crowded Mind",
        "answers": sheets.ids[f"{FRONT}/pace-yourself"],
        "status": "APPROVED",
        "author name": "Ffion",
        "author url": "",
        "by contributor": "no",
        "created": "2013-05-17T21:41:00Z",
        "edited": "",
        "erased": "",
        "passage": "",
        "text": (
            "“The length of a song” is the first advice in two years that has not made me feel behind. "
            "I did one song today. It was a short one."
        ),
        "likes": "0",
        "helpful": "0",
        "thanks": "0",
        "replies": "0",
        "flags": "0",
    }
    assert sheets.row("comments", **{"author name": "Teodor M."})["author url"] == "https://teodor-rolls.example.org"
    assert Counter(row["by contributor"] for row in sheets.rows("comments")) == {"no": 30, "yes": 4}
    assert Counter(row["status"] for row in sheets.rows("comments")) == {"APPROVED": 31, "PENDING": 1, "DELETED": 2}


def test_what_was_taken_away_is_an_empty_place(sheets: Sheets) -> None:
    """What somebody wanted gone is sent around as a table."""
    erased = sheets.row("comments", id=sheets.ids[f"{FRONT}/two-stops"])
    removed = sheets.row("comments", id=sheets.ids[f"{FRONT}/night-porter"])
    assert _told(erased, "status", "author name", "author url", "passage", "text") == ["DELETED", "", "", "", ""]
    assert _told(removed, "status", "author name", "author url", "passage", "text") == ["DELETED", "", "", "", ""]
    assert (bool(erased["erased"]), bool(removed["erased"])) == (True, False)
    assert "off two stops early" not in sheets.texts["comments.csv"]
    assert "porter" not in sheets.texts["comments.csv"]


def test_a_redirect_leads_to_where_something_stands_now(sheets: Sheets) -> None:
    """Somebody who moves the site sees ids in place of addresses."""
    by_hand, left = sorted(sheets.rows("redirects"), key=lambda row: row["automatic"])
    assert by_hand == {
        "id": ANY,
        "from": "/lido",
        "to": "https://lido.example.org/?lane=4",
        "to id": "",
        "locale": "",
        "permanent": "yes",
        "automatic": "no",
        "created": ANY,
    }
    assert left == {
        "id": ANY,
        "from": "/en/counting-the-stairs",
        "to": "/en/stairs",
        "to id": sheets.ids["counting-the-stairs"],
        "locale": "en",
        "permanent": "yes",
        "automatic": "yes",
        "created": ANY,
    }


def test_authors_topics_media_and_disclaimers(sheets: Sheets) -> None:
    """A column holds what belongs into the one beside it."""
    author = sheets.row("authors", slug="adaeze-farrow")
    assert _told(author, "name", "credentials", "website", "accepts messages", "articles", "path", "url") == [
        *("Adaeze Farrow", "MA, transport planning", "https://kerb-notes.example.org", "yes", "3"),
        *("/authors/adaeze-farrow", f"{SITE}/authors/adaeze-farrow"),
    ]
    topic = sheets.row("topics", slug="sleep")
    assert _told(topic, "name", "parent", "parent id", "articles", "path") == [
        *("Sleep", "Mind", sheets.row("topics", slug="mind")["id"], "1", "/topics/sleep")
    ]
    medium = sheets.row("media", **{"file name": "evening-path.jpg"})
    assert _told(medium, "content type", "bytes", "width", "height", "credit") == [
        *("image/jpeg", "56504", "1200", "675", "Illustration: Ground Floor")
    ]
    notices = [_told(row, "slug", "scope", "topics", "authors", "version") for row in sheets.rows("disclaimers")]
    assert notices == [
        ["views-of-the-author", "EVERY_ARTICLE", "", "", "1"],
        ["views-of-the-author", "EVERY_ARTICLE", "", "", "2"],
        ["not-medical-advice", "TOPIC", "Medicine; Sleep", "", "1"],
        ["questions-to-the-author", "AUTHOR", "", "Marian Thistlewood; Adaeze Farrow; Peg Ansty", "1"],
        ["supported-by-a-supplier", "SELECTED_ARTICLES", "", "", "1"],
    ]


def test_names_and_texts_become_no_formulas(sheets: Sheets) -> None:
    """A sheet has a column that is written past what protects the others."""
    assert sheets.row("authors", slug="1-1")["name"] == "'=1+1"
    assert sheets.row("authors", slug="1-1")["biography"] == "Soup;' @night"
    assert sheets.row("topics", slug="bread-bare")["description"] == "'+ butter"


def test_nothing_is_told_by_which_somebody_is_reached_or_known(sheets: Sheets) -> None:
    """A table that is passed around holds readers' mail addresses, or hashes that tell who they are."""
    every = "".join(sheets.texts.values())
    assert ERASED.partition("@")[2] not in every
    assert "@groundfloor" not in every
    assert re.findall(r"[0-9a-f]{32}|sha256|hmac", every) == []


def test_however_few_are_read_at_a_time(sheets: Sheets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is written twice or left out, where one batch ends and the next begins."""
    monkeypatch.setattr(sheet, "AT_ONCE", 2)
    told: list[tuple[int, int, str]] = []

    async def again() -> ExportedSheets:
        async with open_database(sheets.url, MODEL_MODULES, MIGRATIONS) as database:
            return await export_sheets(database, tmp_path / "again.zip", lambda *so_far: told.append(so_far))

    exported = run(again())
    size = (tmp_path / "again.zip").stat().st_size
    assert texts_in(tmp_path / "again.zip") == sheets.texts
    assert exported == replace(
        sheets.exported, file=str(tmp_path / "again.zip"), bytes=size, taken_at=exported.taken_at
    )
    assert [each for each in told if each[2] == "media"] == [(2, 6, "media"), (4, 6, "media"), (6, 6, "media")]


@pytest.mark.asyncio
async def test_the_file_is_whole_or_is_not_there(database: Database, tmp_path: Path) -> None:
    """A disk is full, and half a table is taken for all of it; or others on the machine may read it."""
    target = tmp_path / "sheets" / "sheets.zip"
    with pytest.raises(CannotPack, match=r"sheets\.zip could not be written: no such file or directory"):
        await export_sheets(database, target)
    target.parent.mkdir()
    target.write_bytes(b"of last week")
    await create_topic(database, SYSTEM, TopicDraft(name="Boats"))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await export_sheets(database, target, stop)
    assert {each.name: each.read_bytes() for each in target.parent.iterdir()} == {"sheets.zip": b"of last week"}

    exported = await export_sheets(database, target)
    assert [each.name for each in target.parent.iterdir()] == ["sheets.zip"]
    assert target.stat().st_mode & 0o777 == 0o600
    assert exported.bytes == target.stat().st_size
    # There is no site yet, which would say where things stand.
    (topic,) = rows_of(texts_in(target)["topics.csv"])
    assert _told(topic, "name", "path", "url") == ["Boats", "", ""]
    assert texts_in(target)["redirects.csv"].count("\r\n") == 1


@pytest.mark.asyncio
async def test_it_is_one_moment_and_nobody_waits_for_it(database: Database, tmp_path: Path) -> None:
    """A comment stands in a sheet whose article is not in the other; or editors wait until all is written."""
    await create_author(database, SYSTEM, AuthorDraft(name="Wren Ashdown"))
    await create_topic(database, SYSTEM, TopicDraft(name="Boats"))

    def write(_done: int, _total: int, sheet_name: str) -> None:
        if sheet_name == "authors":
            run_elsewhere(database, "UPDATE topic SET name = 'Bread'")

    await export_sheets(database, tmp_path / "sheets.zip", write)
    assert [row["name"] for row in rows_of(texts_in(tmp_path / "sheets.zip")["topics.csv"])] == ["Boats"]
    assert (await Topic.get()).name == "Bread"


@pytest.mark.asyncio
async def test_nothing_can_be_written_in_a_moment(database: Database) -> None:
    """A sheet that looks something up changes it, past every rule and event."""
    await create_topic(database, SYSTEM, TopicDraft(name="Boats"))
    async with one_moment(database):
        with pytest.raises(BaseORMException, match=r"read-?only"):
            await Topic.all().update(name="Bread")
    assert (await Topic.get()).name == "Boats"


def _told(row: Row, *headings: str) -> list[str]:
    return [row[heading] for heading in headings]
