# ruff: noqa: D100, D101, RUF012 - written by make_migrations, in Tortoise's shape
from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("cms", "0002_by_hand")]

    initial = False

    operations = [
        ops.AlterField(
            model_name="Story",
            name="title",
            field=fields.CharField(null=True, max_length=400),
        ),
    ]
