"""Tables of what leaves: webhooks, their deliveries, and stored documents."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from cms.kernel.clock import now
from cms.kernel.constraints import one_of
from cms.kernel.fields import JsonTextField, TimeField
from cms.kernel.mixins import Identified


class DeliveryStatus(StrEnum):
    """How far a delivery has come."""

    QUEUED = "QUEUED"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class Webhook(Identified):
    """An address that is told of events. The secret signs what is sent there."""

    url = fields.TextField()
    events = JsonTextField()
    active = fields.BooleanField(default=True)
    secret = fields.TextField()
    deleted_at = TimeField(null=True)

    class Meta(Model.Meta):
        table = "webhook"


class Delivery(Identified):
    """One event on its way to one webhook."""

    webhook: fields.ForeignKeyRelation[Webhook] = fields.ForeignKeyField(
        "cms.Webhook", related_name=False, on_delete=fields.CASCADE, db_index=False
    )
    webhook_id: UUID
    event: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "cms.Event", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    event_id: int
    event_type = fields.CharField(max_length=40)
    attempt = fields.IntField(default=0)
    status = fields.CharEnumField(DeliveryStatus, max_length=9)
    response_code = fields.IntField(null=True)
    error = fields.TextField(null=True)
    delivered_at = TimeField(null=True)

    class Meta(Model.Meta):
        table = "delivery"
        unique_together = (("webhook_id", "event_id"),)
        constraints = (one_of("delivery", "status", DeliveryStatus),)
        indexes = (Index(fields=("webhook_id", "created_at", "id")),)


class StoredDocument(Model):
    """A GraphQL document that clients name by the SHA-256 of its text."""

    digest = fields.CharField(max_length=64, primary_key=True)
    document = fields.TextField()
    name = fields.CharField(max_length=200, null=True)
    registered = fields.BooleanField(default=False)
    created_at = TimeField(default=now)

    class Meta(Model.Meta):
        table = "stored_document"
        indexes = (Index(fields=("registered", "created_at")),)
