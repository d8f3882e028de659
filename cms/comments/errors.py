"""What can go wrong for somebody who writes a comment, beyond what can go wrong anywhere."""

from cms.kernel.errors import AlreadyExists, DomainError, ErrorCode


class CommentsClosed(DomainError):
    """The article takes no comments, or no more."""

    code = ErrorCode.COMMENTS_CLOSED


class RepeatedComment(AlreadyExists):
    """The same person said the same under the same article within a day."""
