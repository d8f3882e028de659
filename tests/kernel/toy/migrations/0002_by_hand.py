# ruff: noqa: D100, D101, RUF012 - written by make_migrations, in Tortoise's shape
from tortoise import migrations
from tortoise.migrations import operations as ops

from tests.kernel.toy.hands import add_index_and_trigger


class Migration(migrations.Migration):
    dependencies = [("cms", "0001_initial")]

    operations = [ops.RunPython(add_index_and_trigger)]
