"""Columns that several tables share.

Rich text is not among them, though several tables hold it: SQLite reads a row from its beginning, so that columns
that may be long stand last in their table.
"""

from tortoise import fields
from tortoise.models import Model

from cms.kernel.clock import now
from cms.kernel.fields import IdField, TimeField


class Identified(Model):
    """A UUIDv7 key and the time the row was made."""

    id = IdField(primary_key=True)
    created_at = TimeField(default=now)

    class Meta(Model.Meta):
        abstract = True


class Versioned(Identified):
    """A row that people change: `version` grows with every change and is what `expectedVersion` compares."""

    version = fields.IntField(default=1)
    updated_at = TimeField(default=now)

    class Meta(Model.Meta):
        abstract = True


class Sourced(Model):
    """A row that may come from elsewhere: the same `source` and `source_id` are never imported twice."""

    source = fields.CharField(max_length=64, null=True)
    source_id = fields.CharField(max_length=512, null=True)

    class Meta(Model.Meta):
        abstract = True
