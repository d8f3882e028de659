"""What somebody hands in, and what they get back for it."""

from dataclasses import KW_ONLY, dataclass
from uuid import UUID

from cms.comments.models import Comment


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
        body: plain text with Markdown emphasis, links and quotes.
        guest: left out by whoever is signed in.
        accepted_terms_id: the version of the terms that the reader was shown.
        channel: how it came: `graphql`, `seed`, ...; kept with the consent.
        contributor_author_id: the author who writes, where no account says so; only for those who manage the site.
    """

    article_id: UUID
    body: str
    _: KW_ONLY
    parent_id: UUID | None = None
    guest: Guest | None = None
    accepted_terms_id: UUID | None = None
    notify_of_replies: bool = False
    channel: str = "graphql"
    anchor: Anchor | None = None
    contributor_author_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PostedComment:
    """A stored comment, and the token by which its writer is known; the token is shown once and stored nowhere."""

    comment: Comment
    edit_token: str
