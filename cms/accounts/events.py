"""What the log tells of accounts: never an address, never anything that lets somebody in."""

from cms.accounts.models import User
from cms.kernel.database import Database
from cms.kernel.errors import FieldChange
from cms.kernel.events import InternalEvent, append_event
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import Viewer


def global_id(user: User) -> GlobalId:
    """How the API and the event log name somebody."""
    return GlobalId(NodeType.USER, user.id)


async def tell(
    database: Database, viewer: Viewer, user: User, type_: InternalEvent, changed: list[FieldChange] | None = None
) -> None:
    """Append an event about somebody, in the open transaction."""
    payload: dict[str, object] = {"version": user.version}
    if changed is not None:
        payload["changed"] = changed
    await append_event(database, type_, viewer.actor, global_id(user), payload=payload)


def unsaid(field: str) -> FieldChange:
    """That a field changed, whose values are nobody's to be told."""
    return {"field": field, "before": None, "after": None}
