"""Why a backup was not taken, or not given back. Each message says what to do; none holds content."""

from cms.kernel.errors import DomainError, ErrorCode


class BadBackup(DomainError):
    """A file that is no whole backup, or none that this version can read."""


class CannotBackUp(DomainError):
    """There is nothing to back up, or it could not be read or written; no file was made."""

    code = ErrorCode.CHECK_FAILED


class CannotRestore(DomainError):
    """The backup may be whole, and cannot be read, or this is not the place for it; nothing was changed."""

    code = ErrorCode.STATE_CONFLICT
