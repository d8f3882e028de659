"""A follower of the event log that is killed as servers are, and writes down what it was told.

The one thing to know: it writes before its position is stored, so that it may be told something twice, and must never
be told something not at all. `python -m bench.crash.listening FILE` follows until it is killed.
"""

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from cms.kernel.clock import now
from cms.kernel.database import Database, open_database
from cms.kernel.event_log import LoggedEvent
from cms.kernel.following import Follower
from cms.kernel.waking import Topic, alarm
from cms.tables import MIGRATIONS, MODEL_MODULES

_NAME: Final = "crash"
_REST_SECONDS: Final = 0.05


class Notebook:
    """A file with a line for each event that was told: its place in the order and its id."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def note(self, _database: Database, events: Sequence[LoggedEvent]) -> None:
        """Write events down. What is in the file outlives the process that wrote it."""
        lines = "".join(f"{event.seq} {event.id}\n" for event in events).encode()
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, lines)
        finally:
            os.close(file)

    def read(self) -> Mapping[int, frozenset[UUID]]:
        """The ids that each place in the order was told under."""
        seen = defaultdict(set)
        text = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
        # A line that has no end was being written when its writer died; its events are told again.
        for line in text[: text.rfind("\n") + 1].splitlines():
            seq, identifier = line.split(" ")
            seen[int(seq)].add(UUID(identifier))
        return {seq: frozenset(ids) for seq, ids in seen.items()}


async def catch_up(database: Database, notebook: Notebook) -> None:
    """Follow to the end of the log. Call it when nobody writes."""
    follower = Follower(database, _NAME, notebook.note)
    with alarm() as nothing:
        while (due := await follower.look()) is not None:
            await nothing.wait(max(0.0, (due - now()).total_seconds()))


async def _follow(url: str, notebook: Notebook) -> None:
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        follower = Follower(database, _NAME, notebook.note)
        with alarm(Topic.EVENTS) as rung:
            while True:
                rung.quiet()
                due = await follower.look()
                await rung.wait(_REST_SECONDS if due is None else max(0.0, (due - now()).total_seconds()))


if __name__ == "__main__":
    asyncio.run(_follow(os.environ["BENCH_DATABASE_URL"], Notebook(Path(sys.argv[1]))))
