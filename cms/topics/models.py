"""The table of topics: a tree."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from cms.kernel.constraints import holds
from cms.kernel.fields import SortKeyField, TimeField
from cms.kernel.mixins import Sourced, Versioned


class Topic(Versioned, Sourced):
    """What articles are about. `article_count` is the number of its own articles that readers can see now."""

    slug = fields.CharField(max_length=96)
    name = fields.CharField(max_length=200)
    name_key = SortKeyField()
    description = fields.TextField(null=True)
    parent: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.Topic", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=False
    )
    parent_id: UUID | None
    article_count = fields.BigIntField(default=0)
    deleted_at = TimeField(null=True)

    class Meta(Model.Meta):
        table = "topic"
        unique_together = (("source", "source_id"),)
        constraints = (
            UniqueConstraint(fields=("slug",), name="uq_topic_slug", condition="deleted_at IS NULL"),
            holds("topic", "parent", "parent_id <> id"),
        )
        indexes = (Index(fields=("parent_id", "name_key", "id")), Index(fields=("name_key", "id")))
