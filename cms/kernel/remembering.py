"""Answers that count for a while: asked for once, taken for the truth for seconds, then asked for again.

The one thing to know: what is there and what is not are kept apart. A flood of invented names costs its own statements,
but pushes out nothing that is in use.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

Found = TypeVar("Found")

_NO_TIME = timedelta()


@dataclass(frozen=True, slots=True)
class _Answer(Generic[Found]):
    """What there was under a name when somebody asked."""

    asked_at: datetime
    found: Found | None


class _Answers(Generic[Found]):
    """Answers by name. Where there is no room for another, the oldest goes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._by_name: dict[str, _Answer[Found]] = {}

    def __len__(self) -> int:
        return len(self._by_name)

    def get(self, name: str) -> _Answer[Found] | None:
        """The last answer, if it is still here."""
        return self._by_name.get(name)

    def keep(self, name: str, answer: _Answer[Found]) -> None:
        """Keep an answer in place of an older one."""
        self.forget(name)
        if len(self._by_name) >= self._most:
            del self._by_name[next(iter(self._by_name))]
        self._by_name[name] = answer

    def forget(self, name: str) -> None:
        """Keep none."""
        self._by_name.pop(name, None)


class Remembered(Generic[Found]):
    """What can be found under names, each asked for no more than once in a while. One for a process; tasks share it."""

    def __init__(
        self,
        find: Callable[[str, datetime], Coroutine[Any, Any, Found | None]],
        counts_for: timedelta,
        *,
        most: int,
        most_missing: int,
    ) -> None:
        """Remember what `find` says of a name at a moment.

        Args:
            find: what there is under a name, or None. What it raises is no answer, and goes to all who wait for one.
            counts_for: how long an answer is taken for the truth.
            most: how many things are remembered.
            most_missing: of how many names it is remembered that there is nothing.
        """
        self._find = find
        self._counts_for = counts_for
        self.found: _Answers[Found] = _Answers(most)
        self.missing: _Answers[Found] = _Answers(most_missing)
        self._asking: dict[str, asyncio.Task[Found | None]] = {}

    def at_hand(self, name: str, at: datetime) -> Found | None:
        """What there is under a name, if that is known without asking."""
        answer = self.found.get(name)
        return answer.found if answer is not None and self._counts(answer, at) else None

    async def get(self, name: str, at: datetime) -> Found | None:
        """What there is under a name, or was less than `counts_for` ago. Call it outside of any transaction.

        Many who ask for one name at once are told by one asking.
        """
        answer = self.found.get(name) or self.missing.get(name)
        if answer is not None and self._counts(answer, at):
            return answer.found
        asking = self._asking.get(name)
        if asking is None:
            asking = self._asking[name] = asyncio.create_task(self._ask(name, at))
            asking.add_done_callback(lambda _: self._asking.pop(name))
        # Shielded: one of them who leaves must not take the answer away from the others.
        return await asyncio.shield(asking)

    def _counts(self, answer: _Answer[Found], at: datetime) -> bool:
        # Not before it was asked either: a clock that is set back would make it count for longer.
        return _NO_TIME <= at - answer.asked_at < self._counts_for

    async def _ask(self, name: str, at: datetime) -> Found | None:
        found = await self._find(name, at)
        there, elsewhere = (self.missing, self.found) if found is None else (self.found, self.missing)
        there.keep(name, _Answer(at, found))
        elsewhere.forget(name)
        return found

    async def aclose(self) -> None:
        """Wait for what is still being asked."""
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
