"""The reader's front door: compile a selection once for each kind of viewer, run it as often as it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from cms.kernel.limits import DEFAULT_LIMITS, Budget, Limits
from cms.kernel.viewer import Viewer
from cms.reading.assembling import Assemble, Row, assembler
from cms.reading.binding import Bindable
from cms.reading.dialect import Dialect
from cms.reading.entity import Entity, ReadContext
from cms.reading.planning import Plan, Planner
from cms.reading.pricing import FREE, Dear, Price, Tariff, tariff
from cms.reading.request import Selection
from cms.reading.vocabulary import Perspective

LONGEST_SECONDS = 60.0


class Runner(Protocol):
    """Sends a statement to a database and brings its rows."""

    async def rows(
        self, sql: str, values: Sequence[object], *, seconds: float = LONGEST_SECONDS, heavy: Sequence[int] = ()
    ) -> Sequence[Row]:
        """The rows of one statement, which ends when whoever waits for it is cancelled.

        Args:
            sql: one statement.
            values: what is bound to it.
            seconds: how long it may take.
            heavy: where long texts stand in its rows.

        Raises:
            TookTooLong: it needs more time.
            AnswerTooLarge: its rows hold more than an answer may.
        """
        ...


class TooExpensive(Exception):
    """An operation costs more than its caller's budget; nothing was sent. `dearest` are the places that cost most."""

    def __init__(self, price: Price, budget: Budget, dearest: Sequence[Dear]) -> None:
        super().__init__(price)
        self.price = price
        self.budget = budget
        self.dearest = dearest


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

    @cached_property
    def tariff(self) -> Tariff:
        """What it costs."""
        return tariff(self.plan.shape)

    @cached_property
    def fixed_price(self) -> Price | None:
        """What it costs whatever the request; None where the request says how much it asks for."""
        return None if self.plan.arguments.changing else self.tariff.price(self.plan.arguments.fixed)

    @cached_property
    def heavy(self) -> tuple[int, ...]:
        """Where long texts stand in its rows."""
        return self.plan.heavy


class Bound(NamedTuple):
    """One request of a compiled selection: what is bound to the statement, what the answer is made with, its price."""

    values: list[object]
    arguments: list[object]
    price: Price


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads selections from one database, each in one statement."""

    entities: Mapping[str, Entity]
    dialect: Dialect
    runner: Runner
    media_url: str = ""
    limits: Limits = DEFAULT_LIMITS

    def compile(self, selection: Selection, viewer: Viewer, perspective: Perspective) -> Compiled:
        """Plan `selection` for viewers with the scopes of `viewer`.

        Raises:
            ReadRefused: the viewer may not have all of it, or it makes no sense; nothing was sent.
        """
        return Compiled(Planner(self.dialect, self.entities, viewer, perspective).plan(selection))

    def bind(
        self,
        compiled: Compiled,
        viewer: Viewer,
        now: datetime,
        variables: Mapping[str, object],
        surcharge: Price = FREE,
    ) -> Bound:
        """One request, priced; nothing is sent.

        Args:
            compiled: from `compile`, for this viewer's scopes.
            viewer: who asks.
            now: the one moment of the request.
            variables: coerced, of the shape that was compiled.
            surcharge: what it costs to look into the schema beside.

        Raises:
            ReadRefused: a page size, cursor or list of ids is not acceptable.
            TooExpensive: it costs more than the viewer's budget.
        """
        plan = compiled.plan
        request = Bindable(variables, viewer, now)
        arguments = plan.arguments.read(request)
        price = compiled.fixed_price or compiled.tariff.price(arguments)
        if surcharge is not FREE:
            price += surcharge
        budget = self.limits.budget(is_anonymous=viewer.is_anonymous)
        if not price.is_within(budget):
            beside = [Dear(("__schema",), surcharge, 1)]
            raise TooExpensive(price, budget, compiled.tariff.dearest(arguments, beside))
        return Bound(plan.values.read(request), arguments, price)

    async def read(
        self,
        compiled: Compiled,
        bound: Bound,
        viewer: Viewer,
        now: datetime,
        *,
        typed: bool = False,
        runner: Runner | None = None,
    ) -> dict[str, Any]:
        """The answer: nested dicts and lists of what orjson can write.

        Args:
            compiled: from `compile`, for this viewer's scopes.
            bound: from `bind`, for this viewer at this moment.
            viewer: who asks.
            now: the one moment of the request.
            typed: for the executor; see `Compiled.typed_answer`.
            runner: where to send the statement instead, such as an open transaction.

        Raises:
            TookTooLong: the database needs more time than the viewer may take.
            AnswerTooLarge: it found more than an answer may hold.
        """
        sql = compiled.plan.sql
        rows: Sequence[Row] = ()
        if sql:
            seconds = self.limits.budget(is_anonymous=viewer.is_anonymous).seconds
            rows = await (runner or self.runner).rows(sql, bound.values, seconds=seconds, heavy=compiled.heavy)
        answer = compiled.typed_answer if typed else compiled.answer
        return answer(rows, bound.arguments, ReadContext(viewer, now, self.media_url))
