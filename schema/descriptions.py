"""Where the words of the schema come from: a type's docstring, and a line for each value of an enum.

A docstring is written once and read twice, in the source and in GraphiQL. Fields, arguments and input fields name
theirs in `read`, `argument` and `given`, and so their audience; what a list can be sorted by has its own here.
"""

import inspect
from enum import EnumMeta
from typing import TypeVar

import strawberry

from schema.fields import Audience, directives_of, metadata_of

_Type = TypeVar("_Type", bound=type)


def described(type_: _Type) -> _Type:
    """Give a Strawberry type its docstring as description; stands above `@strawberry.type` and its sisters.

    Raises:
        TypeError: the class says nothing about itself.
    """
    text = type_.__dict__.get("__doc__")
    if not text or text.startswith(f"{type_.__name__}("):  # a dataclass without a docstring gets its signature as one
        raise TypeError(f"{type_.__name__} needs a docstring: it is the description that clients read")
    type_.__strawberry_definition__.description = _unwrapped(text)  # type: ignore[attr-defined]  # set by Strawberry
    return type_


def _unwrapped(text: str) -> str:
    """`text` with the line breaks of the source taken out; an empty line still parts two paragraphs."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n"))


def describe_enum(enum: EnumMeta, description: str, **values: str) -> None:
    """Make `enum` an enum of the schema, where every value has a line of its own.

    The class stays what it was for everybody else; features never learn of GraphQL.

    Raises:
        TypeError: a value has no line, or a line has no value.
    """
    names = set(enum.__members__)
    if names != set(values):
        raise TypeError(f"{enum.__name__}: descriptions differ from values in {sorted(names ^ set(values))}")
    strawberry.enum(enum, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]  # set by the line above
        value.description = values[value.name]


def describe_orders(enum: EnumMeta, description: str, **orders: tuple[Audience, str]) -> None:
    """Make `enum` the enum of what a list can be sorted by, where every value has its audience beside its line.

    Raises:
        TypeError: a value has none of its own, or something is said of no value.
    """
    describe_enum(enum, description, **{name: text for name, (_, text) in orders.items()})
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]  # set by the line above
        audience, _ = orders[value.name]
        value.directives = directives_of(audience)
        # Strawberry keeps metadata of fields and arguments, not of values.
        value.metadata = metadata_of(audience)
