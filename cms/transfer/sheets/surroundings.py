"""The sheets of what stands around articles: authors, topics, media, and the notices they go out under."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tortoise.queryset import QuerySet

from cms.authors.models import Author
from cms.disclaimers.models import Disclaimer, DisclaimerAuthor, DisclaimerTopic, DisclaimerVersion
from cms.kernel.ids import NodeType
from cms.media.models import Media
from cms.topics.models import Topic
from cms.transfer.sheets.sheet import EVERYTHING, NOT_IN_THE_TRASH, Sheet, View, alone, id_of, listed

AUTHORS: Final = Sheet(
    name="authors",
    model=Author,
    reads=(
        *("slug", "name", "credentials", "website", "bio_text", "accepts_messages", "article_count"),
        *("created_at", "updated_at"),
    ),
    where=NOT_IN_THE_TRASH,
    look_up=alone,
    columns={
        "id": lambda _, author: id_of(NodeType.AUTHOR, author.id),
        "name": lambda _, author: author.name,
        "slug": lambda _, author: author.slug,
        "credentials": lambda _, author: author.credentials,
        "website": lambda _, author: author.website,
        "biography": lambda _, author: author.bio_text,
        "accepts messages": lambda _, author: author.accepts_messages,
        "articles": lambda _, author: author.article_count,
        "created": lambda _, author: author.created_at,
        "updated": lambda _, author: author.updated_at,
        "path": lambda view, author: view.author_path(author.slug),
        "url": lambda view, author: view.url(view.author_path(author.slug)),
    },
)


@dataclass(frozen=True, slots=True)
class _Topic:
    """A topic and the name of the one above it."""

    topic: Topic
    parent: str | None


async def _with_parents(_view: View, topics: Sequence[Topic]) -> list[_Topic]:
    above = {topic.parent_id for topic in topics if topic.parent_id}
    names = {row.id: row.name for row in await Topic.filter(id__in=sorted(above)).only("id", "name")}
    return [_Topic(topic, names[topic.parent_id] if topic.parent_id else None) for topic in topics]


TOPICS: Final = Sheet(
    name="topics",
    model=Topic,
    reads=("slug", "name", "description", "parent_id", "article_count", "created_at", "updated_at"),
    where=NOT_IN_THE_TRASH,
    look_up=_with_parents,
    columns={
        "id": lambda _, row: id_of(NodeType.TOPIC, row.topic.id),
        "name": lambda _, row: row.topic.name,
        "slug": lambda _, row: row.topic.slug,
        "description": lambda _, row: row.topic.description,
        "parent id": lambda _, row: id_of(NodeType.TOPIC, row.topic.parent_id),
        "parent": lambda _, row: row.parent,
        "articles": lambda _, row: row.topic.article_count,
        "created": lambda _, row: row.topic.created_at,
        "updated": lambda _, row: row.topic.updated_at,
        "path": lambda view, row: view.topic_path(row.topic.slug),
        "url": lambda view, row: view.url(view.topic_path(row.topic.slug)),
    },
)

MEDIA: Final = Sheet(
    name="media",
    model=Media,
    reads=(
        *("filename", "content_type", "bytes", "width", "height", "alt", "caption", "credit"),
        *("created_at", "updated_at"),
    ),
    where=NOT_IN_THE_TRASH,
    look_up=alone,
    columns={
        "id": lambda _, media: id_of(NodeType.MEDIA, media.id),
        "file name": lambda _, media: media.filename,
        "content type": lambda _, media: media.content_type,
        "bytes": lambda _, media: media.bytes,
        "width": lambda _, media: media.width,
        "height": lambda _, media: media.height,
        "alternative text": lambda _, media: media.alt,
        "caption": lambda _, media: media.caption,
        "credit": lambda _, media: media.credit,
        "created": lambda _, media: media.created_at,
        "updated": lambda _, media: media.updated_at,
    },
)


@dataclass(frozen=True, slots=True)
class _Version:
    """A version of a disclaimer, and the names in its scope."""

    version: DisclaimerVersion
    disclaimer: Disclaimer
    topics: Sequence[str]
    authors: Sequence[str]


async def _with_scopes(_view: View, versions: Sequence[DisclaimerVersion]) -> list[_Version]:
    keys = sorted({version.disclaimer_id for version in versions})
    disclaimers = {row.id: row for row in await Disclaimer.filter(id__in=keys)}
    topics = await _named(DisclaimerTopic.filter(disclaimer_id__in=keys, topic__deleted_at__isnull=True), "topic")
    authors = await _named(DisclaimerAuthor.filter(disclaimer_id__in=keys, author__deleted_at__isnull=True), "author")
    return [
        _Version(each, disclaimers[each.disclaimer_id], topics[each.disclaimer_id], authors[each.disclaimer_id])
        for each in versions
    ]


async def _named(
    rows: QuerySet[DisclaimerTopic] | QuerySet[DisclaimerAuthor], what: str
) -> Mapping[UUID, Sequence[str]]:
    """The names that scopes hold, by disclaimer."""
    found: dict[UUID, list[str]] = defaultdict(list)
    for row in await rows.order_by("position").values("disclaimer_id", name=f"{what}__name"):
        found[row["disclaimer_id"]].append(row["name"])
    return found


DISCLAIMERS: Final = Sheet(
    name="disclaimers",
    model=DisclaimerVersion,
    reads=("disclaimer_id", "number", "title", "effective_from", "body_text", "created_at"),
    where=EVERYTHING,
    look_up=_with_scopes,
    columns={
        "id": lambda _, row: id_of(NodeType.DISCLAIMER, row.disclaimer.id),
        "slug": lambda _, row: row.disclaimer.slug,
        "scope": lambda _, row: row.disclaimer.scope,
        "topics": lambda _, row: listed(row.topics),
        "authors": lambda _, row: listed(row.authors),
        "placement": lambda _, row: row.disclaimer.placement,
        "retired": lambda _, row: row.disclaimer.retired_at,
        "version id": lambda _, row: id_of(NodeType.DISCLAIMER_VERSION, row.version.id),
        "version": lambda _, row: row.version.number,
        "title": lambda _, row: row.version.title,
        "in effect from": lambda _, row: row.version.effective_from,
        "created": lambda _, row: row.version.created_at,
        "text": lambda _, row: row.version.body_text,
    },
)
