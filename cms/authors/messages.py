"""What readers write to authors: a message, kept and mailed, to whoever takes messages.

The one thing to know: a message, the consent that goes with it and the letter that carries it are written together or
not at all. What it says stands in its own row and in the letter alone: no event and no log line repeats it.

What a message may be about, and what its writer has to accept, stand above authors or beside them, so those tables are
known by name, as foreign keys know them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Q

from cms.authors.models import Author, Message
from cms.kernel.addresses import table
from cms.kernel.clock import now
from cms.kernel.database import Database, transaction
from cms.kernel.errors import NotFound, Required, StateConflict, TermsNotAccepted
from cms.kernel.events import InternalEvent, append_event
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.inputs import email, line, text
from cms.kernel.mail import send_mail
from cms.kernel.origins import address_hash
from cms.kernel.secrecy import email_key_of
from cms.kernel.throttling import Quota, block_of, throttled
from cms.kernel.viewer import Viewer

MAX_NAME_CHARS: Final = 200
MAX_MESSAGE_CHARS: Final = 5000
#: For each block of addresses, over all authors; what was refused does not count.
QUOTA: Final = Quota(5, timedelta(minutes=10))


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDraft:
    """A message as it is handed in.

    Attributes:
        message: plain text.
        article_id: the article it is about, where it is about one.
        accepted_terms: the version of the terms that the reader was shown.
        channel: how it came; kept with the consent.
    """

    author_id: UUID
    name: str
    email: str
    message: str
    article_id: UUID | None = None
    accepted_terms: GlobalId | None = None
    channel: str = "graphql"


@dataclass(frozen=True, slots=True)
class _Letter:
    """A message, checked: who writes, from which address, and what."""

    name: str
    email: str
    body: str


async def contact_author(database: Database, viewer: Viewer, draft: MessageDraft, address: str | None) -> Message:
    """Keep a reader's message to an author, and mail it to them; answers go to the reader.

    Args:
        database: where.
        viewer: who writes; everybody may.
        draft: what.
        address: where the request comes from; None where nobody knows, which all count together.

    Raises:
        RateLimited: five came from this block of addresses in the last ten minutes.
        Required, TooLong, InvalidInput: the name, the address or the text cannot be taken; see the path.
        NotFound: there is no such author, or readers see no such article.
        StateConflict: the author takes no messages.
        TermsNotAccepted: with the version to show.
    """
    letter = _read(draft)
    async with transaction(database):
        # Counted in the same transaction, so that neither a refusal nor a dry run costs the reader a try.
        await throttled(database, f"contact:{block_of(address)}", QUOTA)
        recipient = await _recipient(draft.author_id)
        title = await _title(database, draft.article_id)
        terms = await _accepted_terms(database, draft.accepted_terms)
        message = await _store(draft, letter, address)
        if terms is not None:
            await _record_consent(database, message, terms, draft.channel)
        await _mail(database, recipient, message, title)
        await _announce(database, viewer, message)
    return message


def _read(draft: MessageDraft) -> _Letter:
    name = line(draft.name, ("name",), MAX_NAME_CHARS)
    sender = email(draft.email)
    if sender is None:
        raise Required("An author can only answer where there is a mail address.", ("email",))
    body = text(draft.message, ("message",), MAX_MESSAGE_CHARS)
    if not body:
        raise Required("Write something here.", ("message",))
    return _Letter(name, sender, body)


async def _recipient(author_id: UUID) -> str:
    """The address of an author who takes messages."""
    author = await Author.get_or_none(id=author_id, deleted_at=None)
    if author is None:
        raise NotFound("There is no such author.", ("authorId",))
    if not author.accepts_messages or author.email is None:
        raise StateConflict("This author takes no messages.", ("authorId",))
    return author.email


async def _title(database: Database, article_id: UUID | None) -> str | None:
    """The title under which readers see the article now; None for a message that is about none."""
    if article_id is None:
        return None
    moment = now()
    begun = table(database, "Publication").filter(article_id=article_id, starts_at__lte=moment)
    live = await begun.filter(Q(ends_at=None) | Q(ends_at__gt=moment)).limit(1).values("revision_id")
    if not live or not await table(database, "Article").exists(id=article_id, deleted_at=None):
        raise NotFound("There is no such article.", ("articleId",))
    revision = await table(database, "ArticleRevision").get(id=live[0]["revision_id"]).values("title")
    return str(revision["title"])


async def _accepted_terms(database: Database, accepted: GlobalId | None) -> dict[str, Any] | None:
    """The terms in force, if they are what was accepted; None while there are none."""
    versions = table(database, "PolicyVersion").filter(kind="TERMS", effective_from__lte=now())
    newest = versions.order_by("-effective_from", "-number").limit(1)
    found = await newest.values("id", "digest", "acceptance_text")
    if not found:
        return None
    terms = GlobalId(NodeType.POLICY_VERSION, found[0]["id"])
    if accepted != terms:
        message = "Accept the terms in force before you write: show them, then send their id as acceptedTermsId."
        raise TermsNotAccepted(message, terms)
    return dict(found[0])


async def _store(draft: MessageDraft, letter: _Letter, address: str | None) -> Message:
    at = now()
    return await Message.create(
        author_id=draft.author_id,
        article_id=draft.article_id,
        name=letter.name,
        email=letter.email,
        email_key=email_key_of(letter.email),
        body=letter.body,
        address_hash=address_hash(address, at),
        created_at=at,
    )


async def _record_consent(database: Database, message: Message, terms: dict[str, Any], channel: str) -> None:
    """Keep what was agreed to, word for word: the terms may change, and this says what stood at the checkbox."""
    at: datetime = message.created_at
    await table(database, "Consent").create(
        message_id=message.id,
        terms_id=terms["id"],
        digest=terms["digest"],
        wording=terms["acceptance_text"],
        accepted_at=at,
        created_at=at,
        channel=channel,
    )


async def _mail(database: Database, recipient: str, message: Message, title: str | None) -> None:
    about = [] if title is None else [f"It is about your article: {title}", ""]
    said = [f"{message.name} <{message.email}> wrote to you:", "", *about, message.body, ""]
    await send_mail(
        database,
        to=recipient,
        subject="A message from a reader",
        text="\n".join([*said, "-- ", "To answer, reply to this letter: your answer goes to the reader."]),
        key=f"message:{message.id}",
        reply_to=message.email,
        about=[message.id],
    )


async def _announce(database: Database, viewer: Viewer, message: Message) -> None:
    """Say that a message came, to whom and about what; nothing of whoever wrote it."""
    node, payload = GlobalId(NodeType.AUTHOR, message.author_id), {"messageId": str(message.id)}
    await append_event(
        database, InternalEvent.MESSAGE_RECEIVED, viewer.actor, node, article_id=message.article_id, payload=payload
    )
