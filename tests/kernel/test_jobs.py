"""Jobs: written with the change, done by one worker at a time, tried again until they succeed or are given up."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from cms.kernel import clock
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.jobs import LEASE, MOST_ATTEMPTS, Claim, Handler, Hands, JobFailed, JobHopeless, enqueue, wait_after
from cms.kernel.models import Job
from tests.articles.world import DAY, NOON

pytestmark = pytest.mark.asyncio

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


class Work:
    """A handler that remembers what it was given, and fails as often as it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.done: list[Claim] = []
        self._failures = list(failures)

    async def handle(self, _database: Database, claim: Claim) -> None:
        """Remember, and fail if there is still a failure left."""
        self.done.append(claim)
        if self._failures:
            raise self._failures.pop(0)


def hands(database: Database, handler: Handler, lease: timedelta = LEASE) -> Hands:
    """Somebody who does jobs of the kind `test`."""
    return Hands(database, {"test": handler}, lease)


async def asked(database: Database, **more: Any) -> UUID:  # noqa: ANN401 - what `enqueue` takes
    """A job of the kind `test`."""
    made = await enqueue(database, "test", {"say": "hello"}, **more)
    assert made is not None
    return made


async def stored() -> Mapping[str, Any]:
    """The one job there is."""
    (row,) = await Job.all().values()
    return dict(row)


# Asking


async def test_a_job_is_stored_as_asked_for(database: Database) -> None:
    """It would be done too early, by the wrong handler, or with the wrong words."""
    with clock.at(NOON):
        made = await enqueue(database, "test", {"z": 1, "a": None}, run_at=NOON + HOUR, unique_key="once")

    assert await stored() == {
        "id": made,
        "kind": "test",
        "payload": {"z": 1, "a": None},
        "unique_key": "once",
        "run_at": NOON + HOUR,
        "attempts": 0,
        "lease_owner": None,
        "lease_until": None,
        "error": None,
        "dead_at": None,
        "created_at": NOON,
    }


async def test_a_job_goes_with_its_transaction(database: Database) -> None:
    """Mail would go out about what never happened."""
    with suppress(LookupError):
        async with transaction(database):
            await asked(database)
            raise LookupError

    assert await Job.all().count() == 0


async def test_a_key_is_asked_for_once(database: Database) -> None:
    """Two editors at once would mail a reader twice; or a transaction be lost over it."""
    async with transaction(database):
        first = await enqueue(database, "test", {"say": 1}, unique_key="once")
        again = await enqueue(database, "test", {"say": 2}, unique_key="once")
        others = [await enqueue(database, "test", {}, unique_key=key) for key in ("other", None, None)]

    assert again is None
    assert None not in others
    assert (await Job.get(unique_key="once")).payload == {"say": 1}
    assert {job.id for job in await Job.all()} == {first, *others}


async def test_a_dead_job_keeps_no_key(database: Database) -> None:
    """One address that refused a letter would get no other for as long as the dead one is kept."""
    with clock.at(NOON):
        dead = await asked(database, unique_key="once")
        await hands(database, Work(JobHopeless("No such address")).handle).look()
        another = await asked(database, unique_key="once")

    assert {job.id: job.dead_at for job in await Job.all()} == {dead: NOON, another: None}


async def test_a_key_has_room_or_is_refused(database: Database) -> None:
    """PostgreSQL would refuse what SQLite keeps."""
    await asked(database, unique_key="x" * 128)
    with pytest.raises(ValueError, match="at most 128 characters"):
        await asked(database, unique_key="x" * 129)

    assert await Job.all().count() == 1


# Doing


async def test_a_job_that_is_done_is_gone(database: Database) -> None:
    """It would be done for ever; or the letter stay where everybody can read it."""
    work = Work()
    with clock.at(NOON):
        made = await asked(database)
        due = await hands(database, work.handle).look()

    (claim,) = work.done
    assert (claim.id, claim.kind, claim.payload, claim.attempt) == (made, "test", {"say": "hello"}, 1)
    assert claim.created_at == NOON
    assert "hello" not in repr(claim)
    assert due == NOON
    assert await Job.all().count() == 0


async def test_nothing_is_done_before_its_time(database: Database) -> None:
    """What is due tomorrow would be done today; or nobody know when to look again."""
    work = Work()
    own = hands(database, work.handle)
    with clock.at(NOON):
        nothing = await own.look()
        await asked(database, run_at=NOON + HOUR)
        await asked(database, run_at=NOON + DAY)
        told = [nothing, await own.look()]
        early = len(work.done)
    with clock.at(NOON + HOUR):
        told += [await own.look(), await own.look()]

    assert told == [None, NOON + HOUR, NOON + HOUR, NOON + DAY]
    assert (early, len(work.done)) == (0, 1)


async def test_what_waits_longest_comes_first(database: Database) -> None:
    """Under load, the same letters would wait for ever."""
    work = Work()
    with clock.at(NOON):
        made = [await asked(database, run_at=NOON - wait * SECOND) for wait in (1, 3, 2)]
        for _ in made:
            await hands(database, work.handle).look()

    assert [claim.id for claim in work.done] == [made[1], made[2], made[0]]


async def test_other_kinds_are_left_to_others(database: Database) -> None:
    """A worker without a mail server would throw letters away; or turn around them without a pause."""
    with clock.at(NOON):
        await enqueue(database, "unknown", {})
        due = await hands(database, Work().handle).look()

    assert due is None
    assert (await stored())["attempts"] == 0


async def test_workers_take_on_different_jobs(database: Database) -> None:
    """A reader would get every letter as often as there are workers."""
    work = Work()
    made = {await asked(database) for _ in range(40)}

    async def worker() -> None:
        own = hands(database, work.handle)
        while await Job.all().count():
            await own.look()

    await asyncio.gather(*(worker() for _ in range(6)))

    assert len(work.done) == 40
    assert {claim.id for claim in work.done} == made
    assert len({claim.owner for claim in work.done}) == 40


async def test_a_job_that_is_taken_on_is_nobody_elses(database: Database) -> None:
    """A second worker would begin what the first has just begun."""
    with clock.at(NOON):
        await asked(database)
        claim = await hands(database, Work().handle).claim()
        other = await hands(database, Work().handle).look()
        again = await hands(database, Work().handle).claim()

    assert claim is not None
    assert (other, again) == (NOON + LEASE, None)
    row = await stored()
    assert (row["attempts"], row["lease_owner"], row["lease_until"]) == (1, claim.owner, NOON + LEASE)


# A worker that dies


async def test_what_a_dead_worker_had_taken_on_is_done_by_another(database: Database) -> None:
    """Whatever a process was doing when it was killed would never be done."""
    work = Work()
    with clock.at(NOON):
        made = await asked(database)
        await hands(database, work.handle).claim()
    with clock.at(NOON + LEASE - SECOND):
        await hands(database, work.handle).look()
        early = len(work.done)
    with clock.at(NOON + LEASE):
        await hands(database, work.handle).look()

    assert early == 0
    assert [(claim.id, claim.attempt) for claim in work.done] == [(made, 2)]
    assert await Job.all().count() == 0


async def test_who_was_taken_for_dead_changes_nothing_any_more(database: Database) -> None:
    """It would throw away, or put off, what another one is doing."""
    for work in (Work(), Work(JobFailed("late"))):
        with clock.at(NOON):
            await asked(database)
            slow = await hands(database, work.handle).claim()
        with clock.at(NOON + LEASE):
            new = await hands(database, work.handle).claim()
            assert slow is not None
            assert new is not None
            await hands(database, work.handle).perform(slow)

        row = await stored()
        assert (row["lease_owner"], row["run_at"], row["error"]) == (new.owner, NOON + 2 * LEASE, None)
        await Job.all().delete()


async def test_a_lease_is_renewed_while_work_goes_on(database: Database) -> None:
    """A letter that takes its time would be sent by every worker there is."""
    began, go_on, lease = asyncio.Event(), asyncio.Event(), SECOND

    async def slow(_database: Database, _claim: Claim) -> None:
        began.set()
        await go_on.wait()

    await asked(database)
    working = asyncio.create_task(hands(database, slow, lease).look())
    await began.wait()
    other = hands(database, Work().handle, lease)
    claimed, until = set(), time.monotonic() + 2
    while time.monotonic() < until:
        claimed.add(await other.claim() is None)
        await asyncio.wait({working}, timeout=0.05)
    before = await stored()
    go_on.set()
    await working

    assert claimed == {True}
    assert before["attempts"] == 1
    assert await Job.all().count() == 0


async def test_work_ends_when_its_lease_is_lost(database: Database) -> None:
    """A worker that was away for long would go on beside the one that took over."""
    ended = asyncio.Event()

    async def slow(_database: Database, _claim: Claim) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    await asked(database)
    with capture_logs():
        working = asyncio.create_task(hands(database, slow, timedelta(seconds=0.3)).look())
        while not (await stored())["attempts"]:
            await asyncio.wait({working}, timeout=0.01)
        await Job.all().update(lease_owner="another")
        await asyncio.wait_for(working, 5)

    row = await stored()
    assert ended.is_set()
    assert (row["lease_owner"], row["error"]) == ("another", None)


async def test_a_worker_that_stops_hands_its_job_on(database: Database) -> None:
    """Each deployment would hold up letters for as long as a lease lasts, and count as a failure."""
    began = asyncio.Event()

    async def slow(_database: Database, _claim: Claim) -> None:
        began.set()
        await asyncio.Event().wait()

    with clock.at(NOON):
        await asked(database)
        working = asyncio.create_task(hands(database, slow).look())
        await began.wait()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working

    row = await stored()
    assert (row["attempts"], row["lease_owner"], row["lease_until"], row["run_at"]) == (0, None, None, NOON)


# Failing


@pytest.mark.parametrize(
    ("attempt", "shortest", "longest"),
    [(1, 5, 10), (2, 10, 20), (3, 20, 40), (12, 10_240, 20_480), (13, 10_800, 21_600), (10_000, 10_800, 21_600)],
)
async def test_waits_grow_and_are_spread(attempt: int, shortest: int, longest: int) -> None:
    """A mail server that comes back would be run down by all letters at once; or be asked for ever every second."""
    told = [wait_after(attempt, chance) for chance in (0.0, 0.5, 1.0)]

    assert told == [shortest * SECOND, (shortest + longest) / 2 * SECOND, longest * SECOND]


async def test_what_failed_is_tried_again_after_a_wait(database: Database) -> None:
    """A mail server's pause would lose a letter."""
    work = Work(JobFailed("busy"), JobFailed("busy"))
    own = hands(database, work.handle)
    with capture_logs() as logs, clock.at(NOON):
        made = await asked(database)
        await own.look()
        first = await stored()
        early = await own.look()
    with capture_logs(), clock.at(NOON + 10 * SECOND):
        await own.look()
        second = await stored()
    with clock.at(NOON + 60 * SECOND):
        await own.look()

    assert early == first["run_at"]
    assert 5 * SECOND <= first["run_at"] - NOON <= 10 * SECOND
    assert 10 * SECOND <= second["run_at"] - (NOON + 10 * SECOND) <= 20 * SECOND
    assert [row["attempts"] for row in (first, second)] == [1, 2]
    assert [row["lease_owner"] for row in (first, second)] == [None, None]
    assert [row["error"] for row in (first, second)] == ["JobFailed: busy"] * 2
    assert [(claim.id, claim.attempt) for claim in work.done] == [(made, 1), (made, 2), (made, 3)]
    assert await Job.all().count() == 0
    (logged,) = logs
    assert logged == {
        "event": "job failed",
        "log_level": "warning",
        "job": str(made),
        "kind": "test",
        "attempt": 1,
        "error": "JobFailed: busy",
    }


async def test_what_always_fails_is_dead_in_the_end(database: Database) -> None:
    """It would be tried for ever, and nobody be told."""
    work = Work(*(JobFailed(f"number {number}") for number in range(100)))
    own, at, waits = hands(database, work.handle), NOON, []
    with capture_logs() as logs:
        with clock.at(at):
            await asked(database)
        while (row := await stored())["dead_at"] is None:
            waits.append(row["run_at"] - at)
            at = row["run_at"]
            with clock.at(at):
                await own.look()
        with clock.at(at + 100 * DAY):
            assert await own.look() is None

    assert len(work.done) == row["attempts"] == MOST_ATTEMPTS == 15
    assert (row["dead_at"], row["error"], row["lease_owner"]) == (at, "JobFailed: number 14", None)
    assert 14 * HOUR < at - NOON < 30 * HOUR
    assert waits[0] == timedelta()
    assert [log["log_level"] for log in logs] == ["warning"] * 14 + ["error"]
    assert logs[-1]["event"] == "job is dead"


async def test_what_is_hopeless_is_dead_at_once(database: Database) -> None:
    """A letter to nobody would be tried for a day."""
    work = Work(JobHopeless("no such mailbox"))
    with capture_logs(), clock.at(NOON):
        await asked(database)
        await hands(database, work.handle).look()

    row = await stored()
    assert (row["dead_at"], row["attempts"], row["error"]) == (NOON, 1, "JobHopeless: no such mailbox")


async def test_a_job_that_kills_its_workers_is_dead_in_the_end(database: Database) -> None:
    """It would kill every worker for ever."""
    work, at = Work(), NOON
    with clock.at(NOON):
        await asked(database)
    for _ in range(MOST_ATTEMPTS):
        with clock.at(at):
            assert await hands(database, work.handle).claim()
        at += LEASE
    with capture_logs(), clock.at(at):
        await hands(database, work.handle).look()

    row = await stored()
    assert (work.done, row["dead_at"]) == ([], at)
    assert row["error"].startswith("JobHopeless: It was begun too often")


async def test_nothing_of_what_others_say_is_kept(database: Database) -> None:
    """A driver's or a server's words may hold an address or a password."""
    work = Work(ValueError("somebody@example.org: the password is hunter2"))
    with capture_logs() as logs:
        await asked(database)
        await hands(database, work.handle).look()

    assert (await stored())["error"] == "ValueError"
    (logged,) = logs
    assert logged["error"] == "ValueError"
    assert "in handle" in logged["place"]
    assert "hunter2" not in repr(logged)


@pytest.mark.parametrize("dialect", [Dialect.POSTGRES], ids=str)
async def test_a_job_that_somebody_is_taking_on_is_not_waited_for(database: Database) -> None:
    """A worker would stand behind another one that is slow to begin; or turn without a pause."""
    await asked(database)
    taken, go_on = asyncio.Event(), asyncio.Event()

    async def taking() -> None:
        async with transaction(database):
            await Job.all().select_for_update()
            taken.set()
            await go_on.wait()

    other = asyncio.create_task(taking())
    await taken.wait()
    with clock.at(clock.now() + SECOND):
        due = await asyncio.wait_for(hands(database, Work().handle).look(), 5)
        at = clock.now()
    go_on.set()
    await other

    assert due == at + SECOND
