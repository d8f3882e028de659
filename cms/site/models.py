"""Tables of the site itself: its name, address and house rules, and its redirects."""

from tortoise import fields
from tortoise.models import Model

from cms.kernel.comment_policy import CommentModeration
from cms.kernel.constraints import holds, one_of
from cms.kernel.fields import JsonTextField, TimeField
from cms.kernel.mixins import Identified, Versioned


class Site(Versioned):
    """The one site. A path template holds `{slug}` as a whole segment, and may hold `{locale}`."""

    singleton = fields.BooleanField(default=True, unique=True)
    name = fields.CharField(max_length=200)
    url = fields.TextField()
    description = fields.TextField(null=True)
    time_zone = fields.CharField(max_length=64)
    default_locale = fields.CharField(max_length=35)
    locales = JsonTextField()
    copyright_holder = fields.CharField(max_length=300)
    preview_url = fields.TextField(null=True)
    article_path = fields.CharField(max_length=200, default="/articles/{slug}")
    author_path = fields.CharField(max_length=200, default="/authors/{slug}")
    topic_path = fields.CharField(max_length=200, default="/topics/{slug}")
    comments_open = fields.BooleanField(default=True)
    comments_close_at = TimeField(null=True)
    comments_close_after_days = fields.IntField(null=True)
    comments_moderation = fields.CharEnumField(
        CommentModeration, max_length=20, default=CommentModeration.FIRST_COMMENT_ONLY
    )
    comments_max_depth = fields.IntField(default=4)
    comments_max_length = fields.IntField(default=5000)
    comments_required_fields = JsonTextField()

    class Meta(Model.Meta):
        table = "site"
        constraints = (
            holds("site", "singleton", "(singleton)"),
            one_of("site", "comments_moderation", CommentModeration),
        )


class Redirect(Identified):
    """A path that leads elsewhere.

    `target` is a path, a URL, or the global id of what moved (so that chains cannot form).
    """

    locale = fields.CharField(max_length=35, default="")
    from_path = fields.CharField(max_length=1024)
    target = fields.CharField(max_length=2048, db_index=True)
    permanent = fields.BooleanField(default=True)
    automatic = fields.BooleanField(default=False)

    class Meta(Model.Meta):
        table = "redirect"
        unique_together = (("locale", "from_path"),)
