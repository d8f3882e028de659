"""What the tests of sheets share: a site in which everything happened that a sheet tells of, and its sheets, read."""

import csv
import io
import sqlite3
import zipfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from cms.articles.actions import delete_article, publish_article, update_article
from cms.articles.drafts import ArticleChange
from cms.articles.models import Article
from cms.authors.actions import AuthorDraft, create_author
from cms.comments.actions import moderate_comments
from cms.comments.models import Comment, ModerationAction
from cms.comments.privacy import erase_personal_data
from cms.kernel.database import Database, Dialect, open_database
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import SYSTEM
from cms.media.texts import RichTextInput
from cms.site.redirects import RedirectDraft, create_redirect
from cms.tables import MIGRATIONS, MODEL_MODULES
from cms.topics.actions import TopicDraft, create_topic
from cms.transfer.sheets import ExportedSheets, export_sheets
from tests.databases import execute, run
from tests.seed.sample import load

FRONT: Final = "the-long-way-home"
ERASED: Final = "wren@mail.example.com"
BYTE_ORDER_MARK: Final = "\ufeff"
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheets:
    """A database that no test may change, and the sheets of it.

    Attributes:
        texts: of the files, by their names.
        ids: global ids of articles and comments, by what they were called in the sample.
    """

    url: str
    exported: ExportedSheets
    texts: Mapping[str, str]
    ids: Mapping[str, str]

    def rows(self, name: str) -> list[Row]:
        """The rows of a sheet, by its headings."""
        return rows_of(self.texts[f"{name}.csv"])

    def row(self, name: str, **wanted: str) -> Row:
        """The one row that has these values."""
        (found,) = [row for row in self.rows(name) if all(row[key] == value for key, value in wanted.items())]
        return found


async def make_sheets(url: str, folder: Path) -> Sheets:
    """The sample, to which things happened, and its sheets."""
    await load(url, folder / "media")
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        await _let_things_happen(database)
        exported = await export_sheets(database, folder / "sheets.zip")
        return Sheets(url, exported, texts_in(folder / "sheets.zip"), await _ids())


def texts_in(file: Path) -> dict[str, str]:
    """The files in a zip, by their names."""
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def rows_of(text: str) -> list[Row]:
    """The rows of a file, by its headings."""
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


async def _let_things_happen(database: Database) -> None:
    """An article is thrown away, one is rewritten, one moves; comments go; somebody has an odd name."""
    await delete_article(database, SYSTEM, await _article("the-hour-before-sleep"))
    await _change(database, FRONT, title="The Longer Way Home")
    await _change(database, "counting-the-stairs", slug="stairs")
    await publish_article(database, SYSTEM, await _article("counting-the-stairs"))
    await create_redirect(database, SYSTEM, RedirectDraft(from_path="/lido", to="https://lido.example.org/?lane=4"))
    await erase_personal_data(database, SYSTEM, ERASED)
    held = await Comment.get(source_id=f"{FRONT}/night-porter")
    await moderate_comments(database, SYSTEM, [held.id], ModerationAction.REMOVE)
    odd = AuthorDraft(name="=1+1", email="odd@groundfloor.example.org", bio=RichTextInput(markdown="Soup;\n@night"))
    await create_author(database, SYSTEM, odd)
    await create_topic(database, SYSTEM, TopicDraft(name="Bread, “bare”", description="+ butter"))


async def _change(database: Database, name: str, **given: str) -> None:
    article = await Article.get(source_id=name)
    change = ArticleChange(article_id=article.id, expected_version=article.version, **given)  # type: ignore[arg-type] # fields of it that are texts
    await update_article(database, SYSTEM, change)


async def _article(name: str) -> UUID:
    return (await Article.get(source_id=name)).id


async def _ids() -> dict[str, str]:
    articles = {str(row.source_id): str(GlobalId(NodeType.ARTICLE, row.id)) for row in await Article.all()}
    comments = {str(row.source_id): str(GlobalId(NodeType.COMMENT, row.id)) for row in await Comment.all()}
    return articles | comments


def run_elsewhere(database: Database, statement: str) -> None:
    """Run a statement on a connection of another process, as it were."""
    if database.dialect is Dialect.POSTGRES:
        run(execute(database.url, statement))
        return
    with closing(sqlite3.connect(database.path, isolation_level=None)) as connection:
        connection.execute(statement)
