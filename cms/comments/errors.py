"""What can go wrong for somebody who writes a comment, beyond what can go wrong anywhere."""

from cms.kernel.errors import AlreadyExists, DomainError, ErrorCode, InvalidInput


class CommentsClosed(DomainError):
    """The article takes no comments, or no more."""

    code = ErrorCode.COMMENTS_CLOSED


class RepeatedComment(AlreadyExists):
    """The same person said the same under the same article within a day."""


class ConfirmationIsVoid(InvalidInput):
    """What was mailed to be confirmed is not known, is too old, or came to an end; which of them is not told."""

    def __init__(self) -> None:
        super().__init__("This works no more: ask to be told of replies with your next comment.", ("token",))
