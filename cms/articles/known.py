"""What an article may name: looked up once for one draft or for thousands, and then asked without the database."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

import orjson

from cms.articles.drafts import ArticleChange, ArticleDraft
from cms.authors.models import Author
from cms.disclaimers.models import Disclaimer
from cms.kernel.database import Database, Dialect
from cms.kernel.errors import NotFound
from cms.media.models import Media
from cms.topics.models import Topic

T = TypeVar("T")

# SQLite takes 32,766 values in a statement, and a statement is the faster the shorter it is.
_CHUNK = 500
_KEEP: Final = {
    Dialect.SQLITE: "SELECT id FROM {table} WHERE id IN (SELECT value FROM json_each(?1)) AND deleted_at IS NULL",
    Dialect.POSTGRES: (
        "SELECT id FROM {table} "
        "WHERE id IN (SELECT value::uuid FROM json_array_elements_text($1::text::json) AS value) "
        "AND deleted_at IS NULL ORDER BY id FOR KEY SHARE"
    ),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a medium says of itself."""

    alt: str
    caption: str | None
    credit: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """What there is, of what some drafts name. `authors` are their names."""

    authors: Mapping[UUID, str]
    topics: Collection[UUID]
    disclaimers: Collection[UUID]
    media: Mapping[UUID, Shown]

    def name_of(self, author_id: UUID, path: tuple[str, ...]) -> str:
        """An author's name.

        Raises:
            NotFound: there is no such author.
        """
        return _found(self.authors, author_id, "author", path)

    def shown(self, media_id: UUID, path: tuple[str, ...]) -> Shown:
        """What a medium says of itself.

        Raises:
            NotFound: there is no such medium.
        """
        return _found(self.media, media_id, "image", path)


async def look_up(drafts: Iterable[ArticleDraft | ArticleChange]) -> Known:
    """Everything that `drafts` name, as far as it is there: four statements for each 500 names of a kind, at most."""
    authors, topics, disclaimers, media = set[UUID](), set[UUID](), set[UUID](), set[UUID]()
    for draft in drafts:
        authors |= {each.author_id for each in draft.contributors or ()}
        topics |= set(draft.topic_ids or ())
        disclaimers |= set(draft.disclaimer_ids or ())
        media |= {draft.lead_image.media_id} if draft.lead_image else set()
    return Known(await _authors(authors), await _topics(topics), await _disclaimers(disclaimers), await _media(media))


async def hold(database: Database, author_ids: Collection[UUID], topic_ids: Collection[UUID]) -> None:
    """Keep those who are named from being deleted until the transaction ends; whoever was first is not undone.

    Raises:
        NotFound: one of them is gone.
    """
    for table, keys, path in (("author", author_ids, "contributors"), ("topic", topic_ids, "topicIds")):
        if keys and await _kept(database, table, keys) < len(set(keys)):
            raise NotFound("Somebody who is named, or a topic, was deleted: name another.", (path,))


def chunks(items: Collection[T], size: int = _CHUNK) -> Iterator[Sequence[T]]:
    """`items` in lists of at most `size`."""
    listed = list(items)
    return (listed[start : start + size] for start in range(0, len(listed), size))


async def _kept(database: Database, table: str, keys: Collection[UUID]) -> int:
    """How many of these are there, and will be until the transaction ends."""
    listed = orjson.dumps(sorted(str(key) for key in keys)).decode()
    # KEY SHARE: it makes only those wait who delete, neither others who name the same nor those who count anew.
    return len(await database.connection.execute_query_dict(_KEEP[database.dialect].format(table=table), [listed]))


async def _authors(keys: set[UUID]) -> dict[UUID, str]:
    rows = [
        row for some in chunks(keys) for row in await Author.filter(id__in=some, deleted_at=None).only("id", "name")
    ]
    return {row.id: row.name for row in rows}


async def _topics(keys: set[UUID]) -> set[UUID]:
    rows = [row for some in chunks(keys) for row in await Topic.filter(id__in=some, deleted_at=None).only("id")]
    return {row.id for row in rows}


async def _disclaimers(keys: set[UUID]) -> set[UUID]:
    rows = [row for some in chunks(keys) for row in await Disclaimer.filter(id__in=some, retired_at=None).only("id")]
    return {row.id for row in rows}


async def _media(keys: set[UUID]) -> dict[UUID, Shown]:
    names = ("id", "alt", "caption", "credit")
    rows = [row for some in chunks(keys) for row in await Media.filter(id__in=some, deleted_at=None).only(*names)]
    return {row.id: Shown(row.alt, row.caption, row.credit) for row in rows}


def _found(known: Mapping[UUID, T], key: UUID, what: str, path: tuple[str, ...]) -> T:
    if key not in known:
        raise NotFound(f"There is no such {what}.", path)
    return known[key]
