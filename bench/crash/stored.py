"""What stands in the database at one moment, as the promises look at it.

The one thing to know: nobody else may be connected. A server that was killed leaves sessions on PostgreSQL that may
still be about to commit; they are waited for.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final
from uuid import UUID

from cms.articles.counting import recount_everything
from cms.articles.models import (
    Article,
    ArticleRevision,
    ArticleSlug,
    Publication,
    PublicationAuthor,
    PublicationTopic,
    RevisionContributor,
    RevisionTopic,
)
from cms.articles.planned import announce_due
from cms.kernel.clock import now
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.models import Event, Idempotency
from cms.kernel.waking import Alarm
from cms.topics.models import Topic

_PATIENCE_SECONDS: Final = 20.0
# Sessions that are older than this one, which was opened after the server was killed.
_OTHERS: Final = (
    "SELECT count(*) AS others FROM pg_stat_activity WHERE datname = current_database() AND backend_start < "
    "(SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())"
)
_REVISION: Final = (
    *("id", "article_id", "number", "autosave", "saved_as_version", "slug", "title", "body_text", "author_id"),
)


@dataclass(frozen=True, slots=True)
class ArticleRows:
    """An article and what belongs to it: revisions by number, publications by their beginning, events in order."""

    article: Article
    revisions: Sequence[ArticleRevision]
    publications: Sequence[Publication]
    events: Sequence[Event]
    slugs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stored:
    """Everything that the promises look at.

    Attributes:
        articles: by key.
        listings: the rows under which a publication is found: (publication, beginning, end), once for its author and
            once for its topic.
        bylines: how many contributors each revision has.
        filings: how many topics each revision has.
        events: the whole log, in order.
        topics: the names of all topics.
        replays: the answers that are kept for whoever asks again.
        miscounted: how many authors and topics have a count that a recount would change.
    """

    articles: Mapping[UUID, ArticleRows]
    listings: Sequence[tuple[object, object, object]]
    bylines: Mapping[UUID, int]
    filings: Mapping[UUID, int]
    events: Sequence[Event]
    topics: Sequence[str]
    replays: Sequence[Idempotency]
    miscounted: int


class _LookedAt(Exception):
    """Ends a transaction that was opened to look."""


async def look(database: Database) -> Stored:
    """What stands there. Nothing is changed by looking.

    Raises:
        TimeoutError: somebody stays connected.
    """
    await _left_alone(database)
    found: list[Stored] = []
    with suppress(_LookedAt):
        async with transaction(database):
            await _look_and_leave(database, found)
    return found[0]


async def _look_and_leave(database: Database, found: list[Stored]) -> None:
    found.append(await _load(database))
    raise _LookedAt


async def _left_alone(database: Database) -> None:
    if database.dialect is Dialect.SQLITE:
        return  # A dead process holds no lock on a file.
    until, nothing = monotonic() + _PATIENCE_SECONDS, Alarm()
    while (await database.connection.execute_query_dict(_OTHERS))[0]["others"]:
        if monotonic() > until:
            raise TimeoutError("Sessions of a server that was killed are still there")
        await nothing.wait(0.02)


async def _load(database: Database) -> Stored:
    listed = [
        row
        for model in (PublicationAuthor, PublicationTopic)
        for row in await model.all().values_list("publication_id", "starts_at", "ends_at")
    ]
    events = await Event.all().order_by("seq")
    return Stored(
        articles=await articles_of(events),
        listings=listed,
        bylines=_counted(await RevisionContributor.all().values_list("revision_id", flat=True)),
        filings=_counted(await RevisionTopic.all().values_list("revision_id", flat=True)),
        events=events,
        topics=[str(name) for name in await Topic.all().values_list("name", flat=True)],
        replays=await Idempotency.all(),
        miscounted=await _miscounted(database),
    )


async def articles_of(events: Sequence[Event]) -> dict[UUID, ArticleRows]:
    """Every article with what belongs to it; of the log, what is told of the article itself."""
    revisions, publications = defaultdict(list), defaultdict(list)
    told, slugs = defaultdict(list), defaultdict(set)
    for revision in await ArticleRevision.all().order_by("number").only(*_REVISION):
        revisions[revision.article_id].append(revision)
    for publication in await Publication.all().order_by("starts_at"):
        publications[publication.article_id].append(publication)
    for event in events:
        if event.type.startswith("ARTICLE_"):
            told[event.node_id].append(event)
    for held in await ArticleSlug.all():
        slugs[held.article_id].add(held.slug)
    return {
        each.id: ArticleRows(each, revisions[each.id], publications[each.id], told[each.id], frozenset(slugs[each.id]))
        for each in await Article.all()
    }


async def _miscounted(database: Database) -> int:
    """How many counts are wrong, once what is due has been announced: until then they may be of a moment ago."""
    while True:
        found: list[tuple[int, datetime | None]] = []
        with suppress(_LookedAt):
            async with transaction(database):
                await _recount_and_leave(database, found)
        ((wrong, due),) = found
        # What falls due between announcing and counting is counted already, and not announced yet.
        if due is None or now() < due:
            return wrong


async def _recount_and_leave(database: Database, found: list[tuple[int, datetime | None]]) -> None:
    due = await announce_due(database, now())
    found.append((await recount_everything(database), due))
    raise _LookedAt


def _counted(keys: Sequence[object]) -> dict[UUID, int]:
    counts: dict[UUID, int] = defaultdict(int)
    for key in keys:
        counts[UUID(str(key))] += 1
    return counts
