# ruff: noqa: D100, D101, RUF012 - written by make_migrations, in Tortoise's shape
from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("cms", "0003_loosen_title")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Story",
            name="rank",
            field=fields.IntField(db_default=7),
        ),
    ]
