"""Whatever follows a change: followers of the event log, jobs, and what falls due by the clock.

The one thing to know: everything here may run in any number of processes at once, in `cms serve` or alone. Each part
takes turns through the database, and a process that dies leaves nothing behind that another one would not take up.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Final

import structlog

from cms.accounts.models import AccountLink, Session
from cms.articles.models import PreviewLink
from cms.articles.planned import announce_due
from cms.authors.models import Message
from cms.comments import notifying, placing
from cms.comments.learning import Lessons
from cms.comments.letter_writers import letter_writers
from cms.comments.models import Comment, CommentFlag, ReaderLink, ReplySubscription
from cms.comments.reader_links import READER_REQUEST, answer_request
from cms.comments.second_opinion import follow_corrections
from cms.delivery.mailing import mailer
from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect
from cms.kernel.following import Follower
from cms.kernel.following import Handler as Follow
from cms.kernel.jobs import Handler as Perform
from cms.kernel.jobs import Hands
from cms.kernel.mail import MAIL
from cms.kernel.models import Idempotency, Job, Throttle
from cms.kernel.origins import KEPT
from cms.kernel.purging import Perishable, Purging
from cms.kernel.scrubbing import SCRUB, scrub
from cms.kernel.settings import Settings
from cms.kernel.waking import Alarm, Topic, alarm

#: Who reads the event log, by the name under which its position is kept; beside those that a setting has a word in.
FOLLOWERS: Final[dict[str, Follow]] = {"comment-anchors": placing.follow_publications}

#: What goes when its time is over, and how long after.
PERISHABLE: Final = (
    Perishable(Session, "expires_at"),
    Perishable(AccountLink, "expires_at"),
    Perishable(PreviewLink, "expires_at"),
    Perishable(Idempotency, "expires_at"),
    # Longer than any count goes on mattering.
    Perishable(Throttle, "window_start", timedelta(days=2)),
    # Who ended it can be told so for as long as their letters lie about, and then their address goes too.
    Perishable(ReplySubscription, "ended_at", timedelta(days=30)),
    # What nobody confirmed in the two weeks that they had, nobody will.
    Perishable(ReplySubscription, "created_at", timedelta(days=30), only={"confirmed_at": None}),
    # A dead letter still holds whom it was for: time enough for a person to see to it, and no longer.
    Perishable(Job, "dead_at", timedelta(days=30)),
    Perishable(ReaderLink, "expires_at"),
    # Where somebody was is forgotten, what they said is not.
    Perishable(Comment, "created_at", KEPT, clears="address_hash"),
    Perishable(CommentFlag, "created_at", KEPT, clears="reader_hash"),
    Perishable(Message, "created_at", KEPT, clears="address_hash"),
)

#: How many jobs one process does at a time: most of the time a job waits for somebody's server.
_HANDS: Final = 4
#: A clock may be set forward while somebody sleeps: nobody sleeps for longer without looking at it.
_STRETCH_SECONDS: Final = 1.0
_FIRST_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 60.0
#: How long what was begun may take to end when the process is told to stop; what does not is given back.
_GRACE_SECONDS: Final = 5.0

log = structlog.get_logger()

#: Does what there is to do now; when to look again, a moment that has passed meaning at once, and None when woken.
Step = Callable[[], Awaitable[datetime | None]]

#: Does what is due at a moment; when something is due next, as far as is known now.
Due = Callable[[Database, datetime], Awaitable[datetime | None]]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that a worker does over and over.

    Attributes:
        name: for logs.
        step: see `Step`.
        topics: what wakes it.
        rest_seconds: it looks that often without being woken.
    """

    name: str
    step: Step
    topics: tuple[Topic, ...]
    rest_seconds: float


def parts_of(database: Database, settings: Settings) -> list[Part]:
    """Everything a worker does."""
    poll = float(settings.worker_poll_seconds)
    dues: dict[str, Due] = {"announcing": announce_due, "purging": Purging(PERISHABLE), "learning": Lessons()}
    gathering = timedelta(minutes=settings.moderation_mail_minutes)
    following = {**FOLLOWERS, "comment-mail": notifying.follower(gathering)}
    if settings.akismet_key:
        following["akismet-corrections"] = follow_corrections
    followers = [Follower(database, name, handle) for name, handle in following.items()]
    mail = mailer(settings)
    handlers: dict[str, Perform] = {
        placing.PLACE_PASSAGES: placing.perform,
        **letter_writers(settings.public_url),
        READER_REQUEST: answer_request,
        SCRUB: scrub,
        **({MAIL: mail} if mail else {}),
        # Its client takes a while to load, and most installations ask nobody.
        **(import_module("cms.delivery.akismet").akismet_handlers(settings) if settings.akismet_key else {}),
    }
    return [
        # What is planned in another process on SQLite wakes nobody here.
        *(Part(name, _dated(due, database), (Topic.EVENTS,), _STRETCH_SECONDS) for name, due in dues.items()),
        *(Part(follower.name, follower.look, (Topic.EVENTS,), poll) for follower in followers),
        *(Part("jobs", Hands(database, handlers).look, (Topic.JOBS,), poll) for _ in range(_HANDS)),
    ]


def _dated(due: Due, database: Database) -> Step:
    async def step() -> datetime | None:
        at = now()
        following = await due(database, at)
        # Something that stays due must not be asked about without a pause.
        return following if following is None or following > at else at + timedelta(seconds=_STRETCH_SECONDS)

    return step


class Worker:
    """Runs its parts beside each other until told to stop. A part that fails is tried again; the others go on."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._stopping = asyncio.Event()
        self._alarms: list[Alarm] = []

    def stop(self) -> None:
        """Let every part end what it is doing, and begin nothing more."""
        self._stopping.set()
        for each in self._alarms:
            each.ring()

    async def run(self) -> None:
        """Run until `stop`; what then takes longer than its grace is cancelled."""
        running = [asyncio.create_task(self._tend(part), name=part.name) for part in self._parts]
        try:
            await self._stopping.wait()
            await asyncio.wait(running, timeout=_GRACE_SECONDS)
        finally:
            await _cancelled(running)

    async def _tend(self, part: Part) -> None:
        pause = _FIRST_PAUSE_SECONDS
        with alarm(*part.topics) as rung:
            self._alarms.append(rung)
            while not self._stopping.is_set():
                rung.quiet()
                try:
                    due = await part.step()
                except Exception:
                    # The root of this part: whatever it is, the other parts go on, and this one tries again.
                    log.exception("a part of the worker failed", part=part.name, again_in_seconds=pause)
                    await self._pause(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                else:
                    pause = _FIRST_PAUSE_SECONDS
                    await self._rest(part, rung, due)

    async def _rest(self, part: Part, rung: Alarm, due: datetime | None) -> None:
        """Until it rings, the moment comes, or it is time to look anyway."""
        loop = asyncio.get_running_loop()
        end = loop.time() + part.rest_seconds
        while not self._stopping.is_set() and (due is None or now() < due):
            left = min(end - loop.time(), _STRETCH_SECONDS)
            if left <= 0 or await rung.wait(left if due is None else min(left, (due - now()).total_seconds())):
                return

    async def _pause(self, seconds: float) -> None:
        # Not `wait_for`, which can lose a cancellation; see `Alarm.wait`.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


@asynccontextmanager
async def working(database: Database, settings: Settings) -> AsyncIterator[None]:
    """A worker beside what the block does; at the end of the block it ends what it has begun."""
    worker = Worker(parts_of(database, settings))
    async with hearing(database):
        running = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            worker.stop()
            await running


@asynccontextmanager
async def hearing(database: Database) -> AsyncIterator[None]:
    """Hear what other processes do, where the database says so, until the end of the block."""
    if database.dialect is Dialect.SQLITE:
        yield
        return
    # PostgreSQL's driver is an extra, which an installation on SQLite need not have.
    listening = asyncio.create_task(import_module("cms.kernel.postgres_waking").listen(database.settings))
    try:
        yield
    finally:
        await _cancelled([listening])


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
