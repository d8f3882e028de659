"""Who sees what: no field, at any depth, on any way, shows what is hidden; and time alone shows and hides."""

import pytest

from cms.articles.models import Article
from cms.kernel.database import Database
from cms.kernel.ids import NodeType
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from cms.reading.vocabulary import Perspective
from schema.schema import Asking, MastheadSchema
from tests.reading.asking import Asker, Refusal
from tests.reading.everything import Everything
from tests.reading.pools import HIDDEN, NOWHERE, PUBLIC, ids_of
from tests.reading.rows import CANARY, HOUR, NOW, gid, key
from tests.reading.voices import READER_KEY

pytestmark = pytest.mark.asyncio

_SCHEMA = MastheadSchema()._schema
_EVERY_ID = [*ids_of(PUBLIC), *ids_of(HIDDEN)]
_LISTED = ", ".join(f'"{one}"' for one in _EVERY_ID)
_ROOTS = {
    "site": "",
    "viewer": "",
    "articles": "(first: 100)",
    "authors": "",
    "topics": "",
    "disclaimers": "",
    "comments": "(first: 100)",
    "nodes": f"(ids: [{_LISTED}])",
    "node": f'(id: "{gid(NodeType.ARTICLE, "tide")}")',
    "article": '(by: {slug: "tide"})',
    "author": '(by: {slug: "wren"})',
    "topic": '(by: {slug: "boats"})',
    "disclaimer": '(by: {slug: "risk"})',
    "comment": f'(id: "{gid(NodeType.COMMENT, "c0")}")',
    "commentsByEditToken": '(editTokens: ["none of ours"])',
    "media": f'(id: "{gid(NodeType.MEDIA, "cover")}")',
    "route": '(path: "/en/articles/tide")',
    "redirects": "",
}
#: What readers may not even begin with.
_MANAGED = {"users": "", "apiTokens": "", "auditLog": ""}
_DRAFTS = {
    "articles": "(first: 100, perspective: DRAFT)",
    "nodes": f"(ids: [{_LISTED}], perspective: DRAFT)",
    "article": '(by: {slug: "draft"}, perspective: DRAFT)',
    "author": '(by: {slug: "wren"}, perspective: DRAFT)',
    "topic": '(by: {slug: "boats"}, perspective: DRAFT)',
}
_FOUND = {  # by type, how it is asked for by its id
    NodeType.ARTICLE: "article(by: {id: $id})",
    NodeType.AUTHOR: "author(by: {id: $id})",
    NodeType.TOPIC: "topic(by: {id: $id})",
    NodeType.DISCLAIMER: "disclaimer(by: {id: $id})",
    NodeType.COMMENT: "comment(id: $id)",
    NodeType.MEDIA: "media(id: $id)",
}


@pytest.mark.parametrize("name", _ROOTS)
async def test_no_field_shows_what_is_hidden(ask: Asker, name: str) -> None:
    """Everything that a reader can ask for, three objects deep, holds no canary."""
    for depth in (1, 2):
        for document in Everything(_SCHEMA, ANONYMOUS).documents({name: _ROOTS[name]}, depth):
            answer = await ask(document)
            assert list(answer) == [name]
            assert answer[name]
            assert CANARY not in repr(answer)


async def test_the_documents_hold_every_field_there_is() -> None:
    """A field that was added is asked for here without anybody thinking of it."""
    for viewer, roots in ((ANONYMOUS, _ROOTS), (SYSTEM, _ROOTS | _MANAGED)):
        everything = Everything(_SCHEMA, viewer)
        list(everything.documents(roots, 2))
        assert everything.asked | {f"Query.{name}" for name in roots} == everything.reachable()


async def test_the_canaries_are_there_for_those_who_may_see_them(ask: Asker) -> None:
    """Otherwise the tests above would prove nothing."""
    found = ""
    for roots in (_ROOTS, _DRAFTS):
        for document in Everything(_SCHEMA, SYSTEM).documents(roots, 1):
            found += repr(await ask(document, viewer=SYSTEM))
    kinds = (
        "draft",
        "scheduled",
        "unpublished",
        "archived",
        "seo",
        "note",
        "review",
        "words",
        "flag",
        "reason",
        "rule",
        "wording",
        "under hidden",
        "Edda",
        "coming",
        "tide",
        "terms",
    )
    assert [kind for kind in kinds if f"{CANARY} {kind}" not in found] == []
    assert f"{CANARY} deleted" not in found
    assert f"{CANARY}.wren@mail.example.com" in found


_VIEWERS = {
    "anonymous": ANONYMOUS,
    "system": SYSTEM,
    **{scope.value: Viewer(frozenset({scope}), key("usr", "edda"), "user:edda") for scope in Scope},
}


@pytest.mark.parametrize("who", _VIEWERS)
async def test_what_is_never_null_is_never_null(ask_executed: Asker, who: str) -> None:
    """A row is visible only if every row behind its non-null relations is: graphql-core says so of every answer."""
    viewer = _VIEWERS[who]
    roots = [_ROOTS, _DRAFTS] if viewer.may(Scope.CONTENT_PREVIEW) else [_ROOTS]
    for one in roots:
        for document in Everything(_SCHEMA, viewer).documents(one, 2 if viewer is ANONYMOUS else 1):
            await ask_executed(document, viewer=viewer)


# One thing at a time


@pytest.mark.parametrize("hidden", [*ids_of(HIDDEN), *NOWHERE])
async def test_hidden_and_absent_are_the_same_answer(ask: Asker, hidden: str) -> None:
    """By `node`, by `nodes` and by its own field: null, and nothing beside it."""
    answer = await ask("query($id: ID!) { node(id: $id) { id } nodes(ids: [$id, $id]) { __typename id } }", id=hidden)
    assert answer == {"node": None, "nodes": [None, None]}
    for field in _FOUND.values():
        assert await ask(f"query($id: ID!) {{ found: {field} {{ id }} }}", id=hidden) == {"found": None}


async def test_nodes_come_in_the_order_of_their_ids(ask: Asker) -> None:
    """With null where there is nothing, and twice where something is asked for twice."""
    public = ids_of(PUBLIC)
    asked = [public[0], "art_no", *public[::-1], gid(NodeType.ARTICLE, "draft"), public[0]]
    nodes = (await ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=asked))["nodes"]
    assert [node and node["id"] for node in nodes] == [one if one in public else None for one in asked]


async def test_at_most_a_hundred_nodes_at_once(ask: Asker) -> None:
    """One more is refused, and nothing is sent."""
    text = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert len((await ask(text, ids=["art_no"] * 100))["nodes"]) == 100
    ask.runner.sent.clear()
    with pytest.raises(Refusal) as refused:
        await ask(text, ids=["art_no"] * 101)
    assert refused.value.codes == ["BAD_USER_INPUT"]
    assert ask.runner.sent == []


@pytest.mark.parametrize("name", HIDDEN[NodeType.ARTICLE])
async def test_a_hidden_article_has_no_address(ask: Asker, name: str) -> None:
    """Neither by slug nor by path."""
    path = f"/en/articles/{name}"
    answer = await ask(f'{{ a: article(by: {{slug: "{name}"}}) {{ id }} b: article(by: {{path: "{path}"}}) {{ id }} }}')
    assert answer == {"a": None, "b": None}


async def test_a_tombstone_says_neither_who_nor_what_nor_why(ask: Asker) -> None:
    """Its place, its time and its replies stay."""
    ids = [gid(NodeType.COMMENT, name) for name in ("stone0", "stone1")]
    fields = (
        "authorName authorUrl body { text } anchor { exact } status depth createdAt replyCount viewerCan "
        "replies { nodes { body { text } parent { id authorName } } }"
    )
    nodes = await ask(f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on Comment {{ {fields} }} }} }}", ids=ids)
    for node, stone in zip(nodes["nodes"], ids, strict=True):
        assert node == {
            "id": stone,
            "authorName": None,
            "authorUrl": None,
            "body": None,
            "anchor": None,
            "status": "DELETED",
            "depth": 0,
            "createdAt": "2026-02-28T12:00:00Z",
            "replyCount": 1,
            "viewerCan": node["viewerCan"],
            "replies": {"nodes": [{"body": {"text": "I heard that"}, "parent": {"id": stone, "authorName": None}}]},
        }
        assert "REPLY" not in node["viewerCan"]


async def test_what_was_erased_stays_erased_for_moderators(ask: Asker) -> None:
    """They see who wrote what was taken away, but not what was erased."""
    text = "query($id: ID!) { comment(id: $id) { status authorName authorEmail } }"
    moderator = Viewer(frozenset({Scope.COMMENTS_MODERATE}))
    stone = await ask(text, viewer=moderator, id=gid(NodeType.COMMENT, "stone1"))
    erased = await ask(text, viewer=moderator, id=gid(NodeType.COMMENT, "erased"))
    assert stone["comment"] == {
        "status": "REJECTED",
        "authorName": f"{CANARY} name",
        "authorEmail": f"{CANARY}.stone1@mail.example.com",
    }
    assert erased["comment"] == {"status": "APPROVED", "authorName": "Erased", "authorEmail": None}


async def test_a_reader_learns_which_reactions_are_theirs(ask: Asker) -> None:
    """By the key that only they have."""
    text = (
        "query($id: ID!, $key: String) { comment(id: $id) { reactions(readerKey: $key) { reaction is: mine count } } }"
    )
    c2 = gid(NodeType.COMMENT, "c2")
    mine = (await ask(text, id=c2, key=READER_KEY))["comment"]["reactions"]
    others = (await ask(text, id=c2, key="another"))["comment"]["reactions"]
    nobody = (await ask(text, id=c2))["comment"]["reactions"]

    rest = [{"reaction": "HELPFUL", "is": False, "count": 0}, {"reaction": "THANKS", "is": False, "count": 0}]
    assert mine == [{"reaction": "LIKE", "is": True, "count": 1}, *rest]
    assert others == nobody == [{"reaction": "LIKE", "is": False, "count": 1}, *rest]


# Scopes

_PRIVATE = [
    ("site { previewUrl }", Scope.CONTENT_PREVIEW, "Site.previewUrl"),
    ('article(by: {slug: "tide"}) { head { id } }', Scope.CONTENT_PREVIEW, "Article.head"),
    ('article(by: {slug: "tide"}) { seo { overrides { title } } }', Scope.CONTENT_PREVIEW, "Seo.overrides"),
    ('author(by: {slug: "wren"}) { email }', Scope.CONTENT_WRITE, "Author.email"),
    ("comments { nodes { authorEmail } }", Scope.COMMENTS_MODERATE, "Comment.authorEmail"),
    ("comments { nodes { consent { digest } } }", Scope.PERSONAL_DATA, "Comment.consent"),
    ("viewer { user { email } }", Scope.PEOPLE_MANAGE, "User.email"),
]


@pytest.mark.parametrize(("field", "scope", "name"), _PRIVATE)
@pytest.mark.parametrize(
    "around",
    [
        "{ %s }",
        "{ site { id } ... @include(if: false) { %s } }",
        "query { ...F @skip(if: true) } fragment F on Query { ...G } fragment G on Query { %s }",
    ],
)
async def test_a_field_beyond_the_callers_scopes_refuses_the_operation(
    ask: Asker, field: str, scope: Scope, name: str, around: str
) -> None:
    """Whole, run or not, naming field and scope; whoever has that scope and no other is answered."""
    with pytest.raises(Refusal) as refused:
        await ask(around % field, viewer=Viewer(frozenset(Scope) - {scope}))
    assert refused.value.codes == ["FORBIDDEN"]
    assert refused.value.messages == [f"{name} needs the scope {scope}."]
    assert ask.runner.sent == []
    await ask(around % field, viewer=Viewer(frozenset({scope})))


async def test_fragments_that_are_not_part_of_the_operation_do_not_matter(ask: Asker) -> None:
    """A document may hold the editor's operation beside the reader's: only the one that runs is judged."""
    document = "query Reader { site { name } } query Editor { site { previewUrl } }"
    result = await ask.schema.execute(document, {}, Asking(at=NOW), operation_name="Reader")
    assert (result.errors, result.data) == (None, {"site": {"name": "The Harbour Light"}})


@pytest.mark.parametrize("field", [f"{name}{arguments} {{ __typename }}" for name, arguments in _DRAFTS.items()])
async def test_drafts_need_their_scope(ask: Asker, field: str) -> None:
    """Named in the field or for the whole request; nothing is sent."""
    others = Viewer(frozenset(Scope) - {Scope.CONTENT_PREVIEW}, key("usr", "edda"))
    with pytest.raises(Refusal) as refused:
        await ask(f"{{ {field} }}", viewer=others)
    assert refused.value.codes == ["FORBIDDEN"]
    assert ask.runner.sent == []
    assert await ask(f"{{ {field} }}", viewer=Viewer(frozenset({Scope.CONTENT_PREVIEW})))


@pytest.mark.parametrize(
    "below", ["articles { nodes { title } }", "bio { references { ... on Article { title } } }", "name"]
)
async def test_no_way_around_the_scope_for_a_request_in_drafts(ask: Asker, below: str) -> None:
    """Fields without a perspective of their own inherit the request's: the refusal stands before all of them."""
    moderator = Viewer(frozenset({Scope.COMMENTS_MODERATE}), key("usr", "edda"), "user:edda")
    text = f"{{ viewer {{ user {{ author {{ {below} }} }} }} }}"
    result = await ask.schema.execute(text, {}, Asking(moderator, Perspective.DRAFT, NOW))
    assert result.errors is not None
    assert [(error.extensions or {})["code"] for error in result.errors] == ["FORBIDDEN"]
    assert ask.runner.sent == []


async def test_the_perspective_is_inherited_and_can_be_changed_below(ask: Asker) -> None:
    """The request's holds where a field names none; what is below a field follows the field."""
    text = """{
      own: article(by: {slug: "tide"}) { title translations { title } }
      public: article(by: {slug: "tide"}, perspective: PUBLISHED) { title topics { slug } }
      wren: author(by: {slug: "wren"}) { articles(filter: {slug: {eq: "draft"}}) { nodes { title status } } }
      readers: author(by: {slug: "wren"}, perspective: PUBLISHED) { articles { totalCount } }
    }"""
    result = await ask.schema.execute(text, {}, Asking(SYSTEM, Perspective.DRAFT, NOW))
    assert result.errors is None
    assert result.data == {
        "own": {"title": f"{CANARY} tides", "translations": []},
        "public": {"title": "Tide tables", "topics": [{"slug": "boats"}, {"slug": "sea"}]},
        "wren": {"articles": {"nodes": [{"title": f"{CANARY} draft", "status": "DRAFT"}]}},
        "readers": {"articles": {"totalCount": 5}},
    }


async def test_where_a_medium_is_used(ask: Asker) -> None:
    """Drafts are among the articles that show it, as drafts, whatever the request's perspective."""
    text = "query($id: ID!) { node(id: $id) { ... on Media { usedBy { nodes { slug status updatedAt } } } } }"
    chart = (await ask(text, viewer=SYSTEM, id=gid(NodeType.MEDIA, "chart")))["node"]["usedBy"]["nodes"]
    cover = (await ask(text, viewer=SYSTEM, id=gid(NodeType.MEDIA, "cover")))["node"]["usedBy"]["nodes"]

    assert {(node["slug"], node["status"]) for node in chart} == {
        ("tide", "PUBLISHED"),
        ("draft", "DRAFT"),
        ("scheduled", "SCHEDULED"),
        ("unpublished", "UNPUBLISHED"),
        ("archived", "ARCHIVED"),
    }
    assert [(node["slug"], node["status"]) for node in cover] == [("tide", "PUBLISHED")]


async def test_more_than_a_statement_can_hold_is_refused(ask: Asker) -> None:
    """SQLite would fail where PostgreSQL answers."""

    def many(number: int) -> str:
        return "{ " + " ".join(f"a{index}: site {{ id }}" for index in range(number)) + " }"

    assert len(await ask(many(399))) == 399
    with pytest.raises(Refusal) as refused:
        await ask(many(600))
    assert refused.value.codes == ["BAD_USER_INPUT"]


async def test_comments_vanish_with_their_article(changing: Database, ask_changing: Asker) -> None:
    """By whatever way they are asked for."""
    comment = gid(NodeType.COMMENT, "on-ferry")
    text = "query($id: ID!) { comment(id: $id) { id } node(id: $id) { id } comments(first: 1) { nodes { id } } }"
    there = {"id": comment}
    assert await ask_changing(text, id=comment) == {"comment": there, "node": there, "comments": {"nodes": [there]}}

    await changing.connection.execute_script(
        f"UPDATE publication SET ends_at = '{(NOW - HOUR).isoformat().replace('+00:00', '.000000Z')}' "
        f"WHERE article_id = '{key('art', 'ferry')}'"
    )
    answer = await ask_changing(text, id=comment)
    assert (answer["comment"], answer["node"]) == (None, None)
    assert answer["comments"]["nodes"] != [there]
    assert await Article.filter(id=key("art", "ferry")).count() == 1
