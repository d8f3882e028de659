"""A bundle brought into a site that has content: what is new comes in, what is here stays, and what differs is told.

The one thing to know: what is expected is told in the lines of bundles, which both databases write alike.
"""

import http.client
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from bench.crash.processes import Server, faults_in, served
from cms.accounts.models import Role
from cms.accounts.users import UserDraft, create_user
from cms.articles.actions import (
    create_article,
    delete_article,
    publish_article,
    schedule_article,
    update_article,
)
from cms.articles.drafts import ArticleChange
from cms.articles.models import Article
from cms.articles.planned import announce_due
from cms.articles.trash import empty_trash
from cms.authors.actions import AuthorDraft, create_author
from cms.authors.models import Author
from cms.comments.actions import moderate_comments, post_comment
from cms.comments.clearing import clear_comments
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.models import Comment, CommentStatus, FlagReason, ModerationAction, Reaction
from cms.comments.privacy import erase_personal_data
from cms.comments.responding import flag_comment, react_to_comment
from cms.disclaimers.models import PolicyKind, PolicyVersion
from cms.kernel import clock
from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.models import Event
from cms.kernel.secrecy import use_secret
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Viewer
from cms.media.actions import MediaDraft, register_media
from cms.media.texts import RichTextInput
from cms.site.models import Redirect
from cms.site.redirects import RedirectDraft, create_redirect
from cms.topics.actions import TopicChange, TopicDraft, create_topic, delete_topic, update_topic
from cms.topics.models import Topic
from cms.transfer.bundle import import_bundle
from cms.transfer.bundle.tables import BY_NAME, KEPT
from cms.transfer.importing import Report
from tests.articles.world import NOON, a_draft, a_public_article, signed
from tests.articles.world import found as found_a_site
from tests.comments.post_office import PostOffice
from tests.seed.sample import SECRET, Sample
from tests.serving import asking
from tests.transfer.backups import files_below, found_in, rows_in, within
from tests.transfer.bundles import (
    Place,
    Tables,
    bring_in,
    copied,
    counts_of,
    lines_in,
    revise_terms,
    rows_of,
    take_out,
    temporary_tables,
    without_counts,
)

FRONT, GONE = "the-long-way-home", "the-hour-before-sleep"
ROOT = Path(__file__).parents[2]
WREN = Guest("Wren", "wren.reed@mail.example.com")


@pytest.fixture(autouse=True)
def _secret() -> None:
    use_secret(SECRET)


@pytest.fixture
def site(sample: Sample) -> Sample:
    """A site that no test here changes."""
    return sample


@pytest.fixture
def twins(site: Sample, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Place, Place]]:
    """Two sites that were one until now."""
    one = Place(site.database_url, site.media_store.parent)
    with ExitStack() as stack:
        yield (
            stack.enter_context(copied(one, tmp_path / "here", request)),
            stack.enter_context(copied(one, tmp_path / "there", request)),
        )


def test_what_is_new_comes_in_beside_what_is_here(site: Sample, database_url: str, tmp_path: Path) -> None:
    """Somebody joins two magazines, and one of them loses a page, or readers of the other never see its comments."""
    here = Place(database_url, tmp_path)
    file = tmp_path / "theirs.zip"
    take_out(site.database_url, site.media_store, file)
    within(here.url, _own_content)
    before = rows_in(here.url)

    async def rehearse(database: Database) -> tuple[Report, list[str]]:
        """Twice, as whoever keeps a connection does."""
        first = await import_bundle(database, SYSTEM, file, here.media, dry_run=True)
        assert await import_bundle(database, SYSTEM, file, here.media, dry_run=True) == first
        return first, await temporary_tables(database)

    async def bring(database: Database) -> tuple[Report, list[str]]:
        report = await import_bundle(database, SYSTEM, file, here.media)
        return report, await temporary_tables(database)

    rehearsed, left = within(here.url, rehearse)
    assert left == []
    assert rows_in(here.url) == before
    assert not here.media.exists()
    report, left = within(here.url, bring)
    assert left == []

    assert report == rehearsed
    # In one order on both databases.
    assert list(counts_of(report).items()) == [
        ("media", {"created": 6}),
        ("authors", {"created": 8}),
        ("topics", {"created": 9}),
        ("disclaimers", {"created": 4}),
        ("policies", {"created": 4}),
        ("articles", {"created": 18}),
        ("comments", {"created": 37}),
        ("site", {"skipped": 1}),
    ]
    assert report.refusals == ()
    assert report.notes == (
        "The settings of the site stay as they are here.",
        "Passwords, API tokens and webhooks are not in the bundle: people ask for a new password.",
    )
    after = rows_in(here.url)
    assert [table for table in before if not set(before[table]) <= set(after[table])] == []
    theirs, ours = lines_in(file), lines_in(here.bundle())
    assert [name for name in theirs if not theirs[name] <= ours[name]] == ["site", "event"]
    assert files_below(here.media) == files_below(site.media_store)
    assert found_in(here.url, here.folder) == []
    assert within(here.url, _told_of_imported) == {
        "MEDIA_CHANGED": 6,
        "AUTHOR_CHANGED": 8,
        "TOPIC_CHANGED": 9,
        "DISCLAIMER_REVISED": 4,
        "POLICY_REVISED": 4,
        "ARTICLE_CREATED": 18,
        "ARTICLE_PUBLISHED": 15,
        "COMMENT_POSTED": 37,
    }
    assert within(here.url, _letters) == []
    between = rows_in(here.url)
    again = bring_in(here.url, file, here.media)
    assert rows_in(here.url) == between
    assert {kind: sum(count.values()) for kind, count in counts_of(again).items() if "created" in count} == {}


async def _own_content(database: Database) -> None:
    """A site of another name, with an article that somebody answered, and a moderator."""
    await found_a_site(database)
    author = await create_author(database, SYSTEM, AuthorDraft(name="Isolde Quill"))
    topic = await create_topic(database, SYSTEM, TopicDraft(name="Lighthouses"))
    article = await a_public_article(database, contributors=signed(author.id), topic_ids=(topic.id,))
    await post_comment(database, ANONYMOUS, CommentDraft(article.id, "Well sailed.", guest=WREN))
    await create_user(database, SYSTEM, UserDraft(name="Moss", email="moss@mail.example.org", role=Role.MODERATOR))
    await PostOffice(database).work()


async def _told_of_imported(_database: Database) -> dict[str, int]:
    """How often the log tells of something that was imported, by type."""
    return dict(Counter([event.type for event in await Event.all() if event.payload.get("imported")]))


async def _letters(database: Database) -> list[str]:
    """What is written to people now."""
    return [letter.subject for letter in await PostOffice(database).work()]


MOSS = "moss@mail.example.org"
NODES = {"article": NodeType.ARTICLE, "author": NodeType.AUTHOR, "comment": NodeType.COMMENT, "media": NodeType.MEDIA}
KITES, FERRY = UUID("01900000-0000-7000-8000-000000000001"), UUID("01900000-0000-7000-8000-000000000002")
DIFFERS = "it says something else here, and stays as it is here"
DELETED = "it was deleted here for good"
TAKEN = "another one here has its address, its name or its source"
TRANSLATED = "another one here says the same in its language"
CIRCLES = "with the redirects here it would lead in a circle"
LACKING = "it refers to something that stays out"


def test_two_sites_that_were_one_keep_what_each_has(twins: tuple[Place, Place]) -> None:
    """What somebody decided here would be undone, or be half undone, by what was done elsewhere."""
    here, there = twins
    for place in twins:
        within(place.url, _before)
    within(here.url, _done_here)
    apart: Apart = within(there.url, _done_there)
    before, file = rows_of(here.bundle()), there.bundle()
    # Two articles lead to the one that was removed here for good.
    found = found_in(here.url, here.folder)
    assert [each.check for each in found] == ["references_lead_somewhere"] * 2

    rehearsed = bring_in(here.url, file, here.media, dry_run=True)
    report = bring_in(here.url, file, here.media)

    assert report == rehearsed
    assert sorted(report.refusals) == sorted(apart.refusals)
    assert report.notes[0] == "12 records of consent stay behind: the terms that they name are not those of this site."
    assert {kind: count["created"] for kind, count in counts_of(report).items() if "created" in count} == {
        "authors": 1,
        "users": 1,
        "topics": 1,
        "articles": 1,
        "comments": 7,
    }
    after = rows_of(here.bundle())
    assert without_counts(before) <= without_counts(after)
    assert without_counts(after) - without_counts(before) == without_counts(apart.coming(rows_of(file)))
    assert found_in(here.url, here.folder) == found
    assert within(here.url, _letters) == []
    between = rows_in(here.url)
    assert bring_in(here.url, file, here.media).refusals == report.refusals
    assert rows_in(here.url) == between


@dataclass(slots=True)
class Apart:
    """What is on the other site and not here.

    Attributes:
        refusals: what the report should say of what stays out.
        wholes: the keys of what should come in.
        nobody: the keys of somebody who has an account here under another one, and of an author who stays out.
    """

    nobody: set[UUID]
    refusals: list[str] = field(default_factory=list)
    wholes: set[UUID] = field(default_factory=set)

    def stays(self, why: str, kind: NodeType, *keys: UUID, label: str = "") -> None:
        """Expect that something stays out."""
        named = f" ({label})" if label else ""
        self.refusals += [f"{GlobalId(kind, key)}{named}: {why}." for key in keys]

    def coming(self, rows: Tables) -> Tables:
        """The rows of the other site that should come in, as they should be here."""
        keys = {name: {str(key) for key in self.wholes} for name in BY_NAME}
        nobody = {str(key) for key in self.nobody}
        found: Tables = {}
        for kept in KEPT:
            mine = [
                {name: None if str(value) in nobody else value for name, value in row.items()}
                for row in rows.get(kept.name, ())
                if any(row[column] in keys[owner] for column, owner in kept.part_of or ((kept.key, kept.name),))
            ]
            keys[kept.name] |= {str(row["id"]) for row in mine if "id" in row}
            # Nobody here was shown what they agreed to there.
            found[kept.name] = [] if kept.name == "consent" else mine
        return found


async def _before(_database: Database) -> None:
    """What both have beside the sample: a topic that nothing names, and a redirect."""
    await Topic.create(id=KITES, created_at=NOON, updated_at=NOON, slug="kites", name="Kites", name_key="kites")
    await Redirect.create(id=FERRY, created_at=NOON, from_path="/ferry", target="/boats")


async def _done_here(database: Database) -> None:
    await _retitle(database, "counting-the-stairs")
    await erase_personal_data(database, SYSTEM, str((await _held()).author_email))
    await Redirect.filter(id=FERRY).update(target="/here")
    await delete_article(database, SYSTEM, (await Article.get(source_id=GONE)).id)
    await empty_trash(database, now(), (clear_comments,))
    await delete_topic(database, SYSTEM, KITES)
    # What is deleted has its slug no more.
    await delete_topic(database, SYSTEM, (await create_topic(database, SYSTEM, TopicDraft(name="Tides"))).id)
    await a_public_article(database, "Fog")
    await create_author(database, SYSTEM, AuthorDraft(name="Ada Vell"))
    await create_user(database, SYSTEM, UserDraft(name="Moss", email=MOSS, role=Role.MODERATOR))
    await revise_terms(database, "Here.")
    await _picture(database, "The map of here")
    await create_redirect(database, SYSTEM, RedirectDraft(from_path="/lido", to="/pool"))
    await create_redirect(database, SYSTEM, RedirectDraft(from_path="/and-back", to="/there"))
    await _in_german(database, "Stufen")
    await _like_one(database, (await _liked())[0])
    await PostOffice(database).work()


async def _done_there(database: Database) -> Apart:
    moss = await create_user(database, SYSTEM, UserDraft(name="Moss", email=MOSS, role=Role.ADMIN))
    as_moss = Viewer(SYSTEM.scopes, user_id=moss.id, actor=f"user:{moss.id}")
    apart = Apart({moss.id})
    apart.stays(TAKEN, NodeType.USER, moss.id, label="Moss")
    await _changed_there(database, apart)
    await _made_twice(database, apart)
    await _said_there(database, apart, as_moss)
    return apart


async def _changed_there(database: Database, apart: Apart) -> None:
    """What is here too, and says something else."""
    front, held = await Article.get(source_id=FRONT), await _held()
    await _retitle(database, FRONT)
    apart.stays(DIFFERS, NodeType.ARTICLE, front.id, label=FRONT)
    stairs = await Article.get(source_id="counting-the-stairs")
    apart.stays(DIFFERS, NodeType.ARTICLE, stairs.id, label="counting-the-stairs")
    await moderate_comments(database, SYSTEM, [held.id], ModerationAction.APPROVE)
    apart.stays(DIFFERS, NodeType.COMMENT, *await _comments(author_email=held.author_email))
    # Each of two was liked on one site alone.
    await _like_one(database, (await _liked())[1])
    apart.stays(DIFFERS, NodeType.COMMENT, *await _liked())
    topic = await Topic.get(slug="sleep")
    await update_topic(database, SYSTEM, TopicChange(topic_id=topic.id, expected_version=topic.version, name="Naps"))
    apart.stays(DIFFERS, NodeType.TOPIC, topic.id, label="sleep")
    apart.stays(DIFFERS, NodeType.TOPIC, KITES, label="kites")
    await Redirect.filter(id=FERRY).update(target="/there")
    apart.stays(DIFFERS, NodeType.REDIRECT, FERRY, label="/ferry")
    await _throw_away_there(database, apart)
    gone = await Article.get(source_id=GONE)
    apart.stays(DELETED, NodeType.ARTICLE, gone.id, label=GONE)
    apart.stays(LACKING, NodeType.COMMENT, *await _comments(article_id=gone.id))


async def _throw_away_there(database: Database, apart: Apart) -> None:
    """What is gone there does not go here; each is told once, though there is a tombstone of both."""
    emptied = await Article.get(source_id="lane-four-at-seven")
    await delete_article(database, SYSTEM, emptied.id)
    await empty_trash(database, now(), (clear_comments,))
    apart.refusals.append(f"tombstone art_{emptied.id}: what it buries is here.")
    trashed = await Article.get(source_id="brot-vom-vortag")
    await delete_article(database, SYSTEM, trashed.id)
    apart.stays(DIFFERS, NodeType.ARTICLE, trashed.id, label="brot-vom-vortag")


async def _made_twice(database: Database, apart: Apart) -> None:
    """What is new there, and has a place that something here has."""
    fog = await a_public_article(database, "Fog")
    apart.stays(TAKEN, NodeType.ARTICLE, fog.id, label="fog")
    ada = await create_author(database, SYSTEM, AuthorDraft(name="Ada Vell"))
    apart.stays(TAKEN, NodeType.AUTHOR, ada.id, label="ada-vell")
    hers = await a_public_article(database, "By Ada", contributors=signed(ada.id))
    kites = await a_public_article(database, "On kites", topic_ids=(KITES,))
    media, shown = await _picture(database, "A map")
    apart.stays(TAKEN, NodeType.MEDIA, media, label="map.txt")
    links = await a_public_article(
        database, "Links", body=RichTextInput(markdown=f"[Fog]({GlobalId(NodeType.ARTICLE, fog.id)}).")
    )
    bo = await _fan(database, "Bo Finch", fog)
    apart.stays(LACKING, NodeType.AUTHOR, bo.id, label="bo-finch")
    his = await a_public_article(database, "By Bo", contributors=signed(bo.id))
    apart.stays(LACKING, NodeType.ARTICLE, his.id, label="by-bo")
    apart.stays(LACKING, NodeType.AUTHOR, (await _fan(database, "Cy Marsh", his)).id, label="cy-marsh")
    # He has an account all the same, and stands for no author here.
    account = UserDraft(name="Bo", email="bo@mail.example.org", role=Role.WRITER, author_id=bo.id)
    apart.wholes.add((await create_user(database, SYSTEM, account)).id)
    apart.nobody.add(bo.id)
    for each, slug in ((hers, "by-ada"), (kites, "on-kites"), (shown, "a-map"), (links, "links")):
        apart.stays(LACKING, NodeType.ARTICLE, each.id, label=slug)
    apart.stays(TRANSLATED, NodeType.ARTICLE, (await _in_german(database, "Treppen")).id, label="treppen")
    for path, to, why in (("/lido", "/baths", TAKEN), ("/there", "/and-back", CIRCLES)):
        redirect = await create_redirect(database, SYSTEM, RedirectDraft(from_path=path, to=to))
        apart.stays(why, NodeType.REDIRECT, redirect.id, label=path)
    apart.stays(TAKEN, NodeType.POLICY_VERSION, (await revise_terms(database, "There.")).id, label="TERMS")
    apart.stays(LACKING, NodeType.POLICY_VERSION, (await revise_terms(database, "Again.")).id, label="TERMS")
    apart.stays(LACKING, NodeType.COMMENT, *await _thread(database, fog.id, 5))


async def _said_there(database: Database, apart: Apart, as_moss: Viewer) -> None:
    """What is new there, and comes in."""
    tide = await create_topic(database, as_moss, TopicDraft(name="Tides"))
    article = await create_article(database, as_moss, a_draft("Ebb", topic_ids=(tide.id,)))
    await publish_article(database, as_moss, article.id)
    comments = await _thread(database, (await Article.get(source_id=FRONT)).id, 5)
    comments += await _thread(database, article.id, 2)
    await moderate_comments(database, as_moss, [comments[0]], ModerationAction.REJECT, "Not here.")
    await _like_one(database, comments[-1])
    await flag_comment(database, ANONYMOUS, comments[-1], FlagReason.OTHER, "Look.")
    eve = await _fan(database, "Eve Reed", article)
    apart.wholes |= {tide.id, article.id, eve.id, *comments}


async def _fan(database: Database, name: str, article: Article) -> Author:
    """Somebody whose biography names an article."""
    bio = RichTextInput(markdown=f"Likes [this]({GlobalId(NodeType.ARTICLE, article.id)}).")
    return await create_author(database, SYSTEM, AuthorDraft(name=name, bio=bio))


async def _retitle(database: Database, name: str) -> None:
    article = await Article.get(source_id=name)
    change = ArticleChange(article_id=article.id, expected_version=article.version, title="Another title")
    await update_article(database, SYSTEM, change)


async def _liked() -> list[UUID]:
    """Two comments that are on both sites."""
    article = await Article.get(source_id="a-timetable-in-fourteen-lines")
    return sorted(await _comments(article_id=article.id))[:2]


async def _like_one(database: Database, comment_id: UUID) -> None:
    await react_to_comment(database, ANONYMOUS, comment_id, Reaction.LIKE, "sixteen or more of them")


async def _comments(**given: object) -> list[UUID]:
    return [each.id for each in await Comment.filter(**given)]


async def _held() -> Comment:
    return await Comment.get(status=CommentStatus.PENDING)


async def _picture(database: Database, title: str) -> tuple[UUID, Article]:
    """A file at the same place of the store on both sites, and an article whose text shows it."""
    digest = f"sha256:{'0' * 64}"
    draft = MediaDraft(filename="map.txt", content_type="text/plain", bytes=0, digest=digest, storage_key="ab/map")
    media = await register_media(database, SYSTEM, draft)
    body = RichTextInput(markdown=f"A map.\n\n![It]({GlobalId(NodeType.MEDIA, media.id)})")
    return media.id, await a_public_article(database, title, body=body)


async def _in_german(database: Database, title: str) -> Article:
    """What an article says, in German."""
    original = await Article.get(source_id="counting-the-stairs")
    return await a_public_article(database, title, locale="de", translation_of=original.id)


async def _thread(database: Database, article_id: UUID, comments: int) -> list[UUID]:
    """Comments that each answer the one before, by somebody who waits for replies and accepts the newest terms."""
    terms = await PolicyVersion.filter(kind=PolicyKind.TERMS).order_by("-number").first()
    assert terms is not None
    said: list[UUID] = []
    for number in range(comments):
        draft = CommentDraft(
            article_id,
            f"Number {number} on {article_id}.",
            parent_id=said[-1] if said else None,
            guest=WREN,
            accepted_terms_id=terms.id,
            notify_of_replies=True,
        )
        said.append((await post_comment(database, ANONYMOUS, draft)).comment.id)
    return said


def test_terms_that_lead_somewhere_come_in(twins: tuple[Place, Place]) -> None:
    """A site whose terms name a page, as many do, could not be taken anywhere."""
    here, there = twins

    async def lead(database: Database) -> None:
        front = await Article.get(source_id=FRONT)
        await revise_terms(database, f"See [there]({GlobalId(NodeType.ARTICLE, front.id)}).")

    within(there.url, lead)
    report = bring_in(here.url, there.bundle(), here.media)
    assert (report.counts["policies"].created, report.created, report.refusals) == (1, 1, ())
    assert found_in(here.url, here.folder) == []


def test_what_was_planned_is_announced_once(twins: tuple[Place, Place]) -> None:
    """Whoever is told of new articles would be told twice of one that went out while the bundle was on its way."""
    here, there = twins
    begins = now() + timedelta(hours=1)

    async def plan(database: Database) -> UUID:
        article = await create_article(database, SYSTEM, a_draft("Tomorrow's tide"))
        await schedule_article(database, SYSTEM, article.id, publish_at=begins)
        return article.id

    async def announced(database: Database) -> list[object]:
        await announce_due(database, now())
        told = await Event.filter(node_id=article, type="ARTICLE_PUBLISHED")
        return [each.payload.get("planned") for each in told]

    article = within(there.url, plan)
    file = there.bundle()
    with clock.at(begins + timedelta(hours=1)):
        assert bring_in(here.url, file, here.media).created == 1
        assert within(here.url, announced) == [True]
        assert found_in(here.url, here.folder) == []


def test_an_import_that_is_killed_leaves_nothing(site: Sample, database_url: str, tmp_path: Path) -> None:
    """Half a magazine would be served, and the other half could not be brought in any more."""
    here, file = Place(database_url, tmp_path), tmp_path / "theirs.zip"
    take_out(site.database_url, site.media_store, file)
    within(here.url, _own_content)
    before = rows_in(here.url)

    assert _killed(here, file) == -signal.SIGKILL

    assert rows_in(here.url) == before
    assert bring_in(here.url, file, here.media).created == 86
    assert found_in(here.url, here.folder) == []


def _killed(here: Place, file: Path) -> int:
    """How a process ended that imports and is killed when everything is there, before that is final."""
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from cms.kernel.secrecy import use_secret\n"
        "from tests.transfer.bundles import bring_in\n"
        f"use_secret({SECRET!r})\n"
        "def tell(done, total, what):\n"
        "    if (done, what) == (total, 'media'):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        f"bring_in({here.url!r}, Path({str(file)!r}), Path({str(here.media)!r}), tell=tell)\n"
    )
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode  # noqa: S603 - our own program


def test_readers_are_answered_meanwhile_and_see_it_afterwards(twins: tuple[Place, Place]) -> None:
    """Whoever joins two magazines would close one for as long as that takes, or readers would see the old list."""
    here, there = twins
    within(there.url, lambda database: create_author(database, SYSTEM, AuthorDraft(name="Aaron Aalto")))
    file = there.bundle()
    answers: list[tuple[int, bytes]] = []
    ended = threading.Event()

    def ask(server: Server) -> None:
        while not ended.is_set():
            answers.append(_first_author(server))

    with served(here.url, here.folder, {}) as (server,):
        before = _first_author(server)
        reader = threading.Thread(target=ask, args=(server,))
        reader.start()
        try:
            report = bring_in(here.url, file, here.media)
        finally:
            ended.set()
            reader.join()
        deadline = time.monotonic() + 10
        while (after := _first_author(server)) == before and time.monotonic() < deadline:
            pass

    assert report.counts["authors"].created == 1
    assert {status for status, _ in answers} == {200}
    assert before[1] == b'{"data":{"authors":{"nodes":[{"name":"Adaeze Farrow"}]}}}'
    assert after == (200, b'{"data":{"authors":{"nodes":[{"name":"Aaron Aalto"}]}}}')
    assert faults_in(here.folder) == []


def _first_author(server: Server) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        question = asking("{ authors(first: 1, orderBy: {field: NAME, direction: ASC}) { nodes { name } } }")
        connection.request("POST", "/graphql", question, {"content-type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
