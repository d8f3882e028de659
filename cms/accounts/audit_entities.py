"""How the event log is read as an audit trail: who did what to what, and when. Who manages the site reads all of it."""

from typing import Final

from cms.kernel.ids import NodeType
from cms.kernel.viewer import Scope, Viewer
from cms.reading.entity import Column, Entity, Kind, Many, NodeCondition, OrderKey, Source, both
from cms.reading.root import QUERY
from cms.reading.vocabulary import Perspective

_READERS: Final = Scope.SITE_MANAGE


def _visible(viewer: Viewer, _perspective: Perspective) -> str:
    return "" if viewer.may(_READERS) else "1 = 0"


def _happened_to(node_type: NodeType) -> str:
    """The condition that an event happened to a node of a type.

    What happened under an article, to its comments for example, happened to the article as well; its index serves both.
    """
    if node_type is NodeType.ARTICLE:
        return "{e}.article_id = {value}"
    return f"{{e}}.node_type = '{node_type.value}' AND {{e}}.node_id = {{value}}"


AUDIT_ENTRY = Entity(
    "AuditEntry",
    NodeType.AUDIT_ENTRY,
    both(Source("event", "e", key="{e}.id")),
    visible=_visible,
    orders={"NEWEST": (OrderKey("{e}.seq", Kind.INT, descending=True),)},
)
AUDIT_ENTRY.add(
    id=Column("{e}.id", Kind.KEY, nullable=False, prefix=NodeType.AUDIT_ENTRY),
    at=Column("{e}.at", Kind.TIME, nullable=False),
    actor=Column("{e}.actor", nullable=False),
    action=Column("{e}.type", nullable=False),
    node_id=Column("{e}.node_type || '_' || CAST({e}.node_id AS text)"),
    detail=Column("{e}.payload", Kind.JSON),
)

QUERY.add(
    audit_log=Many(
        "AuditEntry",
        connection=True,
        order="NEWEST",
        arguments={"nodeId": NodeCondition({node_type: _happened_to(node_type) for node_type in NodeType})},
        needs=_READERS,
        scan=200,
    )
)
