"""Who may do what with an article, row by row."""

from uuid import UUID

import pytest

from cms.accounts.models import Role, User
from cms.app import open_reader
from cms.articles.actions import (
    archive_article,
    create_article,
    delete_article,
    publish_article,
    restore_revision,
    submit_article,
    update_article,
)
from cms.articles.drafts import ArticleChange
from cms.articles.models import Article
from cms.articles.permissions import Standing, article_actions, is_own, viewer_can
from cms.articles.vocabulary import ArticleAction, ArticleStatus
from cms.kernel import clock
from cms.kernel.clock import now
from cms.kernel.database import Database
from cms.kernel.errors import NotAllowed
from cms.kernel.ids import new_id
from cms.kernel.text import fold
from cms.kernel.viewer import ANONYMOUS, SYSTEM, Scope, Viewer
from cms.reading.entity import ReadContext
from tests.articles.world import EDITOR, WRITER, a_draft, an_article, an_author, every_row, found, signed
from tests.reading.asking import asker

MODERATOR = Viewer(frozenset({Scope.CONTENT_PREVIEW, Scope.COMMENTS_MODERATE}))
_WRITES = ["EDIT", "SUBMIT", "RESTORE"]
_OPEN = ["EDIT", "SUBMIT", "PUBLISH", "SCHEDULE", "ARCHIVE", "RESTORE", "DELETE"]
_PUBLIC = ["EDIT", "SUBMIT", "PUBLISH", "SCHEDULE", "UNPUBLISH", "ARCHIVE", "RESTORE", "DELETE"]


def a_person(viewer: Viewer) -> Viewer:
    """Somebody who is signed in, with the scopes of `viewer`."""
    key = new_id()
    return Viewer(viewer.scopes, key, f"user:{key}")


async def a_user(viewer: Viewer, name: str = "Ada Quill", *, author_id: UUID | None = None) -> Viewer:
    """The same, with an account."""
    person = a_person(viewer)
    address = f"{person.user_id}@example.org"
    await User.create(
        id=person.user_id,
        name=name,
        name_key=fold(name),
        email=address,
        email_key=address,
        role=Role.WRITER,
        author_id=author_id,
    )
    return person


@pytest.mark.parametrize(
    ("status", "writer", "editor"),
    [
        ("DRAFT", [*_WRITES, "DELETE"], _OPEN),
        ("SCHEDULED", _WRITES, _OPEN),
        ("PUBLISHED", _WRITES, _PUBLIC),
        ("UNPUBLISHED", _WRITES, _OPEN),
        ("ARCHIVED", ["RESTORE"], ["RESTORE", "DELETE"]),
    ],
)
def test_the_table(status: str, writer: list[str], editor: list[str]) -> None:
    """A button that does nothing, or a deed that no button shows."""
    own = Standing(status=ArticleStatus(status), is_own=True)
    others = Standing(status=ArticleStatus(status))

    # Of a program's articles none is its own, and it may treat all as its scopes say.
    for viewer, standing in ((a_person(WRITER), own), (WRITER, own), (WRITER, others)):
        assert article_actions(viewer, standing) == [ArticleAction(name) for name in writer]
    assert article_actions(a_person(WRITER), others) == []
    for viewer in (a_person(EDITOR), EDITOR, SYSTEM):
        for standing in (own, others):
            assert article_actions(viewer, standing) == [ArticleAction(name) for name in editor]
    for viewer in (a_person(MODERATOR), MODERATOR, ANONYMOUS):
        assert article_actions(viewer, own) == []


def test_a_review_is_returned_by_editors_and_not_opened_twice() -> None:
    """A writer who returns an article to itself; a second review of the same."""
    waiting = Standing(status=ArticleStatus.DRAFT, in_review=True, is_own=True)
    draft = Standing(status=ArticleStatus.DRAFT, is_own=True)

    assert ArticleAction.SUBMIT not in article_actions(WRITER, waiting)
    assert ArticleAction.RETURN not in article_actions(WRITER, waiting)
    assert ArticleAction.RETURN in article_actions(EDITOR, waiting)
    assert ArticleAction.RETURN not in article_actions(EDITOR, draft)


def test_what_readers_are_shown_is_the_same_table() -> None:
    """`viewerCan` from another source would promise what is refused."""
    context = ReadContext(a_person(WRITER), clock.now())

    assert viewer_can(context, None, "ARCHIVED", False, True) == ["RESTORE"]
    assert viewer_can(context, None, "ARCHIVED", False, False) == []


@pytest.mark.asyncio
async def test_own_is_what_one_wrote_or_is_credited_for(database: Database) -> None:
    """A writer who may not touch the article that bears their name, or who may touch everybody's."""
    await found(database)
    author, other = await an_author(database), await an_author(database, "Kit Merrow")
    writer, colleague = await a_user(WRITER, author_id=author), await a_user(WRITER, "Bea Lock", author_id=other)
    written = await create_article(database, writer, a_draft("Written by them"))
    credited = await create_article(database, colleague, a_draft("Credited to them", contributors=signed(author)))
    strange = await create_article(database, colleague, a_draft("Neither"))
    nobodys = await an_article(database, "Nobody's")

    articles = [written, credited, strange, nobodys]
    assert [await is_own(database, writer, each) for each in articles] == [True, True, False, False]
    assert [await is_own(database, colleague, each) for each in articles] == [False, True, True, False]
    assert [await is_own(database, WRITER, each) for each in articles] == [False] * 4
    # Credited in the head, that is: the byline that was taken away again gives nothing.
    change = ArticleChange(article_id=credited.id, expected_version=1, contributors=())
    credited = await update_article(database, colleague, change)
    assert not await is_own(database, writer, credited)
    assert await is_own(database, colleague, credited)


@pytest.mark.asyncio
async def test_a_writer_works_on_own_articles_alone(database: Database) -> None:
    """What another writer has not finished would be submitted, restored or thrown away over their head."""
    await found(database)
    writer, colleague = await a_user(WRITER), await a_user(WRITER, "Bea Lock")
    article = await create_article(database, writer, a_draft())
    key, head = article.id, article.head_id
    assert head is not None
    before = await every_row(database)

    for refused in (
        update_article(database, colleague, ArticleChange(article_id=key, expected_version=1, title="Mine now")),
        submit_article(database, colleague, key, expected_version=1),
        restore_revision(database, colleague, head, expected_version=1),
        delete_article(database, colleague, key),
        publish_article(database, colleague, key, expected_version=1),
        archive_article(database, colleague, key),
        # Not by way of a version that is wrong either, which would tell what the article says.
        update_article(database, colleague, ArticleChange(article_id=key, expected_version=7, title="Mine now")),
    ):
        with pytest.raises(NotAllowed):
            await refused
    assert await every_row(database) == before

    saved = await update_article(database, writer, ArticleChange(article_id=key, expected_version=1, title="More"))
    submitted = await submit_article(database, writer, key, expected_version=2)
    restored = await restore_revision(database, writer, head, expected_version=3)
    assert [saved.version, submitted.version, restored.version] == [2, 3, 4]
    await delete_article(database, writer, key)
    assert await Article.filter(deleted_at=None).count() == 0


@pytest.mark.asyncio
async def test_a_writer_does_not_take_from_readers_what_they_have_seen(database: Database) -> None:
    """One click would undo what an editor has published."""
    await found(database)
    writer = await a_user(WRITER)
    article = await create_article(database, writer, a_draft())
    await publish_article(database, EDITOR, article.id)
    before = await every_row(database)

    with pytest.raises(NotAllowed) as refused:
        await delete_article(database, writer, article.id)

    assert refused.value.message == "This needs the scope CONTENT_PUBLISH."
    assert await every_row(database) == before


@pytest.mark.asyncio
async def test_editors_and_programs_work_on_everybodys(database: Database) -> None:
    """An editor who may only mend what they wrote is none; a program has written nothing."""
    await found(database)
    writer, editor = await a_user(WRITER), await a_user(EDITOR, "Bea Lock")
    article = await create_article(database, writer, a_draft())
    changes = [ArticleChange(article_id=article.id, expected_version=place, title=f"Edit {place}") for place in (1, 2)]

    await update_article(database, editor, changes[0])
    article = await update_article(database, WRITER, changes[1])

    assert article.version == 3


@pytest.mark.parametrize("perspective", ["DRAFT", "PUBLISHED"])
@pytest.mark.asyncio
async def test_what_is_shown_is_what_is_enforced(database: Database, perspective: str) -> None:
    """A button for what will be refused, or none for what one may do."""
    await found(database)
    author = await an_author(database)
    writer, colleague = await a_user(WRITER, author_id=author), await a_user(WRITER, "Bea Lock")
    editor = await a_user(EDITOR, "Cy Hall")
    articles = [
        await create_article(database, writer, a_draft("Written by them")),
        await create_article(database, colleague, a_draft("Credited to them", contributors=signed(author))),
        await create_article(database, colleague, a_draft("Neither")),
    ]
    for article in articles:
        await publish_article(database, EDITOR, article.id)
    order = "orderBy: [{field: CREATED_AT, direction: ASC}]"
    query = f"{{articles(perspective: {perspective}, {order}) {{nodes {{viewerCan}}}}}}"

    async with open_reader(database, "") as reader:
        ask = asker(reader)
        shown = {
            name: [set(node["viewerCan"]) for node in (await ask(query, viewer=viewer, at=now()))["articles"]["nodes"]]
            for name, viewer in (("writer", writer), ("editor", editor), ("token", WRITER))
        }

    assert shown == {
        "writer": [set(_WRITES), set(_WRITES), set()],
        "editor": [set(_PUBLIC)] * 3,
        "token": [set(_WRITES)] * 3,
    }
