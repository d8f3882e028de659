"""Time as a condition: what is public, in effect or was shown follows from the moment of the question alone."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from cms.kernel.ids import NodeType
from cms.kernel.viewer import SYSTEM
from tests.reading.asking import Asker
from tests.reading.rows import CANARY, DAY, NOW, gid
from tests.reading.world import EXPIRES_AT, SCHEDULED_AT

pytestmark = pytest.mark.asyncio

_TICK = timedelta(microseconds=1)

_STATUS = """query($id: ID!) { now: node(id: $id) { ... on Article { title publishedAt firstPublishedAt } } }"""
_EDITORS = (
    "query($ids: [ID!]!) { nodes(ids: $ids, perspective: DRAFT) { ... on Article { status publishAt unpublishAt } } }"
)


async def test_a_schedule_is_met_to_the_microsecond(ask: Asker) -> None:
    """No job shows or hides anything: the time of the question does."""
    scheduled, expiring = gid(NodeType.ARTICLE, "scheduled"), gid(NodeType.ARTICLE, "expiring")
    at = "2026-03-03T12:00:00Z"
    assert (await ask(_STATUS, at=SCHEDULED_AT - _TICK, id=scheduled)) == {"now": None}
    assert (await ask(_STATUS, at=SCHEDULED_AT, id=scheduled)) == {
        "now": {"title": f"{CANARY} scheduled", "publishedAt": at, "firstPublishedAt": at}
    }
    assert (await ask(_STATUS, at=EXPIRES_AT - _TICK, id=expiring))["now"]["title"] == "Today only"
    assert (await ask(_STATUS, at=EXPIRES_AT, id=expiring)) == {"now": None}


async def test_lists_follow_the_clock_too(ask: Asker) -> None:
    """Counts, an author's list and a topic's list agree with the article itself."""
    text = """{ articles { totalCount } author(by: {slug: "wren"}) { articles(first: 1) { totalCount nodes { slug } } }
                topic(by: {slug: "weather"}) { articles(first: 1) { totalCount nodes { slug } } } }"""
    before, after = await ask(text), await ask(text, at=SCHEDULED_AT)

    assert before == _counts(13, 5, "many-0", 4, "expiring")
    assert after == _counts(13, 6, "scheduled", 3, "many-0")


def _counts(every: int, wrens: int, her_first: str, weathers: int, its_first: str) -> dict[str, Any]:
    return {
        "articles": {"totalCount": every},
        "author": {"articles": {"totalCount": wrens, "nodes": [{"slug": her_first}]}},
        "topic": {"articles": {"totalCount": weathers, "nodes": [{"slug": its_first}]}},
    }


async def test_editors_see_what_the_clock_will_do(ask: Asker) -> None:
    """And the status follows from the same rows."""
    ids = [gid(NodeType.ARTICLE, name) for name in ("scheduled", "expiring", "draft", "unpublished", "archived")]
    first = (await ask(_EDITORS, viewer=SYSTEM, ids=ids))["nodes"]
    later = (await ask(_EDITORS, viewer=SYSTEM, at=SCHEDULED_AT, ids=ids))["nodes"]

    assert [node["status"] for node in first] == ["SCHEDULED", "PUBLISHED", "DRAFT", "UNPUBLISHED", "ARCHIVED"]
    assert [node["status"] for node in later] == ["PUBLISHED", "UNPUBLISHED", "DRAFT", "UNPUBLISHED", "ARCHIVED"]
    assert (first[0]["publishAt"], first[1]["unpublishAt"]) == ("2026-03-03T12:00:00Z", "2026-03-02T14:00:00Z")
    assert [(node["publishAt"], node["unpublishAt"]) for node in later] == [(None, None)] * 5


async def test_texts_take_effect_on_their_day(ask: Asker) -> None:
    """Disclaimers and terms, and nothing of them before."""
    text = """{ disclaimers { totalCount } disclaimer(by: {slug: "tide"}) { current { title } versions { totalCount } }
                site { policy(kind: TERMS) { number } commentPolicy { terms { number } } } }"""
    moments = (NOW - 55 * DAY, NOW - 5 * DAY - _TICK, NOW - 5 * DAY, NOW + DAY, NOW + 9 * DAY)
    answers = [await ask(text, at=at) for at in moments]

    assert [answer["disclaimers"]["totalCount"] for answer in answers] == [2, 4, 4, 5, 5]
    assert [answer["disclaimer"]["versions"]["totalCount"] for answer in answers] == [1, 1, 2, 2, 3]
    assert [answer["disclaimer"]["current"]["title"] for answer in answers] == [
        "Mind the tide",
        "Mind the tide",
        "Mind the new tide",
        "Mind the new tide",
        f"{CANARY} tide",
    ]
    assert [answer["site"]["policy"]["number"] for answer in answers] == [1, 2, 2, 3, 3]
    assert [answer["site"]["commentPolicy"]["terms"]["number"] for answer in answers] == [1, 2, 2, 3, 3]


_SHOWN = """query($moment: DateTime!) { article(by: {slug: "tide"}) {
  asPublished(at: $moment) { number title disclaimers { title number } seo { jsonLd } } } }"""


@pytest.mark.parametrize(
    ("at", "number", "pins"),
    [
        (NOW - 20 * DAY - _TICK, None, []),
        (NOW - 20 * DAY, 1, ["At your own risk", "Mind the tide"]),
        (NOW - 3 * DAY - _TICK, 1, ["At your own risk", "Mind the tide"]),
        (NOW - 3 * DAY, 2, ["At your own risk", "Mind the new tide"]),
        (NOW + 99 * DAY, 2, ["At your own risk", "Mind the new tide"]),
    ],
)
async def test_what_readers_saw_at_a_moment(ask: Asker, at: datetime, number: int | None, pins: list[str]) -> None:
    """The revision, and the disclaimer versions that were pinned to it then; not those in effect today."""
    shown = (await ask(_SHOWN, viewer=SYSTEM, moment=at.isoformat()))["article"]["asPublished"]
    if number is None:
        assert shown is None
        return
    assert shown["number"] == number
    assert [pin["title"] for pin in shown["disclaimers"]] == pins
    assert shown["seo"]["jsonLd"]["datePublished"] == "2026-02-10T12:00:00Z"


_TIDES_FAULTS = ("has_the_disclaimer_of_its_topic", "has_standfirst", "has_copyright")


async def test_checks_look_at_the_newest_revision(ask: Asker) -> None:
    """Whatever is public meanwhile: it is the head that would go out next."""
    text = """query($perspective: Perspective) { article(by: {slug: "tide"}, perspective: $perspective) {
      title checks { rule kind: __typename } } }"""
    public, draft = [
        (await ask(text, viewer=SYSTEM, perspective=perspective))["article"] for perspective in ("PUBLISHED", "DRAFT")
    ]
    assert public["title"] != draft["title"]
    assert public["checks"] == draft["checks"]
    assert public["checks"] == [{"rule": rule, "kind": "ContentCheck"} for rule in _TIDES_FAULTS]


async def test_heads_and_pins_of_an_article_for_editors(ask: Asker) -> None:
    """One article, three revisions, each with the disclaimers that are its own."""
    text = """{ article(by: {slug: "tide"}) {
      head { number disclaimers { title } } published { number disclaimers { title } } scheduled { number }
      revisions { nodes { number disclaimers { title } } } disclaimers { title }
    } }"""
    tide = (await ask(text, viewer=SYSTEM))["article"]
    drafted = (await ask(text.replace('"tide"}', '"tide"}, perspective: DRAFT'), viewer=SYSTEM))["article"]

    covering = ["Mind the new tide"]
    assert [pin["title"] for pin in tide["disclaimers"]] == ["At your own risk", "Mind the new tide"]
    assert drafted["disclaimers"] == drafted["head"]["disclaimers"]
    assert (
        drafted["head"]
        == tide["head"]
        == {"number": 3, "disclaimers": [{"title": title} for title in [*covering, "Paid for"]]}
    )
    assert [pin["title"] for pin in tide["published"]["disclaimers"]] == ["At your own risk", "Mind the new tide"]
    assert (tide["published"]["number"], tide["scheduled"]) == (2, None)
    assert [node["number"] for node in tide["revisions"]["nodes"]] == [3, 2, 1]
