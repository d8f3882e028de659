"""Small models on Masthead's tables, with no more columns than the baseline's schema shows or needs."""

import sqlite3
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from cms.kernel.clock import to_text

# On SQLite Masthead keeps times as text of one form; Tortoise's own form would not compare with it.
sqlite3.register_adapter(datetime, to_text)


class Author(Model):
    """Somebody who signs articles."""

    id = fields.UUIDField(primary_key=True)
    slug = fields.CharField(max_length=96)
    name = fields.CharField(max_length=200)
    name_key = fields.TextField()
    credentials = fields.CharField(max_length=200, null=True)
    deleted_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "author"


class Article(Model):
    """An article's identity."""

    id = fields.UUIDField(primary_key=True)
    comment_count = fields.BigIntField()

    class Meta(Model.Meta):
        table = "article"


class Revision(Model):
    """What an article says."""

    id = fields.UUIDField(primary_key=True)
    title = fields.TextField()
    standfirst = fields.TextField(null=True)
    word_count = fields.IntField()
    body_html = fields.TextField()
    author_id: UUID | None = fields.UUIDField(null=True)

    class Meta(Model.Meta):
        table = "article_revision"


class Publication(Model):
    """An interval in which readers see a revision."""

    id = fields.UUIDField(primary_key=True)
    article: fields.ForeignKeyRelation[Article] = fields.ForeignKeyField("baseline.Article", related_name=False)
    article_id: UUID
    revision: fields.ForeignKeyRelation[Revision] = fields.ForeignKeyField("baseline.Revision", related_name=False)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField(null=True)
    published_at = fields.DatetimeField()
    locale = fields.CharField(max_length=35)
    slug = fields.CharField(max_length=96)

    class Meta(Model.Meta):
        table = "publication"


class PublicationAuthor(Model):
    """An author whom a publication names."""

    id = fields.BigIntField(primary_key=True)
    author_id: UUID = fields.UUIDField()
    publication_id: UUID = fields.UUIDField()

    class Meta(Model.Meta):
        table = "publication_author"


class DisclaimerVersion(Model):
    """What a disclaimer says."""

    id = fields.UUIDField(primary_key=True)
    number = fields.IntField()
    title = fields.CharField(max_length=300)
    body_html = fields.TextField()
    effective_from = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "disclaimer_version"


class PublicationDisclaimer(Model):
    """A disclaimer version that a publication goes out under."""

    id = fields.BigIntField(primary_key=True)
    publication_id: UUID = fields.UUIDField()
    version: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("baseline.DisclaimerVersion", related_name=False)
    position = fields.IntField()

    class Meta(Model.Meta):
        table = "publication_disclaimer"


class Comment(Model):
    """A reader's comment."""

    id = fields.UUIDField(primary_key=True)
    article_id: UUID = fields.UUIDField()
    status = fields.CharField(max_length=8)
    author_name = fields.CharField(max_length=100)
    body_html = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "comment"
