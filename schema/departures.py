"""Clients that leave: what is being read for them stops."""

import asyncio
from collections.abc import Coroutine, Generator
from functools import partial
from typing import Any, Generic, TypeVar

from starlette.types import Receive

#: Most answers that have to be waited for are there before this; only the others are worth a task that watches.
_WATCH_AFTER_SECONDS = 0.1

Result = TypeVar("Result")


class Departed(Exception):
    """The client has left; there is nobody to answer."""


class WhileConnected(Generic[Result]):
    """Awaits some work, and cancels it, by `Departed`, when the client leaves before it is done.

    The request's body must have been received whole: what comes then is the news that the client has gone. Work that
    never has to wait is done before anybody could leave, and costs nothing more for being watched.
    """

    def __init__(self, receive: Receive, work: Coroutine[Any, Any, Result]) -> None:
        self._receive = receive
        self._work = work
        self._has_left = False
        self._task: asyncio.Task[Any] | None = None
        self._watcher: asyncio.Task[None] | None = None

    def __await__(self) -> Generator[Any, Any, Result]:
        """The result of the work.

        Raises:
            Departed: nobody waits for it.
        """
        try:
            waiting_for = self._work.send(None)
        except StopIteration as done:
            result: Result = done.value
            return result
        return (yield from self._watched(waiting_for))

    def _watched(self, waiting_for: object) -> Generator[Any, Any, Result]:
        """Go on with work that has begun to wait."""
        loop = asyncio.get_running_loop()
        self._task = asyncio.current_task(loop)
        timer = loop.call_later(_WATCH_AFTER_SECONDS, self._watch)
        try:
            return (yield from self._rest(waiting_for))
        except asyncio.CancelledError:
            if not self._has_left or self._task is None:
                raise
            self._task.uncancel()
            raise Departed from None
        finally:
            timer.cancel()
            if self._watcher is not None:
                self._watcher.cancel()

    def _rest(self, waiting_for: object) -> Generator[Any, Any, Result]:
        """`yield from` for a coroutine that has been started (PEP 380, as far as coroutines need it)."""
        while True:
            try:
                sent = yield waiting_for
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is the work's to deal with
                step = partial(self._work.throw, error)
            else:
                step = partial(self._work.send, sent)
            try:
                waiting_for = step()
            except StopIteration as done:
                result: Result = done.value
                return result

    def _watch(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._has_left = True
        if self._task is not None:
            self._task.cancel()
