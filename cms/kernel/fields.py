"""Columns that mean the same on SQLite and on PostgreSQL.

The one thing to know: what a database returns sorts and compares as what Python sees. Identifiers are UUIDs, times are
aware UTC to the microsecond, sort keys compare byte by byte, and JSON is text that keeps its order.
"""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal, TypedDict, TypeVar, Unpack, overload

import orjson
from tortoise.fields import Field
from tortoise.models import Model
from tortoise.validators import Validator

from cms.kernel.ids import new_id

Id = TypeVar("Id", bound=uuid.UUID | None)
Time = TypeVar("Time", bound=datetime | None)


class Options(TypedDict, total=False):
    """What every column may be given besides its own arguments; Tortoise's names."""

    source_field: str
    default: object
    db_default: object
    unique: bool
    db_index: bool
    description: str
    validators: list[Validator | Callable[[Any], None]]


Deconstructed = tuple[str, list[Any], dict[str, Any]]


def _as_utc(value: datetime) -> datetime:
    if value.utcoffset() is None:
        message = "A time without a zone was given; use cms.kernel.clock.now() or attach a timezone."
        raise ValueError(message)
    return value.astimezone(UTC)


class _PostgresUuid:
    SQL_TYPE = "UUID"


class _PostgresTime:
    SQL_TYPE = "TIMESTAMPTZ"


class _PostgresByteOrder:
    SQL_TYPE = 'TEXT COLLATE "C"'


class IdField(Field[Id]):
    """A UUID: `UUID` on PostgreSQL, 36 characters of lower-case text on SQLite.

    As a primary key it is filled by `cms.kernel.ids.new_id`, whose values rise with time.
    """

    SQL_TYPE = "TEXT"
    field_type = uuid.UUID
    _db_postgres = _PostgresUuid

    @overload
    def __init__(
        self: "IdField[uuid.UUID]",
        *,
        primary_key: bool = False,
        null: Literal[False] = False,
        **options: Unpack[Options],
    ) -> None: ...

    @overload
    def __init__(self: "IdField[uuid.UUID | None]", *, null: Literal[True], **options: Unpack[Options]) -> None: ...

    def __init__(self, *, primary_key: bool = False, null: bool = False, **options: Unpack[Options]) -> None:
        if primary_key:
            options.setdefault("default", new_id)
        super().__init__(primary_key=primary_key, null=null, **options)

    def to_db_value(self, value: object, instance: type[Model] | Model) -> str | None:  # noqa: ARG002 - Tortoise's signature
        """The text form, which both drivers take; text is checked to be a UUID.

        Raises:
            ValueError: The text is not a UUID.
        """
        converted = self.to_python_value(value)
        self.validate(converted)
        return None if converted is None else str(converted)

    def to_python_value(self, value: object) -> uuid.UUID | None:
        """The UUID that a column, or a caller, gave as text or as a UUID.

        asyncpg returns its own subclass of `uuid.UUID`, which is left as it is.
        """
        if value is None or isinstance(value, uuid.UUID):
            return value
        return uuid.UUID(str(value))

    def deconstruct(self) -> Deconstructed:
        """What a migration file writes: nothing that `primary_key=True` already implies."""
        path, args, kwargs = _without_defaults(super().deconstruct())
        implied = {"unique", "db_index"} if self.pk else set()
        if self.default is new_id:
            implied.add("default")
        return path, args, {name: value for name, value in kwargs.items() if name not in implied}


class TimeField(Field[Time]):
    """An aware moment in UTC: `TIMESTAMPTZ` on PostgreSQL, the text of `cms.kernel.clock.to_text` on SQLite.

    The SQLite engine writes every bound datetime in that form, so raw statements cannot store another.
    """

    SQL_TYPE = "TEXT"
    field_type = datetime
    skip_to_python_if_native = True  # asyncpg returns aware UTC datetimes: nothing to convert
    _db_postgres = _PostgresTime

    @overload
    def __init__(self: "TimeField[datetime]", *, null: Literal[False] = False, **options: Unpack[Options]) -> None: ...

    @overload
    def __init__(self: "TimeField[datetime | None]", *, null: Literal[True], **options: Unpack[Options]) -> None: ...

    def __init__(self, *, null: bool = False, **options: Unpack[Options]) -> None:
        super().__init__(null=null, **options)

    def to_db_value(self, value: object, instance: type[Model] | Model) -> datetime | None:  # noqa: ARG002 - Tortoise's signature
        """The moment in UTC.

        Raises:
            ValueError: The datetime is naive.
        """
        converted = self.to_python_value(value)
        self.validate(converted)
        return converted

    def to_python_value(self, value: object) -> datetime | None:
        """The aware UTC datetime that a column's text or a caller's datetime means.

        Raises:
            ValueError: It is naive, or text that is no ISO 8601 time.
        """
        if value is None:
            return None
        return _as_utc(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)))

    def deconstruct(self) -> Deconstructed:
        """What a migration file writes."""
        return _without_defaults(super().deconstruct())


class SortKeyField(Field[str]):
    """Text compared byte by byte on both databases, so that a cursor made on one sorts the same on the other."""

    SQL_TYPE = "TEXT"
    field_type = str
    _db_postgres = _PostgresByteOrder

    def deconstruct(self) -> Deconstructed:
        """What a migration file writes."""
        return _without_defaults(super().deconstruct())


class JsonTextField(Field[Any]):
    r"""An object or an array, kept as JSON text with its keys in the order given.

    Never `jsonb`: that reorders keys and refuses `\u0000`. A scalar is refused, because text given to a model could
    then mean either itself or JSON.
    """

    SQL_TYPE = "TEXT"
    field_type = dict
    indexable = False

    def to_db_value(self, value: object, instance: type[Model] | Model) -> str | None:  # noqa: ARG002 - Tortoise's signature
        """The value's JSON text.

        Raises:
            TypeError: The value is neither a dict nor a list, or holds what JSON cannot.
        """
        if value is None:
            return None
        if not isinstance(value, dict | list):
            message = f"{self.model_field_name} keeps an object or an array, not {type(value).__name__}."
            raise TypeError(message)
        self.validate(value)
        return orjson.dumps(value).decode()

    def to_python_value(self, value: object) -> object:
        """The dict or list; text is read as JSON."""
        return orjson.loads(value) if isinstance(value, str | bytes) else value

    def deconstruct(self) -> Deconstructed:
        """What a migration file writes."""
        return _without_defaults(super().deconstruct())


def _without_defaults(written: Deconstructed) -> Deconstructed:
    """What Tortoise would write, without the arguments that say what is so anyway."""
    path, args, kwargs = written
    flags = ("null", "unique", "generated")
    return path, args, {name: value for name, value in kwargs.items() if value or name not in flags}
