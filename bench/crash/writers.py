"""Writers: clients that keep writing, to articles that others are writing to as well, until their server dies."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any, Final

import httpx2

from bench.crash.ledger import Ledger
from bench.crash.writes import Unanswered, Verb, Write, answer_of, text_of
from cms.kernel.clock import now, to_text

#: How often each is done. Most of what editors do is saving.
_OFTEN: Final = {
    Verb.CREATE: 14,
    Verb.UPDATE: 45,
    Verb.PUBLISH: 15,
    Verb.SCHEDULE: 12,
    Verb.UNPUBLISH: 8,
    Verb.DELETE: 2,
    Verb.PLANT: 4,
}
_AUTOSAVES, _NEW_SLUGS, _ENDS, _AGAIN = 0.2, 0.2, 0.5, 0.05
_SOONEST_SECONDS, _LATEST_SECONDS = 0.2, 1.2


@dataclass(slots=True)
class Desk:
    """What all writers share.

    Attributes:
        ledger: what they remember.
        random: decides what is written, so that a run can be repeated as far as timing allows.
        author: the global id of the author whom every article names.
        topic: that of the topic under which every article stands.
    """

    ledger: Ledger
    random: Random
    author: str
    topic: str
    _numbers: "count[int]" = field(default_factory=count)

    def next_write(self, writer: str) -> Write:
        """Something to do."""
        verb = self.random.choices(list(_OFTEN), list(_OFTEN.values()))[0]
        key = f"{writer}-{next(self._numbers)}"
        if verb is Verb.PLANT:
            return Write(verb=verb, key=key, variables={"input": {"name": key}})
        articles = self.ledger.versions
        if verb is Verb.CREATE or not articles:
            return Write(verb=Verb.CREATE, key=key, variables={"input": self._new(key)})
        # The newest articles are fought over: eight writers take turns at a dozen of them.
        article = self.random.choice(list(articles)[-12:])
        return _ON_ARTICLES[verb](self, key, article, articles[article])

    def _new(self, key: str) -> dict[str, Any]:
        return {
            "title": key,
            "body": {"markdown": text_of(key)},
            "contributors": [{"authorId": self.author}],
            "topicIds": [self.topic],
        }

    def update(self, key: str, article: str, version: int) -> Write:
        """A save, now and then of the editor's program alone, now and then under another slug."""
        autosave = self.random.random() < _AUTOSAVES
        given = {"id": article, "expectedVersion": version, "autosave": autosave, "title": key}
        given |= {"body": {"markdown": text_of(key)}}
        given |= {"slug": key} if self.random.random() < _NEW_SLUGS else {}
        return _on(Verb.UPDATE, key, article, {"input": given}, expected=version, autosave=autosave)

    def publish(self, key: str, article: str, version: int) -> Write:
        """Publishing, with the key for a note."""
        return _on(Verb.PUBLISH, key, article, {"id": article, "note": key}, expected=version)

    def schedule(self, key: str, article: str, version: int) -> Write:
        """A plan for a moment that is near, and sometimes one for the end."""
        starts_at = now() + timedelta(seconds=self.random.uniform(_SOONEST_SECONDS, _LATEST_SECONDS))
        ends_at = starts_at + timedelta(seconds=self.random.uniform(_SOONEST_SECONDS, _LATEST_SECONDS))
        given = {"id": article, "publishAt": to_text(starts_at)}
        given |= {"unpublishAt": to_text(ends_at)} if self.random.random() < _ENDS else {}
        return _on(Verb.SCHEDULE, key, article, given, expected=version)

    def unpublish(self, key: str, article: str, _version: int) -> Write:
        """Taking an article down."""
        return _on(Verb.UNPUBLISH, key, article, {"id": article})

    def delete(self, key: str, article: str, _version: int) -> Write:
        """Deleting an article."""
        return _on(Verb.DELETE, key, article, {"id": article})


_ON_ARTICLES: Mapping[Verb, Callable[[Desk, str, str, int], Write]] = {
    Verb.UPDATE: Desk.update,
    Verb.PUBLISH: Desk.publish,
    Verb.SCHEDULE: Desk.schedule,
    Verb.UNPUBLISH: Desk.unpublish,
    Verb.DELETE: Desk.delete,
}


def _on(
    verb: Verb,
    key: str,
    article: str,
    variables: Mapping[str, Any],
    *,
    expected: int | None = None,
    autosave: bool = False,
) -> Write:
    version = {} if expected is None or "input" in variables else {"expectedVersion": expected}
    given = {**variables, **version}
    return Write(verb=verb, key=key, variables=given, article=article, expected=expected, autosave=autosave)


async def resend(client: httpx2.AsyncClient, ledger: Ledger) -> None:
    """Send everything whose outcome is unknown again, under its old key; what finds no server stays unknown."""
    await asyncio.gather(*(_send(client, ledger, write, at_once=False) for write in list(ledger.unknown.values())))


async def keep_writing(client: httpx2.AsyncClient, desk: Desk, name: str, most: int | None = None) -> None:
    """Write one thing after the other, until the server is gone or so many writes are done."""
    for done in count():
        if done == most:
            return
        kept = desk.ledger.kept
        if kept and desk.random.random() < _AGAIN:
            going = await _again(client, desk.ledger, desk.random.choice(list(kept)[-100:]))
        else:
            going = await _send(client, desk.ledger, desk.next_write(name), at_once=True)
        if not going:
            return


async def _send(client: httpx2.AsyncClient, ledger: Ledger, write: Write, *, at_once: bool) -> bool:
    """Whether there was an answer."""
    try:
        response = await client.post("/graphql", content=write.body)
        ledger.note(write, answer_of(response.status_code, response.content), at_once=at_once)
    except httpx2.ConnectError:
        return False  # Nobody was there to take it.
    except httpx2.TransportError:
        if at_once:
            ledger.lose_sight(write)
        return False
    except Unanswered as fault:
        ledger.faults.append(f"{write.key} was answered with {fault}")
    return True


async def _again(client: httpx2.AsyncClient, ledger: Ledger, key: str) -> bool:
    """Send what was acknowledged again, as a client does whose memory is worse than ours."""
    write = ledger.kept[key].write
    try:
        response = await client.post("/graphql", content=write.body)
        ledger.compare(write, answer_of(response.status_code, response.content))
    except httpx2.TransportError:
        return False
    except Unanswered as fault:
        ledger.faults.append(f"{key}, sent again, was answered with {fault}")
    return True
