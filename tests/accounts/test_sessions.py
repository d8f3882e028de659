"""Signing in and out: what it takes, what it costs to guess, and what ends a session."""

import asyncio
import re
from contextlib import suppress
from datetime import timedelta

import pyotp
import pytest

from cms.accounts.errors import NotSignedIn, SignInFailed, WrongCode
from cms.accounts.guessing import LENIENT, PLACE, STRICT
from cms.accounts.models import Role, Session, User
from cms.accounts.passwords import Effort, use_effort
from cms.accounts.sessions import SignedIn, sign_in, sign_out
from cms.accounts.tokens import hash_of
from cms.accounts.totp import confirm_totp, set_up_totp
from cms.accounts.users import UserChange, update_user
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import ErrorCode, RateLimited
from cms.kernel.models import Event, Throttle
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from tests.accounts.people import HOME, OFFICE, OTHER, PASSWORD, SECOND, events, signed_in, somebody
from tests.articles.world import DAY, NOON, every_row

pytestmark = pytest.mark.asyncio

STEP = 30 * SECOND


async def failed(database: Database, email: str, password: str = OTHER, address: str | None = HOME) -> str:
    """How an attempt ends that is not to succeed."""
    try:
        await sign_in(database, email, password, address=address)
    except RateLimited as refusal:
        return f"wait {refusal.retry_after}"
    except SignInFailed:
        return "failed"
    return "signed in"


async def viewer_of(user: User) -> Viewer:
    """The viewer behind the last session of somebody."""
    session = await Session.filter(user_id=user.id).order_by("-id").first()
    assert session is not None
    return Viewer(frozenset(Scope), user.id, f"user:{user.id}", session_id=session.id)


async def with_codes(database: Database, user: User) -> str:
    """The secret of somebody who is asked for a code from now on; it was confirmed three steps before noon."""
    viewer = Viewer(user_id=user.id, actor=f"user:{user.id}")
    setup = await set_up_totp(database, viewer)
    with clock.at(NOON - 3 * STEP):
        await confirm_totp(database, viewer, pyotp.TOTP(setup.secret).at(NOON - 3 * STEP))
    return setup.secret


# Signing in


async def test_a_sign_in_gives_a_session_for_two_weeks(database: Database) -> None:
    """Somebody would be signed out in the middle of a text; or a lost phone would be signed in for ever."""
    ada = await somebody(database)

    done = await signed_in(database, ada)

    assert re.fullmatch(r"cms_s_[A-Za-z0-9_-]{43}", done.token or "")
    assert (done.user and done.user.id, done.expires_at, done.is_code_missing) == (ada.id, NOON + 14 * DAY, False)
    session = await Session.get()
    assert (session.user_id, session.epoch, session.expires_at) == (ada.id, 0, NOON + 14 * DAY)
    assert (session.created_at, session.last_seen_at) == (NOON, None)
    assert (await User.get()).last_sign_in_at == NOON


async def test_of_the_token_only_the_hash_is_kept(database: Database) -> None:
    """Whoever reads a backup, or a log that shows what a call returned, could go on as anybody."""
    done = await signed_in(database, await somebody(database))

    assert (await Session.get()).token_hash == hash_of(done.token or "")
    assert (done.token or "").removeprefix("cms_s_") not in repr([await every_row(database), done])


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@Example.ORG", "  ada@example.org ", "ａda@example.org"])
async def test_the_address_is_known_in_any_case(database: Database, email: str) -> None:
    """Phones write it with a capital letter."""
    await somebody(database)

    assert (await sign_in(database, email, PASSWORD)).token is not None


async def test_a_sign_in_is_told_without_a_secret(database: Database) -> None:
    """Nobody could say later who was in; or the log would let others in."""
    ada = await somebody(database)
    await Event.all().delete()
    done = await signed_in(database, ada)

    assert await events() == [("SIGNED_IN", f"user:{ada.id}", {})]
    assert (done.token or "") not in repr(await every_row(database))


async def test_all_that_fails_fails_alike(database: Database) -> None:
    """The answer would tell which addresses have an account, or which are switched off."""
    await somebody(database)
    off = await somebody(database, "Off", Role.WRITER)
    await update_user(database, SYSTEM, UserChange(user_id=off.id, active=False))
    await somebody(database, "Invited", Role.WRITER, password=None)
    before = await Session.all().count()

    told = set()
    tries = [
        ("ada@example.org", OTHER),
        ("ada@example.org", ""),
        ("nobody@example.org", PASSWORD),
        ("off@example.org", PASSWORD),
        ("off@example.org", OTHER),
        ("invited@example.org", PASSWORD),
        ("invited@example.org", ""),
        ("no address", PASSWORD),
        ("", PASSWORD),
        ("ada@example.org\0", PASSWORD),
        ("\ud800@example.org", PASSWORD),
        ("x" * 100_000 + "@example.org", "x" * 100_000),
    ]
    for number, (email, password) in enumerate(tries):
        with pytest.raises(SignInFailed) as refusal:
            await sign_in(database, email, password, address=f"10.{number}.0.1")
        told.add((refusal.value.code, refusal.value.message, refusal.value.path))

    message = "The mail address or the password is wrong: try again, or have a new password mailed to you."
    assert told == {(ErrorCode.INVALID, message, ())}
    assert await Session.all().count() == before


async def test_a_refusal_changes_nothing_but_the_count(database: Database) -> None:
    """A wrong password would leave a session, or an event, behind."""
    await somebody(database)
    before = await every_row(database)

    assert await failed(database, "ada@example.org") == "failed"

    after = await every_row(database)
    assert {table for table in after if after[table] != before[table]} == {"throttle"}


async def test_an_old_hash_is_made_anew(database: Database) -> None:
    """Passwords would be kept as weakly as when they were chosen."""
    ada = await somebody(database)
    use_effort(Effort(passes=2, memory_kib=16))

    await signed_in(database, ada)

    stored = (await User.get()).password_hash
    assert stored is not None
    assert stored.startswith("$argon2id$v=19$m=16,t=2,p=1$")
    assert (await signed_in(database, ada)).token is not None
    assert (await User.get()).password_hash == stored


# Codes


async def test_a_code_is_asked_for_after_the_right_password_only(database: Database) -> None:
    """Whether an account is well kept would be told to everybody; or nobody would know what is missing."""
    ada = await somebody(database)
    secret = await with_codes(database, ada)

    with clock.at(NOON):
        assert await failed(database, ada.email) == "failed"
        for missing in (None, "", "  "):
            assert await sign_in(database, ada.email, PASSWORD, missing, address=HOME) == SignedIn(is_code_missing=True)
        assert await Session.all().count() == 0
        done = await sign_in(database, ada.email, PASSWORD, pyotp.TOTP(secret).at(NOON), address=HOME)

    assert done.token is not None
    assert await Session.all().count() == 1


async def test_a_code_signs_in_once(database: Database) -> None:
    """Whoever looked over a shoulder, and knows the password, would be in as well."""
    ada = await somebody(database)
    code = pyotp.TOTP(await with_codes(database, ada)).at(NOON)
    await signed_in(database, ada, code=code)

    with pytest.raises(WrongCode) as refusal:
        await signed_in(database, ada, NOON + SECOND, code=code)

    assert (refusal.value.code, refusal.value.path) == (ErrorCode.INVALID, ("totp",))
    assert await Session.all().count() == 1


async def test_of_two_who_send_one_code_at_once_one_is_in(database: Database) -> None:
    """Who relays a code while its owner sends it would be in with it."""
    ada = await somebody(database)
    code = pyotp.TOTP(await with_codes(database, ada)).at(NOON)

    async def one(address: str) -> str | None:
        with clock.at(NOON), suppress(WrongCode):
            return (await sign_in(database, ada.email, PASSWORD, code, address=address)).token
        return None

    tokens = await asyncio.gather(*(one(f"10.{number}.0.1") for number in range(8)))

    assert len([token for token in tokens if token is not None]) == 1
    assert await Session.all().count() == 1


async def test_guessing_codes_is_slowed_down_as_well(database: Database) -> None:
    """Who knows the password would find one of a million codes, clearing the count by the password in between."""
    ada = await somebody(database)
    await with_codes(database, ada)
    told = []
    for _ in range(6):
        with clock.at(NOON):
            try:
                assert (await sign_in(database, ada.email, PASSWORD, address=HOME)).is_code_missing
                await sign_in(database, ada.email, PASSWORD, "000000", address=HOME)
            except (WrongCode, RateLimited) as refusal:
                told.append(type(refusal).__name__)

    assert told == ["WrongCode"] * 4 + ["RateLimited"] * 2


async def test_an_unconfirmed_secret_asks_for_nothing(database: Database) -> None:
    """Who closed the page before scanning it would be locked out."""
    ada = await somebody(database)
    await set_up_totp(database, Viewer(user_id=ada.id, actor=f"user:{ada.id}"))

    assert (await signed_in(database, ada)).token is not None


# Guessing


async def test_guesses_wait_longer_and_longer(database: Database) -> None:
    """A password of eight letters would be found in an afternoon."""
    ada = await somebody(database)
    moment, waits = NOON, []
    with clock.at(NOON):
        assert [await failed(database, ada.email) for _ in range(3)] == ["failed"] * 3
    for _ in range(6):
        with clock.at(moment):
            assert await failed(database, ada.email) == "failed"
            answer = await failed(database, ada.email)
        waits.append(answer)
        moment += int(answer.removeprefix("wait ")) * SECOND

    assert waits == ["wait 1", "wait 2", "wait 4", "wait 8", "wait 16", "wait 32"]


async def test_even_the_right_password_waits(database: Database) -> None:
    """A guess that is made while others wait would be told apart by its answer."""
    ada = await somebody(database)
    with clock.at(NOON):
        for _ in range(4):
            await failed(database, ada.email)

        assert await failed(database, ada.email, PASSWORD) == "wait 1"
    assert (await signed_in(database, ada, NOON + SECOND)).token is not None


async def test_who_guesses_keeps_nobody_out(database: Database) -> None:
    """A stranger who types wrong passwords would lock the owner out, who is elsewhere."""
    ada = await somebody(database)
    with clock.at(NOON):
        for _ in range(40):
            await failed(database, ada.email, address=OFFICE)

        assert await failed(database, ada.email, PASSWORD, HOME) == "signed in"


async def test_from_everywhere_at_once_an_account_waits_a_minute_at_most(database: Database) -> None:
    """A net of ten thousand machines would guess as fast as it can; or would keep the owner out for good."""
    ada = await somebody(database)
    told = []
    with clock.at(NOON):
        told = [await failed(database, ada.email, address=f"10.{number}.0.1") for number in range(52)]
        assert told == ["failed"] * 51 + ["wait 1"]
    await Throttle.filter(count=51).update(count=10_000)
    with clock.at(NOON + SECOND):
        assert await failed(database, ada.email, address="10.60.0.1") == "failed"
        assert await failed(database, ada.email, PASSWORD, HOME) == "wait 60"

    with clock.at(NOON + 61 * SECOND):
        assert await failed(database, ada.email, PASSWORD, HOME) == "signed in"


async def test_one_password_for_many_accounts_is_stopped(database: Database) -> None:
    """Somebody would try `correct horse battery` on everybody whose address is known."""
    await somebody(database)
    with clock.at(NOON):
        told = [await failed(database, f"person{number}@example.org") for number in range(101)]

        assert told == ["failed"] * 100 + ["wait 3600"]
        assert await failed(database, "ada@example.org", PASSWORD, HOME) == "wait 3600"
        assert await failed(database, "ada@example.org", PASSWORD, OFFICE) == "signed in"


async def test_an_office_full_of_people_can_sign_in(database: Database) -> None:
    """A hundred colleagues behind one address would lock each other out by signing in."""
    ada = await somebody(database)

    for number in range(110):
        with clock.at(NOON + number * SECOND):
            assert await failed(database, ada.email, PASSWORD) == "signed in"


async def test_a_right_password_clears_the_mistakes_before_it(database: Database) -> None:
    """Three mistakes a week would add up to an hour's wait."""
    ada = await somebody(database)
    told = []
    with clock.at(NOON):
        for _ in range(5):
            told += [await failed(database, ada.email) for _ in range(3)]
            told.append(await failed(database, ada.email, PASSWORD))

    assert told == ["failed", "failed", "failed", "signed in"] * 5


async def test_unknown_addresses_are_counted_like_known_ones(database: Database) -> None:
    """Where the waits begin would tell which addresses have an account."""
    await somebody(database)
    known, unknown = [], []
    with clock.at(NOON):
        for _ in range(8):
            known.append(await failed(database, "ada@example.org", address=HOME))
            unknown.append(await failed(database, "nobody@example.org", address=OFFICE))

    assert known == unknown == ["failed"] * 4 + ["wait 1"] * 4


async def test_another_way_to_type_an_address_is_no_new_beginning(database: Database) -> None:
    """Each capital letter would give three guesses more."""
    await somebody(database)
    spellings = ["ada@example.org", "Ada@example.org", "aDa@example.org", "adA@example.org", " ada@example.org"]
    with clock.at(NOON):
        told = [await failed(database, spelling) for spelling in spellings]

    assert told == ["failed"] * 4 + ["wait 1"]


async def test_a_hundred_guesses_at_once_are_no_more_than_four(database: Database) -> None:
    """All would be looked at before the first was counted."""
    ada = await somebody(database)

    async def one() -> str:
        with clock.at(NOON):
            return await failed(database, ada.email)

    told = await asyncio.gather(*(one() for _ in range(100)))

    assert sorted(told) == ["failed"] * 4 + ["wait 1"] * 96


async def test_no_address_is_kept_to_count_by(database: Database) -> None:
    """A backup would tell who tried to sign in from where, and as whom."""
    await failed(database, "ada@example.org")

    keys = [row.key for row in await Throttle.all().order_by("key")]
    assert [re.sub("[0-9a-f]{64}$", "", key) for key in keys] == [
        "guess-account:hmac-sha256:",
        "guess-pair:hmac-sha256:",
        "guess-place:hmac-sha256:",
    ]


async def test_the_limits_are_those_that_are_told() -> None:
    """The documentation would promise another protection."""
    assert (STRICT.free, STRICT.first, STRICT.longest) == (3, SECOND, timedelta(hours=1))
    assert (LENIENT.free, LENIENT.first, LENIENT.longest) == (50, SECOND, timedelta(minutes=1))
    assert (PLACE.most, PLACE.period) == (100, timedelta(hours=1))


# Signing out


async def test_signing_out_ends_this_session_alone(database: Database) -> None:
    """A phone would be signed out with the desk; or the desk would stay open."""
    ada = await somebody(database)
    await signed_in(database, ada)
    first = await viewer_of(ada)
    await signed_in(database, ada)
    await Event.all().delete()

    await sign_out(database, first)

    assert not await Session.exists(id=first.session_id)
    assert await Session.all().count() == 1
    assert await events() == [("SIGNED_OUT", f"user:{ada.id}", {})]


async def test_signing_out_twice_is_told_once(database: Database) -> None:
    """The log would tell of something that did not happen."""
    ada = await somebody(database)
    await signed_in(database, ada)
    viewer = await viewer_of(ada)
    await Event.all().delete()

    await sign_out(database, viewer)
    await sign_out(database, viewer)

    assert [type_ for type_, _, _ in await events()] == ["SIGNED_OUT"]


@pytest.mark.parametrize(
    "viewer", [ANONYMOUS, SYSTEM, Viewer(frozenset(Scope), actor="token:x")], ids=lambda one: one.actor
)
async def test_only_a_session_can_be_signed_out(database: Database, viewer: Viewer) -> None:
    """A program would believe that its token is void."""
    await signed_in(database, await somebody(database))
    before = await every_row(database)

    with pytest.raises(NotSignedIn) as refusal:
        await sign_out(database, viewer)

    assert refusal.value.code == ErrorCode.NOT_ALLOWED
    assert await every_row(database) == before
