"""What the log tells of a change to a disclaimer, by the names and in the forms that the API takes."""

from collections.abc import Mapping

from cms.disclaimers.models import Disclaimer, DisclaimerVersion
from cms.disclaimers.targets import Targets
from cms.kernel.clock import to_text
from cms.kernel.errors import FieldChange
from cms.kernel.ids import GlobalId, NodeType


def told_of(disclaimer: Disclaimer, targets: Targets) -> dict[str, object]:
    """What an update can change."""
    return {
        "scope": disclaimer.scope.value,
        "placement": disclaimer.placement.value,
        "topicIds": [str(GlobalId(NodeType.TOPIC, key)) for key in targets.topic_ids],
        "authorIds": [str(GlobalId(NodeType.AUTHOR, key)) for key in targets.author_ids],
    }


def said_in(version: DisclaimerVersion) -> dict[str, object]:
    """What a revision can change; the text as its Markdown."""
    return {
        "title": version.title,
        "body": version.body_markdown,
        "effectiveFrom": to_text(version.effective_from),
    }


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[FieldChange]:
    """The fields that say something else afterwards."""
    return [
        {"field": name, "before": before[name], "after": value}
        for name, value in after.items()
        if before[name] != value
    ]
