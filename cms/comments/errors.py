"""What can go wrong for somebody who writes a comment, beyond what can go wrong anywhere."""

from uuid import UUID

from cms.kernel.errors import AlreadyExists, DomainError, ErrorCode


class CommentsClosed(DomainError):
    """The article takes no comments, or no more."""

    code = ErrorCode.COMMENTS_CLOSED


class RepeatedComment(AlreadyExists):
    """The same person said the same under the same article within a day."""


class TermsNotAccepted(DomainError):
    """The terms in effect were not accepted; what was shown to the reader may have been an older version.

    Attributes:
        terms_id: the version to show and accept.
    """

    code = ErrorCode.TERMS_NOT_ACCEPTED

    def __init__(self, terms_id: UUID) -> None:
        message = "Accept the terms in effect before you comment: show them, then send their id as acceptedTermsId."
        super().__init__(message, ("acceptedTermsId",))
        self.terms_id = terms_id
