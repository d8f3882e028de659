"""Authors: made known, changed, found again."""

import asyncio

import pytest

from cms.authors.actions import AuthorChange, AuthorDraft, create_author, update_author
from cms.authors.models import Author
from cms.kernel import clock
from cms.kernel.database import Database
from cms.kernel.errors import AlreadyExists, DomainError, NotAllowed, NotFound, Required, VersionConflict
from cms.kernel.ids import new_id
from cms.kernel.models import TextReference
from cms.kernel.viewer import ANONYMOUS
from cms.media.texts import RichTextInput
from tests.articles.world import DAY, NOON, WRITER, every_row, told


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
        author = await create_author(database, WRITER, draft, at=NOON - DAY)

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
    author = await create_author(database, WRITER, draft)

    renamed = await update_author(
        database, WRITER, AuthorChange(author_id=author.id, expected_version=1, name="Wren Ashdown", slug="ashdown")
    )
    same = await update_author(
        database, WRITER, AuthorChange(author_id=author.id, expected_version=2, name="Wren Ashdown", slug="ashdown")
    )
    cleared = await update_author(
        database, WRITER, AuthorChange(author_id=author.id, expected_version=2, bio=None, email=None)
    )

    assert (renamed.name_key, renamed.slug, renamed.bio_text) == ("wren ashdown", "ashdown", "Writes.")
    assert (same.version, cleared.version) == (2, 3)
    stored = await Author.get(id=author.id)
    assert [stored.bio_blocks, stored.bio_renderer, stored.email] == [None, None, None]
    assert await told() == {"AUTHOR_CHANGED": 3}


@pytest.mark.asyncio
async def test_of_thirty_who_change_one_version_one_does(database: Database) -> None:
    """A change that nobody was told is lost."""
    author = await create_author(database, WRITER, AuthorDraft(name="Wren"))

    async def rename(number: int) -> int:
        try:
            await update_author(
                database, WRITER, AuthorChange(author_id=author.id, expected_version=1, name=f"Wren {number}")
            )
        except VersionConflict as conflict:
            return conflict.current_version
        return 0

    assert sorted(await asyncio.gather(*(rename(number) for number in range(30)))) == [0, *[2] * 29]


@pytest.mark.asyncio
async def test_refusals_change_nothing(database: Database) -> None:
    """Half of a refused write is worse than the whole of it."""
    author = await create_author(database, WRITER, AuthorDraft(name="Wren", source="wxr", source_id="1"))
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
            await create_author(database, WRITER, draft)
        assert told_.value.path == path
    with pytest.raises(NotAllowed):
        await create_author(database, ANONYMOUS, AuthorDraft(name="Kit"))
    with pytest.raises(NotFound):
        await update_author(database, WRITER, AuthorChange(author_id=new_id(), expected_version=1, name="Kit"))
    with pytest.raises(VersionConflict):
        await update_author(database, WRITER, AuthorChange(author_id=author.id, expected_version=2, name="Kit"))

    assert await every_row(database) == before
