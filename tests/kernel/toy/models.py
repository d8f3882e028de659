"""The toy's tables as they are after its last migration."""

from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from cms.kernel.fields import IdField, JsonTextField, SortKeyField, TimeField
from cms.kernel.indexes import PartialIndex


class Publisher(Model):
    """A parent whose rows must not go while stories point at them."""

    id = IdField(primary_key=True)
    name = SortKeyField()

    class Meta(Model.Meta):
        table = "toy_publisher"


class Story(Model):
    """The table that is made anew: it has a parent, children, links, and points at one of its children."""

    id = IdField(primary_key=True)
    publisher: fields.ForeignKeyRelation[Publisher] = fields.ForeignKeyField(
        "cms.Publisher", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    publisher_id: UUID
    head: fields.ForeignKeyNullableRelation["Chapter"] = fields.ForeignKeyField(
        "cms.Chapter", null=True, related_name=False, on_delete=fields.SET_NULL, db_index=True
    )
    head_id: UUID | None
    title = fields.CharField(max_length=400, null=True)
    slug = fields.CharField(max_length=96)
    state = fields.CharField(max_length=10, db_default="draft")
    is_open = fields.BooleanField(default=True)
    body = JsonTextField()
    published_at = TimeField(null=True)
    rank = fields.IntField(db_default=7)
    editor: fields.ForeignKeyNullableRelation[Publisher] = fields.ForeignKeyField(
        "cms.Publisher", null=True, related_name=False, on_delete=fields.SET_NULL, db_index=True
    )
    editor_id: UUID | None

    class Meta(Model.Meta):
        table = "toy_story"
        unique_together = (("publisher", "slug"),)
        indexes = (
            PartialIndex(fields=("published_at",), name="toy_story_open", condition="(is_open)"),
            Index(fields=("rank", "id")),
        )
        constraints = (
            UniqueConstraint(fields=("slug",), name="toy_story_live_slug", condition="state = 'live'"),
            CheckConstraint(check="state IN ('draft', 'live')", name="toy_story_state"),
            UniqueConstraint(fields=("publisher", "rank", "slug"), name="toy_story_rank"),
            CheckConstraint(check="rank >= 0", name="toy_story_rank_not_negative"),
        )


class Chapter(Model):
    """A child that goes with its story."""

    id = IdField(primary_key=True)
    story: fields.ForeignKeyRelation[Story] = fields.ForeignKeyField(
        "cms.Story", related_name=False, on_delete=fields.CASCADE, db_index=True
    )
    story_id: UUID
    number = fields.IntField()

    class Meta(Model.Meta):
        table = "toy_chapter"
        indexes = (PartialIndex(fields=("story", "number"), name="toy_chapter_first", condition="number = 1"),)


class Tag(Model):
    """The other end of a link."""

    name = fields.CharField(max_length=20, primary_key=True)

    class Meta(Model.Meta):
        table = "toy_tag"


class StoryTag(Model):
    """A link between a story and a tag."""

    id = fields.BigIntField(primary_key=True, generated=True)
    story: fields.ForeignKeyRelation[Story] = fields.ForeignKeyField(
        "cms.Story", related_name=False, on_delete=fields.CASCADE
    )
    story_id: UUID
    tag: fields.ForeignKeyRelation[Tag] = fields.ForeignKeyField(
        "cms.Tag", related_name=False, on_delete=fields.RESTRICT, db_index=True
    )
    tag_id: str

    class Meta(Model.Meta):
        table = "toy_story_tag"
        unique_together = (("story", "tag"),)


class LogLine(Model):
    """Numbered lines; a number is never given out twice."""

    seq = fields.BigIntField(primary_key=True, generated=True)
    text = fields.CharField(max_length=200)

    class Meta(Model.Meta):
        table = "toy_log_line"
