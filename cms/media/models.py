"""The table of images and files: what is known of each; the bytes lie in the media store."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from cms.kernel.constraints import holds
from cms.kernel.fields import SortKeyField, TimeField
from cms.kernel.mixins import Sourced, Versioned


class Media(Versioned, Sourced):
    """A file. `storage_key` is its place in the store and never changes; `filename` is display text."""

    filename = fields.CharField(max_length=255)
    filename_key = SortKeyField()
    storage_key = fields.CharField(max_length=255, unique=True)
    digest = fields.CharField(max_length=80)
    content_type = fields.CharField(max_length=127)
    bytes = fields.BigIntField()
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    alt = fields.TextField(default="")
    caption = fields.TextField(null=True)
    credit = fields.TextField(null=True)
    focal_x = fields.FloatField(null=True)
    focal_y = fields.FloatField(null=True)
    placeholder = fields.TextField(null=True)
    deleted_at = TimeField(null=True)

    class Meta(Model.Meta):
        table = "media"
        unique_together = (("source", "source_id"),)
        constraints = (
            holds("media", "bytes", "bytes >= 0 AND bytes < 2147483648"),
            holds("media", "size", "(width IS NULL) = (height IS NULL)"),
            holds("media", "focal", "(focal_x IS NULL) = (focal_y IS NULL)"),
        )
        indexes = (
            Index(fields=("created_at", "id")),
            Index(fields=("filename_key", "id")),
            Index(fields=("digest",)),
        )
