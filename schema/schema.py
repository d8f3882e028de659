"""The schema as a whole, and the one function through which every transport asks it.

Its text is committed beside this file, so that a change of the API is a change to review.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import aclosing
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import strawberry
import structlog
from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLUnionType,
    OperationType,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType as AllowedType

from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.tailing import Tail
from cms.kernel.viewer import ANONYMOUS, Viewer
from cms.reading.assembling import TYPE_KEY
from cms.reading.pricing import FREE, Price
from cms.reading.reader import Reader, TooExpensive
from cms.reading.request import AnswerTooLarge, ReadRefused, TookTooLong
from cms.reading.vocabulary import Perspective
from schema.arguments import ArgumentReader
from schema.declaring import check_declared
from schema.doing import Request
from schema.edge import Question, Unacceptable
from schema.errors import (
    Refused,
    answer_too_large,
    cost,
    halfway,
    masked,
    new_request_id,
    read_refusal,
    refusal,
    too_expensive,
    took_too_long,
)
from schema.live import StreamPlan, Streams, Subscriber, check_follows
from schema.mutating import Mutator, Stopped, check_writes
from schema.mutation import Mutation
from schema.pairing import check_pairs, python_names
from schema.preparing import Operation, Preparer
from schema.problems import ERROR_TYPES
from schema.query import Query
from schema.scalars import SCALARS
from schema.stored import StoredDocuments
from schema.subscription import Subscription

#: The code of a subscription that comes by a way on which there is one answer only.
NOT_STREAMED = "NOT_ACCEPTABLE"
_NEEDS_STREAM = (
    "A subscription has many answers: accept text/event-stream, or ask over a WebSocket (graphql-transport-ws)."
)

log = structlog.get_logger()


class Asking(NamedTuple):
    """Who asks for an operation, from where, in which perspective, at what moment; whether they want its price."""

    viewer: Viewer = ANONYMOUS
    perspective: Perspective = Perspective.PUBLISHED
    at: datetime | None = None
    wants_cost: bool = False
    address: str | None = None


#: Most requests: from nobody in particular, for what is public.
ANYBODY = Asking()

#: Asks a transport anew who asks, where that may change while an operation runs; raises Unacceptable for nobody.
Renew = Callable[[], Awaitable[Asking]]


class Part(NamedTuple):
    """One of the results of an operation that may have several; of a subscription, with the cursor to go on after.

    The first part of a subscription has no result: from its cursor on, things will be told.
    """

    result: ExecutionResult | None
    cursor: str | None = None


class MastheadSchema(strawberry.Schema):
    """The GraphQL schema over a reader.

    An operation that reads nothing but content is answered by the reader alone; for any other the executor walks what
    the reader has read, in one statement as well. Both give the same answer.
    """

    def __init__(
        self,
        reader: Reader | None = None,
        *,
        database: Database | None = None,
        stored: StoredDocuments | None = None,
        always_execute: bool = False,
    ) -> None:
        """Build the schema.

        Args:
            reader: what answers it; without one it can only be exported.
            database: what mutations write to; without one there are none.
            stored: the documents that questions may name; left out, those that clients send first.
            always_execute: let the executor walk every answer (to hold the two ways against each other).

        Raises:
            Undeclared: something in it does not say who may use it.
            Unpaired: a field is answered by nothing.
        """
        # All that Strawberry's own `__init__` would set.
        vars(self).update(vars(_declared()))
        self._always_execute = always_execute
        self._stored = stored or StoredDocuments()
        self.reader = reader
        if reader is not None:
            check_pairs(self._schema, reader.entities)
            self.preparer = Preparer(self._schema, reader, python_names(self._schema))
        self._mutator: Mutator | None = None
        self._streams: Streams | None = None
        if reader is not None and database is not None:
            arguments = ArgumentReader(self.config, self.schema_converter.scalar_registry)
            self._mutator = Mutator(self._schema, arguments, reader, database)
            self._streams = Streams(self._schema, arguments, reader, Tail(database))

    async def ask(self, question: Question, asking: Asking) -> ExecutionResult:
        """Run one operation: prepared, read, and answered; faults of ours are masked."""
        return await self._settled(self._answer(question, asking), asking)

    async def _settled(self, answering: Awaitable[ExecutionResult], asking: Asking) -> ExecutionResult:
        """What came of an operation, also where it came to nothing."""
        try:
            return await answering
        except Stopped as stopped:
            errors = [halfway(error, stopped.key, stopped.done) for error in self._told(stopped.cause, asking)]
            return ExecutionResult(None, errors)
        except Exception as error:  # noqa: BLE001 - the root: what is not foreseen is masked, and logged
            return PreExecutionError(data=None, errors=self._told(error, asking))

    async def is_subscription(self, question: Question, viewer: Viewer) -> bool:
        """Whether a question has many answers; one that cannot be answered has not."""
        try:
            return (await self._operation(question, viewer)).type is OperationType.SUBSCRIPTION
        except (Refused, Unacceptable):
            return False

    async def follow(self, question: Question, renew: Renew, resumed: str | None = None) -> AsyncGenerator[Part, None]:
        """Run one operation of any kind, for a transport that can answer more than once.

        Args:
            question: a subscription's results are many, any other's is one.
            renew: who asks; asked again for every result.
            resumed: the cursor of the last result, from a transport that comes back by itself; wins over `after`.

        Raises:
            Unacceptable: nobody who may ask, or not any more.
        """
        asking = await renew()
        try:
            operation = await self._operation(question, asking.viewer)
            if operation.type is not OperationType.SUBSCRIPTION:
                yield Part(await self._settled(self._ran(operation, question, asking), asking))
                return
            async with aclosing(self._followed(operation, question, asking, renew, resumed)) as parts:
                async for part in parts:
                    yield part
        except Unacceptable:
            raise
        except Exception as error:  # noqa: BLE001 - the root of what is told one by one: masked, and logged
            yield Part(PreExecutionError(data=None, errors=self._told(error, asking)))

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,  # noqa: ANN401 - Strawberry's signature
        root_value: Any | None = None,  # noqa: ANN401, ARG002 - as above
        operation_name: str | None = None,
        allowed_operation_types: Iterable[AllowedType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Run one operation, in Strawberry's words."""
        asking = context_value if isinstance(context_value, Asking) else ANYBODY
        allowed = None if allowed_operation_types is None else frozenset(allowed_operation_types)
        # Some clients send an empty name.
        question = Question(query, variable_values, operation_name or None, operation_extensions, None, allowed)
        return await self.ask(question, asking)

    def _told(self, error: Exception, asking: Asking) -> list[GraphQLError]:
        """What a client is told of an operation that came to nothing."""
        match error:
            case Refused():
                return error.errors
            case Unacceptable():
                return [refusal(str(error), error.code)]
            case ReadRefused():
                return [read_refusal(error)]
            case TooExpensive():
                return [too_expensive(error)]
            case TookTooLong():
                return [took_too_long(self.preparer.limits.budget(is_anonymous=asking.viewer.is_anonymous))]
            case AnswerTooLarge():
                return [answer_too_large(self.preparer.limits.answer_bytes)]
        # Whatever it was, the client learns no more than an id, by which the log tells all.
        request_id = new_request_id()
        log.error("operation failed", request_id=request_id, exc_info=error)
        return [masked(request_id)]

    async def _operation(self, question: Question, viewer: Viewer) -> Operation:
        """What a question asks for; of a document that is stored, by its text.

        Raises:
            Refused: nothing that can run, or not this way.
        """
        text = question.query
        if question.document_id is not None or question.extensions or self._stored.only:
            text = await self._stored.text(question, self.preparer)
        return self._prepared(text, question, viewer)

    async def _answer(self, question: Question, asking: Asking) -> ExecutionResult:
        return await self._ran(await self._operation(question, asking.viewer), question, asking)

    async def _ran(self, operation: Operation, question: Question, asking: Asking) -> ExecutionResult:
        """What came of an operation that has one answer."""
        if operation.type is OperationType.MUTATION:
            return await self._written(operation, question, asking)
        if operation.type is OperationType.SUBSCRIPTION:
            raise Refused([refusal(_NEEDS_STREAM, NOT_STREAMED)])
        preparer, reader, viewer = self.preparer, self.preparer.reader, asking.viewer
        variables = preparer.variables(operation, question.variables)
        compiled = preparer.compiled(operation, variables, viewer, asking.perspective)
        moment = asking.at or now()
        bound = reader.bind(compiled, viewer, moment, variables, operation.surcharge)
        is_whole = operation.is_read and not self._always_execute
        answer = await reader.read(compiled, bound, viewer, moment, typed=not is_whole)
        extensions = {"cost": self._cost(bound.price, viewer)} if asking.wants_cost else None
        if is_whole:
            return ExecutionResult(answer, None, extensions)
        return await self._walked(question._replace(query=operation.text), asking, answer, extensions)

    async def _written(self, operation: Operation, question: Question, asking: Asking) -> ExecutionResult:
        """What came of a mutation."""
        if self._mutator is None:
            raise Refused([refusal("Nothing can be written here.", "READ_ONLY")])
        preparer, mutator = self.preparer, self._mutator
        variables = preparer.variables(operation, question.variables)
        plan = preparer.planned(
            operation, variables, asking.viewer, asking.perspective, lambda asked: mutator.plan(asked, asking.viewer)
        )
        request = Request(asking.viewer, variables, asking.address)
        price = mutator.price(plan, request)
        extensions = {"cost": self._cost(price, asking.viewer)} if asking.wants_cost else None
        return ExecutionResult(await mutator.run(plan, request), None, extensions)

    async def _followed(
        self, operation: Operation, question: Question, asking: Asking, renew: Renew, resumed: str | None
    ) -> AsyncGenerator[Part, None]:
        """What is told to a subscriber, from now on or from where they were."""
        if self._streams is None:
            raise Refused([refusal("Nothing can be followed here.", "READ_ONLY")])
        preparer, streams = self.preparer, self._streams
        variables = preparer.variables(operation, question.variables)
        known: StreamPlan | None = None
        price = FREE

        async def subscriber() -> Subscriber:
            nonlocal known, price
            viewer, perspective, *_ = await renew()
            plan = preparer.planned(
                operation, variables, viewer, perspective, lambda asked: streams.plan(asked, viewer, perspective)
            )
            # Not for every item: the variables stay, and so does what the credential may spend.
            if plan is not known:
                known, price = plan, streams.price(plan, variables, viewer)
            return Subscriber(plan, viewer)

        async with aclosing(streams.follow(variables, subscriber, resumed)) as items:
            async for told in items:
                extensions = {"cost": self._cost(price, asking.viewer)} if asking.wants_cost else None
                yield Part(None if told.data is None else ExecutionResult(told.data, None, extensions), told.cursor)

    async def aclose(self) -> None:
        """Wait for what is still being written."""
        if self._mutator is not None:
            await self._mutator.aclose()
        if self._streams is not None:
            await self._streams.tail.aclose()

    async def _walked(
        self, question: Question, asking: Asking, answer: Mapping[str, Any], extensions: dict[str, Any] | None
    ) -> ExecutionResult:
        """What the executor makes of the reader's answer."""
        result = await super().execute(
            question.query, question.variables, asking, answer, question.operation_name, question.allowed
        )
        if isinstance(result, PreExecutionError):
            return result
        return ExecutionResult(result.data, result.errors, extensions)

    def _cost(self, price: Price, viewer: Viewer) -> Mapping[str, object]:
        return cost(price, self.preparer.limits.budget(is_anonymous=viewer.is_anonymous))

    def _prepared(self, text: str | None, question: Question, viewer: Viewer) -> Operation:
        try:
            operation = self.preparer.prepare(text, question.operation_name)
        except Refused as error:
            # Even of a mutation that is not valid, GET has to say that it runs none.
            _check_allowed(error.kinds, question)
            raise
        _check_allowed({operation.type}, question)
        if operation.posted and question.is_in_address:
            named = ", ".join(operation.posted)
            raise Refused([refusal(f"Send it by POST: {named} may not stand in an address.", "METHOD_NOT_ALLOWED")])
        if operation.type is OperationType.MUTATION:
            self.preparer.check_mutation(operation, viewer)
        return operation


@cache
def _declared() -> strawberry.Schema:
    """What Strawberry makes of our types, checked. It hangs on nobody who answers it, and takes 40 ms: made once.

    Raises:
        Undeclared: something in it does not say who may use it.
    """
    # Suggestions would name fields to callers who may not know of them, and cost time on every mistake.
    config = StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True)
    declared = strawberry.Schema(
        query=Query, mutation=Mutation, subscription=Subscription, types=ERROR_TYPES, config=config
    )
    schema = declared._schema  # noqa: SLF001 - graphql-core's schema, of which Strawberry's is a cover
    check_declared(schema)
    check_writes(schema)
    check_follows(schema)
    for type_ in schema.type_map.values():
        _answer_from_dicts(type_)
        _check_one_of(type_)
    return declared


def _check_allowed(kinds: AbstractSet[OperationType], question: Question) -> None:
    if question.allowed is None:
        return
    allowed = {kind.name for kind in question.allowed}
    for kind in kinds:
        if kind.name not in allowed:
            raise Refused([refusal(f"A {kind.value} cannot be run this way.", "METHOD_NOT_ALLOWED")])


def _answer_from_dicts(type_: object) -> None:
    """Have the executor take every field of content from the dict that the reader made, under its response key."""
    if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
        type_.resolve_type = _type_of
    if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
        type_.is_type_of = None
        for field in type_.fields.values():
            field.resolve = _from_dict


def _check_one_of(type_: object) -> None:
    """Let validation know of `@oneOf`: Strawberry looks after it in an executor of its own, which reads do not pass."""
    if isinstance(type_, GraphQLInputObjectType) and "strawberry-definition" in type_.extensions:
        type_.is_one_of = type_.extensions["strawberry-definition"].is_one_of


def _type_of(value: Mapping[str, Any], *_: object) -> str:
    name: str = value[TYPE_KEY]
    return name


def _from_dict(source: Mapping[str, Any], info: GraphQLResolveInfo[Any], **_: object) -> object:
    return source[str(info.path.key)]


@cache
def export() -> str:
    """The schema in GraphQL's own language, as `schema/schema.graphql` holds it, with a line feed at the end."""
    return MastheadSchema().as_str().rstrip("\n") + "\n"
