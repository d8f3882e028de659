"""Migrations lose nothing: tried on filled databases, with the stock engine as the twin that does lose."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.models import Model

from cms.kernel.database import APP_LABEL, Database, Dialect, open_database, tortoise_config, transaction
from cms.kernel.migrating import MigrationFailed, is_empty, make_migrations, migrate, pending
from cms.kernel.schema_editors import column_of, meta_of
from cms.kernel.sqlite_engine import split_statements
from cms.tables import MIGRATIONS, MODEL_MODULES
from tests.databases import create_from_models
from tests.kernel.filling import ROWS, Rows, fill, rows_of
from tests.kernel.schema_facts import facts, foreign_keys_without_index, models_of, undeclared_losses
from tests.kernel.toy.models import Chapter, LogLine, Story

TOY = (("tests.kernel.toy.models",), "tests.kernel.toy.migrations")
PROJECT = (MODEL_MODULES, MIGRATIONS)
#: Tables whose rules let in fewer generic rows: there is one site, and a comment that answers none has no parent.
FEWER = {TOY[0]: {}, PROJECT[0]: {"comment": 2, "site": 1}}
TOY_HISTORY = [
    "0001_initial",
    "0002_by_hand",
    "0003_loosen_title",
    "0004_add_rank",
    "0005_remove_note",
    "0006_add_index_and_rules",
    "0007_add_editor",
    "0008_index_and_guard_links",
]
_MIGRATE = """
import asyncio, sys
from cms.kernel.database import open_database
from cms.kernel.migrating import migrate

async def main():
    async with open_database(sys.argv[1], ["tests.kernel.toy.models"], "tests.kernel.toy.migrations") as database:
        print(" ".join(await migrate(database)))

asyncio.run(main())
"""


async def _models_at(database: Database) -> list[type[Model]]:
    """The models as the applied migrations left them, which may be older than the code's."""
    executor = MigrationExecutor(database.connection, tortoise_config(database)["apps"])
    await executor.loader.build_graph()
    state = await executor._project_state(set(executor.loader.applied_migrations))
    return list(state.apps.apps[APP_LABEL].values())


def _columns(models: list[type[Model]]) -> dict[str, set[str]]:
    return {meta_of(model).db_table: {column_of(f) for f in _stored(model)} for model in models}


def _stored(model: type[Model]) -> list[Any]:
    return [meta_of(model).fields_map[name] for name in meta_of(model).fields_db_projection]


async def _filled(database: Database, upto: str) -> dict[str, set[str]]:
    """Migrate up to a point and fill every table; the tables with their columns."""
    await migrate(database, upto)
    models = await _models_at(database)
    await fill(database, models)
    return _columns(models)


def _kept(before: Mapping[str, set[str]], after: Mapping[str, set[str]]) -> dict[str, set[str]]:
    return {table: columns & after[table] for table, columns in before.items() if table in after}


@pytest.mark.parametrize(("models", "migrations"), [TOY, PROJECT], ids=["toy", "project"])
@pytest.mark.asyncio
async def test_every_row_survives_every_migration(
    empty_database_url: str, models: tuple[str, ...], migrations: str
) -> None:
    """A migration that loses a row, a link or a value of a column that stays would show here."""
    async with open_database(empty_database_url, models, migrations) as database:
        history = await pending(database)
        before = await _filled(database, history[0])
        kept = _kept(before, _columns(models_of(database)))
        rows = await rows_of(database, kept)

        assert await migrate(database) == history[1:]

        assert await rows_of(database, kept) == rows
        fewer = {table: len(found) for table, found in rows.items() if len(found) != ROWS}
        assert fewer == FEWER[models]


@pytest.mark.parametrize(("models", "migrations"), [TOY, PROJECT], ids=["toy", "project"])
@pytest.mark.asyncio
async def test_migrated_schema_is_the_declared_one(
    empty_database_url: str, dialect: Dialect, models: tuple[str, ...], migrations: str
) -> None:
    """A database migrated over years must not differ from one made today, in any column, index, key or rule."""
    async with open_database(empty_database_url, models, migrations) as database:
        assert await migrate(database)
        migrated = await facts(database)
        assert await make_migrations(database) == []
        await _drop_everything(database)
        await create_from_models(database)
        made = await facts(database)

        assert foreign_keys_without_index(database, migrated) == []
        assert undeclared_losses(database, migrated) == []
    if models == TOY[0]:
        assert {index.columns for index in migrated["toy_story"].indexes - made["toy_story"].indexes} == {
            ("state", "slug")
        }
        assert migrated["toy_story"].triggers == ({"toy_story_renamed"} if dialect is Dialect.SQLITE else set())
        migrated["toy_story"] = made["toy_story"]
    assert migrated == made


async def _drop_everything(database: Database) -> None:
    """Empty the database, for the schema to be made another way."""
    if database.dialect is Dialect.POSTGRES:
        await database.connection.execute_script("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        return
    with closing(sqlite3.connect(database.path, isolation_level=None)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        )
        for (name,) in tables.fetchall():
            connection.execute(f'DROP TABLE "{name}"')


@pytest.mark.asyncio
async def test_checks_of_the_schema_can_fail(empty_database_url: str) -> None:
    """The checks above, asked about a database that is seven migrations behind, name everything that is missing."""
    async with open_database(empty_database_url, *TOY) as database:
        await migrate(database, TOY_HISTORY[0])
        schema = await facts(database)

        assert foreign_keys_without_index(database, schema) == ["toy_chapter.story_id"]
        assert undeclared_losses(database, schema) == [
            "toy_chapter: index (('story_id',), False, False)",
            "toy_story: check toy_story_rank_not_negative",
            "toy_story: index (('editor_id',), False, False)",
            "toy_story: index (('publisher_id', 'rank', 'slug'), True, False)",
            "toy_story: index (('rank', 'id'), False, False)",
        ]


@pytest.mark.asyncio
async def test_stock_engine_loses(tmp_path: Path) -> None:
    """The broken twin: Tortoise's own executor empties the children, or the tests above could not fail."""
    async with open_database(f"sqlite://{tmp_path / 'toy.db'}", *TOY) as database:
        await _filled(database, "0002_by_hand")
        stock = MigrationExecutor(database.connection, tortoise_config(database)["apps"])
        before = (await facts(database))["toy_story"]

        await stock.migrate([MigrationTarget(APP_LABEL, "0003_loosen_title")])

        after = (await facts(database))["toy_story"]
        counts = await _counts(database)
    assert counts == {"toy_story": ROWS, "toy_chapter": 0, "toy_story_tag": 0}
    assert len(before.indexes) == 7
    assert len(after.indexes) == 1
    assert before.triggers - after.triggers == {"toy_story_renamed"}


async def _counts(database: Database) -> dict[str, int]:
    tables = ("toy_story", "toy_chapter", "toy_story_tag")
    rows = {
        table: await database.connection.execute_query_dict(f"SELECT count(*) AS n FROM {table}") for table in tables
    }
    return {table: found[0]["n"] for table, found in rows.items()}


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
@pytest.mark.asyncio
async def test_two_at_once_both_succeed(empty_database_url: str, *, filled: bool) -> None:
    """Two processes deployed together must not fail, and no migration may run twice."""
    kept: dict[str, set[str]] = {}
    rows: Rows = {}
    if filled:
        async with open_database(empty_database_url, *TOY) as database:
            kept = _kept(await _filled(database, TOY_HISTORY[0]), _columns(models_of(database)))
            rows = await rows_of(database, kept)

    answers = await asyncio.gather(*(_migrate_elsewhere(empty_database_url) for _ in range(2)))

    assert [code for code, _ in answers] == [0, 0]
    assert sorted(name for _, names in answers for name in names) == TOY_HISTORY[1 if filled else 0 :]
    async with open_database(empty_database_url, *TOY) as database:
        assert await pending(database) == []
        assert await rows_of(database, kept) == rows


@pytest.mark.parametrize("place", ["before removing", "after removing"])
@pytest.mark.asyncio
async def test_killed_half_way_it_can_be_run_again(empty_database_url: str, place: str) -> None:
    """A power cut in the middle leaves the migration undone and unrecorded, and the next start does it."""
    async with open_database(empty_database_url, *TOY) as database:
        kept = _kept(await _filled(database, TOY_HISTORY[0]), _columns(models_of(database)))
        rows = await rows_of(database, kept)

    killed, _ = await _migrate_elsewhere(empty_database_url, TOY_DIES=place)
    async with open_database(empty_database_url, *TOY) as database:
        half_way = await pending(database)
        columns = {column.name for column in (await facts(database))["toy_story"].columns}
    again = await _migrate_elsewhere(empty_database_url)

    assert killed == -signal.SIGKILL
    assert half_way == TOY_HISTORY[4:]
    assert {"note", "rank"} <= columns
    assert again == (0, TOY_HISTORY[4:])
    async with open_database(empty_database_url, *TOY) as database:
        assert await rows_of(database, kept) == rows


async def _migrate_elsewhere(url: str, **environment: str) -> tuple[int, list[str]]:
    """Migrate in a process of its own: its exit code, and the migrations it applied."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _MIGRATE,
        url,
        cwd=Path(__file__).parents[2],
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode().split()


@pytest.mark.asyncio
async def test_altered_table_keeps_its_trigger_and_sequence(tmp_path: Path) -> None:
    """A trigger that stops firing goes unnoticed; a number given out twice hides an event from its followers."""
    async with open_database(f"sqlite://{tmp_path / 'toy.db'}", *TOY) as database:
        await _filled(database, "0002_by_hand")
        await database.connection.execute_query("INSERT INTO toy_log_line (seq, text) VALUES (50, 'x')")
        await database.connection.execute_query("DELETE FROM toy_log_line WHERE seq = 50")
        await migrate(database)
        story = await Story.all().order_by("id").first()
        assert story is not None

        await Story.filter(id=story.id).update(title="Renamed")

        line = await LogLine.all().order_by("-seq").first()
    assert line is not None
    assert (line.seq, line.text) == (51, f"renamed; {story.id}")


@pytest.mark.asyncio
async def test_new_column_has_its_default_and_new_rules_hold(empty_database_url: str) -> None:
    """A NOT NULL column added to a filled table takes the database's default; added rules refuse what breaks them."""
    async with open_database(empty_database_url, *TOY) as database:
        await _filled(database, TOY_HISTORY[0])
        await migrate(database)

        assert [story.rank for story in await Story.all()] == [7] * ROWS
        tries = [
            await _refused(database, "UPDATE toy_story SET rank = -1"),
            await _refused(database, "UPDATE toy_story SET state = 'live', slug = 'same'"),
            await _refused(database, "DELETE FROM toy_tag WHERE name IN (SELECT tag_id FROM toy_story_tag)"),
            await _refused(database, "DELETE FROM toy_publisher WHERE id IN (SELECT publisher_id FROM toy_story)"),
        ]
        await Story.all().delete()
        children = await Chapter.all().count()
    assert tries == [True, True, True, True]
    assert children == 0


async def _refused(database: Database, statement: str) -> bool:
    try:
        async with transaction(database) as client:
            await client.execute_query(statement)
    except IntegrityError:
        return True
    return False


@pytest.mark.asyncio
async def test_sqlite_is_copied_aside_first(tmp_path: Path) -> None:
    """Whoever regrets a migration finds the database as it was; one without a table needs no copy."""
    path, copy = tmp_path / "toy.db", tmp_path / "toy.db.before-migration"
    async with open_database(f"sqlite://{path}", *TOY) as database:
        await migrate(database, TOY_HISTORY[0])
        assert not copy.exists()
        await fill(database, await _models_at(database))
        await migrate(database)
    async with open_database(f"sqlite://{copy}", *TOY) as database:
        assert await pending(database) == TOY_HISTORY[1:]
        assert await _counts(database) == {"toy_story": ROWS, "toy_chapter": ROWS, "toy_story_tag": ROWS}
    assert sorted(os.listdir(tmp_path)) == [  # noqa: PTH208 - names alone
        "toy.db",
        "toy.db.before-migration",
        "toy.db.before-migration.lock",
        "toy.db.lock",
    ]


@pytest.mark.asyncio
async def test_empty_and_pending(empty_database_url: str) -> None:
    """`cms serve` migrates an empty database by itself and leaves every other alone."""
    async with open_database(empty_database_url, *TOY) as database:
        assert await is_empty(database) is True
        assert await pending(database) == TOY_HISTORY
        assert await is_empty(database) is True
        assert await migrate(database) == TOY_HISTORY
        assert await is_empty(database) is False
        assert await migrate(database) == []


@pytest.mark.asyncio
async def test_column_that_nobody_declared_is_not_lost(tmp_path: Path) -> None:
    """A column made by hand holds somebody's data: the migration stops and says which."""
    async with open_database(f"sqlite://{tmp_path / 'toy.db'}", *TOY) as database:
        await _filled(database, TOY_HISTORY[1])
        await database.connection.execute_query("ALTER TABLE toy_story ADD COLUMN mine TEXT DEFAULT 'kept'")
        before = await facts(database)

        with pytest.raises(
            MigrationFailed, match=r"0003_loosen_title failed and was undone: toy_story has columns .*mine"
        ):
            await migrate(database)

        assert await facts(database) == before
        assert await pending(database) == TOY_HISTORY[2:]


@pytest.mark.asyncio
async def test_rows_that_point_at_nothing_stop_a_migration(tmp_path: Path) -> None:
    """Foreign keys are off while tables are made anew, so they are checked before anything is committed."""
    path = tmp_path / "toy.db"
    async with open_database(f"sqlite://{path}", *TOY) as database:
        await _filled(database, TOY_HISTORY[1])
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE toy_chapter SET story_id = 'nobody'")
            connection.commit()

        with pytest.raises(MigrationFailed, match="3 rows point at rows that are not there: toy_chapter -> toy_story"):
            await migrate(database)

        assert await pending(database) == TOY_HISTORY[2:]


@pytest.mark.asyncio
async def test_written_migration_comes_back_the_same(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our fields and indexes must survive being written to a file and read again."""
    package = f"written_{tmp_path.name}"
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    async with open_database(empty_database_url, TOY[0], package) as database:
        (written,) = await make_migrations(database)
        text = written.read_text()
        assert await make_migrations(database) == []
        assert await migrate(database) == ["0001_initial"]
        migrated = await facts(database)
        await _drop_everything(database)
        await create_from_models(database)
        assert migrated == await facts(database)
    assert "from cms.kernel.fields import IdField, JsonTextField, SortKeyField, TimeField\n" in text
    assert "from cms.kernel.indexes import PartialIndex\n" in text
    assert "('id', IdField(primary_key=True))" in text


def test_statements_are_split_where_they_end() -> None:
    """A semicolon in a text, a comment or a trigger's body must not cut a statement in two."""
    trigger = "CREATE TRIGGER t AFTER DELETE ON a BEGIN DELETE FROM b; DELETE FROM c; END;"

    assert split_statements(f"SELECT ';' ; /* ; */ SELECT 2;{trigger}\n SELECT 3") == [
        "SELECT ';' ;",
        "/* ; */ SELECT 2;",
        trigger,
        "SELECT 3;",
    ]
