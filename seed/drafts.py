"""Sample content as the drafts that actions take. What names other things stays with the loader, which knows keys.

The one thing to know: everything says that it comes from `SOURCE`, under the slug or key it has in `seed/content/`.
"""

import hashlib
from pathlib import PurePath

from cms.authors.actions import AuthorDraft
from cms.disclaimers.models import PolicyKind
from cms.disclaimers.policies import PolicyRevision
from cms.kernel.comment_policy import CommentField, CommentModeration
from cms.media.actions import FocalPoint, MediaDraft
from cms.media.texts import RichTextInput
from cms.site.actions import CommentPolicy, SiteDraft
from seed import model

#: Where sample content says it was taken from.
SOURCE = "sample"
_CONTENT_TYPES = {".jpg": "image/jpeg", ".png": "image/png"}


def site_draft(site: model.Site) -> SiteDraft:
    """The publication."""
    rules = site.comment_policy
    return SiteDraft(
        name=site.name,
        url=site.url,
        copyright_holder=site.copyright_holder,
        default_locale=site.default_locale,
        locales=site.locales,
        time_zone=site.time_zone,
        description=site.description,
        preview_url=site.preview_url,
        article_path=site.article_path,
        comment_policy=CommentPolicy(
            open=rules.open,
            moderation=CommentModeration(rules.moderation),
            max_depth=rules.max_depth,
            max_length=rules.max_length,
            required_fields=tuple(CommentField(each) for each in rules.required_fields),
        ),
    )


def media_draft(image: model.Image, data: bytes) -> MediaDraft:
    """A picture whose file holds `data`."""
    return MediaDraft(
        filename=image.filename,
        content_type=_CONTENT_TYPES[PurePath(image.filename).suffix],
        bytes=len(data),
        digest=f"sha256:{_digest(data)}",
        storage_key=storage_key(image, data),
        width=image.width,
        height=image.height,
        alt=image.alt,
        caption=image.caption,
        credit=image.credit,
        focal_point=FocalPoint(image.focal_x, image.focal_y),
        source=SOURCE,
        source_id=image.key,
    )


def author_draft(author: model.Author) -> AuthorDraft:
    """Somebody who signs articles."""
    return AuthorDraft(
        name=author.name,
        slug=author.slug,
        credentials=author.credentials,
        bio=RichTextInput(markdown=author.bio),
        website=author.website,
        email=author.email,
        accepts_messages=author.accepts_messages,
        source=SOURCE,
        source_id=author.slug,
    )


def policy_revision(policy: model.Policy) -> PolicyRevision:
    """A version of a policy; it takes effect when it is written."""
    return PolicyRevision(
        kind=PolicyKind(policy.kind),
        title=policy.title,
        body=RichTextInput(markdown=policy.body),
        acceptance_text=policy.acceptance_text,
    )


def storage_key(image: model.Image, data: bytes) -> str:
    """A place in the store named after what lies there, so that it never changes: `ab/abcd....jpg`."""
    digest = _digest(data)
    return f"{digest[:2]}/{digest}{PurePath(image.filename).suffix}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
