"""Many comments at once: checked as single ones are, stored whole or not at all, counted right."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from cms.articles.models import Article
from cms.comments.bulk import BulkComment, add_comments
from cms.comments.models import Comment, CommentStatus, Consent, ScreeningSignal
from cms.kernel.database import Database
from cms.kernel.errors import DomainError, InvalidInput, NotAllowed, NotFound, Required, StateConflict, TooLong
from cms.kernel.models import Event
from cms.kernel.viewer import ANONYMOUS, SYSTEM
from tests.comments.world import (
    DAY,
    NOON,
    PUBLISHED_AT,
    counted_standing,
    make_article,
    make_draft,
    make_site,
    make_terms,
    say,
    stored_standing,
)

pytestmark = pytest.mark.asyncio

LONG_AGO = datetime.fromisoformat("2009-05-04T10:20:30+02:00")


def row(article: Article, body: str = "Written long ago", **other: Any) -> BulkComment:  # noqa: ANN401 - whatever a row may hold
    """A comment from an older site."""
    return replace(BulkComment(article.id, body, "Wren", LONG_AGO), **other)


async def test_a_row_is_stored_like_a_single_comment(database: Database) -> None:
    """Imported comments would look, sort or search unlike those written here."""
    await make_site(comments_required_fields=[])
    article = await make_article()
    posted = await say(database, article, "*Well* said: https://a.example")

    (added,) = await add_comments(
        database, SYSTEM, [row(article, "*Well* said: https://a.example", id=uuid4(), email="wren@mail.example.com")]
    )

    own = {"id", "created_at", "updated_at"}
    one, other = (
        {name: getattr(comment, name) for name in Comment._meta.db_fields if name not in own}
        for comment in (await Comment.get(id=posted.id), await Comment.get(id=added))
    )
    assert one == other


async def test_rows_keep_their_times_and_bring_no_consent(database: Database) -> None:
    """Old threads would look new, and readers would have agreed to what they never saw."""
    await make_site(comments_open=False)
    article = await make_draft()
    await make_terms(1, PUBLISHED_AT)
    changed = LONG_AGO + DAY

    await add_comments(
        database,
        SYSTEM,
        [
            row(article, "Best price! https://a.example", edited_at=changed, source="old", source_id="7"),
            row(article, "Rubbish", status=CommentStatus.SPAM, by_contributor=True, url="https://wren.example"),
        ],
    )

    first, second = await Comment.all().order_by("id")
    assert (first.created_at, first.edited_at, first.updated_at) == (LONG_AGO, changed, changed)
    assert (first.status, first.is_listed, first.source, first.source_id) == (CommentStatus.APPROVED, True, "old", "7")
    assert (second.status, second.is_listed, second.edited_at) == (CommentStatus.SPAM, False, None)
    assert (second.by_contributor, second.author_url, second.author_email) == (True, "https://wren.example", None)
    assert await Consent.all().count() == await ScreeningSignal.all().count() == 0
    events = await Event.all().order_by("seq")
    assert [(event.type, event.payload) for event in events] == [
        ("COMMENT_POSTED", {"status": "APPROVED", "imported": True}),
        ("COMMENT_POSTED", {"status": "SPAM", "imported": True}),
    ]


async def test_threads_are_put_together(database: Database) -> None:
    """Replies would stand alone, or be counted wrongly."""
    await make_site()
    article, other = await make_article(), await make_article()
    stored = await say(database, article)
    gone = row(article, "Gone", parent_id=stored.id, status=CommentStatus.REJECTED)
    leaf = row(article, "Below what is gone", parent_id=gone.id)
    spam = row(article, "Spam", parent_id=stored.id, status=CommentStatus.SPAM)

    ids = await add_comments(database, SYSTEM, [gone, row(other), leaf, spam])

    assert ids[0] == gone.id
    below = await Comment.get(id=leaf.id)
    assert (below.parent_id, below.root_id, below.depth) == (gone.id, stored.id, 2)
    assert (await stored_standing())[0] == {
        stored.id: (True, 1),
        gone.id: (True, 1),
        leaf.id: (True, 0),
        spam.id: (False, 0),
        ids[1]: (True, 0),
    }
    assert (await stored_standing())[1] == {article.id: 2, other.id: 1}


async def test_what_was_taken_before_is_left_as_it_is(database: Database) -> None:
    """An import that is run again would double every thread, and its new replies would find no parent."""
    await make_site()
    article = await make_article()
    first = row(article, source="old", source_id="1")
    await add_comments(database, SYSTEM, [first])
    again = row(article, "Changed meanwhile", source="old", source_id="1", id=uuid4())
    reply = row(article, "New", source="old", source_id="2", parent_id=again.id)

    ids = await add_comments(database, SYSTEM, [again, reply])

    assert ids == [first.id, reply.id]
    assert (await Comment.get(id=reply.id)).parent_id == first.id
    assert (await Comment.get(id=first.id)).body_text == "Written long ago"
    assert await stored_standing() == await counted_standing()


@pytest.mark.parametrize(
    ("wrong", "error", "path"),
    [
        ({"body": "  "}, Required, ("body",)),
        ({"body": "x" * 21}, TooLong, ("body",)),
        ({"body": "a\0b"}, InvalidInput, ("body",)),
        ({"name": "N" * 101}, TooLong, ("guest", "name")),
        ({"email": "nobody"}, InvalidInput, ("guest", "email")),
        ({"url": "ftp://a.example"}, InvalidInput, ("guest", "url")),
        ({"article_id": uuid4()}, NotFound, ("articleId",)),
        ({"parent_id": uuid4()}, NotFound, ("parentId",)),
        ({"created_at": NOON.replace(tzinfo=None)}, InvalidInput, ("createdAt",)),
    ],
)
async def test_one_wrong_row_refuses_all(
    database: Database, wrong: dict[str, Any], error: type[DomainError], path: tuple[str, ...]
) -> None:
    """Half of an import would be stored, and nobody would know which row to mend."""
    await make_site(comments_max_length=20)
    article = await make_article()

    with pytest.raises(error) as refusal:
        await add_comments(database, SYSTEM, [row(article), row(article, **wrong)])

    assert (type(refusal.value), refusal.value.path) == (error, ("rows", "1", *path))
    assert await Comment.all().count() == await Event.all().count() == 0


async def test_a_reply_stands_below_an_earlier_comment_of_its_article_and_not_too_deep(database: Database) -> None:
    """Threads would cross articles, or go deeper than pages can show."""
    await make_site(comments_max_depth=1)
    article, other = await make_article(), await make_article()
    root = row(article)
    reply = row(article, parent_id=root.id)

    for rows, error in (
        ([reply, root], NotFound),
        ([root, row(other, parent_id=root.id)], NotFound),
        ([root, reply, row(article, parent_id=reply.id)], StateConflict),
    ):
        with pytest.raises(error):
            await add_comments(database, SYSTEM, rows)
    assert await Comment.all().count() == 0


async def test_only_moderators_import(database: Database) -> None:
    """Anybody could write history."""
    await make_site()

    with pytest.raises(NotAllowed):
        await add_comments(database, ANONYMOUS, [row(await make_article())])
    assert await add_comments(database, SYSTEM, []) == []


async def test_thousands_are_counted_like_single_ones(database: Database) -> None:
    """Counting many at once would not be counting each."""
    await make_site()
    articles = [await make_article() for _ in range(3)]
    rows: list[BulkComment] = []
    depths: dict[UUID, int] = {}
    for number in range(2_500):
        above = rows[(number // 6) * 3 + number % 3] if number % 4 and number >= 10 else None
        parent = above.id if above and depths[above.id] < 4 else None
        status = CommentStatus.SPAM if number % 7 == 0 else CommentStatus.APPROVED
        at = NOON + timedelta(seconds=number)
        new = row(articles[number % 3], f"Number {number}", parent_id=parent, status=status, created_at=at)
        depths[new.id] = depths[parent] + 1 if parent else 0
        rows.append(new)

    ids = await add_comments(database, SYSTEM, rows)

    assert ids == [each.id for each in rows]
    assert await Comment.all().count() == 2_500
    assert await Comment.filter(depth__gte=3).count() > 0
    assert await stored_standing() == await counted_standing()
