"""Why a site was not put into a file, or not taken out of one. Each message says what to do; none holds content."""

from cms.kernel.errors import DomainError, ErrorCode


class BadArchive(DomainError):
    """A file that is not whole, or none that this version can read."""


class CannotPack(DomainError):
    """There is nothing to put into a file, or it could not be read or written; no file was made."""

    code = ErrorCode.CHECK_FAILED


class CannotUnpack(DomainError):
    """The file may be whole, and cannot be read, or this is not the place for what is in it; nothing was changed."""

    code = ErrorCode.STATE_CONFLICT
