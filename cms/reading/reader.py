"""The reader's front door: compile a selection once for each kind of viewer, run it as often as it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from cms.kernel.viewer import Viewer
from cms.reading.assembling import Assemble, Row, assembler
from cms.reading.binding import Bindable
from cms.reading.dialect import Dialect
from cms.reading.entity import Entity, ReadContext
from cms.reading.planning import Plan, Planner
from cms.reading.request import Selection
from cms.reading.vocabulary import Perspective


class Runner(Protocol):
    """Sends a statement to a database and brings its rows."""

    async def rows(self, sql: str, values: Sequence[object]) -> Sequence[Row]:
        """The rows of one statement."""
        ...


@dataclass(frozen=True)
class Compiled:
    """A selection ready to be read, as often as wanted, by viewers with the same scopes."""

    plan: Plan

    @cached_property
    def answer(self) -> Assemble:
        """Makes the answer that goes out as bytes."""
        return assembler(self.plan)

    @cached_property
    def typed_answer(self) -> Assemble:
        """Makes the answer that the executor walks; each object tells its type."""
        return assembler(self.plan, typed=True)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads selections from one database, each in one statement."""

    entities: Mapping[str, Entity]
    dialect: Dialect
    runner: Runner
    media_url: str = ""

    def compile(self, selection: Selection, viewer: Viewer, perspective: Perspective) -> Compiled:
        """Plan `selection` for viewers with the scopes of `viewer`.

        Raises:
            ReadRefused: the viewer may not have all of it, or it makes no sense; nothing was sent.
        """
        return Compiled(Planner(self.dialect, self.entities, viewer, perspective).plan(selection))

    async def read(
        self,
        compiled: Compiled,
        viewer: Viewer,
        now: datetime,
        variables: Mapping[str, object],
        *,
        typed: bool = False,
        runner: Runner | None = None,
    ) -> dict[str, Any]:
        """The answer: nested dicts and lists of what orjson can write.

        Args:
            compiled: from `compile`, for this viewer's scopes.
            viewer: who asks.
            now: the one moment of the request.
            variables: coerced, of the shape that was compiled.
            typed: for the executor; see `Compiled.typed_answer`.
            runner: where to send the statement instead, such as an open transaction.

        Raises:
            ReadRefused: a page size, cursor or list of ids is not acceptable; nothing was sent.
        """
        plan = compiled.plan
        request = Bindable(variables, viewer, now)
        values = [read(request) for read in plan.readers]
        arguments = [read(request) for read in plan.arguments]
        rows = await (runner or self.runner).rows(plan.sql, values) if plan.sql else ()
        answer = compiled.typed_answer if typed else compiled.answer
        return answer(rows, arguments, ReadContext(viewer, now, self.media_url))
