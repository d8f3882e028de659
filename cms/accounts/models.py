"""Tables of the people who work here, their sessions and their programs' tokens."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from cms.kernel.constraints import one_of
from cms.kernel.fields import JsonTextField, SortKeyField, TimeField
from cms.kernel.mixins import Identified, Versioned


class Role(StrEnum):
    """What somebody does here; which scopes that gives is written down in one table."""

    ADMIN = "ADMIN"
    EDITOR = "EDITOR"
    WRITER = "WRITER"
    MODERATOR = "MODERATOR"


class LinkPurpose(StrEnum):
    """What a mailed account link is for."""

    INVITATION = "INVITATION"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - a name, not a secret


class User(Versioned):
    """Somebody who works here. `epoch` grows when a password changes, which ends every other session."""

    name = fields.CharField(max_length=200)
    name_key = SortKeyField()
    email = fields.CharField(max_length=254)
    email_key = fields.CharField(max_length=254, unique=True)
    role = fields.CharEnumField(Role, max_length=16)
    password_hash = fields.TextField(null=True)
    totp_secret = fields.TextField(null=True)
    totp_last_step = fields.BigIntField(null=True)
    epoch = fields.IntField(default=0)
    active = fields.BooleanField(default=True)
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "cms.Author", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    author_id: UUID | None
    last_sign_in_at = TimeField(null=True)

    class Meta(Model.Meta):
        table = "user_account"
        constraints = (one_of("user_account", "role", Role),)
        indexes = (Index(fields=("name_key", "id")),)


class Session(Identified):
    """A sign-in. The token is opaque and only its hash is kept."""

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "cms.User", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    user_id: UUID
    token_hash = fields.CharField(max_length=80, unique=True)
    epoch = fields.IntField()
    expires_at = TimeField()
    last_seen_at = TimeField(null=True)

    class Meta(Model.Meta):
        table = "session"
        indexes = (Index(fields=("expires_at",)),)


class ApiToken(Identified):
    """A program's credential: scopes, and the hash of a secret that was shown once."""

    name = fields.CharField(max_length=200)
    secret_hash = fields.CharField(max_length=80, unique=True)
    scopes = JsonTextField()
    expires_at = TimeField(null=True)
    last_used_at = TimeField(null=True)
    revoked_at = TimeField(null=True)
    created_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "cms.User", null=True, related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    created_by_id: UUID | None

    class Meta(Model.Meta):
        table = "api_token"


class AccountLink(Identified):
    """A link mailed to somebody that works once: an invitation, a forgotten password."""

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "cms.User", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    user_id: UUID
    purpose = fields.CharEnumField(LinkPurpose, max_length=16)
    token_hash = fields.CharField(max_length=80, unique=True)
    expires_at = TimeField()
    used_at = TimeField(null=True)

    class Meta(Model.Meta):
        table = "account_link"
        constraints = (one_of("account_link", "purpose", LinkPurpose),)
