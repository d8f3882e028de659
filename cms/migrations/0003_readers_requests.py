from tortoise import migrations
from tortoise.migrations import operations as ops
from cms.comments.models import ReaderRequest
from cms.kernel.clock import now
from cms.kernel.fields import IdField, TimeField
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint


class Migration(migrations.Migration):
    dependencies = [("cms", "0002_planned_publications")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ReaderLink",
            fields=[
                ("id", IdField(primary_key=True)),
                ("created_at", TimeField(default=now)),
                ("email", fields.CharField(max_length=254)),
                ("email_key", fields.CharField(db_index=True, max_length=80)),
                (
                    "purpose",
                    fields.CharEnumField(
                        description="EXPORT: EXPORT\nERASE: ERASE", enum_type=ReaderRequest, max_length=8
                    ),
                ),
                ("token_hash", fields.CharField(unique=True, max_length=80)),
                ("expires_at", TimeField()),
                ("used_at", TimeField(null=True)),
            ],
            options={
                "table": "reader_link",
                "app": "cms",
                "constraints": [CheckConstraint(check="purpose IN ('EXPORT', 'ERASE')", name="ck_reader_link_purpose")],
                "indexes": [Index(fields=["expires_at"])],
                "pk_attr": "id",
            },
            bases=["Identified"],
        ),
        ops.CreateModel(
            name="SpamModel",
            fields=[
                ("id", IdField(primary_key=True)),
                ("created_at", TimeField(default=now)),
                ("lessons", fields.IntField()),
                ("weights", fields.TextField(unique=False)),
            ],
            options={
                "table": "spam_model",
                "app": "cms",
                "indexes": [Index(fields=["created_at", "id"])],
                "pk_attr": "id",
            },
            bases=["Identified"],
        ),
        ops.AddField(
            model_name="Comment",
            name="anchor_found_in",
            field=fields.CharField(null=True, max_length=64),
        ),
    ]
