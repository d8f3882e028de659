"""A worker for tests that writes letters about comments, and hands none over: they stay to be read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cms.comments.letter_writers import letter_writers
from cms.comments.notifying import follower
from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.following import Follower
from cms.kernel.jobs import Hands
from cms.kernel.mail import MAIL
from cms.kernel.models import Job

URL = "https://cms.example.org"
QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Posted:
    """A letter as it was written down."""

    to: str
    subject: str
    text: str
    unsubscribe: str | None
    key: str

    @property
    def token(self) -> str:
        """The token of the one link to a page that it has."""
        (found,) = re.findall(r"\?token=(\S+)", self.text)
        return str(found)


class PostOffice:
    """A worker without a mail server."""

    def __init__(self, database: Database, *, url: str = URL, digest_every: timedelta = QUARTER) -> None:
        self.follower = Follower(database, "comment-mail", follower(digest_every))
        self.hands = Hands(database, letter_writers(url))

    async def follow(self) -> None:
        """Read the log to its end."""
        while (due := await self.follower.look()) is not None and due <= now():
            pass

    async def work(self) -> list[Posted]:
        """Do everything that is due by now; the letters that were written since they were taken away last."""
        await self.follow()
        while (due := await self.hands.look()) is not None and due <= now():
            pass
        return await taken_away()


async def taken_away() -> list[Posted]:
    """The letters that wait, which a server then has."""
    rows = await Job.filter(kind=MAIL).order_by("run_at", "id")
    await Job.filter(kind=MAIL).delete()
    return [_letter(row.payload, row.unique_key) for row in rows]


async def waiting() -> Sequence[tuple[str, timedelta]]:
    """The other jobs: of which kind, and how long from now."""
    rows = await Job.exclude(kind=MAIL).order_by("run_at", "id")
    return [(row.kind, row.run_at - now()) for row in rows]


def _letter(payload: dict[str, Any], key: str | None) -> Posted:
    return Posted(payload["to"], payload["subject"], payload["text"], payload["unsubscribe"], key or "")
