"""Opening the one database, SQLite or PostgreSQL, and closing it whatever happens.

The one thing to know: one database is open in a process at a time, and every task sees it. (Tortoise's own context does
not reach a request; as its global fallback it does.)
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tortoise.apps import Apps
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext, get_current_context
from tortoise.transactions import in_transaction

APP_LABEL = "cms"
_SQLITE_OPTIONS = {"synchronous": "NORMAL", "busy_timeout": "5000", "cache_size": "-16000"}
_POSTGRES_OPTIONS = ("host", "sslmode", "minsize", "maxsize", "timeout")
_POSTGRES_DEFAULTS = {"minsize": 1, "maxsize": 10, "timeout": 10}


class Dialect(StrEnum):
    """The two databases everything runs on."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


class DatabaseUnavailable(Exception):
    """The database cannot be reached or opened. The message says which one and why, never a password or driver text."""


class UnsupportedDatabaseUrl(ValueError):
    """The URL names no database that Masthead can use; the message says what is expected instead."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open database.

    Attributes:
        url: as given; may hold a password, so it is not shown by `repr`.
        settings: what the driver was given (SQLite: `file_path` and pragmas; PostgreSQL: host, port, user, ...), for
            those who open connections of their own. Not shown by `repr` either.
        models: the modules that hold the tables.
        migrations: the package that holds the migrations.
    """

    url: str = field(repr=False)
    dialect: Dialect
    settings: Mapping[str, Any] = field(repr=False)
    models: tuple[str, ...] = field(repr=False)
    migrations: str = field(repr=False)
    context: TortoiseContext = field(repr=False)

    @property
    def connection(self) -> BaseDBAsyncClient:
        """The transaction this task is in, or else the shared connection or pool."""
        return self.context.connections.get(self.dialect.value)

    @property
    def apps(self) -> Apps:
        """The models that belong to the open database.

        Raises:
            RuntimeError: It is closed.
        """
        if self.context.apps is None:
            raise RuntimeError("The database is closed")
        return self.context.apps

    @property
    def path(self) -> Path:
        """The SQLite file.

        Raises:
            UnsupportedDatabaseUrl: This is PostgreSQL, which is no file.
        """
        if self.dialect is not Dialect.SQLITE:
            raise UnsupportedDatabaseUrl("PostgreSQL has no database file")
        return Path(str(self.settings["file_path"]))


@asynccontextmanager
async def open_database(url: str, models: Sequence[str], migrations: str) -> AsyncIterator[Database]:
    """Open the database, check that it answers, and close every connection at the end.

    Args:
        url: `sqlite://cms.db` (relative), `sqlite:///srv/cms.db` (absolute) or `postgres://user:password@host/name`.
            SQLite takes `synchronous`, `busy_timeout` (ms) and `cache_size` after a `?`; PostgreSQL takes `host` (a
            socket folder), `sslmode`, `minsize`, `maxsize` and `timeout` (seconds to connect).
        models: modules with Tortoise models.
        migrations: the package with their migrations.

    Raises:
        DatabaseUnavailable: It cannot be reached or opened.
        UnsupportedDatabaseUrl: The URL means no database of ours.
        RuntimeError: Another database is open in this process.
    """
    if get_current_context() is not None:
        raise RuntimeError("One database is open in this process already; close it first")
    dialect, settings = connection_settings(url)
    context = TortoiseContext()
    database = Database(url, dialect, settings, tuple(models), migrations, context)
    try:
        await _initialise(database)
        yield database
    finally:
        await context.close_connections()


@asynccontextmanager
async def transaction(database: Database) -> AsyncIterator[TransactionalDBClient]:
    """One transaction (inside another: a savepoint); models used by this task join it.

    On SQLite it takes the write lock at once, so what it reads cannot change before it writes. Leaving by an exception
    rolls back. Never wait in it for a task that was started outside and needs the database: on SQLite that deadlocks.
    """
    async with in_transaction(database.dialect.value) as client:
        yield client


def connection_settings(url: str) -> tuple[Dialect, Mapping[str, Any]]:
    """The dialect, and what its driver is given, for a database URL.

    Raises:
        UnsupportedDatabaseUrl: The scheme, the path or an option is not one of ours.
    """
    scheme = url.partition("://")[0]
    if scheme == "sqlite":
        return Dialect.SQLITE, _sqlite_settings(url)
    if scheme in {"postgres", "postgresql"}:
        return Dialect.POSTGRES, _postgres_settings(url)
    raise UnsupportedDatabaseUrl("The database URL begins with sqlite:// or postgres://")


def tortoise_config(database: Database) -> dict[str, Any]:
    """Tortoise's configuration: one connection named after the dialect, and the app `cms`."""
    name = database.dialect.value
    engine = f"cms.kernel.{name}_engine"
    app = {"models": list(database.models), "migrations": database.migrations, "default_connection": name}
    return {
        "connections": {name: {"engine": engine, "credentials": dict(database.settings)}},
        "apps": {APP_LABEL: app},
        "use_tz": True,
        "timezone": "UTC",
    }


async def _initialise(database: Database) -> None:
    # Tortoise caches statements by table and keeps them when a database is closed, though the next one may be of the
    # other dialect, or migrated further.
    EXECUTOR_CACHE.clear()
    with database.context:
        try:
            await database.context.init(config=tortoise_config(database), _enable_global_fallback=True)
        except ModuleNotFoundError as error:
            if error.name != "asyncpg":
                raise
            raise DatabaseUnavailable("PostgreSQL needs its driver: install masthead-cms[postgres]") from None
        await database.connection.create_connection(with_db=True)
        await database.connection.execute_query("SELECT 1")


def _sqlite_settings(url: str) -> Mapping[str, Any]:
    path, _, query = url.removeprefix("sqlite://").partition("?")
    if not path or ":memory:" in path or path.startswith("file:"):
        raise UnsupportedDatabaseUrl(
            "SQLite needs a file (sqlite://cms.db): readers open connections of their own, which a database in memory "
            "does not have"
        )
    options = _options(query, tuple(_SQLITE_OPTIONS))
    return {"file_path": unquote(path), **_SQLITE_OPTIONS, **options, "foreign_keys": "ON"}


def _postgres_settings(url: str) -> Mapping[str, Any]:
    parts = urlsplit(url)
    options = _options(parts.query, _POSTGRES_OPTIONS)
    settings: dict[str, object] = {**_POSTGRES_DEFAULTS, "host": parts.hostname, "port": _port(url)}
    settings |= {"user": _text(parts.username), "password": _text(parts.password), "database": _text(parts.path[1:])}
    settings |= {name: int(value) if name in _POSTGRES_DEFAULTS else value for name, value in options.items()}
    if sslmode := settings.pop("sslmode", None):
        settings["ssl"] = sslmode
    return settings


def _port(url: str) -> int:
    try:
        return urlsplit(url).port or 5432
    except ValueError:
        raise UnsupportedDatabaseUrl("The port in the database URL is no number up to 65535") from None


def _text(part: str | None) -> str | None:
    return unquote(part) if part else None


def _options(query: str, known: tuple[str, ...]) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    for name, value in options.items():
        is_number = value.removeprefix("-").isdecimal()
        if name not in known or (name in {"busy_timeout", "cache_size", *_POSTGRES_DEFAULTS} and not is_number):
            listed = ", ".join(known)
            raise UnsupportedDatabaseUrl(f"{name} is no option of this database, or not with this value: {listed}")
        if name == "synchronous" and value.upper() not in {"NORMAL", "FULL", "EXTRA"}:
            raise UnsupportedDatabaseUrl("synchronous is NORMAL, FULL or EXTRA")
    return options
