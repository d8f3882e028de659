# ruff: noqa: D100, D101, RUF012 - written by make_migrations, in Tortoise's shape
from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("cms", "0005_remove_note")]

    initial = False

    operations = [
        ops.AddIndex(
            model_name="Story",
            index=Index(fields=["rank", "id"]),
        ),
        ops.AddConstraint(
            model_name="Story",
            constraint=UniqueConstraint(fields=("publisher", "rank", "slug"), name="toy_story_rank"),
        ),
        ops.AddConstraint(
            model_name="Story",
            constraint=CheckConstraint(check="rank >= 0", name="toy_story_rank_not_negative"),
        ),
    ]
