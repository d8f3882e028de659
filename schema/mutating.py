"""Mutations: planned and priced as a whole, then done one field after the other.

The one thing to know: all of an operation is decided before its first write (what it asks for, whether the caller may
see it, what it costs), so that nothing is written that could not be answered. What a caller did wrong is data; faults
of ours roll back and are masked, as they are in reads.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type
from strawberry.types.field import StrawberryField

from cms.kernel.database import Database
from cms.kernel.viewer import Scope, Viewer
from cms.reading.pricing import FREE, Price
from cms.reading.reader import Reader
from cms.reading.request import Requested, Selection
from cms.reading.vocabulary import Perspective
from schema.arguments import ArgumentReader, Given
from schema.doing import Doing, Request, Step
from schema.fields import python_name
from schema.payloads import Content, PayloadPlanner, entity_of, price_of
from schema.writing import WRITE, Write

_TYPE: Final = "Mutation"
#: What stands around the payloads in an answer, the price included; each is charged for its own key.
_AROUND_BYTES: Final = 256


class Unanswerable(Exception):
    """Fields of Mutation that are not declared by `write`; the message lists them."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A field of a mutation: the step, and how its arguments were written."""

    step: Step
    asked: Requested


class Stopped(Exception):
    """A field of a mutation could not be answered, after others were done: `cause` is why.

    Attributes:
        key: of the field, in the answer.
        done: the keys of the fields before it.
    """

    def __init__(self, key: str, done: Sequence[str], cause: Exception) -> None:
        super().__init__(key)
        self.key = key
        self.done = done
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Plan:
    """What a mutation does, under the keys of its answer; None where it only asks for the name of its type."""

    steps: Mapping[str, Planned | None]

    @property
    def weight(self) -> int:
        """How much room it takes, by the length of its statements."""
        planned = filter(None, self.steps.values())
        return sum(len(content.compiled.plan.sql) for one in planned for content in _contents(one))


def check_writes(schema: GraphQLSchema) -> None:
    """See that every field of Mutation has a verb behind it.

    Raises:
        Unanswerable: listing those that have none.
    """
    fields = schema.mutation_type.fields if schema.mutation_type else {}
    without = [name for name, found in fields.items() if WRITE not in _definition(found).metadata]
    if without:
        raise Unanswerable(f"Declare these by `write`: {', '.join(without)}")


@dataclass(slots=True)
class Mutator:
    """Plans and runs the mutations of one schema."""

    schema: GraphQLSchema
    arguments: ArgumentReader
    reader: Reader
    database: Database
    _running: set[asyncio.Task[Any]] = field(default_factory=set)

    # Before anything is written

    def plan(self, selection: Selection, viewer: Viewer) -> Plan:
        """What an operation does, in its order.

        Raises:
            ReadRefused: the viewer may not see all of what it asks for, or it makes no sense.
        """
        return Plan(
            {
                asked.key: None if asked.name == "__typename" else Planned(self._step(asked, viewer), asked)
                for asked in selection.fields
            }
        )

    def _step(self, asked: Requested, viewer: Viewer) -> Step:
        name, found = next(item for item in self._fields.items() if python_name(*item) == asked.name)
        payload = get_named_type(found.type)
        assert isinstance(payload, GraphQLObjectType)  # noqa: S101 - every payload is an object
        nodes = {
            python_name(one_name, one): get_named_type(one.type).name
            for one_name, one in payload.fields.items()
            if entity_of(self.reader, get_named_type(one.type).name) is not None
        }
        write: Write = _definition(found).metadata[WRITE]
        perspective = Perspective.DRAFT if viewer.may(Scope.CONTENT_PREVIEW) else Perspective.PUBLISHED
        planner = PayloadPlanner(
            self.schema, self.reader, viewer, perspective, frozenset(nodes.values()), write.uses, write.opening
        )
        return Step(name, write, planner.plan(payload, asked.selections[payload.name]), tuple(nodes))

    def price(self, plan: Plan, request: Request) -> Price:
        """What the payloads could hold together.

        Raises:
            TooExpensive: more than the viewer's budget.
        """
        steps = {key: planned for key, planned in plan.steps.items() if planned is not None}
        base = sum((planned.step.payload.price for planned in steps.values()), FREE)
        places = [(key, content) for key, planned in steps.items() for content in _contents(planned)]
        return price_of(self.reader, request.viewer, request.variables, base, places)

    # Writing

    async def run(self, plan: Plan, request: Request) -> dict[str, object]:
        """Do one step after the other, and answer what came of each.

        A client that leaves meanwhile leaves nothing half done: what has begun is done to its end.

        Raises:
            Refused: an argument cannot be read; nothing was written.
            TookTooLong: the first payload takes too long to read; its write was rolled back, and none follows.
            AnswerTooLarge: the first payload is larger than an answer may be; as above.
            Stopped: one of the others, or for another reason; those before it were written.
        """
        given = {key: self._given(planned, request) if planned else None for key, planned in plan.steps.items()}
        task = asyncio.create_task(self._run(plan, given, request))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Wait for what is still being written."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, plan: Plan, given: Mapping[str, Given | None], request: Request) -> dict[str, object]:
        answer: dict[str, object] = {}
        left = self.reader.limits.answer_bytes - _AROUND_BYTES
        for key, planned in plan.steps.items():
            what = given[key]
            if planned is None or what is None:
                answer[key] = _TYPE
                continue
            left -= len(orjson.dumps(key))
            doing = Doing(self.database, self.reader, planned.step, request, what, left)
            try:
                await doing.do()
            except Exception as error:
                # Whatever it is goes on up; the client has to know what was done before it.
                if not answer:
                    raise
                raise Stopped(key, tuple(answer), error) from error
            answer[key] = doing.payload
            left -= doing.size
        return answer

    def _given(self, planned: Planned, request: Request) -> Given:
        return self.arguments.read(self._fields[planned.step.name], planned.asked.arguments, request.variables)

    @property
    def _fields(self) -> Mapping[str, GraphQLField]:
        root = self.schema.mutation_type
        return {} if root is None else root.fields


def _contents(planned: Planned) -> list[Content]:
    """Every place of a payload where content is shown."""
    return list(planned.step.payload.contents())


def _definition(found: GraphQLField) -> StrawberryField:
    definition: StrawberryField = found.extensions["strawberry-definition"]
    return definition
