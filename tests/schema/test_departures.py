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
    with WhileConnected(client.receive):
        await _pass(seconds)
        return "done"


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
    with pytest.raises(ZeroDivisionError), WhileConnected(_Client().receive):
        raise ZeroDivisionError
