"""What came of a write, in a form that can be kept and told again: ids in place of content."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self
from uuid import UUID

import orjson

from cms.kernel.effects import Effects
from cms.kernel.errors import DomainError, ErrorCode
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import Viewer
from schema.problems import problem_of
from schema.writing import Outcome

#: What is never kept: what is told once, and with whose eyes it was read.
_PASSING = frozenset({"secrets", "viewer_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one write.

    Attributes:
        node: what the payload shows; a list where it shows several.
        deleted: what is gone.
        values: the payload's other fields.
        secrets: likewise, told only the first time.
        viewer_id: with whose eyes the payload is read, where that is not the caller.
        problem: what the caller did wrong, under the name of the error's type.
        events: how many of each type.
        tags: the ids of what changed.
        redirects: the ids of those that were made.
    """

    node: str | list[str] | None = None
    deleted: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
    viewer_id: UUID | None = None
    problem: Mapping[str, Any] | None = None
    events: Mapping[str, int] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    redirects: list[str] = field(default_factory=list)

    @classmethod
    def succeeded(cls, outcome: Outcome, effects: Effects) -> Self:
        """Of a verb that did its work."""
        return cls(
            node=[str(each) for each in outcome.nodes] or (str(outcome.node) if outcome.node else None),
            deleted=str(outcome.deleted) if outcome.deleted else None,
            values=_as_json(outcome.values),
            secrets=_as_json(outcome.secrets),
            viewer_id=outcome.viewer_id,
            events=dict(effects.events),
            tags=[str(node) for node in effects.nodes],
            redirects=[str(GlobalId(NodeType.REDIRECT, key)) for key in effects.redirects],
        )

    @classmethod
    def failed(cls, error: DomainError) -> Self:
        """Of a verb that refused."""
        problem = problem_of(error)
        return cls(problem={"__typename": problem.type_name, **problem.values})

    @classmethod
    def recalled(cls, kept: Mapping[str, Any]) -> Self:
        """Of a write that was done before."""
        return cls(**kept)

    def is_worth_keeping(self, viewer: Viewer) -> bool:
        """Whether whoever asks again is to be told the same.

        Not so when they were told to wait; nor are refusals of strangers kept, who could fill the table with them.
        """
        if self.problem is None:
            return True
        return not viewer.is_anonymous and self.problem["code"] != ErrorCode.RATE_LIMITED

    def to_keep(self) -> dict[str, Any]:
        """What is kept for whoever asks again."""
        return {name: value for name, value in asdict(self).items() if name not in _PASSING}

    def source(self, node_fields: Iterable[str], *, is_dry: bool) -> dict[str, Any]:
        """What the payload is made of. A dry run shows no content: a client would keep what is not there."""
        return {
            **dict.fromkeys(node_fields, None if is_dry else self.node),
            "deleted_id": None if is_dry else self.deleted,
            **self.values,
            **({} if is_dry else self.secrets),
            "errors": [] if self.problem is None else [self.problem],
            "effects": {
                "dry_run": is_dry,
                "events": [{"event": event, "count": count} for event, count in self.events.items()],
                "cache_tags": self.tags,
                "redirects": self.redirects,
            },
        }


def _as_json(values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Values as JSON says them, times in UTC: told the first time as they will be told again."""
    return orjson.loads(orjson.dumps(values, default=str, option=orjson.OPT_UTC_Z))
