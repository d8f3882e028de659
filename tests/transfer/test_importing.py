"""Reports of imports, for people and for programs, and the one transaction around each."""

import orjson
import pytest

from cms.authors.actions import AuthorDraft, create_author
from cms.authors.models import Author
from cms.kernel.database import Database
from cms.kernel.errors import NotAllowed
from cms.kernel.viewer import ANONYMOUS, SYSTEM
from cms.transfer.importing import Count, Report, Tally, one_import


def a_tally() -> Tally:
    """A tally with something of everything."""
    tally = Tally()
    tally.created("articles")
    tally.unchanged("articles", 2)
    tally.created("comments", 0)
    tally.refused("comments", "The comment by Bo is empty.")
    tally.note("The page prints no date.")
    tally.not_understood(["Related:\nTen ovens"])
    return tally


def test_a_report_for_people() -> None:
    """Counts come first, then what went wrong; a text of two lines stays one item."""
    assert a_tally().report().to_text() == (
        "articles: 1 created, 2 unchanged\n"
        "comments: 1 refused\n"
        "Refused:\n  - The comment by Bo is empty.\n"
        "Notes:\n  - The page prints no date.\n"
        "Not understood:\n  - Related:\n    Ten ovens"
    )
    assert Tally().report().to_text() == "There was nothing to import."


def test_a_report_for_programs() -> None:
    """Scripts read it; its names are a promise."""
    assert orjson.loads(orjson.dumps(a_tally().report().to_record())) == {
        "failed": True,
        "counts": {
            "articles": {"created": 1, "unchanged": 2, "refused": 0, "skipped": 0},
            "comments": {"created": 0, "unchanged": 0, "refused": 1, "skipped": 0},
        },
        "notes": ["The page prints no date."],
        "notUnderstood": ["Related:\nTen ovens"],
        "refusals": ["The comment by Bo is empty."],
    }


def test_only_what_was_refused_fails() -> None:
    """A note is no failure, and a kind of which nothing was counted is no kind."""
    tally = Tally()
    tally.note("Look at this.")
    tally.created("comments", 0)

    assert tally.report() == Report(counts={}, notes=("Look at this.",))
    assert not tally.report().failed
    tally.refused("articles", "No title.")
    assert tally.report().failed
    assert tally.report().counts == {"articles": Count(refused=1)}


@pytest.mark.parametrize(("dry_run", "left"), [(True, 0), (False, 1)])
@pytest.mark.asyncio
async def test_a_rehearsal_is_rolled_back(database: Database, dry_run: bool, left: int) -> None:  # noqa: FBT001 - a parameter of the test
    """A rehearsal goes through every action, and none of it may stay."""
    async with one_import(database, dry_run=dry_run):
        await create_author(database, SYSTEM, AuthorDraft(name="Wren Ashdown"))

    assert await Author.all().count() == left


@pytest.mark.asyncio
async def test_what_raises_is_rolled_back_and_seen(database: Database) -> None:
    """A failure that was swallowed would look like a success."""
    with pytest.raises(NotAllowed):
        await _write_then_ask_too_much(database)

    assert await Author.all().count() == 0


async def _write_then_ask_too_much(database: Database) -> None:
    async with one_import(database, dry_run=False):
        await create_author(database, SYSTEM, AuthorDraft(name="Wren Ashdown"))
        await create_author(database, ANONYMOUS, AuthorDraft(name="Nobody"))
