"""Finding one thing by what names it: an id, a slug with its language, a path under the site's templates."""

from typing import Any

import pytest

from cms.kernel.database import Database
from cms.kernel.ids import NodeType
from cms.site.models import Site
from tests.reading.asking import Asker, Refusal
from tests.reading.rows import NOW, Written, article, gid, publish
from tests.reading.world import BY

pytestmark = pytest.mark.asyncio

_ARTICLE = "query($path: String!) { article(by: {path: $path}) { slug locale path } }"


async def _found(ask: Asker, path: str) -> str | None:
    answer = (await ask(_ARTICLE, path=path))["article"]
    return None if answer is None else f"{answer['locale']}:{answer['slug']}:{answer['path'] == path}"


async def test_paths_follow_the_sites_template(ask: Asker) -> None:
    """The language is part of the address, and a slug in another language is another address."""
    assert await _found(ask, "/en/articles/tide") == "en:tide:True"
    assert await _found(ask, "/de/articles/faehre") == "de:faehre:True"
    wrong = [
        "/en/articles/faehre",
        "/de/articles/tide",
        "/articles/tide",
        "/en/articles/tide/",
        "en/articles/tide",
        "//en/articles/tide",
        "/en/articles/TIDE",
        "/en/articles/tide?x=1",
        "/en/articles/",
        "/",
        "",
        "tide",
        "/en/articles/" + "x/" * 500,
        "%",
        "/{locale}/articles/{slug}",
    ]
    assert [await _found(ask, path) for path in wrong] == [None] * len(wrong)


async def test_authors_and_topics_have_templates_of_their_own(ask: Asker) -> None:
    """A path of one is no path of the other."""
    text = "query($path: String!) { author(by: {path: $path}) { slug } topic(by: {path: $path}) { slug } }"
    assert await ask(text, path="/people/wren") == {"author": {"slug": "wren"}, "topic": None}
    assert await ask(text, path="/topics/boats") == {"author": None, "topic": {"slug": "boats"}}
    assert await ask(text, path="/people/gone") == {"author": None, "topic": None}


@pytest.mark.parametrize(
    ("template", "path"),
    [("/{slug}", "/tide"), ("/{slug}/{locale}", "/tide/en"), ("/a/{locale}/b/{slug}/c", "/a/en/b/tide/c")],
)
async def test_any_template_finds_what_it_addresses(
    changing: Database, ask_changing: Asker, template: str, path: str
) -> None:
    """The slug may stand anywhere in it."""
    assert changing.connection is not None
    await Site.all().update(article_path=template)
    assert await _found(ask_changing, path) == "en:tide:True"
    assert await _found(ask_changing, "/en/articles/tide") is None


async def test_a_slug_of_another_script_is_found_by_its_path(changing: Database, ask_changing: Asker) -> None:
    """As the API gives it, which is what a client has."""
    assert changing.connection is not None
    await article("fähre-über-bord", Written("Fähre", authors=[("wren", BY)]), locale="de")
    await publish("fähre-über-bord", 1, NOW)
    assert await _found(ask_changing, "/de/articles/fähre-über-bord") == "de:fähre-über-bord:True"


async def test_a_slug_goes_with_a_language(changing: Database, ask_changing: Asker) -> None:
    """The site's default when none is named; the same slug in two languages is two articles."""
    assert changing.connection is not None
    await article("tide-de", Written("Gezeiten", authors=[("asa", BY)], columns={"slug": "tide"}), locale="de")
    await publish("tide-de", 1, NOW)
    text = """query($locale: String) { article(by: {slug: "tide"}, locale: $locale) { title } }"""

    titles = [(await ask_changing(text, locale=locale))["article"] for locale in (None, "en", "de", "fr")]
    assert titles == [{"title": "Tide tables"}, {"title": "Tide tables"}, {"title": "Gezeiten"}, None]
    assert (await ask_changing('{ article(by: {slug: "tide"}) { title } }')) == {"article": {"title": "Tide tables"}}


async def test_an_old_slug_is_the_address_while_it_is_what_readers_see(changing: Database, ask_changing: Asker) -> None:
    """A draft's new slug becomes the address when it is published, not before."""
    assert changing.connection is not None
    first, second = Written("One", columns={"slug": "one"}), Written("Two", columns={"slug": "two"})
    await article("moving", first, second)
    await publish("moving", 1, NOW)
    assert await _found(ask_changing, "/en/articles/one") == "en:one:True"
    assert await _found(ask_changing, "/en/articles/two") is None


_BY_NOTHING = ["{}", "{slug: null}", '{slug: "tide", path: "/x"}', '{slug: "tide", id: null}']


@pytest.mark.parametrize("by", _BY_NOTHING)
async def test_exactly_one_thing_finds(ask: Asker, by: str) -> None:
    """Validation says so, before anything else looks at the document."""
    with pytest.raises(Refusal) as refused:
        await ask(f"{{ article(by: {by}) {{ id }} }}")
    assert set(refused.value.codes) == {"GRAPHQL_VALIDATION_FAILED"}
    assert ask.runner.sent == []


@pytest.mark.parametrize("given", [{}, {"slug": None}, {"slug": "tide", "path": "/x"}])
async def test_exactly_one_thing_finds_by_a_variable(ask: Asker, given: dict[str, Any]) -> None:
    """Which validation cannot see."""
    with pytest.raises(Refusal) as refused:
        await ask("query($by: ArticleBy!) { article(by: $by) { id } }", by=given)
    assert refused.value.codes == ["BAD_USER_INPUT"]
    assert (await ask("query($by: ArticleBy!) { article(by: $by) { slug } }", by={"slug": "tide"})) == {
        "article": {"slug": "tide"}
    }


@pytest.mark.parametrize("given", [{}, {"slug": None}])
async def test_a_variable_inside_that_is_absent_or_null_is_refused(ask: Asker, given: dict[str, Any]) -> None:
    """It must not become "any article"."""
    with pytest.raises(Refusal) as refused:
        await ask("query($slug: String) { article(by: {slug: $slug}) { id } }", **given)
    assert refused.value.codes == ["BAD_USER_INPUT"]
    assert ask.runner.sent == []


async def test_ids_find_their_own_type_only(ask: Asker) -> None:
    """The same key under another type is another thing."""
    tide = gid(NodeType.ARTICLE, "tide")
    text = "query($id: ID!) { article(by: {id: $id}) { slug } author(by: {id: $id}) { slug } comment(id: $id) { id } }"
    assert await ask(text, id=tide) == {"article": {"slug": "tide"}, "author": None, "comment": None}
    for wrong in (tide.replace("art_", "aut_"), tide.upper(), tide + " ", tide[4:]):
        assert await ask(text, id=wrong) == {"article": None, "author": None, "comment": None}


async def test_one_compiled_operation_serves_ids_of_every_type(ask: Asker) -> None:
    """The type of an id is part of what was compiled: the next id may be of another."""
    text = "query($id: ID!) { node(id: $id) { __typename } }"
    names = {
        NodeType.ARTICLE: "tide",
        NodeType.AUTHOR: "wren",
        NodeType.TOPIC: "sea",
        NodeType.COMMENT: "c0",
        NodeType.MEDIA: "cover",
        NodeType.SITE: "site",
    }
    found = [(await ask(text, id=gid(node_type, name)))["node"]["__typename"] for node_type, name in names.items()]
    assert found == ["Article", "Author", "Topic", "Comment", "Media", "Site"]
    assert (await ask(text, id="art_x")) == {"node": None}
