"""Columns hold and return the same on both databases."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.fields import IdField, JsonTextField, SortKeyField, TimeField
from cms.kernel.ids import new_id
from cms.kernel.models import Job, Throttle

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def test_ids_rise() -> None:
    """New rows must land at the end of the index, within one millisecond too (RFC 9562, section 6.2)."""
    made = [new_id() for _ in range(10_000)]

    assert made == sorted(made)
    assert len(set(made)) == 10_000
    assert {(each.version, each.variant) for each in made} == {(7, uuid.RFC_4122)}


@pytest.mark.asyncio
@pytest.mark.usefixtures("database")
async def test_values_come_back() -> None:
    """What was saved is what is read: type, zone, microseconds and the order of JSON keys."""
    body = {"z": 1, "a": [None, "é", 1.5], "m": {"y": True, "b": "\u2028"}}
    local = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    made = await Job.create(kind="k", payload=body, run_at=local, lease_until=NOON + timedelta(microseconds=1))

    read = await Job.get(id=made.id)

    assert type(made.id) is uuid.UUID
    assert read.id == made.id
    assert read.run_at == NOON
    assert (read.run_at.tzinfo, read.lease_until) == (UTC, NOON + timedelta(microseconds=1))
    assert read.dead_at is None
    assert list(read.payload) == ["z", "a", "m"]
    assert read.payload == body


@pytest.mark.asyncio
async def test_stored_form(database: Database) -> None:
    """SQLite must hold fixed-width text, since text order is its time order; PostgreSQL its own types, JSON as text."""
    made = await Job.create(kind="k", payload={"b": 1, "a": 2}, run_at=NOON)

    (row,) = await database.connection.execute_query_dict("SELECT id, run_at, payload FROM job")

    expected: dict[Dialect, tuple[Any, Any]] = {
        Dialect.SQLITE: (str(made.id), "2026-11-23T12:00:00.000000Z"),
        Dialect.POSTGRES: (made.id, NOON),
    }
    assert (row["id"], row["run_at"]) == expected[database.dialect]
    assert row["payload"] == '{"b":1,"a":2}'


@pytest.mark.asyncio
@pytest.mark.usefixtures("database")
async def test_filters_updates_and_bulk_compare_moments() -> None:
    """A time in a filter, an update or a bulk insert must take the stored form too, or it compares as text by luck."""
    early, late = NOON, NOON + timedelta(microseconds=1)
    await Job.bulk_create([Job(kind="a", payload=[], run_at=early), Job(kind="b", payload=[], run_at=late)])

    assert [job.kind for job in await Job.filter(run_at__gt=early)] == ["b"]
    assert [job.kind for job in await Job.filter(run_at__in=[early])] == ["a"]
    assert [job.kind for job in await Job.all().order_by("-run_at")] == ["b", "a"]
    assert await Job.filter(run_at=late).update(lease_until=early) == 1
    (job,) = await Job.filter(lease_until=early)
    job.run_at = early
    assert await Job.bulk_update([job], fields=["run_at"]) == 1
    assert await Job.filter(run_at=early).count() == 2


@pytest.mark.asyncio
async def test_raw_statements_bind_moments_and_ids(database: Database) -> None:
    """Statements written by hand store the same forms, without a thought."""
    place = "?" if database.dialect is Dialect.SQLITE else "$1"
    made = await Job.create(kind="k", payload={}, run_at=NOON)
    async with transaction(database) as client:
        by_id = await client.execute_query_dict(f"SELECT kind FROM job WHERE id = {place}", [made.id])
        by_time = await client.execute_query_dict(f"SELECT kind FROM job WHERE run_at = {place}", [NOON])

    assert (by_id, by_time) == ([{"kind": "k"}], [{"kind": "k"}])


@pytest.mark.asyncio
async def test_naive_time_is_refused(database: Database) -> None:
    """Which moment a naive time means cannot be known, so it is never stored, by a statement of our own either."""
    naive = NOON.replace(tzinfo=None)

    with pytest.raises(ValueError, match="without a zone"):
        await Throttle.create(key="a", window_start=naive)
    with pytest.raises(ValueError, match="without a zone"):
        await Throttle.filter(window_start=naive)
    if database.dialect is Dialect.SQLITE:
        with pytest.raises(ValueError, match="without a zone"):
            await database.connection.execute_query("SELECT ?", [naive])
    assert await Throttle.all().count() == 0


@pytest.mark.parametrize("value", ["text", 1, True])
def test_json_scalar_is_refused(value: object) -> None:
    """A text could mean itself or JSON, so a scalar is no value of this column."""
    with pytest.raises(TypeError, match="keeps an object or an array, not"):
        JsonTextField().to_db_value(value, Job)


def test_id_must_be_an_id() -> None:
    """One malformed id fails a whole PostgreSQL statement; it is refused before."""
    with pytest.raises(ValueError, match="badly formed"):
        IdField().to_db_value("not-an-id", Job)


def test_written_form_imports_from_here() -> None:
    """A migration file names our fields, without what they imply, and makes the same ones again."""
    written = [field.deconstruct() for field in (IdField(primary_key=True), TimeField(null=True), SortKeyField())]

    assert written == [
        ("cms.kernel.fields.IdField", [], {"primary_key": True}),
        ("cms.kernel.fields.TimeField", [], {"null": True}),
        ("cms.kernel.fields.SortKeyField", [], {}),
    ]
    assert IdField(primary_key=True).default is new_id
    assert JsonTextField(null=True).deconstruct() == ("cms.kernel.fields.JsonTextField", [], {"null": True})
