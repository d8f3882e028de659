"""Backups are of one moment, whole, and give back the same site: on both databases, while people write."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from shutil import copytree

import asyncpg
import httpx2
import orjson
import pytest

from bench.crash.ledger import Ledger
from bench.crash.processes import Server, faults_in, serve
from bench.crash.rounds import client_of, prepare
from bench.crash.writes import Verb, Write, answer_of, text_of
from cms.articles.models import ArticleRevision, Publication
from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect, connection_settings
from cms.kernel.events import EventType
from cms.kernel.ids import new_id
from cms.kernel.migrating import migrate
from cms.kernel.models import Event
from cms.kernel.secrecy import use_secret
from cms.transfer.archives.parts import MANIFEST
from cms.transfer.backup import BadArchive, CannotPack, CannotUnpack
from cms.transfer.backup.manifest import Way
from tests.databases import postgres_database, run
from tests.operations.recording import FOLDER
from tests.seed.sample import SECRET, Sample
from tests.serving import asking, running, settings_for
from tests.transfer.backups import files_below, found_in, give_back, own_programs, rewrite, rows_in, take, within

WRITERS = 8
#: How many articles each of them has made before a backup is taken, and at least makes while it is.
BEFORE = 2
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _secret() -> None:
    use_secret(SECRET)


@pytest.fixture
def site(sample: Sample) -> Sample:
    """A site that no test here changes."""
    return sample


@pytest.fixture
def elsewhere(site: Sample, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database of the same kind as the site's, without tables; on SQLite, of no file."""
    if connection_settings(site.database_url)[0] is Dialect.SQLITE:
        yield f"sqlite://{tmp_path / 'restored.db'}"
        return
    with postgres_database(request.getfixturevalue("postgres_url")) as url:
        yield url


def test_what_was_backed_up_comes_back(site: Sample, elsewhere: str, tmp_path: Path) -> None:
    """After a fire, a page, a version or a picture would be missing, or stand otherwise than it did."""
    taken = take(site.database_url, site.media_store, tmp_path / "site.backup")
    restored = give_back(tmp_path / "site.backup", elsewhere, tmp_path / "media")

    before = rows_in(site.database_url)
    assert rows_in(elsewhere) == before
    assert files_below(tmp_path / "media") == files_below(site.media_store)
    assert taken.rows == restored.rows == sum(map(len, before.values())) + _migrations()
    assert (taken.media, restored.media, taken.missing, taken.altered) == (6, 6, (), ())
    assert (restored.taken_at, restored.migrated, restored.has_same_secret) == (taken.taken_at, (), True)
    assert found_in(elsewhere, tmp_path) == []
    assert _page(elsewhere, tmp_path) == _page(site.database_url, site.media_store.parent)
    assert (tmp_path / "site.backup").stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in tmp_path.iterdir() if "partial" in each.name or "restoring" in each.name) == []
    # The numbers that the database gives go on after those that it gave.
    assert within(elsewhere, _append) == within(site.database_url, _last_number) + 1


def test_postgresql_does_it_with_its_own_program(
    site: Sample, elsewhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever keeps PostgreSQL trusts its own format; and without its program there is a way as well."""
    file = tmp_path / "site.backup"
    if connection_settings(site.database_url)[0] is Dialect.SQLITE:
        assert take(site.database_url, site.media_store, file, with_pg_dump=True).way is Way.SQLITE
        return
    with own_programs(monkeypatch):
        taken = take(site.database_url, site.media_store, file, with_pg_dump=True)
        monkeypatch.setenv("PATH", "")
        with pytest.raises(CannotUnpack, match=r"This backup needs pg_restore 18\S* or newer"):
            give_back(file, elsewhere, tmp_path / "media")
        assert not (tmp_path / "media").exists()
    with own_programs(monkeypatch):
        give_back(file, elsewhere, tmp_path / "media")

    assert taken.way is Way.PG_DUMP
    assert rows_in(elsewhere) == rows_in(site.database_url)
    assert found_in(elsewhere, tmp_path) == []


def test_a_password_is_told_to_no_command_line(
    postgres_sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody on a machine sees the arguments of its processes; and what a program quotes may be anybody's words."""
    (tmp_path / "pg_dump").write_text(
        '#!/bin/sh\ncase "$1" in --version) echo "pg_dump (PostgreSQL) 99.1";; *)\n'
        f'echo "$@" > "{tmp_path}/arguments"; echo "$PGPASSWORD$CMS_SECRET_KEY" > "{tmp_path}/password"\n'
        """echo 'pg_dump: error: no "somebody@mail.example.org" here' >&2; exit 3;; esac\n"""
    )
    (tmp_path / "pg_dump").chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("CMS_SECRET_KEY", SECRET.decode())
    url = postgres_sample.database_url.replace("postgres@/", "postgres:a-password@/", 1)

    with pytest.raises(CannotPack) as refusal:
        take(url, postgres_sample.media_store, tmp_path / "site.backup", with_pg_dump=True)

    assert str(refusal.value) == 'pg_dump ended with 3: pg_dump: error: no "…" here'
    assert (tmp_path / "password").read_text() == "a-password\n"
    arguments = (tmp_path / "arguments").read_text().split()
    assert [each.partition("=")[0] for each in arguments] == [
        *("--format", "--no-owner", "--no-privileges", "--no-password", "--snapshot", "--table")
    ]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["arguments", "password", "pg_dump"]


def test_nothing_is_restored_over_something(site: Sample, database_url: str, tmp_path: Path) -> None:
    """A restore that replaced the wrong database would be the accident that it is there for."""
    file, media = tmp_path / "site.backup", tmp_path / "media"
    take(site.database_url, site.media_store, file)
    is_sqlite = database_url.startswith("sqlite")
    other = "postgres://nobody@127.0.0.1:1/none" if is_sqlite else f"sqlite://{tmp_path / 'other.db'}"

    with pytest.raises(CannotUnpack, match="This is a backup of "):
        give_back(file, other, media)
    with pytest.raises(CannotUnpack, match="is in use"), _held_open(database_url):
        give_back(file, database_url, media)
    assert not media.exists()
    # Tables without a row, as `cms serve` makes them, are replaced.
    give_back(file, database_url, media)
    before = rows_in(database_url)
    with pytest.raises(CannotUnpack, match="holds content, which a restore would replace"):
        give_back(file, database_url, tmp_path / "again")
    assert rows_in(database_url) == before
    assert not (tmp_path / "again").exists()


def test_a_backup_from_before_a_migration_is_brought_up_to_date(
    empty_database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The backup that is taken before an update is the one that is needed after it."""

    async def as_it_was(database: Database) -> None:
        await migrate(database, "0002_planned_publications")
        told = f"'{new_id()}', '{now().isoformat()}', '', '/old', '/new', true, false"
        await database.connection.execute_script(
            f"INSERT INTO redirect (id, created_at, locale, from_path, target, permanent, automatic) VALUES ({told})"
        )

    within(empty_database_url, as_it_was)
    take(empty_database_url, tmp_path / "media", tmp_path / "old.backup")
    with _another(empty_database_url, tmp_path, request) as url:
        restored = give_back(tmp_path / "old.backup", url, tmp_path / "media")
        paths = [row[2:5] for row in rows_in(url)["redirect"]] if url.startswith("sqlite") else rows_in(url)["redirect"]

    assert restored.migrated[0] == "0003_readers_requests"
    assert len(paths) == 1
    assert "/old" in str(paths)


def test_files_that_are_not_there_are_told(sqlite_sample: Sample, tmp_path: Path) -> None:
    """A backup without its pictures would be taken for one with them; and a wrong one may be all there is."""
    media = copytree(sqlite_sample.media_store, tmp_path / "media")
    first, second, *_ = sorted(each for each in media.rglob("*") if each.is_file())
    first.unlink()
    second.write_bytes(b"something else")

    taken = take(sqlite_sample.database_url, media, tmp_path / "site.backup")

    assert taken.missing == (str(first.relative_to(media)),)
    assert taken.altered == (str(second.relative_to(media)),)
    assert taken.media == 5


def test_there_must_be_something_to_back_up(tmp_path: Path) -> None:
    """A cron job that backs up an empty file every night is noticed when it is too late."""
    for url, why in (
        (f"sqlite://{tmp_path / 'none.db'}", "There is no database at "),
        (f"sqlite://{tmp_path / 'empty.db'}", "no tables of Masthead's"),
    ):
        (tmp_path / "empty.db").touch()
        with pytest.raises(CannotPack, match=why):
            take(url, tmp_path, tmp_path / "site.backup")
    with pytest.raises(CannotPack, match=r"could not be written: no such file or directory"):
        take(f"sqlite://{tmp_path / 'empty.db'}", tmp_path, tmp_path / "nowhere" / "site.backup")
    assert [each.name for each in tmp_path.iterdir()] == ["empty.db"]


@pytest.mark.parametrize("way", [Way.COPY, Way.PG_DUMP])
def test_tables_that_are_not_those_of_the_manifest_are_refused(
    postgres_url: str, postgres_template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    """A part of another evening is whole by itself, and its pages would be missing from the site."""
    file, media = tmp_path / "site.backup", tmp_path / "media"
    with own_programs(monkeypatch), postgres_database(postgres_url, postgres_template) as url:
        assert take(url, media, file, with_pg_dump=way is Way.PG_DUMP).way is way

    def told(parts: dict[str, bytes], *, is_missing: bool) -> dict[str, bytes]:
        said = orjson.loads(parts[MANIFEST])
        [place] = [place for place, table in enumerate(said["tables"]) if table["name"] == "media"]
        if is_missing:
            del said["tables"][place]
        else:
            said["tables"][place]["rows"] = 1
        return {**parts, MANIFEST: orjson.dumps(said)}

    kinds = {Way.COPY: (BadArchive, "media has another number"), Way.PG_DUMP: (CannotUnpack, "media: not as many rows")}
    rewrite(file, partial(told, is_missing=False))
    _expect_refusal(file, postgres_url, *kinds[way], monkeypatch)
    if way is Way.COPY:
        rewrite(file, partial(told, is_missing=True))
        _expect_refusal(file, postgres_url, BadArchive, "its tables are not those of its migrations", monkeypatch)


def _expect_refusal(
    file: Path, server: str, error: type[Exception], match: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_programs(monkeypatch), postgres_database(server) as url, pytest.raises(error, match=match):
        give_back(file, url, file.parent / "media")


def test_a_killed_backup_leaves_nothing_that_looks_whole(sqlite_sample: Sample, tmp_path: Path) -> None:
    """Half a backup would be found out on the day it is needed, and the good one of yesterday would be gone."""
    file, given = tmp_path / "site.backup", (sqlite_sample.database_url, sqlite_sample.media_store)
    take(*given, file)
    whole = file.read_bytes()

    assert _killed("take", *given, file, "media") == -signal.SIGKILL

    assert file.read_bytes() == whole
    (left,) = [each for each in tmp_path.iterdir() if each != file]
    assert (left.name.startswith("site.backup.partial-"), left.stat().st_mode & 0o777) == (True, 0o700)
    with pytest.raises(BadArchive):
        give_back(left / "archive", f"sqlite://{tmp_path / 'cms.db'}", tmp_path / "media")


def test_a_killed_restore_leaves_a_database_without_a_row(site: Sample, elsewhere: str, tmp_path: Path) -> None:
    """Half a site would be served, and nobody would know which half."""
    file, media = tmp_path / "site.backup", tmp_path / "media"
    take(site.database_url, site.media_store, file)
    is_sqlite = elsewhere.startswith("sqlite")

    assert _killed("give_back", file, elsewhere, media, "media" if is_sqlite else "tables") == -signal.SIGKILL

    assert not (tmp_path / "restored.db").exists() if is_sqlite else not any(rows_in(elsewhere).values())
    give_back(file, elsewhere, media)
    assert rows_in(elsewhere) == rows_in(site.database_url)


def test_a_log_that_another_database_left_is_not_played_into_it(sqlite_sample: Sample, tmp_path: Path) -> None:
    """SQLite would take what lies beside the file for changes to it, and damage it."""
    take(sqlite_sample.database_url, sqlite_sample.media_store, tmp_path / "site.backup")
    (tmp_path / "cms.db-wal").write_bytes(b"of another one")
    with pytest.raises(CannotUnpack, match=r"cms\.db-wal was left by a database that is not there"):
        give_back(tmp_path / "site.backup", f"sqlite://{tmp_path / 'cms.db'}", tmp_path / "media")
    assert not (tmp_path / "cms.db").exists()


@dataclass(slots=True)
class Noted:
    """What the writers were told, and when: a key, when it was sent, when it was answered."""

    done: dict[str, tuple[float, float]] = field(default_factory=dict)

    def first_missed(self, held: set[str]) -> list[str]:
        """The keys that are held though another one is missing that was answered before they were sent."""
        missed = [answered for key, (_, answered) in self.done.items() if key not in held]
        return sorted(key for key in held & self.done.keys() if any(at < self.done[key][0] for at in missed))


def test_a_gap_in_the_order_is_seen() -> None:
    """The test below would hold for a copy that was made row by row."""
    noted = Noted({"a": (1.0, 2.0), "b": (3.0, 4.0), "c": (3.5, 5.0)})
    assert [noted.first_missed(held) for held in ({"a"}, {"a", "c"}, {"a", "b", "c"})] == [[], [], []]
    assert noted.first_missed({"b", "c"}) == ["b", "c"]


def test_eight_writers_are_cut_at_one_moment(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A publication without its article, a count without its comment, or what came later and not what came before."""
    ledger = Ledger()
    desk, secret = run(prepare(database_url, ledger, seed=1))
    server, noted = serve(database_url, tmp_path), Noted()
    files = [tmp_path / "one.backup", tmp_path / "two.backup"]

    async def back_ups() -> None:
        with own_programs(monkeypatch):
            for file in files:
                await asyncio.to_thread(take, database_url, tmp_path / "media", file, with_pg_dump=file is files[1])

    try:
        server.answers()
        run(_written_during(server, secret, noted, back_ups, desk.author))
    finally:
        server.stop()

    everything = rows_in(database_url)
    for file in files:
        with own_programs(monkeypatch), _another(database_url, tmp_path, request) as url:
            give_back(file, url, tmp_path / "media")
            held, events, told = within(url, _held)
            rows, found = rows_in(url), found_in(url, tmp_path)
        assert found == []
        assert noted.first_missed(held) == []
        # Each writer's own articles are there from the first to some last one, without a gap.
        for writer in range(WRITERS):
            own = sorted(int(key.split("-")[1]) for key in held if key.startswith(f"w{writer}-"))
            assert own == list(range(len(own)))
            assert len(own) >= BEFORE
        # Each article is there with its event, and if it went out, with its publication and that event.
        assert events == {EventType.ARTICLE_CREATED: held, EventType.ARTICLE_PUBLISHED: told}
        assert set(rows["event"]) < set(everything["event"])
        if url.startswith("sqlite"):
            assert sorted(rows["event"]) == sorted(everything["event"])[: len(rows["event"])]
    assert faults_in(tmp_path) == []


async def _written_during(
    server: Server, secret: str, noted: Noted, work: Callable[[], Awaitable[None]], author: str
) -> None:
    """Have eight people write while something is done, from before it begins until after it has ended."""
    begun, ended = asyncio.Event(), asyncio.Event()
    warm: set[int] = set()

    async def write(client: httpx2.AsyncClient, writer: int) -> None:
        number = 0
        while not ended.is_set() or number < 2 * BEFORE:
            await _published(client, f"w{writer}-{number}", author, noted)
            number += 1
            if number == BEFORE:
                warm.add(writer)
            if len(warm) == WRITERS:
                begun.set()

    async def watch() -> None:
        await begun.wait()
        await work()
        ended.set()

    async with client_of(server, secret) as client:
        await asyncio.gather(watch(), *(write(client, writer) for writer in range(WRITERS)))


async def _published(client: httpx2.AsyncClient, key: str, author: str, noted: Noted) -> None:
    """An article of that title, made and published."""
    made = {"title": key, "body": {"markdown": text_of(key)}, "contributors": [{"authorId": author}]}
    sent = time.monotonic()
    response = await client.post("/graphql", content=Write(verb=Verb.CREATE, key=key, variables={"input": made}).body)
    answer = answer_of(response.status_code, response.content)
    noted.done[key] = (sent, time.monotonic())
    publish = Write(verb=Verb.PUBLISH, key=f"{key}-out", variables={"id": answer.node, "expectedVersion": 1})
    response = await client.post("/graphql", content=publish.body)
    assert answer_of(response.status_code, response.content).code is None


async def _held(_database: Database) -> tuple[set[str], dict[EventType, set[str]], set[str]]:
    """The titles there are, those that events of each type tell of, and those that are published."""
    titles = {row.article_id: row.title for row in await ArticleRevision.all()}
    public = {titles[row.article_id] for row in await Publication.all()}
    events: dict[EventType, set[str]] = {}
    for kind in (EventType.ARTICLE_CREATED, EventType.ARTICLE_PUBLISHED):
        events[kind] = {titles[row.node_id] for row in await Event.filter(type=kind.value)}
    return set(titles.values()), events, public


@contextmanager
def _another(url: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of the same kind, without tables."""
    if url.startswith("sqlite"):
        yield f"sqlite://{folder / f'{new_id()}.db'}"
        return
    with postgres_database(request.getfixturevalue("postgres_url")) as made:
        yield made


@contextmanager
def _held_open(url: str) -> Iterator[None]:
    """Somebody who has the database open, and does nothing."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as connection:
            connection.execute("SELECT count(*) FROM site").fetchone()
            yield
        return
    with asyncio.Runner() as other:
        connected = other.run(asyncpg.connect(url))
        try:
            yield
        finally:
            other.run(connected.close())


def _killed(verb: str, *arguments: object) -> int:
    """How a process ended that does one of these and is killed when it tells how far it has come with something."""
    *given, moment = map(str, arguments)
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from cms.kernel.secrecy import use_secret\n"
        f"from tests.transfer.backups import {verb}\n"
        f"use_secret({SECRET!r})\n"
        "def tell(done, total, what):\n"
        f"    if what == {moment!r} and done > 1:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{verb}(*[each if '://' in each else Path(each) for each in {given!r}], tell=tell)\n"
    )
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode  # noqa: S603 - our own program


def _migrations() -> int:
    return len(list((ROOT / "cms" / "migrations").glob("0*.py")))


def _page(url: str, folder: Path) -> Sequence[bytes]:
    """What readers get, to the byte: an article's page, and everything that is sent for it."""
    home = asking(
        "{ articles(first: 20) { nodes { path title body { html } comments(first: 20) { nodes { body { html } } } } } }"
    )
    named = (FOLDER / "page.graphql").read_text()

    async def asked() -> list[bytes]:
        async with running(settings_for(url, folder, public_url="http://cms.test")) as client:
            headers = {"content-type": "application/json"}
            listed = await client.post("/graphql", content=home, headers=headers)
            path = orjson.loads(listed.content)["data"]["articles"]["nodes"][0]["path"]
            page = await client.post("/graphql", content=asking(named, {"path": path}), headers=headers)
            return [listed.content, page.content]

    answers = run(asked())
    assert b'"errors"' not in answers[1]
    return answers


async def _append(_database: Database) -> int:
    """The number of a new event."""
    event = Event(id=new_id(), type="TOLD", actor="test", node_type="art", node_id=new_id(), payload={})
    await event.save()
    return int(event.seq)


async def _last_number(_database: Database) -> int:
    """The number of the last event."""
    return max(int(event.seq) for event in await Event.all().only("seq"))
