"""Whoever talks while clients listen, in a process of their own.

The one thing to know: readers talk through the verb of comments and not over HTTP, where one address may post five
comments in ten minutes. Everything else about a comment is as ever.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from time import monotonic
from typing import Final

from bench.databases import SECRET_KEY, environment
from cms.comments.actions import post_comment
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.models import Comment
from cms.kernel.database import Database, open_database, transaction
from cms.kernel.events import EventType, NewEvent, append_events
from cms.kernel.ids import GlobalId, parse_global_id
from cms.kernel.secrecy import use_secret
from cms.kernel.viewer import ANONYMOUS, SYSTEM
from cms.kernel.waking import Alarm
from cms.tables import MIGRATIONS, MODEL_MODULES

_EDITS_AT_ONCE: Final = 100


class Talk(StrEnum):
    """What is said: comments below an article, or that a comment was edited, a hundred times at once."""

    POST = "post"
    EDIT = "edit"


@asynccontextmanager
async def talking(
    url: str, talk: Talk, subject: str, number: int, each_second: int
) -> AsyncIterator[asyncio.Task[int]]:
    """A process that talks so often about an article or a comment; what is yielded is its exit status, to wait for."""
    arguments = ("-m", "bench.clients.talking", talk.value, subject, str(number), str(each_second))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=environment(url))
    ended = asyncio.create_task(process.wait())
    try:
        yield ended
    finally:
        if not ended.done():
            process.kill()
        await ended


async def _talk(talk: Talk, subject: GlobalId, number: int, each_second: int) -> None:
    use_secret(SECRET_KEY.encode())
    nothing, begun = Alarm(), monotonic()
    async with open_database(os.environ["BENCH_DATABASE_URL"], MODEL_MODULES, MIGRATIONS) as database:
        at_once = _EDITS_AT_ONCE if talk is Talk.EDIT else 1
        for said in range(0, number, at_once):
            await nothing.wait(max(0.0, begun + said / each_second - monotonic()))
            await (_edit(database, subject) if talk is Talk.EDIT else _post(database, subject, said))


async def _post(database: Database, article: GlobalId, number: int) -> None:
    said = f"A remark that a reader makes, and the one with the number {number}."
    draft = CommentDraft(article.key, said, guest=Guest(f"Reader {number % 97}"))
    await post_comment(database, ANONYMOUS, draft)


async def _edit(database: Database, node: GlobalId) -> None:
    """Write down that a comment was edited: listeners are told the comment as it is when they are told."""
    comment = await Comment.get(id=node.key)
    edited = NewEvent(EventType.COMMENT_EDITED, node, comment.article_id, {"status": comment.status.value})
    async with transaction(database):
        await append_events(database, SYSTEM.actor, [edited] * _EDITS_AT_ONCE)


def main(verb: str, subject: str, number: str, each_second: str) -> None:
    """Talk, as the command line says."""
    named = parse_global_id(subject)
    assert named is not None  # noqa: S101 - it is one of ours
    asyncio.run(_talk(Talk(verb), named, int(number), int(each_second)))


if __name__ == "__main__":
    main(*sys.argv[1:])
