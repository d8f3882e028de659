"""What somebody hands in, and what they get back for it."""

from dataclasses import KW_ONLY, dataclass
from typing import Final
from uuid import UUID

from cms.comments.bodies import Body, read_body
from cms.comments.models import Comment

#: Texts up to here are read before anybody knows how long they may be; a longer one is read where its article lets
#: comments be as long. Reading takes 14 ms for a thousand characters at worst, and strangers send what they like.
READ_EARLY_CHARS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who is not signed in, as they call themselves."""

    name: str
    email: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """The passage a comment is about: the words themselves, what stands around them, and the block they stand in."""

    block_key: str
    exact: str
    prefix: str | None = None
    suffix: str | None = None


@dataclass(frozen=True, slots=True)
class CommentDraft:
    """A comment as it is handed in.

    Attributes:
        body: plain text with Markdown emphasis, links and quotes; or what was read of it.
        guest: left out by whoever is signed in.
        accepted_terms_id: the version of the terms that the reader was shown.
        channel: how it came: `graphql`, `seed`, ...; kept with the consent.
        contributor_author_id: the author who writes, where no account says so; only for those who manage the site.
    """

    article_id: UUID
    body: str | Body
    _: KW_ONLY
    parent_id: UUID | None = None
    guest: Guest | None = None
    accepted_terms_id: UUID | None = None
    notify_of_replies: bool = False
    channel: str = "graphql"
    anchor: Anchor | None = None
    contributor_author_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CommentEdit:
    """Another text for a comment, from whoever holds its edit token."""

    comment_id: UUID
    edit_token: str
    body: str | Body


@dataclass(frozen=True, slots=True)
class PostedComment:
    """A stored comment, and the token by which its writer is known; the token is shown once and stored nowhere."""

    comment: Comment
    edit_token: str


def read_early(typed: str) -> str | Body:
    """A comment's text read: do it before a transaction, which on SQLite keeps every other writer waiting.

    Raises:
        InvalidInput: as `read_body`.
    """
    return read_body(typed, READ_EARLY_CHARS) if len(typed) <= READ_EARLY_CHARS else typed


def body_of(given: str | Body, max_chars: int) -> Body:
    """What was read, or is to be read now.

    Raises:
        InvalidInput: as `read_body`.
    """
    return read_body(given, max_chars) if isinstance(given, str) else given
