"""People: let in, changed and switched off, by those who may."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from cms.accounts.errors import LastAdministrator, NoSuchUser, SignInFailed
from cms.accounts.models import AccountLink, LinkPurpose, Role, Session, User
from cms.accounts.roles import SCOPES_OF
from cms.accounts.totp import confirm_totp, set_up_totp
from cms.accounts.users import UserChange, UserDraft, create_user, find_user, list_users, reset_totp, update_user
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import (
    AlreadyExists,
    DomainError,
    ErrorCode,
    InvalidInput,
    NotAllowed,
    NotFound,
    Required,
    TooLong,
)
from cms.kernel.ids import new_id
from cms.kernel.models import Event
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from tests.accounts.people import as_code, events, letters, mailed_token, signed_in, somebody
from tests.articles.world import DAY, NOON, an_author, every_row

pytestmark = pytest.mark.asyncio

PROGRAM = Viewer(frozenset({Scope.PEOPLE_MANAGE}), actor=f"token:{new_id()}")


def in_role(role: Role) -> Viewer:
    """Somebody in a role, who has no account."""
    return Viewer(SCOPES_OF[role], actor=f"user:{role.value}")


def draft(**given: object) -> UserDraft:
    """Somebody who is to work here."""
    return UserDraft(**{"name": "Ben", "email": "ben@example.org", "role": Role.WRITER, **given})  # type: ignore[arg-type]  # the draft's own fields, passed on


# Letting somebody in


async def test_somebody_is_stored_as_asked_for(database: Database) -> None:
    """They would be known by another name, or do something else here."""
    author = await an_author(database)
    with clock.at(NOON):
        made = await create_user(
            database, SYSTEM, draft(name=" Ben  Okri ", email=" Ben@Example.org", author_id=author)
        )

    ben = await User.get()
    assert ben.id == made.id
    assert (ben.name, ben.name_key, ben.email, ben.email_key) == (
        "Ben Okri",
        "ben okri",
        "Ben@Example.org",
        "ben@example.org",
    )
    assert (ben.role, ben.author_id, ben.active, ben.epoch, ben.version) == (Role.WRITER, author, True, 0, 1)
    assert not any([ben.password_hash, ben.totp_secret, ben.totp_last_step])
    assert ben.created_at == NOON


async def test_without_a_password_an_invitation_goes_out(database: Database) -> None:
    """Nobody could sign in; or whoever lets people in would know their passwords."""
    with clock.at(NOON):
        ben = await create_user(database, SYSTEM, draft())

    (letter,) = await letters()
    link = await AccountLink.get()
    assert (letter.payload["to"], letter.unique_key) == ("ben@example.org", f"account-link:{link.id}")
    assert (link.user_id, link.purpose, link.used_at) == (ben.id, LinkPurpose.INVITATION, None)
    assert link.expires_at == NOON + 7 * DAY
    assert "2024-03-11 12:00 UTC" in " ".join(letter.payload["text"].split())
    assert link.token_hash != await mailed_token()


async def test_with_a_password_no_letter_goes_out(database: Database) -> None:
    """Somebody would be asked to choose what they have."""
    await somebody(database)

    assert (await letters(), await AccountLink.all().count()) == ([], 0)


async def test_an_event_tells_that_somebody_is_here(database: Database) -> None:
    """Nobody could say who let them in; or the log would hold addresses."""
    await create_user(database, in_role(Role.ADMIN), draft())

    assert await events() == [("USER_CREATED", "user:ADMIN", {"version": 1})]
    assert "ben@" not in repr([event.payload for event in await Event.all()])


async def test_one_address_is_one_account(database: Database) -> None:
    """Nobody would know which of two is signed in to."""
    await create_user(database, SYSTEM, draft())
    before = await every_row(database)

    for email in ("ben@example.org", "BEN@example.org", " ben@Example.ORG "):
        with pytest.raises(AlreadyExists) as refusal:
            await create_user(database, SYSTEM, draft(name="Another", email=email))
        assert refusal.value.path == ("email",)

    assert await every_row(database) == before


async def test_what_cannot_be_taken_changes_nothing(database: Database) -> None:
    """Half an account would be left, or a letter to nobody."""
    before = await every_row(database)
    refused: list[tuple[dict[str, object], type[DomainError], tuple[str, ...]]] = [
        ({"name": " "}, Required, ("name",)),
        ({"name": "x" * 201}, TooLong, ("name",)),
        ({"name": "a\0b"}, InvalidInput, ("name",)),
        ({"email": ""}, Required, ("email",)),
        ({"email": "ben"}, InvalidInput, ("email",)),
        ({"email": f"{'x' * 250}@example.org"}, TooLong, ("email",)),
        ({"email": f"{'ß' * 130}@example.org"}, TooLong, ("email",)),
        ({"author_id": new_id()}, NotFound, ("authorId",)),
    ]
    for given, error, path in refused:
        with pytest.raises(error) as refusal:
            await create_user(database, SYSTEM, draft(**given))
        assert refusal.value.path == path

    assert await every_row(database) == before


# Who may


@pytest.mark.parametrize(
    "viewer", [ANONYMOUS, *map(in_role, (Role.EDITOR, Role.WRITER, Role.MODERATOR))], ids=lambda one: one.actor
)
async def test_only_who_manages_people_has_to_do_with_them(database: Database, viewer: Viewer) -> None:
    """A writer could make themselves an administrator."""
    ada = await somebody(database)
    before = await every_row(database)

    for attempt in (
        create_user(database, viewer, draft()),
        update_user(database, viewer, UserChange(user_id=ada.id, name="Eve")),
        reset_totp(database, viewer, ada.id),
        list_users(viewer),
        find_user(viewer, ada.email),
    ):
        with pytest.raises(NotAllowed, match="PEOPLE_MANAGE"):
            await attempt

    assert await every_row(database) == before


async def test_nobody_gives_a_role_that_may_do_more_than_they(database: Database) -> None:
    """A program that manages people could make itself an administrator, and sign in as one."""
    moderator = await somebody(database, "Mo", Role.MODERATOR)
    before = await every_row(database)

    for role in Role:
        with pytest.raises(NotAllowed):
            await create_user(database, PROGRAM, draft(role=role))
        with pytest.raises(NotAllowed):
            await update_user(database, PROGRAM, UserChange(user_id=moderator.id, role=role))

    assert await every_row(database) == before


async def test_nobody_changes_who_may_do_more_than_they(database: Database) -> None:
    """A program could have an administrator's next password mailed to itself."""
    ada = await somebody(database)
    before = await every_row(database)

    for change in (
        UserChange(user_id=ada.id, email="eve@example.org"),
        UserChange(user_id=ada.id, role=Role.MODERATOR),
        UserChange(user_id=ada.id, active=False),
        UserChange(user_id=ada.id, name="Eve"),
    ):
        with pytest.raises(NotAllowed):
            await update_user(database, PROGRAM, change)
    with pytest.raises(NotAllowed):
        await reset_totp(database, PROGRAM, ada.id)

    assert await every_row(database) == before


async def test_who_holds_as_much_may(database: Database) -> None:
    """Nobody but an administrator could let a moderator in."""
    helper = Viewer(frozenset({Scope.PEOPLE_MANAGE, Scope.COMMENTS_MODERATE}), actor="token:x")

    made = await create_user(database, helper, draft(role=Role.MODERATOR))
    changed = await update_user(database, helper, UserChange(user_id=made.id, name="Mo"))

    assert (changed.name, changed.version) == ("Mo", 2)


# Changing somebody


async def test_what_is_left_out_stays(database: Database) -> None:
    """A change of the name would take the role away."""
    author = await an_author(database)
    await somebody(database, "Ada")
    ben = await somebody(database, "Ben", Role.EDITOR, author_id=author)
    await Event.all().delete()

    changed = await update_user(database, SYSTEM, UserChange(user_id=ben.id, name="Benjamin"))

    stored = await User.get(id=ben.id)
    assert (stored.name, stored.name_key, stored.version) == ("Benjamin", "benjamin", 2)
    assert (stored.email, stored.role, stored.author_id, stored.active, stored.epoch) == (
        "ben@example.org",
        Role.EDITOR,
        author,
        True,
        0,
    )
    assert changed.version == 2
    change = {"field": "name", "before": "Ben", "after": "Benjamin"}
    assert await events() == [("USER_CHANGED", "system", {"version": 2, "changed": [change]})]


async def test_what_is_told_of_a_change(database: Database) -> None:
    """The log would hold addresses; or nobody could say who made somebody an editor."""
    author = await an_author(database)
    ben = await somebody(database, "Ben", Role.WRITER)
    await Event.all().delete()

    await update_user(
        database,
        SYSTEM,
        UserChange(user_id=ben.id, email="b@example.org", role=Role.EDITOR, active=False, author_id=author),
    )

    ((_, _, payload),) = await events()
    assert payload == {
        "version": 2,
        "changed": [
            {"field": "email", "before": None, "after": None},
            {"field": "role", "before": "WRITER", "after": "EDITOR"},
            {"field": "author", "before": None, "after": f"aut_{author}"},
            {"field": "active", "before": True, "after": False},
        ],
    }


async def test_a_change_that_changes_nothing_is_none(database: Database) -> None:
    """The log would tell of something that did not happen."""
    ben = await somebody(database, "Ben", Role.WRITER)
    await signed_in(database, ben)
    before = await every_row(database)

    await update_user(database, SYSTEM, UserChange(user_id=ben.id, name="Ben", role=Role.WRITER, active=True))

    assert await every_row(database) == before


async def test_the_author_is_cleared_by_none(database: Database) -> None:
    """Whoever signs nothing any more would go on to."""
    ben = await somebody(database, "Ben", Role.WRITER, author_id=await an_author(database))

    await update_user(database, SYSTEM, UserChange(user_id=ben.id, author_id=None))

    assert (await User.get()).author_id is None


async def test_refused_changes_change_nothing(database: Database) -> None:
    """Half of a change would be kept."""
    await somebody(database)
    ben = await somebody(database, "Ben", Role.WRITER)
    before = await every_row(database)
    refused: list[tuple[UUID, dict[str, object], ErrorCode, tuple[str, ...]]] = [
        (ben.id, {"name": ""}, ErrorCode.REQUIRED, ("name",)),
        (ben.id, {"email": "ADA@example.org"}, ErrorCode.ALREADY_EXISTS, ("email",)),
        (ben.id, {"author_id": new_id()}, ErrorCode.NOT_FOUND, ("authorId",)),
        (new_id(), {"name": "Eve"}, ErrorCode.NOT_FOUND, ("id",)),
    ]
    for user_id, given, code, path in refused:
        with pytest.raises(DomainError) as refusal:
            await update_user(database, SYSTEM, UserChange(user_id=user_id, role=Role.EDITOR, **given))  # type: ignore[arg-type]  # the change's own fields
        assert (refusal.value.code, refusal.value.path) == (code, path)

    assert await every_row(database) == before


@pytest.mark.parametrize("change", [{"role": Role.EDITOR}, {"active": False}])
async def test_what_takes_rights_away_ends_sessions(database: Database, change: dict[str, object]) -> None:
    """Somebody who was let go would go on for two weeks."""
    await somebody(database)
    ben = await somebody(database, "Ben")
    await signed_in(database, ben)

    await update_user(database, SYSTEM, UserChange(user_id=ben.id, **change))  # type: ignore[arg-type]  # the change's own fields

    assert (await Session.all().count(), (await User.get(id=ben.id)).epoch) == (0, 1)


async def test_who_is_switched_off_cannot_come_back_by_letter(database: Database) -> None:
    """An old invitation would open the door again."""
    ben = await create_user(database, SYSTEM, draft())

    await update_user(database, SYSTEM, UserChange(user_id=ben.id, active=False))

    assert await AccountLink.all().count() == 0


async def test_who_is_switched_on_again_signs_in(database: Database) -> None:
    """Somebody who was away would need a new account, and lose what they wrote."""
    await somebody(database)
    ben = await somebody(database, "Ben", Role.WRITER)
    await update_user(database, SYSTEM, UserChange(user_id=ben.id, active=False))
    with pytest.raises(SignInFailed):
        await signed_in(database, ben)

    await update_user(database, SYSTEM, UserChange(user_id=ben.id, active=True))

    assert (await signed_in(database, ben)).token is not None


async def test_another_address_is_invited_anew(database: Database) -> None:
    """Who was invited at a mistyped address could never come; or a stranger there could."""
    ben = await create_user(database, SYSTEM, draft(email="bne@example.org"))
    first = await AccountLink.get()

    await update_user(database, SYSTEM, UserChange(user_id=ben.id, email="ben@example.org"))

    link = await AccountLink.get()
    assert link.id != first.id
    assert [letter.payload["to"] for letter in await letters()] == ["bne@example.org", "ben@example.org"]


async def test_another_address_of_who_has_a_password_is_not_invited(database: Database) -> None:
    """Whoever reads the new address would choose a password for them."""
    ada = await somebody(database)

    await update_user(database, SYSTEM, UserChange(user_id=ada.id, email="a@example.org"))

    assert await letters() == []


# The last administrator


@pytest.mark.parametrize("change", [{"role": Role.EDITOR}, {"active": False}])
async def test_the_last_administrator_stays(database: Database, change: dict[str, object]) -> None:
    """Nobody would be left who can let anybody in."""
    ada = await somebody(database)
    await somebody(database, "Ed", Role.EDITOR)
    # Neither of these can sign in.
    await somebody(database, "Invited", password=None)
    off = await somebody(database, "Off")
    await update_user(database, SYSTEM, UserChange(user_id=off.id, active=False))
    before = await every_row(database)

    with pytest.raises(LastAdministrator) as refusal:
        await update_user(database, SYSTEM, UserChange(user_id=ada.id, **change))  # type: ignore[arg-type]  # the change's own fields

    assert (refusal.value.code, refusal.value.path) == (ErrorCode.STATE_CONFLICT, ("id",))
    assert await every_row(database) == before


async def test_the_last_but_one_may_go(database: Database) -> None:
    """Whoever was administrator once would be one for ever."""
    ada, ben = await somebody(database), await somebody(database, "Ben")

    await update_user(database, SYSTEM, UserChange(user_id=ada.id, role=Role.EDITOR))
    with pytest.raises(LastAdministrator):
        await update_user(database, SYSTEM, UserChange(user_id=ben.id, active=False))
    await update_user(database, SYSTEM, UserChange(user_id=ben.id, name="Benjamin"))

    assert (await User.get(id=ada.id)).role is Role.EDITOR


async def test_two_who_step_down_at_once_do_not_both(database: Database) -> None:
    """Each would see the other, and nobody would be left."""
    both = [await somebody(database), await somebody(database, "Ben")]
    changes = [UserChange(user_id=one.id, role=Role.EDITOR) for one in both]

    told = await asyncio.gather(*(update_user(database, SYSTEM, change) for change in changes), return_exceptions=True)

    assert sorted(type(one).__name__ for one in told) == ["LastAdministrator", "User"]
    assert await User.filter(role=Role.ADMIN).count() == 1


# Whose phone is gone


async def test_codes_are_taken_off(database: Database) -> None:
    """Whose phone is gone could never sign in again; or whoever found it would stay signed in."""
    ada = await somebody(database)
    viewer = Viewer(user_id=ada.id, actor=f"user:{ada.id}")
    setup = await set_up_totp(database, viewer)
    with clock.at(NOON - timedelta(minutes=5)):
        await confirm_totp(database, viewer, as_code(setup.secret, clock.now()))
    await signed_in(database, ada, code=as_code(setup.secret, NOON))
    await Event.all().delete()

    await reset_totp(database, SYSTEM, ada.id)
    await reset_totp(database, SYSTEM, ada.id)

    stored = await User.get()
    assert not any([stored.totp_secret, stored.totp_last_step, await Session.all().count()])
    changed = [{"field": "totp", "before": None, "after": None}]
    assert await events() == [("USER_CHANGED", "system", {"version": 3, "changed": changed})]
    assert (await signed_in(database, ada)).token is not None


async def test_nobody_by_that_id(database: Database) -> None:
    """A mistyped id would seem to have been dealt with."""
    with pytest.raises(NoSuchUser):
        await reset_totp(database, SYSTEM, new_id())
    with pytest.raises(NoSuchUser):
        await find_user(SYSTEM, "nobody@example.org")


async def test_people_are_listed_by_name(database: Database) -> None:
    """Who is looked for in a long list would not be found."""
    for name in ("Zoe", "ada", "Émile", "Ben"):
        await create_user(database, SYSTEM, draft(name=name, email=f"{len(name)}{name[-1]}@example.org"))

    assert [one.name for one in await list_users(SYSTEM)] == ["ada", "Ben", "Zoe", "Émile"]
    assert (await find_user(SYSTEM, "3E@example.org")).name == "Zoe"
