"""Bundles bring back everything, from either database to the other and back, and hold one moment of a site."""

import asyncio
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

import pytest

from cms.accounts.models import ApiToken, User
from cms.accounts.passwords import is_password
from cms.articles.actions import create_article
from cms.articles.models import Article
from cms.checking import check_everything
from cms.delivery.models import Webhook
from cms.kernel.checking import Found, Ground
from cms.kernel.database import Database, Dialect
from cms.kernel.events import EventType, append_event
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.models import Event
from cms.kernel.secrecy import use_secret
from cms.kernel.viewer import SYSTEM
from cms.transfer.bundle import Exported, export_bundle, import_bundle
from cms.transfer.bundle.tables import KEPT, LEFT_OUT
from cms.transfer.importing import Report
from tests.articles.world import a_draft, every_row, found
from tests.databases import inside, postgres_database
from tests.seed.sample import SECRET
from tests.serving import settings_for
from tests.transfer.backups import files_below
from tests.transfer.publication import PASSWORD, fill

Rows = Mapping[str, list[tuple[object, ...]]]


@pytest.fixture(autouse=True)
def _secret() -> None:
    use_secret(SECRET)


@dataclass(frozen=True, slots=True)
class Site:
    """A database, and the folder in which its files lie."""

    url: str
    media: Path


@pytest.fixture(scope="module")
def sqlite_site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A publication that has used everything, on SQLite; no test here changes it."""
    folder = tmp_path_factory.mktemp("site")
    return _filled(f"sqlite://{copyfile(sqlite_template, folder / 'cms.db')}", folder / "media")


@pytest.fixture(scope="module")
def postgres_site(
    postgres_url: str, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The same on PostgreSQL."""
    with postgres_database(postgres_url, postgres_template) as url:
        yield _filled(url, tmp_path_factory.mktemp("site") / "media")


@pytest.fixture
def site(dialect: Dialect, request: pytest.FixtureRequest) -> Site:
    """It on each of the two databases in turn."""
    found: Site = request.getfixturevalue(f"{dialect}_site")
    return found


@pytest.fixture
def elsewhere(
    dialect: Dialect, sqlite_template: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Site]:
    """A migrated database of the other kind, without a row."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    if dialect is Dialect.POSTGRES:
        yield Site(f"sqlite://{copyfile(sqlite_template, folder / 'cms.db')}", folder / "media")
        return
    server, template = request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_template")
    with postgres_database(server, template) as url:
        yield Site(url, folder / "media")


@pytest.fixture
def another(database_url: str, tmp_path: Path) -> Site:
    """A migrated database of the first kind, without a row."""
    return Site(database_url, tmp_path / "media")


def _filled(url: str, media: Path) -> Site:
    use_secret(SECRET)

    async def do(database: Database) -> None:
        await fill(database, media)

    inside(url, do)
    return Site(url, media)


def sent(site: Site, file: Path, *, with_credentials: bool = True) -> Exported:
    """A bundle of a site."""

    async def do(database: Database) -> Exported:
        return await export_bundle(database, site.media, file, with_credentials=with_credentials)

    return inside(site.url, do)


def brought(site: Site, file: Path) -> Report:
    """What comes of importing one."""

    async def do(database: Database) -> Report:
        return await import_bundle(database, SYSTEM, file, site.media)

    return inside(site.url, do)


def digests(file: Path) -> dict[str, str]:
    """The parts of a bundle, by name."""
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    return {part["name"]: part["digest"] for part in manifest["parts"]}


def rows_in(site: Site) -> Rows:
    """What stands in the tables that bundles hold, but for what says something in one database only."""

    async def do(database: Database) -> Rows:
        rows: dict[str, list[tuple[object, ...]]] = {}
        for kept in KEPT:
            columns = ", ".join((*kept.fields, *kept.forms))
            told = await database.connection.execute_query_dict(f"SELECT {columns} FROM {kept.name}")
            rows[kept.name] = sorted((tuple(map(str, row.values())) for row in told), key=repr)
        return rows

    return inside(site.url, do)


def test_every_table_is_held_or_left_out_for_a_reason(site: Site, tmp_path: Path) -> None:
    """A table that somebody adds later is forgotten here first, and by those who move out next."""

    async def do(database: Database) -> Mapping[str, int]:
        models = {model for models in database.apps.values() for model in models.values()}
        assert models == {kept.model for kept in KEPT} | set(LEFT_OUT)
        return {model._meta.db_table: await model.all().count() for model in models}

    counts = inside(site.url, do)
    exported = sent(site, tmp_path / "site.bundle")

    # What these tests say of a table without a row, they say of nothing.
    assert [kept.name for kept in KEPT if not counts[kept.name]] == []
    assert exported.rows == sum(counts[kept.name] for kept in KEPT)
    assert exported.waiting == counts["job"] > 0


def test_a_site_comes_back_from_one_database_to_the_other_and_back(
    site: Site, elsewhere: Site, another: Site, tmp_path: Path
) -> None:
    """Whoever moves loses what nobody looked at: a revision, a consent, the digest of a disclaimer that was shown."""
    there, back, again = (tmp_path / name for name in ("there", "back", "again"))

    first = sent(site, there)
    arrived = brought(elsewhere, there)
    second = sent(elsewhere, back)
    returned = brought(another, back)
    third = sent(another, again)

    assert not arrived.failed
    assert arrived == returned
    assert arrived.notes == ()
    assert first.content == second.content == third.content
    assert digests(there) == digests(back) == digests(again)
    assert rows_in(site) == rows_in(another)
    assert files_below(site.media) == files_below(elsewhere.media) == files_below(another.media)
    assert _found_in(elsewhere) == _found_in(another) == []
    # A second time, it is all there.
    before = _everything_in(elsewhere)
    repeated = brought(elsewhere, there)
    assert (repeated.created, repeated.failed) == (0, False)
    assert _everything_in(elsewhere) == before


def test_what_came_back_goes_on(site: Site, elsewhere: Site, tmp_path: Path) -> None:
    """A site is no museum: people sign in, programs read, and the log takes up where it was."""
    sent(site, tmp_path / "site.bundle")
    brought(elsewhere, tmp_path / "site.bundle")

    async def do(database: Database) -> None:
        (editor,) = await User.all()
        assert await is_password(editor.password_hash, PASSWORD)
        assert await ApiToken.all().count() == await Webhook.all().count() == 1
        last = (await Event.all().order_by("-seq").first() or Event()).seq
        await append_event(database, EventType.SITE_CHANGED, "system", GlobalId(NodeType.SITE, new_id()))
        assert (await Event.all().order_by("-seq").first() or Event()).seq > last
        # Every one of the others was written by a transaction that ended, as far as PostgreSQL is asked.
        assert await Event.filter(seq__lte=last).exclude(transaction_id=0).count() == 0
        assert [await model.all().count() for model in LEFT_OUT] == [0] * len(LEFT_OUT)

    inside(elsewhere.url, do)


def test_nobody_signs_in_by_a_bundle_that_was_not_told_so(site: Site, elsewhere: Site, tmp_path: Path) -> None:
    """A copy for a colleague to try things on is passed on, and lies about."""
    exported = sent(site, tmp_path / "site.bundle", with_credentials=False)
    report = brought(elsewhere, tmp_path / "site.bundle")

    async def secrets(_database: Database) -> list[str]:
        (editor,), (token,), (hook,) = await User.all(), await ApiToken.all(), await Webhook.all()
        return [str(editor.password_hash), token.secret_hash, hook.secret]

    with zipfile.ZipFile(tmp_path / "site.bundle") as archive:
        held = b"".join(archive.read(name) for name in archive.namelist())
    assert [secret for secret in inside(site.url, secrets) if secret.encode() in held] == []
    assert not exported.has_credentials
    assert "--with-credentials takes them along" in exported.to_text()
    assert report.notes == ("Passwords, API tokens and webhooks are not in the bundle: people ask for a new password.",)

    async def do(_database: Database) -> None:
        assert await User.filter(name="Edda Editor", password_hash=None, totp_secret=None).count() == 1
        assert await ApiToken.all().count() == await Webhook.all().count() == 0

    inside(elsewhere.url, do)
    # Where they can sign in, they still can.
    before = _everything_in(site)
    assert brought(site, tmp_path / "site.bundle").created == 0
    assert _everything_in(site) == before


def test_a_bundle_shows_one_moment_while_others_write(another: Site, elsewhere: Site, tmp_path: Path) -> None:
    """Articles without their events, or events without their articles, would be of two moments."""

    async def do(database: Database) -> int:
        await found(database)
        exporting = asyncio.create_task(export_bundle(database, another.media, tmp_path / "site.bundle"))
        written = 0
        while not exporting.done():
            await create_article(database, SYSTEM, a_draft(f"Meanwhile {written}"))
            written += 1
        await exporting
        return written

    written = inside(another.url, do)
    brought(elsewhere, tmp_path / "site.bundle")

    async def counted(_database: Database) -> tuple[int, int]:
        created = await Event.filter(type=EventType.ARTICLE_CREATED.value).count()
        return created, await Article.all().count()

    created, here = inside(elsewhere.url, counted)
    assert created == here < written
    assert _found_in(elsewhere) == []


def test_a_bundle_under_another_key_says_so(site: Site, elsewhere: Site, tmp_path: Path) -> None:
    """Readers' links would fail one by one, and nobody would know why."""
    sent(site, tmp_path / "site.bundle")
    use_secret(b"another key for tests, as long as one")

    report = brought(elsewhere, tmp_path / "site.bundle")

    assert [note.partition(":")[0] for note in report.notes] == ["It was made under another CMS_SECRET_KEY"]


def _found_in(site: Site) -> list[Found]:
    async def look(database: Database) -> list[Found]:
        return await check_everything(Ground(database, settings_for(site.url, site.media.parent)))

    return inside(site.url, look)


def _everything_in(site: Site) -> Rows:
    return inside(site.url, every_row)
