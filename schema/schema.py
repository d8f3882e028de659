"""The schema as a whole, and the one function through which every transport asks it.

Its text is committed beside this file, so that a change of the API is a change to review.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4

import strawberry
import structlog
from graphql import GraphQLError, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLResolveInfo
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from cms.kernel.clock import now
from cms.kernel.viewer import ANONYMOUS, Viewer
from cms.reading.assembling import TYPE_KEY
from cms.reading.reader import Reader
from cms.reading.request import ReadRefused
from cms.reading.vocabulary import Perspective
from schema.pairing import check_pairs, python_names
from schema.preparing import Operation, Preparer, Refused, read_refusal, refusal
from schema.query import Query
from schema.scalars import SCALARS

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for an operation, in which perspective, and at what moment."""

    viewer: Viewer = ANONYMOUS
    perspective: Perspective = Perspective.PUBLISHED
    at: datetime | None = None


class MastheadSchema(strawberry.Schema):
    """The GraphQL schema over a reader.

    An operation that reads nothing but content is answered by the reader alone; for any other the executor walks what
    the reader has read, in one statement as well. Both give the same answer.
    """

    def __init__(self, reader: Reader | None = None, *, always_execute: bool = False) -> None:
        """Build the schema.

        Args:
            reader: what answers it; without one it can only be exported.
            always_execute: let the executor walk every answer (to hold the two ways against each other).

        Raises:
            Unpaired: a field is answered by nothing.
        """
        # Suggestions would name fields to callers who may not know of them, and cost time on every mistake.
        config = StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True)
        super().__init__(query=Query, config=config)
        self._always_execute = always_execute
        self.reader = reader
        if reader is not None:
            check_pairs(self._schema, reader.entities)
            self.preparer = Preparer(self._schema, reader, python_names(self._schema))
        for type_ in self._schema.type_map.values():
            _answer_from_dicts(type_)
            _check_one_of(type_)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,  # noqa: ANN401 - Strawberry's signature
        root_value: Any | None = None,  # noqa: ANN401, ARG002 - as above
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Run one operation: prepared, read, and answered; faults of ours are masked."""
        asking = context_value if isinstance(context_value, Asking) else Asking()
        operation_name = operation_name or None  # Some clients send an empty one.
        try:
            operation = self.preparer.prepare(query, operation_name)
            _check_allowed(operation, allowed_operation_types)
            answer = await self._read(operation, variable_values, asking)
            if operation.is_read and not self._always_execute:
                return ExecutionResult(data=answer, errors=None)
            return await super().execute(
                query,
                variable_values,
                asking,
                answer,
                operation_name,
                allowed_operation_types,
                operation_extensions,
            )
        except Refused as error:
            return PreExecutionError(data=None, errors=error.errors)
        except ReadRefused as error:
            return PreExecutionError(data=None, errors=[read_refusal(error)])
        except Exception:
            # The root: whatever it was, the client learns no more than an id, by which the log tells all.
            request_id = uuid4().hex
            log.exception("operation failed", request_id=request_id)
            return PreExecutionError(data=None, errors=[_masked(request_id)])

    async def stream(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,  # noqa: ANN401 - Strawberry's signature
        root_value: Any | None = None,  # noqa: ANN401 - as above
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Run one operation for a transport that streams: a single result, from the same place as every other."""

        async def results() -> AsyncGenerator[ExecutionResult, None]:
            yield await self.execute(
                query,
                variable_values,
                context_value,
                root_value,
                operation_name,
                allowed_operation_types,
                operation_extensions,
            )

        return results()

    async def _read(
        self, operation: Operation, variable_values: Mapping[str, Any] | None, asking: Asking
    ) -> dict[str, Any]:
        reader = self.preparer.reader
        variables = self.preparer.variables(operation, variable_values)
        compiled = self.preparer.compiled(operation, variables, asking.viewer, asking.perspective)
        typed = self._always_execute or not operation.is_read
        return await reader.read(compiled, asking.viewer, asking.at or now(), variables, typed=typed)


def _check_allowed(operation: Operation, allowed: Iterable[OperationType] | None) -> None:
    if allowed is not None and operation.type.name not in {kind.name for kind in allowed}:
        raise Refused([refusal(f"A {operation.type.value} cannot be run this way.", "METHOD_NOT_ALLOWED")])


def _masked(request_id: str) -> GraphQLError:
    return refusal("Something went wrong on our side.", "INTERNAL_SERVER_ERROR", requestId=request_id)


def _answer_from_dicts(type_: object) -> None:
    """Have the executor take every field of content from the dict that the reader made, under its response key."""
    if isinstance(type_, GraphQLInterfaceType):
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
