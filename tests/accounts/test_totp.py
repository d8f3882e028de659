"""Codes besides the password: set up, confirmed, taken off."""

from urllib.parse import unquote

import pytest

from cms.accounts.errors import NotSignedIn, WrongCode, WrongPassword
from cms.accounts.models import User
from cms.accounts.totp import confirm_totp, disable_totp, set_up_totp
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import ErrorCode, RateLimited, StateConflict
from cms.kernel.models import Event
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Viewer
from tests.accounts.people import HOME, OTHER, PASSWORD, SECOND, as_code, events, signed_in, somebody
from tests.articles.world import NOON, every_row, found

pytestmark = pytest.mark.asyncio

STEP = 30 * SECOND


def asking(user: User) -> Viewer:
    """Somebody who is signed in."""
    return Viewer(user_id=user.id, actor=f"user:{user.id}")


async def confirmed(database: Database, user: User) -> str:
    """The secret of somebody who is asked for codes, since noon."""
    setup = await set_up_totp(database, asking(user))
    with clock.at(NOON):
        await confirm_totp(database, asking(user), as_code(setup.secret, NOON))
    return setup.secret


async def test_codes_are_set_up_and_confirmed(database: Database) -> None:
    """Nobody could be asked for one; or it would begin before anybody could give one."""
    await found(database)
    ada = await somebody(database)
    await Event.all().delete()

    setup = await set_up_totp(database, asking(ada))
    before = await User.get()
    with clock.at(NOON):
        await confirm_totp(database, asking(ada), as_code(setup.secret, NOON))

    after = await User.get()
    assert (before.totp_secret, before.totp_last_step) == (setup.secret, None)
    assert (after.totp_secret, after.totp_last_step) == (setup.secret, int(NOON.timestamp()) // 30)
    assert unquote(setup.url) == (
        f"otpauth://totp/The Harbour Light:ada@example.org?secret={setup.secret}&issuer=The Harbour Light"
    )
    assert setup.secret not in repr(setup)
    changed = [{"field": "totp", "before": None, "after": None}]
    assert await events() == [("USER_CHANGED", f"user:{ada.id}", {"version": 2, "changed": changed})]


async def test_the_code_that_confirmed_signs_nobody_in(database: Database) -> None:
    """Whoever watched the set-up could use it at once."""
    ada = await somebody(database)
    secret = await confirmed(database, ada)

    with pytest.raises(WrongCode):
        await signed_in(database, ada, code=as_code(secret, NOON))
    assert (await signed_in(database, ada, NOON + STEP, code=as_code(secret, NOON + STEP))).token is not None


async def test_a_wrong_code_confirms_nothing(database: Database) -> None:
    """Whoever scanned the wrong secret would be locked out."""
    ada = await somebody(database)
    setup = await set_up_totp(database, asking(ada))
    before = await every_row(database)

    for code in ("", "000000", as_code(setup.secret, NOON - 2 * STEP), "\0"):
        with clock.at(NOON), pytest.raises(WrongCode) as refusal:
            await confirm_totp(database, asking(ada), code)
        assert (refusal.value.code, refusal.value.path) == (ErrorCode.INVALID, ("code",))

    assert await every_row(database) == before


async def test_setting_up_again_voids_what_was_not_confirmed(database: Database) -> None:
    """A secret that was left on a screen would confirm later."""
    ada = await somebody(database)
    first = await set_up_totp(database, asking(ada))
    second = await set_up_totp(database, asking(ada))

    assert first.secret != second.secret
    with clock.at(NOON), pytest.raises(WrongCode):
        await confirm_totp(database, asking(ada), as_code(first.secret, NOON))


async def test_what_is_confirmed_is_not_replaced(database: Database) -> None:
    """Whoever finds a computer unlocked could have codes made on a phone of their own."""
    ada = await somebody(database)
    secret = await confirmed(database, ada)
    before = await every_row(database)

    with pytest.raises(StateConflict):
        await set_up_totp(database, asking(ada))
    with clock.at(NOON + STEP), pytest.raises(StateConflict):
        await confirm_totp(database, asking(ada), as_code(secret, NOON + STEP))

    assert await every_row(database) == before


async def test_there_has_to_be_something_to_confirm(database: Database) -> None:
    """Codes would be asked for that nobody can make."""
    ada = await somebody(database)

    with pytest.raises(StateConflict):
        await confirm_totp(database, asking(ada), "000000")


async def test_codes_are_taken_off_by_the_password(database: Database) -> None:
    """Nobody could change phones."""
    ada = await somebody(database)
    await confirmed(database, ada)
    await Event.all().delete()

    await disable_totp(database, asking(ada), PASSWORD)
    await disable_totp(database, asking(ada), PASSWORD)

    stored = await User.get()
    assert not any([stored.totp_secret, stored.totp_last_step])
    changed = [{"field": "totp", "before": None, "after": None}]
    assert await events() == [("USER_CHANGED", f"user:{ada.id}", {"version": 3, "changed": changed})]
    assert (await signed_in(database, ada)).token is not None


async def test_a_wrong_password_takes_nothing_off(database: Database) -> None:
    """Whoever finds a computer unlocked could take the codes off; or guess the password as fast as they like."""
    ada = await somebody(database)
    await confirmed(database, ada)
    before = await every_row(database)
    told = []
    with clock.at(NOON):
        for _ in range(6):
            try:
                await disable_totp(database, asking(ada), OTHER, address=HOME)
            except (WrongPassword, RateLimited) as refusal:
                told.append((type(refusal).__name__, refusal.path))

    assert told == [("WrongPassword", ("password",))] * 4 + [("RateLimited", ())] * 2
    after = await every_row(database)
    assert {table for table in after if after[table] != before[table]} == {"throttle"}


@pytest.mark.parametrize("viewer", [ANONYMOUS, SYSTEM], ids=lambda one: one.actor)
async def test_only_who_is_signed_in_has_codes(database: Database, viewer: Viewer) -> None:
    """A program could be asked for codes."""
    await somebody(database)
    before = await every_row(database)

    for attempt in (
        set_up_totp(database, viewer),
        confirm_totp(database, viewer, "000000"),
        disable_totp(database, viewer, PASSWORD),
    ):
        with pytest.raises(NotSignedIn):
            await attempt

    assert await every_row(database) == before
