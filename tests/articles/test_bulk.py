"""Many articles at once: the same rows as one by one, all or none."""

import pytest

from cms.articles.actions import create_article, publish_article, unpublish_article
from cms.articles.bulk import add_articles
from cms.articles.counting import recount_everything
from cms.articles.drafts import BulkArticle, Contribution, Seo
from cms.articles.models import (
    Article,
    ArticleRevision,
    ArticleSlug,
    Publication,
    PublicationAuthor,
    PublicationDisclaimer,
    PublicationTopic,
)
from cms.disclaimers.models import DisclaimerScope
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import AlreadyExists, DomainError, NotAllowed, NotFound
from cms.kernel.ids import new_id
from cms.kernel.models import Event
from tests.articles.world import (
    DAY,
    EDITOR,
    NOON,
    WRITER,
    a_disclaimer,
    a_draft,
    a_topic,
    an_article,
    an_author,
    count_of,
    every_row,
    found,
    listings_agree,
    signed,
)

_TABLES = (ArticleRevision, ArticleSlug, Publication, PublicationAuthor, PublicationTopic, PublicationDisclaimer, Event)
#: What differs between an article added in bulk and one written verb by verb: keys, and how often it was changed.
_OWN = {"id", "seq", "transaction_id", "article_id", "head_id", "revision_id", "publication_id", "node_id"}
_OWN |= {"translation_group_id", "version", "updated_at", "payload", "at"}


async def comparable(article: Article) -> list[dict[str, object]]:
    """Every row of an article, without the columns that are its own."""
    rows = await Article.filter(id=article.id).values()
    for model in _TABLES:
        rows += await model.filter(article_id=article.id).order_by("id").values()
    return [{name: value for name, value in row.items() if name not in _OWN} for row in rows]


@pytest.mark.asyncio
async def test_one_of_many_is_stored_as_one_alone(database: Database) -> None:
    """Two ways in that store different things: what the seed shows is not what editors get."""
    await found(database)
    author, topic = await an_author(database), await a_topic(database)
    await a_disclaimer(database, effective_from=NOON - 9 * DAY)
    await a_disclaimer(database, "Of boats", scope=DisclaimerScope.TOPIC, topic_ids=(topic,))
    draft = a_draft(contributors=signed(author), topic_ids=(topic,), seo=Seo(title="Ferry"), standfirst="At last.")
    with clock.at(NOON):
        alone = await create_article(database, EDITOR, draft, at=NOON - 5 * DAY)
        await publish_article(database, EDITOR, alone.id, at=NOON - 4 * DAY)
        await unpublish_article(database, EDITOR, alone.id, at=NOON - 2 * DAY)
        expected = await comparable(alone)
        await Article.filter(id=alone.id).delete()
        await Event.filter(article_id=alone.id).delete()

        row = BulkArticle(
            draft=draft,
            created_at=NOON - 5 * DAY,
            published_at=NOON - 4 * DAY,
            unpublished_at=NOON - 2 * DAY,
        )
        (key,) = await add_articles(database, EDITOR, [row])

    assert await comparable(await Article.get(id=key)) == expected


@pytest.mark.asyncio
async def test_hundreds_are_counted_listed_and_told_once(database: Database) -> None:
    """Batches that lose the last rows, or count them twice."""
    await found(database)
    authors = [await an_author(database, f"Author {number}") for number in range(3)]
    rows = [
        BulkArticle(
            draft=a_draft("Winter", contributors=signed(authors[number % 3])),
            published_at=(None, NOON, clock.now() + DAY)[number % 3] if number < 6 else NOON + number * DAY / 24,
        )
        for number in range(601)
    ]

    keys = await add_articles(database, EDITOR, rows)

    assert len(set(keys)) == 601
    assert await Article.filter(head_id=None).count() == 0
    assert await ArticleRevision.all().count() == 601
    slugs = {str(slug) for slug in await ArticleSlug.all().values_list("slug", flat=True)}
    assert slugs == {"winter", *(f"winter-{number}" for number in range(2, 602))}
    assert [await count_of(author) for author in authors] == [199, 200, 198]
    assert await recount_everything(database) == 0
    assert await listings_agree()
    told = {name: await Event.filter(type=f"ARTICLE_{name}").count() for name in ("CREATED", "PUBLISHED", "SCHEDULED")}
    assert told == {"CREATED": 601, "PUBLISHED": 597, "SCHEDULED": 2}


@pytest.mark.asyncio
async def test_one_bad_row_refuses_all_and_is_named(database: Database) -> None:
    """Half an import: nobody knows which half."""
    await found(database)
    original = await an_article(database, "Taken", source="wxr", source_id="1")
    good = BulkArticle(draft=a_draft("Good"))
    before = await every_row(database)

    refused: list[tuple[BulkArticle, tuple[str, ...], type[DomainError]]] = [
        (BulkArticle(draft=a_draft("Bad", slug="taken")), ("1", "slug"), AlreadyExists),
        (BulkArticle(draft=a_draft("Bad", slug="good")), ("1", "slug"), AlreadyExists),
        (BulkArticle(draft=a_draft("")), ("1", "title"), DomainError),
        (
            BulkArticle(draft=a_draft(contributors=(Contribution(new_id()),))),
            ("1", "contributors", "0", "authorId"),
            NotFound,
        ),
        (BulkArticle(draft=a_draft(source="wxr", source_id="1")), ("1", "sourceId"), AlreadyExists),
        (BulkArticle(draft=a_draft(translation_of=original.id)), ("1", "translationOf"), AlreadyExists),
        (BulkArticle(draft=a_draft(body=None), published_at=NOON), ("1", "body"), DomainError),
        (BulkArticle(draft=a_draft(), unpublished_at=NOON), ("1", "unpublishedAt"), DomainError),
        (BulkArticle(draft=a_draft(), published_at=NOON, unpublished_at=NOON), ("1", "unpublishedAt"), DomainError),
    ]
    for bad, path, error in refused:
        with pytest.raises(error) as told:
            await add_articles(database, EDITOR, [good, bad])
        assert told.value.path == path
    with pytest.raises(NotAllowed):
        await add_articles(database, WRITER, [BulkArticle(draft=a_draft(), published_at=NOON)])

    assert await every_row(database) == before
