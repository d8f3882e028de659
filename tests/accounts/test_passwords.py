"""Passwords: which are taken, how they are kept, and what a wrong one costs."""

import asyncio
import re
from typing import Literal

import pytest
from argon2 import PasswordHasher, Type

from cms.accounts import passwords
from cms.accounts.passwords import (
    Effort,
    PasswordIsKnown,
    PasswordTooShort,
    check_password,
    hash_password,
    is_outgrown,
    is_password,
    use_effort,
)
from cms.kernel.errors import DomainError, ErrorCode, TooLong
from tests.accounts.people import CHEAP, PASSWORD

pytestmark = pytest.mark.asyncio

ADA = {"email": "Ada.Lovelace.1815@example.org", "name": "Ada Augusta King"}


# Which are taken


@pytest.mark.parametrize(
    "password", ["x" * 12, "x" * 200, "pass word pass word", "密码密码密码密码密码密码", " " * 12, "\0" * 12]
)
async def test_length_is_all_that_is_asked(password: str) -> None:
    """People would be made to write passwords down that they cannot remember."""
    check_password(password, ("new",), **ADA)


@pytest.mark.parametrize(
    ("password", "error", "code"),
    [
        ("", PasswordTooShort, ErrorCode.INVALID),
        ("x" * 11, PasswordTooShort, ErrorCode.INVALID),
        ("x" * 201, TooLong, ErrorCode.TOO_LONG),
        ("ada.lovelace.1815@example.org", PasswordIsKnown, ErrorCode.INVALID),
        ("ADA.LOVELACE.1815", PasswordIsKnown, ErrorCode.INVALID),
        ("ada  augusta king", PasswordIsKnown, ErrorCode.INVALID),
    ],
)
async def test_what_is_guessed_first_is_refused(password: str, error: type[DomainError], code: ErrorCode) -> None:
    """The first thing somebody tries would open an account."""
    with pytest.raises(error) as refusal:
        check_password(password, ("new",), **ADA)

    assert (refusal.value.code, refusal.value.path) == (code, ("new",))
    assert password not in str(refusal.value) or not password


# How they are kept


async def test_a_password_is_kept_as_a_hash_of_its_own() -> None:
    """A backup would hold passwords; or show who has the same."""
    first, second = await hash_password(PASSWORD), await hash_password(PASSWORD)

    assert re.fullmatch(r"\$argon2id\$v=19\$m=8,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}", first)
    assert first != second
    assert [await is_password(one, PASSWORD) for one in (first, second)] == [True, True]


async def test_no_other_password_is_taken_for_it() -> None:
    """What is typed would be cut, folded or trimmed on its way."""
    stored = await hash_password(PASSWORD)
    others = [
        "",
        PASSWORD.upper(),
        PASSWORD + " ",
        " " + PASSWORD,
        PASSWORD[:-1],
        PASSWORD + "\0",
        "x" * 100_000,
        "\ud800",
    ]

    assert [await is_password(stored, other) for other in others] == [False] * len(others)


async def test_one_character_may_be_sent_in_two_ways() -> None:
    """Who chose a password on a Mac could not sign in from a phone."""
    stored = await hash_password("crème brûlée à midi".encode().decode())

    assert await is_password(stored, "cre\u0300me bru\u0302le\u0301e a\u0300 midi")


async def test_where_nothing_is_kept_nothing_fits() -> None:
    """Whoever was invited and chose no password yet could be impersonated without one."""
    assert [await is_password(None, given) for given in (PASSWORD, "", "None")] == [False, False, False]
    assert not await is_password("nonsense", PASSWORD)


@pytest.mark.parametrize("stored", [None, "hash", "older"])
async def test_a_password_costs_the_same_whether_there_is_an_account(
    stored: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock would tell which addresses have an account."""
    kept = None if stored is None else await hash_password(PASSWORD)
    rounds: list[tuple[int, int]] = []

    class Counting(PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            rounds.append((self.time_cost, self.memory_cost))
            return super().hash(password, salt=salt)

        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the library's signature
            rounds.append((self.time_cost, self.memory_cost))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords._holder, "hasher", Counting(time_cost=1, memory_cost=8, parallelism=1))

    assert not await is_password(kept, "another password")
    assert rounds == [(1, 8)]


# What hashing costs


async def test_the_effort_is_what_is_asked_for_at_least() -> None:
    """A stolen table would be read in a day."""
    use_effort(Effort())
    hasher = passwords._holder.hasher

    assert (hasher.type, hasher.time_cost, hasher.memory_cost, hasher.parallelism) == (Type.ID, 2, 19456, 1)
    assert (hasher.salt_len, hasher.hash_len) == (16, 32)


@pytest.mark.parametrize(
    ("effort", "outgrown"),
    [
        (CHEAP, False),
        (Effort(passes=2, memory_kib=8), True),
        (Effort(passes=1, memory_kib=16), True),
    ],
)
async def test_a_hash_is_outgrown_when_more_effort_is_made(effort: Effort, *, outgrown: bool) -> None:
    """Passwords of ten years ago would be kept as weakly as then."""
    stored = await hash_password(PASSWORD)
    use_effort(effort)

    assert is_outgrown(stored) is outgrown
    assert await is_password(stored, PASSWORD)


async def test_a_hash_that_cost_more_is_kept() -> None:
    """Going back a release would weaken every password."""
    use_effort(Effort(passes=3, memory_kib=64))
    stored = await hash_password(PASSWORD)
    use_effort(CHEAP)

    assert not is_outgrown(stored)


async def test_the_loop_goes_on_meanwhile() -> None:
    """Each sign-in would stop every reader for as long as it takes to hash."""
    use_effort(Effort())
    hashing = asyncio.create_task(hash_password(PASSWORD))
    turns = 0
    while not hashing.done():
        await asyncio.wait([hashing], timeout=0.001)
        turns += 1

    assert turns > 1


async def test_two_are_hashed_at_a_time() -> None:
    """Whoever sends a hundred passwords at once would take two gigabytes."""
    assert passwords._threads._max_workers == 2
