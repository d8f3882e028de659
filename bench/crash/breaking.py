"""Broken twins: one small sabotage for each check, done behind the server's back, that the check must find.

The one thing to know: each changes rows as a crash in the middle of a write could have left them, if there were no
transactions.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, ParamSpec, TypeVar

from tortoise.models import Model
from tortoise.queryset import QuerySet

from bench.crash import promises
from bench.crash.ledger import Kept, Ledger
from bench.crash.promises import Check
from bench.crash.writes import Verb
from cms.articles.models import (
    Article,
    ArticleRevision,
    ArticleSlug,
    Publication,
    PublicationAuthor,
    Review,
    RevisionContributor,
)
from cms.authors.models import Author
from cms.kernel.events import EventType
from cms.kernel.ids import new_id
from cms.kernel.models import Event, Idempotency
from cms.topics.models import Topic

C = TypeVar("C")
M = TypeVar("M", bound=Model)
P = ParamSpec("P")
_DAY = timedelta(days=1)


class NothingToBreak(Exception):
    """There is too little in the database: let the writers write more."""


@dataclass(frozen=True, slots=True)
class Sabotage(Generic[C, P]):
    """What is broken, and the check that has to find it."""

    check: C
    act: Callable[P, Awaitable[None]]

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return self.act.__name__.strip("_").replace("_", "-")


Break = Sabotage[Check, [Ledger]]


async def _lose_a_save(ledger: Ledger) -> None:
    used = {each.head_id for each in await Article.all()}
    used |= {each.revision_id for each in await Publication.all()} | {each.revision_id for each in await Review.all()}
    free = ArticleRevision.filter(title__in=_keys(ledger, Verb.UPDATE), autosave=False).exclude(id__in=list(used))
    await (await one_of(free)).delete()


async def _lose_a_version(ledger: Ledger) -> None:
    kept = _kept(ledger, Verb.UPDATE)
    await Article.filter(id=kept.article).update(version=1)


async def _lose_an_event(ledger: Ledger) -> None:
    kept = _kept(ledger, Verb.CREATE)
    await Event.filter(node_id=kept.article, type=EventType.ARTICLE_CREATED.value).delete()


async def _lose_a_publication(ledger: Ledger) -> None:
    noted = {each.write.key for each in ledger.kept.values() if each.write.verb is Verb.PUBLISH and each.claim}
    await (await one_of(Publication.filter(note__in=list(noted)))).delete()


async def _undo_a_deletion(ledger: Ledger) -> None:
    await Article.filter(id=_kept(ledger, Verb.DELETE).article).update(deleted_at=None)


async def _lose_a_topic(ledger: Ledger) -> None:
    await Topic.filter(name=_kept(ledger, Verb.PLANT).write.key).delete()


async def _move_a_head_back(_ledger: Ledger) -> None:
    later = await one_of(ArticleRevision.filter(number__gt=1))
    first = await one_of(ArticleRevision.filter(article_id=later.article_id).order_by("number"))
    await Article.filter(id=later.article_id).update(head_id=first.id)


async def _skip_a_version(_ledger: Ledger) -> None:
    article = await one_of(Article.all())
    await Article.filter(id=article.id).update(version=article.version + 1)


async def _skip_a_number(_ledger: Ledger) -> None:
    last = await one_of(ArticleRevision.all().order_by("-number"))
    await ArticleRevision.filter(id=last.id).update(number=last.number + 1)


async def _lose_a_byline(_ledger: Ledger) -> None:
    await (await one_of(RevisionContributor.all())).delete()


async def _lose_a_listing(_ledger: Ledger) -> None:
    await (await one_of(PublicationAuthor.all())).delete()


async def _let_two_overlap(_ledger: Ledger) -> None:
    ended = await one_of(Publication.exclude(ends_at=None))
    copy = await Publication.get(id=ended.id)
    copy.id, copy.starts_at = new_id(), ended.starts_at - _DAY
    copy.published_at = copy.starts_at
    await copy.save(force_create=True)


async def _announce_twice(_ledger: Ledger) -> None:
    event = await one_of(Event.filter(type=EventType.ARTICLE_PUBLISHED.value))
    await Event.create(
        id=new_id(),
        type=event.type,
        actor=event.actor,
        node_type=event.node_type,
        node_id=event.node_id,
        payload=event.payload,
    )


async def _forget_that_it_came_out(_ledger: Ledger) -> None:
    taken = await one_of(Event.filter(type=EventType.ARTICLE_UNPUBLISHED.value))
    published = Event.filter(node_id=taken.node_id, type=EventType.ARTICLE_PUBLISHED.value)
    await published.update(type=EventType.ARTICLE_UPDATED.value)


async def _let_go_of_a_slug(_ledger: Ledger) -> None:
    await (await one_of(ArticleSlug.all())).delete()


async def _miscount(_ledger: Ledger) -> None:
    author = await one_of(Author.all())
    await Author.filter(id=author.id).update(article_count=author.article_count + 1)


async def _forget_a_key(ledger: Ledger) -> None:
    await (await one_of(Idempotency.filter(key__in=_keys(ledger, Verb.CREATE)))).delete()


async def _do_it_twice(_ledger: Ledger) -> None:
    copy = await one_of(ArticleRevision.all().order_by("-number"))
    copy.id, copy.number = new_id(), copy.number + 1
    await copy.save(force_create=True)


async def _tell_another_id(_ledger: Ledger) -> None:
    event = await one_of(Event.all())
    await Event.filter(seq=event.seq).update(id=new_id())


async def _forget_to_announce(_ledger: Ledger) -> None:
    begun = await one_of(Publication.all())
    await Publication.filter(id=begun.id).update(starts_by_clock=True)


BREAKS: tuple[Break, ...] = (
    Sabotage(promises.saves_are_there, _lose_a_save),
    Sabotage(promises.versions_are_reached, _lose_a_version),
    Sabotage(promises.transitions_are_told, _lose_an_event),
    Sabotage(promises.publications_are_there, _lose_a_publication),
    Sabotage(promises.deletions_stand, _undo_a_deletion),
    Sabotage(promises.topics_are_there, _lose_a_topic),
    Sabotage(promises.heads_are_newest, _move_a_head_back),
    Sabotage(promises.versions_are_accounted_for, _skip_a_version),
    Sabotage(promises.numbers_have_no_gaps, _skip_a_number),
    Sabotage(promises.revisions_are_whole, _lose_a_byline),
    Sabotage(promises.publications_are_listed, _lose_a_listing),
    Sabotage(promises.publications_are_legal, _let_two_overlap),
    Sabotage(promises.beginnings_are_told, _announce_twice),
    Sabotage(promises.histories_are_legal, _forget_that_it_came_out),
    Sabotage(promises.slugs_are_held, _let_go_of_a_slug),
    Sabotage(promises.counts_are_right, _miscount),
    Sabotage(promises.keys_have_their_rows, _forget_a_key),
    Sabotage(promises.keys_made_one_thing, _do_it_twice),
    Sabotage(promises.events_are_delivered, _tell_another_id),
    Sabotage(promises.plans_are_announced, _forget_to_announce),
)


def _kept(ledger: Ledger, verb: Verb) -> Kept:
    """The last acknowledged write of a kind, on an article that had no other later on if there is one."""
    found = [each for each in ledger.kept.values() if each.write.verb is verb]
    if not found:
        raise NothingToBreak(verb.value)
    return found[-1]


def _keys(ledger: Ledger, verb: Verb) -> list[str]:
    return [each.write.key for each in ledger.kept.values() if each.write.verb is verb]


async def one_of(rows: QuerySet[M]) -> M:
    """The first of some rows.

    Raises:
        NothingToBreak: there is none.
    """
    row = await rows.first()
    if row is None:
        raise NothingToBreak(rows.model.__name__)
    return row
