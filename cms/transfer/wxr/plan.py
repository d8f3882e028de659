"""The first reading of a file: what it holds and what will become of it, without the texts.

The one thing to know: nothing here grows with the length of texts. A post keeps some hundred bytes and a comment
thirty, so that an export of any size can be planned before a row of it is written.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Final
from uuid import UUID

from cms.transfer.wxr.findings import Findings
from cms.transfer.wxr.identity import article_key, blog_of, source_id
from cms.transfer.wxr.moments import moment_of
from cms.transfer.wxr.parsed import Channel, ParsedAuthor, ParsedComment, ParsedItem, ParsedTerm, Record, number_in
from cms.transfer.wxr.reading import THUMBNAIL, Reading
from cms.transfer.wxr.standing import ARTICLES, ATTACHMENT, Standing, judge
from cms.transfer.wxr.threads import Thread, is_by_person, is_ping
from cms.transfer.wxr.wording import wished_slug

CATEGORY, TAG = "category", "post_tag"
_TAXONOMIES: Final = frozenset({CATEGORY, TAG})


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A post or a page that comes in, without its text.

    Attributes:
        key: the article's, here.
        known_as: its `source_id`.
        thumbnail: the id of the attachment above it, or 0.
    """

    place: int
    number: int
    kind: str
    link: str
    creator: str
    standing: Standing
    written_at: datetime | None
    key: UUID
    known_as: str
    thumbnail: int


@dataclass(slots=True)
class Plan:
    """What a file holds.

    Attributes:
        blog: the name of the site it came from, by which everything in it is known.
        authors: by their logins; those who are named on items only, too.
        terms: categories and tags by taxonomy and slug.
        heads: by their place in the file.
        attachments: by their ids, without descriptions.
        threads: the comments of people under each of `heads`, by its place.
        pings: how many comments other sites' software left.
    """

    findings: Findings
    channel: Channel = field(default_factory=Channel)
    blog: str = ""
    authors: dict[str, ParsedAuthor] = field(default_factory=dict)
    terms: dict[tuple[str, str], ParsedTerm] = field(default_factory=dict)
    heads: dict[int, Head] = field(default_factory=dict)
    attachments: dict[int, ParsedItem] = field(default_factory=dict)
    threads: dict[int, Thread] = field(default_factory=dict)
    pings: int = 0

    @property
    def comments(self) -> int:
        """How many comments of people there are, under what comes in."""
        return sum(len(thread.numbers) for thread in self.threads.values())


def named_terms(item: ParsedItem) -> list[ParsedTerm]:
    """The categories of an item, then its tags, each once; old exports name each twice, once without its slug."""
    slugged = {(term.taxonomy, term.name) for term in item.terms if term.slug}
    found: dict[tuple[str, str], ParsedTerm] = {}
    for term in item.terms:
        if term.taxonomy in _TAXONOMIES and (term.slug or (term.taxonomy, term.name) not in slugged):
            slug = term.slug or wished_slug(term.name) or ""
            found.setdefault((term.taxonomy, slug), replace(term, slug=slug))
    whole = (term for term in found.values() if term.slug and term.name)
    return sorted(whole, key=lambda term: term.taxonomy != CATEGORY)


def make_plan(reading: Reading, zone: tzinfo, now: datetime) -> Plan:
    """What `reading` holds.

    Args:
        reading: the file; read once.
        zone: of the clock that local dates were read from.
        now: the moment of the import.

    Raises:
        WxrError: it is no export, or one that is not taken.
    """
    planning = _Planning(Plan(Findings()), zone, now)
    for record in reading.records():
        planning.take(record)
    return planning.done(reading)


class _Planning:
    """A plan while it is made."""

    def __init__(self, plan: Plan, zone: tzinfo, now: datetime) -> None:
        self._plan = plan
        self._zone = zone
        self._now = now
        self._seen: set[int] = set()
        self._seen_comments: set[int] = set()
        self._others: Counter[str] = Counter()
        # The comments that were read stand before their item, which may not come in.
        self._thread = Thread()
        self._pings = 0

    def take(self, record: Record) -> None:
        match record:
            case Channel():
                self._plan.channel, self._plan.blog = record, blog_of(record.url)
            case ParsedAuthor():
                self._plan.authors.setdefault(record.login, record)
            case ParsedTerm():
                self._take_term(record)
            case ParsedComment():
                self._take_comment(record)
            case ParsedItem():
                self._take_item(record)
                if self._thread.numbers and record.place not in self._plan.threads:
                    self._plan.findings.add("Its comments did not come in with it", f"{record.kind} {record.number}")
                self._thread, self._pings = Thread(), 0

    def done(self, reading: Reading) -> Plan:
        plan, mended = self._plan, reading.mended
        for kind, count in sorted(self._others.items()):
            plan.findings.add(f"Things of the kind “{kind}” have no place here and were left out", str(count))
        for what, number in (
            ("Control characters, which no text may hold, were taken out", mended.controls),
            ("Bytes that are no text were replaced by “\ufffd”", mended.bytes_),
            ("Ampersands that were not written as XML wants them were mended", mended.ampersands),
        ):
            if number:
                plan.findings.add(what, str(number))
        return plan

    def _take_term(self, term: ParsedTerm) -> None:
        if term.taxonomy in _TAXONOMIES and term.slug:
            self._plan.terms.setdefault((term.taxonomy, term.slug), term)
        else:
            self._others[f"term of {term.taxonomy}"] += 1

    def _take_comment(self, comment: ParsedComment) -> None:
        if is_ping(comment):
            self._pings += 1
        elif not is_by_person(comment):
            self._others[f"comment of the type {comment.kind}"] += 1
        elif not comment.number:
            self._plan.findings.add("A comment without an id was left out", f"item {comment.place + 1} of the file")
        elif comment.number in self._seen_comments:
            self._plan.findings.add("Twice in the file, and taken once", f"comment {comment.number}")
        else:
            self._seen_comments.add(comment.number)
            self._thread.add(comment)

    def _take_item(self, item: ParsedItem) -> None:
        known = f"{item.kind} {item.number}"
        if item.kind not in ARTICLES and item.kind != ATTACHMENT:
            self._others[item.kind] += 1
        elif not item.number:
            self._plan.findings.add("It has no id and was left out", f"item {item.place + 1} of the file")
        elif item.number in self._seen:
            self._plan.findings.add("Twice in the file, and taken once", known)
        elif item.kind == ATTACHMENT:
            self._seen.add(item.number)
            self._plan.attachments[item.number] = replace(item, content="")
        else:
            self._seen.add(item.number)
            self._take_article(item, known)

    def _take_article(self, item: ParsedItem, known: str) -> None:
        written_at = moment_of(item.moments, self._zone)
        standing, why = judge(item, written_at, self._now)
        if why:
            self._plan.findings.add(why, known)
        if standing is Standing.LEFT_OUT:
            return
        for name in item.fields:
            self._plan.findings.add(f"The custom field “{name}” was left out", known)
        if item.is_sticky:
            self._plan.findings.add("Sticky in WordPress; here nothing stands above the others for good", known)
        if item.kind == "page" and item.parent:
            self._plan.findings.add("It stood below another page; here pages stand side by side", known)
        known_as = source_id(self._plan.blog, item.kind, item.number)
        self._plan.heads[item.place] = Head(
            place=item.place,
            number=item.number,
            kind=item.kind,
            link=item.link,
            creator=item.creator,
            standing=standing,
            written_at=written_at,
            key=article_key(known_as, written_at),
            known_as=known_as,
            thumbnail=number_in(item.meta.get(THUMBNAIL, "")),
        )
        self._plan.pings += self._pings
        if self._thread.numbers:
            self._plan.threads[item.place] = self._thread
        if item.creator:
            self._plan.authors.setdefault(item.creator, ParsedAuthor(item.creator, name=item.creator))
        for term in named_terms(item):
            self._plan.terms.setdefault((term.taxonomy, term.slug), term)
