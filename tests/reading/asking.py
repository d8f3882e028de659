"""Asking the reader as a client does: a document, variables, and who asks; the answer as JSON has it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

import orjson
from tortoise.context import TortoiseContext

from cms.app import open_reader
from cms.kernel.database import Database, connection_settings
from cms.kernel.limits import Limits
from cms.kernel.viewer import ANONYMOUS, Viewer
from cms.reading.assembling import Row
from cms.reading.reader import LONGEST_SECONDS, Reader, Runner
from cms.tables import MIGRATIONS, MODEL_MODULES
from schema.schema import Asking, MastheadSchema
from tests.reading.rows import NOW

#: What is asked here is meant to reach everything; the limits have tests of their own.
AMPLE = Limits(**{limit.name: 2**62 for limit in fields(Limits)})
MEDIA_URL = "https://media.example.org"


@dataclass
class Counting:
    """A runner that remembers what it sent."""

    inner: Runner
    sent: list[str] = field(default_factory=list)

    async def rows(
        self, sql: str, values: Sequence[object], *, seconds: float = LONGEST_SECONDS, heavy: Sequence[int] = ()
    ) -> Sequence[Row]:
        """The rows of one statement."""
        self.sent.append(sql)
        return await self.inner.rows(sql, values, seconds=seconds, heavy=heavy)


class Refusal(Exception):
    """The answer was an error: its code, and the whole of it."""

    def __init__(self, errors: Sequence[Any]) -> None:
        self.codes = [str((error.extensions or {}).get("code")) for error in errors]
        self.messages = [error.message for error in errors]
        super().__init__("; ".join(self.messages))


@dataclass(frozen=True)
class Asker:
    """Puts operations to a schema and counts the statements they cost."""

    schema: MastheadSchema
    runner: Counting

    async def __call__(
        self,
        query: str,
        *,
        viewer: Viewer = ANONYMOUS,
        at: datetime = NOW,
        **variables: Any,  # noqa: ANN401 - whatever an operation declares
    ) -> Any:  # noqa: ANN401 - whatever was asked for
        """The answer's data.

        Raises:
            Refusal: there were errors.
        """
        result = await self.schema.execute(query, dict(variables), Asking(viewer, at=at, wants_cost=True))
        if result.errors:
            raise Refusal(result.errors)
        charged = (result.extensions or {})["cost"]["estimated"]["objects"]
        assert charged >= _objects_in(result.data), "more objects were returned than charged"
        return orjson.loads(orjson.dumps(result.data, option=orjson.OPT_UTC_Z))


def _objects_in(answer: object) -> int:
    """What stands in braces, but for what is inside a value of JSON, which is charged by its weight."""
    if isinstance(answer, dict):
        return ("@context" not in answer) + sum(_objects_in(value) for value in answer.values())
    return sum(_objects_in(item) for item in answer) if isinstance(answer, list) else 0


def asker(reader: Reader, *, always_execute: bool = False) -> Asker:
    """An asker of `reader`; with `always_execute`, graphql-core walks every answer."""
    counting = Counting(reader.runner)
    schema = MastheadSchema(replace(reader, runner=counting, limits=AMPLE), always_execute=always_execute)
    return Asker(schema, counting)


@asynccontextmanager
async def reading(url: str) -> AsyncIterator[Reader]:
    """A reader of the database at `url`. Its connections are its own, so that two can be open at once.

    The database itself stays closed: readers never need it, and to open it takes three times as long as all the rest.
    """
    dialect, settings = connection_settings(url)
    closed = Database(url, dialect, settings, tuple(MODEL_MODULES), MIGRATIONS, TortoiseContext())
    async with open_reader(closed, MEDIA_URL) as reader:
        yield reader
