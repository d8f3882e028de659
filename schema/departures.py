"""Clients that leave: what is being read for them stops."""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Receive

#: Most answers are there before this; watching only the others costs a timer in place of a task.
_WATCH_AFTER_SECONDS = 0.1


class Departed(Exception):
    """The client has left; there is nobody to answer."""


class WhileConnected:
    """Cancels the block within it, by `Departed`, when the client leaves before it ends.

    The request's body must have been received whole: what comes then is the news that the client has gone.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._has_left = False
        self._watcher: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._task = asyncio.current_task(loop)
        self._timer = loop.call_later(_WATCH_AFTER_SECONDS, self._watch)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if self._has_left and kind is asyncio.CancelledError and self._task is not None:
            self._task.uncancel()
            raise Departed from None

    def _watch(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._has_left = True
        if self._task is not None:
            self._task.cancel()
