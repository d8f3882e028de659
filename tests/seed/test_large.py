"""The large set, made small: the same every time, spread as promised, counted right, and taken whole or not at all."""

import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from cms.articles.models import Article, ArticleRevision, Publication, PublicationDisclaimer
from cms.authors.models import Author
from cms.comments.models import Comment, CommentStatus
from cms.disclaimers.models import Disclaimer
from cms.kernel.database import Database
from cms.kernel.errors import AlreadyExists
from cms.kernel.viewer import SYSTEM
from cms.site.actions import SiteDraft, found_site
from cms.site.models import Site
from cms.topics.models import Topic
from seed.large import LAST_PUBLISHED_AT, LargeSet, load_large, slug_of
from tests.comments.world import counted_standing, stored_standing

pytestmark = pytest.mark.asyncio

ARTICLES, COMMENTS = 50, 500
# Changes whenever a text, a date or a tie between them does: then nothing measured before can be compared any more.
DIGEST = "c4c4e3050ffb57df4887de4c9e54a18849c412639e31c7b29e79171d3e3ed70b"


async def _digest() -> str:
    """SHA-256 over what the set says, without the ids, which differ each time."""
    names = {author.id: author.slug for author in await Author.all()}
    revisions = {revision.article_id: revision for revision in await ArticleRevision.all()}
    publications = await Publication.all().order_by("slug")
    comments = {comment.id: comment for comment in await Comment.all()}
    said = [
        (row.slug, row.starts_at.isoformat(), revisions[row.article_id].title, revisions[row.article_id].body_text)
        for row in publications
    ]
    slugs = {row.article_id: row.slug for row in publications}
    threads = sorted(
        (slugs[comment.article_id], comment.created_at.isoformat(), comment.author_name, comment.body_text, answered)
        for comment in comments.values()
        for answered in [comments[comment.parent_id].created_at.isoformat() if comment.parent_id else ""]
    )
    return hashlib.sha256(repr((sorted(names.values()), said, threads)).encode()).hexdigest()


async def test_numbers(database: Database) -> None:
    """Fewer are loaded than were asked for, or what a benchmark counts on is missing."""
    made = await load_large(database, ARTICLES, COMMENTS)

    assert made == LargeSet(
        authors=2, topics=40, articles=50, comments=500, first_slug="article-00001", last_slug="article-00050"
    )
    assert await Article.filter(source="large").count() == 50
    assert await Comment.filter(status=CommentStatus.APPROVED).count() == 500
    assert await Author.all().count() == 2
    assert await Topic.all().count() == 40
    assert await Topic.filter(parent_id__isnull=True).count() == 10
    assert await Disclaimer.all().count() == 1
    assert await PublicationDisclaimer.all().count() == 50
    assert await Site.all().count() == 1


async def test_content_is_the_same_every_time(database: Database) -> None:
    """What was measured yesterday is measured on other texts today, or on other ones on the other database."""
    await load_large(database, ARTICLES, COMMENTS)

    assert await _digest() == DIGEST


async def test_articles_came_out_minutes_apart_and_are_all_out(database: Database) -> None:
    """A benchmark picks an article that is not there, or that is not out yet."""
    await load_large(database, ARTICLES, 0)

    publications = await Publication.all().order_by("starts_at")
    assert [row.slug for row in publications] == [slug_of(number) for number in range(1, ARTICLES + 1)]
    assert publications[-1].starts_at == LAST_PUBLISHED_AT == datetime(2026, 10, 1, 12, tzinfo=UTC)
    gaps = {later.starts_at - earlier.starts_at for earlier, later in pairwise(publications)}
    assert gaps == {timedelta(minutes=7)}
    assert {row.ends_at for row in publications} == {None}


async def test_bodies_weigh_some_kilobytes(database: Database) -> None:
    """Reading is measured on texts far longer or shorter than articles are."""
    await load_large(database, ARTICLES, 0)

    sizes = [len(revision.body_markdown) for revision in await ArticleRevision.all()]
    assert min(sizes) > 2_500
    assert max(sizes) < 4_500
    assert 3_000 < sum(sizes) / len(sizes) < 4_000


async def test_comments_are_spread_with_variation(database: Database) -> None:
    """All comments stand under one article, or the same number under each, or none answers another."""
    await load_large(database, ARTICLES, COMMENTS)

    counts = sorted(Counter(comment.article_id for comment in await Comment.all()).values())
    replies = await Comment.filter(parent_id__isnull=False).count()
    assert len(counts) == ARTICLES
    assert (counts[0], counts[-1], sum(counts)) == (5, 14, 500)
    assert replies == 94
    assert max(comment.depth for comment in await Comment.all()) == 3


async def test_counters_equal_a_count(database: Database) -> None:
    """Pages of the large set promise other numbers than they show."""
    await load_large(database, ARTICLES, COMMENTS)

    assert await stored_standing() == await counted_standing()


async def test_replies_come_after_what_they_answer(database: Database) -> None:
    """An answer is older than the question."""
    await load_large(database, ARTICLES, COMMENTS)

    comments = {comment.id: comment for comment in await Comment.all()}
    starts = {row.article_id: row.starts_at for row in await Publication.all()}
    early = [
        comment
        for comment in comments.values()
        if comment.created_at
        <= (comments[comment.parent_id].created_at if comment.parent_id else starts[comment.article_id])
    ]
    assert early == []


async def test_it_stands_beside_what_is_there(database: Database) -> None:
    """Loading it changes the site it is measured on, or goes deeper than its threads may."""
    own = SiteDraft(
        name="Own", url="https://own.example.org", copyright_holder="Own", default_locale="de", locales=("de",)
    )
    site = await found_site(database, SYSTEM, own)

    await load_large(database, 3, 30)

    assert (await Site.get()).id == site.id
    assert {article.locale for article in await Article.all()} == {"de"}


async def test_loading_it_twice_is_refused_whole(database: Database) -> None:
    """A second load leaves half a set behind."""
    await load_large(database, 3, 30)

    with pytest.raises(AlreadyExists):
        await load_large(database, 4, 40)

    assert await Article.all().count() == 3
    assert await Comment.all().count() == 30
    assert await Author.all().count() == 1


async def test_it_says_how_far_it_is(database: Database) -> None:
    """Somebody who waits for a minute sees nothing, or numbers that never arrive."""
    said: list[tuple[int, int, str]] = []

    await load_large(database, 3, 30, lambda done, total, what: said.append((done, total, what)))

    assert said == [(3, 3, "articles"), (30, 30, "comments")]
