"""A large publication to measure with: made up, the same every time, and of any size.

The one thing to know: content and dates come from a fixed seed, so two databases loaded with the same numbers hold the
same texts, under other ids. Articles have the slugs `article-00001`, `article-00002` and so on, the oldest first.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from random import Random
from typing import TypeVar
from uuid import UUID

from cms.articles.bulk import add_articles
from cms.articles.disclaiming import create_disclaimer
from cms.articles.drafts import ArticleDraft, BulkArticle, Contribution, Copyright
from cms.articles.models import ContributorRole
from cms.authors.actions import AuthorDraft, create_author
from cms.comments.bulk import BulkComment, add_comments
from cms.disclaimers.actions import DisclaimerDraft
from cms.disclaimers.models import DisclaimerScope
from cms.kernel.database import Database, transaction
from cms.kernel.viewer import SYSTEM
from cms.media.texts import RichTextInput
from cms.site.actions import SiteDraft, found_site
from cms.site.models import Site
from cms.topics.actions import TopicDraft, create_topic
from seed import invention

T = TypeVar("T")
Progress = Callable[[int, int, str], None]

#: Where articles, authors and topics of a large set say they were taken from.
SOURCE = "large"
#: When the newest article came out. A fixed day, so that what is measured today can be measured again.
LAST_PUBLISHED_AT = datetime(2026, 10, 1, 12, tzinfo=UTC)
_BETWEEN_ARTICLES = timedelta(minutes=7)
_LONGEST_WAIT_SECONDS = 3 * 24 * 3600
_SEED = 20261001
_ARTICLES_PER_AUTHOR, _TOPICS, _WIDE_TOPICS = 25, 40, 10
_REMARKS, _READERS = 1_000, 5_000
# The first comment on an article answers nobody; so that one in five does, two in nine of the others do.
_ANSWERS = 2 / 9
_ARTICLES_AT_ONCE, _COMMENTS_AT_ONCE = 500, 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeSet:
    """What was loaded; `first_slug` is the oldest article's."""

    authors: int
    topics: int
    articles: int
    comments: int
    first_slug: str
    last_slug: str


@dataclass(frozen=True, slots=True)
class _Ground:
    """What articles are made on."""

    authors: Sequence[UUID]
    topics: Sequence[UUID]
    max_depth: int


@dataclass(frozen=True, slots=True)
class _Place:
    """An article that takes comments."""

    id: UUID
    published_at: datetime


@dataclass(frozen=True, slots=True)
class _Written:
    """A comment that may be answered."""

    id: UUID
    created_at: datetime
    depth: int


def _quietly(_done: int, _total: int, _what: str) -> None:
    """Say nothing."""


def slug_of(number: int) -> str:
    """The slug of an article, counted from 1: `article-00001`."""
    return f"article-{number:05d}"


async def load_large(database: Database, articles: int, comments: int, progress: Progress = _quietly) -> LargeSet:
    """Load made-up articles and comments beside whatever is there, all of them or none; found a site if there is none.

    There is an author to every 25 articles, 40 topics, and a disclaimer on every article. Articles came out minutes
    apart and have 3 to 4 KB of text; comments are spread over them, from half to one and a half times as many as the
    mean, and one in five answers another.

    Args:
        database: open and migrated.
        articles: how many, at least 1.
        comments: how many in all.
        progress: is told after each part how many of how many things of which sort there are.

    Raises:
        AlreadyExists: a large set is there already.
    """
    async with transaction(database):
        ground = await _prepare(database, max(1, articles // _ARTICLES_PER_AUTHOR))
        places = await _add_articles(database, ground, articles, progress)
        await _add_comments(database, _comments(ground, places, comments), comments, progress)
    return LargeSet(
        authors=len(ground.authors),
        topics=len(ground.topics),
        articles=articles,
        comments=comments,
        first_slug=slug_of(1),
        last_slug=slug_of(articles),
    )


async def _prepare(database: Database, authors: int) -> _Ground:
    at = datetime(2012, 1, 1, tzinfo=UTC)
    site = await Site.first() or await found_site(database, SYSTEM, _SITE, at=at)
    people = [(await create_author(database, SYSTEM, _author(number), at=at)).id for number in range(authors)]
    topics: list[UUID] = []
    for number in range(_TOPICS):
        parent_id = topics[number % _WIDE_TOPICS] if number >= _WIDE_TOPICS else None
        topics.append((await create_topic(database, SYSTEM, _topic(number, parent_id), at=at)).id)
    await create_disclaimer(database, SYSTEM, _DISCLAIMER, at=at)
    return _Ground(people, topics, site.comments_max_depth)


async def _add_articles(database: Database, ground: _Ground, articles: int, progress: Progress) -> list[_Place]:
    chance = _chance("articles")
    rows = (_article(chance, ground, number, articles) for number in range(1, articles + 1))
    places: list[_Place] = []
    for part in _parts(rows, _ARTICLES_AT_ONCE):
        keys = await add_articles(database, SYSTEM, part)
        places += [_Place(key, row.published_at) for key, row in zip(keys, part, strict=True) if row.published_at]
        progress(len(places), articles, "articles")
    return places


async def _add_comments(database: Database, rows: Iterable[BulkComment], total: int, progress: Progress) -> None:
    done = 0
    for part in _parts(rows, _COMMENTS_AT_ONCE):
        done += len(await add_comments(database, SYSTEM, part))
        progress(done, total, "comments")


def _article(chance: Random, ground: _Ground, number: int, articles: int) -> BulkArticle:
    published_at = LAST_PUBLISHED_AT - (articles - number) * _BETWEEN_ARTICLES
    writer, *others = chance.sample(ground.authors, min(2, len(ground.authors)))
    editors = [Contribution(other, ContributorRole.EDITOR) for other in others if number % 3 == 0]
    draft = ArticleDraft(
        title=invention.title(chance),
        slug=slug_of(number),
        standfirst=invention.sentence(chance),
        body=RichTextInput(markdown=invention.body(chance)),
        contributors=(Contribution(writer), *editors),
        topic_ids=tuple(chance.sample(ground.topics, chance.randint(1, 3))),
        copyright=Copyright("The Measured Page", published_at.year),
        source=SOURCE,
        source_id=slug_of(number),
    )
    return BulkArticle(draft=draft, created_at=published_at, published_at=published_at)


def _comments(ground: _Ground, places: Sequence[_Place], total: int) -> Iterator[BulkComment]:
    """Every comment, article by article, each after the one it answers."""
    chance = _chance("comments")
    remarks = [invention.remark(chance) for _ in range(_REMARKS)]
    for place, share in zip(places, _shares(chance, len(places), total), strict=True):
        written: list[_Written] = []
        for _ in range(share):
            answered = _answered(chance, written, ground.max_depth)
            comment = _comment(chance, place, answered, chance.choice(remarks))
            written.append(_Written(comment.id, comment.created_at, answered.depth + 1 if answered else 0))
            yield comment


def _comment(chance: Random, place: _Place, answered: _Written | None, body: str) -> BulkComment:
    reader = chance.randrange(_READERS)
    since = answered.created_at if answered else place.published_at
    return BulkComment(
        place.id,
        body,
        invention.name(reader),
        since + timedelta(seconds=chance.randint(60, _LONGEST_WAIT_SECONDS)),
        parent_id=answered.id if answered else None,
        email=f"reader-{reader:04d}@mail.example.com",
    )


def _answered(chance: Random, written: Sequence[_Written], max_depth: int) -> _Written | None:
    """The comment that the next one answers, if it answers any."""
    if not written or chance.random() >= _ANSWERS:
        return None
    return chance.choice([each for each in written if each.depth < max_depth])


def _shares(chance: Random, parts: int, total: int) -> list[int]:
    """`total` as a sum of `parts` numbers, each from about half to one and a half times the mean."""
    weights = [chance.uniform(0.5, 1.5) for _ in range(parts)]
    bounds, whole, sum_so_far = [0], sum(weights), 0.0
    for weight in weights:
        sum_so_far += weight
        bounds.append(round(total * sum_so_far / whole))
    return [end - start for start, end in pairwise(bounds)]


def _author(number: int) -> AuthorDraft:
    slug = f"author-{number + 1:03d}"
    bio = invention.paragraph(_chance(slug))
    return AuthorDraft(
        name=invention.name(number), slug=slug, bio=RichTextInput(markdown=bio), source=SOURCE, source_id=slug
    )


def _topic(number: int, parent_id: UUID | None) -> TopicDraft:
    slug = f"topic-{number + 1:02d}"
    return TopicDraft(name=invention.subject(number), slug=slug, parent_id=parent_id, source=SOURCE, source_id=slug)


def _chance(what: str) -> Random:
    """A source of chance of its own for each sort of thing, so that more of one does not change another."""
    return Random(f"{_SEED} {what}")  # noqa: S311 - made-up texts guard nothing


def _parts(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """`rows` in lists of at most `size`."""
    left = iter(rows)
    while part := list(islice(left, size)):
        yield part


_SITE = SiteDraft(
    name="The Measured Page",
    url="https://measured.example.org",
    copyright_holder="The Measured Page",
    default_locale="en",
    locales=("en",),
)
_DISCLAIMER = DisclaimerDraft(
    title="Made up",
    body=RichTextInput(markdown="Everything in this article was *made up* so that something could be measured."),
    scope=DisclaimerScope.EVERY_ARTICLE,
    slug="made-up",
)
