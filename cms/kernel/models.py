"""Tables of no one feature: the event log, followers, jobs, idempotency, tombstones, throttles, text references."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from cms.kernel.clock import now
from cms.kernel.fields import IdField, JsonTextField, TimeField


class Event(Model):
    """One thing that happened. Appended in the transaction of the change, never altered.

    `transaction_id` is PostgreSQL's id of the writing transaction (0 on SQLite): sequence order is not commit order,
    and `following` says what a follower makes of that.
    """

    seq = fields.BigIntField(primary_key=True, generated=True)
    id = IdField(unique=True)
    transaction_id = fields.BigIntField(default=0)
    type = fields.CharField(max_length=40)
    actor = fields.CharField(max_length=64)
    node_type = fields.CharField(max_length=3)
    node_id = IdField()
    article_id = IdField(null=True)
    payload = JsonTextField()
    at = TimeField(default=now)

    class Meta(Model.Meta):
        table = "event"
        indexes = (Index(fields=("node_id", "seq")), Index(fields=("article_id", "seq")), Index(fields=("at", "seq")))


class Follower(Model):
    """How far one follower has read the event log."""

    name = fields.CharField(max_length=64, primary_key=True)
    position = fields.BigIntField(default=0)
    updated_at = TimeField(default=now)

    class Meta(Model.Meta):
        table = "follower"


class Job(Model):
    """Work that is tried again until it succeeds, written in the transaction that asked for it."""

    id = IdField(primary_key=True)
    kind = fields.CharField(max_length=64)
    payload = JsonTextField()
    unique_key = fields.CharField(max_length=128, null=True, unique=True)
    run_at = TimeField(default=now)
    attempts = fields.IntField(default=0)
    lease_owner = fields.CharField(max_length=64, null=True)
    lease_until = TimeField(null=True)
    error = fields.TextField(null=True)
    dead_at = TimeField(null=True)
    created_at = TimeField(default=now)

    class Meta(Model.Meta):
        table = "job"
        indexes = (Index(fields=("dead_at", "run_at", "id")),)


class Idempotency(Model):
    """What a write answered under a key: ids, errors and effects, never a secret."""

    id = IdField(primary_key=True)
    scope = fields.CharField(max_length=64)
    mutation = fields.CharField(max_length=64)
    key = fields.CharField(max_length=128)
    input_digest = fields.CharField(max_length=80)
    result = JsonTextField()
    at = TimeField(default=now)
    expires_at = TimeField()

    class Meta(Model.Meta):
        table = "idempotency"
        unique_together = (("scope", "mutation", "key"),)
        indexes = (Index(fields=("expires_at",)),)


class Tombstone(Model):
    """What stood here and is gone for good, for `Gone` routes and for clients that keep copies."""

    node_id = IdField(primary_key=True)
    type = fields.CharField(max_length=3)
    since = TimeField(default=now)
    locale = fields.CharField(max_length=35, null=True)
    path = fields.TextField(null=True)

    class Meta(Model.Meta):
        table = "tombstone"
        indexes = (Index(fields=("locale", "path")), Index(fields=("since",)))


class Throttle(Model):
    """How often something was tried under a key since `window_start`; one row for all processes."""

    key = fields.CharField(max_length=160, primary_key=True)
    count = fields.IntField(default=0)
    window_start = TimeField(default=now)
    blocked_until = TimeField(null=True)

    class Meta(Model.Meta):
        table = "throttle"
        indexes = (Index(fields=("window_start",)),)


class TextReference(Model):
    """A node that a rich text names: `owner_id` is the row whose text it is, `position` the order of first mention.

    `target_id` names a medium or an article by key alone: the text outlives what it points to.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    owner_id = IdField()
    position = fields.IntField()
    target_type = fields.CharField(max_length=3)
    target_id = IdField()

    class Meta(Model.Meta):
        table = "text_reference"
        unique_together = (("owner_id", "position"),)
        indexes = (Index(fields=("target_id", "owner_id")),)
