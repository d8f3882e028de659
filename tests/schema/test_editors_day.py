"""An editor's day, as a frontend lives through it: over HTTP, with nothing but GraphQL."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from cms.accounts.models import Role
from cms.kernel.clock import now, to_text
from cms.kernel.database import Database
from tests.articles.world import found
from tests.schema.days import Person, hire
from tests.serving import asking, fill, post, running, settings_for

pytestmark = pytest.mark.asyncio


async def _hire(database: Database) -> None:
    await found(database)
    await hire(database, edda=Role.EDITOR, wim=Role.WRITER, ada=Role.ADMIN)


@pytest_asyncio.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A running application in which an editor, a writer and an administrator work."""
    await fill(database_url, _hire)
    async with running(settings_for(database_url, tmp_path)) as opened:
        yield opened


async def test_an_editors_day(client: httpx2.AsyncClient) -> None:  # noqa: PLR0915 - a day is one story
    """Else one of the steps between a blank page and a corrected article cannot be taken by a frontend."""
    reader, edda, wim, ada = (Person(client) for _ in range(4))
    for person, name in ((edda, "edda"), (wim, "wim"), (ada, "ada")):
        await person.sign_in(name)

    # The house has a topic, an author to sign with, and a disclaimer for everything.
    topic = (await edda.do('createTopic(input: {name: "Boats"})', "topic { id } errors { message }"))["topic"]["id"]
    author = (await edda.do('createAuthor(input: {name: "Wim Vos"})', "author { id } errors { message }"))["author"]
    disclaimer = (
        await edda.do(
            'createDisclaimer(input: {title: "Views", scope: EVERY_ARTICLE, body: {markdown: "Views are the '
            "author's.\"}})",
            "disclaimer { id version current { id number } } errors { message }",
        )
    )["disclaimer"]

    # Wim writes, and saves twice; saving the same again changes nothing.
    written = await wim.do(
        f'createArticle(input: {{title: "Low water", body: {{markdown: "At *six*."}}, topicIds: ["{topic}"], '
        f'contributors: [{{authorId: "{author["id"]}"}}]}})'
    )
    article = written["article"]["id"]
    assert written["article"]["status"] == "DRAFT"
    assert "PUBLISH" not in written["article"]["viewerCan"]
    saved = await wim.do(f'updateArticle(input: {{id: "{article}", expectedVersion: 1, standfirst: "Mud."}})')
    assert saved["article"]["version"] == 2
    same = await wim.do(f'updateArticle(input: {{id: "{article}", expectedVersion: 2, standfirst: "Mud."}})')
    assert (same["article"]["version"], same["effects"]["events"]) == (2, [])

    # Edda has touched it meanwhile: Wim is shown what she changed, and saves on top of it.
    await edda.do(f'updateArticle(input: {{id: "{article}", expectedVersion: 2, title: "Low water at six"}})')
    stale = await wim.try_(f'updateArticle(input: {{id: "{article}", expectedVersion: 2, standfirst: "Much mud."}})')
    assert stale[0]["__typename"] == "VersionConflict"
    assert stale[0]["theirs"] == [{"field": "title", "before": "Low water", "after": "Low water at six"}]
    version = stale[0]["currentVersion"]
    merged = await wim.do(
        f'updateArticle(input: {{id: "{article}", expectedVersion: {version}, standfirst: "Much mud."}})'
    )
    assert merged["article"]["title"] == "Low water at six"

    # He submits; she returns it with a word; he mends it and submits again. He cannot publish it himself.
    version = merged["article"]["version"]
    await wim.do(f'submitArticle(id: "{article}", expectedVersion: {version}, note: "Please read.")')
    returned = await edda.do(f'returnArticle(id: "{article}", expectedVersion: {version + 1}, note: "Say which.")')
    version = returned["article"]["version"]
    mended = await wim.do(
        f'updateArticle(input: {{id: "{article}", expectedVersion: {version}, body: {{markdown: "At six."}}}})'
    )
    version = mended["article"]["version"]
    refused = await wim.try_(f'publishArticle(id: "{article}", expectedVersion: {version})')
    assert [error["code"] for error in refused] == ["NOT_ALLOWED"]
    submitted = await wim.do(f'submitArticle(id: "{article}", expectedVersion: {version})')
    version = submitted["article"]["version"]

    # She looks at the review, and at what the checks say.
    seen = await edda.ask(
        f'{{ article(by: {{id: "{article}"}}, perspective: DRAFT) {{ review {{ revision {{ number }} '
        "submittedBy { name } } checks { rule severity } } }"
    )
    assert seen["article"]["review"]["submittedBy"] == {"name": "Wim"}
    assert "ERROR" not in [check["severity"] for check in seen["article"]["checks"]]

    # She schedules it, and shows a friend what will come out. Readers see nothing yet.
    tomorrow = to_text(now() + timedelta(days=1))
    planned = await edda.do(f'scheduleArticle(id: "{article}", expectedVersion: {version}, publishAt: "{tomorrow}")')
    assert planned["article"]["status"] == "SCHEDULED"
    link = await edda.do(f'createPreviewLink(articleId: "{article}")', "token url expiresAt errors { message }")
    friend = Person(client, link["token"])
    page = f'{{ article(by: {{id: "{article}"}}) {{ title disclaimers {{ title number }} body {{ text }} }} }}'
    assert (await friend.ask(page))["article"]["title"] == "Low water at six"
    assert (await reader.ask(page))["article"] is None

    # It cannot wait: she publishes now. The disclaimer has attached itself.
    version = planned["article"]["version"]
    out = await edda.do(f'publishArticle(id: "{article}", expectedVersion: {version})')
    assert out["article"]["status"] == "PUBLISHED"
    shown = (await reader.ask(page))["article"]
    assert shown["disclaimers"] == [{"title": "Views", "number": 1}]
    assert shown["body"]["text"] == "At six."

    # The lawyers want other words, under every article. Her own view of the past stays.
    before = to_text(now())
    revised = await edda.do(
        f'reviseDisclaimer(input: {{id: "{disclaimer["id"]}", expectedVersion: {disclaimer["version"]}, '
        'body: {markdown: "Views are their own."}, applies: EVERY_COVERED_ARTICLE})',
        "disclaimer { current { number } } errors { message } effects { events { event count } }",
    )
    assert revised["disclaimer"]["current"]["number"] == 2
    assert (await reader.ask(page))["article"]["disclaimers"] == [{"title": "Views", "number": 2}]

    # A correction, under another address: readers see it once it is published, and the old address leads on.
    now_ = await edda.ask(f'{{ article(by: {{id: "{article}"}}, perspective: DRAFT) {{ version path }} }}')
    corrected = await edda.do(
        f'updateArticle(input: {{id: "{article}", expectedVersion: {now_["article"]["version"]}, slug: "mud", '
        'title: "Mud at six", note: "The title"})'
    )
    assert corrected["article"]["hasUnpublishedChanges"] is True
    assert (await reader.ask(page))["article"]["title"] == "Low water at six"
    out = await edda.do(f'publishArticle(id: "{article}", expectedVersion: {corrected["article"]["version"]})')
    old = now_["article"]["path"]
    assert out["effects"]["redirects"] == [{"from": old, "to": "/articles/mud"}]
    led = await reader.ask(f'{{ route(path: "{old}") {{ __typename ... on Redirect {{ to permanent }} }} }}')
    assert led["route"] == {"__typename": "Redirect", "to": "/articles/mud", "permanent": True}

    # Taken back; the first words restored as a draft, which publishes nothing.
    await edda.do(f'unpublishArticle(id: "{article}")')
    assert (await reader.ask(page))["article"] is None
    history = await edda.ask(
        f'{{ article(by: {{id: "{article}"}}, perspective: DRAFT) {{ version revisions {{ nodes {{ id number title '
        f'createdBy {{ name }} note }} }} asPublished(at: "{before}") {{ title disclaimers {{ number }} }} }} }}'
    )
    revisions = history["article"]["revisions"]["nodes"]
    assert [one["createdBy"]["name"] for one in reversed(revisions)] == ["Wim", "Wim", "Edda", "Wim", "Wim", "Edda"]
    assert history["article"]["asPublished"] == {"title": "Low water at six", "disclaimers": [{"number": 1}]}
    restored = await edda.do(
        f'restoreRevision(id: "{revisions[-1]["id"]}", expectedVersion: {history["article"]["version"]})'
    )
    assert (restored["article"]["title"], restored["article"]["status"]) == ("Low water", "UNPUBLISHED")

    # Who did what, for those who run the house; and then she goes home.
    log = await ada.ask(f'{{ auditLog(nodeId: "{article}", first: 100) {{ nodes {{ action actor }} }} }}')
    actions = [entry["action"] for entry in reversed(log["auditLog"]["nodes"])]
    assert actions[:6] == [
        "ARTICLE_CREATED",
        "ARTICLE_UPDATED",
        "ARTICLE_UPDATED",
        "ARTICLE_UPDATED",
        "ARTICLE_SUBMITTED",
        "ARTICLE_RETURNED",
    ]
    assert actions.count("ARTICLE_PUBLISHED") == 2
    await edda.do("signOut", "errors { message }")
    gone = await post(client, asking("{ viewer { scopes } }"), authorization=f"Bearer {edda.token}")
    assert gone.status_code == 401
