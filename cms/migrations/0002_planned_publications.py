from tortoise import migrations
from tortoise.migrations import operations as ops
from cms.kernel.indexes import PartialIndex
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("cms", "0001_initial")]

    initial = False

    operations = [
        ops.AddField(
            model_name="ArticleRevision",
            name="saved_as_version",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Publication",
            name="ends_by_clock",
            field=fields.BooleanField(null=True),
        ),
        ops.AddField(
            model_name="Publication",
            name="starts_by_clock",
            field=fields.BooleanField(null=True),
        ),
        ops.AddIndex(
            model_name="Publication",
            index=PartialIndex(fields=["starts_at"], name="idx_publication_to_start", condition="(starts_by_clock)"),
        ),
        ops.AddIndex(
            model_name="Publication",
            index=PartialIndex(fields=["ends_at"], name="idx_publication_to_end", condition="(ends_by_clock)"),
        ),
    ]
