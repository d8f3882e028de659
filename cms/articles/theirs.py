"""What others changed about an article since somebody looked at it: told to whoever comes too late with a save."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from cms.articles.models import Article, ArticleRevision
from cms.articles.revisions import wording_of
from cms.kernel.errors import FieldChange
from cms.kernel.events import EventType
from cms.kernel.guards import stale
from cms.kernel.ids import GlobalId, NodeType, parse_global_id
from cms.kernel.models import Event
from cms.kernel.viewer import Scope, Viewer

# Restorations are rare. Whoever is behind by more than so many is told as if the earlier ones had not been.
_MOST_RESTORATIONS: Final = 500
_PICTURE: Final = {"alt": "alt", "caption": "caption", "credit": "credit"}
_COPYRIGHT: Final = {"holder": "holder", "year": "year", "statement": "statement", "licenseUrl": "license_url"}
_SEO: Final = {
    "title": "title",
    "description": "description",
    "canonicalUrl": "canonical_url",
    "noIndex": "no_index",
}


async def refuse_stale(viewer: Viewer, article: Article, expected: int | None) -> None:
    """Let pass who saw the current version of a locked article, or asks for none.

    Raises:
        VersionConflict: somebody changed it since; it tells what, to those who may read drafts.
    """
    if expected is None or expected == article.version:
        return
    may_read = viewer.may(Scope.CONTENT_PREVIEW)
    theirs = await changes_since(article, expected) if may_read else []
    raise stale(article.version, GlobalId(NodeType.ARTICLE, article.id), theirs)


async def changes_since(article: Article, version: int) -> list[FieldChange]:
    """The fields in which the head says something else than the revision that was the head at `version`.

    An autosave that was pruned since is stood in for by what was the head before it.
    """
    key = await _head_at(article, version)
    if key is None or key == article.head_id:
        return []
    before, after = await _told(key), await _told(article.head_id)
    return [
        {"field": name, "before": before[name], "after": after[name]} for name in after if before[name] != after[name]
    ]


async def _head_at(article: Article, version: int) -> UUID | None:
    """The revision that was the head at `version`: the one saved last until then, or restored since that."""
    saved = ArticleRevision.filter(article_id=article.id, saved_as_version__lte=version).order_by("-saved_as_version")
    row = await saved.only("id", "saved_as_version").first()
    saved_as = row.saved_as_version or 0 if row else 0
    return await _restored_between(article, saved_as, version) or (row.id if row else None)


async def _restored_between(article: Article, after: int, until: int) -> UUID | None:
    """The revision that was made the head again last, at a version above `after` and up to `until`."""
    updates = Event.filter(node_id=article.id, type=EventType.ARTICLE_UPDATED).order_by("-seq")
    for event in await updates.limit(_MOST_RESTORATIONS):
        restored = parse_global_id(str(event.payload.get("restored")))
        if restored is not None and after < event.payload["version"] <= until:
            # A restored autosave may have been pruned since.
            return restored.key if await ArticleRevision.exists(id=restored.key) else None
    return None


async def _told(key: UUID | None) -> dict[str, object]:
    """What a revision says, by the names and in the forms that the API takes; its body as Markdown."""
    revision = await ArticleRevision.get(id=key)
    wording = await wording_of(revision)
    return {
        "slug": wording.slug,
        "title": wording.title,
        "standfirst": wording.standfirst,
        "body": revision.body_markdown,
        "contributors": [
            {"authorId": _id(NodeType.AUTHOR, each.author_id), "role": each.role.value, "creditedAs": each.credited_as}
            for each in wording.contributors
        ],
        "topicIds": [_id(NodeType.TOPIC, each) for each in wording.topic_ids],
        "disclaimerIds": [_id(NodeType.DISCLAIMER, each) for each in wording.disclaimer_ids],
        **_parts("leadImage", _PICTURE, wording.lead_image),
        **_parts("copyright", _COPYRIGHT, wording.copyright),
        **_parts("seo", _SEO, wording.seo),
        "leadImage.mediaId": wording.lead_image and _id(NodeType.MEDIA, wording.lead_image.media_id),
    }


def _id(type_: NodeType, key: UUID) -> str:
    return str(GlobalId(type_, key))


def _parts(name: str, parts: Mapping[str, str], value: object) -> dict[str, object]:
    """The fields of an object under names of their own, like `seo.title`; all null where there is no object."""
    return {f"{name}.{part}": value and getattr(value, attribute) for part, attribute in parts.items()}
