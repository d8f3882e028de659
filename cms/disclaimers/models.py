"""Tables of disclaimers and policies.

A text is never edited in place: revising it adds a version, chained by digest.
"""

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from cms.kernel.constraints import one_of
from cms.kernel.fields import TimeField
from cms.kernel.mixins import Identified, Versioned


class DisclaimerPlacement(StrEnum):
    """Where a page shows a disclaimer."""

    BEFORE_BODY = "BEFORE_BODY"
    AFTER_BODY = "AFTER_BODY"


class DisclaimerScope(StrEnum):
    """Which articles go out under a disclaimer without being told to."""

    EVERY_ARTICLE = "EVERY_ARTICLE"
    TOPIC = "TOPIC"
    AUTHOR = "AUTHOR"
    SELECTED_ARTICLES = "SELECTED_ARTICLES"


class PolicyKind(StrEnum):
    """The legal texts of a site."""

    TERMS = "TERMS"
    PRIVACY = "PRIVACY"
    COOKIES = "COOKIES"


class Disclaimer(Versioned):
    """A notice with a scope; what it says stands in its versions."""

    slug = fields.CharField(max_length=96, unique=True)
    scope = fields.CharEnumField(DisclaimerScope, max_length=20)
    placement = fields.CharEnumField(DisclaimerPlacement, max_length=12)
    retired_at = TimeField(null=True)

    class Meta(Model.Meta):
        table = "disclaimer"
        constraints = (
            one_of("disclaimer", "scope", DisclaimerScope),
            one_of("disclaimer", "placement", DisclaimerPlacement),
        )
        indexes = (Index(fields=("scope", "retired_at")),)


class DisclaimerTopic(Model):
    """A topic that a TOPIC scope names."""

    id = fields.BigIntField(primary_key=True, generated=True)
    disclaimer: fields.ForeignKeyRelation[Disclaimer] = fields.ForeignKeyField(
        "cms.Disclaimer", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    disclaimer_id: UUID
    position = fields.IntField()
    topic: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "cms.Topic", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    topic_id: UUID

    class Meta(Model.Meta):
        table = "disclaimer_topic"
        unique_together = (("disclaimer_id", "topic_id"),)


class DisclaimerAuthor(Model):
    """An author whom an AUTHOR scope names."""

    id = fields.BigIntField(primary_key=True, generated=True)
    disclaimer: fields.ForeignKeyRelation[Disclaimer] = fields.ForeignKeyField(
        "cms.Disclaimer", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    disclaimer_id: UUID
    position = fields.IntField()
    author: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "cms.Author", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    author_id: UUID

    class Meta(Model.Meta):
        table = "disclaimer_author"
        unique_together = (("disclaimer_id", "author_id"),)


class DisclaimerVersion(Identified):
    """What a disclaimer says from `effective_from` on. `digest` covers the text and the version before."""

    disclaimer: fields.ForeignKeyRelation[Disclaimer] = fields.ForeignKeyField(
        "cms.Disclaimer", related_name=False, on_delete=fields.RESTRICT, db_index=False
    )
    disclaimer_id: UUID
    number = fields.IntField()
    title = fields.CharField(max_length=300)
    effective_from = TimeField()
    digest = fields.CharField(max_length=80)
    created_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.User", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    created_by_id: UUID | None
    body_renderer = fields.IntField()
    body_html = fields.TextField()
    body_text = fields.TextField()
    body_markdown = fields.TextField()
    body_blocks = fields.TextField()

    class Meta(Model.Meta):
        table = "disclaimer_version"
        unique_together = (("disclaimer_id", "number"),)
        indexes = (Index(fields=("disclaimer_id", "effective_from", "number")),)


class PolicyVersion(Identified):
    """What a policy says from `effective_from` on, and the sentence at the checkbox."""

    kind = fields.CharEnumField(PolicyKind, max_length=8)
    number = fields.IntField()
    title = fields.CharField(max_length=300)
    acceptance_text = fields.TextField()
    effective_from = TimeField()
    digest = fields.CharField(max_length=80)
    created_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.User", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    created_by_id: UUID | None
    body_renderer = fields.IntField()
    body_html = fields.TextField()
    body_text = fields.TextField()
    body_markdown = fields.TextField()
    body_blocks = fields.TextField()

    class Meta(Model.Meta):
        table = "policy_version"
        unique_together = (("kind", "number"),)
        constraints = (one_of("policy_version", "kind", PolicyKind),)
        indexes = (Index(fields=("kind", "effective_from", "number")),)
