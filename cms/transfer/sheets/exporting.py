"""Writing the sheets: read at one moment, some rows at a time, into a file that has its name when it is whole."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cms.kernel.clock import now, to_text
from cms.kernel.database import Database
from cms.kernel.progress import Tell, quietly
from cms.site.models import Site
from cms.transfer.archives.archive import ArchiveWriter, writing
from cms.transfer.moment import one_moment
from cms.transfer.sheets.articles import ARTICLES
from cms.transfer.sheets.cells import lines
from cms.transfer.sheets.comments import COMMENTS
from cms.transfer.sheets.redirects import REDIRECTS
from cms.transfer.sheets.sheet import Sheet, View
from cms.transfer.sheets.surroundings import AUTHORS, DISCLAIMERS, MEDIA, TOPICS

#: Adding a sheet is one description of it and one line here.
SHEETS: Final[tuple[Sheet[Any, Any], ...]] = (ARTICLES, AUTHORS, TOPICS, COMMENTS, REDIRECTS, MEDIA, DISCLAIMERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedSheets:
    """Sheets that were written.

    Attributes:
        file: the zip that holds them.
        bytes: its size.
        taken_at: the moment that they show.
        rows: how many each has below its headings, by the name of its file.
    """

    file: str
    bytes: int
    taken_at: datetime
    rows: Mapping[str, int]

    def to_text(self) -> str:
        """The same for people, without a newline at its end."""
        whole = f"{self.file}: as of {to_text(self.taken_at)}, {self.bytes:,} bytes."
        return "\n".join([whole, *(f"{name}: {number:,} rows" for name, number in self.rows.items())])


async def export_sheets(database: Database, target: Path, tell: Tell = quietly) -> ExportedSheets:
    """Write everything that an editor works with as CSV files, while others go on writing.

    Args:
        database: what is read.
        target: the zip to be, which nobody but its owner may read; one of that name is replaced once it is whole.
        tell: is told how far it has come.

    Raises:
        CannotPack: the file cannot be written.
    """
    with writing(target) as archive:
        async with one_moment(database):
            view = View(now(), await Site.first())
            rows = {f"{sheet.name}.csv": await _write(archive, sheet, view, tell) for sheet in SHEETS}
    return _told(target, view, rows)


async def _write(archive: ArchiveWriter, sheet: Sheet[Any, Any], view: View, tell: Tell) -> int:
    """Write one sheet; how many rows it has."""
    done, total = 0, await sheet.count()
    with archive.part(f"{sheet.name}.csv") as part:
        # Without the mark, Excel reads another encoding into it.
        part.write(codecs.BOM_UTF8 + lines([list(sheet.columns)]))
        async for rows in sheet.rows(view):
            part.write(lines(rows))
            done += len(rows)
            tell(done, total, sheet.name)
    return done


def _told(target: Path, view: View, rows: Mapping[str, int]) -> ExportedSheets:
    return ExportedSheets(file=str(target), bytes=target.stat().st_size, taken_at=view.moment, rows=rows)
