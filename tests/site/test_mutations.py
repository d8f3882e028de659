"""The site as administrators change it over GraphQL."""

import pytest

from cms.kernel.viewer import Scope, Viewer
from cms.site.models import Site
from tests.articles.world import every_row
from tests.schema.desk import Desk

pytestmark = pytest.mark.asyncio

#: A program that keeps the site, and reads no drafts.
KEEPER = Viewer(frozenset({Scope.SITE_MANAGE}), actor="token:keeper")
_RULES = "site { version commentPolicy { open closesAt maxDepth } } errors { code path }"


async def test_an_end_of_comments_can_be_called_off(desk: Desk) -> None:
    """Else comments that once were to close close for ever; what is left out must stay, and what cannot be empty."""
    ends = 'closesAt: "2031-05-01T00:00:00Z", closeAfterDays: 14'
    await desk.do(KEEPER, f"updateSite(input: {{commentPolicy: {{{ends}, maxDepth: 3}}}})", _RULES)

    off = await desk.do(KEEPER, "updateSite(input: {commentPolicy: {closesAt: null, open: null}})", _RULES)
    days = (await Site.get()).comments_close_after_days
    await desk.do(KEEPER, "updateSite(input: {commentPolicy: {closeAfterDays: null}})", _RULES)

    assert off["site"] == {"version": 3, "commentPolicy": {"open": True, "closesAt": None, "maxDepth": 3}}
    assert days == 14
    assert (await Site.get()).comments_close_after_days is None


async def test_the_version_that_a_change_names_can_be_read(desk: Desk) -> None:
    """Else `expectedVersion` can be given only by those who were refused once, and nobody gives it."""
    seen = (await desk.send(KEEPER, "{ site { version } }"))["data"]["site"]["version"]
    change = f'updateSite(input: {{expectedVersion: {seen}, name: "%s"}})'

    first = await desk.do(KEEPER, change % "The Lamp", "site { name version } errors { code }")
    before = await every_row(desk.database)
    second = await desk.do(KEEPER, change % "The Mole", "site { name } errors { code path }")

    assert first == {"site": {"name": "The Lamp", "version": seen + 1}, "errors": []}
    assert second == {"site": None, "errors": [{"code": "VERSION_CONFLICT", "path": ["expectedVersion"]}]}
    assert await every_row(desk.database) == before


async def test_whoever_revises_a_policy_sees_it_before_it_is_in_force(desk: Desk) -> None:
    """Else a write that worked answers neither an error nor what came of it; readers are to know nothing of it."""
    revise = (
        'revisePolicy(input: {kind: PRIVACY, title: "Privacy", body: {markdown: "All."}, acceptanceText: "Yes.", '
        'effectiveFrom: "2031-05-01T00:00:00Z"})'
    )

    payload = await desk.do(KEEPER, revise, "policy { id title } errors { code }")

    policy = payload["policy"]
    assert policy["title"] == "Privacy"
    for viewer, found in ((KEEPER, {"id": policy["id"]}), (desk.people["anonymous"], None)):
        answer = await desk.send(viewer, f'{{ node(id: "{policy["id"]}") {{ id }} }}')
        assert answer["data"]["node"] == found
