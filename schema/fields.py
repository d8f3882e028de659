"""How a type of the API names what can be read: a description, who may ask, and arguments. No resolvers.

What a field answers is said once, by the entity of the same name; `schema.pairing` holds the two against each other
when the schema is built.
"""

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema_directive import Location
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from cms.kernel.viewer import Scope
from schema.descriptions import describe_enum

describe_enum(
    Scope,
    "What a caller may do beyond reading what is public. Roles and API tokens are made of these.",
    CONTENT_PREVIEW="Read drafts, revisions, schedules and the other things that only editors see.",
    CONTENT_WRITE="Create and change articles, authors, topics and media. No article becomes public by it.",
    CONTENT_PUBLISH="Decide what readers see: publish, schedule, unpublish and archive.",
    COMMENTS_MODERATE="See comments that wait or were turned down, with their writers' addresses, and decide on them.",
    PEOPLE_MANAGE="Manage the people who work here: their roles, their e-mail addresses and API tokens.",
    SITE_MANAGE="Change the site's settings, redirects and webhooks, and read the audit log.",
    PERSONAL_DATA="See what readers agreed to, and export or erase what is held about somebody.",
)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.ARGUMENT_DEFINITION, Location.INPUT_FIELD_DEFINITION],
    name="needs",
    description="The scope a caller must hold to use this. What needs nothing is public.",
)
class Needs:
    """Who may use a field, an argument or an input field."""

    scope: Scope


def _directives(needs: Scope | None) -> list[Needs]:
    return [] if needs is None else [Needs(scope=needs)]


def argument(type_: object, description: str, *, default: object = strawberry.UNSET) -> StrawberryArgument:
    """An argument of a field; its name is the key it stands under in `read(arguments=...)`."""
    return StrawberryArgument(
        python_name="",
        graphql_name=None,
        type_annotation=StrawberryAnnotation(type_),
        description=description,
        default=default,
    )


def read(  # the annotation beside the field is its type, so that what this returns is Any
    description: str, *, needs: Scope | None = None, arguments: Mapping[str, StrawberryArgument] | None = None
) -> Any:  # noqa: ANN401
    """A field that the reader answers; the annotation of the class attribute gives its type."""
    field = StrawberryField(description=description, directives=_directives(needs))
    field.arguments = [_named(name, value) for name, value in (arguments or {}).items()]
    return field


def _named(name: str, value: StrawberryArgument) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=value.type_annotation,
        description=value.description,
        default=value.default,
    )


def given(
    description: str, *, name: str | None = None, needs: Scope | None = None, default: object = strawberry.UNSET
) -> Any:  # noqa: ANN401 - as above
    """A field of an input type; left out when nobody gives it. `name` is for words that Python keeps to itself."""
    return strawberry.field(name=name, description=description, directives=_directives(needs), default=default)


#: The arguments of every connection (GraphQL Cursor Connections Specification, section 4).
PAGE = {
    "first": argument(int | None, "How many to return, counted from the start, 1 to 100; 20 if neither end is named."),
    "after": argument(str | None, "Return what follows the item with this cursor."),
    "last": argument(int | None, "How many to return, counted from the end, 1 to 100."),
    "before": argument(str | None, "Return what precedes the item with this cursor."),
}
