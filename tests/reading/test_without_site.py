"""A database on which nobody has founded a site yet."""

import pytest

from cms.app import open_reader
from cms.kernel.database import Database
from schema.schema import MastheadSchema


@pytest.mark.asyncio
@pytest.mark.parametrize("always_execute", [False, True], ids=["bytes", "executor"])
async def test_asking_for_the_site_says_what_to_do(database: Database, always_execute: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A null where the API promises a site, or a fault of ours with no way out."""
    async with open_reader(database, "") as reader:
        schema = MastheadSchema(reader, always_execute=always_execute)

        answer = await schema.execute("{ site { name } topics { nodes { name } } }")

    assert answer.data is None
    assert answer.errors is not None
    told = [(error.message, error.extensions) for error in answer.errors]
    hint = "The site has not been founded yet: fill the database first, with `cms seed` for example."
    assert told == [(hint, {"code": "BAD_USER_INPUT"})]


@pytest.mark.asyncio
async def test_what_needs_no_site_is_answered(database: Database) -> None:
    """A server that answers nothing at all until a site is there."""
    async with open_reader(database, "") as reader:
        answer = await MastheadSchema(reader).execute("{ articles { totalCount nodes { title } } viewer { scopes } }")

    assert answer.errors is None
    assert answer.data == {"articles": {"totalCount": 0, "nodes": []}, "viewer": {"scopes": []}}
