"""Scrubbing: what was deleted stands nowhere in the file, and whoever is in the way only delays it."""

import random
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from cms.kernel import clock, scrubbing
from cms.kernel.database import Database, Dialect, open_database, transaction
from cms.kernel.jobs import Hands, JobFailed, enqueue
from cms.kernel.models import Job
from cms.kernel.scrubbing import SCRUB, scrub, scrub_later
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.articles.world import NOON

pytestmark = pytest.mark.asyncio

SECRET = b"a word that nobody else says"


@pytest_asyncio.fixture
async def file(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Database]:
    """An SQLite database in which something was deleted."""
    path = shutil.copyfile(sqlite_template, tmp_path / "cms.db")
    async with open_database(f"sqlite://{path}", MODEL_MODULES, MIGRATIONS) as database:
        with clock.at(NOON):
            key = await enqueue(database, "letter", {"text": SECRET.decode() * 500})
            async with transaction(database):
                await Job.filter(id=key).delete()
                await scrub_later(database)
        yield database


def stored(database: Database) -> bytes:
    """The file, and the log beside it."""
    return b"".join(database.path.with_name(database.path.name + end).read_bytes() for end in ("", "-wal"))


async def work(database: Database) -> list[tuple[int, str | None]]:
    """Do what is due; of the jobs that are left, how often they were tried and why they failed."""
    while (due := await Hands(database, {SCRUB: scrub}).look()) is not None and due <= clock.now():
        pass
    return [(job.attempts, job.error) for job in await Job.all()]


async def test_what_was_deleted_is_nowhere(file: Database) -> None:
    """Whoever copies the file could read what was erased."""
    before = stored(file).count(SECRET)
    with clock.at(NOON):
        left = await work(file)

    assert (before > 0, left, stored(file).count(SECRET)) == (True, [], 0)
    assert await file.connection.execute_query_dict("PRAGMA secure_delete") == [{"secure_delete": 1}]


def log_bytes(database: Database) -> int:
    """How long the log is."""
    return database.path.with_name(database.path.name + "-wal").stat().st_size


def churn(path: Path, seed: int) -> None:
    """Rows that grow, shrink and move from page to page, until those that say the word are deleted."""
    chance, sizes, words = random.Random(seed), (5, 100, 300, 700), dict[str, str]()  # noqa: S311 - the same every time
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"CREATE TABLE churn_{seed} (key TEXT PRIMARY KEY, said TEXT)")
        connection.execute(f"CREATE INDEX said_{seed} ON churn_{seed} (said)")
        connection.execute("BEGIN")
        for number in range(200):
            key = f"{chance.getrandbits(128):032x}"
            words[key] = SECRET.decode() if number % 4 == 0 else ""
            row = (key, words[key] + "x" * chance.choice(sizes))
            connection.execute(f"INSERT INTO churn_{seed} VALUES (?, ?)", row)
            other = chance.choice(list(words))
            row = (words[other] + "y" * chance.choice(sizes), other)
            connection.execute(f"UPDATE churn_{seed} SET said = ? WHERE key = ?", row)
        connection.execute("COMMIT")
        connection.execute(f"DELETE FROM churn_{seed} WHERE said LIKE ?", (f"{SECRET.decode()}%",))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def test_rows_that_moved_leave_nothing_behind(file: Database) -> None:
    """Deleting overwrites a row where it stands, and not where it stood before its page was full."""
    for seed in range(5):
        churn(file.path, seed)
    before = stored(file).count(SECRET)
    with clock.at(NOON):
        await work(file)

    assert (before > 0, stored(file).count(SECRET)) == (True, 0)


async def test_a_reader_delays_it(file: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a slow reader still saw would stay in the log, since nobody came back for it."""
    monkeypatch.setattr(scrubbing, "_WAIT_SECONDS", 0.01)
    with closing(sqlite3.connect(file.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM job").fetchall()
        length = log_bytes(file)
        with clock.at(NOON), capture_logs():
            waits = await work(file)
        held = stored(file).count(SECRET)
        # Not by the whole file: the disk would be full after some attempts.
        grown = log_bytes(file) - length
    with clock.at(NOON + timedelta(minutes=1)):
        left = await work(file)

    assert [attempts for attempts, _ in waits] == [1]
    assert "JobFailed" in (waits[0][1] or "")
    assert (held > 0, left, stored(file).count(SECRET)) == (True, [], 0)
    assert grown < file.path.stat().st_size / 4


async def test_a_writer_delays_it(file: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes would be broken off; or it be tried no more."""
    monkeypatch.setattr(scrubbing, "_WAIT_SECONDS", 0.01)
    (job,) = await Job.all()
    hands = Hands(file, {SCRUB: scrub})
    with clock.at(NOON), capture_logs() as logs:
        claim = await hands.claim()
        assert claim is not None
        with closing(sqlite3.connect(file.path, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            with pytest.raises(JobFailed, match="Somebody reads or writes"):
                await scrub(file, claim)
            writer.execute("ROLLBACK")

    assert (claim.id, logs) == (job.id, [])


async def test_a_fault_of_the_database_is_told_by_its_name(file: Database) -> None:
    """The words of a fault say where the file lies; and a full disk would end the worker."""
    lost = replace(file, settings={**file.settings, "file_path": "nowhere/cms.db"})
    with clock.at(NOON):
        claim = await Hands(file, {SCRUB: scrub}).claim()
    assert claim is not None

    with pytest.raises(JobFailed) as failed:
        await scrub(lost, claim)

    assert str(failed.value) == "The file could not be scrubbed: SQLITE_CANTOPEN"


async def test_a_large_file_is_not_written_anew(file: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody who writes would be refused while gigabytes are copied; and nobody told what to do about it."""
    monkeypatch.setattr(scrubbing, "LARGEST_REWRITTEN_BYTES", 1)
    with clock.at(NOON), capture_logs() as logs:
        left = await work(file)

    assert (left, stored(file).count(SECRET)) == ([], 0)
    assert [(log["log_level"], "run VACUUM" in log["event"]) for log in logs] == [("warning", True)]


async def test_postgres_needs_no_job(database: Database) -> None:
    """A job would wait in a table for nobody."""
    await scrub_later(database)

    assert await Job.all().count() == (1 if database.dialect is Dialect.SQLITE else 0)
