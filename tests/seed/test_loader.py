"""The sample in a database: all of it once, each thing at its own time, and as the rules of the CMS want it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cms.articles.models import Article, ArticleRevision, Publication, PublicationDisclaimer
from cms.comments.models import Comment, CommentStatus, Consent, ModerationDecision, ScreeningSignal
from cms.disclaimers.models import Disclaimer, DisclaimerVersion, PolicyKind, PolicyVersion
from cms.kernel.database import Database
from cms.kernel.errors import StateConflict
from cms.kernel.schema_editors import meta_of
from cms.kernel.viewer import SYSTEM
from cms.media.models import Media
from cms.site.actions import SiteDraft, found_site
from cms.site.models import Site
from seed.content import load_content, read_image
from seed.loader import Loaded, load_sample
from tests.comments.world import counted_standing, stored_standing
from tests.kernel.filling import Rows, rows_of
from tests.kernel.schema_facts import models_of
from tests.seed.sample import Sample

pytestmark = pytest.mark.asyncio

FRONT = "the-long-way-home"
APPEARED = datetime(2013, 5, 14, 6, 30, tzinfo=UTC)


def _count_files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


async def _everything(database: Database) -> Rows:
    """Every row of every table."""
    return await rows_of(
        database,
        {meta_of(model).db_table: set(meta_of(model).fields_db_projection.values()) for model in models_of(database)},
    )


async def _article(slug: str) -> Article:
    return await Article.get(source="sample", source_id=slug)


async def _comments(slug: str) -> dict[str, Comment]:
    """The comments on an article, by the keys they have in the sample."""
    article = await _article(slug)
    found = await Comment.filter(article_id=article.id).order_by("created_at")
    return {str(comment.source_id).removeprefix(f"{slug}/"): comment for comment in found}


async def _pins(slug: str) -> list[tuple[str, int]]:
    """Slug and version number of what an article's only publication went out under, in order."""
    publication = await Publication.get(article_id=(await _article(slug)).id)
    pins = await PublicationDisclaimer.filter(publication_id=publication.id).order_by("position")
    return [
        ((await Disclaimer.get(id=pin.disclaimer_id)).slug, (await DisclaimerVersion.get(id=pin.version_id)).number)
        for pin in pins
    ]


@pytest.mark.usefixtures("there")
async def test_everything_is_there(sample: Sample) -> None:
    """Something of the sample is lost on its way through the actions, or what is said about it is wrong."""
    front = await _article(FRONT)

    assert sample.loaded == Loaded(
        is_new=True,
        images=6,
        authors=8,
        topics=9,
        disclaimers=4,
        articles=18,
        comments=37,
        held=1,
        front_page_id=f"art_{front.id}",
        front_page_slug=FRONT,
        front_page_path="/en/the-long-way-home",
    )
    assert await PolicyVersion.all().count() == 4
    assert await DisclaimerVersion.all().count() == 5
    assert await ArticleRevision.all().count() == 18
    assert await Publication.all().count() == 17
    assert (await Site.get()).name == "Ground Floor"


@pytest.mark.usefixtures("there")
async def test_each_thing_has_its_own_time() -> None:
    """An article of 2013 says that it was written, published or changed on the day the sample was loaded."""
    front = await _article(FRONT)
    revision = await ArticleRevision.get(article_id=front.id)
    publication = await Publication.get(article_id=front.id)
    times = {front.created_at, front.updated_at, front.first_published_at, revision.created_at, publication.starts_at}

    assert times == {APPEARED}
    assert (publication.published_at, publication.ends_at) == (APPEARED, None)
    assert (await Site.get()).created_at == datetime(2012, 1, 1, tzinfo=UTC)
    written = {str(comment.source_id): comment.created_at for comment in await Comment.all()}
    assert written == {
        f"{article.slug}/{comment.key}": comment.created_at
        for article in load_content().articles
        for comment in article.comments
    }


@pytest.mark.usefixtures("there")
async def test_states_are_those_of_the_sample() -> None:
    """A draft is public, the scheduled article is out, or the one that was taken down still stands."""
    scheduled = await Publication.get(article_id=(await _article("a-census-of-doorbells")).id)
    taken_down = await Publication.get(article_id=(await _article("getting-across-while-the-bridge-is-shut")).id)

    assert scheduled.starts_at == datetime(2030, 1, 8, 7, tzinfo=UTC)
    assert taken_down.ends_at == datetime(2024, 3, 1, 9, tzinfo=UTC)
    assert not await Publication.filter(article_id=(await _article("the-museum-of-small-repairs")).id).exists()
    english, german = await _article(FRONT), await _article("der-lange-heimweg")
    assert english.translation_group_id == german.translation_group_id


@pytest.mark.usefixtures("there")
async def test_the_first_page_has_nine_comments_and_shows_eight() -> None:
    """The advertisement is shown, a reader is held for nothing, or the answer stands beside what it answers."""
    comments = await _comments(FRONT)
    held = comments.pop("shoe-shop")

    assert held.status is CommentStatus.PENDING
    assert [comment.status for comment in comments.values()] == [CommentStatus.APPROVED] * 8
    assert {key: comment.depth for key, comment in comments.items() if comment.parent_id} == {"length-of-a-song": 1}
    assert comments["length-of-a-song"].parent_id == comments["pace-yourself"].id
    assert (await _article(FRONT)).comment_count == 8


@pytest.mark.usefixtures("there")
async def test_the_rules_hold_the_advertisement_by_themselves() -> None:
    """The one that waits was put there by the loader, and moderators see no reason."""
    held = await Comment.get(status=CommentStatus.PENDING)
    signals = await ScreeningSignal.filter(comment_id=held.id).order_by("position")

    assert held.source_id == f"{FRONT}/shoe-shop"
    assert [signal.rule for signal in signals] == ["many_links", "advertising"]
    assert [decision.automatic for decision in await ModerationDecision.all()] == [True]


@pytest.mark.usefixtures("there")
async def test_the_first_page_is_under_the_wording_of_its_day() -> None:
    """A page of 2013 shows what the magazine only began to say in 2019."""
    assert await _pins(FRONT) == [("views-of-the-author", 1), ("questions-to-the-author", 1)]
    assert await _pins("der-lange-heimweg") == [("views-of-the-author", 1), ("questions-to-the-author", 1)]
    assert await _pins("window-boxes-for-forgetful-people") == [
        ("supported-by-a-supplier", 1),
        ("views-of-the-author", 2),
        ("questions-to-the-author", 1),
    ]


@pytest.mark.usefixtures("there")
async def test_nothing_is_under_a_wording_that_was_not_in_effect() -> None:
    """Some article is pinned to a notice that took effect after it came out."""
    versions = {version.id: version.effective_from for version in await DisclaimerVersion.all()}
    starts = {publication.id: publication.starts_at for publication in await Publication.all()}
    pins = await PublicationDisclaimer.all()

    assert len(pins) == 33
    assert [pin for pin in pins if versions[pin.version_id] > starts[pin.publication_id]] == []


@pytest.mark.usefixtures("there")
async def test_consent_is_to_the_terms_of_the_day() -> None:
    """A reader of 2013 is said to have accepted the terms of 2021, or none at all."""
    terms = {version.id: version.number for version in await PolicyVersion.filter(kind=PolicyKind.TERMS)}
    comments = {comment.id: comment.created_at for comment in await Comment.all()}
    consents = await Consent.all()

    accepted = {comments[consent.comment_id]: terms[consent.terms_id] for consent in consents if consent.comment_id}
    since = datetime(2021, 3, 1, tzinfo=UTC)
    assert len(consents) == len(comments) == 37
    assert accepted == {at: 2 if at >= since else 1 for at in comments.values()}
    assert {(consent.channel, consent.created_at) for consent in consents} == {("seed", at) for at in accepted}


@pytest.mark.usefixtures("there")
async def test_contributors_are_known_as_such() -> None:
    """An author's answer looks like a stranger's, or is held because it bears an author's name."""
    by_contributors = await Comment.filter(by_contributor=True).order_by("created_at")

    assert [(comment.source_id, comment.status.value) for comment in by_contributors] == [
        ("soup-for-an-unreliable-week/swede-counts", "APPROVED"),
        ("a-bench-every-hundred-metres/armrests-ends", "APPROVED"),
        ("a-timetable-in-fourteen-lines/after-midnight-reply", "APPROVED"),
        ("brot-vom-vortag/knoedel-antwort", "APPROVED"),
    ]


@pytest.mark.usefixtures("there")
async def test_comments_were_closed_after_they_were_written() -> None:
    """The article that takes no comments has none, or still takes some."""
    letter = await _article("a-letter-to-the-night-shift")
    comments = await _comments("a-letter-to-the-night-shift")

    assert letter.comments_open is False
    assert letter.comment_count == len(comments) == 3
    assert letter.updated_at > max(comment.created_at for comment in comments.values())


@pytest.mark.usefixtures("there")
async def test_counters_equal_a_count() -> None:
    """A page promises another number of comments or replies than it shows."""
    assert await stored_standing() == await counted_standing()


@pytest.mark.usefixtures("there")
async def test_images_lie_in_the_store_under_their_digests(sample: Sample) -> None:
    """A page points at an image that is not there, or at another one."""
    for image in load_content().images:
        media = await Media.get(source="sample", source_id=image.key)
        data = (sample.media_store / media.storage_key).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        assert data == read_image(image)
        assert media.digest == f"sha256:{digest}"
        assert media.storage_key == f"{digest[:2]}/{digest}{Path(image.filename).suffix}"
        assert media.bytes == len(data)
    assert _count_files(sample.media_store) == 6


async def test_loading_it_again_changes_nothing(sample: Sample, there: Database) -> None:
    """Whoever runs the command twice has everything twice, or an error."""
    before, said = await _everything(there), list[str]()

    again = await load_sample(there, sample.media_store, said.append)

    assert await _everything(there) == before
    assert sum(len(rows) for rows in before.values()) > 500
    assert again == replace(sample.loaded, is_new=False)
    assert said == ["The sample is here already; nothing was changed"]


async def test_files_that_were_lost_come_back(there: Database, tmp_path: Path) -> None:
    """Somebody moves the database and not the files, and no command brings the pictures back."""
    await load_sample(there, tmp_path / "elsewhere")

    assert _count_files(tmp_path / "elsewhere") == 6


async def test_another_site_is_left_alone(database: Database, tmp_path: Path) -> None:
    """The sample is mixed into somebody's own publication."""
    own = SiteDraft(
        name="Own", url="https://own.example.org", copyright_holder="Own", default_locale="en", locales=("en",)
    )
    await found_site(database, SYSTEM, own)
    before = await _everything(database)

    with pytest.raises(StateConflict, match="There is a site already"):
        await load_sample(database, tmp_path)

    assert await _everything(database) == before


async def test_where_first_comments_wait_they_are_let_through(database: Database, tmp_path: Path) -> None:
    """On a site that reads first comments first, the sample's threads are empty, or its advertisement is out."""
    content = load_content()
    rules = replace(content.site.comment_policy, moderation="FIRST_COMMENT_ONLY")
    content = replace(content, site=replace(content.site, comment_policy=rules))

    await load_sample(database, tmp_path, content=content)

    held = [comment.source_id for comment in await Comment.filter(status=CommentStatus.PENDING)]
    let_through = await ModerationDecision.filter(automatic=False)
    written = {comment.id: comment.created_at for comment in await Comment.all()}
    assert held == [f"{FRONT}/shoe-shop"]
    assert await Comment.filter(status=CommentStatus.APPROVED).count() == 36
    assert len(let_through) == 29
    assert {each.created_at - written[each.comment_id] for each in let_through} == {timedelta(minutes=1)}
    assert await stored_standing() == await counted_standing()


async def test_it_says_what_it_does(database: Database, tmp_path: Path) -> None:
    """Somebody who waits for the sample sees nothing, or the wrong numbers."""
    said: list[str] = []

    await load_sample(database, tmp_path, said.append)

    assert said == [
        "6 images, 8 authors, 9 topics",
        "4 disclaimers, 4 versions of policies",
        "18 articles",
        "37 comments",
    ]
