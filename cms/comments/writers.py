"""Who writes a comment: a guest by name, or somebody who works here and is signed in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Q

from cms.accounts.models import User
from cms.articles.models import RevisionContributor
from cms.authors.models import Author
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.models import Comment, CommentStatus
from cms.comments.policy import CommentPolicy
from cms.comments.signs import skeleton
from cms.kernel.comment_policy import CommentField
from cms.kernel.errors import InvalidInput, NotAllowed, Required
from cms.kernel.guards import require
from cms.kernel.inputs import email, line, optional_line, web_address
from cms.kernel.secrecy import email_key_of
from cms.kernel.text import fold
from cms.kernel.viewer import Scope, Viewer

MAX_NAME_CHARS = 100
# Characters that turn the direction around could rewrite what stands behind a name.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")


@dataclass(frozen=True, slots=True)
class Writer:
    """Whoever writes, checked. `email_key` recognises the address; `user_id` is set for an account."""

    name: str
    email: str | None = None
    email_key: str | None = None
    url: str | None = None
    user_id: UUID | None = None
    author_id: UUID | None = None


def read_guest(guest: Guest, required: frozenset[CommentField]) -> Writer:
    """The guest as they will be stored.

    Args:
        guest: as handed in.
        required: what may not be left out; a name that may be left out is stored as an empty text.

    Raises:
        Required, TooLong, InvalidInput: with the path of the field.
    """
    name = optional_line(_TURNING.sub("", guest.name), ("guest", "name"), MAX_NAME_CHARS)
    address, url = email(guest.email, ("guest", "email")), web_address(guest.url, ("guest", "url"))
    given = {CommentField.NAME: name, CommentField.EMAIL: address, CommentField.URL: url}
    for field, value in given.items():
        if field in required and value is None:
            raise Required("This site asks for this with every comment.", ("guest", field.lower()))
    return Writer(name or "", address, email_key_of(address) if address else None, url)


async def read_writer(viewer: Viewer, draft: CommentDraft, policy: CommentPolicy) -> Writer:
    """The account that is signed in, or the guest.

    Raises:
        Required, TooLong, InvalidInput: the guest is missing or not as it should be, or somebody signed in gives one.
        NotAllowed: the account is gone or switched off, or only a manager of the site may say which author writes.
    """
    if draft.contributor_author_id is not None:
        require(viewer, Scope.SITE_MANAGE)
    if viewer.user_id is not None:
        return await _account(viewer.user_id, draft.guest)
    if draft.guest is None:
        raise Required("Say who writes, or sign in.", ("guest",))
    guest = read_guest(draft.guest, policy.required_fields)
    return Writer(guest.name, guest.email, guest.email_key, guest.url, author_id=draft.contributor_author_id)


async def _account(user_id: UUID, guest: Guest | None) -> Writer:
    if guest is not None:
        raise InvalidInput("Leave the guest out: you are signed in, and your account says who you are.", ("guest",))
    user = await User.get_or_none(id=user_id, active=True)
    if user is None:
        raise NotAllowed("This account is not in use any more: sign in again.")
    name = line(user.name, (), MAX_NAME_CHARS)
    return Writer(name, user.email, email_key_of(user.email), user_id=user.id, author_id=user.author_id)


def writer_of(comment: Comment) -> Writer:
    """Whoever wrote a stored comment, as they were then."""
    return Writer(comment.author_name, comment.author_email, comment.email_key, comment.author_url, comment.user_id)


async def contributes(writer: Writer, revision_id: UUID) -> bool:
    """Whether the writer has a part in the revision that readers see."""
    if writer.author_id is None:
        return False
    return await RevisionContributor.filter(revision_id=revision_id, author_id=writer.author_id).exists()


async def is_known(writer: Writer, *, besides: UUID | None = None) -> bool:
    """Whether a comment of theirs was approved before, here or under another article; `besides` does not count."""
    if writer.user_id is not None:
        return True
    if writer.email_key is None:
        return False
    approved = Comment.filter(email_key=writer.email_key, status=CommentStatus.APPROVED)
    return await (approved.exclude(id=besides) if besides else approved).exists()


def same_person(writer: Writer, addresses: Sequence[str]) -> Q:
    """A condition on comments: theirs, as far as can be told. Without an address of any kind the name has to do."""
    if writer.user_id is not None:
        return Q(user_id=writer.user_id)
    if writer.email_key is not None:
        return Q(email_key=writer.email_key)
    if addresses:
        return Q(address_hash__in=addresses, email_key__isnull=True)
    return Q(author_key=fold(writer.name), email_key__isnull=True)


async def staff_names() -> frozenset[str]:
    """What the names of those who work or write here look like; see `signs.skeleton`."""
    accounts = await User.filter(active=True).values_list("name", flat=True)
    authors = await Author.filter(deleted_at__isnull=True).values_list("name", flat=True)
    return frozenset(skeleton(str(name)) for name in [*accounts, *authors])
