"""Histories of one article that the state machine allows: in what the log tells, and in what readers could see.

The one thing to know: both are judged by themselves and against each other, since either could be right alone.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bench.crash.stored import ArticleRows
from cms.articles.announcing import revision_name
from cms.articles.models import Publication
from cms.kernel.clock import now
from cms.kernel.events import EventType
from cms.kernel.models import Event


def overlaps(rows: ArticleRows) -> Iterator[str]:
    """Publications that could not be: two that are open, two at one moment, one that ends before it begins."""
    for each in rows.publications:
        if each.ends_at is not None and each.ends_at <= each.starts_at:
            yield f"a publication ends at {each.ends_at}, before it begins"
        if each.published_at > each.starts_at:
            yield f"a publication has been out since {each.published_at}, before it begins"
    for before, after in pairwise(rows.publications):
        if before.ends_at is None or before.ends_at > after.starts_at:
            yield f"the publication of {before.starts_at} is not over when that of {after.starts_at} begins"


def missteps(rows: ArticleRows) -> Iterator[str]:
    """Places in the log where an article does what it cannot do from where it stands."""
    if not rows.events or rows.events[0].type != EventType.ARTICLE_CREATED:
        yield "the log does not begin with its creation"
    is_public = is_deleted = False
    for place, event in enumerate(rows.events):
        if is_deleted:
            yield f"{event.type} after it was deleted"
        if event.type == EventType.ARTICLE_CREATED and place:
            yield "it was created twice"
        if event.type == EventType.ARTICLE_UNPUBLISHED and not is_public and not event.payload.get("archived"):
            yield f"event {event.seq} takes down what was not public"
        is_public = _public_after(event, is_public=is_public)
        is_deleted = event.type == EventType.ARTICLE_DELETED
    if is_deleted != (rows.article.deleted_at is not None):
        yield "the log and the row differ on whether it is deleted"
    if is_public != _announced_as_public(rows.publications):
        yield f"by the log it is {'' if is_public else 'not '}public, and by its publications the opposite"


def untold(rows: ArticleRows) -> Iterator[str]:
    """Publications that began without one event of their own, and events without a publication."""
    began = Counter(revision_name(each.revision_id) for each in rows.publications if not each.starts_by_clock)
    told = Counter(
        str(event.payload.get("revision")) for event in rows.events if event.type == EventType.ARTICLE_PUBLISHED
    )
    for revision in sorted(began.keys() | told.keys()):
        if began[revision] != told[revision]:
            yield f"{revision} came out {began[revision]} times and was announced {told[revision]} times"


def versions_told(events: Sequence[Event]) -> list[int]:
    """The versions that events claim. What the clock does gives an article no version."""
    return [event.payload["version"] for event in events if not event.payload.get("planned")]


def overdue(rows: ArticleRows) -> Iterator[str]:
    """What was planned, has come to pass, and was not announced."""
    moment = now()
    for each in rows.publications:
        if each.starts_by_clock and each.starts_at <= moment:
            yield f"that it came out at {each.starts_at} was not announced"
        if each.ends_by_clock and each.ends_at is not None and each.ends_at <= moment:
            yield f"that it went at {each.ends_at} was not announced"


def _public_after(event: Event, *, is_public: bool) -> bool:
    if event.type == EventType.ARTICLE_PUBLISHED:
        return True
    return is_public and event.type not in {EventType.ARTICLE_UNPUBLISHED, EventType.ARTICLE_DELETED}


def _announced_as_public(publications: Sequence[Publication]) -> bool:
    """Whether an article is public as far as was announced: one has begun whose end, if it has one, is still to come.

    An end is to come, however late it is by the clock, until it is announced: by itself, or by what takes its place.
    """
    to_begin = {each.starts_at for each in publications if each.starts_by_clock}
    begun = [each for each in publications if not each.starts_by_clock]
    return any(each.ends_at is None or each.ends_by_clock or each.ends_at in to_begin for each in begun)
