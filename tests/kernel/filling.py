"""Rows for tables that are known by their fields alone, so that a migration can be tried on a filled database.

The one thing to know: values are drawn at random (from a fixed seed) until every rule of the table accepts the row; a
table for which none is found in time is an error, not a table left empty.
"""

import random
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.exceptions import BaseORMException
from tortoise.fields import Field
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from cms.kernel.database import Database, transaction
from cms.kernel.ids import new_id
from cms.kernel.schema_editors import column_of, constraints_of, meta_of

ROWS = 3
_TRIES = 2000
_TRIES_FOR_MORE = 50
_OFTEN = 0.5
_EPOCH = datetime(2026, 11, 23, tzinfo=UTC)
Rows = dict[str, list[dict[str, Any]]]


async def fill(database: Database, models: Sequence[type[Model]]) -> None:
    """Put `ROWS` rows into every table, or as many as it takes (a table of one row exists), parents first.

    Where tables point at each other, the nullable key comes last.

    Raises:
        AssertionError: No row could be made that the table accepts.
    """
    filler = _Filler(database)
    for model in _parents_first(models):
        table = meta_of(model).db_table
        assert await filler.insert(model, _TRIES), f"No row that {table} accepts was found in {_TRIES} tries"
        for _ in range(ROWS - 1):
            await filler.insert(model, _TRIES_FOR_MORE)
    for model in models:
        await filler.link(model)


async def rows_of(database: Database, tables: dict[str, set[str]]) -> Rows:
    """Every row of the named columns of each table, in an order of its own that both sides of a migration share."""
    return {table: await _rows(database, table, sorted(columns)) for table, columns in sorted(tables.items())}


async def _rows(database: Database, table: str, columns: list[str]) -> list[dict[str, Any]]:
    names = ", ".join(f'"{name}"' for name in columns)
    found = await database.connection.execute_query_dict(f'SELECT {names} FROM "{table}"')
    return sorted(
        ({name: str(value) for name, value in row.items()} for row in found), key=lambda row: list(row.items())
    )


class _Filler:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._random = random.Random(20261123)  # noqa: S311 - test data
        self._keys: dict[str, list[Any]] = {}
        self._number = 0

    async def insert(self, model: type[Model], tries: int) -> bool:
        """Draw rows until one is accepted; False when none was."""
        meta = meta_of(model)
        for _ in range(tries):
            row = self._draw(model)
            if await self._accepted(meta.db_table, row):
                self._keys.setdefault(meta.db_table, []).append(row[meta.db_pk_column])
                return True
        return False

    async def link(self, model: type[Model]) -> None:
        """Let the table's first row point at what was not there yet when it was made, where its rules allow that."""
        meta = meta_of(model)
        for field in (meta.fields_map[name] for name in meta.fields_db_projection):
            if not field.null or not isinstance(field.reference, ForeignKeyFieldInstance):
                continue
            column, key = column_of(field), meta.db_pk_column
            statement = f'UPDATE "{meta.db_table}" SET "{column}" = {self._place(1)} WHERE "{key}" = {self._place(2)}'
            target = self._keys[meta_of(field.reference.related_model).db_table][0]
            await self._tried(f'{statement} AND "{column}" IS NULL', [target, self._keys[meta.db_table][0]])

    async def _accepted(self, table: str, row: dict[str, Any]) -> bool:
        names = ", ".join(f'"{name}"' for name in row)
        places = ", ".join(self._place(number) for number in range(1, len(row) + 1))
        statement = f'INSERT INTO "{table}" ({names}) VALUES ({places})'
        return await self._tried(statement, list(row.values()))

    async def _tried(self, statement: str, values: list[Any]) -> bool:
        try:
            async with transaction(self._database) as client:
                await client.execute_query(statement, values)
        except BaseORMException:
            return False
        return True

    def _place(self, number: int) -> str:
        return "?" if self._database.dialect == "sqlite" else f"${number}"

    def _draw(self, model: type[Model]) -> dict[str, Any]:
        meta = meta_of(model)
        words = [word for rule in constraints_of(model) for word in _words(rule)]
        return {column: self._value(meta.fields_map[name], words) for name, column in meta.fields_db_projection.items()}

    def _value(self, field: Field[Any], words: list[str]) -> object:
        if field.null and self._random.random() < _OFTEN:
            return None
        self._number += 1
        if isinstance(field.reference, ForeignKeyFieldInstance):
            keys = self._keys.get(meta_of(field.reference.related_model).db_table)
            return self._random.choice(keys) if keys else None
        return field.to_db_value(self._of_type(field, words), None)  # type: ignore[arg-type] # no instance is needed

    def _of_type(self, field: Field[Any], words: list[str]) -> object:
        if isinstance(field, CharEnumFieldInstance):
            return self._random.choice(list(field.enum_type))
        if field.field_type is str:
            longest = getattr(field, "max_length", None) or 64
            return self._random.choice(
                [f"t{self._number}"[-longest:], *(each for each in words if len(each) <= longest)]
            )
        if field.field_type is int:
            return self._number if field.pk or field.unique else self._random.choice([0, 1, 2, self._number])
        makers: dict[object, Callable[[], object]] = {
            uuid.UUID: new_id,
            datetime: lambda: _EPOCH + timedelta(seconds=self._number),
            dict: lambda: {"z": [self._number], "a": "é"},
            bool: lambda: self._random.random() < _OFTEN,
        }
        return makers[field.field_type]()


def _words(rule: object) -> list[str]:
    """The texts that a check compares with, which are likely what it accepts."""
    return getattr(rule, "check", "").split("'")[1::2]


def _parents_first(models: Sequence[type[Model]]) -> list[type[Model]]:
    """Models after those that they cannot do without."""
    ordered: list[type[Model]] = []
    waiting = sorted(models, key=lambda model: meta_of(model).db_table)
    while waiting:
        ready = [model for model in waiting if not _needed(model) & {meta_of(each).db_table for each in waiting}]
        assert ready, "tables need each other, and neither key is nullable"
        ordered += ready
        waiting = [model for model in waiting if model not in ready]
    return ordered


def _needed(model: type[Model]) -> set[str]:
    meta = meta_of(model)
    references = [meta.fields_map[name].reference for name in meta.fields_db_projection]
    return {
        meta_of(each.related_model).db_table
        for each in references
        if isinstance(each, ForeignKeyFieldInstance) and not each.null and each.related_model is not model
    }
