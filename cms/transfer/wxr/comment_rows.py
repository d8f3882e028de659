"""What a comment says that was one in WordPress: who wrote it, when, and where it stands with the moderators.

The one thing to know: nothing that somebody typed keeps a comment out. An address that is none goes, a long name is
shortened, and the report tells of it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from cms.comments.bulk import BulkComment
from cms.comments.models import CommentStatus
from cms.comments.writers import MAX_NAME_CHARS
from cms.transfer.wxr.identity import SOURCE
from cms.transfer.wxr.job import Job
from cms.transfer.wxr.moments import moment_of
from cms.transfer.wxr.parsed import ParsedComment
from cms.transfer.wxr.plan import Head
from cms.transfer.wxr.wording import kept_address, kept_email, plain_line, shortened

_STATUSES: Final[Mapping[str, CommentStatus]] = {
    "1": CommentStatus.APPROVED,
    "approve": CommentStatus.APPROVED,
    "approved": CommentStatus.APPROVED,
    "0": CommentStatus.PENDING,
    "hold": CommentStatus.PENDING,
    "spam": CommentStatus.SPAM,
    "trash": CommentStatus.REJECTED,
    "post-trashed": CommentStatus.PENDING,
}


class CommentRows:
    """Makes rows of comments."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._logins = {author.number: login for login, author in job.plan.authors.items() if author.number}
        self._emails = {author.email.lower(): login for login, author in job.plan.authors.items() if author.email}

    def row(self, comment: ParsedComment, body: str, head: Head, article_id: UUID) -> BulkComment:
        """The row of a comment, without what it answers.

        Args:
            comment: as WordPress had it.
            body: its text, as it would be typed here.
            head: the post that it stands under.
            article_id: the key of that here.
        """
        return BulkComment(
            article_id,
            body,
            self._name(comment),
            self._moment(comment, head),
            email=self._kept("mail", comment.email, kept_email, comment),
            url=self._kept("web", comment.url, kept_address, comment),
            status=self._status(comment),
            by_contributor=self._is_by_author(comment, head),
            source=SOURCE,
            source_id=self._job.known_as("comment", comment.number),
        )

    def _name(self, comment: ParsedComment) -> str:
        name = plain_line(comment.name)
        if len(name) > MAX_NAME_CHARS:
            self._found(f"A name was shortened to {MAX_NAME_CHARS} characters", comment)
        return shortened(name, MAX_NAME_CHARS)

    def _moment(self, comment: ParsedComment, head: Head) -> datetime:
        written_at = moment_of(comment.moments, self._job.zone)
        if written_at is None:
            self._found("It has no date, and got that of its article", comment)
        return written_at or head.written_at or self._job.now

    def _status(self, comment: ParsedComment) -> CommentStatus:
        status = _STATUSES.get(comment.approved)
        if status is None:
            self._found(f"Of the unknown status “{comment.approved}”, now waiting for a moderator", comment)
        return status or CommentStatus.PENDING

    def _is_by_author(self, comment: ParsedComment, head: Head) -> bool:
        """Whether an account wrote it, and that of whoever wrote the article."""
        login = self._logins.get(comment.user) or self._emails.get(comment.email.lower())
        return bool(comment.user) and login is not None and login == head.creator

    def _kept(self, what: str, given: str, keep: Callable[[str], str | None], comment: ParsedComment) -> str | None:
        kept = keep(given)
        if given and kept is None:
            self._found(f"A {what} address that is none was left out", comment)
        return kept

    def _found(self, what: str, comment: ParsedComment) -> None:
        self._job.findings.add(what, f"comment {comment.number}")
