"""What readers do with authors: write to them."""

import strawberry

from cms.authors.messages import MessageDraft, contact_author
from cms.kernel.ids import NodeType, parse_global_id
from schema.descriptions import described
from schema.fields import EVERYBODY, argument, given, read
from schema.problems import MutationPayload
from schema.writing import Outcome, Writing, key_of, optional_key, write


@described
@strawberry.input
class ContactAuthorInput:
    """A message to an author."""

    author_id: strawberry.ID = given(EVERYBODY, "To whom: an author whose `acceptsMessages` is true.")
    name: str = given(EVERYBODY, "Who writes; up to 200 characters.")
    email: str = given(EVERYBODY, "The address that the author's answer goes to.")
    message: str = given(EVERYBODY, "The message: plain text, 1 to 5,000 characters; it may hold links.")
    article_id: strawberry.ID | None = given(EVERYBODY, "The article it is about, one that readers see.")
    accepted_terms_id: strawberry.ID | None = given(
        EVERYBODY,
        "The version of the terms that the reader was shown and accepted; required while the site has any in force.",
    )


@described
@strawberry.type
class ContactAuthorPayload(MutationPayload):
    """What came of writing to an author."""

    accepted: bool = read(
        EVERYBODY, "Whether the message was taken, and is on its way; in a dry run, whether it would be."
    )


async def _contact(by: Writing, draft: MessageDraft) -> Outcome:
    await contact_author(by.database, by.viewer, draft, by.address)
    return Outcome(values={"accepted": True})


def _draft(input: ContactAuthorInput) -> MessageDraft:  # noqa: A002 - the API's word
    return MessageDraft(
        author_id=key_of(input.author_id, NodeType.AUTHOR, ("authorId",)),
        name=input.name,
        email=input.email,
        message=input.message,
        article_id=optional_key(input.article_id, NodeType.ARTICLE, ("articleId",)),
        # What is no id at all accepts nothing: it is answered with the terms to show, as an outdated one is.
        accepted_terms=parse_global_id(input.accepted_terms_id or ""),
    )


@strawberry.type
class ContactMutations:
    """The verbs of readers who write to authors."""

    contact_author: ContactAuthorPayload = write(
        EVERYBODY,
        "Write to an author. The message is kept and mailed; five in ten minutes are taken from one neighbourhood of "
        "addresses.",
        _contact,
        arguments={"input": argument(EVERYBODY, ContactAuthorInput, "The message.")},
        unpack=_draft,
    )
