"""Authors: made known, changed, found again, and gone."""

import asyncio
from uuid import UUID

import pytest

from cms.articles.actions import delete_article, publish_article, update_article
from cms.articles.drafts import ArticleChange
from cms.articles.models import Article
from cms.authors.actions import AuthorChange, AuthorDraft, create_author, delete_author, update_author
from cms.authors.models import Author
from cms.disclaimers.models import DisclaimerScope
from cms.kernel import clock
from cms.kernel.database import Database, transaction
from cms.kernel.effects import noting
from cms.kernel.errors import AlreadyExists, DomainError, InUse, NotAllowed, NotFound, Required, VersionConflict
from cms.kernel.ids import GlobalId, NodeType, new_id
from cms.kernel.models import Event, TextReference, Tombstone
from cms.kernel.viewer import ANONYMOUS
from cms.media.texts import RichTextInput
from cms.site.models import Redirect
from tests.articles.world import (
    DAY,
    EDITOR,
    NOON,
    a_disclaimer,
    an_article,
    an_author,
    every_row,
    found,
    signed,
    told,
)


@pytest.mark.asyncio
async def test_an_author_is_stored_as_given(database: Database) -> None:
    """A field that is accepted and not stored is lost without anybody noticing."""
    article = new_id()
    draft = AuthorDraft(
        name="Wren  Ashdown",
        credentials="PhD",
        bio=RichTextInput(markdown=f"Writes about [boats](article:art_{article})."),
        website="https://wren.example.org",
        email="wren@example.org",
        accepts_messages=True,
    )

    with clock.at(NOON):
        author = await create_author(database, EDITOR, draft, at=NOON - DAY)

    stored = await Author.get(id=author.id)
    assert (stored.name, stored.name_key, stored.slug) == ("Wren Ashdown", "wren ashdown", "wren-ashdown")
    assert (stored.version, stored.created_at, stored.article_count) == (1, NOON - DAY, 0)
    assert (stored.bio_text, stored.email, stored.accepts_messages) == ("Writes about boats.", "wren@example.org", True)
    named = await TextReference.filter(owner_id=author.id).values_list("position", "target_type", "target_id")
    assert named == [(0, "art", article)]
    assert await told() == {"AUTHOR_CHANGED": 1}


@pytest.mark.asyncio
async def test_a_change_changes_what_it_names(database: Database) -> None:
    """A client that sends only the name must not delete the rest."""
    draft = AuthorDraft(name="Wren", bio=RichTextInput(markdown="Writes."), email="wren@example.org")
    author = await create_author(database, EDITOR, draft)

    renamed = await update_author(
        database, EDITOR, AuthorChange(author_id=author.id, expected_version=1, name="Wren Ashdown", slug="ashdown")
    )
    same = await update_author(
        database, EDITOR, AuthorChange(author_id=author.id, expected_version=2, name="Wren Ashdown", slug="ashdown")
    )
    cleared = await update_author(
        database, EDITOR, AuthorChange(author_id=author.id, expected_version=2, bio=None, email=None)
    )

    assert (renamed.name_key, renamed.slug, renamed.bio_text) == ("wren ashdown", "ashdown", "Writes.")
    assert (same.version, cleared.version) == (2, 3)
    stored = await Author.get(id=author.id)
    assert [stored.bio_blocks, stored.bio_renderer, stored.email] == [None, None, None]
    assert await told() == {"AUTHOR_CHANGED": 3}


@pytest.mark.asyncio
async def test_of_thirty_who_change_one_version_one_does(database: Database) -> None:
    """A change that nobody was told is lost."""
    author = await create_author(database, EDITOR, AuthorDraft(name="Wren"))

    async def rename(number: int) -> int:
        try:
            await update_author(
                database, EDITOR, AuthorChange(author_id=author.id, expected_version=1, name=f"Wren {number}")
            )
        except VersionConflict as conflict:
            return conflict.current_version
        return 0

    assert sorted(await asyncio.gather(*(rename(number) for number in range(30)))) == [0, *[2] * 29]


@pytest.mark.asyncio
async def test_refusals_change_nothing(database: Database) -> None:
    """Half of a refused write is worse than the whole of it."""
    author = await create_author(database, EDITOR, AuthorDraft(name="Wren", source="wxr", source_id="1"))
    before = await every_row(database)

    refused: list[tuple[AuthorDraft, type[DomainError], tuple[str, ...]]] = [
        (AuthorDraft(name=" "), Required, ("name",)),
        (AuthorDraft(name="x" * 201), DomainError, ("name",)),
        (AuthorDraft(name="Wren", slug="wren"), AlreadyExists, ("slug",)),
        (AuthorDraft(name="Wren", source="wxr", source_id="1"), AlreadyExists, ("sourceId",)),
        (AuthorDraft(name="Wren", email="wren"), DomainError, ("email",)),
        (AuthorDraft(name="Wren", accepts_messages=True), Required, ("email",)),
        (AuthorDraft(name="Wren", website="javascript:alert(1)"), DomainError, ("website",)),
        (AuthorDraft(name="Wren", avatar_id=new_id()), NotFound, ("avatarId",)),
    ]
    for draft, error, path in refused:
        with pytest.raises(error) as told_:
            await create_author(database, EDITOR, draft)
        assert told_.value.path == path
    with pytest.raises(NotAllowed):
        await create_author(database, ANONYMOUS, AuthorDraft(name="Kit"))
    with pytest.raises(NotFound):
        await update_author(database, EDITOR, AuthorChange(author_id=new_id(), expected_version=1, name="Kit"))
    with pytest.raises(VersionConflict):
        await update_author(database, EDITOR, AuthorChange(author_id=author.id, expected_version=2, name="Kit"))

    assert await every_row(database) == before


async def redirects() -> dict[str, str]:
    """Every redirect: from where to where."""
    return {row.from_path: row.target for row in await Redirect.all()}


@pytest.mark.asyncio
async def test_an_author_who_moves_is_followed(database: Database) -> None:
    """Every link to their page would break; and going back must not send readers in circles."""
    await found(database)
    author = await create_author(database, EDITOR, AuthorDraft(name="Wren"))
    named = str(GlobalId(NodeType.AUTHOR, author.id))

    with noting() as effects:
        await update_author(database, EDITOR, AuthorChange(author_id=author.id, expected_version=1, slug="ashdown"))
    moved = await redirects()
    await update_author(database, EDITOR, AuthorChange(author_id=author.id, expected_version=2, slug="wren-ashdown"))
    twice = await redirects()
    await update_author(database, EDITOR, AuthorChange(author_id=author.id, expected_version=3, slug="wren"))

    assert moved == {"/authors/wren": named}
    assert len(effects.redirects) == 1
    assert twice == {"/authors/wren": named, "/authors/ashdown": named}
    assert await redirects() == {"/authors/ashdown": named, "/authors/wren-ashdown": named}


@pytest.mark.asyncio
async def test_who_takes_an_address_that_was_left_is_found_there(database: Database) -> None:
    """A new author with the old slug would be hidden behind the redirect of another."""
    await found(database)
    author = await create_author(database, EDITOR, AuthorDraft(name="Wren"))
    await update_author(database, EDITOR, AuthorChange(author_id=author.id, expected_version=1, slug="ashdown"))

    await create_author(database, EDITOR, AuthorDraft(name="Wren"))

    assert await redirects() == {}


@pytest.mark.asyncio
async def test_the_log_tells_what_changed_and_no_mail_address(database: Database) -> None:
    """A stale writer is shown the others' changes from it; and whoever may read the log may not read the address."""
    author = await create_author(database, EDITOR, AuthorDraft(name="Wren", email="wren@example.org"))
    await update_author(
        database,
        EDITOR,
        AuthorChange(
            author_id=author.id,
            expected_version=1,
            name="Wren Ashdown",
            bio=RichTextInput(markdown="Writes *well*."),
            email="other@example.org",
            accepts_messages=True,
        ),
    )

    first, second = await Event.filter(type="AUTHOR_CHANGED").order_by("seq")
    assert [change["field"] for change in first.payload["changed"]] == ["slug", "name", "email", "acceptsMessages"]
    assert second.payload == {
        "version": 2,
        "changed": [
            {"field": "name", "before": "Wren", "after": "Wren Ashdown"},
            {"field": "bio", "before": None, "after": "Writes *well*.\n"},
            {"field": "email", "before": None, "after": None},
            {"field": "acceptsMessages", "before": False, "after": True},
        ],
    }
    with pytest.raises(VersionConflict) as stale:
        await update_author(database, EDITOR, AuthorChange(author_id=author.id, expected_version=1, name="Kit"))
    assert stale.value.theirs == tuple(second.payload["changed"])


@pytest.mark.asyncio
async def test_an_author_whom_nothing_names_goes(database: Database) -> None:
    """The page says that it is gone, and the name is free for somebody else."""
    await found(database)
    author = await create_author(database, EDITOR, AuthorDraft(name="Wren"))

    with clock.at(NOON):
        await delete_author(database, EDITOR, author.id)

    stored = await Author.get(id=author.id)
    assert (stored.deleted_at, stored.version) == (NOON, 2)
    stones = await Tombstone.all().values_list("node_id", "type", "since", "path")
    assert stones == [(author.id, "aut", NOON, "/authors/wren")]
    event = await Event.filter(type="AUTHOR_CHANGED").order_by("-seq").first()
    assert event is not None
    assert event.payload == {"version": 2, "changed": [], "deleted": True}
    assert (await create_author(database, EDITOR, AuthorDraft(name="Wren"))).slug == "wren"
    with pytest.raises(NotFound):
        await delete_author(database, EDITOR, author.id)


async def stays(database: Database, author_id: UUID) -> None:
    """See that an author cannot go since something names them, and that nothing changes."""
    before = await every_row(database)
    with pytest.raises(InUse) as refused:
        await delete_author(database, EDITOR, author_id)
    assert (refused.value.node, refused.value.path) == (GlobalId(NodeType.AUTHOR, author_id), ("id",))
    assert await every_row(database) == before


async def unsigned(database: Database, article: Article) -> None:
    """The article without its byline, saved and published."""
    version = (await Article.get(id=article.id)).version
    change = ArticleChange(article_id=article.id, expected_version=version, contributors=())
    await update_article(database, EDITOR, change)
    await publish_article(database, EDITOR, article.id)


@pytest.mark.asyncio
async def test_an_author_whom_something_names_stays(database: Database) -> None:
    """An article without the name that it was printed with, or a disclaimer that covers nobody."""
    await found(database)
    drafted, printed, covered = [await an_author(database, name) for name in ("Wren", "Asa", "Kit")]
    draft = await an_article(database, "A draft", contributors=signed(drafted))
    article = await an_article(database, "The ferry", contributors=signed(printed))
    await publish_article(database, EDITOR, article.id)
    await unsigned(database, article)
    await a_disclaimer(database, scope=DisclaimerScope.AUTHOR, author_ids=(covered,))

    for author in (drafted, printed, covered):
        await stays(database, author)

    await delete_article(database, EDITOR, draft.id)
    await delete_article(database, EDITOR, article.id)
    for author in (drafted, printed):
        await delete_author(database, EDITOR, author)
    assert await Author.filter(deleted_at=None).count() == 1


@pytest.mark.asyncio
async def test_an_author_whom_somebody_is_naming_stays(database: Database) -> None:
    """The article is written and not yet committed: nobody else sees it, and it would name somebody who is gone."""
    await found(database)
    author = await an_author(database)
    written = asyncio.Event()

    async def delete() -> None:
        await written.wait()
        await delete_author(database, EDITOR, author)

    deleting = asyncio.create_task(delete())
    async with transaction(database):
        await an_article(database, contributors=signed(author))
        written.set()
        # Long enough to come to the author, where it has to wait.
        await asyncio.wait([deleting], timeout=0.3)
    [gone] = await asyncio.gather(deleting, return_exceptions=True)

    assert isinstance(gone, InUse)


@pytest.mark.asyncio
async def test_nobody_but_writers_lets_an_author_go(database: Database) -> None:
    """A refusal comes before anything is looked up."""
    author = await an_author(database)
    before = await every_row(database)

    for key in (author, new_id()):
        with pytest.raises(NotAllowed):
            await delete_author(database, ANONYMOUS, key)

    assert await every_row(database) == before
