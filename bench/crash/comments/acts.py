"""One thing that a reader or a moderator does: what is sent for it, and what came back.

The one thing to know: whatever an act puts down carries its idempotency key (in a text, a ground, a detail), so that
each row tells which act it is from. Every act comes from a neighbourhood of its own, as readers' do; the servers stand
behind a proxy that says so, and their limits are those of everybody.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from bench.crash.writes import document_of, key_in, payload_of

#: What a server is told so that it takes the word of the proxy, which here is whoever sends.
BEHIND_A_PROXY: Final = {"CMS_TRUSTED_PROXIES": "127.0.0.1"}
_NEIGHBOURHOODS: Final = 0x1_0000_0000


class Verb(StrEnum):
    """What is done, as the API calls it."""

    POST = "postComment"
    EDIT = "editComment"
    DELETE = "deleteComment"
    FLAG = "flagComment"
    REACT = "reactToComment"
    MODERATE = "moderateComments"
    RULE = "updateArticle"


_DECLARED: Final = {
    Verb.POST: "$input: PostCommentInput!",
    Verb.EDIT: "$input: EditCommentInput!",
    Verb.DELETE: "$id: ID!, $editToken: String",
    Verb.FLAG: "$id: ID!, $reason: FlagReason!, $detail: String",
    Verb.REACT: "$id: ID!, $reaction: Reaction!, $readerKey: String!, $remove: Boolean! = false",
    Verb.MODERATE: "$ids: [ID!]!, $action: ModerationAction!, $reason: String",
    Verb.RULE: "$input: UpdateArticleInput!",
}
_SHOWN: Final = {
    **dict.fromkeys(Verb, "node: comment { id }"),
    Verb.POST: "node: comment { id status } editToken",
    Verb.MODERATE: "nodes: comments { id }",
    Verb.RULE: "node: article { id version }",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that is to be done once.

    Attributes:
        verb: what.
        key: under which it is sent, and sent again.
        variables: what it is sent with.
        place: the number of the neighbourhood that it comes from.
        secret: of whoever is signed in.
    """

    verb: Verb
    key: str
    variables: Mapping[str, Any]
    place: int = 0
    secret: str | None = field(default=None, repr=False)

    @property
    def given(self) -> Mapping[str, Any]:
        """What is said of it: the input, where it has one."""
        found: Mapping[str, Any] = self.variables.get("input", self.variables)
        return found

    @property
    def comment(self) -> UUID | None:
        """The comment that it is done to."""
        return key_in(self.given.get("id"))

    @property
    def body(self) -> bytes:
        """The request."""
        variables = {**self.variables, "options": {"idempotencyKey": self.key}}
        query = document_of(self.verb, _DECLARED[self.verb], _SHOWN[self.verb])
        return json.dumps({"query": query, "variables": variables}).encode()

    @property
    def headers(self) -> Mapping[str, str]:
        """Where it comes from, in the words of the proxy, and whose it is."""
        high, low = divmod(self.place % _NEIGHBOURHOODS, 0x1_0000)
        signed = {"authorization": f"Bearer {self.secret}"} if self.secret else {}
        return {"content-type": "application/json", "x-forwarded-for": f"2001:{high:x}:{low:x}::7", **signed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody was told.

    Attributes:
        nodes: the comments, or the article, that it is about.
        token: by which a comment's writer is known again; told once.
        version: the article's.
        events: what the act appended to the log, by type.
        code: why it was not done; None when it was.
        current_version: with a conflict, the version there is.
    """

    nodes: tuple[UUID, ...] = ()
    token: str | None = field(default=None, repr=False)
    version: int | None = None
    events: Mapping[str, int] = field(default_factory=dict)
    code: str | None = None
    current_version: int | None = None


def text_of(key: str, *, is_rude: bool = False) -> str:
    """What is said under a key; what is rude waits for a moderator."""
    return f"You idiot, said under {key}." if is_rude else f"Said under {key}."


def answer_of(status: int, content: bytes) -> Answer:
    """What an answer tells.

    Raises:
        Unanswered: it is not of status 200, or tells of a fault.
    """
    payload = payload_of(status, content)
    shown, problem = payload.get("nodes") or [payload.get("node")], next(iter(payload["errors"]), {})
    return Answer(
        nodes=tuple(key for each in shown if each and (key := key_in(each["id"]))),
        token=payload.get("editToken"),
        version=(shown[0] or {}).get("version"),
        events={each["event"]: each["count"] for each in payload["effects"]["events"]},
        code=problem.get("code"),
        current_version=problem.get("currentVersion"),
    )
