# ruff: noqa: D100, D101, RUF012 - written by make_migrations, in Tortoise's shape
from tortoise import migrations
from tortoise.migrations import operations as ops

from tests.kernel.toy.hands import die_after_removing, die_before_removing


class Migration(migrations.Migration):
    dependencies = [("cms", "0004_add_rank")]

    initial = False

    operations = [
        ops.RunPython(die_before_removing),
        ops.RemoveField(model_name="Story", name="note"),
        ops.RunPython(die_after_removing),
    ]
