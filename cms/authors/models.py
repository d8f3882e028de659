"""Tables of authors and of the letters readers write to them."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from cms.kernel.fields import SortKeyField, TimeField
from cms.kernel.mixins import Identified, Sourced, Versioned


class Author(Versioned, Sourced):
    """Somebody who signs articles. `article_count` is the number of articles that readers can see now."""

    slug = fields.CharField(max_length=96)
    name = fields.CharField(max_length=200)
    name_key = SortKeyField()
    credentials = fields.CharField(max_length=200, null=True)
    avatar: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.Media", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    avatar_id: UUID | None
    website = fields.TextField(null=True)
    email = fields.CharField(max_length=254, null=True)
    accepts_messages = fields.BooleanField(default=False)
    article_count = fields.BigIntField(default=0)
    deleted_at = TimeField(null=True)
    bio_renderer = fields.IntField(null=True)
    bio_html = fields.TextField(null=True)
    bio_text = fields.TextField(null=True)
    bio_markdown = fields.TextField(null=True)
    bio_blocks = fields.TextField(null=True)

    class Meta(Model.Meta):
        table = "author"
        unique_together = (("source", "source_id"),)
        constraints = (UniqueConstraint(fields=("slug",), name="uq_author_slug", condition="deleted_at IS NULL"),)
        indexes = (
            Index(fields=("name_key", "id")),
            Index(fields=("created_at", "id")),
            Index(fields=("article_count", "id")),
        )


class Message(Identified):
    """A reader's letter to an author, kept until it is delivered and answered for."""

    author: fields.ForeignKeyRelation[Author] = fields.ForeignKeyField(
        "cms.Author", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    author_id: UUID
    article: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.Article", null=True, related_name=False, on_delete=fields.SET_NULL, db_index=True
    )
    article_id: UUID | None
    name = fields.CharField(max_length=200)
    email = fields.CharField(max_length=254)
    email_key = fields.CharField(max_length=254, db_index=True)
    body = fields.TextField()
    address_hash = fields.CharField(max_length=80, null=True)
    erased_at = TimeField(null=True)

    class Meta(Model.Meta):
        table = "message"
