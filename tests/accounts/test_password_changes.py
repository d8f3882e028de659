"""Changing passwords: one's own, the first one, a forgotten one, and somebody's from the command line."""

import asyncio
from datetime import timedelta
from email import message_from_bytes

import pytest

from cms.accounts.errors import LinkIsVoid, NoSuchUser, NotSignedIn, SignInFailed, WrongPassword
from cms.accounts.models import AccountLink, LinkPurpose, Role, Session, User
from cms.accounts.password_changes import (
    accept_invitation,
    change_password,
    request_password_reset,
    reset_password,
    set_password,
)
from cms.accounts.sessions import sign_in
from cms.accounts.tokens import SecretKind, hash_of, new_secret
from cms.accounts.users import UserChange, update_user
from cms.delivery.mailing import letter as as_mailed
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import DomainError, ErrorCode, NotAllowed, RateLimited
from cms.kernel.ids import new_id
from cms.kernel.jobs import Claim
from cms.kernel.models import Event
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from cms.site.models import Site
from tests.accounts.people import (
    HOME,
    OFFICE,
    OTHER,
    PASSWORD,
    TOTP_SECRET,
    events,
    letters,
    mailed_token,
    signed_in,
    somebody,
)
from tests.articles.world import NOON, every_row, found

pytestmark = pytest.mark.asyncio

NEW = "a staple of batteries"
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


async def a_session(database: Database, user: User) -> Viewer:
    """Somebody who signed in just now."""
    await signed_in(database, user)
    session = await Session.filter(user_id=user.id).order_by("-id").first()
    assert session is not None
    return Viewer(frozenset(Scope), user.id, f"user:{user.id}", session_id=session.id)


async def passwords_of(database: Database, user: User) -> list[str]:
    """Which of the passwords of these tests somebody has."""
    known = []
    for number, password in enumerate((PASSWORD, OTHER, NEW)):
        try:
            await sign_in(database, user.email, password, address=f"10.{number}.0.9")
        except SignInFailed:
            continue
        known.append(password)
    return known


# One's own


async def test_a_password_is_changed(database: Database) -> None:
    """Whoever was seen typing it could do nothing about it."""
    ada = await somebody(database)
    viewer = await a_session(database, ada)
    await Event.all().delete()

    await change_password(database, viewer, PASSWORD, NEW)

    assert await events() == [("PASSWORD_CHANGED", f"user:{ada.id}", {"version": 2})]
    assert await passwords_of(database, ada) == [NEW]


async def test_every_other_session_ends(database: Database) -> None:
    """Whoever stole one would keep it; or the owner would be thrown out as well."""
    ada, ben = await somebody(database), await somebody(database, "Ben")
    await a_session(database, ada)
    here = await a_session(database, ada)
    elsewhere = await a_session(database, ben)

    await change_password(database, here, PASSWORD, NEW)

    kept = {session.id: session.epoch for session in await Session.all()}
    assert kept == {here.session_id: 1, elsewhere.session_id: 0}
    assert (await User.get(id=ada.id)).epoch == 1


async def test_what_was_mailed_before_works_no_more(database: Database) -> None:
    """Whoever read an old letter could take the account back."""
    ada = await somebody(database)
    viewer = await a_session(database, ada)
    await request_password_reset(database, ada.email)

    await change_password(database, viewer, PASSWORD, NEW)

    with pytest.raises(LinkIsVoid):
        await reset_password(database, await mailed_token(), OTHER)


@pytest.mark.parametrize(
    ("current", "new", "code", "path"),
    [
        (OTHER, NEW, ErrorCode.INVALID, ("current",)),
        ("", NEW, ErrorCode.INVALID, ("current",)),
        (PASSWORD, "x" * 11, ErrorCode.INVALID, ("new",)),
        (PASSWORD, "x" * 201, ErrorCode.TOO_LONG, ("new",)),
        (PASSWORD, "ada@example.org", ErrorCode.INVALID, ("new",)),
    ],
)
async def test_a_refused_change_changes_nothing(
    database: Database, current: str, new: str, code: ErrorCode, path: tuple[str, ...]
) -> None:
    """Whoever finds a computer unlocked could take the account over."""
    ada = await somebody(database)
    viewer = await a_session(database, ada)
    before = await every_row(database)

    with pytest.raises(DomainError) as refusal:
        await change_password(database, viewer, current, new)

    assert (refusal.value.code, refusal.value.path) == (code, path)
    after = await every_row(database)
    assert {table for table in after if after[table] != before[table]} <= {"throttle"}


async def test_guessing_the_current_password_is_slowed_down(database: Database) -> None:
    """Whoever finds a computer unlocked could guess as fast as they like."""
    viewer = await a_session(database, await somebody(database))
    told = []
    with clock.at(NOON):
        for _ in range(6):
            try:
                await change_password(database, viewer, OTHER, NEW, address=HOME)
            except (WrongPassword, RateLimited) as refusal:
                told.append(type(refusal).__name__)

    assert told == ["WrongPassword"] * 4 + ["RateLimited"] * 2


@pytest.mark.parametrize(
    "viewer", [ANONYMOUS, SYSTEM, Viewer(user_id=new_id(), actor="user:nobody")], ids=lambda one: one.actor
)
async def test_only_who_is_signed_in_changes_their_own(database: Database, viewer: Viewer) -> None:
    """A program could be asked for a password that it does not have."""
    await somebody(database)
    before = await every_row(database)

    with pytest.raises(NotSignedIn):
        await change_password(database, viewer, PASSWORD, NEW)

    assert await every_row(database) == before


async def test_who_was_switched_off_changes_nothing(database: Database) -> None:
    """For seconds after it they could."""
    await somebody(database)
    ben = await somebody(database, "Ben")
    viewer = await a_session(database, ben)
    await update_user(database, SYSTEM, UserChange(user_id=ben.id, active=False))

    with pytest.raises(NotSignedIn):
        await change_password(database, viewer, PASSWORD, NEW)


# The first one


async def test_an_invitation_is_accepted(database: Database) -> None:
    """Nobody who was invited could ever sign in."""
    ben = await somebody(database, "Ben", Role.WRITER, password=None)
    await Event.all().delete()

    await accept_invitation(database, await mailed_token(), NEW)

    assert await events() == [("PASSWORD_CHANGED", f"user:{ben.id}", {"version": 2})]
    assert await passwords_of(database, ben) == [NEW]


async def test_an_invitation_is_good_for_a_week(database: Database) -> None:
    """A letter from last year would open the door."""
    with clock.at(NOON):
        await somebody(database, "Ben", Role.WRITER, password=None)
    token = await mailed_token()

    with clock.at(NOON + 168 * HOUR), pytest.raises(LinkIsVoid):
        await accept_invitation(database, token, NEW)
    with clock.at(NOON + 168 * HOUR - INSTANT):
        await accept_invitation(database, token, NEW)


async def test_a_letter_works_once(database: Database) -> None:
    """Whoever finds it in the bin could choose another password."""
    ben = await somebody(database, "Ben", Role.WRITER, password=None)
    token = await mailed_token()
    await accept_invitation(database, token, NEW)

    with pytest.raises(LinkIsVoid):
        await accept_invitation(database, token, OTHER)

    assert await passwords_of(database, ben) == [NEW]


async def test_of_two_who_use_a_letter_at_once_one_does(database: Database) -> None:
    """Two people would believe that the account is theirs."""
    await somebody(database, "Ben", Role.WRITER, password=None)
    token = await mailed_token()

    told = await asyncio.gather(
        *(accept_invitation(database, token, password) for password in (NEW, OTHER) * 3), return_exceptions=True
    )

    assert sorted(type(one).__name__ for one in told) == ["LinkIsVoid"] * 5 + ["User"]
    assert (await User.get()).epoch == 1


async def test_whatever_is_wrong_with_a_letter_the_answer_is_the_same(database: Database) -> None:
    """Somebody who tries could tell which letters were ever written."""
    await somebody(database)
    with clock.at(NOON - 200 * HOUR):
        await somebody(database, "Late", Role.WRITER, password=None)
    late = await mailed_token()
    off = await somebody(database, "Off", Role.WRITER, password=None)
    switched_off = await mailed_token()
    await User.filter(id=off.id).update(active=False)
    await request_password_reset(database, "ada@example.org")
    for_something_else = await mailed_token()
    before = await every_row(database)

    told = set()
    for token in (
        late,
        switched_off,
        for_something_else,
        new_secret(SecretKind.LINK),
        "",
        "\0",
        "\ud800",
        "x" * 100_000,
    ):
        with clock.at(NOON), pytest.raises(LinkIsVoid) as refusal:
            await accept_invitation(database, token, NEW)
        told.add((refusal.value.code, refusal.value.message, refusal.value.path))

    assert told == {(ErrorCode.INVALID, "This works no more: have a new one mailed to you.", ("token",))}
    assert await every_row(database) == before


async def test_a_refused_password_leaves_the_letter_good(database: Database) -> None:
    """Whoever chose one that is too short would have to be invited again."""
    ben = await somebody(database, "Ben", Role.WRITER, password=None)
    token = await mailed_token()

    for refused in ("short", "ben@example.org", "x" * 201):
        with pytest.raises(DomainError) as refusal:
            await accept_invitation(database, token, refused)
        assert refusal.value.path == ("password",)
    await accept_invitation(database, token, NEW)

    assert await passwords_of(database, ben) == [NEW]


# A forgotten one


async def test_a_forgotten_password_is_replaced(database: Database) -> None:
    """Whoever forgot it would lose the account; or whoever stole a session would keep it."""
    ada = await somebody(database)
    await a_session(database, ada)

    with clock.at(NOON):
        await request_password_reset(database, " ADA@example.org")
    link, (letter,) = await AccountLink.get(), await letters()
    with clock.at(NOON + HOUR - INSTANT):
        await reset_password(database, await mailed_token(), NEW)

    assert (link.purpose, link.expires_at) == (LinkPurpose.PASSWORD_RESET, NOON + HOUR)
    assert letter.payload["to"] == "ada@example.org"
    assert await Session.all().count() == 0
    assert await passwords_of(database, ada) == [NEW]


@pytest.mark.parametrize("word", ["q?Us=0D=0ABcc=3A_spy=40example.org?=", "b?VXMNCkJjYzogc3B5QGV4YW1wbGUub3Jn?="])
async def test_the_name_of_the_site_is_no_header(database: Database, word: str) -> None:
    """Who may change the site and nothing else would be sent a copy of every code that opens an administrator's."""
    await found(database)
    await Site.all().update(name=f"=?utf-8?{word}")
    await somebody(database)

    await request_password_reset(database, "ada@example.org")
    (job,) = await letters()
    claim = Claim(job.id, job.kind, job.payload, 1, "", job.created_at)
    message = message_from_bytes(as_mailed(claim, "cms@example.org").as_bytes())

    assert "Bcc" not in message
    assert (message["To"], job.payload["subject"]) == ("ada@example.org", f"A new password for = ?utf-8?{word}")


async def test_a_reset_is_good_for_an_hour(database: Database) -> None:
    """A letter that lies open for a day would open the account."""
    await somebody(database)
    with clock.at(NOON):
        await request_password_reset(database, "ada@example.org")

    with clock.at(NOON + HOUR), pytest.raises(LinkIsVoid):
        await reset_password(database, await mailed_token(), NEW)


async def test_the_last_letter_counts(database: Database) -> None:
    """Every letter that was ever asked for would open the account for an hour."""
    await somebody(database)
    await request_password_reset(database, "ada@example.org")
    first = await mailed_token()
    await request_password_reset(database, "ada@example.org")

    with pytest.raises(LinkIsVoid):
        await reset_password(database, first, NEW)
    await reset_password(database, await mailed_token(), NEW)


async def test_who_asks_for_a_reset_takes_nobodys_invitation(database: Database) -> None:
    """Whoever knows the address could end every invitation, in whose stead a letter of an hour would lie unread."""
    ada = await somebody(database, password=None)
    invitation = await mailed_token()
    await request_password_reset(database, "ada@example.org")
    letter = await mailed_token()

    await accept_invitation(database, invitation, NEW)

    assert await passwords_of(database, ada) == [NEW]
    with pytest.raises(LinkIsVoid):
        await reset_password(database, letter, OTHER)


async def test_nobody_learns_who_has_an_account(database: Database) -> None:
    """Anybody could find out who works here by asking for letters."""
    await somebody(database)
    off = await somebody(database, "Off", Role.WRITER)
    await update_user(database, SYSTEM, UserChange(user_id=off.id, active=False))
    told: dict[str, list[str]] = {}
    for number, email in enumerate(("ada@example.org", "off@example.org", "nobody@example.org", "\0", "x" * 100_000)):
        told[email] = []
        for _ in range(5):
            with clock.at(NOON):
                try:
                    await request_password_reset(database, email, address=f"10.{number}.0.1")
                except RateLimited as refusal:
                    told[email].append(f"wait {refusal.retry_after}")
                else:
                    told[email].append("done")

    # What is no address is counted together.
    ordinary = ["done"] * 3 + ["wait 3600"] * 2
    assert [told[email] for email in ("ada@example.org", "off@example.org", "nobody@example.org")] == [ordinary] * 3
    assert [letter.payload["to"] for letter in await letters()] == ["ada@example.org"] * 3


async def test_nobody_is_flooded_with_letters(database: Database) -> None:
    """Anybody could fill anybody's mailbox, from many places; or one place could write to everybody."""
    for number in range(12):
        await somebody(database, f"Person{number}", Role.WRITER)
    told = []
    for number in range(12):
        with clock.at(NOON):
            try:
                await request_password_reset(database, f"person{number}@example.org", address=OFFICE)
            except RateLimited:
                told.append(number)

    assert told == [10, 11]
    assert len(await letters()) == 10


async def test_a_reset_clears_the_mistakes_before_it(database: Database) -> None:
    """Whoever guesses from many places would keep the owner out even after that."""
    ada = await somebody(database)
    with clock.at(NOON):
        for number in range(51):
            with pytest.raises(SignInFailed):
                await sign_in(database, ada.email, OTHER, address=f"10.{number}.0.1")
        with pytest.raises(RateLimited):
            await sign_in(database, ada.email, PASSWORD, address=HOME)
        await request_password_reset(database, ada.email, address=HOME)
        await reset_password(database, await mailed_token(), NEW)

        assert (await sign_in(database, ada.email, NEW, address=HOME)).token is not None


async def test_codes_are_asked_for_after_a_reset_as_before(database: Database) -> None:
    """Whoever reads the letters would need no phone."""
    ada = await somebody(database)
    await User.filter(id=ada.id).update(totp_secret=TOTP_SECRET, totp_last_step=1)
    await request_password_reset(database, ada.email)

    await reset_password(database, await mailed_token(), NEW)

    assert (await sign_in(database, ada.email, NEW)).is_code_missing


async def test_of_what_is_mailed_only_the_hash_is_kept(database: Database) -> None:
    """Whoever reads a backup, once the letters are gone, could choose everybody's password."""
    await somebody(database, "Ben", Role.WRITER, password=None)
    token = await mailed_token()

    assert (await AccountLink.get()).token_hash == hash_of(token)
    kept = {table: rows for table, rows in (await every_row(database)).items() if table != "job"}
    assert token.removeprefix("cms_l_") not in repr(kept)


# From the command line


async def test_somebody_is_given_a_password(database: Database) -> None:
    """Where no mail goes out, nobody could be let in again; or their sessions would go on."""
    ada = await somebody(database)
    await a_session(database, ada)
    await Event.all().delete()

    await set_password(database, SYSTEM, ada.id, NEW)

    assert await events() == [("PASSWORD_CHANGED", "system", {"version": 2})]
    assert await Session.all().count() == 0
    assert await passwords_of(database, ada) == [NEW]


@pytest.mark.parametrize(
    "scopes", [frozenset(), frozenset({Scope.PEOPLE_MANAGE}), frozenset(Scope) - {Scope.PEOPLE_MANAGE}]
)
async def test_nobody_gives_a_password_to_who_may_do_more(database: Database, scopes: frozenset[Scope]) -> None:
    """A program that manages people could sign in as an administrator."""
    ada = await somebody(database)
    before = await every_row(database)

    with pytest.raises(NotAllowed):
        await set_password(database, Viewer(scopes, actor="token:x"), ada.id, NEW)

    assert await every_row(database) == before


async def test_a_password_for_nobody(database: Database) -> None:
    """A mistyped id would seem to have been dealt with."""
    ada = await somebody(database)

    with pytest.raises(NoSuchUser):
        await set_password(database, SYSTEM, new_id(), NEW)
    with pytest.raises(DomainError) as refusal:
        await set_password(database, SYSTEM, ada.id, "short")

    assert refusal.value.path == ("password",)
    assert await passwords_of(database, ada) == [PASSWORD]
