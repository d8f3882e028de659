"""A reader's own comments: an edit token opens its row, wherever that stands, and nothing around it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from cms.comments.actions import delete_comment
from cms.comments.edit_tokens import edit_token
from cms.comments.models import Comment
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.ids import NodeType
from cms.kernel.secrecy import use_secret
from cms.kernel.viewer import ANONYMOUS, Scope, Viewer
from schema.edge import QUERIES, Question
from schema.schema import Asking, MastheadSchema
from tests.reading.asking import Asker, Refusal
from tests.reading.everything import Everything
from tests.reading.rows import CANARY, NOW, gid, key
from tests.serving import running, settings_for

pytestmark = pytest.mark.asyncio

MODERATOR = Viewer(frozenset({Scope.COMMENTS_MODERATE}), actor="token:moderator")
_QUERY = "query($tokens: [String!]!) { mine: commentsByEditToken(editTokens: $tokens) { %s } }"
#: Whose text is the writer's, as a canary stands in it, and nobody else's.
_WRITTEN = ("PENDING-root", "SPAM-root", "REJECTED-root", "PENDING-reply", "under-hidden")


def _token(name: str) -> str:
    """The edit token of a comment of the world."""
    return edit_token(key("com", name))


async def _mine(ask: Asker, fields: str, *tokens: str, viewer: Viewer = ANONYMOUS) -> Any:  # noqa: ANN401 - JSON
    answer = await ask(_QUERY % fields, viewer=viewer, tokens=list(tokens))
    return answer["mine"]


# What a token opens


async def test_what_waits_is_shown_to_its_writer(ask: Asker) -> None:
    """Whoever wrote a comment would take it for lost, and write it again."""
    shown = await _mine(ask, "id status authorName body { text }", _token("PENDING-root"))

    assert shown == [
        {
            "id": gid(NodeType.COMMENT, "PENDING-root"),
            "status": "PENDING",
            "authorName": f"{CANARY} name",
            "body": {"text": f"{CANARY} words"},
        }
    ]
    assert await ask("query($id: ID!) { comment(id: $id) { id } }", id=shown[0]["id"]) == {"comment": None}


async def test_comments_come_in_the_order_of_their_tokens(ask: Asker) -> None:
    """A client could not tell which answer belongs to which of the tokens that it keeps."""
    tokens = [_token("r0"), "none of ours", _token("PENDING-root"), _token("c0"), _token("r0")]

    shown = await _mine(ask, "id", *tokens)

    names = ["r0", None, "PENDING-root", "c0", "r0"]
    assert shown == [None if name is None else {"id": gid(NodeType.COMMENT, name)} for name in names]
    assert len(ask.runner.sent) == 1


async def test_spam_looks_as_if_it_waited(ask: Asker) -> None:
    """Whoever sends spam would learn which of their tricks are seen through."""
    fields = "status authorName body { text } viewerCan editableUntil replyCount editedAt reactions { count } depth"
    spam, pending = await _mine(ask, fields, _token("SPAM-root"), _token("PENDING-root"))

    assert spam == pending
    assert (spam["status"], spam["viewerCan"]) == ("PENDING", ["DELETE"])


async def test_moderators_see_spam_for_what_it_is(ask: Asker) -> None:
    """The twin of the test above: it would pass if no status were ever SPAM."""
    assert await _mine(ask, "status", _token("SPAM-root"), viewer=MODERATOR) == [{"status": "SPAM"}]


async def test_each_status_is_told_as_its_writer_may_know_it(ask: Asker) -> None:
    """What was taken away would stay readable, or what was turned down look as if it still waited."""
    shown = await _mine(
        ask,
        "status authorName authorUrl body { text } anchor { exact }",
        *map(_token, ("c1", "REJECTED-root", "DELETED-root", "erased")),
    )

    told = [(one["status"], one["authorName"] is not None, one["body"] is not None) for one in shown]
    assert told == [
        ("APPROVED", True, True),
        ("REJECTED", True, True),
        ("DELETED", False, False),
        ("APPROVED", False, False),
    ]
    assert [one["authorUrl"] for one in shown[2:]] == [None, None]


async def test_the_writer_may_take_it_back(changing: Database, ask_changing: Asker) -> None:
    """What is offered and what is allowed would differ."""
    by_id = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Comment { viewerCan } } }"

    without = await ask_changing(by_id, ids=[gid(NodeType.COMMENT, "c0")])
    before = await _mine(ask_changing, "status viewerCan", _token("c0"))
    with clock.at(NOW):
        await delete_comment(changing, ANONYMOUS, key("com", "c0"), _token("c0"))
    after = await _mine(ask_changing, "status viewerCan", _token("c0"))

    assert without == {"nodes": [{"viewerCan": ["REPLY", "FLAG"]}]}
    assert before == [{"status": "APPROVED", "viewerCan": ["REPLY", "DELETE", "FLAG"]}]
    assert after == [{"status": "DELETED", "viewerCan": []}]


# What it does not open


@pytest.mark.parametrize(
    "forged",
    [
        "",
        ".",
        "0" * 32,
        f"{key('com', 'PENDING-root').hex}",
        f"{key('com', 'PENDING-root').hex}.",
        f"{key('com', 'PENDING-root').hex}.{'0' * 64}",
        gid(NodeType.COMMENT, "PENDING-root"),
        "ключ.ключ",
    ],
)
async def test_what_is_no_token_of_ours_opens_nothing(ask: Asker, forged: str) -> None:
    """The key of a comment is no secret: every page that shows it shows its id."""
    assert await _mine(ask, "id", forged) == [None]


async def test_a_token_of_another_secret_opens_nothing(ask: Asker) -> None:
    """Somebody who runs a server of their own could make tokens for ours."""
    ours = _token("PENDING-root")
    use_secret(b"another key, of more than sixteen bytes")
    theirs = _token("PENDING-root")
    use_secret(b"a key for tests, thirty-two bytes")

    assert theirs != ours
    assert await _mine(ask, "id", theirs) == [None]


async def test_a_token_opens_nothing_around_its_row(ask: Asker) -> None:
    """Drafts, and what other people said under them, would be open to whoever once wrote there."""
    shown = await _mine(
        ask,
        "body { text } article { id title } parent { id } replies { totalCount nodes { id } }",
        _token("under-hidden"),
    )

    assert shown == [
        {
            "body": {"text": f"{CANARY} under hidden"},
            "article": None,
            "parent": None,
            "replies": {"totalCount": 0, "nodes": []},
        }
    ]


@pytest.mark.usefixtures("changing")
async def test_replies_under_what_is_not_public_stay_closed(ask_changing: Asker) -> None:
    """The row that a token opens does not stand for its article's being public, as other rows do."""
    await Comment.filter(id=key("com", "on-ferry")).update(
        article_id=key("art", "unpublished"),
        parent_id=key("com", "under-hidden"),
        root_id=key("com", "under-hidden"),
        depth=1,
    )

    (shown,) = await _mine(ask_changing, "replies { totalCount nodes { id } }", _token("under-hidden"))

    assert shown == {"replies": {"totalCount": 0, "nodes": []}}
    (seen,) = await _mine(ask_changing, "replies { totalCount }", _token("under-hidden"), viewer=MODERATOR)
    assert seen == {"replies": {"totalCount": 1}}


async def test_all_that_can_be_asked_of_it_shows_no_more_than_was_written(ask: Asker) -> None:
    """A field that somebody adds to comments would show a moderator's notes, or other people's words."""
    tokens = ", ".join(f'"{_token(name)}"' for name in (*_WRITTEN, "c0", "rr0", "DELETED-root", "stone0"))
    schema = MastheadSchema()._schema
    (document,) = Everything(schema, ANONYMOUS).documents({"commentsByEditToken": f"(editTokens: [{tokens}])"}, 2)

    shown = (await ask(document))["commentsByEditToken"]

    written = {f"{CANARY} name", f"{CANARY} words", f"{CANARY} under hidden", f"https://{CANARY}.example.org/"}
    assert {text for text in _texts(shown) if CANARY in text} - _forms(written) == set()
    assert CANARY not in repr(shown[len(_WRITTEN) :])
    with pytest.raises(Refusal, match="COMMENTS_MODERATE"):
        await _mine(ask, "authorEmail", _token("c0"))


def _texts(value: object) -> set[str]:
    if isinstance(value, dict | list):
        return {text for inner in (value.values() if isinstance(value, dict) else value) for text in _texts(inner)}
    return {value} if isinstance(value, str) else set()


def _forms(written: set[str]) -> set[str]:
    """Texts, and what they look like as Markdown and as HTML."""
    return written | {f"{text}\n" for text in written} | {f"<p>{text}</p>" for text in written}


async def test_a_hundred_tokens_at_once_and_no_more(ask: Asker) -> None:
    """One request could have the server hash for seconds."""
    shown = await _mine(ask, "id", *[_token("c0")] * 100)
    assert shown == [{"id": gid(NodeType.COMMENT, "c0")}] * 100

    with pytest.raises(Refusal, match="At most 100 tokens can be asked for at once"):
        await _mine(ask, "id", *[_token("c0")] * 101)


async def test_tokens_in_the_document_itself_open_the_same(ask: Asker) -> None:
    """Whoever tries it out in GraphiQL would be told that nothing is there."""
    document = f'{{ commentsByEditToken(editTokens: ["{_token("PENDING-root")}", "none"]) {{ status }} }}'

    assert await ask(document) == {"commentsByEditToken": [{"status": "PENDING"}, None]}


async def test_only_what_tokens_open_is_charged(ask: Asker) -> None:
    """A phone that keeps a hundred old tokens would be refused for what it is not answered."""

    async def cost(*tokens: str) -> int:
        result = await ask.schema.ask(
            Question(_QUERY % "id", {"tokens": list(tokens)}), Asking(at=NOW, wants_cost=True)
        )
        charged: int = (result.extensions or {})["cost"]["estimated"]["objects"]
        return charged

    assert await cost("none", "none") == await cost()
    assert await cost(_token("c0"), _token("c0")) == await cost() + 2


# How it may be asked


@pytest_asyncio.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """The application over an empty database."""
    async with running(settings_for(database_url, tmp_path)) as opened:
        yield opened


@pytest.mark.parametrize(
    "query",
    [
        '{ commentsByEditToken(editTokens: ["%s"]) { id } }',
        '{ ...Mine } fragment Mine on Query { ... { mine: commentsByEditToken(editTokens: ["%s"]) { id } } }',
        '{ __typename commentsByEditToken(editTokens: ["%s"]) @include(if: false) { id } }',
    ],
    ids=["plainly", "in a fragment", "left out"],
)
async def test_no_address_may_hold_tokens(client: httpx2.AsyncClient, query: str) -> None:
    """Addresses stand in the logs of every server on the way, and a token is all that it takes to delete a comment."""
    asked = query % "0.0"

    by_get = await client.get("/graphql", params={"query": asked})
    by_post = await client.post("/graphql", json={"query": asked})

    assert (by_get.status_code, by_post.status_code) == (405, 200)
    assert by_get.headers["allow"] == "GET, POST"
    (error,) = by_get.json()["errors"]
    assert error["message"] == "Send it by POST: commentsByEditToken may not stand in an address."
    assert error["extensions"]["code"] == "METHOD_NOT_ALLOWED"


async def test_only_what_begins_the_operation_that_runs_counts(ask: Asker) -> None:
    """A document of several operations could not be asked by GET for any of them."""
    two = 'query A { site { name } } query B { commentsByEditToken(editTokens: ["x"]) { id } }'

    answer = await ask.schema.ask(Question(two, None, "A", allowed=QUERIES), Asking(at=NOW, wants_cost=True))

    assert answer.errors is None
