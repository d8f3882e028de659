"""Subscriptions: who hears what, looked at again for every item; and how they begin, go on and end."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from cms.articles.models import Article, Publication
from cms.comments.actions import moderate_comments, post_comment
from cms.comments.drafts import CommentDraft, CommentEdit, Guest
from cms.comments.edit_tokens import edit_token
from cms.comments.editing import edit_comment
from cms.comments.models import Comment, CommentStatus, FlagReason, ModerationAction, Reaction
from cms.comments.responding import flag_comment, react_to_comment
from cms.kernel import clock
from cms.kernel.comment_policy import CommentModeration
from cms.kernel.database import Database, Dialect
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.log_cursors import cursor_of
from cms.kernel.models import Event
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Viewer
from cms.reading.assembling import Row
from cms.reading.sqlite_runner import SqliteRunner
from cms.site.models import Site
from schema import live
from schema.edge import asked
from schema.schema import Asking, MastheadSchema
from tests.articles.world import NOON, a_public_article, an_article
from tests.kernel.test_following import append
from tests.reading.asking import Counting
from tests.schema.desk import Desk, opened_desk
from tests.schema.phones import QUIET_SECONDS, Phone, following
from tests.schema.verbs import literal

pytestmark = pytest.mark.asyncio

on_sqlite = pytest.mark.parametrize("dialect", [Dialect.SQLITE], indirect=True)
APPROVE, HOLD, REJECT, SPAM = (
    ModerationAction.APPROVE,
    ModerationAction.HOLD,
    ModerationAction.REJECT,
    ModerationAction.MARK_SPAM,
)
INES = Guest("Ines", "ines@mail.example.org")


@pytest.fixture(autouse=True)
def _asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who follows is asked about so often that no test has to wait for it."""
    monkeypatch.setattr(live, "RENEWED_SECONDS", 0.02)


@pytest_asyncio.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """A newsroom at noon, where comments are shown at once."""
    with clock.at(NOON):
        async with opened_desk(database) as opened:
            await Site.all().update(comments_moderation=CommentModeration.AFTER_PUBLICATION)
            yield opened
            await opened.schema.aclose()


@pytest_asyncio.fixture
async def article(desk: Desk) -> Article:
    """An article that readers see."""
    return await a_public_article(desk.database)


def _id(article: Article) -> str:
    return literal(str(GlobalId(NodeType.ARTICLE, article.id)))


def below(article: Article, wanted: str = "cursor kind comment { authorName body { text } }", after: str = "") -> str:
    """A subscription to the comments below an article."""
    return f"subscription {{ commentEvents(articleId: {_id(article)}{after}) {{ {wanted} }} }}"


QUEUE = "subscription { moderationQueue { kind commentId comment { status body { text } } } }"


async def post(desk: Desk, article: Article, body: str = "Well said.", parent: Comment | None = None) -> Comment:
    """A guest's comment, shown at once unless the rules hold it."""
    draft = CommentDraft(article_id=article.id, body=body, guest=INES, parent_id=parent.id if parent else None)
    return (await post_comment(desk.database, ANONYMOUS, draft)).comment


async def decide(desk: Desk, comment: Comment, *actions: ModerationAction) -> None:
    """Decide about a comment, several times over."""
    for action in actions:
        await moderate_comments(desk.database, SYSTEM, [comment.id], action)


def told(items: list[dict[str, Any]], name: str = "commentEvents") -> list[tuple[str, str | None]]:
    """Of each item its kind, and the comment's text."""
    events = [item["data"][name] for item in items]
    return [(event["kind"], event["comment"] and event["comment"]["body"]["text"]) for event in events]


# Readers


async def test_readers_hear_comments_come_change_and_go(desk: Desk, article: Article) -> None:
    """A conversation would stand still until the page is loaded anew."""
    async with following(desk, ANONYMOUS, below(article)) as phone:
        comment = await post(desk, article)
        (first,) = await phone.hear()
        change = CommentEdit(comment.id, edit_token(comment.id), "Better said.")
        await edit_comment(desk.database, ANONYMOUS, change, None)
        heard = await phone.hear()
        for action in (REJECT, APPROVE):
            await decide(desk, comment, action)
            heard += await phone.hear()

    assert first["data"]["commentEvents"].pop("cursor")
    event = {"kind": "ADDED", "comment": {"authorName": "Ines", "body": {"text": "Well said."}}}
    assert first == {"data": {"commentEvents": event}}
    assert told(heard) == [("EDITED", "Better said."), ("REMOVED", None), ("ADDED", "Better said.")]


async def test_readers_hear_nothing_of_what_they_cannot_see(desk: Desk, article: Article) -> None:
    """What waits, or was turned down unseen, would be told to everybody, if only by its id."""
    draft = await an_article(desk.database, "The ferry sinks")
    async with following(desk, ANONYMOUS, below(article)) as phone:
        held = await post(desk, article, "BUY NOW!!! http://a.example http://b.example http://c.example")
        await decide(desk, held, SPAM, HOLD, REJECT)
        await edit_comment(desk.database, ANONYMOUS, CommentEdit(held.id, edit_token(held.id), "Buy later."), None)
        await flag_comment(
            desk.database, ANONYMOUS, (await post(desk, article)).id, FlagReason.SPAM, address="192.0.2.1"
        )
        heard = await phone.hear()
    async with following(desk, ANONYMOUS, below(draft)) as stranger:
        refused = await stranger.ended()

    assert held.status is CommentStatus.PENDING
    assert told(heard) == [("ADDED", "Well said.")]
    assert refused == ["NOT_FOUND"]


async def test_what_was_hidden_before_it_could_be_told_is_not_told(desk: Desk, article: Article) -> None:
    """A phone that slept would be shown what a moderator took away, or an empty place as if it were new."""
    async with following(desk, ANONYMOUS, below(article)) as phone:
        await post(desk, article, "First.")
        (start,) = await phone.hear()
    cursor = start["data"]["commentEvents"]["cursor"]
    kept, gone, answered = [await post(desk, article, text) for text in ("Kept.", "Gone.", "Answered.")]
    await post(desk, article, "An answer.", parent=answered)
    await decide(desk, gone, REJECT)
    await decide(desk, answered, ModerationAction.REMOVE)

    async with following(desk, ANONYMOUS, below(article, after=f", after: {literal(cursor)}")) as awake:
        heard = await awake.hear(4)

    assert told(heard) == [("ADDED", "Kept."), ("ADDED", "An answer."), ("REMOVED", None), ("REMOVED", None)]
    assert kept.status is CommentStatus.APPROVED


@on_sqlite
async def test_what_is_hidden_between_two_looks_is_not_told(
    desk: Desk, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty place would be told as new: whether it may be seen is asked first, and what it says after."""
    rows, looks = SqliteRunner.rows, 0

    async def hiding(runner: SqliteRunner, *given: Any, **named: Any) -> Sequence[Row]:  # noqa: ANN401 - whatever it takes
        nonlocal looks
        looks += 1
        if looks == 2:
            await decide(desk, await Comment.get(), REJECT)
        return await rows(runner, *given, **named)

    async with following(desk, ANONYMOUS, below(article)) as phone:
        monkeypatch.setattr(SqliteRunner, "rows", hiding)
        await post(desk, article, "Gone.")
        heard = await phone.hear()

    assert told(heard) == [("REMOVED", None)]


async def test_nothing_more_is_told_of_an_article_that_readers_lost(desk: Desk, article: Article) -> None:
    """What is said below a withdrawn article would go on being read."""
    async with following(desk, ANONYMOUS, below(article)) as phone:
        comment = await post(desk, article)
        await phone.hear()
        await Publication.filter(article_id=article.id).delete()
        await decide(desk, comment, REJECT, APPROVE)
        await phone.hear_nothing()


async def test_what_is_undone_is_told_to_nobody(desk: Desk, article: Article) -> None:
    """A dry run would make comments flicker on every screen."""
    async with following(desk, ANONYMOUS, below(article)) as phone:
        given = (
            f'input: {{articleId: {_id(article)}, body: "No.", guest: {{name: "Ines", email: "i@mail.example.org"}}}}'
        )
        payload = await desk.do(ANONYMOUS, f"postComment({given}, options: {{dryRun: true}})", "errors { message }")
        await phone.hear_nothing()

    assert payload == {"errors": []}


# Going on


async def test_who_comes_back_misses_nothing_and_hears_nothing_twice(desk: Desk, article: Article) -> None:
    """A phone in a tunnel would lose what was said meanwhile, or show it twice."""
    heard: list[str] = []
    cursor = ""
    for night in range(3):
        if night:
            await post(desk, article, f"Asleep {night}.")
        after = f", after: {literal(cursor)}" if cursor else ""
        async with following(desk, ANONYMOUS, below(article, after=after)) as phone:
            await post(desk, article, f"Awake {night}.")
            items = await phone.hear(1 + bool(night))
        heard += [text or "" for _, text in told(items)]
        cursor = items[-1]["data"]["commentEvents"]["cursor"]

    assert heard == ["Awake 0.", "Asleep 1.", "Awake 1.", "Asleep 2.", "Awake 2."]


@on_sqlite
async def test_a_crowd_that_comes_back_lets_others_through(desk: Desk, article: Article) -> None:
    """Nothing on SQLite has to wait: until a thousand items are told to each of a crowd, nobody else would be heard."""
    told = most = 0
    async with following(desk, ANONYMOUS, below(article)) as phone:
        comment = await post(desk, article, "First.")
        (start,) = await phone.hear()
        await decide(desk, comment, *[REJECT, APPROVE] * 5)
        after = f", after: {literal(start['data']['commentEvents']['cursor'])}"
        question = asked({"query": below(article, after=after)})

        async def come_back() -> None:
            nonlocal told
            async with aclosing(desk.schema.follow(question, phone.renew)) as parts:
                await anext(parts)  # The cursor from which it begins.
                for _ in range(10):
                    await anext(parts)
                    told += 1

        async def live_on() -> None:
            nonlocal most
            while told < 10 * 10:
                before = told
                asyncio.get_running_loop().call_soon((turned := asyncio.Event()).set)
                await turned.wait()
                most = max(most, told - before)

        async with asyncio.timeout(5):
            await asyncio.gather(live_on(), *(come_back() for _ in range(10)))

    assert (told, most) == (100, 2)


@pytest.mark.parametrize("cursor", ["nonsense", "", cursor_of(10**9)])
async def test_a_cursor_that_is_none_of_ours_is_refused(desk: Desk, article: Article, cursor: str) -> None:
    """A client with a cursor of another list, or from before a restore, would wait for ever in silence."""
    async with following(desk, ANONYMOUS, below(article, after=f", after: {literal(cursor)}")) as phone:
        assert await phone.ended() == ["BAD_USER_INPUT"]


# Moderators and editors


async def test_moderators_hear_what_waits_and_what_no_longer_does(desk: Desk, article: Article) -> None:
    """Two moderators would decide about the same comment, and a queue be full of what was decided long ago."""
    async with following(desk, desk.people["moderator"], QUEUE) as phone:
        held = await post(desk, article, "BUY NOW!!! http://a.example http://b.example http://c.example")
        heard = await phone.hear()
        await decide(desk, held, APPROVE)
        heard += await phone.hear()
        await flag_comment(desk.database, ANONYMOUS, held.id, FlagReason.SPAM, address="192.0.2.1")
        heard += await phone.hear()
        await decide(desk, held, HOLD)
        heard += await phone.hear()
        await decide(desk, held, APPROVE)
        heard += await phone.hear()
        await decide(desk, held, REJECT)
        heard += await phone.hear()

    kinds = [item["data"]["moderationQueue"]["kind"] for item in heard]
    assert kinds == ["ADDED", "REMOVED", "ADDED", "ADDED", "REMOVED", "REMOVED"]
    assert {item["data"]["moderationQueue"]["commentId"] for item in heard} == {f"com_{held.id}"}
    shown = [item["data"]["moderationQueue"]["comment"] for item in heard]
    assert [comment and comment["status"] for comment in shown] == ["PENDING", None, "APPROVED", "PENDING", None, None]


async def test_editors_hear_what_is_done_to_articles(desk: Desk, article: Article) -> None:
    """Two editors would overwrite each other without ever knowing that the other is there."""
    wanted = "event articleId at article { title } actor { name }"
    ours = f"subscription {{ articleEvents(articleId: {_id(article)}) {{ {wanted} }} }}"
    async with (
        following(desk, desk.people["colleague"], f"subscription {{ articleEvents {{ {wanted} }} }}") as every,
        following(desk, desk.people["editor"], ours) as one,
    ):
        made = await desk.do(desk.people["writer"], 'createArticle(input: {title: "Low tide"})', "article { id }")
        (heard,) = await every.hear()
        await one.hear_nothing()
        await desk.do(desk.people["editor"], f"deleteArticle(id: {_id(article)})", "deletedId errors { message }")
        (gone,), (same,) = await every.hear(), await one.hear()

    assert heard["data"]["articleEvents"] == {
        "event": "ARTICLE_CREATED",
        "articleId": made["article"]["id"],
        "at": "2024-03-04T12:00:00Z",
        "article": {"title": "Low tide"},
        "actor": {"name": "Writer"},
    }
    assert gone == same
    assert (gone["data"]["articleEvents"]["event"], gone["data"]["articleEvents"]["article"]) == (
        "ARTICLE_DELETED",
        None,
    )


# Who may, and for how long


@pytest.mark.parametrize(
    ("document", "who"),
    [
        (QUEUE, "anonymous"),
        (QUEUE, "writer"),
        ("subscription { articleEvents { cursor } }", "anonymous"),
        ("subscription { articleEvents { cursor } }", "moderator"),
        ("subscription { moderationQueue { comment { consent { wording } } } }", "moderator"),
    ],
)
async def test_who_may_not_is_refused(desk: Desk, document: str, who: str) -> None:
    """Drafts, or what waits for a moderator, would be told to whoever asks."""
    async with following(desk, desk.people[who], document) as phone:
        assert await phone.ended() == ["FORBIDDEN"]


async def test_rights_are_looked_at_again_for_every_item(desk: Desk, article: Article) -> None:
    """Somebody who was a moderator this morning would read the queue until they close the window."""
    moderator = desk.people["moderator"]
    async with following(desk, moderator, QUEUE) as phone:
        held = await post(desk, article, "BUY NOW!!! http://a.example http://b.example http://c.example")
        await phone.hear()
        phone.asking = Asking(viewer=replace(moderator, scopes=frozenset()))
        await decide(desk, held, APPROVE)
        ended = await phone.ended()

    assert ended == ["FORBIDDEN"]


@pytest.mark.parametrize("who", ["moderator", "anonymous"])
async def test_a_credential_that_is_no_longer_good_ends_it(desk: Desk, article: Article, who: str) -> None:
    """A revoked token would go on being told everything, as long as nothing happens that makes somebody look."""
    document = QUEUE if who == "moderator" else below(article)
    async with following(desk, desk.people[who], document) as phone:
        phone.asking = None
        assert await phone.ended() == "UNAUTHENTICATED"


# Crowds


async def test_strangers_who_follow_the_same_are_told_from_one_look(
    desk: Desk, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand phones below one article would be a thousand statements for each comment."""
    monkeypatch.setattr(live, "SHARED_SECONDS", 5)
    counting = Counting(desk.schema.preparer.reader.runner)
    reader = replace(desk.schema.preparer.reader, runner=counting)
    crowded = replace(desk, schema=MastheadSchema(reader, database=desk.database))
    document = (
        "subscription ($article: ID!, $after: String, $key: String) "
        "{ commentEvents(articleId: $article, after: $after) { kind comment { reactions(readerKey: $key) { mine } } } }"
    )
    given = {"article": str(GlobalId(NodeType.ARTICLE, article.id))}
    comment = await post(desk, article)
    await react_to_comment(desk.database, ANONYMOUS, comment.id, Reaction.LIKE, "b" * 16)
    await decide(desk, comment, REJECT)
    last = await Event.all().count()
    await append(desk.database, 2)
    known = Viewer(actor="token:reader")
    async with AsyncExitStack() as stack:

        async def phone(viewer: Viewer, after: int, key: str) -> Phone:
            more = {"after": cursor_of(after), "key": key * 16}
            return await stack.enter_async_context(following(crowded, viewer, document, **given, **more))

        phones = [await phone(ANONYMOUS, last + number, "a") for number in range(3)]
        phones += [await phone(ANONYMOUS, last, "b"), await phone(known, last, "a")]
        counting.sent.clear()
        await decide(desk, comment, APPROVE)
        heard = [(await each.hear())[0]["data"]["commentEvents"] for each in phones]
        await crowded.schema.aclose()

    assert [event["kind"] for event in heard] == ["ADDED"] * 5
    mine = [event["comment"]["reactions"][0]["mine"] for event in heard]
    assert mine == [False, False, False, True, False]
    # One look is two statements: whether it may be seen, and what is shown.
    assert len(counting.sent) == 6


async def test_what_was_told_a_moment_ago_is_looked_at_again(
    desk: Desk, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who comes a second later would be told of what was hidden meanwhile."""
    monkeypatch.setattr(live, "SHARED_SECONDS", QUIET_SECONDS / 3)
    async with following(desk, ANONYMOUS, below(article, after=f", after: {literal(cursor_of(0))}")) as first:
        comment = await post(desk, article)
        (item,) = await first.hear()
        await decide(desk, comment, REJECT)
        await first.hear()
        async with following(desk, ANONYMOUS, below(article, after=f", after: {literal(cursor_of(0))}")) as second:
            heard = await second.hear()

    assert item["data"]["commentEvents"]["kind"] == "ADDED"
    assert told(heard) == [("REMOVED", None)]


# As other operations


async def test_a_subscription_has_many_answers(desk: Desk, article: Article) -> None:
    """Whoever posts one would be told something else than what to do instead, or would wait for ever."""
    answer = await desk.send(ANONYMOUS, below(article))

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_ACCEPTABLE"]
    assert "data" not in answer


async def test_it_is_priced_and_validated_like_any_other(desk: Desk, article: Article) -> None:
    """What is too dear to ask once could be had again and again, by subscribing."""
    dear = "comment { replies(first: 100) { nodes { replies(first: 100) { nodes { id } } } } }"
    async with following(desk, ANONYMOUS, below(article, dear)) as phone_of_price:
        expensive = await phone_of_price.ended()
    async with following(desk, ANONYMOUS, below(article, "cursor nonsense")) as phone:
        invalid = await phone.ended()
    async with following(desk, ANONYMOUS, f"{below(article, '...F')} fragment F on CommentEvent {{ cursor }}") as phone:
        await post(desk, article)
        (item,) = await phone.hear()

    assert (expensive, invalid) == (["TOO_EXPENSIVE"], ["GRAPHQL_VALIDATION_FAILED"])
    dearest = [place["path"] for place in phone_of_price.told[0]["errors"][0]["extensions"]["dearest"]]
    assert dearest[0] == "commentEvents.comment.replies.nodes.replies.nodes"
    assert list(item["data"]["commentEvents"]) == ["cursor"]


async def test_a_query_asked_this_way_has_one_answer(desk: Desk) -> None:
    """Clients that have one way for everything could not ask for the page."""
    async with following(desk, ANONYMOUS, "{ site { name } }") as phone:
        await phone.finished()

    assert phone.told == [{"data": {"site": {"name": "The Harbour Light"}}}]


async def test_without_a_database_to_write_to_there_is_nothing_to_follow(desk: Desk, article: Article) -> None:
    """A server over a copy would fail where it can say so."""
    reader = desk.schema.preparer.reader
    async with following(replace(desk, schema=MastheadSchema(reader)), ANONYMOUS, below(article)) as phone:
        assert await phone.ended() == ["READ_ONLY"]
