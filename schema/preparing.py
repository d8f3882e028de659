"""Everything about an operation is decided before anything runs: parsed, measured, validated, compiled, priced.

An operation is prepared once for each document text, and compiled once for each shape of its variables and each set of
scopes. Both caches are bounded, by number and by weight; what falls out is prepared again.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    is_input_type,
    parse,
    type_from_ast,
    validate,
)
from graphql.execution.values import get_variable_values
from graphql.type import GraphQLBoolean, GraphQLID

from cms.kernel.bounded import Bounded
from cms.kernel.limits import Limits
from cms.kernel.viewer import Viewer
from cms.reading.pricing import FREE, Price
from cms.reading.reader import Compiled, Reader
from cms.reading.request import ReadRefused, Selection
from cms.reading.vocabulary import Perspective
from schema.audience import Demand, demands
from schema.errors import MOST_ERRORS, Refused, coded, read_refusal, refusal
from schema.measuring import Measure, elements_of, measures
from schema.posting import posted
from schema.selecting import Selecting
from schema.values import shape_of

#: A document takes some 100 times its text, and a plan some 10 times its SQL.
_MOST_DOCUMENTS, _MOST_DOCUMENT_CHARS = 500, 512 * 1024
_MOST_PLANS, _MOST_SQL_CHARS = 1000, 4 * 1024 * 1024
_OBJECTS_TO_AN_ELEMENT, _INTROSPECTION_BYTES, _SHARE_OF_A_LOOK = 3, 100, 0.4


@dataclass(slots=True, eq=False)
class Operation:
    """One operation of a valid document.

    Attributes:
        text: of its document.
        measure: how large it is.
        surcharge: what it costs beside the content it reads.
        is_read: it is a query that asks for nothing but content, so that the reader alone can answer it.
        variables: the names and types of what each request must bring.
        demands: what in it needs a scope, whether or not it would run.
        posted: what it begins with that no address may hold, likewise.
    """

    text: str
    document: DocumentNode
    definition: OperationDefinitionNode
    measure: Measure
    surcharge: Price
    is_read: bool
    variables: tuple[tuple[str, GraphQLInputType], ...]
    demands: tuple[Demand, ...]
    posted: tuple[str, ...] = ()
    has_one_shape: bool = field(init=False)

    def __post_init__(self) -> None:
        self.has_one_shape = all(_is_always_a_leaf(type_) for _, type_ in self.variables)

    @property
    def type(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.definition.operation

    def plain_variables(self, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """The variables coerced without further ado, or None where there is more to it.

        Scalars that must be given, are given and fit need nothing but their own check, which takes a tenth of the
        general way; whatever else there is goes that way, which says what is wrong.
        """
        coerced = {}
        for name, type_ in self.variables:
            if not isinstance(type_, GraphQLNonNull) or not isinstance(type_.of_type, GraphQLScalarType):
                return None
            try:
                coerced[name] = type_.of_type.parse_value(given[name])
            except (GraphQLError, KeyError):
                return None
        return coerced

    def shape(self, variables: Mapping[str, Any]) -> Hashable:
        """What of the coerced variables decides how the operation is compiled."""
        if self.has_one_shape:
            return None
        return tuple((name, shape_of(variables[name], type_)) for name, type_ in self.variables if name in variables)


def _is_always_a_leaf(type_: GraphQLInputType) -> bool:
    """Whether no value of the type changes how an operation is compiled."""
    return (
        isinstance(type_, GraphQLNonNull)
        and isinstance(type_.of_type, GraphQLScalarType)
        and type_.of_type not in {GraphQLBoolean, GraphQLID}
    )


_Kept = tuple[str, str | None]
_Shape = tuple[Operation, Hashable, Hashable, Perspective]


class Plan(Protocol):
    """What is planned of an operation that is more than a read."""

    @property
    def weight(self) -> int:
        """How much room it takes."""
        ...


_Plan = TypeVar("_Plan", bound=Plan)


@dataclass(slots=True)
class Preparer:
    """Prepares and compiles the operations of one schema for one reader."""

    schema: GraphQLSchema
    reader: Reader
    python_names: Mapping[tuple[str, str], str]
    _kept: Bounded[_Kept, "Operation | Refused"] = field(
        default_factory=lambda: Bounded(_MOST_DOCUMENTS, _MOST_DOCUMENT_CHARS, lambda key, _: len(key[0]))
    )
    _compiled: Bounded[_Shape, Compiled] = field(
        default_factory=lambda: Bounded(_MOST_PLANS, _MOST_SQL_CHARS, lambda _, compiled: len(compiled.plan.sql))
    )
    _planned: Bounded[_Shape, Any] = field(
        default_factory=lambda: Bounded(_MOST_PLANS, _MOST_SQL_CHARS, lambda _, plan: plan.weight)
    )
    _elements: int = field(init=False)

    def __post_init__(self) -> None:
        self._elements = elements_of(self.schema)

    @property
    def limits(self) -> Limits:
        """How much one caller may ask for."""
        return self.reader.limits

    def prepare(self, query: str | None, operation_name: str | None) -> Operation:
        """The operation that a document's text and a name choose.

        Raises:
            Refused: it cannot be parsed, is not valid, or no single operation is chosen.
        """
        if not query:
            raise Refused([refusal("Send a query.", "BAD_REQUEST")])
        # No character takes more than four bytes: most documents need not be encoded to know.
        if 4 * len(query) > self.limits.document_bytes < (size := len(query.encode())):
            raise Refused([_over("bytes", size, self.limits.document_bytes)])
        found = self._kept.get((query, operation_name), lambda: self._prepared(query, operation_name))
        if isinstance(found, Refused):
            # A new one each time: an exception keeps the frames of every request that it was raised in.
            raise Refused(found.errors, found.kinds)
        return found

    def _prepared(self, query: str, operation_name: str | None) -> "Operation | Refused":
        try:
            document = parse(query, max_tokens=self.limits.document_tokens)
            measured = list(measures(document))
        except GraphQLError as error:
            return Refused(coded([error], "GRAPHQL_PARSE_FAILED"))
        except RecursionError:
            return Refused([refusal("The document is nested too deeply.", "GRAPHQL_PARSE_FAILED")])
        named = [one for one in measured if operation_name in {None, one[0].name.value if one[0].name else None}]
        kinds = {node.operation for node, _ in named}
        over = [error for _, measure in measured for error in self._over_limits(measure)]
        if over:
            return Refused(over[:MOST_ERRORS], kinds)
        errors = validate(
            self.schema, document, max_errors=MOST_ERRORS, hide_suggestions=True, allow_empty_selection_sets=False
        )
        if errors:
            return Refused(coded(errors, "GRAPHQL_VALIDATION_FAILED"), kinds)
        return self._chosen(query, document, named)

    def _over_limits(self, measure: Measure) -> Iterator[GraphQLError]:
        """What of a document is over its limit; told before validation, whose time is not linear."""
        for name, found, most in (
            ("depth", measure.depth, self.limits.depth),
            ("aliases", measure.aliases, self.limits.aliases),
            ("directives", measure.directives, self.limits.directives),
            ("fields", measure.fields, self.limits.fields),
            ("repeats", measure.repeats, self.limits.repeats),
        ):
            if found > most:
                yield _over(name, found, most)

    def _chosen(
        self, text: str, document: DocumentNode, operations: list[tuple[OperationDefinitionNode, Measure]]
    ) -> "Operation | Refused":
        if len(operations) != 1:
            message = "Name the operation to run." if operations else "The document has no such operation."
            return Refused([refusal(message, "OPERATION_RESOLUTION_FAILURE")])
        chosen, measure = operations[0]
        root = self.schema.get_root_type(chosen.operation)
        assert root is not None  # noqa: S101 - validation has passed
        is_query = chosen.operation is OperationType.QUERY
        is_read = is_query and not measure.introspections
        wanted = demands(self.schema, document, chosen)
        variables = tuple(self._variables(chosen))
        secret = posted(root, document, chosen)
        return Operation(
            text, document, chosen, measure, self._introspection(measure), is_read, variables, wanted, secret
        )

    def _variables(self, operation: OperationDefinitionNode) -> Iterator[tuple[str, GraphQLInputType]]:
        for definition in operation.variable_definitions or ():
            type_ = type_from_ast(self.schema, definition.type)
            if is_input_type(type_):  # A valid document names no other type here.
                yield definition.variable.name.value, type_

    def _introspection(self, measure: Measure) -> Price:
        """What the executor's part of the answer could be.

        Each look into the schema is charged for three objects an element, which no document was found to exceed: the
        standard query asks for two and a half. However large the schema is, strangers can afford two looks at it.
        """
        if not measure.introspections:
            return FREE
        look = min(_OBJECTS_TO_AN_ELEMENT * self._elements, int(_SHARE_OF_A_LOOK * self.limits.objects))
        objects = look * measure.introspections
        return Price(objects, _INTROSPECTION_BYTES * objects)

    def variables(self, operation: Operation, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """The operation's variables, coerced.

        Raises:
            Refused: one is missing or of the wrong type.
        """
        plain = operation.plain_variables(given or {})
        if plain is not None:
            return plain
        definitions = operation.definition.variable_definitions or ()
        coerced = get_variable_values(
            self.schema, definitions, dict(given or {}), max_errors=MOST_ERRORS, hide_suggestions=True
        )
        if isinstance(coerced, list):
            raise Refused(coded(coerced, "BAD_USER_INPUT"))
        return coerced.coerced

    def check_mutation(self, operation: Operation, viewer: Viewer) -> None:
        """Refuse a mutation that begins with more than this viewer may do at once.

        Raises:
            Refused: it does.
        """
        most = self.limits.mutations if viewer.is_anonymous else self.limits.token_mutations
        found = len(operation.measure.keys)
        if found > most:
            raise Refused([refusal(f"This mutation does {found} things: send at most {most} at once.", "TOO_MANY")])

    def compiled(
        self, operation: Operation, variables: Mapping[str, Any], viewer: Viewer, perspective: Perspective
    ) -> Compiled:
        """The operation's content, compiled for the shape of its variables and the viewer's scopes.

        Raises:
            Refused: the viewer may not have all of it, or it makes no sense.
        """
        if operation.demands:
            _refuse_unmet(operation.demands, viewer)
        shape = (operation, operation.shape(variables), _kind_of(viewer), perspective)
        try:
            return self._compiled.get(
                shape, lambda: self.reader.compile(self.selection(operation, variables), viewer, perspective)
            )
        except ReadRefused as error:
            raise Refused([read_refusal(error)]) from None

    def planned(
        self,
        operation: Operation,
        variables: Mapping[str, Any],
        viewer: Viewer,
        perspective: Perspective,
        plan: Callable[[Selection], _Plan],
    ) -> _Plan:
        """A mutation or a subscription, planned by `plan` for the shape of its variables and the viewer's scopes.

        Raises:
            Refused: the viewer may not see all of what it answers, or it makes no sense.
        """
        _refuse_unmet(operation.demands, viewer)
        shape = (operation, operation.shape(variables), _kind_of(viewer), perspective)
        try:
            made: _Plan = self._planned.get(shape, lambda: plan(self.selection(operation, variables)))
        except ReadRefused as error:
            raise Refused([read_refusal(error)]) from None
        return made

    def selection(self, operation: Operation, variables: Mapping[str, Any]) -> Selection:
        """What an operation asks for, with the variables' shape.

        Raises:
            ReadRefused: it makes no sense.
        """
        fragments = {
            node.name.value: node for node in operation.document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        selecting = Selecting(self.schema, fragments, variables, self.python_names)
        root = self.schema.get_root_type(operation.type)
        assert root is not None  # noqa: S101 - validation has passed
        return selecting.selection(root, [operation.definition.selection_set])


def _kind_of(viewer: Viewer) -> Hashable:
    """What about a viewer decides what is compiled; the article that a preview link shows is a value like others."""
    return viewer.scopes, viewer.preview_of is not None


def _refuse_unmet(demanded: tuple[Demand, ...], viewer: Viewer) -> None:
    unmet = [demand for demand in demanded if not viewer.may(demand.scope)]
    if unmet:
        told = [ReadRefused(f"{demand.name} needs the scope {demand.scope}.", demand.scope) for demand in unmet]
        raise Refused([read_refusal(refused) for refused in told[:MOST_ERRORS]])


_OVER = {
    "depth": "is {found:,} levels deep",
    "repeats": "asks for the same field in the same place {found:,} times",
}


def _over(name: str, found: int, most: int) -> GraphQLError:
    told = _OVER.get(name, "holds {found:,} {name}").format(found=found, name=name)
    return refusal(f"The document {told}; {most:,} are allowed.", "DOCUMENT_TOO_LARGE", limit=name)
