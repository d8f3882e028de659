"""Where paths lead, as clients ask it; and what editors do to addresses, as they ask for it."""

from typing import Any

import pytest

from cms.articles.actions import delete_article, publish_article, unpublish_article, update_article
from cms.articles.drafts import ArticleChange
from cms.authors.actions import AuthorDraft, create_author
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.models import Tombstone
from cms.kernel.viewer import SYSTEM
from cms.site.models import Redirect
from cms.topics.actions import TopicDraft, create_topic
from tests.articles.world import a_public_article, an_article, signed
from tests.reading.asking import Asker, Refusal
from tests.reading.rows import CANARY, gid
from tests.schema.desk import Desk

pytestmark = pytest.mark.asyncio

_ROUTE = """query($path: String!) { route(path: $path) {
  __typename
  ... on ContentRoute { content { __typename id path canonicalUrl ... on Article { title } ... on Author { name } } }
  ... on Redirect { id from to permanent automatic createdAt }
  ... on Gone { since }
} }"""


async def _led(ask: Asker, path: str, **given: Any) -> Any:  # noqa: ANN401 - JSON
    """What a path leads to."""
    return (await ask(_ROUTE, path=path, **given))["route"]


# Reading


async def test_content_is_found_where_it_stands(ask: Asker) -> None:
    """A frontend asks this first for every page; another type than the one that stands there is another page."""
    article, author, topic = [await _led(ask, path) for path in ("/en/articles/tide", "/people/wren", "/topics/boats")]

    assert article == {
        "__typename": "ContentRoute",
        "content": {
            "__typename": "Article",
            "id": gid(NodeType.ARTICLE, "tide"),
            "path": "/en/articles/tide",
            "canonicalUrl": "https://harbour.example.org/en/articles/tide",
            "title": "Tide tables",
        },
    }
    assert (author["content"]["__typename"], author["content"]["name"]) == ("Author", "Wren Ashdown")
    assert (topic["content"]["__typename"], topic["content"]["path"]) == ("Topic", "/topics/boats")


async def test_a_redirect_leads_to_where_things_are(ask: Asker) -> None:
    """What has moved is followed; an address elsewhere is told as it is."""
    moved = await _led(ask, "/en/articles/old-tide")
    assert moved == {
        "__typename": "Redirect",
        "id": gid(NodeType.REDIRECT, "old-tide"),
        "from": "/en/articles/old-tide",
        "to": "/en/articles/tide",
        "permanent": True,
        "automatic": True,
        "createdAt": "2026-03-01T12:00:00Z",
    }
    away = await _led(ask, "/shop")
    assert (away["to"], away["permanent"], away["automatic"]) == (
        "https://shop.example.org/?from=harbour",
        False,
        False,
    )


async def test_what_is_gone_is_gone_at_every_address_it_had(ask: Asker) -> None:
    """410 and not 404: search engines stop asking. An earlier address knows it by its redirect."""
    gone = {"__typename": "Gone", "since": "2026-03-01T12:00:00Z"}
    assert await _led(ask, "/en/articles/deleted") == gone
    assert await _led(ask, "/was-deleted") == gone


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/nowhere", "en/articles/tide", "/en/articles/TIDE", "/en/articles/tide/", "/en/articles/%"),
        *("/en/articles/draft", "/en/articles/unpublished", "/people/gone", f"/{CANARY}-was-draft", "/{locale}/x"),
    ],
)
async def test_where_nothing_ever_stood_is_nothing(ask: Asker, path: str) -> None:
    """What readers may not know of is no different: a redirect to a draft would tell that there is one."""
    assert await _led(ask, path) is None


async def test_editors_are_led_to_drafts(ask: Asker) -> None:
    """In the DRAFT perspective addresses are those of what was saved last."""
    text = """query($path: String!) { route(path: $path, perspective: DRAFT) {
      __typename ... on Redirect { to } ... on ContentRoute { content { id } }
    } }"""
    draft = await ask(text, path="/en/articles/draft", viewer=SYSTEM)
    led = await ask(text, path=f"/{CANARY}-was-draft", viewer=SYSTEM)

    assert draft["route"] == {"__typename": "ContentRoute", "content": {"id": gid(NodeType.ARTICLE, "draft")}}
    assert led["route"] == {"__typename": "Redirect", "to": "/en/articles/draft"}
    with pytest.raises(Refusal) as refused:
        await ask(text, path="/en/articles/draft")
    assert refused.value.codes == ["FORBIDDEN"]


async def test_a_route_is_one_statement_with_all_that_hangs_on_it(ask: Asker) -> None:
    """The whole page in one round trip: the frontend does not know what stands there before it asks."""
    text = """{ route(path: "/en/articles/tide") { ... on ContentRoute {
      a: content { ... on Article { author { name } comments(first: 2) { totalCount nodes { authorName } } } }
      b: content { __typename id }
    } } }"""
    answer = await ask(text)

    assert len(ask.runner.sent) == 1
    content = answer["route"]
    assert content["a"]["author"] == {"name": "Wren Ashdown"}
    assert len(content["a"]["comments"]["nodes"]) == 2
    assert content["b"] == {"__typename": "Article", "id": gid(NodeType.ARTICLE, "tide")}


async def test_the_executor_says_the_same(ask_executed: Asker) -> None:
    """A union and an interface in it: the executor has to be told which types they are."""
    text = """{ __schema { queryType { name } } route(path: "/people/wren") {
      __typename ... on ContentRoute { content { __typename path } }
    } redirects(first: 1) { totalCount nodes { from to } pageInfo { hasNextPage } } }"""
    answer = await ask_executed(text)

    assert answer["route"] == {
        "__typename": "ContentRoute",
        "content": {"__typename": "Author", "path": "/people/wren"},
    }
    assert (answer["redirects"]["totalCount"], answer["redirects"]["pageInfo"]) == (2, {"hasNextPage": True})


async def test_redirects_are_listed_as_far_as_they_lead_somewhere(ask: Asker) -> None:
    """A proxy that takes them all over gets no loop to nowhere, and learns of no draft."""
    answer = await ask("{ redirects { totalCount nodes { id from to } } }")
    listed = {node["from"]: node["to"] for node in answer["redirects"]["nodes"]}

    assert answer["redirects"]["totalCount"] == 2
    assert listed == {
        "/en/articles/old-tide": "/en/articles/tide",
        "/shop": "https://shop.example.org/?from=harbour",
    }


# Writing


_ERRORS = "errors { __typename code path }"


async def _route(desk: Desk, path: str) -> Any:  # noqa: ANN401 - JSON
    """What a path leads an anonymous reader to."""
    text = """query($path: String!) { route(path: $path) {
      __typename ... on ContentRoute { content { id } } ... on Redirect { to }
    } }"""
    answer = await desk.send(desk.people["anonymous"], text, {"path": path})
    assert "errors" not in answer, answer
    return answer["data"]["route"]


def _id(type_: NodeType, row: Any) -> str:  # noqa: ANN401 - a row of any table
    return str(GlobalId(type_, row.id))


async def test_content_outranks_a_redirect_and_a_redirect_a_grave(desk: Desk) -> None:
    """All three can be known of one path: what is there now is what counts."""
    article = await a_public_article(desk.database, "The ferry")
    path, named = "/articles/the-ferry", _id(NodeType.ARTICLE, article)
    other = await a_public_article(desk.database, "The boat")
    await Tombstone.create(node_id=other.id, type="art", locale="en", path=path)
    assert await _route(desk, path) == {"__typename": "ContentRoute", "content": {"id": named}}

    await Redirect.create(locale="en", from_path=path, target=_id(NodeType.ARTICLE, other))
    assert (await _route(desk, path))["__typename"] == "ContentRoute"
    await unpublish_article(desk.database, SYSTEM, article.id)
    assert await _route(desk, path) == {"__typename": "Redirect", "to": "/articles/the-boat"}
    await unpublish_article(desk.database, SYSTEM, other.id)
    assert await _route(desk, path) == {"__typename": "Gone"}


async def test_a_life_of_an_address(desk: Desk) -> None:
    """Published, moved, taken down, brought back, deleted: each time readers are told the truth at the old address."""
    article = await a_public_article(desk.database, "The ferry")
    old, new = "/articles/the-ferry", "/articles/the-boat"
    change = ArticleChange(article_id=article.id, expected_version=article.version, slug="the-boat")
    await update_article(desk.database, SYSTEM, change)
    assert (await _route(desk, old))["__typename"] == "ContentRoute"

    told = []
    for verb in (publish_article, unpublish_article, publish_article, delete_article):
        await verb(desk.database, SYSTEM, article.id)
        told.append([await _route(desk, path) for path in (old, new)])

    here = {"__typename": "ContentRoute", "content": {"id": _id(NodeType.ARTICLE, article)}}
    moved, gone = {"__typename": "Redirect", "to": new}, {"__typename": "Gone"}
    assert told == [[moved, here], [None, None], [moved, here], [gone, gone]]


async def test_a_move_tells_of_its_redirect(desk: Desk) -> None:
    """An editor sees what a new slug leaves behind, before it is done as well."""
    author = await create_author(desk.database, SYSTEM, AuthorDraft(name="Wren"))
    wanted = f'input: {{id: "{_id(NodeType.AUTHOR, author)}", expectedVersion: 1, slug: "ashdown"}}'
    shown = f"author {{ path version }} {_ERRORS} effects {{ dryRun cacheTags redirects {{ from to automatic }} }}"
    left = [{"from": "/authors/wren", "to": "/authors/ashdown", "automatic": True}]

    tried = await desk.do(desk.people["editor"], f"updateAuthor({wanted}, options: {{dryRun: true}})", shown)
    assert (tried["author"], tried["effects"]["redirects"], tried["errors"]) == (None, left, [])
    assert (await _route(desk, "/authors/wren"))["__typename"] == "ContentRoute"

    done = await desk.do(desk.people["editor"], f"updateAuthor({wanted})", shown)
    assert (done["author"], done["effects"]["redirects"]) == ({"path": "/authors/ashdown", "version": 2}, left)
    assert await _route(desk, "/authors/wren") == {"__typename": "Redirect", "to": "/authors/ashdown"}


async def test_authors_are_made_changed_and_deleted(desk: Desk) -> None:
    """Absent fields stay, null clears, and what is given arrives."""
    editor = desk.people["editor"]
    shown = f"author {{ id version slug name credentials bio {{ markdown }} website email acceptsMessages }} {_ERRORS}"
    made = await desk.do(
        editor,
        'createAuthor(input: {name: "Wren", credentials: "PhD", bio: {markdown: "Writes."}, '
        'email: "wren@example.org", website: "https://wren.example.org", acceptsMessages: true})',
        shown,
    )
    key = made["author"]["id"]
    changed = await desk.do(
        editor, f'updateAuthor(input: {{id: "{key}", expectedVersion: 1, credentials: null, name: "W."}})', shown
    )
    stale = await desk.do(
        editor,
        f'updateAuthor(input: {{id: "{key}", expectedVersion: 1, name: "Late"}})',
        "author { id } errors { code ... on VersionConflict { currentVersion current { id } theirs { field after } } }",
    )
    deleted = await desk.do(editor, f'deleteAuthor(id: "{key}")', f"deletedId {_ERRORS}")

    assert made["author"] == {
        "id": key,
        "version": 1,
        "slug": "wren",
        "name": "Wren",
        "credentials": "PhD",
        "bio": {"markdown": "Writes.\n"},
        "website": "https://wren.example.org",
        "email": "wren@example.org",
        "acceptsMessages": True,
    }
    assert changed["author"] == {**made["author"], "version": 2, "name": "W.", "credentials": None}
    assert stale["errors"] == [
        {
            "code": "VERSION_CONFLICT",
            "currentVersion": 2,
            "current": {"id": key},
            "theirs": [{"field": "name", "after": "W."}, {"field": "credentials", "after": None}],
        }
    ]
    assert deleted == {"deletedId": key, "errors": []}
    assert await _route(desk, "/authors/wren") == {"__typename": "Gone"}


async def test_topics_are_made_moved_and_deleted(desk: Desk) -> None:
    """Null takes a topic to the top of the tree; what is left out leaves it where it is."""
    editor, shown = desk.people["editor"], f"topic {{ id path parent {{ slug }} description }} {_ERRORS}"
    sea = await create_topic(desk.database, SYSTEM, TopicDraft(name="Sea"))
    made = await desk.do(
        editor, f'createTopic(input: {{name: "Boats", parentId: "{_id(NodeType.TOPIC, sea)}"}})', shown
    )
    key = made["topic"]["id"]
    renamed = await desk.do(
        editor, f'updateTopic(input: {{id: "{key}", expectedVersion: 1, slug: "ships", description: "Afloat"}})', shown
    )
    kept = await desk.do(editor, f'deleteTopic(id: "{_id(NodeType.TOPIC, sea)}")', f"deletedId {_ERRORS}")
    top = await desk.do(
        editor, f'updateTopic(input: {{id: "{key}", expectedVersion: 2, parentId: null, description: null}})', shown
    )
    gone = await desk.do(editor, f'deleteTopic(id: "{key}")', f"deletedId {_ERRORS}")

    assert made["topic"] == {"id": key, "path": "/topics/boats", "parent": {"slug": "sea"}, "description": None}
    assert renamed["topic"] == {**made["topic"], "path": "/topics/ships", "description": "Afloat"}
    assert kept["errors"] == [{"__typename": "InputError", "code": "STATE_CONFLICT", "path": ["id"]}]
    assert top["topic"] == {"id": key, "path": "/topics/ships", "parent": None, "description": None}
    assert gone["deletedId"] == key


async def test_what_is_in_use_says_where(desk: Desk) -> None:
    """An editor who wants it gone has to find the articles that name it."""
    author = await create_author(desk.database, SYSTEM, AuthorDraft(name="Wren"))
    topic = await create_topic(desk.database, SYSTEM, TopicDraft(name="Boats"))
    article = await an_article(desk.database, contributors=signed(author.id), topic_ids=(topic.id,))
    told = "deletedId errors { code path ... on InUse { usedBy { totalCount nodes { id } } } }"

    for name, type_, row in (("deleteAuthor", NodeType.AUTHOR, author), ("deleteTopic", NodeType.TOPIC, topic)):
        payload = await desk.do(desk.people["editor"], f'{name}(id: "{_id(type_, row)}")', told)
        by = {"totalCount": 1, "nodes": [{"id": _id(NodeType.ARTICLE, article)}]}
        assert payload == {"deletedId": None, "errors": [{"code": "IN_USE", "path": ["id"], "usedBy": by}]}


async def test_the_site_is_changed_a_rule_at_a_time(desk: Desk) -> None:
    """What is left out stays, of the house rules too."""
    admin = desk.people["admin"]
    shown = f"site {{ name description locales commentPolicy {{ open maxLength requiredFields }} }} {_ERRORS}"
    first = await desk.do(
        admin,
        'updateSite(input: {name: "The Beacon", description: "Light.", locales: ["en", "de", "fr"], '
        "commentPolicy: {maxLength: 300, requiredFields: [NAME, EMAIL]}})",
        shown,
    )
    second = await desk.do(
        admin, "updateSite(input: {expectedVersion: 2, description: null, commentPolicy: {open: false}})", shown
    )
    late = await desk.do(admin, 'updateSite(input: {expectedVersion: 2, name: "Late"})', _ERRORS)

    rules = {"open": True, "maxLength": 300, "requiredFields": ["NAME", "EMAIL"]}
    assert first["site"] == {
        "name": "The Beacon",
        "description": "Light.",
        "locales": ["en", "de", "fr"],
        "commentPolicy": rules,
    }
    assert second["site"] == {**first["site"], "description": None, "commentPolicy": {**rules, "open": False}}
    assert late["errors"] == [
        {"__typename": "VersionConflict", "code": "VERSION_CONFLICT", "path": ["expectedVersion"]}
    ]


async def test_redirects_are_made_and_deleted(desk: Desk) -> None:
    """By those who look after the site."""
    admin = desk.people["admin"]
    made = await desk.do(
        admin,
        'createRedirect(input: {from: "/old", to: "/new", permanent: false})',
        f"redirect {{ id from to permanent automatic }} effects {{ events {{ event count }} }} {_ERRORS}",
    )
    key = made["redirect"]["id"]
    assert made["redirect"] == {"id": key, "from": "/old", "to": "/new", "permanent": False, "automatic": False}
    assert made["effects"]["events"] == [{"event": "REDIRECT_CHANGED", "count": 1}]
    assert await _route(desk, "/old") == {"__typename": "Redirect", "to": "/new"}

    loop = await desk.do(admin, 'createRedirect(input: {from: "/new", to: "/old"})', f"redirect {{ id }} {_ERRORS}")
    assert loop == {"redirect": None, "errors": [{"__typename": "InputError", "code": "INVALID", "path": ["to"]}]}

    gone = await desk.do(admin, f'deleteRedirect(id: "{key}")', f"deletedId {_ERRORS}")
    assert gone == {"deletedId": key, "errors": []}
    assert await _route(desk, "/old") is None
