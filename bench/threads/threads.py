"""Two articles with the same text: one has twenty comments, the other a thousand, four levels deep."""

from datetime import timedelta
from random import Random
from typing import Final
from uuid import UUID

from cms.articles.actions import create_article, publish_article
from cms.articles.drafts import ArticleDraft, Contribution
from cms.articles.models import ArticleRevision
from cms.authors.models import Author
from cms.comments.bulk import BulkComment, add_comments
from cms.kernel.clock import now
from cms.kernel.database import Database, open_database
from cms.kernel.viewer import SYSTEM
from cms.media.texts import RichTextInput
from cms.site.models import Site
from cms.tables import MIGRATIONS, MODEL_MODULES
from cms.topics.models import Topic

#: Their slugs.
SHORT, LONG = "twenty-comments", "a-thousand-comments"
_LEVELS: Final = 4
#: So many of the comments answer the article itself.
_ROOTS: Final = 2 / 5


async def grow(url: str) -> None:
    """Write both articles into a database that has others."""
    async with open_database(url, MODEL_MODULES, MIGRATIONS) as database:
        await Site.all().update(comments_max_depth=_LEVELS - 1)
        for slug, size in ((SHORT, 20), (LONG, 1_000)):
            await add_comments(database, SYSTEM, _thread(await _article(database, slug), size))


async def _article(database: Database, slug: str) -> UUID:
    """A public article that says what some other one says."""
    text = await ArticleRevision.all().order_by("id").first()
    author, topic = await Author.all().order_by("id").first(), await Topic.all().order_by("id").first()
    assert text is not None  # noqa: S101 - of what was seeded
    draft = ArticleDraft(
        title=slug,
        slug=slug,
        standfirst=text.standfirst,
        body=RichTextInput(markdown=text.body_markdown),
        contributors=(Contribution(author.id),) if author else (),
        topic_ids=(topic.id,) if topic else (),
    )
    article = await create_article(database, SYSTEM, draft)
    await publish_article(database, SYSTEM, article.id)
    return article.id


def _thread(article_id: UUID, size: int) -> list[BulkComment]:
    """So many comments; what stands on top is answered most, and the first comment by a fifth of all."""
    random = Random(size)  # noqa: S311 - a shape, no secret
    begun, rows = now() - timedelta(days=1), list[BulkComment]()
    roots = round(size * _ROOTS)
    open_: list[tuple[BulkComment, int]] = []
    for number in range(size):
        answered = open_[: random.choice([1, max(1, len(open_) // 5), len(open_)])]
        above, depth = (None, -1) if number < roots else random.choice(answered)
        row = BulkComment(
            article_id,
            f"A remark of some length, as readers make them, and the one with the number {number}.",
            f"Reader {number % 97}",
            begun + timedelta(seconds=number),
            parent_id=above.id if above else None,
        )
        rows.append(row)
        if depth + 1 < _LEVELS - 1:
            open_.append((row, depth + 1))
    return rows
