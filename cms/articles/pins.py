"""Which disclaimers an article goes out under, and in which wording.

A publication pins the versions that are in effect when it starts, of every disclaimer that covers the article then.
What was published keeps its pins for ever; a new version reaches it only as a new publication.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from cms.articles.known import chunks
from cms.articles.models import RevisionContributor, RevisionDisclaimer, RevisionTopic
from cms.articles.vocabulary import MAX_COVERING
from cms.articles.wording import Wording
from cms.disclaimers.models import (
    Disclaimer,
    DisclaimerAuthor,
    DisclaimerPlacement,
    DisclaimerScope,
    DisclaimerTopic,
    DisclaimerVersion,
)
from cms.kernel.changing import one_at_a_time
from cms.kernel.database import Database
from cms.kernel.errors import StateConflict

_DISCLAIMERS = 0x646973636C61


class Pin(NamedTuple):
    """A disclaimer and the version of it that a publication goes out under."""

    disclaimer_id: UUID
    version_id: UUID


@dataclass(frozen=True, slots=True)
class Named:
    """What of a wording decides which disclaimers cover it. Authors count in any role; topics by themselves alone."""

    topic_ids: Collection[UUID]
    author_ids: Collection[UUID]
    disclaimer_ids: Collection[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """A disclaimer with what it names and all its versions, newest effect first."""

    id: UUID
    slug: str
    scope: DisclaimerScope
    placement: DisclaimerPlacement
    created_at: datetime
    retired_at: datetime | None
    topic_ids: frozenset[UUID]
    author_ids: frozenset[UUID]
    versions: Sequence[DisclaimerVersion]

    def covers(self, named: Named) -> bool:
        """Whether what `named` stands for goes out under this, by its scope or because an editor chose it."""
        match self.scope:
            case DisclaimerScope.EVERY_ARTICLE:
                return True
            case DisclaimerScope.TOPIC if not self.topic_ids.isdisjoint(named.topic_ids):
                return True
            case DisclaimerScope.AUTHOR if not self.author_ids.isdisjoint(named.author_ids):
                return True
        return self.id in named.disclaimer_ids

    def version_at(self, moment: datetime) -> UUID | None:
        """The version in effect at `moment`; None before the first, and once it is retired."""
        if self.retired_at is not None and self.retired_at <= moment:
            return None
        return next((version.id for version in self.versions if version.effective_from <= moment), None)


def named_in(wording: Wording) -> Named:
    """What of `wording` decides which disclaimers cover it."""
    authors = {each.author_id for each in wording.contributors}
    return Named(wording.topic_ids, authors, wording.disclaimer_ids)


async def named_by(revision_ids: Collection[UUID]) -> dict[UUID, Named]:
    """What of stored revisions decides which disclaimers cover them, by revision."""
    topics, authors, chosen = (defaultdict[UUID, list[UUID]](list) for _ in range(3))
    for some in chunks(revision_ids):
        for topic in await RevisionTopic.filter(revision_id__in=some).order_by("position"):
            topics[topic.revision_id].append(topic.topic_id)
        for contributor in await RevisionContributor.filter(revision_id__in=some).order_by("position"):
            authors[contributor.revision_id].append(contributor.author_id)
        for disclaimer in await RevisionDisclaimer.filter(revision_id__in=some).order_by("position"):
            chosen[disclaimer.revision_id].append(disclaimer.disclaimer_id)
    return {key: Named(topics[key], authors[key], chosen[key]) for key in revision_ids}


def pins_at(covers: Iterable[Cover], named: Named, moment: datetime) -> list[Pin]:
    """The pins of a publication that starts at `moment`, in the order they are shown.

    Args:
        covers: every disclaimer, as `load_covers` gives them, which is the order of the pins.
        named: what the article names.
        moment: when it goes out.

    Raises:
        StateConflict: more disclaimers cover it than readers would be shown.
    """
    found = ((cover.id, cover.version_at(moment)) for cover in covers if cover.covers(named))
    return fitting([Pin(disclaimer, version) for disclaimer, version in found if version is not None])


def fitting(pins: list[Pin]) -> list[Pin]:
    """The pins, if readers would be shown them all.

    Raises:
        StateConflict: there are too many.
    """
    if len(pins) > MAX_COVERING:
        raise StateConflict(f"At most {MAX_COVERING} disclaimers may cover an article; {len(pins)} would. Retire some.")
    return pins


async def load_covers() -> list[Cover]:
    """Every disclaimer, those before the body first, then by age. There are dozens, not thousands."""
    rows = await Disclaimer.all()
    topics = await DisclaimerTopic.all().values_list("disclaimer_id", "topic_id")
    authors = await DisclaimerAuthor.all().values_list("disclaimer_id", "author_id")
    versions = DisclaimerVersion.all().only("id", "disclaimer_id", "effective_from", "number")
    newest_first = await versions.order_by("-effective_from", "-number")
    covers = [
        Cover(
            id=row.id,
            slug=row.slug,
            scope=row.scope,
            placement=row.placement,
            created_at=row.created_at,
            retired_at=row.retired_at,
            topic_ids=frozenset(topic for owner, topic in topics if owner == row.id),
            author_ids=frozenset(author for owner, author in authors if owner == row.id),
            versions=[version for version in newest_first if version.disclaimer_id == row.id],
        )
        for row in rows
    ]
    return sorted(covers, key=_shown_order)


async def hold_disclaimers(database: Database) -> None:
    """Keep every disclaimer as it is until this transaction ends; publishers do not wait for one another."""
    await one_at_a_time(database, _DISCLAIMERS, shared=True)


async def change_disclaimers(database: Database) -> None:
    """Wait until nobody publishes, and let nobody begin to before this transaction ends."""
    await one_at_a_time(database, _DISCLAIMERS)


def _shown_order(cover: Cover) -> tuple[bool, datetime, UUID]:
    return cover.placement is not DisclaimerPlacement.BEFORE_BODY, cover.created_at, cover.id
