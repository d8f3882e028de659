"""The words of the letters about comments. Plain text throughout: what readers wrote stands in it as they wrote it.

The one thing to know: a letter to an address that nobody confirmed holds no word of whoever typed the address, or
strangers could have us send what they like to whom they like.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cms.kernel.clock import to_minute
from cms.kernel.excerpts import excerpt

#: As much of a reply as lets somebody decide whether to read on.
REPLY_CHARS: Final = 400
#: As much of a comment as lets a moderator see how urgent it is.
QUEUE_CHARS: Final = 160


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject and a text."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A comment that moderators should look at; `why` is what holds it, or what was reported."""

    key: UUID
    name: str
    title: str
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Queue:
    """What moderators should look at: how many wait and were reported, since when, and the oldest few of each."""

    waiting: int
    waiting_since: datetime | None
    oldest: Sequence[Waiting]
    reported: int
    first_reported: Sequence[Waiting]

    @property
    def shown(self) -> list[UUID]:
        """The comments that a letter quotes."""
        return [each.key for each in (*self.oldest, *self.first_reported)]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look at."""
        return not self.waiting and not self.reported


def confirmation(site: str, titles: Sequence[str], link: str, until: datetime) -> Letter:
    """Asks whether somebody wants to be told of replies under the articles of these titles."""
    listed = "\n".join(f"- {title}" for title in titles)
    text = (
        f"Hello,\n\nsomebody, most likely you, commented at {site}\n"
        f"and asked to have replies to it mailed to this address. It is about:\n\n{listed}\n\n"
        f"If you want that, confirm it here until {to_minute(until)} UTC:\n\n{link}\n\n"
        "If it was not you, there is nothing to do: without your confirmation no reply is mailed to you.\n"
    )
    return Letter(f"Please confirm: replies by mail from {site}", text)


def reply(site: str, title: str, name: str, said: str, *, link: str, ending: str) -> Letter:
    """Tells of a reply by somebody called `name`."""
    text = (
        f"Hello,\n\n{name or 'Somebody'} replied to your comment on\n{title}\nat {site}:\n\n"
        f"{_quoted(said, REPLY_CHARS)}\n\n"
        f"Read it where it stands:\n\n{link}\n\n-- \n"
        "You asked to be told of replies, and confirmed it. To be told of no more:\n"
        f"{ending}\n"
    )
    return Letter(f"A reply to your comment on {title}", text)


def digest(site: str, name: str, queue: Queue) -> Letter:
    """Tells a moderator what there is to look at."""
    parts = [f"Hello {name},"]
    if queue.waiting:
        since = f", the first of them since {to_minute(queue.waiting_since)} UTC" if queue.waiting_since else ""
        parts += [f"{_waits(queue.waiting)} at {site}{since}."]
        parts += [*map(_entry, queue.oldest), *_more(queue.waiting - len(queue.oldest))]
    if queue.reported:
        parts += [f"{_were_reported(queue.reported)} at {site}, and nobody decided about it since."]
        parts += [*map(_entry, queue.first_reported), *_more(queue.reported - len(queue.first_reported))]
    parts += ["-- \nYou get this because you moderate comments there."]
    counted = [_waits(queue.waiting)] * bool(queue.waiting) + [_were_reported(queue.reported)] * bool(queue.reported)
    return Letter(f"{', '.join(counted)} at {site}", "\n\n".join(parts) + "\n")


def _waits(count: int) -> str:
    return "1 comment waits" if count == 1 else f"{count} comments wait"


def _were_reported(count: int) -> str:
    return "1 comment was reported" if count == 1 else f"{count} comments were reported"


def _entry(waiting: Waiting) -> str:
    return f"{waiting.name or 'Somebody'} on {waiting.title}\n{_quoted(waiting.text, QUEUE_CHARS)}\n({waiting.why})"


def _more(count: int) -> list[str]:
    return [f"... and {count} more."] if count > 0 else []


def _quoted(said: str, max_chars: int) -> str:
    return "\n".join(f"> {line}".rstrip() for line in excerpt(said, max_chars).splitlines())
