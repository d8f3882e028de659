"""Rows for the world that is read: made by hand, so that every key, time and text is the same on each run.

The one thing to know: a key follows from a name (`key("article", "tide")`), so that a test can name the id of anything,
hidden things too, and so that keys stand in no order that somebody could take for the right one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from cms.articles.models import (
    Article,
    ArticleRevision,
    ArticleSlug,
    ContributorRole,
    Publication,
    PublicationAuthor,
    PublicationDisclaimer,
    PublicationTopic,
    RevisionContributor,
    RevisionDisclaimer,
    RevisionTopic,
)
from cms.authors.models import Author
from cms.comments.models import Comment, CommentStatus
from cms.disclaimers.models import Disclaimer, DisclaimerScope, DisclaimerVersion
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.models import TextReference
from cms.kernel.text import fold, slugify
from cms.media.models import Media
from cms.media.texts import LEAD_IMAGE_POSITION, RichTextInput, columns, read_body, store_references
from cms.topics.models import Topic

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
#: Stands in everything that anonymous readers may never get.
CANARY = "CANARY"


def key(kind: str, name: str) -> UUID:
    """The key of a row."""
    return uuid5(NAMESPACE_URL, f"{kind}:{name}")


def gid(node_type: NodeType, name: str) -> str:
    """The global id of something in the world, by the name it has here."""
    return str(GlobalId(node_type, key(node_type.value, name)))


def author_key(name: str) -> UUID:
    """The key of an author."""
    return key(NodeType.AUTHOR.value, name)


async def text(owner: UUID, markdown: str, prefix: str = "body") -> dict[str, Any]:
    """The columns of a text; what it names is stored."""
    body = read_body(RichTextInput(markdown=markdown))
    await store_references(owner, body)
    return columns(body, prefix)


async def media(name: str, **given: Any) -> None:  # noqa: ANN401 - columns of every type
    """An image."""
    row = {
        "id": key("med", name),
        "created_at": NOW - 90 * DAY,
        "filename": f"{name}.jpg",
        "filename_key": f"{name}.jpg",
        "storage_key": f"{name}-0123.jpg",
        "digest": "sha256:" + "0" * 64,
        "content_type": "image/jpeg",
        "bytes": 1234,
        "alt": f"A picture of {name}",
    }
    await Media.create(**{**row, **given})


async def author(name: str, printed: str, **given: Any) -> None:  # noqa: ANN401 - as above
    """Somebody who signs; the address is nobody's business."""
    bio = given.pop("bio", None)
    columns = await text(author_key(name), bio, "bio") if bio else {}
    row = {
        "id": author_key(name),
        "created_at": NOW - 60 * DAY,
        "updated_at": NOW - 50 * DAY,
        "slug": slugify(name),
        "name": printed,
        "name_key": fold(printed),
        "email": f"{CANARY}.{name}@mail.example.com",
    }
    await Author.create(**{**row, **columns, **given})


async def topic(name: str, /, **given: Any) -> None:  # noqa: ANN401 - as above
    """Something articles are about; `parent` is a name."""
    parent = given.pop("parent", None)
    row = {
        "id": key("top", name),
        "created_at": NOW - 60 * DAY,
        "updated_at": NOW - 50 * DAY,
        "slug": slugify(name),
        "name": name.title(),
        "name_key": fold(name),
        "parent_id": key("top", parent) if parent else None,
    }
    await Topic.create(**{**row, **given})


async def disclaimer(name: str, scope: DisclaimerScope, versions: Sequence[tuple[str, datetime]], **given: Any) -> None:  # noqa: ANN401 - as above
    """A notice and its versions, each with its text and the day it takes effect."""
    row = {"id": key("dis", name), "created_at": versions[0][1] - DAY, "updated_at": versions[0][1], "slug": name}
    await Disclaimer.create(**{**row, "scope": scope, "placement": "AFTER_BODY", **given})
    for number, (says, effective_from) in enumerate(versions, 1):
        version = key("dvn", f"{name}.{number}")
        await DisclaimerVersion.create(
            id=version,
            created_at=versions[0][1] - DAY,
            disclaimer_id=key("dis", name),
            number=number,
            title=says,
            effective_from=effective_from,
            digest=f"sha256:{name}.{number}",
            **await text(version, f"{says}, *really*."),
        )


@dataclass
class Written:
    """What one revision of an article says. Names stand for authors, topics and disclaimers."""

    title: str
    body: str = "After a *long* winter."
    authors: Sequence[tuple[str, ContributorRole]] = ()
    topics: Sequence[str] = ()
    disclaimers: Sequence[str] = ()
    columns: dict[str, Any] = field(default_factory=dict)


async def article(name: str, *written: Written, locale: str = "en", group: str = "", **given: Any) -> None:  # noqa: ANN401 - as above
    """An article with its revisions, the last of which is its head; nothing of it is public yet."""
    made_at = given.pop("created_at", NOW - 40 * DAY)
    article_id = key("art", name)
    row = {"created_at": made_at, "updated_at": made_at, "locale": locale, "version": len(written)}
    made = await Article.create(id=article_id, translation_group_id=key("group", group or name), **{**row, **given})
    for number, says in enumerate(written, 1):
        made.head_id = await _revision(article_id, name, number, says, made_at + number * HOUR)
    await made.save(update_fields=["head_id"])
    slugs = {says.columns.get("slug", slugify(name)) for says in written}
    for slug in sorted(slugs):
        await ArticleSlug.create(
            id=key("slug", f"{name}.{slug}"), created_at=made_at, article_id=article_id, locale=locale, slug=slug
        )


async def _revision(article_id: UUID, name: str, number: int, says: Written, made_at: datetime) -> UUID:
    revision_id = key("rev", f"{name}.{number}")
    first = next((who for who, role in says.authors if role is ContributorRole.AUTHOR), None)
    row = {"slug": slugify(name), "note": f"{CANARY} note", "content_hash": f"sha256:{name}.{number}"}
    await ArticleRevision.create(
        id=revision_id,
        created_at=made_at,
        article_id=article_id,
        number=number,
        title=says.title,
        title_key=fold(says.title),
        word_count=len(says.body.split()),
        author_id=author_key(first) if first else None,
        **{**row, **await text(revision_id, says.body), **says.columns},
    )
    if image := says.columns.get("lead_image_id"):
        await TextReference.create(
            owner_id=revision_id, position=LEAD_IMAGE_POSITION, target_type=NodeType.MEDIA.value, target_id=image
        )
    for position, (who, role) in enumerate(says.authors):
        await RevisionContributor.create(
            revision_id=revision_id,
            position=position,
            author_id=author_key(who),
            role=role,
            credited_as=f"by {who}",
        )
    for position, about in enumerate(says.topics):
        await RevisionTopic.create(revision_id=revision_id, position=position, topic_id=key("top", about))
    for position, notice in enumerate(says.disclaimers):
        await RevisionDisclaimer.create(revision_id=revision_id, position=position, disclaimer_id=key("dis", notice))
    return revision_id


async def publish(
    name: str,
    number: int,
    starts_at: datetime,
    ends_at: datetime | None = None,
    *,
    published_at: datetime | None = None,
    pins: Iterable[str] = (),
) -> None:
    """Let readers see a revision in an interval, under disclaimer versions (`tide.2`)."""
    made = await Article.get(id=key("art", name))
    revision = await ArticleRevision.get(id=key("rev", f"{name}.{number}"))
    interval: dict[str, Any] = {"starts_at": starts_at, "ends_at": ends_at, "published_at": published_at or starts_at}
    publication = await Publication.create(
        id=key("publication", f"{name}.{number}.{starts_at}"),
        created_at=starts_at,
        article_id=made.id,
        revision_id=revision.id,
        locale=made.locale,
        slug=revision.slug,
        title_key=revision.title_key,
        note=f"{CANARY} publication",
        **interval,
    )
    made.first_published_at = min(made.first_published_at or starts_at, starts_at)
    await made.save(update_fields=["first_published_at"])
    listed: dict[str, Any] = {"article_id": made.id, "publication_id": publication.id, **interval}
    for who in {row.author_id for row in await RevisionContributor.filter(revision_id=revision.id)}:
        await PublicationAuthor.create(author_id=who, **listed)
    for about in await RevisionTopic.filter(revision_id=revision.id):
        await PublicationTopic.create(topic_id=about.topic_id, **listed)
    for position, pin in enumerate(pins):
        notice = key("dis", pin.rpartition(".")[0])
        await PublicationDisclaimer.create(
            position=position, disclaimer_id=notice, version_id=key("dvn", pin), **listed
        )


async def comment(name: str, under: str, says: str, at: datetime, **given: Any) -> None:  # noqa: ANN401 - as above
    """A comment, with how it stands given as it is; `parent` is a name. What only moderators see is a canary."""
    parent = await Comment.get(id=key("com", given.pop("parent"))) if "parent" in given else None
    status = given.get("status", CommentStatus.APPROVED)
    printed = given.pop("author_name", f"Reader {name}")
    row = {
        "id": key("com", name),
        "created_at": at,
        "updated_at": at,
        "article_id": key("art", under),
        "parent_id": parent.id if parent else None,
        "root_id": (parent.root_id or parent.id) if parent else None,
        "depth": parent.depth + 1 if parent else 0,
        "status": status,
        "is_listed": status is CommentStatus.APPROVED,
        "author_name": printed,
        "author_key": fold(printed),
        "author_email": f"{CANARY}.{name}@mail.example.com",
        "email_key": f"{CANARY} key",
        "address_hash": f"{CANARY} address",
        "body_key": fold(says),
    }
    await Comment.create(**{**row, **await text(key("com", name), says), **given})
