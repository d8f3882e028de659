"""The committed schema is the one that is served, so that a change of the API cannot pass without being read."""

from pathlib import Path

import graphql

import schema
from schema.schema import MastheadSchema, export

#: Items that are called otherwise than their lists.
_ITEMS = {"Audit": "AuditEntry"}
_COMMITTED = Path(schema.__file__).with_name("schema.graphql")


def test_the_committed_schema_is_the_exported_one() -> None:
    """Write it again with `cms schema --out schema/schema.graphql`, and read the difference as a client would."""
    assert _COMMITTED.read_text(encoding="utf-8") == export()


def test_the_schema_keeps_the_rules_of_graphql() -> None:
    """Interfaces are implemented in full, names are legal, defaults have the right type (GraphQL, section 3.3)."""
    assert graphql.validate_schema(MastheadSchema()._schema) == []


def test_every_list_that_grows_is_paged_and_named_alike() -> None:
    """A client writes its paging once."""
    types = MastheadSchema()._schema.type_map
    connections = {name: type_ for name, type_ in types.items() if name.endswith("Connection")}

    assert {"ArticleConnection", "ArticleRevisionConnection", "CommentConnection"} <= connections.keys()
    for name, type_ in connections.items():
        stem = name.removesuffix("Connection")
        assert isinstance(type_, graphql.GraphQLObjectType)
        assert {field: str(value.type) for field, value in type_.fields.items()} == {
            "edges": f"[{stem}Edge!]!",
            "nodes": f"[{_ITEMS.get(stem, stem)}!]!",
            "pageInfo": "PageInfo!",
            "totalCount": "Int!",
        }


def test_every_connection_takes_the_four_arguments_of_a_page() -> None:
    """One that forgot `before` would be found by the first client that pages backwards."""
    paged = {
        f"{name}.{field}": list(value.args)
        for name, type_ in MastheadSchema()._schema.type_map.items()
        if isinstance(type_, graphql.GraphQLObjectType)
        for field, value in type_.fields.items()
        if str(value.type).endswith("Connection!")
    }

    assert {"Query.articles", "Media.usedBy", "Comment.replies"} <= paged.keys()
    assert [name for name, names in paged.items() if names[:4] != ["first", "after", "last", "before"]] == []
