"""The site: one, with addresses that lead somewhere."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cms.kernel.comment_policy import CommentField, CommentModeration
from cms.kernel.database import Database
from cms.kernel.errors import AlreadyExists, DomainError, InvalidInput, NotAllowed, NotFound, VersionConflict
from cms.kernel.models import Event
from cms.kernel.viewer import SYSTEM
from cms.site.actions import (
    CommentPolicy,
    CommentPolicyChange,
    SiteChange,
    SiteDraft,
    checked_path,
    found_site,
    update_site,
)
from cms.site.models import Site
from tests.articles.world import EDITOR, every_row, told

HARBOUR = SiteDraft(
    name="The Harbour Light",
    url="https://harbour.example.org/",
    copyright_holder="Harbour Press",
    default_locale="EN",
    locales=("en", "de-ch"),
    time_zone="Europe/London",
    article_path="/{locale}/{slug}",
)


@pytest.mark.asyncio
async def test_a_site_is_founded_once(database: Database) -> None:
    """Two sites in one database: which one do readers see?"""

    async def found() -> str:
        try:
            await found_site(database, SYSTEM, HARBOUR)
        except AlreadyExists:
            return "refused"
        return "founded"

    assert sorted(await asyncio.gather(*(found() for _ in range(3)))) == ["founded", "refused", "refused"]
    site = await Site.get()
    assert (site.url, site.default_locale, site.locales) == ("https://harbour.example.org", "en", ["en", "de-CH"])
    assert (site.article_path, site.author_path) == ("/{locale}/{slug}", "/authors/{slug}")
    assert (site.comments_open, site.comments_max_depth, site.comments_required_fields) == (True, 4, ["NAME"])
    assert await told() == {"SITE_CHANGED": 1}


@pytest.mark.asyncio
async def test_a_change_changes_what_it_names(database: Database) -> None:
    """A change of the name must not reset the house rules."""
    await found_site(database, SYSTEM, HARBOUR)
    policy = CommentPolicy(
        open=False, moderation=CommentModeration.BEFORE_PUBLICATION, required_fields=(CommentField.EMAIL,)
    )
    await update_site(database, SYSTEM, SiteChange(comment_policy=policy))

    site = await update_site(database, SYSTEM, SiteChange(expected_version=2, name="The Beacon"))
    same = await update_site(database, SYSTEM, SiteChange(name="The Beacon"))

    stored = await Site.get()
    assert (site.version, same.version, stored.name) == (3, 3, "The Beacon")
    assert (stored.comments_open, stored.comments_moderation) == (False, CommentModeration.BEFORE_PUBLICATION)
    with pytest.raises(VersionConflict):
        await update_site(database, SYSTEM, SiteChange(expected_version=2, name="Late"))


async def last_told() -> dict[str, Any]:
    """What the last event says."""
    event = await Event.all().order_by("-seq").first()
    assert event is not None
    payload: dict[str, Any] = event.payload
    return payload


@pytest.mark.asyncio
async def test_a_house_rule_changes_and_the_others_stay(database: Database) -> None:
    """Who closes comments for the night must not reset how long they may be."""
    night = datetime(2024, 3, 4, 22, tzinfo=UTC)
    policy = CommentPolicy(max_length=300, close_after_days=30, required_fields=(CommentField.EMAIL,))
    await found_site(database, SYSTEM, replace(HARBOUR, comment_policy=policy))

    change = CommentPolicyChange(open=False, closes_at=night, close_after_days=None)
    await update_site(database, SYSTEM, SiteChange(comment_policy=change))

    site = await Site.get()
    assert (site.comments_open, site.comments_close_at, site.comments_close_after_days) == (False, night, None)
    assert (site.comments_max_length, site.comments_required_fields, site.comments_max_depth) == (300, ["EMAIL"], 4)
    before = {
        "open": True,
        "closesAt": None,
        "closeAfterDays": 30,
        "moderation": "FIRST_COMMENT_ONLY",
        "maxDepth": 4,
        "maxLength": 300,
        "requiredFields": ["EMAIL"],
    }
    after = {**before, "open": False, "closesAt": "2024-03-04T22:00:00.000000Z", "closeAfterDays": None}
    assert await last_told() == {
        "version": 2,
        "changed": [{"field": "commentPolicy", "before": before, "after": after}],
    }
    with pytest.raises(InvalidInput) as refused:
        await update_site(database, SYSTEM, SiteChange(comment_policy=CommentPolicyChange(max_depth=17)))
    assert refused.value.path == ("commentPolicy", "maxDepth")
    flat = await update_site(database, SYSTEM, SiteChange(comment_policy=CommentPolicyChange(max_depth=0)))
    assert flat.comments_max_depth == 0


@pytest.mark.asyncio
async def test_the_log_tells_what_changed(database: Database) -> None:
    """A stale writer is shown the others' changes from it."""
    await found_site(database, SYSTEM, HARBOUR)

    await update_site(database, SYSTEM, SiteChange(name="The Beacon", article_path="/{slug}", description="Light."))

    changed = [
        {"field": "name", "before": "The Harbour Light", "after": "The Beacon"},
        {"field": "description", "before": None, "after": "Light."},
        {"field": "articlePath", "before": "/{locale}/{slug}", "after": "/{slug}"},
    ]
    assert await last_told() == {"version": 2, "changed": changed}
    with pytest.raises(VersionConflict) as stale:
        await update_site(database, SYSTEM, SiteChange(expected_version=1, name="Late"))
    assert list(stale.value.theirs) == changed


@pytest.mark.parametrize("path", ["/{slug}", "/articles/{slug}", "/{locale}/a/{slug}", "/{slug}/read", "/ä/{slug}"])
def test_a_path_holds_the_slug_as_a_segment(path: str) -> None:
    """Every template here tells one slug apart from another."""
    assert checked_path(path, ("articlePath",)) == path


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "{slug}", "/articles", "/a-{slug}", "/{slug}.html", "/{slug}/{slug}", "/{year}/{slug}", "//{slug}"),
        *("/{slug}/", "/{locale}/{locale}/{slug}", "/a?b={slug}", "/{slug}#x", "/a b/{slug}", "/%2f/{slug}"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    """An address from which the slug cannot be read again."""
    with pytest.raises(DomainError):
        checked_path(path, ("articlePath",))


@pytest.mark.asyncio
async def test_refusals_change_nothing(database: Database) -> None:
    """A site without its default language, or in no time zone."""
    with pytest.raises(NotFound):
        await update_site(database, SYSTEM, SiteChange(name="Nobody's"))
    for draft in (
        replace(HARBOUR, default_locale="fr"),
        replace(HARBOUR, locales=()),
        replace(HARBOUR, time_zone="Europe/Atlantis"),
        replace(HARBOUR, url="harbour.example.org"),
        replace(HARBOUR, preview_url="https://example.org/{path}"),
        replace(HARBOUR, comment_policy=CommentPolicy(max_depth=-1)),
    ):
        with pytest.raises(InvalidInput):
            await found_site(database, SYSTEM, draft)
    with pytest.raises(NotAllowed):
        await found_site(database, EDITOR, HARBOUR)
    assert await Site.all().count() == 0
    await found_site(database, SYSTEM, HARBOUR)
    before = await every_row(database)

    with pytest.raises(InvalidInput):
        await update_site(database, SYSTEM, SiteChange(locales=("de",)))
    with pytest.raises(NotAllowed):
        await update_site(database, EDITOR, SiteChange(name="Mine"))

    assert await every_row(database) == before
