"""The worker: every part is woken, in time, and goes on whatever happens to the others; and it stops cleanly."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from structlog.testing import capture_logs

from cms.app import create_app
from cms.articles.actions import schedule_article
from cms.articles.models import Publication
from cms.comments.akismet import CORRECTION, QUESTION
from cms.comments.letter_jobs import CONFIRMATION, DIGEST, REPLY
from cms.comments.models import ReaderRequest
from cms.comments.placing import PLACE_PASSAGES
from cms.comments.reader_links import READER_REQUEST
from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.ids import new_id
from cms.kernel.jobs import enqueue
from cms.kernel.mail import send_mail
from cms.kernel.models import Event, Job
from cms.kernel.scrubbing import SCRUB
from cms.kernel.secrecy import use_secret
from cms.kernel.settings import Settings
from cms.kernel.waking import Topic, wake
from cms.worker import Part, Worker, working
from tests.articles.world import EDITOR, an_article, found
from tests.mailbox import Server, serving
from tests.seed.sample import SECRET
from tests.serving import settings_for

pytestmark = pytest.mark.asyncio

CMS = Path(sys.executable).with_name("cms")
SECOND = timedelta(seconds=1)
LONG = 60.0
TO = "somebody@example.org"


async def until(is_so: Callable[[], Awaitable[bool]], seconds: float = 10) -> float:
    """Wait until it is so, and tell how long that took."""
    began = time.monotonic()
    while not await is_so():
        assert time.monotonic() - began < seconds, "it took too long"
        await pause(0.02)
    return time.monotonic() - began


async def pause(seconds: float) -> None:
    """Give everybody else the time to do what they should not."""
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)


@asynccontextmanager
async def running(*parts: Part) -> AsyncIterator[None]:
    """A worker with these parts, which is stopped at the end."""
    worker = Worker(parts)
    task = asyncio.ensure_future(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await task


class Counting:
    """A part that counts its steps, and does what it is told."""

    def __init__(self, *answers: datetime | Exception | None) -> None:
        self.steps = 0
        self._answers = list(answers)
        self.stepped = asyncio.Event()

    async def step(self) -> datetime | None:
        """One step."""
        self.steps += 1
        self.stepped.set()
        answer = self._answers.pop(0) if self._answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def next(self, seconds: float) -> bool:
        """Whether there is another step in this time."""
        self.stepped.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stepped.wait(), seconds)
        return self.stepped.is_set()


# Waking and sleeping


async def test_a_part_looks_at_once_and_then_when_it_is_woken() -> None:
    """A change would wait for the next look; or a worker that was woken once never come to rest."""
    counting = Counting()
    async with running(Part("test", counting.step, (Topic.JOBS,), LONG)):
        first = await counting.next(5)
        wake(Topic.EVENTS)
        other = await counting.next(0.2)
        wake(Topic.JOBS)

        woken = [await counting.next(seconds) for seconds in (5, 0.2)]

    assert (first, other, woken, counting.steps) == (True, False, [True, False], 2)


async def test_a_part_looks_from_time_to_time() -> None:
    """What another process does on SQLite would never be noticed."""
    counting = Counting()
    async with running(Part("test", counting.step, (), 0.1)):
        assert [await counting.next(5) for _ in range(3)] == [True] * 3


async def test_a_part_that_has_more_to_do_goes_on_at_once() -> None:
    """A thousand letters would take a second each."""
    counting = Counting(*[now()] * 50)
    async with running(Part("test", counting.step, (), LONG)):
        while counting.steps < 51:
            assert await counting.next(5)

        assert not await counting.next(0.1)


async def test_a_part_looks_when_something_is_due() -> None:
    """It would come out whenever somebody happens to look."""
    due = now() + 0.5 * SECOND
    counting = Counting(due)
    async with running(Part("test", counting.step, (), LONG)):
        await counting.next(5)
        assert await counting.next(5)
        late = now() - due

    assert timedelta() <= late < SECOND


async def test_a_clock_that_is_set_forward_is_noticed() -> None:
    """After daylight saving or a correction, everything would come out late by as much."""
    with time_machine.travel(datetime(2024, 3, 31, 0, 59, 50).astimezone(), tick=True) as traveller:
        counting = Counting(now() + timedelta(hours=1))
        async with running(Part("test", counting.step, (), LONG)):
            await counting.next(5)
            early = await counting.next(0.3)
            traveller.shift(timedelta(hours=1))
            began = time.perf_counter()
            noticed = await counting.next(5)

    assert (early, noticed) == (False, True)
    assert time.perf_counter() - began < 2


# Failing and stopping


async def test_a_part_that_fails_is_tried_again_and_the_others_go_on() -> None:
    """One fault would stop all mail, or everything."""
    failing, other = Counting(OSError("the disk is full")), Counting()
    with capture_logs() as logs:
        async with running(Part("failing", failing.step, (), LONG), Part("other", other.step, (Topic.JOBS,), LONG)):
            await failing.next(5)
            wake(Topic.JOBS)
            went_on = await other.next(5)
            again = await failing.next(5)

    assert (went_on, again, failing.steps) == (True, True, 2)
    assert [(log["event"], log["part"], log["again_in_seconds"]) for log in logs] == [
        ("a part of the worker failed", "failing", 1.0)
    ]


async def test_stopping_lets_what_was_begun_end() -> None:
    """A deployment would break off a letter in the middle."""
    began, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow() -> datetime | None:
        began.set()
        await go_on.wait()
        ended.set()
        return now()

    counting = Counting()
    worker = Worker([Part("slow", slow, (), LONG), Part("idle", counting.step, (), LONG)])
    task = asyncio.ensure_future(worker.run())
    await began.wait()
    worker.stop()
    early = (await asyncio.wait({task}, timeout=0.2))[0]
    go_on.set()
    await asyncio.wait_for(task, 5)

    assert (early, ended.is_set(), counting.steps) == (set(), True, 1)


async def test_stopping_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that never answers would keep a process from ending, until it is killed."""
    monkeypatch.setattr("cms.worker._GRACE_SECONDS", 0.2)
    broken_off = asyncio.Event()

    async def stuck() -> datetime | None:
        try:
            await asyncio.Event().wait()
        finally:
            broken_off.set()
        return None

    worker = Worker([Part("stuck", stuck, (), LONG)])
    task = asyncio.ensure_future(worker.run())
    await asyncio.wait({task}, timeout=0.05)
    worker.stop()
    await asyncio.wait_for(task, 5)

    assert broken_off.is_set()


# The real parts


async def test_a_letter_goes_out_at_once(database: Database, tmp_path: Path) -> None:
    """Whoever asks for a new password would wait for the next look."""
    settings = Settings(outbox=tmp_path / "outbox", worker_poll_seconds=60)
    async with working(database, settings):
        await pause(0.3)
        async with transaction(database):
            await send_mail(database, to=TO, subject="Hello", text="Hello", key="a")
        took = await until(_nothing_left)

    assert took < 2
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1


async def _nothing_left() -> bool:
    return await Job.all().count() == 0


async def test_every_kind_of_job_is_taken_on(database: Database, tmp_path: Path) -> None:
    """What was promised by writing it down would wait for ever, and nobody be told."""
    kinds: dict[str, dict[str, object]] = {
        PLACE_PASSAGES: {"article": str(new_id())},
        CONFIRMATION: {"emailKey": "nobody's"},
        REPLY: {"commentId": str(new_id()), "eventId": str(new_id())},
        DIGEST: {"userId": str(new_id())},
        READER_REQUEST: {"email": TO, "purpose": ReaderRequest.EXPORT},
        SCRUB: {},
        QUESTION: {"comment": str(new_id()), "edited_at": None, "block": None},
        CORRECTION: {"comment": str(new_id()), "is_spam": True},
    }
    use_secret(SECRET)
    await found(database)
    async with transaction(database):
        for kind, payload in kinds.items():
            await enqueue(database, kind, payload)

    async def all_begun() -> bool:
        # What has to wait for somebody, as a scrub may, was begun as well.
        return not await Job.filter(attempts=0).exists()

    async with working(database, Settings(outbox=tmp_path, worker_poll_seconds=60, akismet_key="a key")):
        await until(all_begun)

    assert await Job.exclude(kind=SCRUB).count() == 0


async def test_a_schedule_is_met_within_two_seconds(database: Database, tmp_path: Path) -> None:
    """Subscribers would hear of an article long after readers see it."""
    await found(database)
    article = await an_article(database)

    async def events() -> bool:
        return await Event.filter(type="ARTICLE_PUBLISHED").exists()

    async with working(database, Settings(outbox=tmp_path, worker_poll_seconds=60)):
        due = now() + 1.5 * SECOND
        await schedule_article(database, EDITOR, article.id, publish_at=due)
        early = await events()
        await until(events)
        late = now() - due

    assert not early
    assert timedelta() <= late < 2 * SECOND
    assert await Publication.filter(starts_by_clock=True).count() == 0


async def test_the_application_works_where_it_is_told_to(database_url: str, tmp_path: Path) -> None:
    """`cms serve` would never send a letter; or `--no-worker` not keep it from it."""
    settings = settings_for(database_url, tmp_path, outbox=tmp_path / "outbox")
    left = []
    for with_worker in (False, True):
        app = create_app(settings, with_worker=with_worker)
        async with app.router.lifespan_context(app):
            database: Database = app.state.database
            await send_mail(database, to=TO, subject="Hello", text="", key="a")
            await pause(1)
            left.append(await Job.all().count())

    assert left == [1, 0]


# Processes


@contextmanager
def process(url: str, folder: Path, *arguments: str, **given: str) -> Iterator["subprocess.Popen[str]"]:
    """`cms` in a process of its own, killed at the end if it still runs."""
    settings = {"DATABASE_URL": url, "WORKER_POLL_SECONDS": "1", "MAIL_FROM": "light@harbour.example.org", **given}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CMS_")}
    environment = {**inherited, **{f"CMS_{name}": value for name, value in settings.items()}}
    pipe = subprocess.PIPE
    command = [str(CMS), *arguments]
    started = subprocess.Popen(command, env=environment, cwd=folder, stdout=pipe, stderr=pipe, text=True)  # noqa: S603 - ours
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def started_up(started: "subprocess.Popen[str]") -> None:
    """Wait until it says so."""
    assert started.stderr is not None
    assert any(line.startswith("Working.") for line in iter(started.stderr.readline, ""))


def ended(started: "subprocess.Popen[str]", how: int) -> int:
    """Its exit status, once it was told to end."""
    started.send_signal(how)
    return started.wait(15)


async def test_what_a_killed_worker_leaves_another_one_finishes(database: Database, tmp_path: Path) -> None:
    """A power cut, or too little memory, would lose letters."""
    for number in range(8):
        await send_mail(database, to=TO, subject=f"Number {number}", text="", key=str(number))
    ids = {job.id for job in await Job.all()}

    async with serving(Server(stalls=True)) as slow:
        url = f"smtp://127.0.0.1:{slow.port}"
        with process(database.url, tmp_path, "worker", SMTP_URL=url) as first:
            await until(lambda: _taken_on(4), 20)
            killed = ended(first, signal.SIGKILL)
    left = await Job.all()
    # What the leases would come to, in a minute.
    await Job.filter(attempts=1).update(run_at=now())
    async with serving(Server()) as quick:
        url = f"smtp://127.0.0.1:{quick.port}"
        with process(database.url, tmp_path, "worker", SMTP_URL=url) as second:
            await until(_nothing_left, 20)
            stopped = ended(second, signal.SIGTERM)

    assert (killed, stopped) == (-signal.SIGKILL, 0)
    assert ({job.id for job in left}, sorted(job.attempts for job in left)) == (ids, [0] * 4 + [1] * 4)
    assert sorted(letter["Message-ID"] for letter in quick.letters) == sorted(
        f"<{key}@harbour.example.org>" for key in ids
    )


async def _taken_on(count: int) -> bool:
    return await Job.filter(lease_owner__not_isnull=True).count() == count


async def test_a_worker_that_is_told_to_stop_hands_its_work_on(database: Database, tmp_path: Path) -> None:
    """Each deployment would hold up letters by a minute, and look like a failure."""
    await send_mail(database, to=TO, subject="Hello", text="", key="a")

    async with serving(Server(stalls=True)) as slow:
        url = f"smtp://127.0.0.1:{slow.port}"
        with process(database.url, tmp_path, "worker", SMTP_URL=url) as worker:
            await until(lambda: _taken_on(1), 20)
            status = await asyncio.to_thread(ended, worker, signal.SIGTERM)

    job = await Job.get()
    assert (status, job.attempts, job.lease_owner) == (0, 0, None)
    assert job.run_at <= now()


@pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)
async def test_two_workers_and_a_server_do_everything_once(database: Database, tmp_path: Path) -> None:
    """With more than one process, letters would be sent twice; or one process keep another from writing."""
    with process(database.url, tmp_path, "worker") as one, process(database.url, tmp_path, "worker") as two:
        for each in (one, two):
            await asyncio.to_thread(started_up, each)
        for number in range(60):
            await send_mail(database, to=TO, subject="Hello", text="", key=str(number))
        await until(_nothing_left, 30)
        told = [ended(each, signal.SIGTERM) for each in (one, two)]
        said = [each.communicate() for each in (one, two)]

    assert told == [0, 0]
    done = [line for out, _ in said for line in out.splitlines() if "mail handed over" in line]
    assert (len(done), len(set(done))) == (60, 60)
    assert not [line for out, _ in said for line in out.splitlines() if "failed" in line]
    assert len(list((tmp_path / "outbox").iterdir())) == 60
