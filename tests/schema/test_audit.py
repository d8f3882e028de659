"""The audit trail: all that was done, the newest first, for those who manage the site and nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from cms.accounts.tokens import create_token
from cms.articles.actions import publish_article
from cms.authors.actions import AuthorChange, AuthorDraft, create_author, update_author
from cms.comments.actions import moderate_comments, post_comment
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.models import ModerationAction
from cms.kernel import clock
from cms.kernel.database import Database, Dialect
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.models import Event
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from cms.reading.assembling import Row
from cms.reading.reader import LONGEST_SECONDS, Runner
from tests.articles.world import NOON, a_public_article, an_article
from tests.reading.asking import Asker, Refusal, asker
from tests.schema.desk import Desk

pytestmark = pytest.mark.asyncio

MANAGER = Viewer(frozenset({Scope.SITE_MANAGE}), actor="token:manager")
_ACTIONS = "query($node: ID) { log: auditLog(first: 100, nodeId: $node) { totalCount nodes { action } } }"


@pytest.fixture
def ask(desk: Desk) -> Asker:
    """Somebody to ask of it."""
    return asker(desk.schema.preparer.reader)


async def _actions(ask: Asker, node: object = None) -> list[str]:
    """The actions on a node, or all, the newest first."""
    log = (await ask(_ACTIONS, viewer=MANAGER, node=None if node is None else str(node)))["log"]
    assert log["totalCount"] == len(log["nodes"])
    return [entry["action"] for entry in log["nodes"]]


# What is told


async def test_an_entry_tells_who_did_what_to_what_and_when(desk: Desk, ask: Asker) -> None:
    """Whoever asks who changed this would be told half of it."""
    author = await create_author(desk.database, SYSTEM, AuthorDraft(name="Wren"))
    with clock.at(NOON):
        change = AuthorChange(author_id=author.id, expected_version=1, name="Wren Ashdown")
        await update_author(desk.database, desk.people["editor"], change)
    newest = await Event.all().order_by("-seq").first()
    assert newest is not None

    answer = await ask("{ auditLog(first: 1) { nodes { id at actor action nodeId detail } } }", viewer=MANAGER)

    (entry,) = answer["auditLog"]["nodes"]
    assert entry == {
        "id": str(GlobalId(NodeType.AUDIT_ENTRY, newest.id)),
        "at": "2024-03-04T12:00:00Z",
        "actor": desk.people["editor"].actor,
        "action": "AUTHOR_CHANGED",
        "nodeId": str(GlobalId(NodeType.AUTHOR, author.id)),
        "detail": {"version": 2, "changed": [{"field": "name", "before": "Wren", "after": "Wren Ashdown"}]},
    }


async def test_what_the_world_is_not_told_is_told_here(desk: Desk, ask: Asker) -> None:
    """Nobody could find out who made the token that was misused."""
    token, secret = await create_token(desk.database, SYSTEM, "Importer", ["CONTENT_WRITE"])

    answer = await ask("{ auditLog(first: 1) { nodes { actor action nodeId detail } } }", viewer=MANAGER)

    (entry,) = answer["auditLog"]["nodes"]
    assert (entry["actor"], entry["action"]) == ("system", "API_TOKEN_CREATED")
    assert entry["nodeId"] == str(GlobalId(NodeType.API_TOKEN, token.id))
    assert secret not in repr(entry)


async def test_a_kind_that_this_release_does_not_know_is_told(ask: Asker) -> None:
    """After a step back to an older release the whole trail would be unreadable."""
    await Event.create(id=new_id(), type="KITE_FLOWN", actor="system", node_type="kit", node_id=new_id(), payload={})

    (action,) = (await _actions(ask))[:1]
    entries = await ask("{ auditLog(first: 1) { nodes { nodeId detail } } }", viewer=MANAGER)

    assert action == "KITE_FLOWN"
    assert entries["auditLog"]["nodes"][0]["nodeId"].startswith("kit_")
    assert entries["auditLog"]["nodes"][0]["detail"] == {}


# Of one thing


async def test_an_article_s_trail_holds_what_was_done_under_it(desk: Desk, ask: Asker) -> None:
    """Who approved the comment that the article was sued for could be found in the whole log alone."""
    article = await a_public_article(desk.database)
    await a_public_article(desk.database, "Another one")
    draft = CommentDraft(article.id, "Well said.", guest=Guest("Kit", "kit@reader.example.com"))
    posted = await post_comment(desk.database, ANONYMOUS, draft)
    await moderate_comments(desk.database, SYSTEM, [posted.comment.id], ModerationAction.REMOVE)

    under = await _actions(ask, GlobalId(NodeType.ARTICLE, article.id))
    of_comment = await _actions(ask, GlobalId(NodeType.COMMENT, posted.comment.id))

    assert [action for action in under if not action.startswith("COMMENT")] == ["ARTICLE_PUBLISHED", "ARTICLE_CREATED"]
    assert of_comment == [action for action in under if action.startswith("COMMENT")]
    assert of_comment[-1] == "COMMENT_POSTED"
    assert len(await _actions(ask)) > len(under)


async def test_of_anything_else_only_what_was_done_to_it(desk: Desk, ask: Asker) -> None:
    """The trail of an author would be that of everything."""
    author = await create_author(desk.database, SYSTEM, AuthorDraft(name="Wren"))
    await create_author(desk.database, SYSTEM, AuthorDraft(name="Asa"))

    assert await _actions(ask, GlobalId(NodeType.AUTHOR, author.id)) == ["AUTHOR_CHANGED"]


async def test_an_id_of_nothing_has_no_trail(desk: Desk, ask: Asker) -> None:
    """A filter that is ignored shows everything."""
    article = await a_public_article(desk.database)
    wrong = [
        GlobalId(NodeType.AUTHOR, article.id),
        GlobalId(NodeType.COMMENT, article.id),
        GlobalId(NodeType.ARTICLE, new_id()),
        article.id,
        "art_",
        "zzz_00000000-0000-7000-8000-000000000000",
        "",
    ]

    assert [await _actions(ask, one) for one in wrong] == [[]] * len(wrong)
    assert len(await _actions(ask, None)) == await Event.all().count()
    literal = await ask('{ auditLog(nodeId: "art_") { nodes { id } } }', viewer=MANAGER)
    assert literal == {"auditLog": {"nodes": []}}


# Page by page


async def test_pages_hold_everything_once_while_more_is_written(desk: Desk, ask: Asker) -> None:
    """What was done while somebody reads would push entries from one page to the next, to be read twice."""
    for number in range(7):
        await create_author(desk.database, SYSTEM, AuthorDraft(name=f"Author {number}"))
    expected = [str(GlobalId(NodeType.AUDIT_ENTRY, row.id)) for row in await Event.all().order_by("-seq")]
    query = """query($after: String) {
      auditLog(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }"""

    found: list[str] = []
    page: dict[str, Any] = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
    while page["pageInfo"]["hasNextPage"]:
        page = (await ask(query, viewer=MANAGER, after=page["pageInfo"]["endCursor"]))["auditLog"]
        found += [entry["id"] for entry in page["nodes"]]
        await create_author(desk.database, SYSTEM, AuthorDraft(name="Somebody else"))

    assert found == expected


async def test_the_oldest_are_counted_from_the_end(desk: Desk, ask: Asker) -> None:
    """Whoever asks how it began would have to go through everything."""
    article = await an_article(desk.database)
    await publish_article(desk.database, SYSTEM, article.id)
    node = str(GlobalId(NodeType.ARTICLE, article.id))

    query = "query($node: ID) { auditLog(last: 1, nodeId: $node) { nodes { action } pageInfo { hasPreviousPage } } }"
    answer = await ask(query, viewer=MANAGER, node=node)

    assert answer == {"auditLog": {"nodes": [{"action": "ARTICLE_CREATED"}], "pageInfo": {"hasPreviousPage": True}}}


# Who may


async def test_the_trail_is_for_those_who_manage_the_site(desk: Desk, ask: Asker) -> None:
    """Who wrote what when is nobody's business, in drafts least of all."""
    entry = await Event.create(id=new_id(), type="KITE", actor="system", node_type="kit", node_id=new_id(), payload={})
    ids = [str(GlobalId(NodeType.AUDIT_ENTRY, entry.id))]
    by_id = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on AuditEntry { action } } }"
    everything_else = Viewer(frozenset(Scope) - {Scope.SITE_MANAGE}, actor="token:other")
    others = [everything_else, *(desk.people[name] for name in ("anonymous", "writer", "editor", "moderator"))]
    ask.runner.sent.clear()

    for viewer in others:
        with pytest.raises(Refusal, match=r"Query.auditLog needs the scope SITE_MANAGE") as refused:
            await ask("{ auditLog { totalCount } }", viewer=viewer)
        assert refused.value.codes == ["FORBIDDEN"]
    assert ask.runner.sent == []
    assert [await ask(by_id, viewer=viewer, ids=ids) for viewer in others] == [{"nodes": [None]}] * len(others)

    assert await ask(by_id, viewer=MANAGER, ids=ids) == {"nodes": [{"id": ids[0], "action": "KITE"}]}
    counted = await ask("{ auditLog { totalCount } }", viewer=desk.people["admin"])
    assert counted == {"auditLog": {"totalCount": await Event.all().count()}}


# What it takes


@dataclass
class Explaining:
    """A runner that asks for the plans of statements, and finds no rows."""

    inner: Runner
    explain: str
    plan: str = ""

    async def rows(
        self, sql: str, values: Sequence[object], *, seconds: float = LONGEST_SECONDS, heavy: Sequence[int] = ()
    ) -> Sequence[Row]:
        """Nothing."""
        plan = await self.inner.rows(f"{self.explain} {sql}", values, seconds=seconds, heavy=heavy)
        self.plan = "\n".join(str(row[-1]) for row in plan)
        return []


async def _fill(database: Database) -> dict[NodeType, UUID]:
    """Three thousand events, and the keys of an article and of an author that 600 of them happened to each."""
    nodes = [(kind, new_id()) for kind in (NodeType.ARTICLE, NodeType.AUTHOR, *[NodeType.TOPIC] * 3)]
    await Event.bulk_create(
        Event(
            id=new_id(),
            type="KITE_FLOWN",
            actor="system",
            node_type=kind.value,
            node_id=key,
            article_id=key if kind is NodeType.ARTICLE else None,
            payload={},
        )
        for _ in range(600)
        for kind, key in nodes
    )
    await database.connection.execute_script("ANALYZE")
    return dict(nodes)


@pytest.mark.parametrize(
    ("node", "index"),
    [(None, ""), (NodeType.ARTICLE, "article_id"), (NodeType.AUTHOR, "node_id")],
    ids=["all", "article", "author"],
)
@pytest.mark.parametrize("page", ["first: 20", "last: 20", "first: 20, after: CURSOR"], ids=["first", "last", "after"])
async def test_a_page_is_read_along_an_index(
    desk: Desk, ask: Asker, node: NodeType | None, index: str, page: str
) -> None:
    """The log only grows: to sort all of it for one page would take longer every day."""
    keys = await _fill(desk.database)
    reader = desk.schema.preparer.reader
    is_postgres = desk.database.dialect is Dialect.POSTGRES
    explaining = Explaining(reader.runner, "EXPLAIN (GENERIC_PLAN)" if is_postgres else "EXPLAIN QUERY PLAN")
    (edge,) = (await ask("{ auditLog(first: 1) { edges { cursor } } }", viewer=MANAGER))["auditLog"]["edges"]
    wanted = page.replace("CURSOR", f'"{edge["cursor"]}"')
    given = "" if node is None else f', nodeId: "{GlobalId(node, keys[node])}"'

    await asker(replace(reader, runner=explaining))(
        f"{{ auditLog({wanted}{given}) {{ nodes {{ id action detail }} }} }}", viewer=MANAGER
    )

    assert index in explaining.plan, explaining.plan
    assert _steps(explaining.plan) & {"Sort", "Seq Scan", "USE TEMP B-TREE FOR ORDER BY"} == set(), explaining.plan


def _steps(plan: str) -> set[str]:
    """The names of a plan's steps: those of PostgreSQL without their costs, and what SQLite says."""
    return {line.split("  (")[0].strip(" ->").split(" on ")[0] for line in plan.splitlines()}
