"""The site itself: its name, its address and its house rules."""

import strawberry

from cms.kernel.viewer import Scope
from schema.comments import CommentPolicy
from schema.descriptions import described
from schema.disclaimers import POLICY, PolicyVersion
from schema.fields import EVERYBODY, read
from schema.scalars import Url
from schema.shared import Node


@described
@strawberry.type
class Site(Node):
    """The publication that this server serves; there is one."""

    version: int = read(EVERYBODY, "Grows with every change; give it as `expectedVersion` when changing this.")
    name: str = read(EVERYBODY, "What the publication is called.")
    url: Url = read(EVERYBODY, "The address of its front page, which every path is joined to.")
    description: str | None = read(EVERYBODY, "What it is about, in a sentence or two.")
    time_zone: str = read(
        EVERYBODY, "The IANA time zone, like `Europe/Lisbon`, for dates shown and for dates given without an offset."
    )
    default_locale: str = read(EVERYBODY, "The language of what names no other, as a BCP 47 tag.")
    locales: list[str] = read(EVERYBODY, "The languages it publishes in, as BCP 47 tags, the default among them.")
    copyright_holder: str = read(EVERYBODY, "Who holds the copyright of articles that name nobody else.")
    preview_url: str | None = read(
        Scope.CONTENT_PREVIEW,
        "The address where drafts are previewed, with `{path}` and `{token}` to be filled in; null when there is none.",
    )
    policy: PolicyVersion | None = read(
        EVERYBODY,
        "The terms, the privacy policy or the cookie notice; null when there was none in force.",
        arguments=POLICY,
    )
    comment_policy: CommentPolicy = read(EVERYBODY, "The rules for comments where an article has none of its own.")
