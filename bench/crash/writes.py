"""One write: what is sent for it, and what came back.

The one thing to know: whatever a write puts down carries its idempotency key (as a title, a note, a name), so that
each row tells which write it is from, and that it is there once.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from cms.kernel.events import EventType
from cms.kernel.ids import parse_global_id


class Verb(StrEnum):
    """What the writers do, as the API calls it."""

    CREATE = "createArticle"
    UPDATE = "updateArticle"
    PUBLISH = "publishArticle"
    SCHEDULE = "scheduleArticle"
    UNPUBLISH = "unpublishArticle"
    DELETE = "deleteArticle"
    PLANT = "createTopic"


#: What the log tells of each.
TOLD: Final = {
    Verb.CREATE: EventType.ARTICLE_CREATED,
    Verb.UPDATE: EventType.ARTICLE_UPDATED,
    Verb.PUBLISH: EventType.ARTICLE_PUBLISHED,
    Verb.SCHEDULE: EventType.ARTICLE_SCHEDULED,
    Verb.UNPUBLISH: EventType.ARTICLE_UNPUBLISHED,
    Verb.DELETE: EventType.ARTICLE_DELETED,
    Verb.PLANT: EventType.TOPIC_CHANGED,
}
#: The verbs that put down a revision.
SAVING: Final = frozenset({Verb.CREATE, Verb.UPDATE})

_DECLARED: Final = {
    Verb.CREATE: "$input: CreateArticleInput!",
    Verb.UPDATE: "$input: UpdateArticleInput!",
    Verb.PUBLISH: "$id: ID!, $expectedVersion: Int!, $note: String",
    Verb.SCHEDULE: "$id: ID!, $expectedVersion: Int!, $publishAt: DateTime, $unpublishAt: DateTime",
    Verb.UNPUBLISH: "$id: ID!",
    Verb.DELETE: "$id: ID!",
    Verb.PLANT: "$input: CreateTopicInput!",
}
_ARTICLE: Final = "node: article { id version head { id } }"
_SHOWN: Final = {
    **dict.fromkeys(Verb, _ARTICLE),
    Verb.DELETE: "deletedId",
    Verb.PLANT: "node: topic { id version }",
}
_ALWAYS: Final = (
    "errors { __typename code message ... on VersionConflict { currentVersion } } effects { events { event count } }"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Something that a client wants done once.

    Attributes:
        verb: what.
        key: under which it is sent, and sent again.
        variables: what it is sent with.
        article: the article's global id; None where it makes something new.
        expected: the version that the client has seen, where the verb asks for it.
        autosave: whether it is a save that the next real one may take the place of.
    """

    verb: Verb
    key: str
    variables: Mapping[str, Any]
    article: str | None = None
    expected: int | None = None
    autosave: bool = False

    @property
    def text(self) -> str:
        """The text that a save puts down; its title is the key."""
        return text_of(self.key)

    @property
    def body(self) -> bytes:
        """The request."""
        variables = {**self.variables, "options": {"idempotencyKey": self.key}}
        query = document_of(self.verb, _DECLARED[self.verb], _SHOWN[self.verb])
        return json.dumps({"query": query, "variables": variables}).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a client was told.

    Attributes:
        node: the global id of what it is about.
        version: the version that it has.
        revision: the global id of an article's newest revision.
        events: what the write appended to the log, by type.
        code: why it was not done; None when it was.
        current_version: with a conflict, the version there is.
    """

    node: str | None = None
    version: int | None = None
    revision: str | None = None
    events: Mapping[str, int] = field(default_factory=dict)
    code: str | None = None
    current_version: int | None = None


class Unanswered(Exception):
    """An answer that is no payload: a fault of the server. The message is what it said."""


def text_of(key: str) -> str:
    """The text that a save under this key puts down."""
    return f"Written under {key}."


def document_of(verb: str, declared: str, shown: str) -> str:
    """The operation that is sent for a verb: with which variables, and what of its own it shows."""
    names = [part.split(":")[0].strip() for part in declared.split(",")]
    given = ", ".join(f"{name.removeprefix('$')}: {name}" for name in (*names, "$options"))
    return f"mutation({declared}, $options: WriteOptions) {{ done: {verb}({given}) {{ {shown} {_ALWAYS} }} }}"


def payload_of(status: int, content: bytes) -> Mapping[str, Any]:
    """The payload that an answer holds.

    Raises:
        Unanswered: it is not of status 200, or tells of a fault.
    """
    told = json.loads(content) if status == 200 else {}  # noqa: PLR2004 - HTTP's word for "as you wished"
    if "errors" in told or not told.get("data"):
        raise Unanswered(f"{status}: {content[:500].decode(errors='replace')}")
    payload: Mapping[str, Any] = told["data"]["done"]
    return payload


def answer_of(status: int, content: bytes) -> Answer:
    """What an answer tells.

    Raises:
        Unanswered: it is not of status 200, or tells of a fault.
    """
    payload = payload_of(status, content)
    node, problem = payload.get("node") or {}, payload["errors"][0] if payload["errors"] else {}
    return Answer(
        node=node.get("id") or payload.get("deletedId"),
        version=node.get("version"),
        revision=(node.get("head") or {}).get("id"),
        events={each["event"]: each["count"] for each in payload["effects"]["events"]},
        code=problem.get("code"),
        current_version=problem.get("currentVersion"),
    )


def key_in(global_id: str | None) -> UUID | None:
    """The key in a global id."""
    found = parse_global_id(global_id) if global_id else None
    return found.key if found else None
