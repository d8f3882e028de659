"""What every action asks before it changes anything: may this viewer, and is this still what the viewer saw?"""

from collections.abc import Iterable
from typing import Final

from cms.kernel.errors import FieldChange, NotAllowed, VersionConflict
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.mixins import Versioned
from cms.kernel.models import Event
from cms.kernel.viewer import Scope, Viewer

# Whoever is further behind is told of the latest of them: the answer to one stale write does not read a whole history.
_MOST_EVENTS: Final = 500


def require(viewer: Viewer, scope: Scope) -> None:
    """Let the viewer pass who holds `scope`.

    Raises:
        NotAllowed: the viewer does not.
    """
    if not viewer.may(scope):
        raise NotAllowed(f"This needs the scope {scope.value}.")


async def same_version(row: Versioned, expected: int | None, node_type: NodeType) -> None:
    """Let pass who saw the current version, or asks for none. Call it with the row locked.

    Raises:
        VersionConflict: somebody changed it since; it tells what, as the event log remembers it.
    """
    if expected is not None and expected != row.version:
        node = GlobalId(node_type, row.id)
        raise stale(row.version, node, merged(await _changes_since(node, expected)))


def stale(version: int, node: GlobalId, theirs: Iterable[FieldChange]) -> VersionConflict:
    """What to tell whoever saw another version of `node` than the one it is at."""
    message = f"This is at version {version} by now: look at what changed, then try again."
    return VersionConflict(message, version, current=node, theirs=tuple(theirs))


def merged(changes: Iterable[FieldChange]) -> list[FieldChange]:
    """One change a field, out of several in their order: from what it was at first to what it is now.

    What was changed back is left out. Where both sides are null, the field changed and its values are not told.
    """
    found: dict[str, FieldChange] = {}
    untold = set[str]()
    for change in changes:
        name = change["field"]
        if change["before"] is None and change["after"] is None:
            untold.add(name)
        found[name] = {"field": name, "before": found.get(name, change)["before"], "after": change["after"]}
    return [each for name, each in found.items() if name in untold or each["before"] != each["after"]]


async def _changes_since(node: GlobalId, version: int) -> list[FieldChange]:
    events = await Event.filter(node_id=node.key).order_by("-seq").limit(_MOST_EVENTS)
    newer = [event.payload for event in reversed(events) if event.payload.get("version", 0) > version]
    return [change for payload in newer for change in payload.get("changed", ())]
