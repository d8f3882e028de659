"""What editors do with authors."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from cms.authors.actions import (
    AuthorChange,
    AuthorDraft,
    create_author,
    delete_author,
    update_author,
    with_bio_read,
)
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import Scope
from schema.article_mutations import DeletePayload
from schema.descriptions import described
from schema.fields import EVERYBODY, argument, given, read
from schema.problems import MutationPayload
from schema.richtext import RichTextInput, rich_text
from schema.scalars import Url
from schema.writing import ID, Outcome, Writing, changed, kept, key_of, optional_key, write

if TYPE_CHECKING:
    from schema.authors import Author


@described
@strawberry.input
class CreateAuthorInput:
    """An author to be made known."""

    slug: str | None = given(EVERYBODY, "The last part of the address; left out, it is made from the name.")
    name: str = given(EVERYBODY, "The name in full, as it is to be printed; up to 200 characters.")
    credentials: str | None = given(EVERYBODY, "Degrees and titles to print behind the name, like `LMFT, PhD`.")
    bio: RichTextInput | None = given(EVERYBODY, "A few words about them.")
    avatar_id: strawberry.ID | None = given(EVERYBODY, "A picture of them.")
    website: Url | None = given(EVERYBODY, "Their own site.")
    email: str | None = given(EVERYBODY, "Where readers' messages are sent; readers never see it.")
    accepts_messages: bool = given(
        EVERYBODY, "Whether readers can write to them through the site; needs a mail address.", default=False
    )


@described
@strawberry.input
class UpdateAuthorInput:
    """What changes about an author. Fields left out stay as they are; null clears."""

    id: strawberry.ID = given(EVERYBODY, "Which author.")
    expected_version: int = given(
        EVERYBODY, "The version the caller has seen; where it is another by now, nothing is overwritten."
    )
    slug: strawberry.Maybe[str] = given(
        EVERYBODY, "The last part of the address; from the old address a redirect leads to the new one."
    )
    name: strawberry.Maybe[str] = given(
        EVERYBODY, "The name in full; what was printed under articles stays as it was printed."
    )
    credentials: strawberry.Maybe[str | None] = given(EVERYBODY, "Degrees and titles to print behind the name.")
    bio: strawberry.Maybe[RichTextInput | None] = given(EVERYBODY, "A few words about them.")
    avatar_id: strawberry.Maybe[strawberry.ID | None] = given(EVERYBODY, "A picture of them.")
    website: strawberry.Maybe[Url | None] = given(EVERYBODY, "Their own site.")
    email: strawberry.Maybe[str | None] = given(EVERYBODY, "Where readers' messages are sent.")
    accepts_messages: strawberry.Maybe[bool] = given(EVERYBODY, "Whether readers can write to them through the site.")


@described
@strawberry.type
class AuthorPayload(MutationPayload):
    """What came of doing something with an author."""

    author: Annotated["Author", strawberry.lazy("schema.authors")] | None = read(
        EVERYBODY, "The author as they are now; null when it did not work, and in a dry run."
    )


async def _create(by: Writing, draft: AuthorDraft) -> Outcome:
    author = await create_author(by.database, by.viewer, draft)
    return Outcome(node=GlobalId(NodeType.AUTHOR, author.id))


async def _update(by: Writing, change: AuthorChange) -> Outcome:
    author = await update_author(by.database, by.viewer, change)
    return Outcome(node=GlobalId(NodeType.AUTHOR, author.id))


async def _delete(by: Writing, id: str) -> Outcome:  # noqa: A002 - the API's word
    author = await delete_author(by.database, by.viewer, key_of(id, NodeType.AUTHOR))
    return Outcome(deleted=GlobalId(NodeType.AUTHOR, author.id))


def _draft(input: CreateAuthorInput) -> AuthorDraft:  # noqa: A002 - as above
    return with_bio_read(
        AuthorDraft(
            slug=input.slug,
            name=input.name,
            credentials=input.credentials,
            bio=rich_text(input.bio) if input.bio else None,
            avatar_id=optional_key(input.avatar_id, NodeType.MEDIA, ("avatarId",)),
            website=input.website,
            email=input.email,
            accepts_messages=input.accepts_messages,
        )
    )


def _change(input: UpdateAuthorInput) -> AuthorChange:  # noqa: A002 - as above
    return with_bio_read(
        AuthorChange(
            author_id=key_of(input.id, NodeType.AUTHOR),
            expected_version=input.expected_version,
            slug=kept(input.slug),
            name=kept(input.name),
            credentials=kept(input.credentials),
            bio=changed(input.bio, rich_text),
            avatar_id=changed(input.avatar_id, lambda found: key_of(found, NodeType.MEDIA, ("avatarId",))),
            website=kept(input.website),
            email=kept(input.email),
            accepts_messages=kept(input.accepts_messages),
        )
    )


@described
@strawberry.type
class AuthorMutations:
    """Writes to authors."""

    create_author: AuthorPayload = write(
        Scope.CONTENT_PUBLISH,
        "Make an author known.",
        _create,
        arguments={"input": argument(EVERYBODY, CreateAuthorInput, "Who it is.")},
        unpack=_draft,
    )
    update_author: AuthorPayload = write(
        Scope.CONTENT_PUBLISH,
        "Change what is known of an author.",
        _update,
        arguments={"input": argument(EVERYBODY, UpdateAuthorInput, "What changes.")},
        unpack=_change,
    )
    delete_author: DeletePayload = write(
        Scope.CONTENT_PUBLISH,
        "Delete an author whom no article and no disclaimer names.",
        _delete,
        arguments=ID,
        uses=NodeType.AUTHOR,
    )
