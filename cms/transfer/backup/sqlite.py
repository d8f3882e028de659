"""SQLite: a copy of the file as it stood at one moment, while others write; and a copy put in the place of nothing.

The one thing to know: the copy is made inside one read transaction. In write-ahead mode that holds up nobody, and the
moment is that of its beginning; without it the copy begins anew at every write, and under load never ends.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from cms.kernel.progress import Tell
from cms.transfer.archives.archive import sync_folder
from cms.transfer.archives.errors import BadArchive, CannotPack, CannotUnpack
from cms.transfer.archives.media import MEDIA_FILES, MediaFile, files_of
from cms.transfer.backup.manifest import Table

#: 16 MiB with pages as they usually are: often enough to show how far it has come.
_PAGES_AT_ONCE: Final = 4096
_TABLES: Final = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
)
_RECORDS: Final = "tortoise_migrations"
_BESIDE: Final = ("-wal", "-shm", "-journal")


def copy(path: Path, place: Path, tell: Tell) -> None:
    """Copy a database to a new file, as it stands now.

    Raises:
        CannotPack: it is not there, or cannot be read.
    """
    if not path.is_file():
        raise CannotPack(f"There is no database at {path}.")
    try:
        with closing(_connected(path)) as source, closing(sqlite3.connect(place)) as target:
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(
                target, pages=_PAGES_AT_ONCE, progress=lambda _, left, pages: tell(pages - left, pages, "pages")
            )
            # One file that is whole by itself, whatever becomes of those beside it.
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise CannotPack(f"The database {path} could not be copied ({error}).") from None


class Copy:
    """A copy, open for questions about what is in it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def migrations(self) -> tuple[str, ...]:
        """The migrations that had been applied; none where it is no database of ours."""
        if _RECORDS not in self._names():
            return ()
        return tuple(name for (name,) in self._connection.execute(f"SELECT name FROM {_RECORDS} ORDER BY id"))  # noqa: S608 - a constant

    def tables(self) -> tuple[Table, ...]:
        """Its tables, with their numbers of rows."""
        return tuple(Table(name, self._count(name)) for name in self._names())

    def media(self) -> list[MediaFile]:
        """The files that its rows name."""
        return files_of(self._connection.execute(MEDIA_FILES))

    def faults(self) -> list[str]:
        """What SQLite finds wrong with the file itself, and with references in it."""
        broken = [str(line) for (line,) in self._connection.execute("PRAGMA integrity_check(1)") if line != "ok"]
        return broken + [str(table) for table, *_ in self._connection.execute("PRAGMA foreign_key_check")]

    def is_vacant(self) -> bool:
        """Whether no table has a row, apart from those that say which tables there are."""
        return not any(self._count(name) for name in self._names() if name != _RECORDS)

    def _names(self) -> list[str]:
        return [name for (name,) in self._connection.execute(_TABLES)]

    def _count(self, table: str) -> int:
        quoted = table.replace('"', '""')
        return int(self._connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])  # noqa: S608 - a name from the catalogue


@contextmanager
def looked_into(path: Path) -> Iterator[Copy]:
    """A database that nobody else uses, for questions.

    Raises:
        BadArchive: it is no database.
    """
    try:
        with closing(_connected(path)) as connection:
            yield Copy(connection)
    except sqlite3.Error:
        raise BadArchive("The file is damaged: its database cannot be read.") from None


def settle(path: Path) -> None:
    """Have a database be one file, with nothing waiting beside it."""
    with closing(_connected(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def put(path: Path, restored: Path) -> None:
    """Put a database where none is, or one without a row, by giving it its name: there is no half of that.

    Raises:
        CannotUnpack: there is one by now, or somebody has it open.
    """
    with kept_free(path):
        restored.replace(path)
        sync_folder(path.parent)


@contextmanager
def kept_free(path: Path) -> Iterator[None]:
    """Keep everybody from a place where no database is, or one without a row.

    Raises:
        CannotUnpack: there is one with rows, or somebody has it open, or something else lies there.
    """
    if not path.parent.is_dir():
        raise CannotUnpack(f"The folder of {path} does not exist: make it first.")
    if not path.exists():
        _refuse_leftovers(path)
        yield
        return
    with closing(_connected(path)) as connection:
        _take(connection, path)
        yield


def url_of(path: Path) -> str:
    """The URL of a database in a file, whatever its name."""
    return f"sqlite://{quote(str(path))}"


def version() -> str:
    """SQLite's."""
    return sqlite3.sqlite_version


def _connected(path: Path) -> sqlite3.Connection:
    # By its address: so that a file which is not there is not made.
    address = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=5, check_same_thread=False)


def _take(connection: sqlite3.Connection, path: Path) -> None:
    """Lock a database that is vacant; it is refused while anybody else has it open, though they do nothing."""
    try:
        if not Copy(connection).is_vacant():
            raise CannotUnpack(
                f"{path} holds content, which a restore would replace: move it away (with its -wal and -shm), or name "
                "another file in CMS_DATABASE_URL."
            )
        connection.execute("PRAGMA busy_timeout = 0")
        # Write-ahead mode is left only by the last one who has the file open.
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        raise CannotUnpack(f"{path} is in use: stop the servers and workers that have it open.") from None
    except sqlite3.DatabaseError:
        raise CannotUnpack(f"{path} is no database: move it away first.") from None


def _refuse_leftovers(path: Path) -> None:
    """A log of changes that belongs to another database would be played into this one."""
    for ending in _BESIDE:
        beside = path.with_name(path.name + ending)
        if beside.exists():
            raise CannotUnpack(f"{beside} was left by a database that is not there: move it away first.")
