"""What must be true after a crash, as small checks in an ordered tuple, each with its reason.

The one thing to know: a check says nothing where all is well, and else what it found. Each has a broken twin (see
`breaking`), for a check that never finds anything proves nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from bench.crash.histories import missteps, overdue, overlaps, untold, versions_told
from bench.crash.ledger import Kept, Ledger
from bench.crash.stored import ArticleRows, Stored
from bench.crash.writes import SAVING, TOLD, Verb, key_in, text_of
from cms.articles.models import ArticleRevision
from cms.kernel.clock import now
from cms.kernel.events import EventType


class Promise(StrEnum):
    """What is promised, by what it is called when it is broken."""

    LOST = "lost"
    HALF = "halves"
    TWICE = "twice"
    UNDELIVERED = "undelivered"
    FAULT = "faults"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the checks look at.

    Attributes:
        ledger: what the clients remember.
        stored: what stands in the database.
        seen: the events that a follower was told of: each place in the order with the ids told for it.
        is_final: whether every outcome is known and the follower had the time to read to the end.
    """

    ledger: Ledger
    stored: Stored
    seen: Mapping[int, frozenset[UUID]] = field(default_factory=dict)
    is_final: bool = False

    def kept(self, *verbs: Verb) -> Iterator[Kept]:
        """The acknowledged writes of some kinds."""
        return (each for each in self.ledger.kept.values() if each.write.verb in verbs)

    def revisions(self) -> Iterator[ArticleRevision]:
        """Every revision there is."""
        return (each for rows in self.stored.articles.values() for each in rows.revisions)


@dataclass(frozen=True, slots=True)
class Broken:
    """One finding: the promise, the check that found it, and what it found."""

    promise: Promise
    check: str
    what: str

    def __str__(self) -> str:
        return f"{self.promise.value}: {self.what} ({self.check})"


@dataclass(slots=True)
class Found:
    """What was found broken so far.

    Attributes:
        broken: every promise that did not hold.
    """

    broken: list[Broken] = field(default_factory=list)

    def note(self, found: Iterable[Broken]) -> None:
        """Add what was found, once: what is broken stays so, and is found after every round."""
        self.broken = list(dict.fromkeys([*self.broken, *found]))

    def count(self, promise: Promise) -> int:
        """How often a promise was found broken."""
        return sum(each.promise is promise for each in self.broken)


Check = Callable[[Evidence], Iterator[str]]

# Nothing that was acknowledged is lost


def saves_are_there(evidence: Evidence) -> Iterator[str]:
    """The text that was acknowledged stands in a revision of its article, saved as the version that was told."""
    by_title = {each.title: each for each in evidence.revisions()}
    for kept in evidence.kept(*SAVING):
        row = by_title.get(kept.write.key)
        if row is None:
            if not _is_pruned(evidence.stored, kept):
                yield f"{kept.write.key} was acknowledged, and no revision says it"
        elif (row.article_id, row.body_text, row.saved_as_version) != (kept.article, kept.write.text, kept.claim):
            yield f"{kept.write.key} stands there as version {row.saved_as_version} with the text {row.body_text!r}"


def versions_are_reached(evidence: Evidence) -> Iterator[str]:
    """An article that is older than an answer about it was set back."""
    for kept in evidence.ledger.kept.values():
        rows = evidence.stored.articles.get(kept.article) if kept.article else None
        if kept.article and rows is None:
            yield f"{kept.write.key} was acknowledged, and its article is not there"
        elif rows and rows.article.version < (kept.claim or 1):
            yield f"{kept.write.key} was acknowledged as version {kept.claim}, and it is at {rows.article.version}"


def transitions_are_told(evidence: Evidence) -> Iterator[str]:
    """What was acknowledged has its one event, with the version that was told."""
    told = Counter(
        (event.node_id, event.type, event.payload["version"])
        for rows in evidence.stored.articles.values()
        for event in rows.events
        if not event.payload.get("planned")
    )
    for kept in evidence.ledger.kept.values():
        if kept.article and kept.claim and not kept.write.autosave:
            times = told[kept.article, TOLD[kept.write.verb].value, kept.claim]
            if times != 1:
                yield f"{kept.write.key} has {times} events of version {kept.claim}"


def publications_are_there(evidence: Evidence) -> Iterator[str]:
    """What was acknowledged as published was published, and as the revision that was told."""
    noted = {each.note: each for rows in evidence.stored.articles.values() for each in rows.publications}
    for kept in evidence.kept(Verb.PUBLISH):
        if kept.claim is not None:
            row = noted.get(kept.write.key)
            if row is None or row.revision_id != key_in(kept.answer.revision):
                yield f"{kept.write.key} was acknowledged, and nothing was published by it"


def deletions_stand(evidence: Evidence) -> Iterator[str]:
    """What was acknowledged as deleted is not there again."""
    for kept in evidence.kept(Verb.DELETE):
        rows = evidence.stored.articles.get(kept.article) if kept.article else None
        if rows and rows.article.deleted_at is None:
            yield f"{kept.write.key} was acknowledged, and the article is there"


def topics_are_there(evidence: Evidence) -> Iterator[str]:
    """What was acknowledged as planted stands in the tree."""
    names = set(evidence.stored.topics)
    for kept in evidence.kept(Verb.PLANT):
        if kept.write.key not in names:
            yield f"{kept.write.key} was acknowledged, and there is no such topic"


# Nothing is half there


def heads_are_newest(evidence: Evidence) -> Iterator[str]:
    """An article without a head cannot be opened; with another's, or an old one, a save would be lost unseen."""
    for rows in evidence.stored.articles.values():
        if not rows.revisions or rows.article.head_id != rows.revisions[-1].id:
            yield f"the head of {rows.article.id} is not its newest revision"


def versions_are_accounted_for(evidence: Evidence) -> Iterator[str]:
    """Each version has exactly one event; only saves by an editor's program have none."""
    silent, doubtful = _silent_versions(evidence), _doubtful_versions(evidence.ledger)
    for key, rows in evidence.stored.articles.items():
        told = Counter(versions_told(rows.events))
        for version in range(1, max(rows.article.version, *told, 1) + 1):
            allowed = {0} if version > rows.article.version or (key, version) in silent else {1}
            if told[version] not in allowed | ({0} if (key, version) in doubtful else set()):
                yield f"version {version} of {key}, which is at {rows.article.version}, has {told[version]} events"


def numbers_have_no_gaps(evidence: Evidence) -> Iterator[str]:
    """Revisions are counted from 1; what is missing are the saves of a program that a real save took the place of."""
    saved = Counter(kept.article for kept in evidence.kept(Verb.UPDATE) if kept.write.autosave)
    saved += Counter(key_in(each.article) for each in evidence.ledger.unknown.values() if each.autosave)
    for key, rows in evidence.stored.articles.items():
        numbers = [each.number for each in rows.revisions]
        missing = max(numbers, default=0) - len(set(numbers))
        may_miss = saved[key] - sum(each.autosave for each in rows.revisions)
        if missing > may_miss or (evidence.is_final and missing != may_miss):
            yield f"{key} lacks {missing} revisions, and {may_miss} were pruned"


def revisions_are_whole(evidence: Evidence) -> Iterator[str]:
    """A revision without its byline, its topic or its text was cut off in the middle."""
    stored = evidence.stored
    for each in evidence.revisions():
        if stored.bylines.get(each.id) != 1 or stored.filings.get(each.id) != 1 or each.author_id is None:
            yield f"{each.title} lacks its author or its topic"
        if each.body_text != text_of(each.title):
            yield f"{each.title} has the text {each.body_text!r}"


def publications_are_listed(evidence: Evidence) -> Iterator[str]:
    """A publication that its author's or its topic's page does not show, or shows for another time."""
    listed = Counter(evidence.stored.listings)
    rows = [each for rows in evidence.stored.articles.values() for each in rows.publications]
    for each in rows:
        if listed.pop((each.id, each.starts_at, each.ends_at), 0) != 2:  # noqa: PLR2004 - its author's and its topic's
            yield f"the publication {each.id} is not listed under its author and its topic as it is"
    for publication, *_ in listed:
        yield f"the publication {publication} is listed as it is not"


def publications_are_legal(evidence: Evidence) -> Iterator[str]:
    """Readers see one revision at a time, or none."""
    return _of_each(evidence, overlaps)


def beginnings_are_told(evidence: Evidence) -> Iterator[str]:
    """Each publication that began has one event, and each event its publication."""
    return _of_each(evidence, untold)


def histories_are_legal(evidence: Evidence) -> Iterator[str]:
    """What the log tells of an article could have happened to it, in that order."""
    return _of_each(evidence, missteps)


def slugs_are_held(evidence: Evidence) -> Iterator[str]:
    """A slug that an article needs and does not hold could be another's tomorrow."""
    moment = now()
    for key, rows in evidence.stored.articles.items():
        if rows.article.deleted_at is not None:
            needed, allowed = set[str](), set[str]()
        else:
            needed = {each.slug for each in rows.publications if each.ends_at is None or each.ends_at > moment}
            needed |= {each.slug for each in rows.revisions[-1:]}
            allowed = {each.slug for each in rows.revisions} | {each.slug for each in rows.publications}
        if not needed <= rows.slugs <= allowed:
            yield f"{key} needs {sorted(needed)} and holds {sorted(rows.slugs)}"


def counts_are_right(evidence: Evidence) -> Iterator[str]:
    """A recount finds what stands there."""
    if evidence.stored.miscounted:
        yield f"{evidence.stored.miscounted} authors or topics have a wrong number of articles"


def keys_have_their_rows(evidence: Evidence) -> Iterator[str]:
    """A key is kept if and only if what was done under it is there."""
    done = {each.key: each for each in evidence.stored.replays if each.result["problem"] is None}
    planted = {name for name in evidence.stored.topics if evidence.ledger.find(name)}
    written = {each.title for each in evidence.revisions()} | planted
    for key in sorted(written - done.keys()):
        yield f"{key} was done, and its key is not kept"
    for key in sorted(done.keys() - written):
        write = evidence.ledger.find(key)
        if write is None or (write.verb in {*SAVING, Verb.PLANT} and not write.autosave):
            yield f"the key of {key} is kept, and nothing was done by it"
    for key in sorted(evidence.ledger.kept.keys() - done.keys()):
        yield f"{key} was acknowledged, and its key is not kept"


# Nothing is there twice


def keys_made_one_thing(evidence: Evidence) -> Iterator[str]:
    """Whatever was sent again under its key was done once: no title, note, name or plan stands there twice."""
    articles = evidence.stored.articles.values()
    planned = [
        f"the plan for {event.payload['publishAt']}"
        for event in evidence.stored.events
        if event.type == EventType.ARTICLE_SCHEDULED
    ]
    yield from _twice(each.title for each in evidence.revisions())
    yield from _twice(each.note for rows in articles for each in rows.publications if each.note)
    yield from _twice(evidence.stored.topics)
    yield from _twice(planned)


# Every event is delivered


def events_are_delivered(evidence: Evidence) -> Iterator[str]:
    """A follower was told of each event, under one id, and of nothing that did not happen."""
    logged = {event.seq: frozenset({event.id}) for event in evidence.stored.events}
    for seq, ids in evidence.seen.items():
        if ids != logged.get(seq):
            yield f"event {seq} was told under {len(ids)} ids, and is in the log under {len(logged.get(seq, ()))}"
    if evidence.is_final:
        for seq in sorted(logged.keys() - evidence.seen.keys()):
            yield f"event {seq} was never told"


def plans_are_announced(evidence: Evidence) -> Iterator[str]:
    """What came to pass by the clock while nobody served is announced by whoever serves next."""
    return _of_each(evidence, overdue) if evidence.is_final else iter(())


# Nothing else


def answers_are_clean(evidence: Evidence) -> Iterator[str]:
    """No client is told of a fault of ours."""
    return iter(evidence.ledger.faults)


def outcomes_are_known(evidence: Evidence) -> Iterator[str]:
    """What was sent again was answered."""
    if evidence.is_final:
        yield from (f"nobody knows what became of {key}" for key in evidence.ledger.unknown)


CHECKS: tuple[tuple[Promise, Check], ...] = (
    (Promise.LOST, saves_are_there),
    (Promise.LOST, versions_are_reached),
    (Promise.LOST, transitions_are_told),
    (Promise.LOST, publications_are_there),
    (Promise.LOST, deletions_stand),
    (Promise.LOST, topics_are_there),
    (Promise.HALF, heads_are_newest),
    (Promise.HALF, versions_are_accounted_for),
    (Promise.HALF, numbers_have_no_gaps),
    (Promise.HALF, revisions_are_whole),
    (Promise.HALF, publications_are_listed),
    (Promise.HALF, publications_are_legal),
    (Promise.HALF, beginnings_are_told),
    (Promise.HALF, histories_are_legal),
    (Promise.HALF, slugs_are_held),
    (Promise.HALF, counts_are_right),
    (Promise.HALF, keys_have_their_rows),
    (Promise.TWICE, keys_made_one_thing),
    (Promise.UNDELIVERED, events_are_delivered),
    (Promise.UNDELIVERED, plans_are_announced),
    (Promise.FAULT, answers_are_clean),
    (Promise.FAULT, outcomes_are_known),
)


def broken(evidence: Evidence) -> list[Broken]:
    """Every promise that does not hold."""
    return [Broken(promise, check.__name__, what) for promise, check in CHECKS for what in check(evidence)]


def _of_each(evidence: Evidence, judge: Callable[[ArticleRows], Iterator[str]]) -> Iterator[str]:
    for key, rows in evidence.stored.articles.items():
        yield from (f"{key}: {what}" for what in judge(rows))


def _twice(things: Iterable[str]) -> Iterator[str]:
    yield from (f"{thing} is there {times} times" for thing, times in Counter(things).items() if times > 1)


def _is_pruned(stored: Stored, kept: Kept) -> bool:
    """Whether a save by a program has gone because a real one came after it."""
    rows = stored.articles.get(kept.article) if kept.article else None
    if rows is None or not kept.write.autosave or kept.claim is None:
        return False
    return any(not each.autosave and (each.saved_as_version or 0) > kept.claim for each in rows.revisions)


def _silent_versions(evidence: Evidence) -> set[tuple[UUID | None, int | None]]:
    """The versions that were saved by a program, as was acknowledged or as stands there: they have no event."""
    told = {(kept.article, kept.claim) for kept in evidence.kept(Verb.UPDATE) if kept.write.autosave}
    return told | {(each.article_id, each.saved_as_version) for each in evidence.revisions() if each.autosave}


def _doubtful_versions(ledger: Ledger) -> set[tuple[UUID | None, int]]:
    """Those that may have been, as far as is known."""
    autosaves = [each for each in ledger.unknown.values() if each.autosave]
    return {(key_in(each.article), each.expected + 1) for each in autosaves if each.expected is not None}
