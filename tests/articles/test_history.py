"""What readers saw at a moment of the past, asked for afterwards, against somebody who looked at that moment.

The one thing to know: the recorder looks as a reader, through the reader, while the history happens; `asPublished` is
asked when all of it is over. The history is random, and the same in every run.
"""

import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from cms.app import open_reader
from cms.articles.actions import (
    publish_article,
    schedule_article,
    unpublish_article,
    unschedule_article,
    update_article,
)
from cms.articles.disclaiming import apply_disclaimer_version, revise_disclaimer, update_disclaimer
from cms.articles.drafts import ArticleChange
from cms.articles.models import Article
from cms.articles.planned import announce_due
from cms.disclaimers.actions import DisclaimerChange, DisclaimerRevision, ReviseApplies
from cms.disclaimers.models import Disclaimer, DisclaimerPlacement, DisclaimerScope, DisclaimerVersion
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import StateConflict
from cms.media.texts import RichTextInput
from tests.articles.world import EDITOR, NOON, a_disclaimer, a_topic, an_article, an_author, found, signed
from tests.reading.asking import MEDIA_URL, Asker, asker

pytestmark = pytest.mark.asyncio

ARTICLES, STEPS, PAIRS = 20, 220, 1_000
SEED = 2013
HOUR = timedelta(hours=1)
#: An article's title and the versions of disclaimers beside it; None while readers see nothing.
Seen = tuple[str, tuple[str, ...]] | None

_NOW = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Article { id title disclaimers { id } } } }"
_THEN = """query($ids: [ID!]!, $moment: DateTime!) { nodes(ids: $ids, perspective: DRAFT) { ... on Article {
  id asPublished(at: $moment) { title disclaimers { id } } } } }"""


def _seen(content: dict[str, Any] | None) -> Seen:
    return None if content is None else (content["title"], tuple(each["id"] for each in content["disclaimers"]))


@dataclass
class History:
    """A newsroom at work, and somebody who looks at its pages meanwhile."""

    database: Database
    ask: Asker
    chance: random.Random
    articles: Sequence[UUID]
    disclaimers: Sequence[UUID]
    topics: Sequence[UUID]
    now: datetime = NOON
    done: list[str] = field(default_factory=list)
    recorded: dict[tuple[str, datetime], Seen] = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        """Every article's global id."""
        return [f"art_{key}" for key in self.articles]

    async def look(self, moment: datetime) -> None:
        """Write down what readers see at a moment, which no action comes before any more."""
        answer = await self.ask(_NOW, at=moment, ids=self.ids)
        for key, node in zip(self.ids, answer["nodes"], strict=True):
            self.recorded[key, moment] = _seen(node)

    async def step(self) -> None:
        """Something is done, or refused as it can be; then readers look, until something else is done."""
        verb = self.chance.choice(VERBS)
        with clock.at(self.now), suppress(StateConflict):
            await verb(self)
            self.done.append(verb.__name__)
        # Now and then two things are done in one moment: what comes first is seen by nobody.
        gap = HOUR * self.chance.choice([0, 1, 5, 30])
        if gap:
            for part in sorted({0.0, self.chance.random()}):
                await self.look(self.now + gap * part)
        self.now += gap

    def article(self) -> UUID:
        """Any article."""
        return self.chance.choice(self.articles)

    def soon(self) -> datetime:
        """Some hours from now."""
        return self.now + HOUR * self.chance.randint(1, 90)


async def publish(history: History) -> None:
    """Also what is public: then it is a correction, or the same words under today's disclaimers."""
    await publish_article(history.database, EDITOR, history.article())


async def save(history: History) -> None:
    """Readers see nothing of it."""
    article = await Article.get(id=history.article())
    change = ArticleChange(
        article_id=article.id,
        expected_version=article.version,
        title=f"Title {len(history.recorded)}",
        topic_ids=tuple(history.chance.sample(history.topics, history.chance.randint(0, 2))),
        disclaimer_ids=tuple(history.chance.sample(history.disclaimers, history.chance.randint(0, 1))),
    )
    await update_article(history.database, EDITOR, change)


async def correct(history: History) -> None:
    """Saved and published at once."""
    await save(history)
    await publish(history)


async def schedule(history: History) -> None:
    """A beginning, an end, or both, which the clock then meets."""
    begins, ends = sorted((history.soon(), history.soon() + HOUR))
    publish_at, unpublish_at = history.chance.choice([(begins, None), (begins, ends), (None, ends)])
    await schedule_article(
        history.database, EDITOR, history.article(), publish_at=publish_at, unpublish_at=unpublish_at
    )


async def call_off(history: History) -> None:
    """What was planned is not."""
    await unschedule_article(history.database, EDITOR, history.article())


async def unpublish(history: History) -> None:
    """Taken down, now or later."""
    at = history.chance.choice([None, history.soon()])
    await unpublish_article(history.database, EDITOR, history.article(), at=at)


async def revise(history: History) -> None:
    """A new version, from now on or from a day to come; for what goes out, or for what is public too."""
    key = history.chance.choice(history.disclaimers)
    at_once = history.chance.random() < 0.7
    last = await DisclaimerVersion.filter(disclaimer_id=key).order_by("-number").first()
    assert last is not None
    revision = DisclaimerRevision(
        disclaimer_id=key,
        body=RichTextInput(markdown=f"Number {last.number + 1}."),
        effective_from=None if at_once else max(history.soon(), last.effective_from),
        applies=history.chance.choice(list(ReviseApplies)),
    )
    await revise_disclaimer(history.database, EDITOR, revision)


async def apply(history: History) -> None:
    """The version in effect, for some articles or for all."""
    in_effect = DisclaimerVersion.filter(
        disclaimer_id=history.chance.choice(history.disclaimers), effective_from__lte=history.now
    )
    version = await in_effect.order_by("-effective_from", "-number").first()
    assert version is not None
    chosen = history.chance.choice([None, None, [history.article()]])
    await apply_disclaimer_version(history.database, EDITOR, version.id, chosen)


async def aim(history: History) -> None:
    """Another scope, another place on the page."""
    key = history.chance.choice(history.disclaimers)
    scope = history.chance.choice([DisclaimerScope.EVERY_ARTICLE, DisclaimerScope.TOPIC])
    topics = tuple(history.topics[:1]) if scope is DisclaimerScope.TOPIC else ()
    placement = history.chance.choice(list(DisclaimerPlacement))
    change = DisclaimerChange(disclaimer_id=key, scope=scope, topic_ids=topics, placement=placement)
    await update_disclaimer(history.database, EDITOR, change)


async def announce(history: History) -> None:
    """The worker comes by, late as often as in time."""
    await announce_due(history.database, history.now)


Verb = Callable[[History], Awaitable[None]]
#: As often as they stand here; most of a newsroom's day is writing and publishing.
VERBS: list[Verb] = [
    publish,
    publish,
    save,
    correct,
    correct,
    schedule,
    schedule,
    call_off,
    unpublish,
    revise,
    apply,
    aim,
]
VERBS += [announce, announce]


async def _begun(database: Database, ask: Asker) -> History:
    await found(database)
    with clock.at(NOON):
        author, topics = await an_author(database), [await a_topic(database, name) for name in ("Boats", "Nets")]
        of_boats = await a_disclaimer(database, "Of boats", scope=DisclaimerScope.TOPIC, topic_ids=(topics[0],))
        made = [await a_disclaimer(database, "For all"), of_boats, await a_disclaimer(database, "Paid for")]
        articles = [
            (await an_article(database, f"Article {number}", contributors=signed(author))).id
            for number in range(ARTICLES)
        ]
    chance = random.Random(SEED)  # noqa: S311 - a history to test with is no secret
    return History(database, ask, chance, articles, [each.disclaimer_id for each in made], topics)


async def _shown_then(history: History, wanted: Sequence[tuple[str, datetime]]) -> dict[tuple[str, datetime], Seen]:
    """What `asPublished` answers for each pair, all asked after the last step."""
    answers: dict[tuple[str, datetime], Seen] = {}
    for moment in sorted({at for _, at in wanted}):
        ids = [key for key, at in wanted if at == moment]
        variables = {"ids": ids, "moment": moment.isoformat()}
        answer = await history.ask(_THEN, viewer=EDITOR, at=history.now, **variables)
        answers |= {(node["id"], moment): _seen(node["asPublished"]) for node in answer["nodes"]}
    return answers


async def test_the_past_is_as_it_was_seen(database: Database) -> None:
    """An answer in court that is not what stood on the page: which words, and under which disclaimers."""
    async with open_reader(database, MEDIA_URL) as reader:
        history = await _begun(database, asker(reader))
        for _ in range(STEPS):
            await history.step()
        wanted = history.chance.sample(sorted(history.recorded), PAIRS)

        shown = await _shown_then(history, wanted)

    assert {pair: shown[pair] for pair in wanted} == {pair: history.recorded[pair] for pair in wanted}
    # The history is worth asking about: everything was done, and readers saw much, and differently.
    assert set(history.done) == {verb.__name__ for verb in VERBS}
    seen = [history.recorded[pair] for pair in wanted]
    assert len(seen) == PAIRS
    assert 200 < sum(each is not None for each in seen) < 900
    assert len(set(seen)) > 100
    assert await Disclaimer.all().count() == 3
