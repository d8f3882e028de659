"""Clients that leave stop what is read for them; those that stay are answered, however long it takes."""

import asyncio
import time
from collections.abc import MutableMapping
from typing import Any

import pytest

from schema.departures import Departed, WhileConnected

pytestmark = pytest.mark.asyncio

GONE = {"type": "http.disconnect"}


class _Client:
    """A client's side of ASGI: what it sends, and that it leaves."""

    def __init__(self, *, has_left: bool = False) -> None:
        self.asked = 0
        self._left = asyncio.Event()
        if has_left:
            self._left.set()

    async def receive(self) -> MutableMapping[str, Any]:
        """Nothing, until it leaves."""
        self.asked += 1
        await self._left.wait()
        return dict(GONE)


async def _work(client: _Client, seconds: float) -> str:
    async def work() -> str:
        await _pass(seconds / 2)
        await _pass(seconds / 2)
        return "done"

    return await WhileConnected(client.receive, work())


async def _pass(seconds: float) -> None:
    """Let so much time pass: it is what these tests are about."""
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, passed.set)
    await passed.wait()


async def test_what_nobody_waits_for_is_stopped_within_a_second() -> None:
    """The database would work on for readers who closed the page."""
    before = time.perf_counter()
    with pytest.raises(Departed):
        await _work(_Client(has_left=True), 30)

    assert time.perf_counter() - before < 1
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_without_a_watch_nothing_stops() -> None:
    """The twin: work that is only awaited goes on, whoever has left."""
    client = _Client(has_left=True)

    work = asyncio.create_task(_pass(30))
    await asyncio.wait({work}, timeout=0.5)

    assert not work.done()
    assert client.asked == 0
    work.cancel()


async def test_who_stays_is_answered() -> None:
    """Slow answers would be lost."""
    client = _Client()

    assert await _work(client, 0.3) == "done"
    assert client.asked == 1


async def test_quick_answers_are_not_watched() -> None:
    """Every request would cost a task more."""
    client = _Client(has_left=True)

    assert await _work(client, 0.01) == "done"
    await _pass(0.15)
    assert client.asked == 0


async def test_a_server_that_stops_is_no_client_that_left() -> None:
    """Shutting down would be taken for a reader's leaving, and go unnoticed."""
    task = asyncio.create_task(_work(_Client(), 30))
    await _pass(0.15)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_fault_is_told_though_the_client_leaves() -> None:
    """An error of ours would be taken for a reader's leaving, and never be logged."""

    async def fail(after: float) -> None:
        if after:
            await _pass(after)
        raise ZeroDivisionError

    for after in (0, 0.15):
        with pytest.raises(ZeroDivisionError):
            await WhileConnected(_Client().receive, fail(after))


async def test_work_that_catches_what_is_thrown_goes_on() -> None:
    """A statement that was cancelled could not give its connection back."""
    cleaned: list[str] = []

    async def work() -> str:
        try:
            await _pass(30)
        finally:
            await _pass(0.05)
            cleaned.append("up")
        return "never"

    with pytest.raises(Departed):
        await WhileConnected(_Client(has_left=True).receive, work())

    assert cleaned == ["up"]


async def test_work_that_never_waits_is_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly all answers come out of SQLite at once: a timer for each would cost as much as finding its page."""
    timers: list[object] = []
    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", lambda *given: timers.append(given))

    async def work() -> str:
        return "done"

    assert await WhileConnected(_Client().receive, work()) == "done"
    assert timers == []
