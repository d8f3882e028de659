"""The arguments of a mutation, from what a document and its variables say to what the verbs take."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryMaybe, StrawberryOptional
from strawberry.types.field import StrawberryField
from strawberry.types.maybe import Some
from strawberry.types.unset import UNSET

from cms.reading.request import Leaf, LeafList, Value
from schema.errors import Refused, refusal
from schema.writing import WriteOptions

_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True, slots=True)
class Given:
    """What one mutation was given.

    Attributes:
        arguments: what its verb takes, by Python names; what was left out is not there.
        options: how to go about it.
        canonical: the arguments as JSON: the same bytes for the same input, however it was written.
    """

    arguments: Mapping[str, Any]
    options: WriteOptions
    canonical: bytes


@dataclass(frozen=True, slots=True)
class ArgumentReader:
    """Reads arguments in the words of one schema."""

    config: StrawberryConfig
    scalars: Mapping[object, Any]

    def read(self, field: GraphQLField, asked: Mapping[str, Value], variables: Mapping[str, Any]) -> Given:
        """What a field was given in this request.

        Args:
            field: of Mutation.
            asked: its arguments as they were planned, with values that come from variables.
            variables: coerced.

        Raises:
            Refused: a field that cannot be cleared is null, or JSON holds what cannot be kept.
        """
        sent = {name: _sent(asked[name], one.type, variables) for name, one in field.args.items() if name in asked}
        definition: StrawberryField = field.extensions["strawberry-definition"]
        converted = convert_arguments(sent, definition.arguments, self.scalars, self.config)
        settled = {name: _settled(value) for name, value in converted.items()}
        options = settled.pop("options", None) or _settled(WriteOptions())
        # What was left out is not passed, so that defaults stand where the verb is.
        arguments = {name: value for name, value in settled.items() if value is not None}
        sent.pop("options", None)
        try:
            return Given(arguments, options, orjson.dumps(sent, default=str, option=_CANONICAL))
        except orjson.JSONEncodeError:
            message = "JSON may hold no number beyond 64 bits: write it as a text."
            raise Refused([refusal(message, "BAD_USER_INPUT")]) from None


def _sent(value: Value, type_: GraphQLInputType, variables: Mapping[str, Any]) -> Any:  # noqa: ANN401 - what was sent
    """An argument as it was sent in this request, enums as the features know them."""
    bare = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    match value:
        case Leaf() | LeafList():
            return value.read(variables)
        case Mapping() if isinstance(bare, GraphQLInputObjectType):
            return {name: _part(name, part, bare.fields[name], variables) for name, part in value.items()}
        case list() if isinstance(bare, GraphQLList):
            return [_sent(item, bare.of_type, variables) for item in value]
        case str() if isinstance(bare, GraphQLEnumType):
            return bare.parse_value(value)
    return value


def _part(name: str, value: Value, field: GraphQLInputField, variables: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
    """A field of an input object as it was sent.

    Raises:
        Refused: it is null, and cannot be cleared.
    """
    if value is None and _stays_full(field.extensions["strawberry-definition"].type):
        message = f"{name} cannot be cleared: leave it out, and it stays as it is."
        raise Refused([refusal(message, "BAD_USER_INPUT")])
    return _sent(value, field.type, variables)


def _stays_full(type_: object) -> bool:
    """Whether a field of the type can be left out, though not be null. GraphQL has no word for it."""
    return isinstance(type_, StrawberryMaybe) and not isinstance(type_.of_type, StrawberryOptional)


def _settled(value: Any) -> Any:  # noqa: ANN401 - as above
    """An argument with None where Strawberry says that nothing was given, in all of its parts."""
    if value is UNSET:
        return None
    if isinstance(value, list):
        return [_settled(item) for item in value]
    if isinstance(value, Some):
        return Some(_settled(value.value))
    if is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            setattr(value, part.name, _settled(getattr(value, part.name)))
    return value
