"""Work that is tried again until it succeeds: mail, and whatever else must leave the house.

The one thing to know: a job is written in the transaction that asks for it, so that it is there exactly when the change
is; and a job may run twice, since a worker can die between doing it and saying so. Its id is the same every time, by
which whoever it reaches can tell.
"""

import asyncio
import random
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
import structlog
from tortoise.queryset import QuerySet

from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.ids import new_id
from cms.kernel.models import Job
from cms.kernel.waking import Topic, notification, wake

#: How long a worker that says nothing is taken to be alive; one that works says so three times in that time.
LEASE: Final = timedelta(seconds=60)
#: With the waits below, a day and a quarter.
MOST_ATTEMPTS: Final = 15
_FIRST_WAIT: Final = timedelta(seconds=10)
_LONGEST_WAIT: Final = timedelta(hours=6)
_ELSEWHERE: Final = timedelta(seconds=1)
_MAX_KEY_CHARS: Final = 128

_COLUMNS = "id, kind, payload, unique_key, run_at, attempts, created_at"
_ONCE = "ON CONFLICT (unique_key) DO NOTHING RETURNING id"
_INSERT: Final = {
    Dialect.SQLITE: f"INSERT INTO job ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, 0, ?) {_ONCE}",  # noqa: S608 - constants only
    Dialect.POSTGRES: (
        f"WITH told AS MATERIALIZED (SELECT {notification(Topic.JOBS)}) "  # noqa: S608 - constants only
        f"INSERT INTO job ({_COLUMNS}) SELECT $1, $2, $3, $4, $5, 0, $6 FROM told {_ONCE}"
    ),
}

log = structlog.get_logger()


class JobFailed(Exception):
    """It could not be done this time. The message is kept and logged: it names no person and no secret."""


class JobHopeless(JobFailed):
    """It could not be done, and never will: it is not tried again."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that a worker has taken on.

    Attributes:
        id: the same at every attempt.
        kind: which handler it is for.
        payload: what it was enqueued with; not shown, since it may be about somebody.
        attempt: 1 for the first.
        owner: what tells this claim from any other, of this worker or another.
        created_at: when it was enqueued.
    """

    id: UUID
    kind: str
    payload: Mapping[str, Any] = field(repr=False)
    attempt: int
    owner: str
    created_at: datetime


#: What does a job. It may run twice, and at the same time when its worker was taken for dead.
Handler = Callable[[Database, Claim], Awaitable[None]]


async def enqueue(
    database: Database,
    kind: str,
    payload: Mapping[str, object],
    *,
    run_at: datetime | None = None,
    unique_key: str | None = None,
) -> UUID | None:
    """Write a job down, in the transaction this task is in.

    Args:
        database: the open database.
        kind: which handler it is for; at most 64 characters.
        payload: what the handler needs, as JSON can say it.
        run_at: not before; at once when not given.
        unique_key: at most 128 characters; while a job with this key waits, there is no second one.

    Returns:
        The job's id, or None when one with this key waits already.

    Raises:
        ValueError: the key is too long.
    """
    if unique_key is not None and len(unique_key) > _MAX_KEY_CHARS:
        raise ValueError(f"A job's key has at most {_MAX_KEY_CHARS} characters")
    at, text = now(), orjson.dumps(dict(payload)).decode()
    values = [new_id(), kind, text, unique_key, run_at or at, at]
    rows = await database.connection.execute_query_dict(_INSERT[database.dialect], values)
    if database.dialect is Dialect.SQLITE:
        wake(Topic.JOBS)
    return UUID(str(rows[0]["id"])) if rows else None


def wait_after(attempt: int, chance: float) -> timedelta:
    """How long to wait after a failed attempt: 10 s, twice as long each time, up to 6 h.

    Args:
        attempt: which one failed, 1 for the first.
        chance: 0 to 1; spreads waits between half of that and the whole, so that what failed together is not tried
            again together.
    """
    longest: timedelta = min(_FIRST_WAIT * 2 ** min(attempt - 1, 30), _LONGEST_WAIT)
    return longest * (1 + chance) / 2


class Hands:
    """Take on one job after another. Any number of them may be at work, in any number of processes.

    Args:
        database: where.
        handlers: what does which kind; jobs of other kinds are left to other workers.
        lease: how long a job stays taken when its worker says nothing more.
    """

    def __init__(self, database: Database, handlers: Mapping[str, Handler], lease: timedelta = LEASE) -> None:
        self._database = database
        self._handlers = handlers
        self._lease = lease

    async def look(self) -> datetime | None:
        """Do one job that is due, if there is one. How that ends is the job's business, and raises nothing.

        Returns:
            When to look again, a moment that has passed meaning at once; None when no job waits.
        """
        due = await self._next_due()
        if due is None or due > now():
            return due
        claim = await self.claim()
        if claim is None:
            return now() + _ELSEWHERE  # Another worker is taking it on just now.
        await self.perform(claim)
        return now()

    async def claim(self) -> Claim | None:
        """Take on the job that is due for longest, and count the attempt: a worker that dies of it has tried."""
        at, owner = now(), str(new_id())
        async with transaction(self._database):
            waiting = self._waiting().filter(run_at__lte=at).order_by("run_at", "id")
            # SKIP LOCKED: several workers at once take on different jobs. SQLite has one writer at a time.
            job = await waiting.select_for_update(skip_locked=True).first()
            if job is None:
                return None
            # A job that is taken on is due again when the lease runs out: one index finds both kinds.
            until = at + self._lease
            claimed = {"attempts": job.attempts + 1, "lease_owner": owner, "lease_until": until, "run_at": until}
            await Job.filter(id=job.id).update(**claimed)
        return Claim(job.id, job.kind, job.payload, job.attempts + 1, owner, job.created_at)

    async def perform(self, claim: Claim) -> None:
        """Do a job that was taken on: it goes when it is done, or waits for its next attempt, or is dead."""
        try:
            await self._handle(claim)
        except asyncio.CancelledError:
            await self._give_back(claim)
            raise
        except JobFailed as error:
            await self._put_off(claim, error, f"{type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001 - a root
            # Whatever a handler raises must not stop the others. Its words may be about somebody, its place is not.
            place = "".join(traceback.format_tb(error.__traceback__))
            await self._put_off(claim, error, type(error).__name__, place=place)
        else:
            await self._mine(claim).delete()

    async def _handle(self, claim: Claim) -> None:
        """Run the handler, and renew the lease meanwhile."""
        if claim.attempt > MOST_ATTEMPTS:
            raise JobHopeless("It was begun too often, and never ended: perhaps its workers died of it")
        pause = self._lease.total_seconds() / 3
        work = asyncio.ensure_future(self._handlers[claim.kind](self._database, claim))
        try:
            while not (await asyncio.wait({work}, timeout=pause))[0]:
                if not await self._renew(claim):
                    raise JobFailed("It took so long to say that it was under way that another worker took it on")
            if work.cancelled():
                raise JobFailed("It was broken off")
            await work
        finally:
            work.cancel()
            await asyncio.wait({work})

    async def _renew(self, claim: Claim) -> bool:
        until = now() + self._lease
        return await self._mine(claim).update(lease_until=until, run_at=until) == 1

    async def _give_back(self, claim: Claim) -> None:
        """This worker stops: let another one take the job on at once, and do not count the attempt."""
        free: dict[str, Any] = {"lease_owner": None, "lease_until": None, "run_at": now()}
        await self._mine(claim).update(**free, attempts=claim.attempt - 1)

    async def _put_off(self, claim: Claim, error: Exception, told: str, **more: str) -> None:
        at = now()
        is_dead = isinstance(error, JobHopeless) or claim.attempt >= MOST_ATTEMPTS
        wait = wait_after(claim.attempt, random.random())  # noqa: S311 - spreads load, keeps no secret
        # A dead job waits no more: its key is free for the next.
        outcome: dict[str, Any] = {"dead_at": at, "unique_key": None} if is_dead else {"run_at": at + wait}
        await self._mine(claim).update(**outcome, lease_owner=None, lease_until=None, error=told)
        write = log.error if is_dead else log.warning
        what = "job is dead" if is_dead else "job failed"
        write(what, job=str(claim.id), kind=claim.kind, attempt=claim.attempt, error=told, **more)

    async def _next_due(self) -> datetime | None:
        first = await self._waiting().order_by("run_at").first()
        return first.run_at if first else None

    def _waiting(self) -> QuerySet[Job]:
        return Job.filter(dead_at=None, kind__in=list(self._handlers))

    def _mine(self, claim: Claim) -> QuerySet[Job]:
        """The job, as long as nobody else has taken it on."""
        return Job.filter(id=claim.id, lease_owner=claim.owner)
