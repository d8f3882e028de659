# ruff: noqa: D100, D101, RUF012 - written by make_migrations, in Tortoise's shape
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from cms.kernel.fields import IdField, JsonTextField, SortKeyField, TimeField
from cms.kernel.indexes import PartialIndex


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="LogLine",
            fields=[
                ("seq", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("text", fields.CharField(max_length=100)),
            ],
            options={"table": "toy_log_line", "app": "cms", "pk_attr": "seq"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Publisher",
            fields=[
                ("id", IdField(primary_key=True)),
                ("name", SortKeyField()),
            ],
            options={"table": "toy_publisher", "app": "cms", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Tag",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=20)),
            ],
            options={"table": "toy_tag", "app": "cms", "pk_attr": "name"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Chapter",
            fields=[
                ("id", IdField(primary_key=True)),
                (
                    "story",
                    fields.ForeignKeyField(
                        "cms.Story",
                        source_field="story_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("number", fields.IntField()),
            ],
            options={
                "table": "toy_chapter",
                "app": "cms",
                "indexes": [PartialIndex(fields=["story", "number"], name="toy_chapter_first", condition="number = 1")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Story",
            fields=[
                ("id", IdField(primary_key=True)),
                (
                    "publisher",
                    fields.ForeignKeyField(
                        "cms.Publisher",
                        source_field="publisher_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "head",
                    fields.ForeignKeyField(
                        "cms.Chapter",
                        source_field="head_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("title", fields.CharField(max_length=100)),
                ("note", fields.TextField(null=True, unique=False)),
                ("slug", fields.CharField(max_length=96)),
                ("state", fields.CharField(db_default="draft", max_length=10)),
                ("is_open", fields.BooleanField(default=True)),
                ("body", JsonTextField()),
                ("published_at", TimeField(null=True)),
            ],
            options={
                "table": "toy_story",
                "app": "cms",
                "unique_together": (("publisher", "slug"),),
                "constraints": [
                    UniqueConstraint(fields=("slug",), name="toy_story_live_slug", condition="state = 'live'"),
                    CheckConstraint(check="state IN ('draft', 'live')", name="toy_story_state"),
                ],
                "indexes": [PartialIndex(fields=["published_at"], name="toy_story_open", condition="(is_open)")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StoryTag",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "story",
                    fields.ForeignKeyField(
                        "cms.Story",
                        source_field="story_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "tag",
                    fields.ForeignKeyField(
                        "cms.Tag",
                        source_field="tag_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="name",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={"table": "toy_story_tag", "app": "cms", "unique_together": (("story", "tag"),), "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
