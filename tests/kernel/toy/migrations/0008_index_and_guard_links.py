# ruff: noqa: D100, D101, RUF012 - written by make_migrations, in Tortoise's shape
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("cms", "0007_add_editor")]

    initial = False

    operations = [
        ops.AlterField(
            model_name="Chapter",
            name="story",
            field=fields.ForeignKeyField(
                "cms.Story",
                source_field="story_id",
                db_index=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.CASCADE,
            ),
        ),
        ops.AlterField(
            model_name="LogLine",
            name="text",
            field=fields.CharField(max_length=200),
        ),
        ops.AlterField(
            model_name="StoryTag",
            name="tag",
            field=fields.ForeignKeyField(
                "cms.Tag",
                source_field="tag_id",
                db_index=True,
                db_constraint=True,
                to_field="name",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
    ]
