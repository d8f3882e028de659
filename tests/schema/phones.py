"""Somebody who follows a subscription, as a test speaks of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from cms.kernel.viewer import Viewer
from schema.answering import answer_of, encode
from schema.edge import Unacceptable, asked
from schema.schema import Asking
from tests.schema.desk import Desk

#: Long enough for whatever is going to be told.
QUIET_SECONDS: Final = 0.15


@dataclass
class Phone:
    """Somebody who follows: what they were told, and who they are by now (nobody who may, if None)."""

    asking: Asking | None
    told: list[dict[str, Any]] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    async def renew(self) -> Asking:
        """Who it is."""
        if self.asking is None:
            raise Unacceptable("The credential is not valid.", 401, "UNAUTHENTICATED")
        return self.asking

    async def hear(self, count: int = 1) -> list[dict[str, Any]]:
        """The next items, so many of them, and no more for a moment."""
        async with asyncio.timeout(5):
            while len(self.told) < count:
                self.news.clear()
                await self.news.wait()
        await self.hear_nothing()
        heard, self.told = self.told, []
        assert len(heard) == count, heard
        return heard

    async def hear_nothing(self) -> None:
        """Nothing but what was heard so far."""
        known = len(self.told)
        assert self.task is not None
        await asyncio.wait({self.task}, timeout=QUIET_SECONDS)
        assert len(self.told) == known, self.told[known:]

    async def finished(self) -> None:
        """Until there is nothing more to be told."""
        assert self.task is not None
        await asyncio.wait_for(self.task, 5)

    async def ended(self) -> Any:  # noqa: ANN401 - an answer, as JSON has it
        """How it ended: with errors, or by losing its credential."""
        try:
            await self.finished()
        except Unacceptable as error:
            return error.code
        (last,) = self.told
        return [error["extensions"]["code"] for error in last["errors"]]


@asynccontextmanager
async def following(desk: Desk, viewer: Viewer, document: str, **variables: object) -> AsyncIterator[Phone]:
    """Somebody who follows, from before the block until its end."""
    phone = Phone(Asking(viewer=viewer))
    question = asked({"query": document, "variables": variables})

    async def follow() -> None:
        try:
            async with aclosing(desk.schema.follow(question, phone.renew)) as parts:
                async for part in parts:
                    if part.result is not None:
                        phone.told.append(orjson.loads(encode(answer_of(part.result))))
                    phone.begun.set()
                    phone.news.set()
        finally:
            phone.begun.set()
            phone.news.set()

    phone.task = asyncio.create_task(follow())
    await asyncio.wait_for(phone.begun.wait(), 5)
    try:
        yield phone
    finally:
        phone.task.cancel()
        await asyncio.gather(phone.task, return_exceptions=True)
