# ruff: noqa: D100, D101, RUF012 - written by make_migrations, in Tortoise's shape
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("cms", "0006_add_index_and_rules")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Story",
            name="editor",
            field=fields.ForeignKeyField(
                "cms.Publisher",
                source_field="editor_id",
                null=True,
                db_index=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.SET_NULL,
            ),
        ),
    ]
