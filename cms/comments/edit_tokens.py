"""How the writer of a comment is known again without an account: by a token that names the comment, stored nowhere."""

from typing import Final
from uuid import UUID

from cms.kernel.signed_keys import key_signed, signed

_PURPOSE: Final = "comment edit token"


def edit_token(comment_id: UUID) -> str:
    """The token of a comment; see `signed_keys`."""
    return signed(_PURPOSE, comment_id)


def comment_of(token: str) -> UUID | None:
    """The comment a token was given out for, or None when it is none of ours."""
    return key_signed(_PURPOSE, token)
