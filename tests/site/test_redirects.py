"""Redirects: nobody is sent in circles, or twice, or away from what they came for."""

import asyncio
from typing import Any

import pytest

from cms.authors.actions import AuthorChange, update_author
from cms.kernel.database import Database
from cms.kernel.effects import noting
from cms.kernel.errors import AlreadyExists, DomainError, InvalidInput, NotAllowed, NotFound, StateConflict
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.models import Event, Tombstone
from cms.kernel.viewer import SYSTEM
from cms.site.models import Redirect
from cms.site.redirects import RedirectDraft, create_redirect, delete_redirect
from tests.articles.world import (
    EDITOR,
    NOON,
    a_public_article,
    a_topic,
    an_article,
    an_author,
    every_row,
    found,
    told,
)

pytestmark = pytest.mark.asyncio


async def lead(database: Database, from_path: str, to: str, **given: Any) -> Redirect:  # noqa: ANN401 - the draft's fields
    """A redirect that was made by hand."""
    return await create_redirect(database, SYSTEM, RedirectDraft(from_path=from_path, to=to, **given))


async def leads() -> dict[str, str]:
    """Every redirect: from where to where."""
    return {row.from_path: row.target for row in await Redirect.all()}


async def changed() -> list[dict[str, Any]]:
    """What events told of redirects, in order."""
    events = await Event.filter(type="REDIRECT_CHANGED").order_by("seq")
    return [change for event in events for change in event.payload["changed"]]


async def test_a_redirect_is_stored_as_given(database: Database) -> None:
    """One that is for now and is answered as if for good stays in browsers for ever."""
    await found(database)

    with noting() as effects:
        made = await create_redirect(
            database, SYSTEM, RedirectDraft(from_path="/old", to="/new?x=1#top", permanent=False), at=NOON
        )

    stored = await Redirect.get()
    assert (stored.from_path, stored.target, stored.locale) == ("/old", "/new?x=1#top", "")
    assert (stored.permanent, stored.automatic, stored.created_at) == (False, False, NOON)
    assert effects.redirects == [made.id]
    event = await Event.get(type="REDIRECT_CHANGED")
    assert (event.node_type, event.node_id, event.actor) == ("red", made.id, "system")
    assert await changed() == [
        {"field": "from", "before": None, "after": "/old"},
        {"field": "to", "before": None, "after": "/new?x=1#top"},
    ]


async def test_nobody_is_sent_twice(database: Database) -> None:
    """A chain costs a reader a round trip a link, and search engines give up after a few."""
    await found(database)

    await lead(database, "/b", "/c")
    await lead(database, "/a", "/b?x=1")
    await lead(database, "/c", "https://elsewhere.example.org/")
    await lead(database, "/z", "/a#part")

    assert await leads() == dict.fromkeys(["/a", "/b", "/c", "/z"], "https://elsewhere.example.org/")


async def test_what_led_on_with_more_behind_its_path_is_led_on_too(database: Database) -> None:
    """And a path that only begins like it is not."""
    await found(database)
    for number, to in enumerate(["/b?x=1", "/b#y", "/b", "/b_c", "/bx?y", "/%?x"]):
        await lead(database, f"/{number}", to)

    await lead(database, "/b", "/end")
    await lead(database, "/_c", "/other")
    await lead(database, "/%", "/last")

    expected = ["/end", "/end", "/end", "/b_c", "/bx?y", "/last"]
    assert [(await leads())[f"/{number}"] for number in range(6)] == expected


async def test_no_redirect_leads_to_itself(database: Database) -> None:
    """By whatever way: a browser goes around until it gives up."""
    await found(database)
    await lead(database, "/a", "/b")
    await lead(database, "/x", "/a")
    before = await every_row(database)

    for from_path, to in [
        ("/c", "/c"),
        ("/c", "/c?page=2"),
        ("/b", "/a"),
        ("/b", "/x"),
        ("/b", "https://harbour.example.org/a"),
        ("/b", "https://harbour.example.org/b#top"),
    ]:
        with pytest.raises(InvalidInput) as refused:
            await lead(database, from_path, to)
        assert refused.value.path == ("to",)

    assert await every_row(database) == before


async def test_two_that_are_right_alone_make_no_circle_together(database: Database) -> None:
    """Each looks before the other has written."""
    await found(database)

    async def one(from_path: str, to: str) -> str:
        try:
            await lead(database, from_path, to)
        except InvalidInput:
            return "refused"
        return "made"

    for number in range(10):
        a, b = f"/a{number}", f"/b{number}"
        assert sorted(await asyncio.gather(one(a, b), one(b, a))) == ["made", "refused"]


async def test_an_address_of_the_site_is_a_path(database: Database) -> None:
    """Else the site could not move to another host."""
    await found(database)

    await lead(database, "/a", "https://harbour.example.org/b")
    await lead(database, "/c", "https://harbour.example.org")
    await lead(database, "/d", "https://harbour.example.org.evil.example/")

    assert await leads() == {"/a": "/b", "/c": "/", "/d": "https://harbour.example.org.evil.example/"}


async def test_what_readers_find_is_not_led_away_from(database: Database) -> None:
    """A redirect from where content stands would never be seen, or hide the content."""
    await found(database)
    await an_author(database, "Wren Ashdown")
    await a_topic(database, "Boats")
    await a_public_article(database, "The ferry")
    await an_article(database, "A draft")
    before = await every_row(database)

    for path in ("/authors/wren-ashdown", "/topics/boats", "/articles/the-ferry"):
        with pytest.raises(StateConflict) as refused:
            await lead(database, path, "/new")
        assert refused.value.path == ("from",)
    assert await every_row(database) == before

    await lead(database, "/articles/a-draft", "/new")
    await lead(database, "/authors/boats", "/topics/boats")
    assert await leads() == {"/articles/a-draft": "/new", "/authors/boats": "/topics/boats"}


async def test_a_redirect_that_was_made_by_hand_follows_what_moves(database: Database) -> None:
    """It named a path: once its content has gone from there, the reader would be sent on, and on again."""
    await found(database)
    author = await an_author(database, "Wren")
    await lead(database, "/wren", "/authors/wren")

    await update_author(database, EDITOR, AuthorChange(author_id=author, expected_version=1, slug="ashdown"))

    named = str(GlobalId(NodeType.AUTHOR, author))
    assert await leads() == {"/wren": named, "/authors/wren": named}
    assert {"field": "to", "before": "/authors/wren", "after": named} in await changed()


async def test_a_deleted_redirect_leaves_word(database: Database) -> None:
    """A client that keeps copies learns of it no other way."""
    await found(database)
    redirect = await lead(database, "/a", "/b")

    await delete_redirect(database, SYSTEM, redirect.id)

    assert await leads() == {}
    assert await Tombstone.all().values_list("node_id", "type", "path") == [(redirect.id, "red", None)]
    assert (await told())["REDIRECT_CHANGED"] == 2
    assert (await changed())[2:] == [
        {"field": "from", "before": "/a", "after": None},
        {"field": "to", "before": "/b", "after": None},
    ]


_REFUSED: list[tuple[str, str, type[DomainError], str]] = [
    *((path, "/to", InvalidInput, "from") for path in ("old", "//host/x", "/a b", "/a?x=1", "/a#x", "/a\\b", '/"')),
    *((path, "/to", DomainError, "from") for path in ("", " ", "/" + "x" * 1024, "/\x00", "https://a.example.org/")),
    *(("/from", to, InvalidInput, "to") for to in ("new", "//host/x", "javascript:alert(1)", "/a b", "ftp://a/b")),
    *(("/from", to, DomainError, "to") for to in ("", "/" + "x" * 2048, "https://")),
    ("/taken", "/to", AlreadyExists, "from"),
]


async def test_refusals_change_nothing(database: Database) -> None:
    """Half of a refused write is worse than the whole of it."""
    await found(database)
    await lead(database, "/taken", "/there")
    before = await every_row(database)

    for from_path, to, error, path in _REFUSED:
        with pytest.raises(error) as refused:
            await lead(database, from_path, to)
        assert refused.value.path == (path,)
    with pytest.raises(NotAllowed):
        await create_redirect(database, EDITOR, RedirectDraft(from_path="/a", to="/b"))
    with pytest.raises(NotAllowed):
        await delete_redirect(database, EDITOR, (await Redirect.get()).id)
    with pytest.raises(NotFound):
        await delete_redirect(database, SYSTEM, new_id())

    assert await every_row(database) == before
