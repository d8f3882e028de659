"""How the writer of a comment is known again without an account.

A token is the comment's key and a keyed hash of it, so nothing is stored and a token alone finds its comment.
"""

from uuid import UUID

from cms.kernel.secrecy import is_same, keyed_hash

_KEY_DIGITS = 32


def edit_token(comment_id: UUID) -> str:
    """The token of a comment: 32 hexadecimal digits of its key, a dot, and 64 of the hash."""
    return f"{comment_id.hex}.{_hash(comment_id)}"


def comment_of(token: str) -> UUID | None:
    """The comment a token was given out for, or None when it is none of ours."""
    digits = token.partition(".")[0]
    try:
        comment_id = UUID(digits) if len(digits) == _KEY_DIGITS else None
    except ValueError:
        return None
    return comment_id if comment_id and is_same(token, edit_token(comment_id)) else None


def _hash(comment_id: UUID) -> str:
    return keyed_hash("comment edit token", str(comment_id)).rpartition(":")[2]
