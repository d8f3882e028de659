"""Bringing the database's tables to what the code expects, without losing a row.

The one thing to know: a migration and the note that it ran are one transaction under a lock, so a process killed
anywhere can be started again, and two that migrate at once take turns. SQLite is copied aside first.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from itertools import groupby
from pathlib import Path

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import CreateModel, Operation
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.migrations.writer import format_migration_name

from cms.kernel.database import APP_LABEL, Database, Dialect, tortoise_config
from cms.kernel.schema_editors import DeclaredEditor, PostgresEditor
from cms.kernel.sqlite_editor import SqliteEditor
from cms.kernel.sqlite_engine import FileLock, SqliteEngine

_LOCK_KEY = 0x6D61737468656164  # "masthead" in ASCII: an advisory lock's name is a number
_BUSY_MILLISECONDS = "600000"
_FIND_RECORDS = {
    Dialect.SQLITE: "SELECT 1 FROM sqlite_master WHERE name = 'tortoise_migrations'",
    Dialect.POSTGRES: "SELECT 1 FROM pg_class WHERE oid = to_regclass('tortoise_migrations')",
}
_COUNT_TABLES = {
    Dialect.SQLITE: "SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' "
    "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'tortoise_migrations'",
    Dialect.POSTGRES: "SELECT count(*) AS n FROM pg_tables WHERE schemaname = current_schema() "
    "AND tablename <> 'tortoise_migrations'",
}


class MigrationFailed(Exception):
    """A migration, or the copy before it, could not be done. Nothing of it remains; those before it stand."""


async def migrate(database: Database, upto: str | None = None) -> list[str]:
    """Apply what is missing, oldest first.

    SQLite is copied to `NAME.before-migration` beside it first, when it holds anything; the copy of the time before is
    replaced.

    Args:
        database: open; nothing else should use it meanwhile on SQLite.
        upto: the last migration to apply; the newest when not given.

    Returns:
        The names of the migrations that this call applied.

    Raises:
        MigrationFailed: One could not be applied; the message names it.
    """
    async with _alone(database):
        if await pending(database) and database.dialect is Dialect.SQLITE and not await is_empty(database):
            await asyncio.to_thread(_copy_aside, database.path)
        return await _apply(database, upto)


async def pending(database: Database) -> list[str]:
    """The names of the migrations that are not applied yet, in their order. Writes nothing."""
    executor = _executor(database, database.connection)
    await executor.loader.build_graph()
    applied = await _applied(database, database.connection)
    return [key.name for key in executor._full_plan() if key not in applied]  # noqa: SLF001 - no public way


async def is_empty(database: Database) -> bool:
    """True when the database holds no table of anybody's."""
    rows = await database.connection.execute_query_dict(_COUNT_TABLES[database.dialect])
    return bool(rows[0]["n"] == 0)


async def make_migrations(database: Database, name: str | None = None) -> list[Path]:
    """Write a migration for what the models say and the migrations do not.

    Args:
        database: open, with the models to look at.
        name: what the file is called after its number, e.g. `add_summary`; the time when not given.

    Returns:
        The files written: one, or none when nothing changed.
    """
    detector = _Detector(database)
    writers = await detector.changes()
    for writer in writers:
        if name and not writer.initial:
            writer.name = format_migration_name(int(writer.name[:4]), name)
    return [writer.write() for writer in writers]


def declared_state(database: Database) -> State:
    """The tables as the models of the open database declare them, in the form that migrations compare."""
    state = State(models={}, apps=StateApps())
    for app, models in database.apps.items():
        for name, model in models.items():
            declared = state.models[app, name] = ModelState.make_from_model(app, model)
            # The docstring, which Tortoise would keep as a comment on the table: no edit of it needs a migration.
            declared.options.pop("table_description", None)
    return state


class _Detector(MigrationAutodetector):
    """What the models say against what the migrations say."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.apps, _apps_config(database))
        self._database = database

    def _current_state(self) -> State:
        return declared_state(self._database)


class _Declared(State):
    """The tables that migrations leave, whose models are made by `clone`, once for all operations of a batch.

    Tortoise makes the models anew after each operation, with all that are related to them: most of what it took to
    migrate a new database.
    """

    def _reload(self, models_to_reload: set[tuple[str, str]]) -> None:
        """Nothing: see the class."""


async def run_operations(
    database: Database, client: BaseDBAsyncClient, operations: Sequence[Operation], state: State
) -> None:
    """Run a migration's operations inside a transaction that is open on `client`; `state` moves along with them."""
    editor = _editor(database, client)
    before = state.clone()
    for batch in _batches(operations):
        for operation in batch:
            operation.state_forward(APP_LABEL, state)
        after = state.clone()
        editor.before, editor.after = before.apps, after.apps
        # A data migration's models have other columns than the statements cached for the same tables.
        EXECUTOR_CACHE.clear()
        for operation in batch:
            await operation.database_forward(APP_LABEL, before, after, editor)
        before = after
    before.validate_relations_initialized()
    await editor.finish()
    EXECUTOR_CACHE.clear()


def _batches(operations: Sequence[Operation]) -> list[list[Operation]]:
    """Each operation by itself, but new tables that follow one another together.

    A model whose foreign key points at one not known yet has no column for it, and Tortoise would make the table
    without. Where tables point at each other no order helps.
    """
    groups = groupby(operations, key=lambda operation: isinstance(operation, CreateModel))
    return [
        batch
        for is_new, group in groups
        for batch in ([list(group)] if is_new else [[operation] for operation in group])
    ]


async def _apply(database: Database, upto: str | None) -> list[str]:
    async with _migrating_connection(database) as connection:
        executor = _executor(database, connection)
        await executor.loader.build_graph()
        names = [key.name for key in executor._full_plan()]  # noqa: SLF001 - no public way
        if upto is not None:
            names = names[: names.index(upto) + 1]
        return [name for name in names if await _apply_one(database, executor, name)]


async def _apply_one(database: Database, executor: MigrationExecutor, name: str) -> bool:
    migration = executor.loader.graph.nodes[MigrationKey(APP_LABEL, name)]
    if not isinstance(migration, Migration) or not migration.atomic:
        raise MigrationFailed(f"Migration {name} must be atomic: what dies half-way could not be run again")
    try:
        async with executor.connection._in_transaction() as client:  # noqa: SLF001 - what in_transaction calls
            return await _apply_locked(database, client, executor, migration)
    except Exception as error:
        # A migration is anybody's code, so anything may be raised; it is named and told whole.
        raise MigrationFailed(f"Migration {name} failed and was undone: {error}") from error


async def _apply_locked(
    database: Database, client: TransactionalDBClient, executor: MigrationExecutor, migration: Migration
) -> bool:
    if database.dialect is Dialect.POSTGRES:
        await client.execute_query("SELECT pg_advisory_xact_lock($1)", [_LOCK_KEY])
        # A change that waits behind a long read makes everybody else wait behind itself: better to give up.
        await client.execute_query("SET LOCAL lock_timeout = '10s'")
    recorder = MigrationRecorder(client)
    await _ensure_records(database, client, recorder)
    applied = await _applied(database, client)
    if MigrationKey(APP_LABEL, migration.name) in applied:
        return False
    state = _projected(database, executor, applied)
    await run_operations(database, client, migration.operations, state)
    await recorder.record_applied(APP_LABEL, migration.name)
    return True


def _projected(database: Database, executor: MigrationExecutor, applied: set[MigrationKey]) -> State:
    """The tables as the migrations that are applied have left them."""
    state = _Declared(models={}, apps=StateApps(default_connections={APP_LABEL: database.dialect.value}))
    for key in executor._full_plan():  # noqa: SLF001 - no public way
        migration = executor.loader.graph.nodes[key] if key in applied else None
        for operation in migration.operations if migration else ():
            operation.state_forward(APP_LABEL, state)
    return state


async def _ensure_records(database: Database, client: BaseDBAsyncClient, recorder: MigrationRecorder) -> None:
    editor = _editor(database, client)
    statement = editor._get_model_sql_data(recorder.model).table_sql  # noqa: SLF001 - Tortoise's own way runs outside the transaction
    await editor._run_sql(statement.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1))  # noqa: SLF001 - likewise


async def _applied(database: Database, client: BaseDBAsyncClient) -> set[MigrationKey]:
    found = await client.execute_query_dict(_FIND_RECORDS[database.dialect])
    if not found:
        return set()
    rows = await client.execute_query_dict("SELECT app, name FROM tortoise_migrations")
    return {MigrationKey(row["app"], row["name"]) for row in rows}


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[None]:
    """On SQLite one process migrates at a time, or two would copy the file at once; PostgreSQL's lock comes later."""
    if database.dialect is Dialect.POSTGRES:
        yield
        return
    lock = FileLock(database.path)
    await asyncio.to_thread(lock.__enter__)
    try:
        yield
    finally:
        lock.__exit__()


@asynccontextmanager
async def _migrating_connection(database: Database) -> AsyncIterator[BaseDBAsyncClient]:
    """The pool, or on SQLite a connection with foreign keys off: with them, dropping a table empties its children."""
    if database.dialect is Dialect.POSTGRES:
        yield database.connection
        return
    settings = {**database.settings, "foreign_keys": "OFF", "busy_timeout": _BUSY_MILLISECONDS}
    connection = SqliteEngine(connection_name=database.dialect.value, **settings)
    try:
        await connection.create_connection(with_db=True)
        yield connection
    finally:
        await connection.close()


def _copy_aside(path: Path) -> None:
    copy = path.with_name(path.name + ".before-migration")
    partial = path.with_name(path.name + ".before-migration.partial")
    partial.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("VACUUM INTO ?", [str(partial)])
        partial.replace(copy)
    except (sqlite3.Error, OSError) as error:
        partial.unlink(missing_ok=True)
        raise MigrationFailed(f"Nothing was migrated: the copy {copy} could not be written ({error})") from error


def _editor(database: Database, client: BaseDBAsyncClient) -> DeclaredEditor:
    return SqliteEditor(client) if database.dialect is Dialect.SQLITE else PostgresEditor(client)


def _executor(database: Database, connection: BaseDBAsyncClient) -> MigrationExecutor:
    return MigrationExecutor(connection, _apps_config(database))


def _apps_config(database: Database) -> dict[str, dict[str, object]]:
    apps = tortoise_config(database)["apps"]
    return {label: dict(app) for label, app in apps.items()}
