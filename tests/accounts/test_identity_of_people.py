"""Who is asking: people who have signed in, and whoever holds a preview link.

What holds of every credential stands in `test_identity`.
"""

import asyncio
from contextvars import copy_context
from datetime import datetime, timedelta

import pytest

from cms.accounts.identity import KEPT, Identities
from cms.accounts.models import Role, Session, User
from cms.accounts.password_changes import change_password
from cms.accounts.roles import SCOPES_OF
from cms.accounts.sessions import sign_out
from cms.accounts.tokens import SecretKind, hash_of, new_secret
from cms.accounts.users import UserChange, update_user
from cms.articles.models import PreviewLink
from cms.kernel import clock
from cms.kernel.database import Database, transaction
from cms.kernel.viewer import SYSTEM, Viewer
from tests.accounts.people import PASSWORD, refused, signed_in, somebody
from tests.articles.world import DAY, NOON, an_article, found
from tests.reading.asking import Counting

pytestmark = pytest.mark.asyncio

SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)


# Sessions


async def session_of(database: Database, user: User, at: datetime = NOON) -> str:
    """The credential of a sign-in."""
    return f"Bearer {(await signed_in(database, user, at)).token}"


@pytest.mark.parametrize("role", list(Role))
async def test_a_session_stands_for_its_user_and_their_role(
    database: Database, identities: Identities, runner: Counting, role: Role
) -> None:
    """Somebody could do more than their role allows, or what they do would be told as somebody else's."""
    ada = await somebody(database, role=role)
    credential = await session_of(database, ada)

    with clock.at(NOON):
        viewer = await identities.viewer(credential)

    session = await Session.get()
    assert viewer == Viewer(SCOPES_OF[role], ada.id, f"user:{ada.id}", session_id=session.id)
    assert not viewer.is_anonymous
    assert len(runner.sent) == 1


async def test_a_session_ends_two_weeks_after_it_was_used(database: Database, identities: Identities) -> None:
    """A phone left in a train would be signed in for ever; or a writer would be signed out every other week."""
    credential = await session_of(database, await somebody(database))
    told = []
    for moment in (NOON + 10 * DAY, NOON + 20 * DAY, NOON + 34 * DAY - INSTANT, NOON + 60 * DAY):
        with clock.at(moment):
            told.append(await refused(identities, credential))
        await identities.aclose()

    assert told == [False, False, False, True]


async def test_a_session_that_is_not_used_ends(database: Database, identities: Identities) -> None:
    """It would never end, since nobody has to use it."""
    credential = await session_of(database, await somebody(database))
    told = []
    for moment in (NOON + 14 * DAY, NOON + 14 * DAY - INSTANT):
        with clock.at(moment):
            told.append(await refused(identities, credential))

    assert told == [True, False]


async def test_the_use_of_a_session_is_noted_once_in_ten_minutes(database: Database, identities: Identities) -> None:
    """Each click of an editor would cost a write."""
    credential = await session_of(database, await somebody(database))
    ten_later = NOON + timedelta(minutes=10)
    noted = []
    for moment in (NOON, NOON + KEPT, ten_later - KEPT, ten_later):
        with clock.at(moment):
            await identities.viewer(credential)
        await identities.aclose()
        session = await Session.get()
        noted.append((session.last_seen_at, session.expires_at))

    assert noted == [(NOON, NOON + 14 * DAY)] * 3 + [(ten_later, ten_later + 14 * DAY)]


async def test_what_ends_a_session_ends_it_at_once_here(database: Database, identities: Identities) -> None:
    """Somebody who was shown the door could go on for seconds, on the very server that shut it."""
    signs_out, is_off, is_writer = [await somebody(database, name, Role.EDITOR) for name in ("Ada", "Ben", "Cleo")]
    credentials = [await session_of(database, user) for user in (signs_out, is_off, is_writer)]
    with clock.at(NOON):
        viewers = [await identities.viewer(credential) for credential in credentials]
        await sign_out(database, viewers[0])
        await update_user(database, SYSTEM, UserChange(user_id=is_off.id, active=False))
        await update_user(database, SYSTEM, UserChange(user_id=is_writer.id, role=Role.WRITER))

        assert [await refused(identities, credential) for credential in credentials] == [True] * 3


async def test_another_process_learns_of_it_within_five_seconds(database: Database, identities: Identities) -> None:
    """On every other server somebody who was shown the door would stay for two weeks."""
    user = await somebody(database)
    credential = await session_of(database, user)
    with clock.at(NOON):
        await identities.viewer(credential)
    await User.filter(id=user.id).update(epoch=1)

    told = []
    for moment in (NOON + KEPT - INSTANT, NOON + KEPT):
        with clock.at(moment):
            told.append(await refused(identities, credential))

    assert told == [False, True]


async def test_a_new_password_ends_every_other_session(database: Database, identities: Identities) -> None:
    """Whoever stole a session would keep it; or the owner would be thrown out as well."""
    ada = await somebody(database)
    here, there = await session_of(database, ada), await session_of(database, ada)
    with clock.at(NOON):
        viewer = await identities.viewer(here)
        await identities.viewer(there)
        await change_password(database, viewer, PASSWORD, "another password")

        assert [await refused(identities, one) for one in (here, there)] == [False, True]


async def test_an_answer_from_before_the_commit_is_not_kept(database: Database, identities: Identities) -> None:
    """Somebody who asks while they are being switched off would be known for two seconds more."""
    user = await somebody(database, role=Role.EDITOR)
    credential = await session_of(database, user)
    with clock.at(NOON):
        await identities.viewer(credential)
        outside = copy_context()
        async with transaction(database):
            await update_user(database, SYSTEM, UserChange(user_id=user.id, active=False))
            asked = asyncio.create_task(refused(identities, credential), context=outside)
            assert not await asyncio.wait_for(asked, 5)

        assert await refused(identities, credential)


async def test_who_is_not_doubted_costs_no_statement(
    database: Database, identities: Identities, runner: Counting
) -> None:
    """One editor who signs out would make every other one cost a statement for each request."""
    ada, ben = await somebody(database), await somebody(database, "Ben", Role.WRITER)
    of_ada, of_ben = await session_of(database, ada), await session_of(database, ben)
    with clock.at(NOON):
        await identities.viewer(of_ben)
        await sign_out(database, await identities.viewer(of_ada))
        runner.sent.clear()
        await identities.viewer(of_ben)

    assert runner.sent == []


# Links for previews


async def a_link(database: Database) -> tuple[PreviewLink, str]:
    """A link that shows an article for a day, and the credential that goes with it."""
    await found(database)
    article = await an_article(database)
    secret = new_secret(SecretKind.PREVIEW)
    link = await PreviewLink.create(article_id=article.id, token_hash=hash_of(secret), expires_at=NOON + DAY)
    return link, f"Bearer {secret}"


async def test_a_link_shows_one_article_and_nothing_else(
    database: Database, identities: Identities, runner: Counting
) -> None:
    """Whoever is sent a link could read every draft; or would have an editor's budget."""
    link, credential = await a_link(database)

    with clock.at(NOON):
        viewer = await identities.viewer(credential)

    assert viewer == Viewer(actor=f"preview:{link.id}", preview_of=link.article_id)
    assert (viewer.scopes, viewer.user_id, viewer.is_anonymous) == (frozenset(), None, True)
    assert len(runner.sent) == 1


async def test_a_link_expires(database: Database, identities: Identities) -> None:
    """What was shown for an hour would be shown for ever."""
    _, credential = await a_link(database)
    told = []
    for moment in (NOON + DAY - INSTANT, NOON + DAY):
        with clock.at(moment):
            told.append(await refused(identities, credential))

    assert told == [False, True]
