"""The sheet of articles."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cms.articles.models import Article, ContributorRole, RevisionContributor, RevisionTopic
from cms.kernel.ids import NodeType
from cms.transfer.sheets.sheet import NOT_IN_THE_TRASH, Sheet, View, id_of, listed
from cms.transfer.sheets.shown import IDENTITY, ShownArticle, shown


@dataclass(frozen=True, slots=True)
class _Row:
    """An article with the names on it; contributors who did something else than write it have their role beside."""

    shown: ShownArticle
    authors: Sequence[str]
    others: Sequence[str]
    topics: Sequence[str]

    @property
    def article(self) -> Article:
        return self.shown.article

    @property
    def has_unpublished_changes(self) -> bool:
        return self.shown.revision.id != self.article.head_id

    def first_published_at(self, view: View) -> datetime | None:
        """What is planned for the first time was not published yet."""
        at = self.article.first_published_at
        return at if at is not None and at <= view.moment else None

    @property
    def published_at(self) -> datetime | None:
        current = self.shown.timeline.current
        return current.published_at if current else None

    @property
    def publish_at(self) -> datetime | None:
        waiting = self.shown.timeline.waiting
        return waiting[0].starts_at if waiting else None


async def _look_up(view: View, articles: Sequence[Article]) -> list[_Row]:
    found = await shown(view, articles)
    revisions = [each.revision.id for each in found]
    contributors, topics = await _contributors(revisions), await _topics(revisions)
    return [
        _Row(
            each,
            [row.credited_as for row in contributors[each.revision.id] if row.role is ContributorRole.AUTHOR],
            [_with_role(row) for row in contributors[each.revision.id] if row.role is not ContributorRole.AUTHOR],
            topics[each.revision.id],
        )
        for each in found
    ]


async def _contributors(revisions: Sequence[UUID]) -> Mapping[UUID, Sequence[RevisionContributor]]:
    here = RevisionContributor.filter(revision_id__in=list(revisions), author__deleted_at__isnull=True)
    found: dict[UUID, list[RevisionContributor]] = defaultdict(list)
    for row in await here.order_by("position"):
        found[row.revision_id].append(row)
    return found


async def _topics(revisions: Sequence[UUID]) -> Mapping[UUID, Sequence[str]]:
    here = RevisionTopic.filter(revision_id__in=list(revisions), topic__deleted_at__isnull=True)
    found: dict[UUID, list[str]] = defaultdict(list)
    for row in await here.order_by("position").values("revision_id", name="topic__name"):
        found[row["revision_id"]].append(row["name"])
    return found


def _with_role(row: RevisionContributor) -> str:
    return f"{row.credited_as} ({row.role})"


ARTICLES: Final = Sheet(
    name="articles",
    model=Article,
    reads=(*IDENTITY, "created_at", "updated_at", "comment_count"),
    where=NOT_IN_THE_TRASH,
    look_up=_look_up,
    columns={
        "id": lambda _, row: id_of(NodeType.ARTICLE, row.article.id),
        "title": lambda _, row: row.shown.revision.title,
        "slug": lambda _, row: row.shown.revision.slug,
        "locale": lambda _, row: row.article.locale,
        "status": lambda _, row: row.shown.status,
        "first published": lambda view, row: row.first_published_at(view),
        "published": lambda _, row: row.published_at,
        "scheduled for": lambda _, row: row.publish_at,
        "created": lambda _, row: row.article.created_at,
        "updated": lambda _, row: row.article.updated_at,
        "unpublished changes": lambda _, row: row.has_unpublished_changes,
        "authors": lambda _, row: listed(row.authors),
        "other contributors": lambda _, row: listed(row.others),
        "topics": lambda _, row: listed(row.topics),
        "words": lambda _, row: row.shown.revision.word_count,
        "comments": lambda _, row: row.article.comment_count,
        "path": lambda view, row: row.shown.path(view),
        "url": lambda view, row: view.url(row.shown.path(view)),
    },
)
