"""Changing a row that others may be changing: lock it, compare, swap, and say who was first.

Rows are always locked in one order, or two actions wait for each other: articles, then authors, then topics; rows of
one table by their ids.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from tortoise.exceptions import IntegrityError

from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect
from cms.kernel.errors import AlreadyExists, InvalidInput, NotFound, VersionConflict
from cms.kernel.inputs import Path, line
from cms.kernel.mixins import Sourced, Versioned

V = TypeVar("V", bound=Versioned)

_MAX_SOURCE_CHARS, _MAX_SOURCE_ID_CHARS = 64, 512


async def locked(model: type[V], key: UUID, path: Path = ("id",), *, to_delete: bool = False) -> V:
    """The row, locked until the transaction ends. One in the trash is not there.

    Args:
        model: of which table.
        key: which row.
        path: the input that names it.
        to_delete: wait also for whoever writes a row that points here, and let nobody begin to.

    Raises:
        NotFound: it is not there.
    """
    alive = {"deleted_at": None} if "deleted_at" in model._meta.fields_map else {}  # noqa: SLF001 - Tortoise's own way
    # No key: whoever writes a row that points here meanwhile need not wait. Whoever deletes asks for all at once: to
    # lock a row anew and more strongly is to wait for somebody who may be waiting for this first lock.
    row = await model.filter(id=key, **alive).select_for_update(no_key=not to_delete).get_or_none()
    if row is None:
        raise NotFound("There is no such thing, or it is not yours to see.", path)
    return row


async def swap(
    row: Versioned, changes: Mapping[str, object], *, force: bool = False, at: datetime | None = None
) -> bool:
    """Write `changes` if they change anything, and raise the version by one; `row` then shows what is stored.

    Args:
        row: as it was read; its version is compared in the same statement that writes.
        changes: columns and their new values.
        force: raise the version even when no column changes, since something that belongs to the row did.
        at: what `updated_at` will say, for imports; now when left out.

    Returns:
        Whether anything was written.

    Raises:
        VersionConflict: somebody else wrote in between.
    """
    changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if not changed and not force:
        return False
    changed |= {"version": row.version + 1, "updated_at": at or now()}
    if not await type(row).filter(id=row.id, version=row.version).update(**changed):
        raise VersionConflict("Somebody else changed this just now: look at it again.", row.version + 1)
    for name, value in changed.items():
        setattr(row, name, value)
    return True


async def one_at_a_time(database: Database, name: int, *, shared: bool = False) -> None:
    """Wait until nobody else is in the work `name`, and keep others out until this transaction ends.

    SQLite has one writer anyway. With `shared`, those who share do not wait for one another. Take it before any row.
    """
    if database.dialect is Dialect.POSTGRES:
        mode = "_shared" if shared else ""
        await database.connection.execute_query(f"SELECT pg_advisory_xact_lock{mode}($1)", [name])


@contextmanager
def unless_taken(what: str, path: Path) -> Iterator[None]:
    """Turn the database's refusal of a second one into `AlreadyExists`: somebody else came first by a moment."""
    try:
        yield
    except IntegrityError:
        raise AlreadyExists(f"{what} is taken.", path) from None


async def checked_source(model: type[Sourced], source: str | None, source_id: str | None) -> dict[str, str | None]:
    """The columns that say where something was imported from.

    Raises:
        InvalidInput: only one of the two is given.
        AlreadyExists: it was imported before.
    """
    columns = source_columns(source, source_id)
    if source is not None and await model.filter(**columns).exists():
        raise AlreadyExists(f"{source_id} was imported from {source} before.", ("sourceId",))
    return columns


def source_columns(source: str | None, source_id: str | None) -> dict[str, str | None]:
    """The same, without asking whether it was imported before.

    Raises:
        InvalidInput: only one of the two is given.
    """
    if source is None and source_id is None:
        return {"source": None, "source_id": None}
    if source is None or source_id is None:
        raise InvalidInput("Give both source and sourceId, or neither.", ("sourceId",))
    return {
        "source": line(source, ("source",), _MAX_SOURCE_CHARS),
        "source_id": line(source_id, ("sourceId",), _MAX_SOURCE_ID_CHARS),
    }
