"""Who holds a preview link reads one article's head, and nothing else that is not public."""

import re
from typing import Any

import pytest

from cms.articles.models import Article, ArticleRevision
from cms.comments.models import Comment
from cms.kernel.database import Database
from cms.kernel.ids import NodeType
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Viewer
from schema.schema import MastheadSchema
from tests.reading.asking import Asker, Refusal
from tests.reading.everything import Everything
from tests.reading.pools import HIDDEN, NOWHERE, PUBLIC, ids_of
from tests.reading.rows import CANARY, gid, key

pytestmark = pytest.mark.asyncio

_SCHEMA = MastheadSchema()._schema
_LISTED = ", ".join(f'"{one}"' for one in [*ids_of(PUBLIC), *ids_of(HIDDEN), *NOWHERE])
_ARTICLES = "{articles(perspective: DRAFT, first: 100) {totalCount nodes {id title}}}"
_TITLE = "query ($id: ID!, $how: Perspective) {article(by: {id: $id}, perspective: $how) {id title}}"


def holder_of(name: str) -> Viewer:
    """Whoever holds a preview link of an article."""
    return Viewer(actor="preview:somebody", preview_of=key("art", name))


def roots(name: str) -> dict[str, str]:
    """Every way to what is not public yet, each as a holder may write it."""
    return {
        "articles": "(first: 100, perspective: DRAFT)",
        "nodes": f"(ids: [{_LISTED}], perspective: DRAFT)",
        "article": f'(by: {{id: "{gid(NodeType.ARTICLE, name)}"}}, perspective: DRAFT)',
        "author": '(by: {slug: "wren"}, perspective: DRAFT)',
        "topic": '(by: {slug: "boats"}, perspective: DRAFT)',
        "comments": "(first: 100)",
        "disclaimers": "",
        "viewer": "",
        "route": f'(path: "/en/articles/{CANARY.lower()}-{name}", perspective: DRAFT)',
    }


def canaries(answer: Any) -> set[str]:  # noqa: ANN401 - an answer of any shape
    """What is said of hidden things, by the word that tells them apart."""
    return set(re.findall(rf"{CANARY}[ -]?([\w.]*)", repr(answer)))


@pytest.mark.parametrize("depth", [1, 2])
async def test_nothing_else_that_is_hidden_is_shown(ask: Asker, depth: int) -> None:
    """A link to one draft, given to a source for checking, would open the whole newsroom."""
    holder, shown = holder_of("draft"), set[str]()
    for name, arguments in roots("draft").items():
        for document in Everything(_SCHEMA, holder).documents({name: arguments}, depth):
            shown |= canaries(await ask(document, viewer=holder))

    # Its own title and slug, its text, its picture, and the address that it had before.
    assert shown == {"draft", "text", "alt", "was"}


async def test_the_article_is_shown_in_the_draft_perspective_alone(ask: Asker) -> None:
    """What readers see is not changed by who holds a link."""
    holder, draft = holder_of("draft"), gid(NodeType.ARTICLE, "draft")

    listed = await ask(_ARTICLES, viewer=holder)
    shown = [await ask(_TITLE, viewer=holder, id=draft, how=one) for one in ("DRAFT", "PUBLISHED")]

    assert listed == {"articles": {"totalCount": 1, "nodes": [{"id": draft, "title": f"{CANARY} draft"}]}}
    assert shown == [{"article": {"id": draft, "title": f"{CANARY} draft"}}, {"article": None}]


async def test_a_link_shows_its_own_article(ask: Asker) -> None:
    """A plan that was compiled for one holder, with the article in its text, would show it to every other."""
    tide, draft = gid(NodeType.ARTICLE, "tide"), gid(NodeType.ARTICLE, "draft")
    asked = [("draft", draft), ("scheduled", draft), ("scheduled", gid(NodeType.ARTICLE, "scheduled")), ("draft", tide)]

    found = [await ask(_TITLE, viewer=holder_of(whose), id=id_, how="DRAFT") for whose, id_ in asked]

    assert [each["article"] and each["article"]["title"] for each in found] == [
        f"{CANARY} draft",
        None,
        f"{CANARY} scheduled",
        None,  # public, but its head says more than readers are shown
    ]


async def test_what_was_compiled_for_readers_is_not_what_holders_get(ask: Asker) -> None:
    """Both hold no scope at all: plans that are kept by scopes would be mixed up."""
    for _ in range(2):
        with pytest.raises(Refusal) as refused:
            await ask(_ARTICLES, viewer=ANONYMOUS)
        assert refused.value.codes == ["FORBIDDEN"]
        assert (await ask(_ARTICLES, viewer=holder_of("draft")))["articles"]["totalCount"] == 1
        assert (await ask(_ARTICLES, viewer=SYSTEM))["articles"]["totalCount"] > 1


@pytest.mark.parametrize(
    "field", ["hasUnpublishedChanges", "head {id}", "revisions {totalCount}", "checks {rule}", "review {note}"]
)
async def test_what_needs_the_scope_stays_refused(ask: Asker, field: str) -> None:
    """Notes to colleagues and texts that were thrown away stand in the history."""
    query = f"query ($id: ID!) {{article(by: {{id: $id}}, perspective: DRAFT) {{{field}}}}}"

    with pytest.raises(Refusal) as refused:
        await ask(query, viewer=holder_of("draft"), id=gid(NodeType.ARTICLE, "draft"))

    assert refused.value.codes == ["FORBIDDEN"]


async def test_a_holder_may_do_nothing(ask: Asker) -> None:
    """A link is for looking."""
    query = "query ($id: ID!) {article(by: {id: $id}, perspective: DRAFT) {viewerCan} viewer {scopes user {id}}}"

    answer = await ask(query, viewer=holder_of("draft"), id=gid(NodeType.ARTICLE, "draft"))

    assert answer == {"article": {"viewerCan": []}, "viewer": {"scopes": [], "user": None}}


async def test_the_head_is_shown_as_it_is_now(changing: Database, ask_changing: Asker) -> None:
    """A link that shows what was saved when it was made shows the mistakes that were mended since."""
    article = await Article.get(id=key("art", "draft"))
    await ArticleRevision.filter(id=article.head_id).update(title="Mended")

    answer = await ask_changing(_TITLE, viewer=holder_of("draft"), id=gid(NodeType.ARTICLE, "draft"), how="DRAFT")
    await Article.filter(id=article.id).update(deleted_at=article.created_at)
    gone = await ask_changing(_TITLE, viewer=holder_of("draft"), id=gid(NodeType.ARTICLE, "draft"), how="DRAFT")

    assert changing.dialect
    assert (answer["article"]["title"], gone["article"]) == ("Mended", None)


async def test_comments_under_what_was_taken_down_are_not_shown(ask_changing: Asker) -> None:
    """They were public once, and are not now; a link shows the article, not the conversation."""
    moved = await Comment.get(id=key("com", "c0"))
    await Comment.filter(article_id=moved.article_id).update(article_id=key("art", "unpublished"))
    query = "query ($id: ID!) {article(by: {id: $id}, perspective: DRAFT) {comments {totalCount nodes {id}}}}"
    asked = gid(NodeType.ARTICLE, "unpublished")

    holder = await ask_changing(query, viewer=holder_of("unpublished"), id=asked)
    editor = await ask_changing(query, viewer=SYSTEM, id=asked)

    assert holder["article"]["comments"] == {"totalCount": 0, "nodes": []}
    assert editor["article"]["comments"]["totalCount"] > 0
