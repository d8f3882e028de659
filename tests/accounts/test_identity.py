"""Who is asking: what is taken for a credential, and for how long an answer is.

`runner` counts the statements that identities send; it reads the same database on connections of its own.
"""

import asyncio
from contextlib import aclosing
from contextvars import copy_context
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from cms.accounts import identity
from cms.accounts.identity import KEPT, BadCredential, Identities
from cms.accounts.models import ApiToken
from cms.accounts.tokens import SecretKind, create_token, hash_of, new_secret, revoke_token
from cms.kernel import clock, secrecy
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.viewer import SYSTEM, Scope, Viewer
from tests.accounts.people import refused
from tests.articles.world import DAY, NOON
from tests.reading.asking import Counting

pytestmark = pytest.mark.asyncio

SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)
NO_USE_IS_NOTED = {
    Dialect.SQLITE: "CREATE TRIGGER full BEFORE UPDATE ON api_token BEGIN SELECT RAISE(ABORT, 'no room'); END",
    Dialect.POSTGRES: "ALTER TABLE api_token ADD CONSTRAINT full_ CHECK (last_used_at IS NULL)",
}


async def made(database: Database, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """A token that may preview and write, and the credential that goes with it."""
    scopes = [Scope.CONTENT_PREVIEW, Scope.CONTENT_WRITE]
    token, secret = await create_token(database, SYSTEM, "Importer", scopes, expires_at)
    return token, f"Bearer {secret}"


# What is a credential


async def test_a_token_stands_for_its_scopes_and_itself(
    database: Database, identities: Identities, runner: Counting
) -> None:
    """A program could do more than it was given, or its changes would be told as somebody else's."""
    token, credential = await made(database)

    viewer = await identities.viewer(credential)

    scopes = frozenset({Scope.CONTENT_PREVIEW, Scope.CONTENT_WRITE})
    assert viewer == Viewer(scopes=scopes, user_id=None, actor=f"token:{token.id}")
    assert len(runner.sent) == 1


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "bEaReR    "])
async def test_the_scheme_is_known_in_any_case(database: Database, identities: Identities, scheme: str) -> None:
    """Clients write it as they like (RFC 9110, section 11.1)."""
    token, credential = await made(database)

    viewer = await identities.viewer(scheme + credential.removeprefix("Bearer "))

    assert viewer.actor == f"token:{token.id}"


async def test_what_cannot_be_a_token_is_refused_without_asking(
    database: Database, identities: Identities, runner: Counting
) -> None:
    """Anybody could keep the database busy with nonsense."""
    _, credential = await made(database)
    secret = credential.removeprefix("Bearer ")
    malformed = [
        *("", " ", "Bearer", "Bearer ", "Bearer cms_", secret, f"Bearer{secret}", f"Basic {secret}", f"Token {secret}"),
        *(f"Bearer {secret}x", f"Bearer {secret[:-1]}", f"Bearer {secret[:-1]}=", f"Bearer {secret[:-1]}é"),
        *(f" Bearer {secret}", f"Bearer {secret} ", f"Bearer {secret}\n", f"Bearer\t{secret}", f"Bearer {secret[4:]}"),
        *(f"Bearer {secret.replace('cms_', 'CMS_')}", f"Bearer {secret}, Bearer {secret}", f"Bearer, {secret}"),
        *("Bearer \0" + secret, "Bearer \ud800" + secret, "Bearer " + "x" * 100_000, " " * 100_000, "Bearer null"),
    ]

    assert [await refused(identities, one) for one in malformed] == [True] * len(malformed)
    assert runner.sent == []


async def test_whatever_is_wrong_the_refusal_is_the_same(database: Database, identities: Identities) -> None:
    """Somebody who tries tokens could tell which of them exist, or once did."""
    with clock.at(NOON - DAY):
        _, expired = await made(database, expires_at=NOON)
        token, revoked = await made(database)
    await revoke_token(database, SYSTEM, token.id)
    unknown = f"Bearer cms_{'A' * 43}"

    told = []
    for credential in (expired, revoked, unknown, "Bearer nonsense", "Basic QTpC", ""):
        with clock.at(NOON), pytest.raises(BadCredential) as refusal:
            await identities.viewer(credential)
        told.append((refusal.value.args, refusal.value.__cause__, refusal.value.__context__))

    message = "The credential is not valid: send 'Bearer' and a valid token, or no credential at all."
    assert told == [((message,), None, None)] * 6


async def test_another_key_of_the_process_voids_no_token(
    database: Database, identities: Identities, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever changes the key would have to hand out every token again."""
    token, credential = await made(database)
    monkeypatch.setattr(secrecy._holder, "key", b"another key of at least 16 bytes")

    assert (await identities.viewer(credential)).actor == f"token:{token.id}"


async def test_a_scope_of_another_release_gives_nothing(database: Database, identities: Identities) -> None:
    """After going back a release, its token would fail every request."""
    token, credential = await made(database)
    await ApiToken.filter(id=token.id).update(scopes=["CONTENT_WRITE", "TIME_TRAVEL"])

    assert (await identities.viewer(credential)).scopes == {Scope.CONTENT_WRITE}


# For how long an answer counts


async def test_an_answer_counts_for_five_seconds(database: Database, identities: Identities, runner: Counting) -> None:
    """Each request would cost a statement, or a change would never be seen."""
    _, credential = await made(database)

    counts = []
    for moment in (NOON, NOON + INSTANT, NOON + KEPT - INSTANT, NOON + KEPT, NOON + KEPT * 2 - INSTANT):
        with clock.at(moment):
            await identities.viewer(credential)
        counts.append(len(runner.sent))

    assert timedelta(seconds=2) == KEPT
    assert counts == [1, 1, 1, 2, 2]


async def test_a_clock_that_is_set_back_lengthens_nothing(database: Database, identities: Identities) -> None:
    """A revoked token would be good for as long as the clock was ahead."""
    token, credential = await made(database)
    with clock.at(NOON):
        await identities.viewer(credential)
    await revoke_token(database, SYSTEM, token.id)

    with clock.at(NOON - DAY):
        assert await refused(identities, credential)


async def test_a_revoked_token_is_refused_within_five_seconds(
    database: Database, runner: Counting, identities: Identities
) -> None:
    """Whoever stole it could go on."""
    token, credential = await made(database)
    with clock.at(NOON):
        await identities.viewer(credential)
    # As another process does it, which this one learns nothing of.
    await ApiToken.filter(id=token.id).update(revoked_at=NOON)

    told = []
    for moment in (NOON + KEPT - INSTANT, NOON + KEPT, NOON + DAY):
        with clock.at(moment):
            told.append(await refused(identities, credential))

    assert told == [False, True, True]
    # A process that does not know the token refuses it at once.
    async with aclosing(Identities(database, runner)) as others:
        assert await refused(others, credential)


async def test_an_expiry_is_obeyed_while_the_answer_counts(
    database: Database, identities: Identities, runner: Counting
) -> None:
    """A token for an hour would be good for an hour and two seconds."""
    with clock.at(NOON):
        _, credential = await made(database, expires_at=NOON + SECOND)

    told = []
    for moment in (NOON, NOON + SECOND - INSTANT, NOON + SECOND, NOON + SECOND * 2 - INSTANT):
        with clock.at(moment):
            told.append(await refused(identities, credential))

    assert told == [False, False, True, True]
    assert len(runner.sent) == 1


async def test_an_unknown_token_costs_one_statement_in_five_seconds(identities: Identities, runner: Counting) -> None:
    """A program with an old token, and no patience, would keep the database busy."""
    counts = []
    for moment in (NOON, NOON + KEPT - INSTANT, NOON + KEPT):
        with clock.at(moment):
            assert await refused(identities, f"Bearer cms_{'A' * 43}")
        counts.append(len(runner.sent))

    assert counts == [1, 1, 2]


async def test_a_flood_of_bad_tokens_does_not_push_out_a_good_one(
    database: Database, runner: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody could slow down everybody, or fill the memory."""
    monkeypatch.setattr(identity, "MAX_KNOWN", 2)
    monkeypatch.setattr(identity, "MAX_REFUSED", 3)
    _, good = await made(database)
    with clock.at(NOON):
        async with aclosing(Identities(database, runner)) as identities:
            await identities.viewer(good)
            for number in range(50):
                assert await refused(identities, f"Bearer cms_{number:043}")
            runner.sent.clear()

            await identities.viewer(good)
            assert await refused(identities, f"Bearer cms_{49:043}")

    assert runner.sent == []
    assert (len(identities._tokens.found), len(identities._tokens.missing)) == (1, 3)


async def test_of_too_many_tokens_the_one_asked_for_longest_ago_is_forgotten(
    database: Database, runner: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory would grow with every token that was ever used."""
    monkeypatch.setattr(identity, "MAX_KNOWN", 2)
    credentials = [(await made(database))[1] for _ in range(3)]
    counts = []
    with clock.at(NOON):
        async with aclosing(Identities(database, runner)) as identities:
            for number in (0, 1, 2, 2, 1, 0):
                await identities.viewer(credentials[number])
                counts.append(len(runner.sent))

    assert counts == [1, 2, 3, 3, 3, 4]
    assert len(identities._tokens.found) == 2


async def test_a_token_that_was_asked_for_again_is_not_the_oldest(
    database: Database, runner: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs that are always there would be forgotten for those that come once."""
    monkeypatch.setattr(identity, "MAX_KNOWN", 3)
    regular, guest, *others = [(await made(database))[1] for _ in range(4)]
    async with aclosing(Identities(database, runner)) as identities:
        for seconds, credential in ((0, regular), (1, guest), (5, regular), (5, others[0]), (5, others[1])):
            with clock.at(NOON + SECOND * seconds):
                await identities.viewer(credential)
        runner.sent.clear()
        with clock.at(NOON + SECOND * 5):
            await identities.viewer(regular)

    assert runner.sent == []


async def test_the_limits_are_those_that_are_told() -> None:
    """The tests above set their own."""
    assert (identity.MAX_KNOWN, identity.MAX_REFUSED) == (10_000, 10_000)


# Many at once, and failures


async def test_many_who_ask_at_once_are_told_by_one_statement(
    database: Database, identities: Identities, runner: Counting
) -> None:
    """Every two seconds a busy program would send as many statements as it has requests open."""
    token, credential = await made(database)

    viewers = await asyncio.gather(*(identities.viewer(credential) for _ in range(50)))

    assert {viewer.actor for viewer in viewers} == {f"token:{token.id}"}
    assert len(runner.sent) == 1


async def test_one_who_leaves_takes_nothing_from_the_others(
    database: Database, identities: Identities, runner: Counting
) -> None:
    """A client that hangs up would end the requests of others."""
    token, credential = await made(database)
    first = asyncio.create_task(identities.viewer(credential))
    others = [asyncio.create_task(identities.viewer(credential)) for _ in range(3)]
    # The first is cancelled once they all wait for the answer; nothing has had the time to bring it.
    asyncio.get_running_loop().call_soon(first.cancel)

    told = await asyncio.gather(first, *others, return_exceptions=True)

    assert isinstance(told[0], asyncio.CancelledError)
    assert [viewer.actor for viewer in told[1:] if isinstance(viewer, Viewer)] == [f"token:{token.id}"] * 3
    assert len(runner.sent) == 1


async def test_a_failure_is_no_answer(database: Database, identities: Identities) -> None:
    """When the database is away for a moment, good tokens would be refused, or bad ones taken, after it came back."""
    _, credential = await made(database)
    await database.connection.execute_script("ALTER TABLE api_token RENAME TO elsewhere")
    with pytest.raises(Exception, match="api_token"):
        await identities.viewer(credential)

    await database.connection.execute_script("ALTER TABLE elsewhere RENAME TO api_token")

    assert not await refused(identities, credential)


async def test_nobody_waits_for_a_writer(database: Database, identities: Identities) -> None:
    """While an import runs, every program that reads would stand still."""
    token, credential = await made(database)
    await ApiToken.filter(id=token.id).update(last_used_at=clock.now())
    outside = copy_context()

    async with transaction(database):
        await ApiToken.filter(id=token.id).update(name="Renamed")
        asked = asyncio.create_task(identities.viewer(credential), context=outside)
        viewer = await asyncio.wait_for(asked, 5)

    assert viewer.actor == f"token:{token.id}"


# When a token was used


async def test_the_use_of_a_token_is_noted_once_in_ten_minutes(database: Database, identities: Identities) -> None:
    """Each read would cost a write; or a token in use would look as if it could be revoked."""
    token, credential = await made(database)
    ten_later = NOON + timedelta(minutes=10)

    noted, writes = [], []
    for moment in (NOON, NOON + KEPT, ten_later - KEPT, ten_later, ten_later + KEPT):
        with clock.at(moment):
            await identities.viewer(credential)
        writes.append(len(identities._noting))
        await identities.aclose()
        noted.append((await ApiToken.get(id=token.id)).last_used_at)

    assert noted == [NOON, NOON, NOON, ten_later, ten_later]
    assert writes == [1, 0, 0, 1, 0]


async def test_nothing_is_noted_while_an_answer_counts(database: Database, identities: Identities) -> None:
    """The requests that cost nothing would cost a write."""
    token, credential = await made(database)
    with clock.at(NOON):
        await identities.viewer(credential)
        await identities.aclose()
        await ApiToken.filter(id=token.id).update(last_used_at=None)

        await identities.viewer(credential)

    assert identities._noting == {}
    assert (await ApiToken.get(id=token.id)).last_used_at is None


async def test_a_write_that_takes_long_is_not_begun_again(database: Database, identities: Identities) -> None:
    """While an import runs, every two seconds one more would wait for each program."""
    token, credential = await made(database)
    outside = copy_context()

    async def ask(moment: datetime) -> list[asyncio.Task[None]]:
        with clock.at(moment):
            await identities.viewer(credential)
        return list(identities._noting.values())

    async with transaction(database):
        await ApiToken.filter(id=token.id).update(name="Renamed")
        first = await asyncio.create_task(ask(NOON), context=outside)
        second = await asyncio.create_task(ask(NOON + KEPT), context=outside)
    await identities.aclose()

    assert len(first) == 1
    assert second == first
    assert (await ApiToken.get(id=token.id)).last_used_at == NOON


async def test_two_processes_note_a_use_once(database: Database) -> None:
    """Each further process would write as often as the first."""
    token, _ = await made(database)

    for moment in (NOON, NOON + INSTANT, NOON - SECOND):
        await identity._note_token(token.id, moment)

    assert (await ApiToken.get(id=token.id)).last_used_at == NOON


async def test_a_refused_token_is_not_noted_as_used(database: Database, identities: Identities) -> None:
    """Somebody who tries old tokens would make them look needed."""
    with clock.at(NOON - DAY):
        expired, credential = await made(database, expires_at=NOON)
    with clock.at(NOON):
        assert await refused(identities, credential)
    await identities.aclose()

    assert (await ApiToken.get(id=expired.id)).last_used_at is None


async def test_a_use_that_cannot_be_noted_is_in_nobodys_way(database: Database, identities: Identities) -> None:
    """On a full disk, what only reads would fail as well; or the log would hold what gives access."""
    token, credential = await made(database)
    await database.connection.execute_script(NO_USE_IS_NOTED[database.dialect])

    told = []
    with capture_logs() as logs:
        for moment in (NOON, NOON + KEPT):
            with clock.at(moment):
                told.append((await identities.viewer(credential)).actor)
            await identities.aclose()

    assert told == [f"token:{token.id}"] * 2
    said = "the use of a credential was not written down"
    expected = {"event": said, "actor": f"token:{token.id}", "log_level": "error"}
    assert [{name: line[name] for name in expected} for line in logs] == [expected, expected]
    assert credential.removeprefix("Bearer cms_") not in repr(logs)
    assert (await ApiToken.get(id=token.id)).last_used_at is None


async def test_closing_waits_for_what_is_being_written(database: Database, runner: Counting) -> None:
    """A server that stops would close the database under a write."""
    token, credential = await made(database)
    with clock.at(NOON):
        async with aclosing(Identities(database, runner)) as identities:
            await identities.viewer(credential)

    assert (await ApiToken.get(id=token.id)).last_used_at == NOON


# One kind is not another


@pytest.mark.parametrize("kind", [SecretKind.API_TOKEN, SecretKind.SESSION, SecretKind.PREVIEW])
async def test_an_unknown_credential_of_any_kind_costs_one_statement(
    identities: Identities, runner: Counting, kind: SecretKind
) -> None:
    """Somebody who tries would make three statements of each try."""
    for moment in (NOON, NOON + KEPT - INSTANT):
        with clock.at(moment):
            assert await refused(identities, f"Bearer {new_secret(kind)[:-1]}A")
    with clock.at(NOON):
        once = f"Bearer {kind}{'A' * 43}"
        runner.sent.clear()
        assert await refused(identities, once)
        assert await refused(identities, once)

    assert len(runner.sent) == 1


async def test_a_link_from_a_letter_is_no_credential(identities: Identities, runner: Counting) -> None:
    """Whoever reads a letter would be signed in without choosing a password."""
    assert await refused(identities, f"Bearer {new_secret(SecretKind.LINK)}")
    assert runner.sent == []


async def test_a_token_may_begin_like_a_session(database: Database, identities: Identities) -> None:
    """One program in four thousand would be refused for ever."""
    secret = f"cms_s_{'A' * 41}"
    token, _ = await made(database)
    await ApiToken.filter(id=token.id).update(secret_hash=hash_of(secret))

    assert (await identities.viewer(f"Bearer {secret}")).actor == f"token:{token.id}"
