"""A moderator's day, as a frontend lives through it: over HTTP, with nothing but GraphQL."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from cms.accounts.models import Role
from cms.kernel import clock
from cms.kernel.comment_policy import CommentModeration
from cms.kernel.database import Database
from cms.site.models import Site
from tests.articles.world import a_public_article, found
from tests.schema.days import Person, hire
from tests.serving import asking, fill, post, running, settings_for

pytestmark = pytest.mark.asyncio

_QUEUE = """{ comments(filter: {status: [PENDING]}, orderBy: OLDEST_FIRST) { totalCount nodes {
  id authorName authorEmail status viewerCan screening { rule verdict } flags { reason }
  moderation { action automatic } } } }"""
_FLAGGED = "{ comments(filter: {flagged: true}) { nodes { id flags { reason detail } screening { rule } } } }"
_PAGE = """{ articles { nodes { commentCount commentPolicy { open } comments { totalCount nodes {
  authorName status body { text } replyCount viewerCan replies { nodes { authorName } } } } } } }"""
_DECIDED = "comments { id status } errors { code path } effects { events { event count } }"
_CLOSED = "article { version commentPolicy { open } } errors { code message }"


@dataclass
class Newsroom:
    """Everybody of the day, and what they sent; every comment comes half a minute after the one before.

    Attributes:
        said: the id and the edit token of each comment, by its writer.
    """

    reader: Person
    mona: Person
    wim: Person
    article: str = ""
    said: dict[str, tuple[str, str]] = field(default_factory=dict)
    now: datetime = field(default_factory=clock.now)

    async def post(self, name: str, body: str, answers: str | None = None) -> Any:  # noqa: ANN401 - JSON
        """The payload of a guest's comment."""
        self.now += timedelta(minutes=3)
        guest = f'{{name: "{name}", email: "{name.lower()}@mail.example.org"}}'
        parent = f', parentId: "{self.said[answers][0]}"' if answers else ""
        given = f'input: {{articleId: "{self.article}", body: "{body}", guest: {guest}{parent}}}'
        with clock.at(self.now):
            told = await self.reader.ask(
                f"mutation {{ it: postComment({given}) {{ comment {{ id status }} editToken errors {{ code }} }} }}"
            )
        if told["it"]["comment"]:
            self.said[name] = told["it"]["comment"]["id"], told["it"]["editToken"]
        return told["it"]

    async def do(self, person: Person, field: str, payload: str) -> Any:  # noqa: ANN401 - JSON
        """The payload of what somebody did next."""
        self.now += timedelta(seconds=1)
        with clock.at(self.now):
            return await person.do(field, payload)

    async def decide(self, action: str, *names: str, reason: str = "") -> list[str]:
        """Let Mona decide about comments; where they stand afterwards."""
        ids = ", ".join(f'"{self.said[name][0]}"' for name in names)
        why = f', reason: "{reason}"' if reason else ""
        told = await self.do(self.mona, f"moderateComments(ids: [{ids}], action: {action}{why})", _DECIDED)
        assert [one["id"] for one in told["comments"]] == [self.said[name][0] for name in names]
        return [one["status"] for one in told["comments"]]

    async def page(self) -> Any:  # noqa: ANN401 - JSON
        """The article as readers see it now."""
        with clock.at(self.now):
            (article,) = (await self.reader.ask(_PAGE))["articles"]["nodes"]
        return article

    async def listed(self) -> list[tuple[str | None, str]]:
        """Whose comments readers see on the article itself, and where they stand."""
        page = await self.page()
        assert page["comments"]["totalCount"] == len(page["comments"]["nodes"])
        return [(one["authorName"], one["status"]) for one in page["comments"]["nodes"]]

    async def own(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """A comment as its writer sees it, by the edit token."""
        found = await self.reader.ask(
            f'{{ commentsByEditToken(editTokens: ["{self.said[name][1]}"]) {{ status authorName body {{ text }} }} }}'
        )
        return found["commentsByEditToken"][0]

    async def trail(self, name: str) -> list[tuple[str, str | None, str | None, bool]]:
        """What was decided about a comment: what, why, by whom, and whether a rule did."""
        asked = "moderation { action reason moderator { name } automatic }"
        found = await self.mona.ask(f'{{ comment(id: "{self.said[name][0]}") {{ {asked} }} }}')
        return [
            (one["action"], one["reason"], one["moderator"] and one["moderator"]["name"], one["automatic"])
            for one in found["comment"]["moderation"]
        ]


async def _hire(database: Database) -> None:
    await found(database)
    await Site.all().update(comments_moderation=CommentModeration.AFTER_PUBLICATION)
    await a_public_article(database)
    await hire(database, mona=Role.MODERATOR, wim=Role.WRITER)


@pytest_asyncio.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A running application with one article, for which a moderator and a writer work."""
    await fill(database_url, _hire)
    async with running(settings_for(database_url, tmp_path)) as opened:
        yield opened


async def test_a_moderators_day(client: httpx2.AsyncClient) -> None:  # noqa: PLR0915 - a day is one story
    """Else one of the steps between a full queue and a quiet discussion cannot be taken by a frontend."""
    room = Newsroom(Person(client), Person(client), Person(client))
    await room.mona.sign_in("mona")
    await room.wim.sign_in("wim")
    room.article = (await room.reader.ask("{ articles { nodes { id } } }"))["articles"]["nodes"][0]["id"]

    # The night brought two comments that are shown, and three that wait.
    assert (await room.post("Ines", "Well said."))["comment"]["status"] == "APPROVED"
    await room.post("Otto", "Hear, hear.", answers="Ines")
    for name, body in (
        ("Karl", "Buy now!"),
        ("Lena", "THIS IS AN OUTRAGE AND NOTHING ELSE"),
        ("Max", "Swimming has the best price."),
    ):
        assert (await room.post(name, body))["comment"]["status"] == "PENDING"
    assert await room.listed() == [("Ines", "APPROVED")]

    # The queue says what there is to know about each; a writer is not let in, and decides nothing.
    queue = (await room.mona.ask(_QUEUE))["comments"]
    assert queue["totalCount"] == 3
    assert [one["authorName"] for one in queue["nodes"]] == ["Karl", "Lena", "Max"]
    assert {one["authorEmail"] for one in queue["nodes"]} >= {"karl@mail.example.org"}
    rules = [[signal["rule"] for signal in one["screening"] if signal["verdict"] == "HOLD"] for one in queue["nodes"]]
    assert [rule[0] for rule in rules] == ["sales_talk", "shouting", "sales_talk"]
    assert all("MODERATE" in one["viewerCan"] and one["flags"] == [] for one in queue["nodes"])
    assert [one["moderation"] for one in queue["nodes"]] == [[{"action": "HOLD", "automatic": True}]] * 3
    for person in (room.wim, room.reader):
        refused = (await post(client, asking(_QUEUE), **person.headers)).json()
        assert {error["extensions"]["code"] for error in refused["errors"]} == {"FORBIDDEN"}
        tried = await person.try_(f'moderateComments(ids: ["{room.said["Karl"][0]}"], action: APPROVE)', _DECIDED)
        assert [error["code"] for error in tried] == ["NOT_ALLOWED"]
    assert (await room.mona.ask(_QUEUE))["comments"] == queue

    # Two are let through in one go, and the third goes where it belongs. Its sender sees it wait.
    assert await room.decide("APPROVE", "Lena", "Max", reason="Loud, and to the point.") == ["APPROVED", "APPROVED"]
    assert await room.decide("MARK_SPAM", "Karl", reason="Sells anchors.") == ["SPAM"]
    assert await room.listed() == [("Ines", "APPROVED"), ("Lena", "APPROVED"), ("Max", "APPROVED")]
    assert await room.own("Karl") == {"status": "PENDING", "authorName": "Karl", "body": {"text": "Buy now!"}}
    assert (await room.mona.ask(_QUEUE))["comments"]["totalCount"] == 0

    # That was hasty: undone, thought over, and let through after all.
    assert await room.decide("APPROVE", "Karl") == ["APPROVED"]
    assert (await room.page())["commentCount"] == 5
    assert await room.decide("HOLD", "Karl", reason="Ask the editors.") == ["PENDING"]
    assert (await room.page())["commentCount"] == 4
    assert await room.decide("REJECT", "Karl", reason="They said no.") == ["REJECTED"]
    assert (await room.own("Karl"))["status"] == "REJECTED"
    assert await room.trail("Karl") == [
        ("HOLD", "says “buy now”", None, True),
        ("MARK_SPAM", "Sells anchors.", "Mona", False),
        ("APPROVE", None, "Mona", False),
        ("HOLD", "Ask the editors.", "Mona", False),
        ("REJECT", "They said no.", "Mona", False),
    ]

    # Somebody reports what Ines wrote. It goes; Otto's answer keeps its place.
    await room.reader.do(
        f'flagComment(id: "{room.said["Ines"][0]}", reason: PRIVACY, detail: "Names my son.")',
        "errors { code message }",
    )
    (flagged,) = (await room.mona.ask(_FLAGGED))["comments"]["nodes"]
    assert (flagged["id"], flagged["flags"]) == (
        room.said["Ines"][0],
        [{"reason": "PRIVACY", "detail": "Names my son."}],
    )
    assert await room.decide("REMOVE", "Ines", reason="Private.") == ["DELETED"]
    page = await room.page()
    assert page["comments"]["nodes"][0] == {
        "authorName": None,
        "status": "DELETED",
        "body": None,
        "replyCount": 1,
        "viewerCan": [],
        "replies": {"nodes": [{"authorName": "Otto"}]},
    }
    assert (page["commentCount"], page["comments"]["totalCount"]) == (3, 3)
    # Without the answer nothing is left to keep a place for.
    assert await room.decide("REMOVE", "Otto") == ["DELETED"]
    assert await room.listed() == [("Lena", "APPROVED"), ("Max", "APPROVED")]
    # Ines has changed nothing, the report was mistaken: both come back.
    assert await room.decide("APPROVE", "Ines", "Otto", reason="It was his own name.") == ["APPROVED", "APPROVED"]
    assert (await room.own("Ines"))["body"] == {"text": "Well said."}
    assert (await room.page())["commentCount"] == 4

    # A quarrel begins: Mona closes the article's comments. Wim may not, and readers see that it is over.
    switch = f'setCommentsOpen(articleId: "{room.article}", open: %s)'
    assert [error["code"] for error in await room.wim.try_(switch % "false", _CLOSED)] == ["NOT_ALLOWED"]
    assert (await room.page())["comments"]["nodes"][0]["viewerCan"] == ["REPLY", "FLAG"]
    closed = await room.do(room.mona, switch % "false", _CLOSED)
    assert closed["article"]["commentPolicy"] == {"open": False}
    page = await room.page()
    assert (page["commentPolicy"], page["commentCount"]) == ({"open": False}, 4)
    assert page["comments"]["nodes"][0]["viewerCan"] == ["FLAG"]
    room.now += timedelta(hours=1)
    for answers in (None, "Ines"):
        late = await room.post("Nora", "I only came now.", answers)
        assert [error["code"] for error in late["errors"]] == ["COMMENTS_CLOSED"]

    # Max takes back what he said, which stays possible. Nobody brings that out again.
    own = f'id: "{room.said["Max"][0]}", editToken: "{room.said["Max"][1]}"'
    await room.do(room.reader, f"deleteComment({own})", "errors { code message }")
    tried = await room.mona.try_(
        f'moderateComments(ids: ["{room.said["Lena"][0]}", "{room.said["Max"][0]}"], action: APPROVE)', _DECIDED
    )
    assert [(error["code"], error["path"]) for error in tried] == [("STATE_CONFLICT", ["ids"])]
    assert await room.trail("Max") == [
        ("HOLD", "says “best price”", None, True),
        ("APPROVE", "Loud, and to the point.", "Mona", False),
        ("REMOVE", None, None, False),
    ]

    # In the evening it is opened again.
    opened = await room.do(room.mona, switch % "true", _CLOSED)
    assert opened["article"] == {"version": closed["article"]["version"] + 1, "commentPolicy": {"open": True}}
    assert (await room.post("Nora", "I only came now."))["comment"]["status"] == "APPROVED"
    assert await room.listed() == [("Ines", "APPROVED"), ("Lena", "APPROVED"), ("Nora", "APPROVED")]
    assert (await room.page())["commentCount"] == 4
