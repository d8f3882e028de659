"""Asking Akismet, and telling it: the jobs that leave the house where a key is set.

The one thing to know: what cannot be asked now is asked later, as any job is; meanwhile the comment waits for a person.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from cms.comments.akismet import CORRECTION, QUESTION
from cms.comments.second_opinion import (
    Opinion,
    Question,
    correction_of,
    note_correction,
    question_of,
    take_answer,
)
from cms.kernel.database import Database
from cms.kernel.jobs import Claim, Handler, JobFailed
from cms.kernel.outbound import Answer, Outbound, OutboundError
from cms.kernel.settings import Settings

_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
_MOST_BYTES: Final = 16 * 1024
_OK: Final = 200
_OPINIONS: Final = {b"true": True, b"false": False}


def akismet_handlers(settings: Settings) -> Mapping[str, Handler]:
    """What does the jobs; on this machine itself a server is asked in development only."""
    out = Outbound(reaches_loopback=not settings.is_production, most_bytes=_MOST_BYTES)
    server = _Akismet(settings.akismet_url, settings.akismet_key, out)
    return {QUESTION: server.ask, CORRECTION: server.correct}


class _Akismet:
    """A server that speaks version 1.1 of Akismet's protocol."""

    def __init__(self, url: str, key: str, out: Outbound) -> None:
        self._url = url
        self._key = key
        self._out = out

    async def ask(self, database: Database, claim: Claim) -> None:
        """Ask about a comment, and let follow what follows; outside any transaction, for it may take its time."""
        question = await question_of(claim.payload)
        if question is not None:
            answer = await self._post("comment-check", question)
            await take_answer(database, claim.payload, _opinion(answer))

    async def correct(self, _database: Database, claim: Claim) -> None:
        """Tell of a comment about which moderators thought otherwise."""
        correction = await correction_of(claim.payload)
        if correction is not None:
            await self._post("submit-spam" if claim.payload["is_spam"] else "submit-ham", correction)
            await note_correction(claim.payload)

    async def _post(self, verb: str, question: Question) -> Answer:
        content = urlencode({"api_key": self._key, **question}).encode()
        try:
            answer = await self._out.post(f"{self._url}/1.1/{verb}", content, _FORM)
        except OutboundError as error:
            raise JobFailed(f"Akismet could not be asked: {error}") from None
        if answer.status != _OK:
            raise JobFailed(f"Akismet answered {answer.status}")
        if answer.body.strip() == b"invalid":
            raise JobFailed("Akismet does not know the key: look at CMS_AKISMET_KEY")
        return answer


def _opinion(answer: Answer) -> Opinion:
    is_spam = _OPINIONS.get(answer.body.strip())
    if is_spam is None:
        raise JobFailed("Akismet answered neither true nor false")
    return Opinion(is_spam, is_blatant=answer.headers.get("x-akismet-pro-tip") == "discard")
