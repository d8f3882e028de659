"""Every part of the schema says what it is, to somebody who reads GraphiQL and nothing else."""

import re
from collections.abc import Iterator
from enum import StrEnum

import graphql
import pytest
import strawberry
from graphql import GraphQLSchema

from schema.descriptions import describe_enum, described
from schema.schema import MastheadSchema

_Described = tuple[str, str | None]
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_FILLERS = frozenset({"the", "a", "an", "its", "of"})


def test_everything_in_the_schema_has_a_description() -> None:
    """A field without one would be a guess for whoever builds a client."""
    assert _undescribed(MastheadSchema()._schema) == []


def test_no_description_only_repeats_its_name() -> None:
    """`The title.` beside `title` passes the test above and helps nobody."""
    assert _repeating(MastheadSchema()._schema) == []


def test_each_kind_of_part_is_looked_at() -> None:
    """The twin of the first test: one bare part of every kind, and each of them is named."""
    bare = graphql.build_schema("""
        directive @mark on FIELD_DEFINITION
        scalar Moment
        enum Colour { RED }
        input Choice { colour: Colour = RED }
        interface Thing { id: ID! }
        type Page implements Thing { id: ID! at(choice: Choice): Moment }
        union Found = Page
        type Query { found: Found }
    """)

    assert _undescribed(bare) == [
        "@mark",
        "Choice",
        "Choice.colour",
        "Colour",
        "Colour.RED",
        "Found",
        "Moment",
        "Page",
        "Page.at",
        "Page.at(choice:)",
        "Page.id",
        "Query",
        "Query.found",
        "Thing",
        "Thing.id",
    ]


def test_a_name_said_again_is_found() -> None:
    """The twin of the second test."""
    schema = graphql.build_schema('''
        """What can be asked."""
        type Query {
          """The lead image of a page."""
          leadImage: String
          """The lead image."""
          theLeadImage: String
          """Lead image."""
          leadImageURL: String
          """Its cover URL"""
          coverURL: String
        }
    ''')

    assert _repeating(schema) == ["Query.coverURL", "Query.theLeadImage"]


def test_a_docstring_becomes_one_line_for_each_paragraph() -> None:
    """Line breaks of the source would show in GraphiQL."""

    @described
    @strawberry.type
    class Page:
        """What a reader sees.

        It is drawn
        from blocks.
        """

        title: str

    assert Page.__strawberry_definition__.description == "What a reader sees.\n\nIt is drawn from blocks."  # type: ignore[attr-defined]  # set by Strawberry


def test_a_type_without_a_docstring_is_refused() -> None:
    """Dataclasses write a docstring of their own, which must not reach clients."""
    with pytest.raises(TypeError, match=r"^Page needs a docstring: it is the description that clients read$"):

        @described
        @strawberry.type
        class Page:
            title: str


def test_an_enum_needs_a_line_for_each_value_and_no_other() -> None:
    """A value added in `cms/` must not reach clients without a word about it."""

    class Colour(StrEnum):
        RED = "RED"
        BLUE = "BLUE"

    with pytest.raises(TypeError, match=r"^Colour: descriptions differ from values in \['BLUE', 'GREEN'\]$"):
        describe_enum(Colour, "What it looks like.", RED="Like blood.", GREEN="Like grass.")


def _undescribed(schema: GraphQLSchema) -> list[str]:
    return sorted(name for name, description in _parts(schema) if not (description or "").strip())


def _repeating(schema: GraphQLSchema) -> list[str]:
    return sorted(name for name, description in _parts(schema) if description and _words(description) == _name(name))


def _name(coordinate: str) -> list[str]:
    return _words(re.split(r"[.(]", coordinate.strip(":)@"))[-1])


def _words(text: str) -> list[str]:
    return [word for word in (found.lower() for found in _WORD.findall(text)) if word not in _FILLERS]


def _parts(schema: GraphQLSchema) -> Iterator[_Described]:
    """Coordinates and descriptions. Arguments of directives are left out: Strawberry drops what is said of them."""
    for directive in schema.directives:
        yield f"@{directive.name}", directive.description
    for name, type_ in schema.type_map.items():
        if not name.startswith("__"):
            yield name, type_.description
            yield from _members(type_)


def _members(type_: graphql.GraphQLNamedType) -> Iterator[_Described]:
    if isinstance(type_, graphql.GraphQLEnumType):
        for name, value in type_.values.items():
            yield f"{type_.name}.{name}", value.description
    elif isinstance(type_, graphql.GraphQLInputObjectType):
        for name, given in type_.fields.items():
            yield f"{type_.name}.{name}", given.description
    elif isinstance(type_, graphql.GraphQLObjectType | graphql.GraphQLInterfaceType):
        for name, field in type_.fields.items():
            yield f"{type_.name}.{name}", field.description
            for argument, value_ in field.args.items():
                yield f"{type_.name}.{name}({argument}:)", value_.description
