"""Policies: versions that are chained and never edited."""

import asyncio

import pytest

from cms.disclaimers.chains import broken_links
from cms.disclaimers.models import PolicyKind, PolicyVersion
from cms.disclaimers.policies import PolicyRevision, revise_policy
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import DomainError, InvalidInput, NotAllowed, Required
from cms.kernel.viewer import SYSTEM
from cms.media.texts import RichTextInput
from tests.articles.world import DAY, EDITOR, NOON, every_row, told


def the_terms(text: str = "Be kind.", **given: object) -> PolicyRevision:
    """Terms for readers."""
    body = RichTextInput(markdown=text)
    facts = {"kind": PolicyKind.TERMS, "title": "Terms", "acceptance_text": "I agree."} | given
    return PolicyRevision(body=body, **facts)  # type: ignore[arg-type]  # the revision's own fields, passed on


@pytest.mark.asyncio
async def test_versions_count_up_by_kind_and_are_chained(database: Database) -> None:
    """A reader's consent names a digest; nobody may change what stands behind it."""
    with clock.at(NOON):
        first = await revise_policy(database, SYSTEM, the_terms(effective_from=NOON - DAY))
        second = await revise_policy(database, SYSTEM, the_terms("Be kinder."))
        privacy = await revise_policy(database, SYSTEM, the_terms(kind=PolicyKind.PRIVACY))

    assert (first.number, second.number, privacy.number) == (1, 2, 1)
    assert (first.effective_from, second.effective_from) == (NOON - DAY, NOON)
    versions = await PolicyVersion.filter(kind=PolicyKind.TERMS)
    assert broken_links(versions) == []
    assert len({first.digest, second.digest, privacy.digest}) == 3
    versions[0].acceptance_text = "I agree to everything."
    assert broken_links(versions) == [1]
    assert await told() == {"POLICY_REVISED": 3}


@pytest.mark.asyncio
async def test_ten_at_once_make_one_chain(database: Database) -> None:
    """Two second versions: a consent could mean either."""
    await asyncio.gather(*(revise_policy(database, SYSTEM, the_terms(f"Rule {number}.")) for number in range(10)))

    versions = await PolicyVersion.all().order_by("number")
    assert [version.number for version in versions] == list(range(1, 11))
    assert broken_links(versions) == []


@pytest.mark.asyncio
async def test_refusals_change_nothing(database: Database) -> None:
    """A version that never takes effect, or says nothing, is no policy."""
    await revise_policy(database, SYSTEM, the_terms())
    before = await every_row(database)

    refused: list[tuple[PolicyRevision, type[DomainError]]] = [
        (the_terms(effective_from=NOON), InvalidInput),
        (the_terms(" "), Required),
        (the_terms(acceptance_text=""), Required),
        (the_terms(title=""), Required),
    ]
    for revision, error in refused:
        with pytest.raises(error):
            await revise_policy(database, SYSTEM, revision)
    with pytest.raises(NotAllowed):
        await revise_policy(database, EDITOR, the_terms())

    assert await every_row(database) == before
