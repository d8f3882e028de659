"""Tokens: made and shown once, listed, revoked."""

import asyncio
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from cms.accounts.errors import ExpiryPassed, NoScope, NoSuchToken, UnknownScope
from cms.accounts.models import ApiToken, Role, User
from cms.accounts.tokens import create_token, hash_of, list_tokens, revoke_token
from cms.kernel import clock, secrecy
from cms.kernel.database import Database
from cms.kernel.errors import DomainError, ErrorCode, InvalidInput, NotAllowed, Required, TooLong
from cms.kernel.ids import new_id
from cms.kernel.models import Event
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from tests.articles.world import DAY, EDITOR, NOON, WRITER, every_row, told

pytestmark = pytest.mark.asyncio

PREVIEW = [Scope.CONTENT_PREVIEW]
MODERATOR = Viewer(frozenset({Scope.COMMENTS_MODERATE}), actor="user:moderator")
PROGRAM = Viewer(frozenset(Scope) - {Scope.PEOPLE_MANAGE}, actor=f"token:{new_id()}")


# Making one


async def test_a_token_is_stored_as_asked_for(database: Database) -> None:
    """A program would hold scopes that nobody gave it, or hold them for longer."""
    scopes = ["SITE_MANAGE", Scope.COMMENTS_MODERATE, "SITE_MANAGE"]
    in_kolkata = datetime(2024, 3, 4, 17, 31, tzinfo=timezone(timedelta(hours=5, minutes=30)))

    with clock.at(NOON):
        made, _ = await create_token(database, SYSTEM, " The  importer ", scopes, in_kolkata)

    stored = await ApiToken.get()
    assert stored.id == made.id
    assert (stored.name, stored.scopes) == ("The importer", ["COMMENTS_MODERATE", "SITE_MANAGE"])
    assert (stored.created_at, stored.expires_at) == (NOON, NOON + timedelta(minutes=1))
    assert (stored.created_by_id, stored.last_used_at, stored.revoked_at) == (None, None, None)


async def test_of_the_secret_only_the_hash_is_kept(database: Database) -> None:
    """Whoever reads a backup could use every token."""
    made, secret = await create_token(database, SYSTEM, "Importer", PREVIEW)

    assert re.fullmatch(r"cms_[A-Za-z0-9_-]{43}", secret)
    assert (await ApiToken.get()).secret_hash == made.secret_hash == hash_of(secret)
    assert secret.removeprefix("cms_") not in repr(await every_row(database))


async def test_secrets_differ(database: Database) -> None:
    """Two programs could not be told apart."""
    secrets = {(await create_token(database, SYSTEM, "Importer", PREVIEW))[1] for _ in range(10)}

    assert len(secrets) == 10


async def test_the_hash_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """With another secret key of the process, or a release that hashes differently, all tokens would be void."""
    monkeypatch.setattr(secrecy._holder, "key", None)

    expected = "sha256:6aa6b464843a55c7ef59a8173dab9c92aa30bfd00f6586fcba50a6240f04aed4"
    assert hash_of("cms_" + "A" * 43) == expected


async def test_an_event_tells_who_gave_what(database: Database) -> None:
    """Nobody could say later how a program came by its scopes; or the log would hold what it must not."""
    made, secret = await create_token(database, SYSTEM, "Importer", [Scope.SITE_MANAGE, Scope.COMMENTS_MODERATE])

    event = await Event.get()
    assert (event.type, event.actor) == ("API_TOKEN_CREATED", "system")
    assert (event.node_type, event.node_id, event.article_id) == ("tok", made.id, None)
    assert event.payload == {"scopes": ["COMMENTS_MODERATE", "SITE_MANAGE"]}
    assert secret not in repr(event.payload)


async def test_a_token_says_who_made_it(database: Database) -> None:
    """When somebody leaves, their programs could not be found."""
    user = await User.create(
        name="Ada", name_key="ada", email="a@example.org", email_key="a@example.org", role=Role.ADMIN
    )
    admin = Viewer(frozenset(Scope), user.id, f"user:{user.id}")

    await create_token(database, admin, "Importer", PREVIEW)

    assert (await ApiToken.get()).created_by_id == user.id
    assert (await Event.get()).actor == f"user:{user.id}"


@pytest.mark.parametrize("name", ["x", "x" * 200, "Übersetzer 翻訳"])
async def test_names_of_1_to_200_characters_are_taken(database: Database, name: str) -> None:
    """The limit would be another than the one that is told."""
    made, _ = await create_token(database, SYSTEM, name, PREVIEW)

    assert (await ApiToken.get(id=made.id)).name == name


async def test_refusals_change_nothing(database: Database) -> None:
    """A token that nobody asked for like that would be valid, and its secret lost."""
    await create_token(database, SYSTEM, "Importer", PREVIEW)
    before = await every_row(database)

    refused: list[tuple[str, list[str], datetime | None, type[DomainError], ErrorCode, tuple[str, ...]]] = [
        ("", [*PREVIEW], None, Required, ErrorCode.REQUIRED, ("name",)),
        (" \n ", [*PREVIEW], None, Required, ErrorCode.REQUIRED, ("name",)),
        ("x" * 201, [*PREVIEW], None, TooLong, ErrorCode.TOO_LONG, ("name",)),
        ("a\0b", [*PREVIEW], None, InvalidInput, ErrorCode.INVALID, ("name",)),
        ("Importer", [], None, NoScope, ErrorCode.REQUIRED, ("scopes",)),
        ("Importer", ["CONTENT_WRITE", "EVERYTHING"], None, UnknownScope, ErrorCode.INVALID, ("scopes",)),
        ("Importer", ["content_write"], None, UnknownScope, ErrorCode.INVALID, ("scopes",)),
        ("Importer", [*PREVIEW], NOON, ExpiryPassed, ErrorCode.INVALID, ("expiresAt",)),
        ("Importer", [*PREVIEW], NOON - DAY, ExpiryPassed, ErrorCode.INVALID, ("expiresAt",)),
        ("Importer", [*PREVIEW], datetime(2030, 1, 1), InvalidInput, ErrorCode.INVALID, ("expiresAt",)),  # noqa: DTZ001 - what is refused
    ]
    for name, scopes, expires_at, error, code, path in refused:
        with clock.at(NOON), pytest.raises(error) as refusal:
            await create_token(database, SYSTEM, name, scopes, expires_at)
        assert (refusal.value.code, refusal.value.path) == (code, path)

    assert await every_row(database) == before


async def test_a_refusal_names_the_scopes_there_are(database: Database) -> None:
    """One would have to guess, and what was typed could be echoed into a log."""
    with pytest.raises(UnknownScope) as refusal:
        await create_token(database, SYSTEM, "Importer", ["EVERYTHING"])

    assert str(refusal.value) == f"The scopes are {', '.join(Scope)}."


@pytest.mark.parametrize("viewer", [ANONYMOUS, PROGRAM, WRITER, EDITOR, MODERATOR], ids=lambda one: one.actor[:6])
async def test_only_who_manages_people_has_to_do_with_tokens(database: Database, viewer: Viewer) -> None:
    """A program could make itself another one with more scopes, or end its rivals."""
    made, _ = await create_token(database, SYSTEM, "Importer", PREVIEW)
    before = await every_row(database)

    with pytest.raises(NotAllowed, match="PEOPLE_MANAGE"):
        await create_token(database, viewer, "Importer", PREVIEW)
    with pytest.raises(NotAllowed, match="PEOPLE_MANAGE"):
        await revoke_token(database, viewer, made.id)
    with pytest.raises(NotAllowed, match="PEOPLE_MANAGE"):
        await list_tokens(viewer)

    assert await every_row(database) == before


@pytest.mark.parametrize("lacking", [scope for scope in Scope if scope is not Scope.PEOPLE_MANAGE])
async def test_nobody_gives_a_scope_that_they_lack(database: Database, lacking: Scope) -> None:
    """Whoever manages people could make themselves a token that may do everything."""
    manager = Viewer(frozenset({Scope.PEOPLE_MANAGE}), actor="user:manager")
    await create_token(database, manager, "Helper", [Scope.PEOPLE_MANAGE])
    before = await every_row(database)

    for scopes in ([lacking], [Scope.PEOPLE_MANAGE, lacking]):
        with pytest.raises(NotAllowed, match=f"{lacking}|CONTENT_PREVIEW"):
            await create_token(database, manager, "Importer", scopes)

    assert await every_row(database) == before


@pytest.mark.parametrize("given", [Scope.CONTENT_WRITE, Scope.CONTENT_PUBLISH])
async def test_who_may_write_may_read_what_is_written(database: Database, given: Scope) -> None:
    """A program would save an article and be shown nothing of it; or be given by the way what its maker lacks."""
    made, _ = await create_token(database, SYSTEM, "Importer", [given])
    without = Viewer(frozenset({Scope.PEOPLE_MANAGE, given}), actor="user:manager")

    assert made.scopes == ["CONTENT_PREVIEW", given.value]
    with pytest.raises(NotAllowed, match="CONTENT_PREVIEW"):
        await create_token(database, without, "Importer", [given])


# Revoking one


async def test_a_token_is_revoked_once(database: Database) -> None:
    """When it ended could be told wrongly afterwards."""
    made, _ = await create_token(database, SYSTEM, "Importer", PREVIEW)
    other, _ = await create_token(database, SYSTEM, "Exporter", PREVIEW)

    with clock.at(NOON):
        first = await revoke_token(database, SYSTEM, made.id)
    with clock.at(NOON + DAY):
        second = await revoke_token(database, SYSTEM, made.id)

    assert (first.revoked_at, second.revoked_at) == (NOON, NOON)
    assert (await ApiToken.get(id=made.id)).revoked_at == NOON
    assert (await ApiToken.get(id=other.id)).revoked_at is None
    event = await Event.get(type="API_TOKEN_REVOKED")
    assert (event.actor, event.node_type, event.node_id, event.payload) == ("system", "tok", made.id, {})


async def test_of_ten_who_revoke_at_once_one_does(database: Database) -> None:
    """The log would tell ten times what happened once."""
    made, _ = await create_token(database, SYSTEM, "Importer", PREVIEW)

    ended = await asyncio.gather(*(revoke_token(database, SYSTEM, made.id) for _ in range(10)))

    assert len({one.revoked_at for one in ended}) == 1
    assert await told() == {"API_TOKEN_CREATED": 1, "API_TOKEN_REVOKED": 1}


async def test_what_is_no_token_cannot_be_revoked(database: Database) -> None:
    """Somebody who mistyped an id would believe that a leaked token is void."""
    await create_token(database, SYSTEM, "Importer", PREVIEW)
    before = await every_row(database)

    with pytest.raises(NoSuchToken) as refusal:
        await revoke_token(database, SYSTEM, new_id())

    assert (refusal.value.code, refusal.value.path) == (ErrorCode.NOT_FOUND, ("id",))
    assert await every_row(database) == before


# Listing them


async def test_every_token_is_listed_the_oldest_first(database: Database) -> None:
    """One that is forgotten stays valid for ever."""
    for number, name in enumerate(["Third", "First", "Second"]):
        with clock.at(datetime(2024, 1, (3, 1, 2)[number], tzinfo=UTC)):
            await create_token(database, SYSTEM, name, PREVIEW)
    await revoke_token(database, SYSTEM, (await ApiToken.get(name="First")).id)

    assert [one.name for one in await list_tokens(SYSTEM)] == ["First", "Second", "Third"]
