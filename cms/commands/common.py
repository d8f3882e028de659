"""What the commands share: an open database, and a way to show how far long work has come."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import click

from cms.kernel.database import Database, open_database
from cms.kernel.migrating import is_empty, migrate
from cms.kernel.secrecy import use_secret
from cms.kernel.settings import Settings, secret_of
from cms.tables import MIGRATIONS, MODEL_MODULES

Result = TypeVar("Result")
PORT = click.IntRange(1, 65535)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database that the settings name, with the process's key set."""
    key, is_new = secret_of(settings)
    if is_new:
        click.echo("A secret key was made and is kept in .cms-secret; set CMS_SECRET_KEY in production.", err=True)
    use_secret(key)
    async with open_database(settings.database_url, MODEL_MODULES, MIGRATIONS) as database:
        yield database


def run(settings: Settings, work: Callable[[Database], Coroutine[Any, Any, Result]]) -> Result:
    """What `work` makes of the open database."""

    async def worked() -> Result:
        async with opened(settings) as database:
            return await work(database)

    return asyncio.run(worked())


def run_migrated(settings: Settings, work: Callable[[Database], Coroutine[Any, Any, Result]]) -> Result:
    """What `work` makes of the open database, which is given its tables first where it has none."""

    async def worked(database: Database) -> Result:
        await migrate_if_empty(database)
        return await work(database)

    return run(settings, worked)


async def migrate_if_empty(database: Database) -> None:
    """Give a new database its tables; one that has some is migrated when somebody says so."""
    if await is_empty(database):
        await migrate(database)


def progress() -> Callable[[int, int, str], None]:
    """What shows how far long work has come, on a terminal; in a pipe, nothing."""
    if not sys.stderr.isatty():
        return lambda _done, _total, _what: None

    def show(done: int, total: int, what: str) -> None:
        click.echo(f"\r{what}: {done} of {total}", nl=done >= total, err=True)

    return show
