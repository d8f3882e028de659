"""What a caller can do wrong. A fault of ours is any other exception, and is masked before it leaves."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypedDict

from cms.kernel.ids import GlobalId


class ErrorCode(StrEnum):
    """Why a request could not be carried out, for programs; the message is for people."""

    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    TOO_LONG = "TOO_LONG"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    NOT_ALLOWED = "NOT_ALLOWED"
    STATE_CONFLICT = "STATE_CONFLICT"
    CHECK_FAILED = "CHECK_FAILED"
    IN_USE = "IN_USE"
    TERMS_NOT_ACCEPTED = "TERMS_NOT_ACCEPTED"
    COMMENTS_CLOSED = "COMMENTS_CLOSED"
    RATE_LIMITED = "RATE_LIMITED"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    UNSUPPORTED_MEDIA = "UNSUPPORTED_MEDIA"
    TOO_LARGE = "TOO_LARGE"


class FieldChange(TypedDict):
    """What a field said before and after, as JSON can say it: by its name in the API, rich text as Markdown.

    Where both are null, the field changed and its values are nobody's to be told.
    """

    field: str
    before: object
    after: object


class DomainError(Exception):
    """A caller's mistake, or something the caller could not have known.

    Attributes:
        code: stable, for programs.
        message: for people; says what to do next.
        path: the input it belongs to, outermost first, e.g. `("guest", "name")`; empty for the whole request.
    """

    code: ErrorCode = ErrorCode.INVALID

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


class InvalidInput(DomainError):
    """A value that cannot be accepted as it is."""


class Required(DomainError):
    """A value that must be there is missing or empty."""

    code = ErrorCode.REQUIRED


class TooLong(DomainError):
    """A text longer than what is stored of its kind."""

    code = ErrorCode.TOO_LONG


class NotFound(DomainError):
    """Not there, or not for this caller: the answer is the same."""

    code = ErrorCode.NOT_FOUND


class AlreadyExists(DomainError):
    """Something unique, such as a slug, is taken."""

    code = ErrorCode.ALREADY_EXISTS


class NotAllowed(DomainError):
    """The caller lacks a scope; the message names it."""

    code = ErrorCode.NOT_ALLOWED


class StateConflict(DomainError):
    """The thing is in a state in which this cannot be done."""

    code = ErrorCode.STATE_CONFLICT


class VersionConflict(DomainError):
    """Somebody else changed it first.

    Attributes:
        current_version: what `expectedVersion` would have to be now.
        current: what was changed, where that is known.
        theirs: what the others changed since the version that was expected, a field at a time.
    """

    code = ErrorCode.VERSION_CONFLICT

    def __init__(
        self,
        message: str,
        current_version: int,
        path: tuple[str, ...] = ("expectedVersion",),
        *,
        current: GlobalId | None = None,
        theirs: Sequence[FieldChange] = (),
    ) -> None:
        super().__init__(message, path)
        self.current_version = current_version
        self.current = current
        self.theirs = theirs


class RateLimited(DomainError):
    """It was tried too often.

    Attributes:
        retry_after: in how many seconds it may be tried again; at least 1.
    """

    code = ErrorCode.RATE_LIMITED

    def __init__(self, message: str, retry_after: int, path: tuple[str, ...] = ()) -> None:
        super().__init__(message, path)
        self.retry_after = retry_after


class TermsNotAccepted(DomainError):
    """The terms in force were not accepted; what was shown to the reader may have been an older version.

    Attributes:
        terms: the version to show and accept.
    """

    code = ErrorCode.TERMS_NOT_ACCEPTED

    def __init__(self, message: str, terms: GlobalId, path: tuple[str, ...] = ("acceptedTermsId",)) -> None:
        super().__init__(message, path)
        self.terms = terms


class InUse(DomainError):
    """Other content names it, and would be left with a gap.

    Attributes:
        node: what is named.
    """

    code = ErrorCode.IN_USE

    def __init__(self, message: str, node: GlobalId, path: tuple[str, ...] = ("id",)) -> None:
        super().__init__(message, path)
        self.node = node
