"""How topics are read."""

from cms.kernel.ids import NodeType
from cms.reading.address import SITE_JOIN, addresses, by_path, path_sql
from cms.reading.entity import (
    Column,
    Entity,
    Filter,
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
from cms.topics.models import Topic

PATH = path_sql("{s}.topic_path", "{t}.slug")

TOPIC = Entity(
    "Topic",
    NodeType.TOPIC,
    both(Source("topic", "t", key="{t}.id", joins=(SITE_JOIN,), when="{t}.deleted_at IS NULL")),
    filters={
        "id": Filter("{t}.id", Kind.KEY, prefix=NodeType.TOPIC),
        "slug": Filter("{t}.slug", folded="{t}.slug"),
        "name": Filter("{t}.name", folded="{t}.name_key"),
    },
    orders={"NAME": (OrderKey("{t}.name_key", Kind.TEXT),)},
)
TOPIC.add(
    id=Column("{t}.id", Kind.KEY, nullable=False, prefix=NodeType.TOPIC),
    **addresses(PATH),
    **columns(Topic, "t", "slug", "version", "name", "description"),
    parent=ToOne("Topic", "{t}.parent_id"),
    children=Many("Topic", parent="{t}.id", child="{t}.parent_id", order="NAME"),
)

QUERY.add(
    topic=Lookup(
        "Topic",
        by={
            "id": LookupBy("{key}", prefix=NodeType.TOPIC),
            "slug": LookupBy("{t}.slug = {value}"),
            "path": by_path(PATH, "{t}.slug"),
        },
    ),
    topics=Many("Topic", connection=True, order="NAME"),
)
