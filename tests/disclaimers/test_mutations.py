"""Disclaimers and policies as editors change them over GraphQL."""

from typing import Any

import pytest

from cms.disclaimers.models import DisclaimerVersion
from cms.kernel.ids import GlobalId, NodeType, new_id
from tests.articles.world import a_disclaimer, a_public_article, a_topic, an_author, every_row, pinned, signed
from tests.schema.desk import Desk
from tests.schema.verbs import literal


def named(version: DisclaimerVersion) -> str:
    """The id of the disclaimer that this is a version of, as a document writes it."""
    return literal(str(GlobalId(NodeType.DISCLAIMER, version.disclaimer_id)))


pytestmark = pytest.mark.asyncio

_ERRORS = "errors { __typename message code path }"
_SHOWN = """disclaimer { id slug version scope placement topics { slug } authors { slug } retiredAt
  current { number title body { text } } versions { nodes { number } } } """


async def do(desk: Desk, field: str, shows: str = _SHOWN, by: str = "editor") -> Any:  # noqa: ANN401 - JSON
    """The payload of a mutation."""
    return await desk.do(desk.people[by], field, f"{shows} {_ERRORS}")


async def fails(desk: Desk, field: str, by: str = "editor") -> list[tuple[str, list[str] | None]]:
    """Code and path of each error of a mutation, which changes nothing."""
    before = await every_row(desk.database)
    payload = await desk.do(desk.people[by], field, _ERRORS)
    assert await every_row(desk.database) == before
    return [(error["code"], error["path"]) for error in payload["errors"]]


async def test_the_life_of_a_disclaimer(desk: Desk) -> None:
    """Written, aimed elsewhere, revised, applied, retired: each answer shows it as it is then."""
    boats, wren = await a_topic(desk.database), await an_author(desk.database)
    body = 'body: {markdown: "Mind the *tide*."}'

    made = await do(
        desk,
        f'createDisclaimer(input: {{title: "Tides", {body}, scope: TOPIC, topicIds: ["top_{boats}"]}})',
    )
    assert made["errors"] == []
    disclaimer = made["disclaimer"]
    assert {name: disclaimer[name] for name in disclaimer if name != "id"} == {
        "slug": "tides",
        "version": 1,
        "scope": "TOPIC",
        "placement": "AFTER_BODY",
        "topics": [{"slug": "boats"}],
        "authors": [],
        "retiredAt": None,
        "current": {"number": 1, "title": "Tides", "body": {"text": "Mind the tide."}},
        "versions": {"nodes": [{"number": 1}]},
    }
    which = f'id: "{disclaimer["id"]}"'
    article = await a_public_article(desk.database, topic_ids=(boats,), contributors=signed(wren))

    aimed = await do(
        desk,
        f"updateDisclaimer(input: {{{which}, expectedVersion: 1, placement: BEFORE_BODY, scope: AUTHOR, "
        f'authorIds: ["aut_{wren}"]}})',
    )
    assert (aimed["errors"], aimed["disclaimer"]["version"]) == ([], 2)
    assert [aimed["disclaimer"][name] for name in ("placement", "scope", "topics", "authors")] == [
        "BEFORE_BODY",
        "AUTHOR",
        [],
        [{"slug": "wren-ashdown"}],
    ]

    revised = await do(desk, f'reviseDisclaimer(input: {{{which}, expectedVersion: 2, body: {{markdown: "Anew."}}}})')
    assert (revised["disclaimer"]["version"], revised["disclaimer"]["current"]) == (
        3,
        {"number": 2, "title": "Tides", "body": {"text": "Anew."}},
    )
    assert await pinned(article) == [("Tides", 1)]

    version = f'versionId: "dvn_{(await DisclaimerVersion.get(number=2)).id}"'
    applied = await do(
        desk, f'applyDisclaimerVersion(input: {{{version}, articleIds: ["art_{article.id}"]}})', "movedCount"
    )
    again = await do(desk, f"applyDisclaimerVersion(input: {{{version}}})", "movedCount")
    assert [applied, again] == [{"movedCount": 1, "errors": []}, {"movedCount": 0, "errors": []}]
    assert await pinned(article) == [("Tides", 2)]

    retired = await do(desk, f"retireDisclaimer({which})")
    assert retired["disclaimer"]["retiredAt"] is not None
    assert await fails(desk, f"retireDisclaimer({which})") == [("STATE_CONFLICT", ["id"])]


async def test_a_version_reaches_every_covered_article_when_told_to(desk: Desk) -> None:
    """One word in the input decides what stands under a thousand pages."""
    version = await a_disclaimer(desk.database)
    article = await a_public_article(desk.database)
    applies = 'title: "Mind it", body: {html: "<p>Well.</p>"}, applies: EVERY_COVERED_ARTICLE'

    payload = await do(
        desk,
        f"reviseDisclaimer(input: {{id: {named(version)}, expectedVersion: 1, {applies}}})",
        "disclaimer { current { title articles { nodes { id } } } } effects { events { event count } cacheTags }",
    )

    assert payload["disclaimer"]["current"] == {
        "title": "Mind it",
        "articles": {"nodes": [{"id": f"art_{article.id}"}]},
    }
    assert payload["effects"] == {
        "events": [{"event": "DISCLAIMER_REVISED", "count": 1}, {"event": "ARTICLE_UPDATED", "count": 1}],
        "cacheTags": [f"dis_{version.disclaimer_id}", f"art_{article.id}"],
    }


async def test_mistakes_are_told_where_they_are(desk: Desk) -> None:
    """A form with ten fields and no word on which of them is wrong."""
    version, boats = await a_disclaimer(desk.database), await a_topic(desk.database)
    text, which = 'title: "A", body: {markdown: "B."}', f"id: {named(version)}"
    nobody = new_id()

    assert [
        await fails(desk, field)
        for field in (
            'createDisclaimer(input: {title: "A", body: {markdown: " "}, scope: EVERY_ARTICLE})',
            f'createDisclaimer(input: {{{text}, scope: TOPIC, topicIds: ["top_{boats}", "aut_{nobody}"]}})',
            f'createDisclaimer(input: {{{text}, scope: EVERY_ARTICLE, slug: "mind-the-tide"}})',
            f"updateDisclaimer(input: {{{which}, expectedVersion: 1, scope: AUTHOR}})",
            f"updateDisclaimer(input: {{{which}, expectedVersion: 1, topicIds: []}})",
            f'updateDisclaimer(input: {{id: "dis_{nobody}", expectedVersion: 1}})',
            f'applyDisclaimerVersion(input: {{versionId: "dvn_{version.id}", articleIds: ["art_{nobody}"]}})',
            f'applyDisclaimerVersion(input: {{versionId: "dis_{version.disclaimer_id}"}})',
        )
    ] == [
        [("REQUIRED", ["body"])],
        [("NOT_FOUND", ["topicIds", "1"])],
        [("ALREADY_EXISTS", ["slug"])],
        [("REQUIRED", ["authorIds"])],
        [],
        [("NOT_FOUND", ["id"])],
        [("NOT_FOUND", ["articleIds", "0"])],
        [("NOT_FOUND", ["versionId"])],
    ]
    nothing = 'revisePolicy(input: {kind: TERMS, title: "A", body: {markdown: " "}, acceptanceText: "Yes."})'
    assert await fails(desk, nothing, by="admin") == [("REQUIRED", ["body"])]


async def test_whoever_comes_late_is_told_what_changed(desk: Desk) -> None:
    """The second of two editors would aim a text that is no longer the one they read."""
    version = await a_disclaimer(desk.database)
    which = f"input: {{id: {named(version)}, expectedVersion: 1"
    await do(desk, f'reviseDisclaimer({which}, body: {{markdown: "Anew."}}, title: "Mind it"}})')

    conflict = (
        "errors { ... on VersionConflict { currentVersion theirs { field before after } "
        "current { ... on Disclaimer { current { title } } } } }"
    )
    payload = await desk.do(desk.people["editor"], f"updateDisclaimer({which}, placement: BEFORE_BODY}})", conflict)

    (error,) = payload["errors"]
    assert (error["currentVersion"], error["current"]) == (2, {"current": {"title": "Mind it"}})
    told = {each["field"]: [each["before"], each["after"]] for each in error["theirs"]}
    assert told.pop("effectiveFrom") is not None
    assert told == {"title": ["Mind the tide", "Mind it"], "body": ["Mind the tide.\n", "Anew.\n"]}


async def test_policies_are_for_those_who_answer_for_the_site(desk: Desk) -> None:
    """An editor could bind the publisher to anything."""
    field = (
        'revisePolicy(input: {kind: PRIVACY, title: "Privacy", body: {markdown: "We forget."}, acceptanceText: "OK."})'
    )
    assert await fails(desk, field) == [("NOT_ALLOWED", None)]

    payload = await do(desk, field, "policy { kind number title acceptanceText body { text } digest }", by="admin")

    digest = payload["policy"].pop("digest")
    assert payload["policy"] == {
        "kind": "PRIVACY",
        "number": 1,
        "title": "Privacy",
        "acceptanceText": "OK.",
        "body": {"text": "We forget."},
    }
    assert digest.startswith("sha256:")
