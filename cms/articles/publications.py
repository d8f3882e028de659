"""The rows of publications, and of the listings by which they are found.

A listing row repeats its publication's interval: whoever ends one ends the other, and only here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cms.articles.known import chunks
from cms.articles.models import (
    Article,
    ArticleRevision,
    Publication,
    PublicationAuthor,
    PublicationDisclaimer,
    PublicationTopic,
)
from cms.articles.pins import Named, Pin
from cms.kernel.ids import new_id

LISTINGS: Final = (PublicationAuthor, PublicationTopic, PublicationDisclaimer)


@dataclass(frozen=True, slots=True)
class Issue:
    """What goes out: a revision of an article, under pins."""

    article: Article
    revision: ArticleRevision
    named: Named
    pins: Sequence[Pin]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """When it goes out, and since when the article has been out without a break."""

    starts_at: datetime
    ends_at: datetime | None
    published_at: datetime


@dataclass(frozen=True, slots=True)
class PublicationRows:
    """The rows that hold one publication."""

    publication: Publication
    authors: Sequence[PublicationAuthor]
    topics: Sequence[PublicationTopic]
    disclaimers: Sequence[PublicationDisclaimer]


def rows_of(issue: Issue, span: Span, *, at: datetime, by: UUID | None, note: str | None = None) -> PublicationRows:
    """The rows of a publication that was decided `at` a time `by` somebody.

    What begins or ends only after that is left to the clock, which announces it when its time has come.
    """
    publication = Publication(
        id=new_id(),
        created_at=at,
        created_by_id=by,
        article_id=issue.article.id,
        revision_id=issue.revision.id,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        published_at=span.published_at,
        locale=issue.article.locale,
        slug=issue.revision.slug,
        title_key=issue.revision.title_key,
        note=note,
        starts_by_clock=span.starts_at > at or None,
        ends_by_clock=(span.ends_at is not None and span.ends_at > at) or None,
    )
    return with_listings(publication, issue.named, issue.pins)


def with_listings(publication: Publication, named: Named, pins: Sequence[Pin]) -> PublicationRows:
    """A publication with the rows by which it is found."""
    repeated = {
        "publication_id": publication.id,
        "article_id": publication.article_id,
        "published_at": publication.published_at,
        "starts_at": publication.starts_at,
        "ends_at": publication.ends_at,
    }
    return PublicationRows(
        publication,
        [PublicationAuthor(**repeated, author_id=key) for key in dict.fromkeys(named.author_ids)],
        [PublicationTopic(**repeated, topic_id=key) for key in dict.fromkeys(named.topic_ids)],
        [
            PublicationDisclaimer(
                **repeated, position=place, disclaimer_id=pin.disclaimer_id, version_id=pin.version_id
            )
            for place, pin in enumerate(pins)
        ],
    )


async def insert_publications(made: Sequence[PublicationRows]) -> None:
    """Write publications with their listing rows."""
    await Publication.bulk_create([each.publication for each in made], batch_size=500)
    await PublicationAuthor.bulk_create([row for each in made for row in each.authors], batch_size=500)
    await PublicationTopic.bulk_create([row for each in made for row in each.topics], batch_size=500)
    await PublicationDisclaimer.bulk_create([row for each in made for row in each.disclaimers], batch_size=500)


async def end_publications(keys: Collection[UUID], ends_at: datetime | None, *, by_clock: bool = False) -> None:
    """Let publications, and the rows by which they are found, end at a moment; None lets them go on for ever.

    Args:
        keys: which.
        ends_at: when.
        by_clock: nothing follows them, and that they have ended is still to be announced.
    """
    for some in chunks(keys):
        await Publication.filter(id__in=some).update(ends_at=ends_at, ends_by_clock=by_clock or None)
        for listing in LISTINGS:
            await listing.filter(publication_id__in=some).update(ends_at=ends_at)


async def erase_publications(keys: Collection[UUID]) -> None:
    """Remove publications that no reader has seen; their pins and listing rows go with them."""
    for some in chunks(keys):
        await Publication.filter(id__in=some).delete()


async def listed_under(keys: Collection[UUID]) -> tuple[set[UUID], set[UUID]]:
    """The authors and the topics that publications are listed under."""
    authors, topics = set[UUID](), set[UUID]()
    for some in chunks(keys):
        authors |= {row.author_id for row in await PublicationAuthor.filter(publication_id__in=some)}
        topics |= {row.topic_id for row in await PublicationTopic.filter(publication_id__in=some)}
    return authors, topics
