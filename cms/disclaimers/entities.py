"""How disclaimers and policies are read. Readers see no text before it takes effect; editors do."""

from cms.disclaimers.models import Disclaimer, DisclaimerVersion, PolicyVersion
from cms.kernel.ids import NodeType
from cms.kernel.viewer import Scope, Viewer
from cms.media.reading import rich_text
from cms.reading.address import SITE_JOIN
from cms.reading.entity import (
    Column,
    Entity,
    Filter,
    Join,
    Kind,
    Lookup,
    LookupBy,
    Many,
    OrderKey,
    Source,
    ToOne,
    both,
    columns,
)
from cms.reading.root import QUERY
from cms.reading.vocabulary import Perspective


def in_effect(disclaimer: str) -> str:
    """The key of the version of a disclaimer that is in effect, or for editors the first when none is yet."""
    return (
        "(SELECT z.id FROM disclaimer_version AS z WHERE z.disclaimer_id = " + disclaimer + " AND "
        "(z.effective_from <= {now} OR ({may_CONTENT_PREVIEW} AND z.number = 1)) "
        "ORDER BY CASE WHEN z.effective_from <= {now} THEN 1 ELSE 0 END DESC, "
        "z.effective_from DESC, z.number DESC LIMIT 1)"
    )


def _begun(viewer: Viewer, _perspective: Perspective) -> str:
    return "" if viewer.may(Scope.CONTENT_PREVIEW) else f"{in_effect('{d}.id')} IS NOT NULL"


def _version_begun(viewer: Viewer, _perspective: Perspective) -> str:
    return "" if viewer.may(Scope.CONTENT_PREVIEW) else "{v}.effective_from <= {now}"


def _policy_begun(viewer: Viewer, perspective: Perspective) -> str:
    # Whoever revises the policies sees those to come: a program could not even see what its own write came to.
    return "" if viewer.may(Scope.SITE_MANAGE) else _version_begun(viewer, perspective)


DISCLAIMER = Entity(
    "Disclaimer",
    NodeType.DISCLAIMER,
    both(Source("disclaimer", "d", key="{d}.id")),
    visible=_begun,
    filters={"id": Filter("{d}.id", Kind.KEY, prefix=NodeType.DISCLAIMER)},
    orders={"CREATED_AT": (OrderKey("{d}.created_at", Kind.TIME),)},
)
DISCLAIMER_VERSION = Entity(
    "DisclaimerVersion",
    NodeType.DISCLAIMER_VERSION,
    both(
        Source("disclaimer_version", "v", key="{v}.id", joins=(Join("disclaimer", "d", "{d}.id = {v}.disclaimer_id"),))
    ),
    visible=_version_begun,
    orders={"NEWEST": (OrderKey("{v}.number", Kind.INT, descending=True),)},
)
POLICY_VERSION = Entity(
    "PolicyVersion",
    NodeType.POLICY_VERSION,
    both(Source("policy_version", "v", key="{v}.id")),
    visible=_policy_begun,
)

DISCLAIMER.add(
    id=Column("{d}.id", Kind.KEY, nullable=False, prefix=NodeType.DISCLAIMER),
    **columns(Disclaimer, "d", "slug", "version", "scope", "placement", "retired_at"),
    topics=Many(
        "Topic",
        parent="{d}.id",
        child="{n}.disclaimer_id",
        exclusive=False,
        order="NAME",
        sources=both(
            Source(
                "disclaimer_topic",
                "n",
                key="{n}.topic_id",
                joins=(Join("topic", "t", "{t}.id = {n}.topic_id"), SITE_JOIN),
                when="{t}.deleted_at IS NULL",
            )
        ),
    ),
    authors=Many(
        "Author",
        parent="{d}.id",
        child="{n}.disclaimer_id",
        exclusive=False,
        order="NAME",
        sources=both(
            Source(
                "disclaimer_author",
                "n",
                key="{n}.author_id",
                joins=(Join("author", "u", "{u}.id = {n}.author_id"), SITE_JOIN),
                when="{u}.deleted_at IS NULL",
            )
        ),
    ),
    current=ToOne("DisclaimerVersion", in_effect("{d}.id")),
    versions=Many("DisclaimerVersion", parent="{d}.id", child="{v}.disclaimer_id", connection=True, order="NEWEST"),
)
DISCLAIMER_VERSION.add(
    id=Column("{v}.id", Kind.KEY, nullable=False, prefix=NodeType.DISCLAIMER_VERSION),
    **columns(DisclaimerVersion, "v", "number", "title", "effective_from", "digest"),
    body=rich_text("{v}.body", "{v}.id", weight=1024),
    disclaimer=ToOne("Disclaimer", "{v}.disclaimer_id"),
)
POLICY_VERSION.add(
    id=Column("{v}.id", Kind.KEY, nullable=False, prefix=NodeType.POLICY_VERSION),
    **columns(PolicyVersion, "v", "kind", "number", "title", "acceptance_text", "effective_from", "digest"),
    body=rich_text("{v}.body", "{v}.id", weight=1024),
)

QUERY.add(
    disclaimer=Lookup(
        "Disclaimer",
        by={"id": LookupBy("{key}", prefix=NodeType.DISCLAIMER), "slug": LookupBy("{d}.slug = {value}")},
    ),
    disclaimers=Many("Disclaimer", connection=True, order="CREATED_AT"),
)
