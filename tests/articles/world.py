"""A small publication for tests: a site, two authors, two topics; and questions to ask of the tables."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cms.articles.actions import create_article, publish_article
from cms.articles.disclaiming import create_disclaimer
from cms.articles.drafts import ArticleDraft, Contribution
from cms.articles.models import (
    Article,
    Publication,
    PublicationAuthor,
    PublicationDisclaimer,
    PublicationTopic,
)
from cms.authors.actions import AuthorDraft, create_author
from cms.authors.models import Author
from cms.disclaimers.actions import DisclaimerDraft
from cms.disclaimers.models import DisclaimerScope, DisclaimerVersion
from cms.kernel.changing import locked
from cms.kernel.database import Database, Dialect, transaction
from cms.kernel.models import Event
from cms.kernel.viewer import SYSTEM, Scope, Viewer
from cms.media.texts import RichTextInput
from cms.site.actions import SiteDraft, found_site
from cms.topics.actions import TopicDraft, create_topic

_WAITED_FOR = (
    "SELECT 1 AS found FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)) LIMIT 1"
)

#: When nothing else is said, everything happens at noon on this day.
NOON = datetime(2024, 3, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WRITER = Viewer(frozenset({Scope.CONTENT_PREVIEW, Scope.CONTENT_WRITE}), actor="user:writer")
EDITOR = Viewer(frozenset({Scope.CONTENT_PREVIEW, Scope.CONTENT_WRITE, Scope.CONTENT_PUBLISH}), actor="user:editor")


async def found(database: Database) -> None:
    """The site, in English and German."""
    site = SiteDraft(
        name="The Harbour Light",
        url="https://harbour.example.org/",
        copyright_holder="Harbour Press",
        default_locale="en",
        locales=("en", "de"),
    )
    await found_site(database, SYSTEM, site)


async def an_author(database: Database, name: str = "Wren Ashdown") -> UUID:
    """An author's key."""
    return (await create_author(database, SYSTEM, AuthorDraft(name=name))).id


async def a_topic(database: Database, name: str = "Boats") -> UUID:
    """A topic's key."""
    return (await create_topic(database, SYSTEM, TopicDraft(name=name))).id


async def a_disclaimer(
    database: Database,
    title: str = "Mind the tide",
    *,
    scope: DisclaimerScope = DisclaimerScope.EVERY_ARTICLE,
    **given: object,
) -> DisclaimerVersion:
    """The first version of a disclaimer that covers every article, unless told otherwise."""
    draft = DisclaimerDraft(title=title, body=RichTextInput(markdown=f"{title}."), scope=scope, **given)  # type: ignore[arg-type]  # the draft's own fields, passed on
    return await create_disclaimer(database, SYSTEM, draft)


def a_draft(title: str = "The ferry sails again", **given: object) -> ArticleDraft:
    """A draft that may go out."""
    return ArticleDraft(title=title, **{"body": RichTextInput(markdown="After a *long* winter."), **given})  # type: ignore[arg-type]  # the draft's own fields, passed on


async def an_article(database: Database, title: str = "The ferry sails again", **given: object) -> Article:
    """An article that is a draft."""
    return await create_article(database, SYSTEM, a_draft(title, **given))


async def a_public_article(database: Database, title: str = "The ferry sails again", **given: object) -> Article:
    """An article that readers see."""
    article = await an_article(database, title, **given)
    return await publish_article(database, SYSTEM, article.id)


def signed(author_id: UUID) -> tuple[Contribution, ...]:
    """A byline of one."""
    return (Contribution(author_id),)


async def intervals(article: Article) -> list[tuple[datetime, datetime | None]]:
    """When an article was, is and will be public, in order."""
    rows = await Publication.filter(article_id=article.id).order_by("starts_at")
    return [(row.starts_at, row.ends_at) for row in rows]


async def pinned(article: Article) -> list[tuple[str, int]]:
    """Title and number of the disclaimer versions of an article's last publication, in the order they are shown."""
    last = await Publication.filter(article_id=article.id).order_by("-starts_at").first()
    rows = await PublicationDisclaimer.filter(publication_id=last and last.id).order_by("position")
    versions = {row.id: row for row in await DisclaimerVersion.all()}
    return [(versions[row.version_id].title, versions[row.version_id].number) for row in rows]


async def while_waited_for(
    database: Database, article: Article, doing: Awaitable[object], waiting: Awaitable[object]
) -> None:
    """Do something with an article while something else waits for its lock, which then finds what was done."""
    held = asyncio.Event()

    async def hold() -> None:
        async with transaction(database):
            await locked(Article, article.id)
            held.set()
            # On SQLite it waits before it has begun.
            while database.dialect is Dialect.POSTGRES:
                if await database.connection.execute_query_dict(_WAITED_FOR):
                    break
            await doing

    async def wait() -> None:
        await held.wait()
        await waiting

    async with asyncio.timeout(20):
        await asyncio.gather(hold(), wait())


async def told() -> Counter[str]:
    """How often each type of event was appended."""
    return Counter([event.type for event in await Event.all()])


async def listings_agree() -> bool:
    """Whether every listing row repeats its publication's interval."""
    publications = {row.id: row for row in await Publication.all()}
    for model in (PublicationAuthor, PublicationTopic, PublicationDisclaimer):
        for row in await model.all():
            own = publications[row.publication_id]
            repeated = (row.article_id, row.published_at, row.starts_at, row.ends_at)
            if repeated != (own.article_id, own.published_at, own.starts_at, own.ends_at):
                return False
    return True


async def count_of(author_id: UUID) -> int:
    """An author's stored count of public articles."""
    author = await Author.get(id=author_id)
    return int(author.article_count)


async def every_row(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database but the migrations, to be compared after a refusal. PostgreSQL tells rows as texts."""
    if database.dialect is Dialect.SQLITE:
        listed = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    else:
        listed = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    tables = sorted(row["name"] for row in await database.connection.execute_query_dict(listed))
    found_rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in tables}
    if database.dialect is Dialect.SQLITE:
        for table in tables:
            rows = await database.connection.execute_query_dict(f'SELECT * FROM "{table}"')
            found_rows[table] = sorted((tuple(row.values()) for row in rows), key=repr)
        return found_rows
    # One statement: to ask for each table took longer than what the tests do in between.
    parts = [f'SELECT \'{table}\' AS name, "{table}"::text AS told FROM "{table}"' for table in tables]
    for row in await database.connection.execute_query_dict(f"{' UNION ALL '.join(parts)} ORDER BY name, told"):
        found_rows[row["name"]].append((row["told"],))
    return found_rows
