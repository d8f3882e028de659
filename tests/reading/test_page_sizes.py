"""Page sizes that are not acceptable, wherever they stand."""

import pytest

from cms.app import open_reader
from cms.disclaimers.models import PolicyKind
from cms.disclaimers.policies import PolicyRevision, revise_policy
from cms.kernel.database import Database
from cms.kernel.viewer import SYSTEM
from cms.media.texts import RichTextInput
from cms.site.actions import SiteDraft, found_site
from schema.schema import MastheadSchema

_SITE = SiteDraft(name="S", url="https://s.example.org", copyright_holder="H", default_locale="en", locales=("en",))


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [0, -1, 101])
@pytest.mark.parametrize("wanted", ["totalCount", "nodes { id }", "pageInfo { hasNextPage }"])
async def test_a_page_holds_1_to_100_items(database: Database, size: int, wanted: str) -> None:
    """A size that is refused with the items and let pass without them."""
    async with open_reader(database, "") as reader:
        answer = await MastheadSchema(reader).execute(f"{{ articles(first: {size}) {{ {wanted} }} }}")

    assert answer.errors is not None
    assert [error.message for error in answer.errors] == ["A page holds 1 to 100 items."]


@pytest.mark.asyncio
@pytest.mark.parametrize("length", [0, -5])
async def test_an_excerpt_has_a_length(database: Database, length: int) -> None:
    """A fault of ours in place of a word about the caller's mistake."""
    await found_site(database, SYSTEM, _SITE)
    cookies = PolicyRevision(
        kind=PolicyKind.COOKIES, title="C", body=RichTextInput(markdown="Crumbs."), acceptance_text="Yes"
    )
    await revise_policy(database, SYSTEM, cookies)
    async with open_reader(database, "") as reader:
        query = f"{{ site {{ policy(kind: COOKIES) {{ body {{ text(maxLength: {length}) }} }} }} }}"

        answer = await MastheadSchema(reader).execute(query)

    assert answer.errors is not None
    assert [error.message for error in answer.errors] == ["maxLength is 1 or more."]
