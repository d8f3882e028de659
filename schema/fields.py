"""How a type of the API names what can be read: who may ask, a description, and arguments. No resolvers.

Who may ask is said first and can be left out nowhere; `schema.declaring` refuses a schema in which it was. What a field
answers is said once, by the entity of the same name; `schema.pairing` holds the two against each other.
"""

from collections.abc import Mapping
from copy import copy
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import strawberry
from graphql import GraphQLField
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema_directive import Location
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from cms.kernel.viewer import Scope


class Everybody(Enum):
    """The one audience that no scope makes: all callers, anonymous ones among them."""

    EVERYBODY = "EVERYBODY"


EVERYBODY: Final = Everybody.EVERYBODY

#: Who may use something: everybody, or callers who hold a scope. There is no third, and no default.
Audience: TypeAlias = Scope | Everybody

#: Where Strawberry's metadata keeps the audience.
AUDIENCE: Final = "audience"
#: And where it says of a field of Query that it takes secrets, which no address may hold.
POSTED: Final = "posted"


# No value of an enum needs a scope today; the first one that does adds Location.ENUM_VALUE.
@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.ARGUMENT_DEFINITION, Location.INPUT_FIELD_DEFINITION],
    name="needs",
    description="The scope a caller must hold to use this. What needs nothing is public.",
)
class Needs:
    """Who may use a field, an argument or an input field."""

    scope: Scope


def python_name(name: str, field: GraphQLField) -> str:
    """What the Python side calls a field of the schema."""
    definition = field.extensions.get("strawberry-definition")
    return name if definition is None else str(definition.python_name)


def metadata_of(audience: Audience) -> Mapping[str, Audience]:
    """What is kept of an audience with whatever has it."""
    return MappingProxyType({AUDIENCE: audience})


def directives_of(audience: Audience) -> tuple[Needs, ...]:
    """What clients are told of an audience: a scope; that something is for everybody goes without saying."""
    return (Needs(scope=audience),) if isinstance(audience, Scope) else ()


def argument(
    audience: Audience, type_: object, description: str, *, default: object = strawberry.UNSET
) -> StrawberryArgument:
    """An argument of a field; its name is the key it stands under in `read(arguments=...)`."""
    return StrawberryArgument(
        python_name="",
        graphql_name=None,
        type_annotation=StrawberryAnnotation(type_),
        description=description,
        default=default,
        directives=directives_of(audience),
        metadata=metadata_of(audience),
    )


def read(  # the annotation beside the field is its type, so that what this returns is Any
    audience: Audience,
    description: str,
    *,
    arguments: Mapping[str, StrawberryArgument] | None = None,
    posted: bool = False,
) -> Any:  # noqa: ANN401
    """A field that the reader answers; the annotation of the class attribute gives its type.

    One of Query that is `posted` takes secrets: it is not answered to GET, whose addresses others keep.
    """
    metadata = {**metadata_of(audience), POSTED: True} if posted else metadata_of(audience)
    told = f"{description} By POST or WebSocket only." if posted else description
    field = StrawberryField(description=told, directives=directives_of(audience), metadata=metadata)
    field.arguments = named_arguments(arguments or {})
    return field


def named_arguments(arguments: Mapping[str, StrawberryArgument]) -> list[StrawberryArgument]:
    """The arguments of a field, each under its own name."""
    return [_named(name, value) for name, value in arguments.items()]


def _named(name: str, value: StrawberryArgument) -> StrawberryArgument:
    named = copy(value)
    named.python_name = name
    return named


def given(audience: Audience, description: str, *, name: str | None = None, default: object = strawberry.UNSET) -> Any:  # noqa: ANN401 - as above
    """A field of an input type; left out when nobody gives it. `name` is for words that Python keeps to itself."""
    return strawberry.field(
        name=name,
        description=description,
        default=default,
        directives=directives_of(audience),
        metadata=metadata_of(audience),
    )


#: The arguments of every connection (GraphQL Cursor Connections Specification, section 4).
PAGE = {
    "first": argument(
        EVERYBODY, int | None, "How many to return, counted from the start, 1 to 100; 20 if neither end is named."
    ),
    "after": argument(EVERYBODY, str | None, "Return what follows the item with this cursor."),
    "last": argument(EVERYBODY, int | None, "How many to return, counted from the end, 1 to 100."),
    "before": argument(EVERYBODY, str | None, "Return what precedes the item with this cursor."),
}
