"""What can be wrong with publishing, beyond what can be wrong with any input."""

from collections.abc import Sequence

from cms.articles.checks import Finding
from cms.kernel.errors import DomainError, ErrorCode


class CheckFailed(DomainError):
    """A check found what keeps an article from going out.

    Attributes:
        findings: each with the name of its rule; all that were found, the harmless ones too.
    """

    code = ErrorCode.CHECK_FAILED

    def __init__(self, message: str, findings: Sequence[tuple[str, Finding]], path: tuple[str, ...] = ()) -> None:
        super().__init__(message, path)
        self.findings = findings
